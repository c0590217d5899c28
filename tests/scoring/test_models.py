"""Attribution models: published vectors, and both sides of each edge."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from oracle_models import Goal, Touch
from walked import CHANNELS, T, goals, path, paths, trail, won_and_lost

from scoring.attribution import sources
from scoring.context import Context
from scoring.models.credit import NOBODY, Money, counted, paid
from scoring.models.every import MODELS, by_channel
from scoring.models.heuristic import HEURISTICS, heuristic
from scoring.models.journeys import accounts, journeys, steps, unconverted
from scoring.models.markov import STATES_MAX, Chain, markov, removal
from scoring.models.shapley import shapley
from scoring.models.shares import WHOLE
from scoring.touches import DAY, MINUTE, touches_of


@pytest.mark.parametrize(
    ("name", "count", "marks", "expected"),
    [
        ("first", 3, {}, [1_000_000, 0, 0]),
        ("last", 3, {}, [0, 0, 1_000_000]),
        ("linear", 4, {}, [250_000] * 4),
        ("linear", 3, {}, [333_334, 333_333, 333_333]),
        ("u_first_last", 5, {}, [400_000, 66_667, 66_667, 66_666, 400_000]),
        ("u_first_last", 2, {}, [500_000, 500_000]),
        ("u_first_last", 3, {}, [400_000, 200_000, 400_000]),
        ("u_first_lead", 3, {"lead": 2}, [400_000, 200_000, 400_000]),
        ("u_first_lead", 4, {"lead": 1}, [400_000, 400_000, 100_000, 100_000]),
        ("u_first_lead", 3, {"lead": 0}, [800_000, 100_000, 100_000]),
        ("u_first_lead", 2, {"lead": 1}, [500_000, 500_000]),
        ("w", 4, {"lead": 1, "opportunity": 2}, [300_000, 300_000, 300_000, 100_000]),
        ("w", 3, {"lead": 1, "opportunity": 2}, [333_334, 333_333, 333_333]),
        ("w", 4, {"lead": 2, "opportunity": 2}, [300_000, 50_000, 600_000, 50_000]),
        ("w", 2, {"lead": 1, "opportunity": 1}, [333_333, 666_667]),
        ("w", 7, {"lead": 2, "opportunity": 5}, [300_000, 25_000, 300_000, 25_000, 25_000, 300_000, 25_000]),
        ("w", 3, {"lead": 1}, [428_572, 428_571, 142_857]),
        (
            "full_path",
            6,
            {"lead": 1, "opportunity": 3, "close": 5},
            [225_000, 225_000, 50_000, 225_000, 50_000, 225_000],
        ),
        ("full_path", 2, {"lead": 0, "opportunity": 1, "close": 1}, [500_000, 500_000]),
        ("full_path", 3, {"lead": 1, "opportunity": 1, "close": 2}, [250_000, 500_000, 250_000]),
        ("full_path", 4, {"lead": 1, "opportunity": 1, "close": 3}, [225_000, 450_000, 100_000, 225_000]),
        ("full_path", 2, {"lead": 0, "opportunity": 0, "close": 1}, [750_000, 250_000]),
        ("j", 2, {}, [250_000, 750_000]),
        ("j", 3, {}, [200_000, 200_000, 600_000]),
        ("j", 4, {}, [200_000, 100_000, 100_000, 600_000]),
        ("inverse_j", 2, {}, [750_000, 250_000]),
        ("inverse_j", 3, {}, [600_000, 200_000, 200_000]),
        ("inverse_j", 4, {}, [600_000, 100_000, 100_000, 200_000]),
        ("position_decay", 2, {}, [333_333, 666_667]),
        ("position_decay", 3, {}, [142_857, 285_714, 571_429]),
        ("position_decay", 7, {}, [0, 15_873, 31_746, 63_492, 126_984, 253_968, 507_937]),
    ],
)
def test_shapes_are_those_of_the_books(
    name: str, count: int, marks: dict[str, int], expected: list[int]
) -> None:
    assert heuristic(name, path(["Email"] * count, **marks)).tolist() == expected


@pytest.mark.parametrize("name", HEURISTICS)
def test_a_single_touch_gets_everything(name: str) -> None:
    found = path(["Direct"], lead=0, opportunity=0, close=0)

    assert heuristic(name, found).tolist() == [WHOLE]
    assert shapley(found).tolist() == [WHOLE]


def test_the_last_touch_that_is_not_direct_gets_all_unless_all_are_direct() -> None:
    assert heuristic("last_non_direct", path(["Email", "Paid", "Direct"])).tolist() == [0, WHOLE, 0]
    assert heuristic("last_non_direct", path(["Direct", "Direct"])).tolist() == [0, WHOLE]


def test_a_touch_one_half_life_earlier_is_worth_half() -> None:
    found = path(["Email"] * 8)

    earned = heuristic("time_decay", found, 7 * DAY)

    assert earned[7] - 2 * earned[0] in (-1, 0, 1)
    assert heuristic("time_decay", path(["Email"] * 3), DAY).tolist() == [142_857, 285_714, 571_429]


def test_a_milestone_between_two_touches_stands_on_the_earlier_one() -> None:
    touches = [Touch(n, 0, T + n * DAY, "Email") for n in range(3)]

    at = journeys(trail(touches), goals(Goal(0, T + 3 * DAY, lead=T + DAY)), None)
    before = journeys(trail(touches), goals(Goal(0, T + 3 * DAY, lead=T + DAY - 1)), None)

    assert (at.lead[0], before.lead[0]) == (1, 0)


def test_a_milestone_before_every_touch_or_behind_the_conversion_has_none() -> None:
    touches = [Touch(0, 0, T, "Email")]

    found = journeys(trail(touches), goals(Goal(0, T, T - 1, T + 1, T)), None)

    assert (found.lead[0], found.opportunity[0], found.close[0]) == (-1, -1, 0)


def test_touches_count_up_to_the_conversion_and_less_than_the_look_back_before_it() -> None:
    touches = [Touch(n, 0, at, "Email") for n, at in enumerate((T, T + 1, T + DAY, T + DAY + 1))]
    apart = [Touch(one.id, one.id, one.at, one.channel) for one in touches]

    found = journeys(trail(apart, [0] * 4), goals(Goal(0, T + DAY)), DAY)

    assert found.age.tolist() == [DAY - 1, 0]


def test_a_visit_counts_again_after_half_an_hour_through_one_channel() -> None:
    def count(channel: str, gap: int, person: int = 0) -> int:
        return len(trail([Touch(1, 0, T, "Email"), Touch(2, person, T + gap, channel)]).at)

    assert count("Email", 30 * MINUTE - 1) == 1
    assert count("Email", 30 * MINUTE) == 2
    assert count("Paid", 1) == 2
    assert count("Email", 1, person=1) == 2


def test_touches_of_one_instant_stand_in_order_of_their_id() -> None:
    touches = [Touch(7, 0, T, "Email"), Touch(3, 1, T, "Paid")]

    found = journeys(trail(touches, [0, 0]), goals(Goal(0, T)), None)

    assert [found.channels[code] for code in found.channel] == ["Paid", "Email"]


def test_an_account_pools_the_touches_of_colleagues() -> None:
    unit = accounts(np.array([5, 0, 5, 0], np.int32))

    assert unit[0] == unit[2]
    assert len(set(unit.tolist())) == 3


def test_three_paths_give_the_known_markov_credits() -> None:
    found = markov(*won_and_lost(["ABC"], ["A", "BC"]))

    effect = dict(zip(found.channels, found.removal.tolist(), strict=True))
    credit = dict(zip(found.channels, found.share.tolist(), strict=True))
    assert found.probability == pytest.approx(1 / 3)
    assert [effect[one] for one in "ABC"] == pytest.approx([0.5, 1, 1])
    assert [credit[one] for one in "ABC"] == [200_000, 400_000, 400_000]


def test_nothing_that_converts_means_no_credit() -> None:
    found = markov(*won_and_lost([], ["A", "BC"]))

    assert found.probability == 0
    assert found.share.sum() == 0


def test_states_that_the_start_never_reaches_or_that_never_end_are_dropped() -> None:
    step = np.zeros((5, 5))
    step[0, 1], step[0, 3] = 0.5, 0.25
    step[2, 1] = 1  # nothing leads to 2
    step[3, 4] = step[4, 3] = 1  # 3 and 4 walk in a circle
    converts = np.array([0, 0.5, 0, 0, 0])

    found = removal(Chain(step, converts, np.arange(-1, 4)), "ABCD")

    assert found.probability == 0.25
    assert found.removal.tolist() == [1, 0, 0, 0]
    assert found.share.tolist() == [WHOLE, 0, 0, 0]


def test_a_chain_with_too_many_states_is_refused() -> None:
    names = [f"channel {n}" for n in range(STATES_MAX)]
    touches = [Touch(n, 0, T + n * DAY, name) for n, name in enumerate(names)]
    walked = trail(touches)
    found = journeys(walked, goals(Goal(0, T + STATES_MAX * DAY)), None)

    with pytest.raises(ValueError, match="group rare channels"):
        markov(found, journeys(walked, goals(), None))


def test_whoever_reached_nothing_by_then_ends_with_the_last_touch_by_then() -> None:
    ats = [(0, T), (0, T + DAY), (0, T + 3 * DAY), (1, T), (2, T), (3, T + 3 * DAY)]
    walked = trail([Touch(n, person, at, "Email") for n, (person, at) in enumerate(ats)])
    reached = goals(Goal(1, T + DAY), Goal(2, T + DAY + 1))

    found = unconverted(walked, reached, T + DAY)

    assert found.unit.tolist() == [0, 2]
    assert found.at.tolist() == [T + DAY, T]
    assert journeys(walked, found, DAY).size.tolist() == [1, 1]


def test_journeys_without_touches_change_no_chain() -> None:
    touches = [Touch(0, 0, T, "A"), Touch(1, 1, T, "B")]
    walked = trail(touches)
    alone, more = goals(Goal(0, T)), goals(Goal(0, T), Goal(1, T - 1))
    failed = journeys(walked, goals(Goal(1, T)), None)

    one = markov(journeys(walked, alone, None), failed)
    two = markov(journeys(walked, more, None), failed)

    assert one.probability == two.probability == 0.5
    assert one.share.tolist() == two.share.tolist()


@pytest.mark.parametrize("model", MODELS)
def test_every_model_splits_all_that_was_reached_over_channels(model: str) -> None:
    touches = [Touch(n, n % 3, T + n * DAY, CHANNELS[n % 2]) for n in range(9)]
    walked = trail(touches)
    reached = goals(Goal(0, T + 9 * DAY), Goal(1, T + 9 * DAY), Goal(5, T))
    converted = journeys(walked, reached, None)
    failed = journeys(walked, unconverted(walked, reached, T + 9 * DAY), None)
    euros = [Money(Decimal(amount), "EUR") for amount in ("100", "0.01", "7")]

    found = by_channel(model, converted, failed)

    count = counted(found.share, found.size, found.channel)
    money = paid(found.share, found.size, found.channel, euros)
    assert sum(count.values()) == 3 * WHOLE
    assert count[NOBODY] == WHOLE
    assert sum(money.values()) == Decimal("107.01")
    assert money[NOBODY, "EUR"] == 7


def test_a_model_that_does_not_exist_is_named() -> None:
    nothing = paths()

    with pytest.raises(ValueError, match="no model is called guess"):
        by_channel("guess", nothing, nothing)


def test_spans_of_no_time_are_refused() -> None:
    found = trail([Touch(0, 0, T, "Email")])

    with pytest.raises(ValueError, match="look-back of 0"):
        journeys(found, goals(Goal(0, T)), 0)
    with pytest.raises(ValueError, match="half-life of 0"):
        heuristic("time_decay", paths("A"), 0)


@pytest.mark.parametrize("order", [0, 4])
def test_orders_of_a_chain_are_one_to_three(order: int) -> None:
    with pytest.raises(ValueError, match="orders are 1 to 3"):
        markov(*won_and_lost(["A"], ["B"]), order)


def test_a_conversion_without_touches_is_nobodys() -> None:
    found = journeys(trail([Touch(0, 0, T, "Email")]), goals(Goal(0, T), Goal(1, T)), None)
    label = found.channel.astype(np.int64)
    euros = [Money(Decimal("10.00"), "EUR"), Money(Decimal(5), "EUR")]

    share = heuristic("linear", found)

    assert counted(share, found.size, label) == {1: WHOLE, NOBODY: WHOLE}
    assert paid(share, found.size, label, euros) == {(1, "EUR"): 10, (NOBODY, "EUR"): 5}


def test_money_is_split_to_the_cent_and_currencies_stay_apart() -> None:
    found = paths("ABC", "A")
    values = [Money(Decimal(100), "EUR"), Money(Decimal("7.125"), "USD")]

    earned = paid(heuristic("linear", found), found.size, found.channel.astype(np.int64), values)

    named = {(found.channels[code], coin): amount for (code, coin), amount in earned.items()}
    assert named == {
        ("A", "EUR"): Decimal("33.34"),
        ("B", "EUR"): Decimal("33.33"),
        ("C", "EUR"): Decimal("33.33"),
        ("A", "USD"): Decimal("7.125"),
    }


def test_what_a_deal_loses_later_is_split_like_what_it_brought() -> None:
    found = paths("ABC")
    label = found.channel.astype(np.int64)

    brought, lost = (
        paid(heuristic("j", found), found.size, label, [Money(Decimal(amount), "EUR")])
        for amount in ("12.34", "-12.34")
    )

    assert {key: -amount for key, amount in brought.items()} == lost


def test_sums_of_large_deals_stay_exact() -> None:
    found = paths(*["AB"] * 2_000)
    values = [Money(Decimal("90071992547409.91"), "JPY")] * 2_000  # the largest that is taken

    earned = paid(heuristic("linear", found), found.size, found.channel.astype(np.int64), values)

    assert sum(earned.values()) == 2_000 * Decimal("90071992547409.91")


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "1E+16", "0.00000000001"])
def test_amounts_that_cannot_be_split_are_refused(amount: str) -> None:
    found = paths("A")

    with pytest.raises(ValueError, match="split"):
        paid(heuristic("first", found), found.size, np.zeros(1, np.int64), [Money(Decimal(amount), "EUR")])


def test_a_deal_without_an_amount_brings_no_money() -> None:
    found = paths("A", "B")

    earned = paid(heuristic("first", found), found.size, found.channel.astype(np.int64), [None, None])

    assert earned == {}


def test_only_touches_that_tell_become_steps() -> None:
    url = "https://acme.example/?utm_source=news&utm_medium=email"
    rows = [
        {"id": 0, "at": T, "kind": "page_view", "url": url},
        {"id": 1, "at": T + DAY, "kind": "call"},
        {"id": 2, "at": T + DAY, "kind": "page_view", "url": url},
        {"id": 3, "at": T + 2 * DAY, "kind": "page_view"},
    ]
    touches = touches_of(rows)
    voided = np.array([False, False, True, False])

    found = steps(touches, sources(touches, voided, Context(("acme.example",))))

    assert found.row.tolist() == [0, 3]
    assert [found.channels[code] for code in found.channel] == ["Email", "Direct"]


def test_nobody_and_nothing_make_no_journeys() -> None:
    nothing = trail([])

    found = journeys(nothing, goals(Goal(0, T)), None)

    assert found.size.tolist() == [0]
    assert all(len(heuristic(name, found)) == 0 for name in HEURISTICS)
    assert len(shapley(found)) == 0
    assert len(journeys(nothing, goals()).row) == 0
    assert markov(found, found).share.sum() == 0
