"""Rules that look at single touches."""

from __future__ import annotations

import numpy as np

from scoring.kinds import Each
from scoring.rules.moments import Chosen, Moments
from scoring.touches import NEVER


def each(chosen: Chosen, _: Each) -> Moments:
    """This makes every touch a moment that never ends by itself."""
    return Moments(chosen.row, chosen.at, np.full(len(chosen.row), NEVER, np.int64))
