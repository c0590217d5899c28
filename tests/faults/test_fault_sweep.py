"""A call that fails, in each way a call can fail: afterwards everything converges, and no task is doubled.

A fault that strikes once is outlived by trying again; one that strikes as often as we try makes the
call fail for good. By default calls are picked with a stride; MQLSYNC_FULL_FAULT_SWEEP=1 takes all.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from drills import ATTEMPTS, HASTE, PATIENCE, Drill, Sandbox, State, assert_same, chosen

FULL = "MQLSYNC_FULL_FAULT_SWEEP"
WAYS = ("429", "500", "reset", "cut", "html", "badjson", "silence", "503", "reset_before", "401", "502_html")
CALLS = {"hubspot": 3, "salesforce": 2}
WRITES = (
    ("hubspot", "POST", "/crm/objects/2026-09/contacts/batch/update"),
    ("hubspot", "POST", "/crm/objects/2026-09/tasks/batch/"),
    ("hubspot", "POST", "/crm/associations/2026-09/tasks/"),
    ("salesforce", "PATCH", "/services/data/"),
)


def disturbed(crms: Sandbox, folder: Path, way: str, faults: list[dict[str, object]]) -> Drill:
    """This is a drill after a job with faults, healed and run until nothing troubles it."""
    drill = Drill.fresh(crms, folder, HASTE if way == "silence" else PATIENCE)
    crms.ask("POST", "/faults", faults)
    drill.job()
    crms.ask("DELETE", "/faults")
    drill.patience = PATIENCE
    drill.until_calm()
    return drill


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("crm", ["hubspot", "salesforce"])
def test_a_call_that_fails_anywhere_leaves_no_trace(
    crms: Sandbox,
    undisturbed: tuple[State, list[str], dict[str, int]],
    tmp_path: Path,
    crm: str,
    way: str,
) -> None:
    reference, _, calls = undisturbed
    offset = WAYS.index(way)
    want = calls[crm] if os.environ.get(FULL) else CALLS[crm]

    for turn, number in enumerate(chosen(calls[crm], want)):
        call = number if os.environ.get(FULL) else 1 + (number - 1 + offset) % calls[crm]
        times = 1 if (turn + offset) % 2 else ATTEMPTS
        faults: list[dict[str, object]] = [{"crm": crm, "way": way, "call": call + n} for n in range(times)]
        drill = disturbed(crms, tmp_path / str(turn), way, faults)

        where = f"{crm} call {call}, {way}, {times} times"
        assert_same(drill.state(), reference, where)
        drill.assert_quiet()


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("times", [1, ATTEMPTS])
def test_writes_that_fail_are_made_exactly_once(
    crms: Sandbox,
    undisturbed: tuple[State, list[str], dict[str, int]],
    tmp_path: Path,
    times: int,
    way: str,
) -> None:
    reference, _, _ = undisturbed
    faults: list[dict[str, object]] = [
        {"crm": crm, "way": way, "method": method, "path": path, "times": times}
        for crm, method, path in WRITES
    ]

    drill = disturbed(crms, tmp_path / "workspace", way, faults)

    assert_same(drill.state(), reference, f"each write, {way}, {times} times")
    drill.assert_quiet()
