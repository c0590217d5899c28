"""No window of the CRM's interval ever sees more calls than it allows, and none is wasted."""

from __future__ import annotations

from bisect import bisect_left

from hubspot_stub import Clock
from hypothesis import given
from hypothesis import strategies as st

from connectors.pacing import DAY_LOOK_S, Budget, Day


def most_in_any_window(calls: list[float], interval_s: float) -> int:
    return max(place + 1 - bisect_left(calls, at - interval_s + 1e-9) for place, at in enumerate(calls))


@given(
    st.integers(1, 400),
    st.sampled_from([1.0, 10.0]),
    st.lists(st.floats(0, 4), min_size=1, max_size=300),
)
def test_a_budget_is_never_exceeded_in_any_window(limit: int, interval_s: float, gaps: list[float]) -> None:
    clock = Clock()
    budget = Budget(clock.port(), limit=limit, interval_s=interval_s)

    calls = []
    for gap in [*gaps, *[0.0] * limit]:
        clock.at += gap
        budget.take()
        calls.append(clock.at)

    assert most_in_any_window(calls, interval_s) <= max(limit, 1)


def test_forty_thousand_contacts_take_less_than_24_seconds_at_190_calls_in_ten() -> None:
    clock = Clock()
    budget = Budget(clock.port(), limit=190, interval_s=10.0)

    for _ in range(400):
        budget.take()

    assert 20 < clock.at < 24


@given(st.floats(0, 2.4), st.integers(0, 399))
def test_a_pause_is_made_up_for_and_no_window_is_exceeded(pause_s: float, behind: int) -> None:
    clock = Clock()
    budget = Budget(clock.port(), limit=190, interval_s=10.0)

    calls = []
    for place in range(400):
        clock.at += pause_s if place == behind else 0.001
        budget.take()
        calls.append(clock.at)

    assert clock.at < 24
    assert most_in_any_window(calls, 10.0) <= 190


def test_the_crms_own_limit_replaces_the_assumed_one() -> None:
    clock = Clock()
    budget = Budget(clock.port(), limit=100, interval_s=10.0)
    budget.observe(limit=1_000, interval_s=10.0, remaining=999)

    for _ in range(200):
        budget.take()

    assert clock.at < 3


def test_nothing_left_in_the_window_means_waiting_before_the_next_call() -> None:
    clock = Clock()
    budget = Budget(clock.port(), limit=100, interval_s=10.0)

    budget.observe(limit=100, interval_s=10.0, remaining=0)
    budget.take()

    assert clock.at > 0


def test_a_refusal_makes_everybody_rest() -> None:
    clock = Clock()
    budget = Budget(clock.port(), limit=100, interval_s=10.0)

    budget.rest(3.0)
    budget.take()

    assert abs(clock.at - 3.0) < 0.2


def test_a_share_of_the_day_is_left_to_others_and_a_look_shows_when_it_is_over() -> None:
    clock = Clock()
    day = Day(clock.port(), share=0.8)

    day.observe(used=799, limit=1_000)
    before = day.is_used_up()
    day.observe(used=800, limit=1_000)
    after = day.is_used_up()
    clock.at += DAY_LOOK_S
    looking = day.is_used_up()
    day.observe(used=1, limit=1_000)

    assert (before, after, looking, day.is_used_up()) == (False, True, False, False)
    assert not Day(clock.port()).is_used_up()
