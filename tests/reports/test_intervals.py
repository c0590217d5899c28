"""Intervals of shares, against values that others have worked out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.intervals import wilson


@pytest.mark.parametrize(
    ("hits", "trials", "low", "high"),
    [(842, 8_000, 0.09871, 0.11217), (15, 493, 0.01852, 0.04959), (0, 10, 0.0, 0.2775)],
)
def test_known_shares_have_the_known_interval(hits: int, trials: int, low: float, high: float) -> None:
    found = wilson(hits, trials)

    assert found == (pytest.approx(low, abs=1e-5), pytest.approx(high, abs=5e-5))


def test_nothing_is_known_of_what_was_never_tried() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


@given(st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_share_and_mirrors_its_opposite(found: tuple[int, int]) -> None:
    hits, trials = found

    low, high = wilson(hits, trials)
    other_low, other_high = wilson(trials - hits, trials)

    assert 0 <= low <= hits / trials + 1e-12
    assert hits / trials - 1e-12 <= high <= 1
    assert (low, high) == (pytest.approx(1 - other_high), pytest.approx(1 - other_low))
