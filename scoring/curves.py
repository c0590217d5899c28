"""The algebra of step functions of time, for many people at once.

A `Curve` says, per person, which value holds from which instant on. Values are integers (thousandths
of points, or 0 and 1 for a condition), so sums are exact and do not depend on order. Everything else
in scoring is built from these few operations; none of them loops over people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from scoring.touches import NEVER, Bools, Ints

Index = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Sorted by (person, at), one row per change; before a person's first change she has `base`."""

    person: Ints
    at: Ints
    value: Ints
    base: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Spans:
    """When something holds: [start, end) per row, sorted by (person, start); NEVER = without end."""

    person: Ints
    start: Ints
    end: Ints


def in_order(person: npt.NDArray[Any], at: npt.NDArray[Any]) -> Index:
    """This is the stable order by (person, at); one packed sort where both fit into 63 bits."""
    if not len(at):
        return np.empty(0, np.intp)
    first = int(at.min())
    bits = (int(at.max()) - first).bit_length()
    if int(person.max()).bit_length() + bits > 63:
        return np.lexsort((at, person))
    key = (person.astype(np.int64) << bits) | (at - first)
    return np.argsort(key, kind="stable")


def is_first(person: npt.NDArray[Any]) -> Bools:
    """This marks the first row of every person (rows are sorted)."""
    first = np.empty(len(person), np.bool_)
    first[:1] = True
    np.not_equal(person[1:], person[:-1], out=first[1:])
    return first


def running(person: Ints, delta: Ints) -> Ints:
    """This is the running sum of `delta`, starting anew with every person."""
    total = np.cumsum(delta)
    starts = np.flatnonzero(is_first(person))
    if len(starts):
        carried = np.concatenate(([0], total[starts[1:] - 1]))
        total -= np.repeat(carried, np.diff(np.append(starts, len(person))))
    return total


def changes(person: Ints, at: Ints, value: Ints, base: int = 0) -> Curve:
    """This keeps the last value of every instant, and only where it differs from the one before."""
    if not len(at):
        return Curve(person, at, value, base)
    first = is_first(person)
    last = np.empty(len(at), np.bool_)
    last[-1] = True
    np.not_equal(at[1:], at[:-1], out=last[:-1])
    last[:-1] |= first[1:]
    rows = np.flatnonzero(last)
    if len(rows) < len(at):
        person, at, value = person[rows], at[rows], value[rows]
        first = is_first(person)
    before = np.empty_like(value)
    before[1:] = value[:-1]
    np.putmask(before, first, base)
    keep = np.flatnonzero(value != before)
    if len(keep) < len(at):
        person, at, value = person[keep], at[keep], value[keep]
    return Curve(person, at, value, base)


def from_deltas(person: Ints, at: Ints, delta: Ints, base: int = 0) -> Curve:
    """This adds up jumps, given in any order; a jump at NEVER does not happen."""
    if len(at) and int(at.max()) >= NEVER:
        keep = at < NEVER
        person, at, delta = person[keep], at[keep], delta[keep]
    order = in_order(person, at)
    person, at = person[order], at[order]
    return changes(person, at, running(person, delta[order]) + base, base)


def deltas(curve: Curve) -> Ints:
    """This is by how much the curve jumps at each of its changes."""
    jump = curve.value.copy()
    jump[1:] -= curve.value[:-1]
    first = is_first(curve.person)
    jump[first] = curve.value[first] - curve.base
    return jump


def total(curves: Sequence[Curve]) -> Curve:
    """This is the sum of several curves."""
    base = sum(curve.base for curve in curves)
    moving = [curve for curve in curves if len(curve.at)]
    if not moving:
        nothing = np.empty(0, np.int64)
        return Curve(nothing, nothing, nothing, base)
    if len(moving) == 1:
        only = moving[0]
        return Curve(only.person, only.at, only.value + (base - only.base), base)
    return from_deltas(
        np.concatenate([curve.person for curve in moving]),
        np.concatenate([curve.at for curve in moving]),
        np.concatenate([deltas(curve) for curve in moving]),
        base,
    )


def clip(curve: Curve, floor: int | None, cap: int | None) -> Curve:
    """This keeps the value of every instant between floor and cap, without memory."""
    if floor is None and cap is None:
        return curve
    low = np.iinfo(np.int64).min if floor is None else floor
    high = np.iinfo(np.int64).max if cap is None else cap
    base = min(max(curve.base, low), high)
    if base == curve.base and not ((curve.value < low) | (curve.value > high)).any():
        return curve
    return changes(curve.person, curve.at, np.clip(curve.value, low, high), base)


def reaches(curve: Curve, least: int) -> Curve:
    """This is 1 while the value is at least `least`, else 0."""
    reached = (curve.value >= least).astype(np.int64)
    return changes(curve.person, curve.at, reached, int(curve.base >= least))


def at_least(count: int, conditions: Sequence[Curve]) -> Curve:
    """This is 1 while at least `count` of the conditions hold."""
    return reaches(total(conditions), count)


def all_of(conditions: Sequence[Curve]) -> Curve:
    """This is 1 while every condition holds."""
    return at_least(len(conditions), conditions)


def any_of(conditions: Sequence[Curve]) -> Curve:
    """This is 1 while one of the conditions holds."""
    return at_least(1, conditions)


def none_of(conditions: Sequence[Curve]) -> Curve:
    """This is 1 while no condition holds (of one condition: its opposite)."""
    some = any_of(conditions)
    return Curve(some.person, some.at, 1 - some.value, 1 - some.base)


def holding(spans: Spans) -> Curve:
    """This is 1 while at least one of the spans lasts; spans may overlap and touch."""
    up = np.ones(len(spans.start), np.int64)
    return reaches(
        from_deltas(
            np.concatenate((spans.person, spans.person)),
            np.concatenate((spans.start, np.maximum(spans.end, spans.start))),
            np.concatenate((up, -up)),
        ),
        1,
    )


def spans(condition: Curve) -> Spans:
    """This lists when a 0/1 curve of base 0 is up."""
    if condition.base:
        raise ValueError("a condition that always held has no first span: bound it by a beginning first")
    rises = np.flatnonzero(condition.value)
    ends = np.append(condition.at, NEVER)[rises + 1]
    follower = np.append(condition.person, -1)[rises + 1]
    ends[follower != condition.person[rises]] = NEVER
    return Spans(condition.person[rises], condition.at[rises], ends)


def hold(condition: Curve, extra: int) -> Curve:
    """This lasts until the condition has been false for `extra` without interruption."""
    up = spans(condition)
    return holding(Spans(up.person, up.start, np.minimum(up.end + extra, NEVER)))


def different(owner: npt.NDArray[Any], item: npt.NDArray[Any], start: Ints, end: Ints) -> Curve:
    """This is how many different items of each owner are up; an item's spans may overlap and touch."""
    pair = numbered(owner, item)
    up = holding(Spans(pair, start, end))
    owners = np.zeros(int(pair.max(initial=-1)) + 1, np.int64)
    owners[pair] = owner
    return from_deltas(owners[up.person], up.at, deltas(up))


def numbered(one: npt.NDArray[Any], two: npt.NDArray[Any]) -> Ints:
    """This gives every distinct pair of codes one number."""
    pair = (one.astype(np.int64) << 31) | two
    return np.unique(pair, return_inverse=True)[1].astype(np.int64)


def value_at(curve: Curve, people: int, at: int | Ints) -> Ints:
    """This is every person's value at `at` (one instant, or one per person)."""
    return np.append(curve.value, curve.base)[_row_at(curve, people, at)]


def _row_at(curve: Curve, people: int, at: int | Ints) -> Index:
    """This is the row that holds at `at`, -1 where the base holds."""
    begun = curve.at <= (at[curve.person] if isinstance(at, np.ndarray) else at)
    count = np.bincount(curve.person[begun], minlength=people)
    start = np.searchsorted(curve.person, np.arange(people))
    return np.where(count > 0, start + count - 1, -1)


def look_up(curve: Curve, person: Ints, at: Ints) -> Ints:
    """This is the value at any list of (person, instant) pairs, in the list's order."""
    count = len(curve.at)
    order = in_order(np.concatenate((curve.person, person)), np.concatenate((curve.at, at)))
    asked = order >= count  # at one instant the curve's own row comes first: it holds already
    row = (np.cumsum(~asked) - 1)[asked]
    pair = order[asked] - count
    value = np.full(len(at), curve.base, np.int64)
    known = (row >= 0) & (np.append(curve.person, -1)[row] == person[pair])
    value[pair[known]] = curve.value[row[known]]
    return value


def next_change(curve: Curve, people: int, after: int) -> Ints:
    """This is the first change behind `after` per person, NEVER where there is none."""
    return next_marked(curve.person, curve.at, curve.at > after, people)


def next_marked(person: npt.NDArray[Any], at: Ints, marked: Bools, people: int) -> Ints:
    """This is the earliest marked instant per person; rows are sorted by (person, at)."""
    first = np.full(people, NEVER, np.int64)
    rows = np.flatnonzero(marked)[::-1]  # the earliest is assigned last, and stands
    first[person[rows]] = at[rows]
    return first


def next_apart(curve: Curve, people: int, after: int, origin: Ints, step: int) -> Ints:
    """This is the first instant behind `after` at which the value lies `step` or more from `origin`."""
    moved = np.abs(curve.value - origin[curve.person]) >= step
    return next_marked(curve.person, curve.at, moved & (curve.at > after), people)
