"""A worker that is killed at any point, and started again, ends like one that was never killed.

A point is before or after an HTTP call, or before or after a commit. By default some sixty of them are
tried, among them each one around a write; MQLSYNC_FULL_CRASH_LOOP=1 tries every one.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from drills import Drill, Sandbox, State, assert_same, chosen

FULL = "MQLSYNC_FULL_CRASH_LOOP"
SPREAD = 24
AROUND = 1
SHARES = 8
TASKS_MIN = 6
WRITES = ("/batch/update", "/batch/upsert", "/batch/create", "PATCH ")


def crash_points(points: Sequence[str]) -> list[int]:
    """These are the numbers of the points to die at, counted from 1."""
    if os.environ.get(FULL):
        return list(range(1, len(points) + 1))
    writes = [n for n, name in enumerate(points, 1) if any(mark in name for mark in WRITES)]
    near = {n + step for n in writes for step in range(-AROUND, AROUND + 1)}
    return sorted(near | set(chosen(len(points), SPREAD)))


@pytest.mark.slow
@pytest.mark.parametrize("share", range(SHARES))
def test_a_worker_killed_at_any_point_ends_like_one_that_was_not(
    crms: Sandbox, undisturbed: tuple[State, list[str], dict[str, int]], tmp_path: Path, share: int
) -> None:
    reference, points, _ = undisturbed

    for number in crash_points(points)[share::SHARES]:
        drill = Drill.fresh(crms, tmp_path / str(number))
        where = f"killed at point {number}, {points[number - 1]}"

        assert drill.killed_at(number), f"{where}: the job ended before"
        drill.until_calm()

        assert_same(drill.state(), reference, where)
        drill.assert_quiet()


@pytest.mark.slow
def test_a_worker_killed_again_and_again_still_gets_there(
    crms: Sandbox, undisturbed: tuple[State, list[str], dict[str, int]], tmp_path: Path
) -> None:
    reference, points, _ = undisturbed
    drill = Drill.fresh(crms, tmp_path / "again")

    deaths = sum(drill.killed_at(len(points) * share // 10) for share in (1, 3, 5, 6, 7, 8))
    drill.until_calm()

    assert deaths >= 3
    assert_same(drill.state(), reference, "killed again and again")
    drill.assert_quiet()


def test_a_worker_that_nobody_kills_writes_once(
    crms: Sandbox, undisturbed: tuple[State, list[str], dict[str, int]], tmp_path: Path
) -> None:
    reference, points, _ = undisturbed
    drill = Drill.fresh(crms, tmp_path / "alive")

    assert not drill.killed_at(len(points) + 1)

    assert len(reference.tasks) >= TASKS_MIN
    assert {crm for crm, *_ in reference.tasks} == {"hubspot", "salesforce"}
    assert sum(any(mark in name for mark in WRITES) for name in points) >= 8
    assert reference.touches
    assert any(reference.shown.values())
    assert_same(drill.state(), reference, "not killed")
    drill.assert_quiet()
