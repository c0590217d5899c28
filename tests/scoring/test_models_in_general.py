"""Attribution models against the naive oracle, and what is true of every journey."""

from __future__ import annotations

import numpy as np
import oracle_models as naive
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle_models import Goal, Touch
from walked import CHANNELS, T, goals, path, paths, trail, won_and_lost

from scoring.models.credit import NOBODY, counted
from scoring.models.every import MODELS, by_channel
from scoring.models.heuristic import HEURISTICS, heuristic
from scoring.models.journeys import Journeys, journeys
from scoring.models.markov import credited, markov, together, walks
from scoring.models.shapley import shapley
from scoring.models.shares import WEIGHT_MAX, WHOLE, shares, split, summed
from scoring.touches import DAY, HOUR, MINUTE, NEVER, Ints

INSTANTS = st.integers(0, 12).map(lambda n: T + n * 15 * MINUTE)
MARKS = st.one_of(st.just(NEVER), INSTANTS)
TOUCHES = st.lists(st.tuples(st.integers(0, 2), INSTANTS, st.sampled_from(CHANNELS)), max_size=14)
GOALS = st.lists(st.builds(Goal, st.integers(0, 1), INSTANTS, MARKS, MARKS, MARKS), max_size=4)
LETTERS = st.lists(st.text("ABC", min_size=1, max_size=5), max_size=5)


def earned_by(share: Ints, found: Journeys) -> dict[str, int]:
    earned = counted(share, found.size, found.channel.astype(np.int64))
    return {found.channels[code]: value for code, value in earned.items() if code != NOBODY}


@given(TOUCHES, GOALS, st.sampled_from([None, HOUR, 2 * HOUR]), st.booleans(), st.randoms())
@settings(max_examples=60, deadline=None)
def test_journeys_and_shares_are_the_oracles(rows, wanted, lookback, pooled, random) -> None:
    ids = random.sample(range(100), len(rows))
    touches = [Touch(number, *row) for number, row in zip(ids, rows, strict=True)]
    unit = [0, 1, 0] if pooled else [0, 1, 2]

    found = journeys(trail(touches, unit if pooled else None), goals(*wanted), lookback)

    expected = [naive.journey(touches, unit, goal, lookback) for goal in wanted]
    assert found.size.tolist() == [len(one) for one in expected]
    in_rows = sorted(touches, key=lambda one: (one.person, one.at, one.id))
    assert [in_rows[row] for row in found.row] == [one for walked in expected for one in walked]
    for name in HEURISTICS:
        share = heuristic(name, found, HOUR)
        exact = [naive.exact(name, walked, goal, HOUR) for walked, goal in zip(expected, wanted, strict=True)]
        slow = [part for parts in exact for part in naive.rounded(parts)]
        assert summed(share, found.size).tolist() == [WHOLE * bool(one) for one in expected]
        if name == "time_decay":
            assert np.abs(share - np.array(slow, np.int64)).max(initial=0) <= 1
        else:
            assert share.tolist() == slow, name


@given(TOUCHES, st.randoms())
@settings(max_examples=30, deadline=None)
def test_the_order_of_arrival_changes_nothing(rows, random) -> None:
    touches = [Touch(number, *row) for number, row in enumerate(rows)]
    shuffled = random.sample(touches, len(touches))
    wanted = goals(Goal(0, T + DAY), Goal(1, T + DAY, T + HOUR, T + 2 * HOUR))

    one, two = (journeys(trail(some), wanted) for some in (touches, shuffled))

    ended = (
        journeys(trail(touches), goals(Goal(2, T + DAY))),
        journeys(trail(shuffled), goals(Goal(2, T + DAY))),
    )
    for name in MODELS:
        before, after = by_channel(name, one, ended[0]), by_channel(name, two, ended[1])
        assert before.share.tolist() == after.share.tolist()
        assert before.channel.tolist() == after.channel.tolist()


@given(LETTERS, LETTERS, st.sampled_from([1, 2, 3]))
@settings(max_examples=60, deadline=None)
def test_markov_is_the_oracles(won, lost, order) -> None:
    found = markov(*won_and_lost(won, lost), order)

    chance, effects = naive.markov(won, lost, order)
    removal = dict(zip(found.channels, found.removal.tolist(), strict=True))
    assert found.probability == pytest.approx(float(chance), abs=1e-12)
    assert {one: removal[one] for one in effects} == pytest.approx(
        {one: float(effect) for one, effect in effects.items()}, abs=1e-9
    )
    assert found.share.sum() == (WHOLE if won else 0)


@given(st.lists(st.tuples(LETTERS, LETTERS), min_size=1, max_size=3), st.sampled_from([1, 2, 3]))
@settings(max_examples=40, deadline=None)
def test_walks_of_parts_of_the_people_add_up_to_those_of_all(parts, order) -> None:
    won = [one for some, _ in parts for one in some]
    lost = [one for _, some in parts for one in some]

    added = credited(together([walks(*won_and_lost(*part), order) for part in parts]))
    whole = markov(*won_and_lost(won, lost), order)

    assert added.probability == pytest.approx(whole.probability, abs=1e-12)
    assert added.channels == whole.channels
    assert added.share.tolist() == whole.share.tolist()


@given(LETTERS, LETTERS, st.integers(2, 3))
@settings(max_examples=30, deadline=None)
def test_repeats_of_a_channel_change_nothing_in_order_one(won, lost, times) -> None:
    def longer(several: list[str]) -> list[str]:
        return ["".join(letter * times for letter in one) for one in several]

    one = markov(*won_and_lost(won, lost))
    two = markov(*won_and_lost(longer(won), longer(lost)))

    assert two.removal.tolist() == pytest.approx(one.removal.tolist(), abs=1e-9)


@given(LETTERS.filter(bool))
@settings(max_examples=60, deadline=None)
def test_the_closed_form_is_the_shapley_value_of_the_subset_game(walked) -> None:
    found = paths(*walked)

    earned = earned_by(shapley(found), found)

    exact = naive.shapley(walked)
    assert earned.keys() == exact.keys()
    # Each journey rounds once, by less than one millionth.
    assert all(abs(earned[one] - exact[one] * WHOLE) < len(walked) for one in exact)
    assert sum(earned.values()) == WHOLE * len(walked)


@given(st.integers(1, 2), st.permutations(CHANNELS))
@settings(max_examples=12, deadline=None)
def test_models_that_mean_the_same_say_the_same(count, channels) -> None:
    found = path(channels[:count], lead=0, opportunity=count - 1, close=count - 1)

    alike = {tuple(heuristic(name, found).tolist()) for name in ("linear", "u_first_last", "full_path")}

    assert alike == {tuple(shapley(found).tolist())}


@given(
    st.lists(st.tuples(st.integers(0, 2**53), st.lists(st.integers(0, WEIGHT_MAX), max_size=6)), max_size=5)
)
@settings(max_examples=60, deadline=None)
def test_parts_add_up_and_lie_within_one_unit_of_the_exact_part(groups) -> None:
    sizes = np.array([len(weights) for _, weights in groups], np.int64)
    weights = np.array([one for _, several in groups for one in several], np.int64)

    share = shares(weights, sizes)
    amounts = np.array([amount for amount, _ in groups], np.int64)
    money = split(amounts, share, sizes)

    begin = 0
    for amount, several in groups:
        mine = slice(begin, begin + len(several))
        begin += len(several)
        total = sum(several)
        assert share[mine].sum() == (WHOLE if total else 0)
        assert money[mine].sum() == (amount if total else 0)
        for weight, part, coins in zip(several, share[mine].tolist(), money[mine].tolist(), strict=True):
            assert not total or abs(part * total - weight * WHOLE) < total
            assert abs(coins * WHOLE - part * amount) < WHOLE
            assert weight or not part
