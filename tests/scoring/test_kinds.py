"""Every kind of moment at its edges: one too few, one microsecond early, another epoch."""

from __future__ import annotations

from dataclasses import replace

import pytest
from one_rule import DECIDES, DEMO, VIEW, T, definition_of, facts_of, points

from scoring.definitions.conditions import Did
from scoring.definitions.kinds import (
    Committee,
    Depth,
    Distinct,
    Each,
    FieldIs,
    First,
    Return,
    Sequence,
    Silence,
)
from scoring.score import score
from scoring.touches import ALWAYS, DAY, Attributes, Facts, touches_of


def asset(name: str) -> dict[str, str]:
    return {"asset": name}


def test_different_assets_count_and_the_same_one_twice_does_not() -> None:
    two = definition_of(Distinct(2, 7 * DAY))
    same = facts_of((T, asset("a")), (T + DAY, asset("a")), (T + DAY, asset("")))
    other = facts_of((T, asset("a")), (T + 2 * DAY, asset("a")), (T + 7 * DAY - 1, asset("b")))

    assert points(two, same, T + DAY) == [0]
    assert points(two, other, T + 7 * DAY - 2) == [0]
    assert points(two, other, T + 7 * DAY - 1) == [10]
    assert points(two, other, T + 9 * DAY - 1) == [10]
    assert points(two, other, T + 9 * DAY) == [0]  # the second look at `a` kept it within the span till now


@pytest.mark.parametrize("of", ["page", "campaign"])
def test_pages_and_campaigns_can_be_what_differs(of: str) -> None:
    two = definition_of(Distinct(2, DAY, of))

    assert points(two, facts_of((T, {of: "a"}), (T, {of: "b"})), T) == [10]
    assert points(two, facts_of((T, asset("a")), (T, asset("b"))), T) == [0]


def test_seconds_add_up_until_the_oldest_leave() -> None:
    ten_minutes = definition_of(Depth(600, 7 * DAY))
    facts = facts_of((T, {"seconds": 599}), (T + DAY, {"seconds": 1}), (T + DAY, {"seconds": -5}))

    assert points(ten_minutes, facts, T + DAY - 1) == [0]
    assert points(ten_minutes, facts, T + DAY) == [10]
    assert points(ten_minutes, facts, T + 7 * DAY - 1) == [10]
    assert points(ten_minutes, facts, T + 7 * DAY) == [0]


def test_pages_viewed_add_up_and_a_touch_without_one_is_none() -> None:
    two_pages = definition_of(Depth(2, DAY, "pages"))

    assert points(two_pages, facts_of((T, {"page": "/a"}), (T, {})), T) == [0]
    assert points(two_pages, facts_of((T, {"page": "/a"}), (T, {"page": "/a"})), T) == [10]


def test_steps_count_in_their_order_only() -> None:
    then_demo = definition_of(Sequence((DEMO,), 7 * DAY))
    demo = {"kind": "demo_request"}

    assert points(then_demo, facts_of((T, demo), (T + 1,)), T + 1) == [0]
    assert points(then_demo, facts_of((T,), (T, demo)), T) == [10]  # the smaller id came first
    assert points(then_demo, facts_of((T, demo), (T,)), T) == [0]


def test_the_steps_lie_within_the_span_of_the_latest_beginning() -> None:
    then_demo = definition_of(Sequence((DEMO,), 7 * DAY))
    demo = {"kind": "demo_request"}

    assert points(then_demo, facts_of((T,), (T + 7 * DAY - 1, demo)), T + 7 * DAY - 1) == [10]
    assert points(then_demo, facts_of((T,), (T + 7 * DAY, demo)), T + 7 * DAY) == [0]
    again = facts_of((T,), (T + 3 * DAY,), (T + 4 * DAY, demo))
    assert points(then_demo, again, T + 10 * DAY - 1) == [10]
    assert points(then_demo, again, T + 10 * DAY) == [0]


def test_one_touch_is_only_one_step() -> None:
    thrice = definition_of(Sequence((VIEW, VIEW), DAY))

    assert points(thrice, facts_of((T,), (T + 1,)), T + 1) == [0]
    assert points(thrice, facts_of((T,), (T + 1,), (T + 2,)), T + 2) == [10]


def test_the_steps_do_not_go_on_in_the_next_epoch() -> None:
    then_demo = definition_of(Sequence((DEMO,), 7 * DAY))
    facts = facts_of((T,), (T + 1, {"kind": "sales_rejected"}), (T + 2, {"kind": "demo_request"}))

    assert points(then_demo, facts, T + 2) == [0]


def test_only_the_first_touch_of_an_epoch_is_first() -> None:
    first = definition_of(First())
    facts = facts_of((T,), (T + 1,), (T + DAY, {"kind": "deal_lost"}), (T + 2 * DAY,))

    assert points(first, facts, T + 1) == [10]
    assert points(first, facts, T + DAY) == [0]
    assert points(first, facts, T + 2 * DAY) == [10]


def test_silence_falls_without_any_touch_and_is_seen_coming() -> None:
    silent = definition_of(Silence(30 * DAY))
    facts = facts_of((T,))

    assert points(silent, facts, T + 30 * DAY - 1) == [0]
    assert points(silent, facts, T + 30 * DAY) == [10]
    assert score(facts, silent, T + DAY).recheck_at[0] == T + 30 * DAY
    assert points(silent, facts_of((T, {"kind": "demo_request"})), T + 90 * DAY) == [0]


def test_silence_ends_with_the_next_touch_or_the_epoch() -> None:
    silent = definition_of(Silence(30 * DAY))

    broken = facts_of((T,), (T + 40 * DAY,))
    assert points(silent, broken, T + 40 * DAY - 1) == [10]
    assert points(silent, broken, T + 40 * DAY) == [0]
    assert points(silent, broken, T + 70 * DAY) == [10]
    just_in_time = facts_of((T,), (T + 30 * DAY,))
    assert points(silent, just_in_time, T + 30 * DAY) == [0]
    rejected = facts_of((T,), (T + 31 * DAY, {"kind": "sales_rejected"}))
    assert points(silent, rejected, T + 31 * DAY - 1) == [10]
    assert points(silent, rejected, T + 99 * DAY) == [0]


def test_a_touch_after_a_long_silence_is_a_return() -> None:
    back = definition_of(Return(30 * DAY))

    assert points(back, facts_of((T,), (T + 30 * DAY - 1,)), T + 99 * DAY) == [0]
    assert points(back, facts_of((T,), (T + 30 * DAY,)), T + 99 * DAY) == [10]
    assert points(back, facts_of((T,)), T + 99 * DAY) == [0]
    rejected = facts_of((T,), (T + DAY, {"kind": "sales_rejected"}), (T + 40 * DAY,))
    assert points(back, rejected, T + 40 * DAY) == [0]


def test_a_field_counts_from_its_value_to_the_next_that_does_not_pass() -> None:
    decides = definition_of(FieldIs("buying_role", DECIDES))
    known = (
        (0, T, "buying_role", "Decision maker"),
        (0, T + DAY, "buying_role", "the decision maker"),
        (0, T + 2 * DAY, "buying_role", ""),
    )
    facts = facts_of((T - DAY,), known=known)

    assert points(decides, facts, T - 1) == [0]
    assert points(decides, facts, T) == [10]
    assert points(replace(decides, rules=(replace(decides.rules[0], at_most=2),)), facts, T + DAY) == [10]
    assert points(decides, facts, T + 2 * DAY - 1) == [10]
    assert points(decides, facts, T + 2 * DAY) == [0]


def test_people_without_any_touch_have_fields() -> None:
    decides = definition_of(FieldIs("buying_role", DECIDES))
    facts = facts_of((T, {"person": 1}), known=((0, T, "buying_role", "decision maker"),), people=3)

    assert points(decides, facts, T) == [10, 0, 0]


def test_a_value_of_the_old_epoch_gives_nothing_in_the_new_one() -> None:
    decides = definition_of(FieldIs("buying_role", DECIDES))
    known = ((0, T, "buying_role", "decision maker"), (0, T + 3 * DAY, "buying_role", ""))
    again = (*known, (0, T + 4 * DAY, "buying_role", "decision maker"))
    facts = facts_of((T + 2 * DAY, {"kind": "sales_rejected"}), known=again)

    assert points(decides, facts, T + 2 * DAY - 1) == [10]
    assert points(decides, facts, T + 2 * DAY) == [0]
    assert points(decides, facts, T + 4 * DAY) == [10]


def test_a_value_without_a_date_counts_as_known_for_ever() -> None:
    known = ((0, ALWAYS, "buying_role", "decision maker"),)
    facts = facts_of((T,), known=known)

    assert points(definition_of(FieldIs("buying_role", DECIDES)), facts, T - DAY) == [10]
    assert points(definition_of(FieldIs("buying_role", DECIDES), window=90 * DAY), facts, T) == [0]
    assert points(definition_of(FieldIs("buying_role", DECIDES), half_life=90 * DAY), facts, T) == [0]
    decided = definition_of(Each(), qualified=Did(VIEW, FieldIs("buying_role", DECIDES)))
    assert score(facts, decided, T).status_of(0) == "mql"
    recently = definition_of(Each(), qualified=Did(VIEW, FieldIs("buying_role", DECIDES), lasts=DAY))
    assert score(facts, recently, T).status_of(0) == "lead"


def test_nobody_and_nothing_have_no_moments() -> None:
    for how in (Distinct(1, DAY), Depth(1, DAY), Sequence((DEMO,), DAY), Silence(DAY), Committee(1, DAY)):
        assert points(definition_of(how), Facts(0, touches_of([]), Attributes()), T) == []
        assert points(definition_of(how), facts_of(company=(1,)), T) == [0]
