"""Credit by removal: how much less would convert if a channel led nowhere.

A journey is a walk from the start over its channels to conversion or to nothing. Transition frequencies
make a chain; the chance to convert is solved for, not simulated. Removing a channel sends every
transition into it to nothing, and channels share the credit in proportion to what their removal costs.
In a chain of order k a state is the last k channels. Journeys without touches say nothing of channels
and are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scoring.models.journeys import Journeys
from scoring.models.shares import from_reals, shares
from scoring.touches import Bools, Ints

STATES_MAX = 2_000  # one dense system per channel; more states than this are too rare to estimate
ORDER_MAX = 4

Reals = npt.NDArray[np.float64]


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


def markov(converted: Journeys, failed: Journeys, order: int = 1) -> Removal:
    """This gives every channel its credit; both lists of journeys come from the same steps."""
    if not 1 <= order <= ORDER_MAX:
        raise ValueError(f"a chain of order {order}: orders are 1 to {ORDER_MAX}")
    return removal(_chain(converted, failed, order), converted.channels)


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
    moves = (chain.step > 0) & alive & alive[:, np.newaxis]
    start = np.zeros(len(alive), np.bool_)
    start[0] = True
    kept = np.flatnonzero(_reached(moves, start) & _reached(moves.T, alive & (chain.converts > 0)))
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


def _chain(converted: Journeys, failed: Journeys, order: int) -> Chain:
    count = len(converted.channels)
    parts = [_transitions(paths, order, count) for paths in (converted, failed)]
    codes, number = np.unique(
        np.concatenate([[0], *(column for part in parts for column in part)]), return_inverse=True
    )
    if len(codes) > STATES_MAX:
        raise ValueError(f"{len(codes)} states: at most {STATES_MAX}; group rare channels or lower the order")
    cuts = np.cumsum([1, *(len(column) for part in parts for column in part)])[:-1]
    _, out, into, won, out_failed, into_failed, lost = np.split(number, cuts)
    states = len(codes)
    moves = np.concatenate((out * states + into, out_failed * states + into_failed))
    times = np.bincount(moves, minlength=states * states).reshape(states, states).astype(np.float64)
    wins = np.bincount(won, minlength=states).astype(np.float64)
    seen = times.sum(axis=1) + wins + np.bincount(lost, minlength=states)
    seen[seen == 0] = 1
    return Chain(times / seen[:, np.newaxis], wins / seen, codes % (count + 1) - 1)


def _transitions(paths: Journeys, order: int, channels: int) -> tuple[Ints, Ints, Ints]:
    """This is (from, into) of every move and the last state of every journey.

    A state is written in base channels + 1, the newest channel last; digit 0 is before the start.
    """
    digit = paths.channel.astype(np.int64) + 1
    code = digit.copy()
    for lag in range(1, order):
        earlier = np.zeros_like(digit)
        earlier[lag:] = digit[:-lag]
        code += np.where(paths.place >= lag, earlier, 0) * (channels + 1) ** lag
    before = np.zeros_like(code)
    before[1:] = code[:-1]
    before[paths.place == 0] = 0
    ends = (paths.start + paths.size - 1)[paths.size > 0]
    return before, code, code[ends]
