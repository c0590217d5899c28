"""Credit by removal: how much less would convert if a channel led nowhere.

A journey is a walk from the start over its channels to conversion or to nothing. Transition frequencies
make a chain; the chance to convert is solved for, not simulated. Removing a channel sends every
transition into it to nothing, and channels share the credit in proportion to what their removal costs.
In a chain of order k a state is the last k channels. Journeys without touches say nothing of channels
and are left out. Walks are counts and can be added, so people may come in parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scoring.models.journeys import Journeys, in_row
from scoring.models.shares import from_reals, shares
from scoring.touches import Bools, Ints

STATES_MAX = 2_000  # one dense system per channel; more states than this are too rare to estimate
ORDER_MAX = 3
WON, LOST = -1, -2

Reals = npt.NDArray[np.float64]


class TooManyStates(ValueError):
    """So many states are too rare to say anything of them."""


@dataclass(frozen=True, slots=True, eq=False)
class Removal:
    """`probability` to convert; per channel what its `removal` costs of it, and its share of WHOLE.

    Where nothing converts, nobody has a share.
    """

    channels: Sequence[str]
    probability: float
    removal: Reals
    share: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """State 0 is the start. `step[i, j]` and `converts[i]` are probabilities; the rest is nothing.

    `channel` is where a state stands now, -1 for the start.
    """

    step: Reals
    converts: Reals
    channel: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Walks:
    """How many `times` a state went on `into` a channel, WON or LOST; each pair stands once.

    A state is written in base len(channels) + 1, the newest channel last; digit 0 is before the start.
    """

    channels: Sequence[str]
    order: int
    state: Ints
    into: Ints
    times: Ints


def markov(converted: Journeys, failed: Journeys, order: int = 1) -> Removal:
    """This gives every channel its credit; both lists of journeys come from the same steps."""
    return credited(walks(converted, failed, order))


def walks(converted: Journeys, failed: Journeys, order: int = 1) -> Walks:
    """This counts what followed what."""
    if not 1 <= order <= ORDER_MAX:
        raise ValueError(f"a chain of order {order}: orders are 1 to {ORDER_MAX}")
    base = len(converted.channels) + 1
    state, into = [], []
    for paths, end in ((converted, WON), (failed, LOST)):
        before, last = _states(paths, order, base)
        state += [before, last]
        into += [paths.channel.astype(np.int64), np.full(len(last), end, np.int64)]
    pairs = np.concatenate(state), np.concatenate(into)
    return _added(converted.channels, order, *pairs, np.ones(len(pairs[0]), np.int64))


def together(several: Sequence[Walks]) -> Walks:
    """This adds up the walks of parts of the people, all of one order."""
    channels = in_row(name for one in several for name in one.channels)
    order = several[0].order
    state, into = [], []
    for one in several:
        renamed = np.array([0, *(channels.index(name) + 1 for name in one.channels)], np.int64)
        base = len(renamed)
        digits = (one.state // base**lag % base for lag in range(order))
        places = ((len(channels) + 1) ** lag for lag in range(order))
        state.append(sum(renamed[digit] * place for digit, place in zip(digits, places, strict=True)))
        into.append(np.where(one.into < 0, one.into, renamed[one.into + 1] - 1))
    times = np.concatenate([one.times for one in several])
    return _added(channels, order, np.concatenate(state), np.concatenate(into), times)


def _added(channels: Sequence[str], order: int, state: Ints, into: Ints, times: Ints) -> Walks:
    states, number = np.unique(state, return_inverse=True)
    ends = len(channels) - LOST
    pair, which = np.unique(number * ends + (into - LOST), return_inverse=True)
    total = np.zeros(len(pair), np.int64)
    np.add.at(total, which, times)
    return Walks(channels, order, states[pair // ends], pair % ends + LOST, total)


def credited(walked: Walks) -> Removal:
    """This is every channel's credit for the walks that won."""
    return removal(_chain(walked), walked.channels)


def removal(chain: Chain, channels: Sequence[str]) -> Removal:
    """This removes each channel in turn."""
    everywhere = np.ones(len(chain.converts), np.bool_)
    probability = absorbed(chain, everywhere)
    lost = np.zeros(len(channels))
    if probability > 0:
        for channel in np.unique(chain.channel[1:]):
            without = absorbed(chain, chain.channel != channel)
            lost[channel] = min(max(1 - without / probability, 0.0), 1.0)
    weights = from_reals(lost)
    return Removal(channels, probability, lost, shares(weights, np.array([len(weights)])))


def absorbed(chain: Chain, alive: Bools) -> float:
    """This is the chance to convert from the start if states that are not alive lead nowhere.

    States that the start does not reach, or that never convert, are dropped: what is left can be solved.
    """
    moves = (chain.step > 0) & alive
    start = np.zeros(len(alive), np.bool_)
    start[0] = True
    kept = np.flatnonzero(_reached(moves, start) & _reached(moves.T, chain.converts > 0))
    if not len(kept) or kept[0] != 0:
        return 0.0
    system = np.eye(len(kept)) - chain.step[np.ix_(kept, kept)]
    return float(np.linalg.solve(system, chain.converts[kept])[0])


def _reached(moves: Bools, begin: Bools) -> Bools:
    reached, new = begin, begin
    while new.any():  # at most once per state
        new = moves[new].any(axis=0) & ~reached
        reached = reached | new
    return reached


def _chain(walked: Walks) -> Chain:
    base = len(walked.channels) + 1
    on = walked.into >= 0
    after = (walked.state[on] * base + walked.into[on] + 1) % base**walked.order
    codes = np.unique(np.concatenate(([0], walked.state, after)))
    states = len(codes)
    if states > STATES_MAX:
        raise TooManyStates(f"{states} states: at most {STATES_MAX}; group rare channels or lower the order")
    out = np.searchsorted(codes, walked.state)
    step, wins, seen = np.zeros((states, states)), np.zeros(states), np.zeros(states)
    np.add.at(step, (out[on], np.searchsorted(codes, after)), walked.times[on])
    won = walked.into == WON
    np.add.at(wins, out[won], walked.times[won])
    np.add.at(seen, out, walked.times)
    seen[seen == 0] = 1
    return Chain(step / seen[:, np.newaxis], wins / seen, codes % base - 1)


def _states(paths: Journeys, order: int, base: int) -> tuple[Ints, Ints]:
    """This is the state before every step, and the last state of every journey."""
    digit = paths.channel.astype(np.int64) + 1
    code = digit.copy()
    for lag in range(1, order):
        earlier = np.zeros_like(digit)
        earlier[lag:] = digit[:-lag]
        code += np.where(paths.place >= lag, earlier, 0) * base**lag
    before = np.zeros_like(code)
    before[1:] = code[:-1]
    before[paths.place == 0] = 0
    ends = (paths.start + paths.size - 1)[paths.size > 0]
    return before, code[ends]
