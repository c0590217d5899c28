"""Lead.Status: only where it is enabled, only forward, and looked at afterwards."""

from __future__ import annotations

from typing import Any

import pytest
from salesforce_pushes import COLLECTION, error, lead_id, ok, own_fields, write
from salesforce_stub import TOKEN, Call, Said, Stub, connector_to, serving

from connectors.outcome import Done, Outcome, Rejected
from connectors.protocol import FieldWrite
from connectors.salesforce import Options
from connectors.salesforce.moves import is_forward

ORDER = ("Open", "Working", "Nurturing", "Closed - Converted")
PICKLIST = {"name": "Status", "picklistValues": [{"value": each, "active": True} for each in ORDER]}


class Org:
    """An org whose leads have statuses. `stubborn` changes them back behind our back."""

    def __init__(self, shown: dict[str, str], *, stubborn: bool = False, refuse: str = "") -> None:
        self.shown, self.stubborn, self.refuse = shown, stubborn, refuse
        self.stub: Stub | None = None

    def __call__(self, call: Call) -> Said:
        assert self.stub
        if call.path == TOKEN:
            return self.stub.token()
        if call.path.endswith("/describe"):
            return Said(body={"name": "Lead", "fields": [*own_fields(), PICKLIST]})
        if call.method == "GET" and "FROM LeadStatus" in call.query["q"]:
            return Said(body={"totalSize": 1, "done": True, "records": [{"MasterLabel": ORDER[-1]}]})
        if call.method == "GET":
            rows = [
                {"Id": key, "Status": value} for key, value in self.shown.items() if key in call.query["q"]
            ]
            return Said(body={"totalSize": len(rows), "done": True, "records": rows})
        return Said(body=[self.write(record) for record in call.json["records"]])

    def write(self, record: dict[str, Any]) -> dict[str, Any]:
        if "Status" in record and self.refuse:
            return error(self.refuse)
        if "Status" in record and not self.stubborn:
            self.shown[record["id"]] = record["Status"]
        return ok(record)

    def push(self, *writes: FieldWrite, to: str = "Working") -> list[Outcome]:
        with serving(self) as stub:
            self.stub = stub
            return connector_to(stub, options=Options(lead_status=to)).push(list(writes))


def test_a_lead_that_becomes_mql_moves_on_and_one_that_is_further_stays() -> None:
    org = Org({lead_id(1): "Open", lead_id(2): "Nurturing", lead_id(3): "Working", lead_id(4): ""})

    outcomes = org.push(*(write(n, status="mql") for n in (1, 2, 3, 4)))

    assert outcomes == [Done(lead_id(n)) for n in (1, 2, 3, 4)]
    assert list(org.shown.values()) == ["Working", "Nurturing", "Working", "Working"]


def test_who_does_not_become_mql_and_who_is_a_contact_is_left_alone() -> None:
    org = Org({lead_id(1): "Open", lead_id(2): "Open"})

    org.push(write(1, status="sal"), write(2, score=3), write(3, "contact", status="mql"))

    assert set(org.shown.values()) == {"Open"}
    assert org.stub
    assert not [call for call in org.stub.calls if "LeadStatus" in call.query.get("q", "")]


def test_without_a_line_in_the_configuration_the_status_is_not_ours() -> None:
    org = Org({lead_id(1): "Open"})

    assert org.push(write(1, status="mql"), to="") == [Done(lead_id(1))]
    assert org.shown == {lead_id(1): "Open"}


@pytest.mark.parametrize("to", ["Unheard of", "Closed - Converted"])
def test_a_status_that_is_none_or_means_converted_is_never_set(to: str) -> None:
    org = Org({lead_id(1): "Open"})

    outcomes = org.push(write(1, status="mql"), to=to)

    assert isinstance(outcomes[0], Rejected)
    assert to in outcomes[0].reason
    assert org.shown == {lead_id(1): "Open"}


def test_a_move_that_is_taken_and_not_done_is_told() -> None:
    outcomes = Org({lead_id(1): "Open"}, stubborn=True).push(write(1, status="mql"))

    assert isinstance(outcomes[0], Rejected)
    assert "shows 'Open'" in outcomes[0].reason
    assert outcomes[0].id == lead_id(1)


def test_a_refused_move_names_the_line_to_take_out_and_our_fields_stand() -> None:
    org = Org({lead_id(1): "Open"}, refuse="FIELD_CUSTOM_VALIDATION_EXCEPTION")

    outcomes = org.push(write(1, status="mql"))

    assert isinstance(outcomes[0], Rejected)
    assert "lead_status" in outcomes[0].remedy
    assert org.stub
    assert org.stub.asked(COLLECTION)[0].json["records"][0]["MQL_Status__c"] == "mql"


@pytest.mark.parametrize(
    ("shown", "forward"),
    [("", True), ("Open", True), ("Working", False), ("Nurturing", False), ("Deleted long ago", False)],
)
def test_forward_is_what_the_picklist_says(shown: str, forward: bool) -> None:
    assert is_forward(shown, "Working", ORDER) is forward
