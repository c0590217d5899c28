"""Working time: how much of a span lies inside somebody's hours, and when so much of it has passed.

An instant is worked if the wall clock of the calendar's zone then reads a time within a shift. So a
night shift lasts an hour longer when the clocks go back and an hour less when they go forward, and a
shift that begins in the hour that is skipped begins with the hour after it. A shift belongs to the day
on which it begins, also past midnight: a holiday takes away the shifts that begin on it. Leave is a
span of instants and cuts into a shift.

Everything is computed in UTC, in int64 microseconds, half-open. A zone is asked only for its offset,
once a day: two changes of the clock are never that close.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache

import numpy as np

from scoring.touches import DAY, NEVER, SECOND, Ints

Span = tuple[int, int]

_EPOCH_DAY = date(1970, 1, 1).toordinal()
_THURSDAY = 3  # the weekday of 1970-01-01, where Monday is 0
FIRST_DAY, LAST_DAY = 0, 84_000  # 1970 to 2199; nothing before or after is ever worked
LOOK_DAYS = (32, 128, 512, 2_048, 8_192)  # how far ahead a due time is looked for, until it is found


@dataclass(frozen=True, slots=True)
class Shift:
    """Hours of one weekday (Monday is 0), from local midnight on; past midnight `ends` is beyond DAY."""

    weekday: int
    begins: int
    ends: int


@dataclass(frozen=True, slots=True)
class Calendar:
    """When somebody works. `holidays` are local days, `leave` are spans of instants."""

    zone: tzinfo
    shifts: tuple[Shift, ...]
    holidays: frozenset[date] = frozenset()
    leave: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Hours:
    """Worked spans, ascending and disjoint; `before` is what was worked before each of them."""

    begin: Ints
    end: Ints
    before: Ints

    def worked(self, at: Ints) -> Ints:
        """This is what was worked before these instants, from the first span on."""
        if not len(self.begin):
            return np.zeros(len(at), np.int64)
        which = np.maximum(np.searchsorted(self.begin, at, side="right") - 1, 0)
        inside: Ints = np.clip(at - self.begin[which], 0, (self.end - self.begin)[which])
        return self.before[which] + inside

    def between(self, begin: Ints, end: Ints) -> Ints:
        """This is the working time of each span; an empty one has none."""
        return self.worked(np.maximum(begin, end)) - self.worked(begin)

    def reached(self, start: int, working: int) -> int:
        """This is the first instant at which so much was worked since `start`; NEVER if it is not."""
        if working <= 0:
            return start
        target = int(self.worked(np.array([start]))[0]) + working
        after = self.before + (self.end - self.begin)
        which = int(np.searchsorted(after, target))
        return int(self.begin[which]) + target - int(self.before[which]) if which < len(after) else NEVER


def hours_of(calendar: Calendar, since: int, until: int) -> Hours:
    """These are the hours of all days that [since, until) touches."""
    first = min(max(since // DAY, FIRST_DAY), LAST_DAY)
    return _hours(calendar, first, min(max(-(-until // DAY), first), LAST_DAY))


def working_time(a: int, b: int, calendar: Calendar) -> int:
    """This is the length of [a, b) within the calendar's hours."""
    spans = np.array([a], np.int64), np.array([b], np.int64)
    return int(hours_of(calendar, a, b).between(*spans)[0]) if b > a else 0


def due_at(start: int, working: int, calendar: Calendar) -> int:
    """This is the first instant at which so much working time has passed; NEVER if the hours do not suffice.

    Where it passes with the end of a shift, that end is it, and not the next morning.
    """
    return first_reached(lambda since, until: hours_of(calendar, since, until), start, working)


def first_reached(hours: Callable[[int, int], Hours], start: int, working: int) -> int:
    """This looks further and further ahead for the instant at which so much was worked."""
    for days in LOOK_DAYS:
        found = hours(start, start + days * DAY).reached(start, working)
        if found < NEVER:
            return found
    return NEVER


def spans_of(spans: Iterable[Span]) -> Hours:
    """These are the spans in order, with those that touch or overlap as one."""
    rows = np.array([span for span in spans if span[0] < span[1]], np.int64).reshape(-1, 2)
    rows = rows[np.argsort(rows[:, 0], kind="stable")]
    reach = np.maximum.accumulate(rows[:, 1])
    opens = np.append(True, rows[1:, 0] > reach[:-1])[: len(rows)]
    begin, end = rows[opens, 0], reach[np.append(opens[1:], True)[: len(rows)]]
    length = end - begin
    return Hours(begin, end, np.cumsum(length) - length)


def within(hours: Hours, since: int, until: int) -> list[Span]:
    """This cuts the hours to [since, until)."""
    begin, end = np.clip(hours.begin, since, until), np.clip(hours.end, since, until)
    keep = begin < end
    return list(zip(begin[keep].tolist(), end[keep].tolist(), strict=True))


def without(spans: Iterable[Span], gaps: Iterable[Span]) -> list[Span]:
    """This takes the gaps out of the spans."""
    left = list(spans)
    for begin, end in gaps:
        if begin < end:
            left = [
                part for a, b in left for part in ((a, min(b, begin)), (max(a, end), b)) if part[0] < part[1]
            ]
    return left


@lru_cache(maxsize=64)  # leads that come in together ask for the same weeks
def _hours(calendar: Calendar, first: int, last: int) -> Hours:
    clock = spans_of(_on_the_wall_clock(calendar, first, last))
    found: list[Span] = []
    for begin, end, offset in _offsets(calendar.zone, first * DAY, last * DAY):
        found += [(a - offset, b - offset) for a, b in within(clock, begin + offset, end + offset)]
    return spans_of(without(found, calendar.leave))


def _on_the_wall_clock(calendar: Calendar, first: int, last: int) -> list[Span]:
    """These are the shifts as the wall clock shows them, with a day to spare for zones and nights."""
    found = []
    for day in range(first - 2, last + 1):
        if date.fromordinal(day + _EPOCH_DAY) not in calendar.holidays:
            weekday = (day + _THURSDAY) % 7
            today = (shift for shift in calendar.shifts if shift.weekday == weekday)
            found += [(day * DAY + shift.begins, day * DAY + shift.ends) for shift in today]
    return found


def _offsets(zone: tzinfo, since: int, until: int) -> list[tuple[int, int, int]]:
    """These are the spans of UTC within which the zone keeps one offset, and that offset."""
    found = []
    begin, offset = since, _offset(zone, since)
    for day in range(since, until, DAY):
        ahead = _offset(zone, day + DAY)
        if ahead != offset:
            change = _change(zone, day, day + DAY, offset)
            found.append((begin, change, offset))
            begin, offset = change, ahead
    return [*found, (begin, until, offset)]


def _change(zone: tzinfo, low: int, high: int, offset: int) -> int:
    """This is the second between `low` and `high` at which the zone leaves its offset."""
    while high - low > SECOND:
        middle = (low + high) // 2 // SECOND * SECOND
        low, high = (middle, high) if _offset(zone, middle) == offset else (low, middle)
    return high


def _offset(zone: tzinfo, at: int) -> int:
    offset = datetime.fromtimestamp(at // SECOND, UTC).astimezone(zone).utcoffset()
    return round(offset.total_seconds()) * SECOND if offset is not None else 0
