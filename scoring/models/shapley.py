"""Shapley values of channels, in closed form.

The game: a set of channels is worth the conversions whose journeys need no channel outside it. Such a
game is a sum of games "worth 1 to every set that holds all of these channels", and in each of them all
players are alike. So every journey is split equally over its distinct channels, and no subset is ever
enumerated.
"""

from __future__ import annotations

import numpy as np

from scoring.curves import in_order, is_first
from scoring.models.journeys import Journeys
from scoring.models.shares import shares
from scoring.touches import Ints


def shapley(paths: Journeys) -> Ints:
    """This is the share of each step; a channel's credit stands on its first touch in the journey."""
    order = in_order(paths.conversion, paths.channel.astype(np.int64))
    first = is_first(paths.conversion[order]) | is_first(paths.channel[order])
    weights = np.zeros(len(paths.row), np.int64)
    weights[order[first]] = 1
    return shares(weights, paths.size)
