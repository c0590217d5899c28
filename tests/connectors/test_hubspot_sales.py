"""What sales did with people is read as far as a portal tells it, and what was not done is no attempt."""

from __future__ import annotations

from typing import Any

import pytest
from hubspot_stub import NOW, Call, Said, connector_to, nothing_known, results, serving

from connectors.hubspot import sales
from connectors.hubspot.pull import sources
from connectors.hubspot.records import Objects, doings
from connectors.meanings import Meanings
from connectors.records import TOUCH_KINDS
from scoring.links import source_code

AT, CHANGED = "2026-11-02T10:00:00Z", "2026-11-02T11:00:00Z"


def row(**properties: Any) -> dict[str, Any]:
    told = {"hs_timestamp": AT, "hs_createdate": AT, "hs_lastmodifieddate": CHANGED}
    return {"id": "9", "properties": told | properties, "createdAt": AT, "updatedAt": CHANGED}


def email(direction: str = "EMAIL", status: str | None = "SENT") -> dict[str, Any]:
    return row(hs_email_direction=direction, hs_email_status=status, hs_email_subject="Your question")


def task(kind: str = "CALL", status: str = "COMPLETED", done: str | None = CHANGED) -> dict[str, Any]:
    return row(hs_task_type=kind, hs_task_status=status, hs_task_completion_date=done)


def lead(stage: str) -> dict[str, Any]:
    return row(hs_lead_name="Jane", hs_pipeline_stage=stage)


def test_an_email_that_was_sent_is_one_attempt_for_each_who_got_it() -> None:
    touches = list(sales.of_email(email(), ("1", "2")))

    assert [(t.key, t.kind, t.asset, t.provenance) for t in touches] == [
        ("hubspot:contact:1", "sales_email", "Your question", "emails"),
        ("hubspot:contact:2", "sales_email", "Your question", "emails"),
    ]
    assert len(list(sales.of_email(email(status=None), ("1",)))) == 1


@pytest.mark.parametrize(
    "one",
    [
        email("INCOMING_EMAIL"),
        email("FORWARDED_EMAIL"),
        *(email(status=status) for status in ("BOUNCED", "FAILED", "SCHEDULED", "SENDING")),
    ],
)
def test_an_email_that_came_in_or_never_left_is_no_attempt(one: dict[str, Any]) -> None:
    assert list(sales.of_email(one, ("1",))) == []


def test_a_call_done_as_a_task_counts_when_it_was_done() -> None:
    (told,) = sales.of_task(task(), ("1",))
    (undated,) = sales.of_task(task("EMAIL", done=None), ("1",))

    assert (told.kind, undated.kind) == ("call", "sales_email")
    assert told.occurred_at == undated.occurred_at > 0
    assert told.asset == ""


@pytest.mark.parametrize(
    "one", [task(status="NOT_STARTED"), task(status="ANOTHER"), task("TODO"), task("NEW")]
)
def test_a_task_that_is_open_or_only_a_note_is_no_attempt(one: dict[str, Any]) -> None:
    assert list(sales.of_task(one, ("1",))) == []


@pytest.mark.parametrize(
    ("stage", "kinds"),
    [
        ("qualified-stage-id", ["sales_accepted"]),
        ("connected-stage-id", ["sales_accepted"]),
        ("unqualified-stage-id", ["sales_rejected"]),
        ("new-stage-id", []),
        ("1047392755", []),
    ],
)
def test_the_stage_of_a_lead_says_what_sales_decided(stage: str, kinds: list[str]) -> None:
    touches = list(sales.of_lead(lead(stage), ("1",), Meanings()))

    assert [t.kind for t in touches] == kinds
    assert all(t.asset == stage for t in touches)


def test_what_sales_did_can_be_linked_with_what_the_other_crm_tells_of_it() -> None:
    told = [*sales.of_email(email(), ("1",)), *sales.of_task(task(), ("1",))]

    assert {t.kind for t in told} <= TOUCH_KINDS
    assert all(source_code(0, t.provenance) for t in told)


def test_no_stream_hides_another_one() -> None:
    names = [each.stream for each in doings(Meanings())]

    assert len(set(names)) == len(names)
    assert set(names) <= sources(Meanings()).keys()
    assert all(isinstance(sources(Meanings())[each].pages, Objects) for each in names)


@pytest.mark.parametrize("stream", ["emails", "sales_tasks", "leads"])
def test_rows_are_listed_with_their_contacts_then_searched_for_changes(stream: str) -> None:
    one = {"emails": email(), "sales_tasks": task(), "leads": lead("qualified-stage-id")}[stream]

    def script(call: Call) -> Said:
        if call.path.endswith("/search"):
            return results([])
        return results([one | {"associations": {"contacts": {"results": [{"id": "7", "type": "x"}]}}}])

    with serving(script) as stub:
        connector = connector_to(stub)
        page = connector.pull(stream, "", nothing_known)
        later = connector.pull(stream, page.cursor, nothing_known)

    assert [touch.key for touch in page.touches] == ["hubspot:contact:7"]
    assert page.unread == ()
    assert later.caught_up
    assert [call.method for call in stub.calls] == ["GET", "GET", "POST"][-len(stub.calls) :]


@pytest.mark.parametrize(
    ("stream", "refusal"),
    [
        ("emails", Said(403, {"category": "MISSING_SCOPES", "message": "sales-email-read is missing"})),
        ("leads", Said(400, {"status": "error", "message": "Unable to infer object type from: leads"})),
    ],
)
def test_a_portal_that_does_not_give_it_is_read_without(stream: str, refusal: Said) -> None:
    with serving(lambda _: refusal) as stub:
        page = connector_to(stub).pull(stream, "", nothing_known)

    assert page.caught_up
    assert page.touches == ()
    assert str(NOW)[:6] in page.cursor


def test_any_other_refusal_of_the_first_page_is_no_closed_door() -> None:
    refusal = Said(400, {"category": "VALIDATION_ERROR", "message": "The limit is not valid"})

    with serving(lambda _: refusal) as stub, pytest.raises(Exception, match="limit is not valid"):
        connector_to(stub).pull("leads", "", nothing_known)
