"""A lead is on hold while its status says so, and no longer."""

from __future__ import annotations

import numpy as np
import pytest

from scoring.handoff.on_hold import on_hold
from scoring.touches import NEVER, Attributes, Facts, Touches

LABELS = ("", "lead_status", "On hold", "NEW", "title")


def facts(*rows: tuple[int, int, int, int]) -> Facts:
    """These are people whose attributes changed as the rows (person, at, name, value) say."""
    person, at, name, value = np.array(rows, np.int64).reshape(-1, 4).T
    codes = (one.astype(np.int32) for one in (person, name, value))
    who, what, became = codes
    return Facts(3, Touches(), Attributes(LABELS, who, at, what, became))


def test_the_hold_begins_and_ends_with_the_status() -> None:
    known = facts((0, 5, 1, 3), (0, 10, 1, 2), (0, 20, 1, 3))

    assert on_hold(known, ["on HOLD "]) == {0: [(10, 20)]}


def test_a_hold_that_lasts_has_no_end_and_concerns_nobody_else() -> None:
    known = facts((0, 10, 1, 3), (1, 10, 1, 2), (2, 1, 1, 2), (2, 3, 1, 0), (2, 7, 1, 2))

    assert on_hold(known, ["On hold"]) == {1: [(10, NEVER)], 2: [(1, 3), (7, NEVER)]}


def test_rows_may_come_in_any_order_and_the_last_of_an_instant_holds() -> None:
    known = facts((0, 20, 1, 3), (0, 10, 1, 2), (0, 10, 1, 3), (0, 4, 1, 2))

    assert on_hold(known, ["On hold"]) == {0: [(4, 10)]}


@pytest.mark.parametrize("statuses", [(), ("WAITING",)])
def test_other_statuses_and_other_attributes_hold_nothing(statuses: tuple[str, ...]) -> None:
    assert on_hold(facts((0, 10, 1, 2), (1, 10, 4, 2)), statuses) == {}


def test_the_word_in_another_field_is_no_hold() -> None:
    assert on_hold(facts((1, 10, 4, 2)), ["On hold"]) == {}


def test_nothing_known_is_nothing_held() -> None:
    assert on_hold(Facts(3, Touches(), Attributes()), ["On hold"]) == {}
