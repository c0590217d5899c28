"""Credit by rule: what each place in a journey is worth, from first touch to time decay.

Most models are one shape: parts for the touches that mark something, and a part that all others share.
Marks on the same touch add up; a mark without a touch (the milestone was not reached, or nothing that
counts came before it) falls away; where no others are left, or a mark fell away, the rest is scaled to
the whole. Weights are integers, so the split is exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scoring.models.journeys import Journeys
from scoring.models.shares import WEIGHT_MAX, shares, summed
from scoring.touches import DAY, Bools, Ints

HALF_LIFE = 7 * DAY  # Google's definition of the model: one week
_DECAYING = 6  # HubSpot's percentages of 2016 end with the sixth touch from the end


@dataclass(frozen=True, slots=True)
class Shape:
    """Parts of the whole for marked touches; `rest` is split evenly over all others."""

    first: int = 0
    last: int = 0
    lead: int = 0
    opportunity: int = 0
    close: int = 0
    rest: int = 0


SHAPES = {
    "first": Shape(first=1),
    "last": Shape(last=1),
    "linear": Shape(rest=1),
    "u_first_last": Shape(first=2, last=2, rest=1),
    "u_first_lead": Shape(first=2, lead=2, rest=1),  # HubSpot's U
    "w": Shape(first=3, lead=3, opportunity=3, rest=1),
    "full_path": Shape(first=9, lead=9, opportunity=9, close=9, rest=4),
    "j": Shape(first=1, last=3, rest=1),
    "inverse_j": Shape(first=3, last=1, rest=1),
}
HEURISTICS = (*SHAPES, "last_non_direct", "position_decay", "time_decay")


def heuristic(name: str, paths: Journeys, half_life: int = HALF_LIFE) -> Ints:
    """This is the share of each step under one of HEURISTICS; each conversion's add up to WHOLE."""
    if half_life <= 0:
        raise ValueError(f"a half-life of {half_life}: it lasts some time")
    return shares(_weights(name, paths, half_life), paths.size)


def _weights(name: str, paths: Journeys, half_life: int) -> Ints:
    match name:
        case "last_non_direct":
            return _last_non_direct(paths)
        case "position_decay":
            return _position_decay(paths)
        case "time_decay":
            return _time_decay(paths, half_life)
        case _:
            return _shaped(SHAPES[name], paths)


def _shaped(shape: Shape, paths: Journeys) -> Ints:
    marks = (
        (shape.first, np.zeros_like(paths.size)),
        (shape.last, paths.size - 1),
        (shape.lead, paths.lead),
        (shape.opportunity, paths.opportunity),
        (shape.close, paths.close),
    )
    weights = np.zeros(len(paths.row), np.int64)
    for part, place in marks:
        if part:
            there = (place >= 0) & (paths.size > 0)
            weights[(paths.start + place)[there]] += part
    if not shape.rest:
        return weights
    others = weights == 0
    count = np.maximum(summed(others.astype(np.int64), paths.size), 1)
    return np.where(others, shape.rest, weights * count[paths.conversion])


def _last_non_direct(paths: Journeys) -> Ints:
    place = paths.size - 1
    named = np.flatnonzero(paths.channel)  # Direct is channel 0
    place[paths.conversion[named]] = paths.place[named]  # the last is assigned last, and stands
    is_last: Bools = paths.place == place[paths.conversion]
    return is_last.astype(np.int64)


def _position_decay(paths: Journeys) -> Ints:
    from_end = (paths.size - 1)[paths.conversion] - paths.place
    newest = np.int64(1 << _DECAYING - 1)
    weights: Ints = newest >> np.minimum(from_end, _DECAYING)
    return weights


def _time_decay(paths: Journeys, half_life: int) -> Ints:
    """Ages count from the last touch: the shares are the same, and old journeys keep their precision."""
    latest = np.zeros(len(paths.size), np.int64)
    latest[paths.conversion] = paths.age
    fading = np.exp2((latest[paths.conversion] - paths.age) / half_life)
    weights: Ints = np.rint(fading * WEIGHT_MAX).astype(np.int64)
    return weights
