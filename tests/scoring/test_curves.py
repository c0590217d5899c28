from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.curves import (
    Curve,
    Spans,
    all_of,
    any_of,
    at_least,
    clip,
    different,
    from_deltas,
    hold,
    holding,
    in_order,
    look_up,
    next_apart,
    next_change,
    none_of,
    numbered,
    reaches,
    spans,
    total,
    value_at,
)
from scoring.touches import NEVER

PEOPLE = 3


def ints(values) -> np.ndarray:
    return np.array(list(values), np.int64)


def curve(*rows: tuple[int, int, int], base: int = 0) -> Curve:
    """Built from (person, at, delta) rows."""
    return from_deltas(*(ints(row[n] for row in rows) for n in range(3)), base)


def rows_of(found: Curve) -> list[tuple[int, int, int]]:
    return list(zip(found.person.tolist(), found.at.tolist(), found.value.tolist(), strict=True))


def spans_of(*rows: tuple[int, int, int]) -> Spans:
    return Spans(*(ints(row[n] for row in rows) for n in range(3)))


deltas = st.lists(st.tuples(st.integers(0, PEOPLE - 1), st.integers(-5, 20), st.integers(-3, 3)), max_size=20)


@settings(max_examples=100, deadline=None)
@given(deltas, st.integers(-8, 25), st.integers(-2, 2), st.randoms(use_true_random=False))
def test_a_curve_is_the_sum_of_the_jumps_so_far(jumps, at, base, random) -> None:
    found = curve(*jumps, base=base)

    expected = [
        base + sum(d for p, when, d in jumps if p == person and when <= at) for person in range(PEOPLE)
    ]
    assert value_at(found, PEOPLE, at).tolist() == expected
    assert look_up(found, ints(range(PEOPLE)), ints([at] * PEOPLE)).tolist() == expected
    assert value_at(found, PEOPLE, ints([at] * PEOPLE)).tolist() == expected
    assert rows_of(curve(*random.sample(jumps, len(jumps)), base=base)) == rows_of(found)


@settings(max_examples=100, deadline=None)
@given(st.lists(deltas, max_size=4), st.integers(-8, 25))
def test_sums_clips_and_conditions_hold_at_every_instant(parts, at) -> None:
    curves = [curve(*part, base=number % 2) for number, part in enumerate(parts)]
    values = [value_at(one, PEOPLE, at) for one in curves]
    added = np.sum([*values, np.zeros(PEOPLE, np.int64)], axis=0)

    assert value_at(total(curves), PEOPLE, at).tolist() == added.tolist()
    assert value_at(clip(total(curves), -1, 2), PEOPLE, at).tolist() == np.clip(added, -1, 2).tolist()
    conditions = [reaches(one, 1) for one in curves]
    up = np.sum([*[value >= 1 for value in values], np.zeros(PEOPLE, np.int64)], axis=0)
    assert value_at(all_of(conditions), PEOPLE, at).tolist() == (up >= len(curves)).tolist()
    assert value_at(any_of(conditions), PEOPLE, at).tolist() == (up >= 1).tolist()
    assert value_at(none_of(conditions), PEOPLE, at).tolist() == (up == 0).tolist()
    assert value_at(at_least(2, conditions), PEOPLE, at).tolist() == (up >= 2).tolist()


def test_a_curve_keeps_only_changes() -> None:
    assert rows_of(curve((0, 5, 2), (0, 5, -2), (0, 7, 1), (1, 7, 1), (1, 9, 0))) == [(0, 7, 1), (1, 7, 1)]


def test_a_jump_that_never_comes_is_no_change() -> None:
    assert rows_of(curve((0, 5, 2), (0, NEVER, -2))) == [(0, 5, 2)]


def test_no_clip_leaves_the_curve_alone() -> None:
    one = curve((0, 5, 2))

    assert clip(one, None, None) is one
    assert rows_of(clip(one, None, 1)) == [(0, 5, 1)]
    assert clip(one, 1, None).base == 1


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2**40), st.integers(-(2**62), 2**62)), max_size=20))
def test_order_is_right_where_it_cannot_be_packed(rows) -> None:
    person, at = ints(row[0] for row in rows), ints(row[1] for row in rows)

    assert in_order(person, at).tolist() == sorted(range(len(rows)), key=lambda row: rows[row])


def test_spans_that_touch_or_overlap_are_one() -> None:
    up = holding(spans_of((0, 1, 3), (0, 3, 5), (0, 4, 4), (1, 1, 2), (1, 3, NEVER)))

    found = spans(up)
    assert found.start.tolist() == [1, 1, 3]
    assert found.end.tolist() == [5, 2, NEVER]


items = st.tuples(st.integers(0, PEOPLE - 1), st.integers(0, 2), st.integers(-5, 20), st.integers(0, 9))


@settings(max_examples=100, deadline=None)
@given(st.lists(items, max_size=12), st.integers(-8, 32))
def test_an_item_counts_once_however_many_of_its_spans_are_up(rows, at) -> None:
    owner, item, start, lasts = (ints(row[n] for row in rows) for n in range(4))

    found = different(owner, item, start, start + lasts)

    up = [
        {i for o, i, begin, length in rows if o == p and begin <= at < begin + length} for p in range(PEOPLE)
    ]
    assert value_at(found, PEOPLE, at).tolist() == [len(one) for one in up]


def test_pairs_are_told_apart_by_both_halves() -> None:
    assert numbered(ints([7, 7, 3, 7]), ints([1, 2, 1, 1])).tolist() == [1, 2, 0, 1]


def test_a_condition_that_always_held_has_no_first_span() -> None:
    with pytest.raises(ValueError, match="always held"):
        spans(none_of([curve((0, 1, 1))]))


def test_holding_on_bridges_gaps_shorter_than_the_extra_time() -> None:
    up = holding(spans_of((0, 0, 10), (0, 14, 20), (1, 0, 10), (1, 15, 20), (2, 0, NEVER)))

    found = spans(hold(up, 5))
    assert found.person.tolist() == [0, 1, 2]  # at exactly five the spans touch, so they are one
    assert found.end.tolist() == [25, 25, NEVER]
    assert spans(hold(up, 4)).end.tolist() == [24, 14, 24, NEVER]


def test_the_next_change_lies_strictly_behind() -> None:
    found = curve((0, 5, 1), (0, 9, 1), (1, 3, 1))

    assert next_change(found, PEOPLE, 5).tolist() == [9, NEVER, NEVER]
    assert next_change(found, PEOPLE, 4).tolist() == [5, NEVER, NEVER]


def test_a_score_is_apart_once_it_has_moved_by_the_step() -> None:
    found = curve((0, 5, 4), (0, 9, 1), (1, 3, -5))

    assert next_apart(found, PEOPLE, 0, ints([0, 0, 0]), 5).tolist() == [9, 3, NEVER]
