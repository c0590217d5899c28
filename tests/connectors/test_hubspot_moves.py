"""Standard fields follow our status only where that is switched on, only forward, and are read back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from hubspot_stub import Call, Said, connector_to, results, serving
from hypothesis import given
from hypothesis import strategies as st

from connectors.hubspot.moves import STAGE, STAGE_MQL, STATUS, STATUS_NEW, Moves, steps
from connectors.outcome import Done, Outcome, Rejected, Retry
from connectors.protocol import FieldWrite

STAGES = ["subscriber", "lead", STAGE_MQL, "salesqualifiedlead", "customer"]
STATUSES = [STATUS_NEW, "OPEN"]
BOTH = Moves(lifecycle_stage=True, lead_status=True)


@dataclass
class Portal:
    """A portal with one contact per id; `deaf` fields are answered "done" and not changed."""

    rows: dict[str, dict[str, str]]
    deaf: set[str] = field(default_factory=set)
    stages: list[str] = field(default_factory=lambda: list(STAGES))
    read_back: Said | None = None

    def __call__(self, call: Call) -> Said:
        if "/crm/properties/" in call.path:
            options = self.stages if call.path.endswith(STAGE) else STATUSES
            return Said(body={"options": [{"value": v, "displayOrder": n} for n, v in enumerate(options)]})
        if call.path.endswith("/batch/update"):
            return results([self._updated(each) for each in call.body["inputs"]])
        if self.read_back and any(STAGE_MQL in row.values() for row in self.rows.values()):
            return self.read_back
        ids = [each["id"] for each in call.body["inputs"]]
        return results([{"id": each, "properties": self.rows[each]} for each in ids if each in self.rows])

    def _updated(self, given: dict[str, Any]) -> dict[str, Any]:
        heard = {name: value for name, value in given["properties"].items() if name not in self.deaf}
        self.rows[given["id"]] |= heard
        return {"id": given["id"]}


def pushed(portal: Portal, moves: Moves = BOTH, status: str = "mql", kind: str = "contact") -> list[Outcome]:
    with serving(portal) as stub:
        connector = connector_to(stub, moves=moves)
        return connector.push([FieldWrite(kind, each, {"status": status}) for each in portal.rows])


def test_who_becomes_mql_moves_forward() -> None:
    portal = Portal({"1": {STAGE: "lead"}, "2": {}})

    assert pushed(portal) == [Done("1"), Done("2")]
    assert [row[STAGE] for row in portal.rows.values()] == [STAGE_MQL] * 2
    assert [row[STATUS] for row in portal.rows.values()] == [STATUS_NEW] * 2


def test_nothing_is_moved_unless_it_is_switched_on() -> None:
    portal = Portal({"1": {STAGE: "lead"}})

    pushed(portal, Moves())
    assert portal.rows["1"] == {STAGE: "lead", "mqlsync_status": "mql"}
    pushed(portal, Moves(lead_status=True))
    assert portal.rows["1"][STAGE] == "lead"


@pytest.mark.parametrize("status", ["lead", "sal", "rejected"])
def test_only_becoming_mql_moves_anything(status: str) -> None:
    portal = Portal({"1": {STAGE: "lead"}})

    pushed(portal, status=status)

    assert portal.rows["1"][STAGE] == "lead"


@pytest.mark.parametrize("stage", [STAGE_MQL, "salesqualifiedlead", "customer", "of the portal's own"])
def test_what_lies_ahead_or_is_unknown_stays(stage: str) -> None:
    portal = Portal({"1": {STAGE: stage, STATUS: "OPEN"}})

    assert pushed(portal) == [Done("1")]
    assert portal.rows["1"][STAGE] == stage
    assert portal.rows["1"][STATUS] == "OPEN"


def test_a_move_that_hubspot_only_says_it_made_is_reported() -> None:
    portal = Portal({"1": {STAGE: "lead"}}, deaf={STAGE})

    outcome = pushed(portal)[0]

    assert isinstance(outcome, Rejected)
    assert STAGE in outcome.reason
    assert outcome.remedy


def test_a_portal_that_cannot_be_read_back_is_asked_again() -> None:
    portal = Portal({"1": {STAGE: "lead"}}, read_back=Said(503, {}))

    assert isinstance(pushed(portal)[0], Retry)


def test_a_portal_without_that_stage_is_left_alone() -> None:
    portal = Portal({"1": {STAGE: "lead"}}, stages=["lead", "customer"])

    assert pushed(portal, Moves(lifecycle_stage=True)) == [Done("1")]
    assert portal.rows["1"][STAGE] == "lead"


@given(st.permutations(STAGES), st.sampled_from([*STAGES, "", "other"]))
def test_no_move_goes_backward_in_any_order(order: list[str], stage: str) -> None:
    found = steps({STAGE: stage}, {STAGE: order})

    if STAGE in found:
        assert stage == "" or order.index(stage) < order.index(STAGE_MQL)
    else:
        assert stage not in order or (stage and order.index(stage) >= order.index(STAGE_MQL))
