"""Broken promises are told once in either CRM, wherever the job is killed or fails.

First the tasks are made. Three hours later nobody has called anybody, and each lead's manager gets a task.
The job that tells is disturbed at calls and commits; afterwards the CRMs must show what they show without.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from drills import ATTEMPTS, Drill, Sandbox, State, assert_same, chosen
from sqlalchemy import text

from sync.clock import HOUR, SECOND

FULL = "MQLSYNC_FULL_CRASH_LOOP"
SPREAD = 2
AROUND = 1
LATER = 3 * HOUR
WRITES = {
    "hubspot": "POST /crm/objects/2026-09/tasks/batch/upsert",
    "salesforce": "PATCH /services/data/v67.0/composite/sobjects/Task",
}
SLA = (
    "sla:\n  calendars: {always: {zone: UTC, shifts: mon-sun 00:00-24:00}}\n"
    "  default: {calendar: always, first_touch_hours: 2}\n"
)
WAYS = ("reset", "429")


@dataclass(frozen=True, slots=True)
class Told:
    """What an undisturbed job told, and the points that it passed."""

    state: State
    points: Sequence[str]


def late(crms: Sandbox, folder: Path) -> Drill:
    """The tasks stand, and three hours have passed."""
    drill = Drill.fresh(crms, folder)
    drill.until_calm()
    with drill.open() as workspace, workspace.store.reading() as tx:
        working = (
            "SELECT record_id FROM record WHERE kind = 'owner' AND attributes LIKE '%\"active\":\"true\"%'"
        )
        to = ", ".join(f"'{one}'" for one in sorted(tx.execute(text(working)).scalars()))
    settings = folder / "mqlsync.yaml"
    settings.write_text(f"{settings.read_text()}{SLA}  escalation: {{to: [{to}]}}\n")
    crms.ask("POST", "/clock", {"advance_s": LATER // SECOND})
    drill.now += LATER
    crms.ask("POST", "/counters/reset")
    return drill


@pytest.fixture(scope="module")
def told(crms: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Told:
    drill = late(crms, tmp_path_factory.mktemp("late") / "workspace")
    points: list[str] = []
    report = drill.job(points.append)
    assert not report.troubles
    drill.until_calm()
    return Told(drill.state(), points)


def escalations(state: State, crm: str) -> list[tuple[str, str, str, str]]:
    return [task for task in state.tasks if task[0] == crm and "#escalation-first_touch" in task[1]]


def crash_points(points: Sequence[str]) -> list[int]:
    if os.environ.get(FULL):
        return list(range(1, len(points) + 1))
    writes = [n for n, name in enumerate(points, 1) if any(write in name for write in WRITES.values())]
    near = {n + step for n in writes for step in range(-AROUND, AROUND + 1)}
    return sorted(near | set(chosen(len(points), SPREAD)))


def test_every_lead_that_nobody_called_is_told_of_once_in_its_own_crm(told: Told) -> None:
    for crm, write in WRITES.items():
        found = escalations(told.state, crm)
        assert found
        assert {subject.partition(":")[0] for _, _, subject, _ in found} == {"Follow-up is late"}
        followed = {who for one, key, _, who in told.state.tasks if one == crm and key.endswith("#follow-up")}
        assert followed & {who for *_, who in found}
        assert len({key for _, key, _, _ in found}) == len(found)
        assert any(write in name for name in told.points), "the kill sweep would miss this write"


def test_the_crms_show_that_the_promise_is_broken(told: Told) -> None:
    shown = str(told.state.shown)

    assert "'mqlsync_sla_status': 'breached'" in shown
    assert "'MQL_Sla_Status__c': 'breached'" in shown


@pytest.mark.slow
def test_a_worker_killed_while_it_tells_tells_once(crms: Sandbox, told: Told, tmp_path: Path) -> None:
    for number in crash_points(told.points):
        drill = late(crms, tmp_path / str(number))
        where = f"killed at point {number}, {told.points[number - 1]}"

        assert drill.killed_at(number), f"{where}: the job ended before"
        drill.until_calm()

        assert_same(drill.state(), told.state, where)
        drill.assert_quiet()


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_a_crm_that_fails_is_told_later_and_once(crms: Sandbox, told: Told, tmp_path: Path, way: str) -> None:
    drill = late(crms, tmp_path / "workspace")
    faults = [
        {"crm": crm, "way": way, "method": write.split()[0], "path": write.split()[1], "times": ATTEMPTS}
        for crm, write in WRITES.items()
    ]
    crms.ask("POST", "/faults", faults)

    drill.job()
    crms.ask("DELETE", "/faults")
    drill.until_calm()

    assert_same(drill.state(), told.state, way)
    drill.assert_quiet()
