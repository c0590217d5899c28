"""Rules that look at single touches."""

from __future__ import annotations

import numpy as np

from scoring.curves import is_first
from scoring.rules.moments import Chosen, Moments
from scoring.touches import NEVER


def each(chosen: Chosen) -> Moments:
    """This makes every touch a moment that never ends by itself."""
    return Moments(chosen.row, chosen.stretch, chosen.at, np.full(len(chosen.row), NEVER, np.int64))


def first(chosen: Chosen) -> Moments:
    """This keeps the first touch of every stretch."""
    begins = is_first(chosen.stretch)
    return each(Chosen(chosen.row[begins], chosen.stretch[begins], chosen.at[begins]))
