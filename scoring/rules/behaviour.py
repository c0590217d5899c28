"""Rules that look at what people do again, in which order, and when they fall silent."""

from __future__ import annotations

from collections.abc import Sequence as Listed

import numpy as np

from scoring.curves import is_first
from scoring.definitions.kinds import Repeated, Return, Sequence, Silence
from scoring.rules.engagement import each
from scoring.rules.moments import Chosen, Moments, risen
from scoring.touches import Ints


def repeated(chosen: Chosen, how: Repeated) -> Moments:
    """This rises with the `times`-th touch within the span and falls when too few are left in it."""
    back = how.times - 1
    windows = max(len(chosen.at) - back, 0)
    oldest, newest = chosen.at[:windows], chosen.at[back:]
    enough = (chosen.stretch[back:] == chosen.stretch[:windows]) & (newest - oldest < how.within)
    return risen(
        chosen.row[back:][enough],
        chosen.stretch[back:][enough],
        newest[enough],
        oldest[enough] + how.within,
    )


def sequence(first: Chosen, further: Listed[Chosen], how: Sequence) -> Moments:
    """This rises with the touch that completes the steps in order within the span.

    Each touch of a step goes on from the latest touch of the step before it: that chain began latest, so
    no other one is shorter.
    """
    done, began = first, first.at
    for step in further:
        number = np.searchsorted(done.row, step.row) - 1
        follows = number >= 0
        follows[follows] = done.stretch[number[follows]] == step.stretch[follows]
        began = began[number[follows]]
        done = Chosen(step.row[follows], step.stretch[follows], step.at[follows])
    enough = done.at - began < how.within
    return risen(done.row[enough], done.stretch[enough], done.at[enough], began[enough] + how.within)


def silence(chosen: Chosen, stretch_end: Ints, how: Silence) -> Moments:
    """This rises `after` a touch unless another came by then, and falls with the next touch or the epoch."""
    end = stretch_end[chosen.stretch]
    follows = chosen.stretch[1:] == chosen.stretch[:-1]
    end[:-1][follows] = chosen.at[1:][follows]
    start = chosen.at + how.after
    fell = start < end
    return Moments(chosen.row[fell], chosen.stretch[fell], start[fell], end[fell])


def returned(chosen: Chosen, how: Return) -> Moments:
    """This keeps the touches that came at least `after` behind the one before them."""
    back = ~is_first(chosen.stretch)
    back[1:] &= chosen.at[1:] - chosen.at[:-1] >= how.after
    return each(Chosen(chosen.row[back], chosen.stretch[back], chosen.at[back]))
