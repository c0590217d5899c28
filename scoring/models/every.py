"""Every model by its name, in one shape: how each conversion is split over channels.

Rules and Shapley values split a conversion over its own steps. A Markov chain knows only all journeys
together, so each conversion that has a journey is split over the channels by the same shares.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scoring.models.heuristic import HALF_LIFE, HEURISTICS, heuristic
from scoring.models.journeys import Journeys
from scoring.models.markov import markov
from scoring.models.shapley import shapley
from scoring.touches import Ints

MARKOV = {"markov_1": 1, "markov_2": 2}
MODELS = (*HEURISTICS, "shapley", *MARKOV)


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Rows of (channel, share), `size` of them for each conversion; shares as in `scoring.models.shares`."""

    share: Ints
    size: Ints
    channel: Ints


def by_channel(model: str, converted: Journeys, failed: Journeys, half_life: int = HALF_LIFE) -> Split:
    """This splits every conversion by one of MODELS; `failed` are the journeys that led nowhere."""
    if model in MARKOV:
        return _alike(converted, markov(converted, failed, MARKOV[model]).share)
    if model == "shapley":
        share = shapley(converted)
    elif model in HEURISTICS:
        share = heuristic(model, converted, half_life)
    else:
        raise ValueError(f"no model is called {model}; there are {', '.join(MODELS)}")
    return Split(share, converted.size, converted.channel.astype(np.int64))


def _alike(converted: Journeys, share: Ints) -> Split:
    led = converted.size > 0
    times = int(led.sum())
    earning = np.flatnonzero(share)
    return Split(np.tile(share[earning], times), np.where(led, len(earning), 0), np.tile(earning, times))
