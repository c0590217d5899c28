"""What led to each conversion: the touches before it, in order, of a person or of a whole account.

A journey holds the touches that tell (see `scoring.attribution`) at or before its conversion and less
than the look-back before it. Of touches of one person through one channel, one that follows the last
within 30 minutes is the same visit and does not count again; this is settled before accounts are pooled
and before the look-back cuts, so it never depends on the conversion. Ties in time stand in order of
the touch's id.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from scoring.attribution import VISIT_GAP, Sources
from scoring.channel import DIRECT
from scoring.curves import in_order, is_first, numbered
from scoring.touches import DAY, NEVER, Bools, Codes, Ints, Touches

LOOKBACK = 90 * DAY


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """The touches that count, sorted by (unit, at, touch id).

    `row` is a row of the touches, `channel` a code into `channels`, of which the first is Direct.
    """

    channels: Sequence[str]
    unit: Ints
    at: Ints
    row: Ints
    channel: Codes


@dataclass(frozen=True, slots=True, eq=False)
class Conversions:
    """What was reached, in any order: by which unit, when, and when the milestones before it were.

    A milestone that was not reached is NEVER; one behind the conversion does not count for it.
    """

    unit: Ints
    at: Ints
    lead_at: Ints
    opportunity_at: Ints
    close_at: Ints

    @classmethod
    def plain(cls, unit: Ints, at: Ints) -> Conversions:
        """These have no milestones."""
        never = np.full(len(at), NEVER, np.int64)
        return cls(unit, at, never, never, never)


@dataclass(frozen=True, slots=True, eq=False)
class Journeys:
    """The steps of each conversion, one conversion after the other.

    Per conversion: `size`, `start` (its first row here) and the `place` of each milestone's touch among
    its steps (-1: none): the last touch at or before the milestone. Per row: which `conversion`, its
    `place` there, the touch's `row`, its `channel` and its `age` before the conversion.
    """

    channels: Sequence[str]
    start: Ints
    size: Ints
    lead: Ints
    opportunity: Ints
    close: Ints
    conversion: Ints
    place: Ints
    row: Ints
    channel: Codes
    age: Ints


def steps(touches: Touches, found: Sources, unit: Ints | None = None) -> Steps:
    """This picks the touches that count. `unit` says to which unit each person belongs, herself if None."""
    names = in_row(one.channel for one in found.origins)
    codes = np.array([names.index(one.channel) for one in found.origins], np.int32)
    rows = np.flatnonzero(found.tells)
    channel = codes[found.which[rows]] if len(rows) else np.empty(0, np.int32)
    kept = _is_visit(touches.person[rows], channel, touches.at[rows])
    rows, channel = rows[kept], channel[kept]
    whose = touches.person[rows].astype(np.int64)
    if unit is not None:
        order = np.lexsort((touches.id[rows], touches.at[rows], unit[whose]))
        rows, channel, whose = rows[order], channel[order], unit[whose][order]
    return Steps(names, whose, touches.at[rows], rows, channel)


def pooled(trail: Steps, ids: Ints, team: Ints, member: Ints) -> Steps:
    """This gives every team the steps of all its members, each pair named once.

    The trail is one of people; `ids` are the ids of its steps' touches.
    """
    begin = np.searchsorted(trail.unit, member, side="left")
    count = np.searchsorted(trail.unit, member, side="right") - begin
    rows = np.arange(count.sum()) + np.repeat(begin - (np.cumsum(count) - count), count)
    unit = np.repeat(team, count)
    order = np.lexsort((ids[rows], trail.at[rows], unit))
    rows = rows[order]
    return Steps(trail.channels, unit[order], trail.at[rows], trail.row[rows], trail.channel[rows])


def in_row(channels: Iterable[str]) -> list[str]:
    """This is each channel once, Direct first, in an order that does not depend on who came first."""
    return [DIRECT, *sorted({*channels} - {DIRECT})]


def _is_visit(person: Codes, channel: Codes, at: Ints) -> Bools:
    """This marks touches that are not the rest of a visit that came the same way."""
    order = in_order(person, channel.astype(np.int64))
    by_person, by_channel, when = person[order], channel[order], at[order]
    begins = is_first(by_person) | is_first(by_channel)
    begins[1:] |= np.diff(when) >= VISIT_GAP
    marked = np.empty(len(at), np.bool_)
    marked[order] = begins
    return marked


def accounts(company: Codes) -> Ints:
    """This is each person's unit where accounts count: colleagues share one, others stay alone."""
    alone = np.where(company > 0, 0, np.arange(1, len(company) + 1))
    return numbered(company, alone)


def journeys(trail: Steps, conversions: Conversions, lookback: int | None = LOOKBACK) -> Journeys:
    """This finds the steps of every conversion; a look-back of None has no limit."""
    if lookback is not None and lookback <= 0:
        raise ValueError(f"a look-back of {lookback}: it lasts some time, or has no limit (None)")
    at = conversions.at
    oldest = np.full(len(at), -NEVER, np.int64) if lookback is None else at - lookback
    marks = (conversions.lead_at, conversions.opportunity_at, conversions.close_at)
    begin, end, *reached = _steps_until(trail, conversions.unit, (oldest, at, *marks))
    size = end - begin
    start = np.cumsum(size) - size
    which = np.repeat(np.arange(len(at)), size)
    place = np.arange(len(which)) - start[which]
    step = begin[which] + place
    lead, opportunity, close = (
        np.where((mark <= at) & (until > begin), until - 1 - begin, -1)
        for mark, until in zip(marks, reached, strict=True)
    )
    return Journeys(
        channels=trail.channels,
        start=start,
        size=size,
        lead=lead,
        opportunity=opportunity,
        close=close,
        conversion=which,
        place=place,
        row=trail.row[step],
        channel=trail.channel[step],
        age=at[which] - trail.at[step],
    )


def _steps_until(trail: Steps, unit: Ints, instants: Sequence[Ints]) -> list[Ints]:
    """This is, per list of instants, how many steps stand at or before each (unit, instant)."""
    count = len(trail.at)
    if not count:
        return [np.zeros(len(unit), np.int64) for _ in instants]
    asked_at = np.clip(np.concatenate(instants), trail.at.min() - 1, trail.at.max())
    asked_unit = np.tile(unit, len(instants))
    order = in_order(np.concatenate((trail.unit, asked_unit)), np.concatenate((trail.at, asked_at)))
    asked = order >= count  # at one instant the steps come first: they are at it
    before = np.empty(len(asked_at), np.int64)
    before[order[asked] - count] = np.cumsum(~asked)[asked]
    return np.split(before, len(instants))


def unconverted(trail: Steps, conversions: Conversions, as_of: int) -> Conversions:
    """This is the last step by `as_of` of every unit that did something but reached nothing by then.

    Not `as_of` itself: whoever was last seen before the look-back would then have no journey.
    """
    reached = conversions.unit[conversions.at <= as_of]
    rows = np.flatnonzero((trail.at <= as_of) & ~np.isin(trail.unit, reached))
    ends = rows[::-1][is_first(trail.unit[rows[::-1]])][::-1]
    return Conversions.plain(trail.unit[ends], trail.at[ends])
