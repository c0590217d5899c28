"""What the page about tasks promises is what the code does."""

from __future__ import annotations

from pathlib import Path

from scoring.handoff.next_step import PRIORITIES, RECENT
from scoring.handoff.plain_text import LINE_MAX
from scoring.handoff.task_text import (
    COLLEAGUES_MAX,
    EARLIER_MAX,
    EVIDENCE_MAX,
    SUBJECT_MAX,
    TOUCHES_MAX,
    URL_MAX,
)
from scoring.touches import DAY

PAGE = (Path(__file__).parents[2] / "docs" / "handoff.md").read_text()
FLOWING = " ".join(PAGE.split())


def test_the_grid_of_priorities_is_the_one_that_is_used() -> None:
    for grade, cells in PRIORITIES.items():
        assert f"| {grade} | {' | '.join(cells)} |" in PAGE


def test_the_limits_are_those_that_are_kept() -> None:
    assert f"since {RECENT // DAY} days before" in FLOWING
    assert f"or further, at most {COLLEAGUES_MAX}" in FLOWING
    assert f"earlier spells, at most {EARLIER_MAX}" in FLOWING
    assert f"points now, at most {EVIDENCE_MAX}" in FLOWING
    assert f"a human did, at most {TOUCHES_MAX}" in FLOWING
    assert f"most {LINE_MAX} characters (the subject: {SUBJECT_MAX})" in FLOWING
    assert f"more than {URL_MAX} characters loses" in FLOWING
