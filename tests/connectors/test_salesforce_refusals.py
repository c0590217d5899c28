"""What the org will not take: it costs as little as possible, and somebody hears of it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from salesforce_pushes import COLLECTION, error, lead_id, ok, own_fields, task, write
from salesforce_stub import TOKEN, Call, Clock, Said, Stub, connector_to, serving

from connectors.outcome import Done, Outcome, Rejected, Retry, Stop
from connectors.protocol import FieldWrite, TaskWrite
from connectors.salesforce import Options
from connectors.salesforce.ids import long_id
from connectors.salesforce.outcomes import blamed

CATALOGUE = (
    Path(os.environ.get("MQLSYNC_RECORDED", "../shared/recorded")) / "salesforce/errors/catalogue.json"
)
CONTACT, ACCOUNT = long_id("0035e0000199999"), long_id("0015e0000199999")
QUEUE, STAND_IN = long_id("00G5e0000100001"), long_id("0055e0000177777")
Records = list[dict[str, Any]]


class Org:
    """An org that answers writes as told, and knows which leads were converted."""

    def __init__(
        self,
        answer: Callable[[Records], Any],
        *,
        converted: dict[str, str] | None = None,
        lead: list[dict[str, Any]] | None = None,
        task_fields: tuple[str, ...] = ("MQL_Key__c",),
    ) -> None:
        self.answer, self.converted = answer, converted or {}
        self.lead = own_fields() if lead is None else lead
        self.task_fields = task_fields
        self.stub: Stub | None = None

    def __call__(self, call: Call) -> Said:
        assert self.stub
        if call.path == TOKEN:
            return self.stub.token()
        if call.path.endswith("/describe"):
            name = call.path.split("/")[-2]
            fields = {"Lead": self.lead, "Contact": own_fields()}
            named = [{"name": each} for each in ("Id", "Description", *self.task_fields)]
            return Said(body={"name": name, "fields": fields.get(name, named)})
        if call.method == "GET":
            rows = self.rows(call.query["q"])
            return Said(body={"totalSize": len(rows), "done": True, "records": rows})
        said = self.answer(call.json["records"])
        return said if isinstance(said, Said) else Said(body=said)

    def rows(self, soql: str) -> Records:
        if "FROM Lead" not in soql:
            return []
        return [
            {"Id": lead, "ConvertedContactId": contact, "ConvertedAccountId": ACCOUNT}
            for lead, contact in self.converted.items()
            if lead in soql
        ]

    def push(
        self, *writes: FieldWrite | TaskWrite, default_owner: str = "", clock: Clock | None = None
    ) -> tuple[list[Outcome], list[Records]]:
        with serving(self) as stub:
            self.stub = stub
            connector = connector_to(stub, options=Options(default_owner=default_owner), clock=clock)
            fields = [each for each in writes if isinstance(each, FieldWrite)]
            tasks = [each for each in writes if isinstance(each, TaskWrite)]
            outcomes = connector.push(fields) if fields else connector.push_tasks(tasks)
            return outcomes, [call.json["records"] for call in stub.asked(COLLECTION)]


def fine(records: Records) -> list[Any]:
    return [ok(record) for record in records]


# ---------------------------------------------------------------------- what describe tells beforehand


@pytest.mark.parametrize(
    ("name", "change", "why"),
    [
        ("MQL_Score__c", None, "missing or hidden"),
        ("MQL_Score__c", {"updateable": False}, "read-only"),
        ("MQL_Status__c", {"picklistValues": [{"value": "lead", "active": True}]}, "value 'mql'"),
        ("MQL_Status__c", {"picklistValues": [{"value": "mql", "active": False}]}, "value 'mql'"),
    ],
)
def test_a_field_that_cannot_be_written_stays_out_and_is_named_and_the_rest_is_written(
    name: str, change: dict[str, Any] | None, why: str
) -> None:
    org = Org(fine, lead=own_fields(**{name: change}))  # type: ignore[arg-type]  # None: not there

    outcomes, sent = org.push(write(1, status="mql", score=85, grade="A"))

    assert isinstance(outcomes[0], Rejected)
    assert name in outcomes[0].reason
    assert why in outcomes[0].reason
    assert outcomes[0].id == lead_id(1)
    assert "mqlsync provision" in outcomes[0].remedy
    wanted = {"MQL_Status__c", "MQL_Score__c", "MQL_Grade__c"} - {name}
    assert [record.keys() - {"attributes", "id"} for record in sent[0]] == [wanted]


def test_where_none_of_our_fields_is_there_nothing_is_sent() -> None:
    outcomes, sent = Org(fine, lead=[{"name": "Id"}]).push(write(1, score=1))

    assert isinstance(outcomes[0], Rejected)
    assert not sent


def test_an_unrestricted_picklist_takes_any_value() -> None:
    change: dict[str, Any] = {"restrictedPicklist": False, "picklistValues": []}
    outcomes, _ = Org(fine, lead=own_fields(MQL_Status__c=change)).push(write(1, status="mql"))

    assert outcomes == [Done(lead_id(1))]


@pytest.mark.parametrize(("length", "text"), [(6, "abcdef"), (5, "abcd…"), (255, "abcdef"), (0, "abcdef")])
def test_a_text_is_as_long_as_the_field_and_ends_with_a_mark_where_it_was_cut(length: int, text: str) -> None:
    org = Org(fine, lead=own_fields(MQL_Reason__c={"length": length}))

    outcomes, sent = org.push(write(1, reason="abcdef"))

    assert outcomes == [Done(lead_id(1))]
    assert sent[0][0]["MQL_Reason__c"] == text


def test_without_knowing_the_object_nothing_is_written_and_it_is_asked_once() -> None:
    def script(call: Call) -> Said:
        return stub.token() if call.path == TOKEN else Said(500)

    with serving(script) as stub:
        outcomes = connector_to(stub).push([write(n) for n in range(50)])

    assert {type(each) for each in outcomes} == {Retry}
    assert len(stub.asked("/services/data")) == 3  # attempts of one call


# ---------------------------------------------------------------------- what only the write tells


@pytest.mark.parametrize(
    ("code", "message", "listed"),
    [
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "Scores are frozen in June.", ["MQL_Score__c"]),
        ("INVALID_FIELD_FOR_INSERT_UPDATE", "Unable to create/update fields: MQL_Score__c. Please check", []),
        ("INVALID_FIELD", "No such column 'MQL_Score__c' on sobject of type Lead", []),
        ("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "bad value", ["mql_score__c"]),
    ],
)
def test_a_field_that_the_org_blames_stays_out_and_the_rest_is_written(
    code: str, message: str, listed: list[str]
) -> None:
    def answer(records: Records) -> Any:
        refused = {
            "success": False,
            "errors": [{"statusCode": code, "message": message, "fields": listed}],
        }
        return [refused if "MQL_Score__c" in each else ok(each) for each in records]

    outcomes, sent = Org(answer).push(write(1, status="mql", score=85), write(2, status="mql"))

    first, second = outcomes
    assert isinstance(first, Rejected)
    assert message in first.reason
    assert first.id == lead_id(1)
    assert second == Done(lead_id(2))
    assert [set(each) - {"attributes", "id"} for each in sent[1]] == [{"MQL_Status__c"}]


def test_a_refusal_that_blames_no_field_of_ours_is_final() -> None:
    outcomes, sent = Org(lambda records: [error("FIELD_CUSTOM_VALIDATION_EXCEPTION", "No.")]).push(write(1))

    assert isinstance(outcomes[0], Rejected)
    assert not outcomes[0].id
    assert len(sent) == 1


@pytest.mark.parametrize("data", [None, "x", 5, [None], {"errors": 3}, {"fields": 3}, {"message": 7}])
def test_an_error_that_blames_nothing_blames_nothing(data: Any) -> None:
    assert blamed(data) == frozenset()


def test_rows_that_others_hold_are_asked_for_again_alone_and_given_up_in_the_end() -> None:
    held = {lead_id(2): 2, lead_id(3): 99}

    def answer(records: Records) -> Any:
        said = []
        for each in records:
            held[each["id"]] = held.get(each["id"], 0) - 1
            said.append(error("UNABLE_TO_LOCK_ROW") if held[each["id"]] >= 0 else ok(each))
        return said

    clock = Clock()
    outcomes, sent = Org(answer).push(write(1), write(2), write(3), clock=clock)

    assert outcomes[:2] == [Done(lead_id(1)), Done(lead_id(2))]
    assert isinstance(outcomes[2], Retry)
    assert [[each["id"] for each in records] for records in sent] == [
        [lead_id(1), lead_id(2), lead_id(3)], [lead_id(2), lead_id(3)],
        [lead_id(2), lead_id(3)], [lead_id(3)],
    ]  # fmt: skip
    assert clock.seconds >= 0.5 * (2 + 4 + 8)


def test_what_was_meant_for_a_converted_lead_is_written_to_its_contact() -> None:
    def answer(records: Records) -> Any:
        return [
            error("CANNOT_UPDATE_CONVERTED_LEAD") if each["attributes"]["type"] == "Lead" else ok(each)
            for each in records
        ]

    outcomes, sent = Org(answer, converted={lead_id(1): CONTACT}).push(write(1, score=7), write(2, score=8))

    assert outcomes[0] == Done(CONTACT)
    assert isinstance(outcomes[1], Rejected)  # the org does not say what became of it
    assert sent[1] == [{"attributes": {"type": "Contact"}, "id": CONTACT, "MQL_Score__c": 7}]


def test_two_leads_that_became_one_contact_are_written_one_after_the_other() -> None:
    def answer(records: Records) -> Any:
        assert len({each["id"] for each in records}) == len(records)
        return [
            error("CANNOT_UPDATE_CONVERTED_LEAD") if each["attributes"]["type"] == "Lead" else ok(each)
            for each in records
        ]

    outcomes, _ = Org(answer, converted={lead_id(1): CONTACT, lead_id(2): CONTACT}).push(write(1), write(2))

    assert outcomes == [Done(CONTACT)] * 2


# ---------------------------------------------------------------------- tasks


@pytest.mark.parametrize("task_fields", [("MQL_Key__c",), ()])
def test_a_task_about_a_lead_that_was_converted_goes_to_its_contact(task_fields: tuple[str, ...]) -> None:
    def answer(records: Records) -> Any:
        return [
            error("CANNOT_UPDATE_CONVERTED_LEAD") if each["WhoId"].startswith("00Q") else ok(each)
            for each in records
        ]

    org = Org(answer, converted={lead_id(1): CONTACT}, task_fields=task_fields)
    outcomes, sent = org.push(task("k1", kind="lead"))

    assert isinstance(outcomes[0], Done)
    assert (sent[1][0]["WhoId"], sent[1][0]["WhatId"]) == (CONTACT, ACCOUNT)


@pytest.mark.parametrize("owner", [QUEUE, ""])
def test_a_task_for_a_queue_goes_to_the_default_owner_or_is_listed_with_its_cause(owner: str) -> None:
    routed, sent = Org(fine).push(task("k1", owner_id=owner), default_owner=STAND_IN)
    listed, unsent = Org(fine).push(task("k1", owner_id=owner))

    assert isinstance(routed[0], Done)
    assert sent[0][0]["OwnerId"] == STAND_IN
    assert isinstance(listed[0], Rejected)
    assert "default_owner" in listed[0].remedy
    assert not unsent


def test_a_task_for_somebody_who_left_goes_to_the_default_owner_or_is_listed_with_its_cause() -> None:
    def answer(records: Records) -> Any:
        return [
            ok(each) if each["OwnerId"] == STAND_IN else error("INACTIVE_OWNER_OR_USER") for each in records
        ]

    routed, _ = Org(answer).push(task("k1"), default_owner=STAND_IN)
    listed, sent = Org(answer).push(task("k1"))

    assert isinstance(routed[0], Done)
    assert isinstance(listed[0], Rejected)
    assert "default_owner" in listed[0].remedy
    assert len(sent) == 1


def test_a_converted_lead_whose_owner_left_is_mended_twice() -> None:
    def answer(records: Records) -> Any:
        each = records[0]
        if each["WhoId"].startswith("00Q"):
            return [error("CANNOT_UPDATE_CONVERTED_LEAD")]
        return [ok(each) if each["OwnerId"] == STAND_IN else error("INACTIVE_OWNER_OR_USER")]

    org = Org(answer, converted={lead_id(1): CONTACT})
    outcomes, sent = org.push(task("k1", kind="lead"), default_owner=STAND_IN)

    assert isinstance(outcomes[0], Done)
    assert len(sent) == 3


def test_a_task_is_made_without_an_account_that_our_user_may_not_see() -> None:
    def answer(records: Records) -> Any:
        code = "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY"
        return [error(code) if "WhatId" in each else ok(each) for each in records]

    outcomes, sent = Org(answer).push(task("k1"))

    assert isinstance(outcomes[0], Done)
    assert "WhatId" not in sent[1][0]


# ---------------------------------------------------------------------- the catalogue


def expected(entry: dict[str, Any]) -> type | None:
    """What a write that is answered so ends in. None: not what a write is answered with."""
    handling, code = entry["handling"], str(entry["code"])
    if "token" in entry["where"] or "Bulk" in entry["where"] or "jobs/query" in entry["where"]:
        return None
    if any(word in handling for word in ("refresh once", "expired session", "is empty", "operator action")):
        return Stop
    if "stop creating tasks" in handling:
        return Stop
    if any(word in handling for word in ("retry with backoff", "retry; never", "back off", "transient")):
        return Retry
    if "collateral" in handling or code == "300 Multiple Choices":
        return Retry
    return Done if "treat as done" in handling else Rejected


def test_every_shape_of_the_catalogue_ends_in_the_outcome_it_names() -> None:
    if not CATALOGUE.exists():
        pytest.skip(f"no catalogue at {CATALOGUE}: set MQLSYNC_RECORDED")
    entries = json.loads(CATALOGUE.read_bytes())["entries"]
    seen = 0
    for entry in entries:
        wanted = expected(entry)
        if wanted is None:
            continue
        plain = entry["body"] if isinstance(entry["body"], str) else json.dumps(entry["body"])
        body = plain.replace("LIMIT_EXCEEDED / STORAGE_LIMIT", "STORAGE_LIMIT")
        said = Said(entry["status"], body.encode(), {"Content-Type": entry["content_type"]})
        outcomes, _ = Org(lambda _, said=said: said).push(write(1))  # type: ignore[misc]  # lambda in a loop
        assert type(outcomes[0]) is wanted, (entry["code"], entry["handling"], outcomes)
        seen += 1

    assert len(entries) == 40
    assert seen == 35


def test_every_refusal_of_a_login_in_the_catalogue_stops_at_once() -> None:
    if not CATALOGUE.exists():
        pytest.skip(f"no catalogue at {CATALOGUE}: set MQLSYNC_RECORDED")
    entries = [
        each for each in json.loads(CATALOGUE.read_bytes())["entries"] if "token endpoint" in each["where"]
    ]
    for entry in entries:
        with serving(lambda _, e=entry: Said(e["status"], e["body"])) as stub:  # type: ignore[misc]  # as above
            connector = connector_to(stub)
            outcomes = connector.push([write(1)]) + connector.push([write(2)])

        assert [type(each) for each in outcomes] == [Stop, Stop]
        assert stub.logins == 1

    assert len(entries) == 3
