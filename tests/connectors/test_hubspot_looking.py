"""Whom a hint names is read at once, a loser of a merge through its winner; what was moved back is told."""

from __future__ import annotations

from typing import Any

import pytest
from hubspot_index_stub import Contacts
from hubspot_stub import NOW, Call, Said, Stub, connector_to, nothing_known, results, serving
from shelf import Shelf

from connectors.hubspot.moves import STAGE, STAGE_MQL, STATUS, STATUS_NEW, Moves
from connectors.records import Page, Record, SetBack

BOTH = Moves(lifecycle_stage=True, lead_status=True)
STAGES = ("subscriber", "lead", STAGE_MQL, "salesqualifiedlead")
DETAILS = Said(body={"portalId": 1, "timeZone": "Europe/Berlin"})


def test_a_hint_about_the_loser_of_a_merge_leads_to_the_winner() -> None:
    portal = Contacts({2: NOW, 3: NOW}, merged={1: 2})

    with serving(portal) as stub:
        stream, page = connector_to(stub).look("contact", ["1", "3"], "", nothing_known)

    assert stream == "contacts"
    assert {record.id: record.deleted for record in page.records} == {"1": True, "2": False, "3": False}
    assert next(record.keys for record in page.records if record.id == "1") == ("hubspot:contact:2",)


def test_a_winner_that_was_read_anyway_is_not_read_twice() -> None:
    portal = Contacts({2: NOW}, merged={1: 2})

    with serving(portal) as stub:
        _, page = connector_to(stub).look("contact", ["1", "2"], "", nothing_known)

    assert sorted(record.id for record in page.records) == ["1", "2"]
    assert len([call for call in stub.asked("/batch/read") if not call.query]) == 1


def test_a_hint_of_another_portal_reads_nothing() -> None:
    with serving(lambda _: DETAILS) as stub:
        _, page = connector_to(stub).look("contact", ["1"], "another", nothing_known)

    assert page.records == ()
    assert stub.asked("/batch/read") == []


def contact(**properties: Any) -> dict[str, Any]:
    shown = {
        "email": "jane@shop.example",
        "lastmodifieddate": "2026-11-02T10:00:00Z",
        "mqlsync_status": "mql",
    }
    return {"id": "1", "properties": shown | properties, "createdAt": "2026-01-01T00:00:00Z"}


def script(row: dict[str, Any]) -> Any:
    def say(call: Call) -> Said:
        if "/crm/properties/" in call.path:
            options = STAGES if call.path.endswith(STAGE) else (STATUS_NEW, "OPEN")
            return Said(body={"options": [{"value": v, "displayOrder": n} for n, v in enumerate(options)]})
        return results([row])

    return say


def held(**attributes: str) -> Shelf:
    shelf = Shelf()
    shelf.rows["contact", "1"] = Record("contact", "1", 1, 1, attributes=attributes)
    return shelf


def looked(stub: Stub, shelf: Any, moves: Moves = BOTH) -> Page:
    return connector_to(stub, moves=moves).look("contact", ["1"], "", shelf)[1]


@pytest.mark.parametrize(
    ("stage", "status", "told"),
    [
        ("lead", "OPEN", [("lifecycle_stage", STAGE_MQL, "lead")]),
        ("", "OPEN", [("lifecycle_stage", STAGE_MQL, "")]),
        (STAGE_MQL, "", [("lead_status", STATUS_NEW, "")]),
        ("subscriber", "", [("lifecycle_stage", STAGE_MQL, "subscriber"), ("lead_status", STATUS_NEW, "")]),
        (STAGE_MQL, STATUS_NEW, []),
        ("salesqualifiedlead", "OPEN", []),
        ("a stage that nobody knows", "OPEN", []),
    ],
)
def test_what_people_moved_back_is_told_and_what_they_moved_on_is_not(
    stage: str, status: str, told: list[tuple[str, str, str]]
) -> None:
    shelf = held(lifecycle_stage=STAGE_MQL, lead_status=STATUS_NEW)

    with serving(script(contact(**{STAGE: stage, STATUS: status}))) as stub:
        page = looked(stub, shelf)

    at = page.records[0].stamp
    assert list(page.set_back) == [SetBack("hubspot:contact:1", *one, at) for one in told]


def test_nothing_is_told_of_fields_that_are_not_ours_to_move_nor_of_who_is_mql_no_more() -> None:
    shelf = held(lifecycle_stage=STAGE_MQL, lead_status=STATUS_NEW)
    back = contact(**{STAGE: "lead", STATUS: ""})

    with serving(script(back)) as stub:
        off = looked(stub, shelf, Moves())
        one = looked(stub, shelf, Moves(lead_status=True))
    with serving(script(contact(**{STAGE: "lead", "mqlsync_status": "rejected"}))) as stub:
        over = looked(stub, shelf)

    assert off.set_back == over.set_back == ()
    assert [each.field for each in one.set_back] == ["lead_status"]


def test_nothing_is_asked_of_the_portal_as_long_as_nobody_moved_anything() -> None:
    shelf = held(lifecycle_stage=STAGE_MQL, lead_status=STATUS_NEW)

    with serving(script(contact(**{STAGE: STAGE_MQL, STATUS: STATUS_NEW}))) as stub:
        looked(stub, shelf)

    assert [call for call in stub.calls if "/properties/" in call.path] == []


def test_a_poll_tells_it_too() -> None:
    shelf = held(lifecycle_stage=STAGE_MQL)

    with serving(script(contact(**{STAGE: "lead"}))) as stub:
        page = connector_to(stub, moves=BOTH).pull("contacts", "", shelf)

    assert [each.theirs for each in page.set_back] == ["lead"]
