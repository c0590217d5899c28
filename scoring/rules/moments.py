"""What every rule kind reads and gives: chosen touches in, moments out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scoring.curves import Curve, Index, Spans, is_first, look_up
from scoring.touches import Ints


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """Touches that a rule is about, in order: their rows, stretches and instants.

    A stretch is one epoch of one person; nothing looks across its borders. Stretches count up with
    the rows, so rows of one stretch lie together.
    """

    row: Index
    stretch: Ints
    at: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """When a condition rose, in which stretch, and when it falls (NEVER: not by itself).

    `row` is the touch that made it rise, -1 where none of the person's own did (an attribute, colleagues).
    Rows are sorted by (stretch, start); every moment lies inside its stretch, its end may not.
    """

    row: Index
    stretch: Ints
    start: Ints
    end: Ints


def risen(row: Index, stretch: Ints, start: Ints, end: Ints) -> Moments:
    """This joins spans that meet into one moment each; starts and ends go up within a stretch."""
    rises = is_first(stretch)
    rises[1:] |= start[1:] > end[:-1]
    last = np.append(rises[1:], True)[: len(rises)]
    return Moments(row[rises], stretch[rises], start[rises], end[last])


def caused(chosen: Chosen, up: Spans) -> Moments:
    """This gives each span of a stretch the touch that made it rise: the last chosen one by its start."""
    latest = look_up(Curve(chosen.stretch, chosen.at, chosen.row.astype(np.int64)), up.person, up.start)
    return Moments(latest.astype(np.intp), up.person, up.start, up.end)
