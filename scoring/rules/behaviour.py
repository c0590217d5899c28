"""Rules that look at what people do again and again."""

from __future__ import annotations

import numpy as np

from scoring.curves import is_first
from scoring.kinds import Repeated
from scoring.rules.moments import Chosen, Moments


def repeated(chosen: Chosen, how: Repeated) -> Moments:
    """This rises with the `times`-th touch within the span and falls when too few are left in it.

    A touch counts for [at, at + within). While the condition holds, further touches prolong it and
    make no new moment.
    """
    back = how.times - 1
    windows = max(len(chosen.at) - back, 0)
    oldest, newest = chosen.at[:windows], chosen.at[back:]
    enough = (chosen.stretch[back:] == chosen.stretch[:windows]) & (newest - oldest < how.within)
    row = chosen.row[back:][enough]
    start, end = newest[enough], oldest[enough] + how.within
    stretch = chosen.stretch[back:][enough]
    rises = is_first(stretch)
    rises[1:] |= start[1:] > end[:-1]
    last = np.append(rises[1:], True)[: len(rises)]
    return Moments(row[rises], start[rises], end[last])
