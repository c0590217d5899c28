"""Working time: nights, changes of the clock, holidays, leave, and both sides of every edge."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.handoff.calendars import (
    Calendar,
    Shift,
    Span,
    due_at,
    hours_of,
    spans_of,
    within,
    without,
    working_time,
)
from scoring.touches import DAY, HOUR, MINUTE, NEVER, SECOND

BERLIN = ZoneInfo("Europe/Berlin")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")


def week(begins: int, ends: int, days: range = range(5)) -> tuple[Shift, ...]:
    return tuple(Shift(day, begins * HOUR, ends * HOUR) for day in days)


OFFICE = Calendar(BERLIN, week(9, 17))
NIGHTS = Calendar(BERLIN, week(22, 30, range(7)))


def at(text: str, zone: str = "Europe/Berlin", fold: int = 0) -> int:
    local = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)
    return int(local.timestamp()) * SECOND


@cache
def wall_clock(zone: str, minute: int) -> datetime:
    utc = datetime.fromtimestamp(minute * 60, UTC)
    return utc.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def is_worked(calendar: Calendar, zone: str, minute: int) -> bool:
    """The rule, word by word, for one minute that no edge divides."""
    local = wall_clock(zone, minute)
    clock = (local - EPOCH.replace(tzinfo=None)).total_seconds() * SECOND
    return any(
        day.weekday() == shift.weekday
        and day not in calendar.holidays
        and shift.begins <= clock - (day.toordinal() - EPOCH.toordinal()) * DAY < shift.ends
        for day in (local.date(), date.fromordinal(local.date().toordinal() - 1))
        for shift in calendar.shifts
    ) and not any(begin <= minute * MINUTE < end for begin, end in calendar.leave)


def test_a_friday_night_lasts_until_monday() -> None:
    friday = at("2026-11-20T16:00")

    assert working_time(friday, at("2026-11-23T10:00"), OFFICE) == 2 * HOUR
    assert due_at(friday, 2 * HOUR, OFFICE) == at("2026-11-23T10:00")
    assert due_at(at("2026-11-21T03:00"), 4 * HOUR, OFFICE) == at("2026-11-23T13:00")


def test_time_that_ends_with_a_shift_ends_then_and_not_the_next_morning() -> None:
    friday = at("2026-11-20T13:00")

    assert due_at(friday, 4 * HOUR, OFFICE) == at("2026-11-20T17:00")
    assert due_at(friday, 4 * HOUR + 1, OFFICE) == at("2026-11-23T09:00") + 1
    assert due_at(friday, 0, OFFICE) == friday


def test_a_shift_is_half_open() -> None:
    begins, ends = at("2026-11-20T09:00"), at("2026-11-20T17:00")

    assert working_time(begins - 1, begins, OFFICE) == 0
    assert working_time(begins, begins + 1, OFFICE) == 1
    assert working_time(ends - 1, ends, OFFICE) == 1
    assert working_time(ends, ends + 1, OFFICE) == 0
    assert working_time(ends, begins, OFFICE) == 0


@pytest.mark.parametrize(
    ("since", "until", "hours"),
    [
        ("2026-03-28T21:00", "2026-03-29T07:00", 7),  # clocks go forward
        ("2026-10-24T21:00", "2026-10-25T07:00", 9),  # clocks go back
        ("2026-06-13T21:00", "2026-06-14T07:00", 8),
    ],
)
def test_a_night_has_the_hours_that_the_clock_leaves_it(since: str, until: str, hours: int) -> None:
    assert working_time(at(since), at(until), NIGHTS) == hours * HOUR
    assert due_at(at(since), hours * HOUR, NIGHTS) == at(until) - HOUR


def test_a_shift_that_begins_in_the_skipped_hour_begins_after_it() -> None:
    early = Calendar(BERLIN, (Shift(6, 2 * HOUR + 30 * MINUTE, 10 * HOUR),))

    assert working_time(at("2026-03-29T00:00"), at("2026-03-30T00:00"), early) == 7 * HOUR
    assert due_at(at("2026-03-29T00:00"), HOUR, early) == at("2026-03-29T04:00")


def test_the_hour_that_comes_twice_counts_twice() -> None:
    early = Calendar(BERLIN, (Shift(6, 2 * HOUR, 3 * HOUR),))

    assert working_time(at("2026-10-25T00:00"), at("2026-10-26T00:00"), early) == 2 * HOUR
    assert due_at(at("2026-10-25T00:00"), HOUR + 1, early) == at("2026-10-25T02:00", fold=1) + 1


def test_a_holiday_takes_the_shifts_that_begin_on_it() -> None:
    holiday = frozenset({date(2026, 12, 25)})
    days, nights = Calendar(BERLIN, OFFICE.shifts, holiday), Calendar(BERLIN, NIGHTS.shifts, holiday)

    assert due_at(at("2026-12-24T16:00"), 2 * HOUR, days) == at("2026-12-28T10:00")
    assert working_time(at("2026-12-25T00:00"), at("2026-12-25T12:00"), nights) == 6 * HOUR  # of the 24th
    assert working_time(at("2026-12-25T12:00"), at("2026-12-26T12:00"), nights) == 0


def test_leave_cuts_into_a_shift() -> None:
    away = Calendar(BERLIN, OFFICE.shifts, leave=((at("2026-11-20T12:00"), at("2026-11-24T00:00")),))

    assert working_time(at("2026-11-20T00:00"), at("2026-11-25T00:00"), away) == 11 * HOUR
    assert due_at(at("2026-11-20T11:00"), 2 * HOUR, away) == at("2026-11-24T10:00")


def test_without_hours_nothing_is_ever_due() -> None:
    for_ever = Calendar(BERLIN, OFFICE.shifts, leave=((0, NEVER),))

    assert due_at(at("2026-11-20T11:00"), 1, Calendar(BERLIN, ())) == NEVER
    assert due_at(at("2026-11-20T11:00"), 1, for_ever) == NEVER
    assert due_at(NEVER, 1, OFFICE) == NEVER
    assert working_time(0, NEVER, Calendar(BERLIN, ())) == 0


def test_a_due_time_may_be_years_away() -> None:
    christmas = Calendar(BERLIN, tuple(Shift(day, 0, HOUR) for day in range(7)))

    assert due_at(at("2026-11-20T00:00"), 1_000 * HOUR, christmas) == at("2029-08-15T01:00")


minutes = st.integers(29_400_000, 29_400_000 + 60 * 24 * 1_200)  # from the end of 2025 to spring 2029
shifts = st.builds(
    lambda weekday, begins, length: Shift(weekday, begins * MINUTE, (begins + length) * MINUTE),
    st.integers(0, 6),
    st.integers(0, 24 * 60 - 1),
    st.integers(1, 24 * 60),
)
CHANGES = ["2026-03-29", "2026-10-25", "2026-11-01", "2027-03-14", "2026-04-05", "2026-10-04"]
starts = minutes | st.sampled_from(CHANGES).map(lambda day: at(f"{day}T00:00", "UTC") // MINUTE - 600)


@st.composite
def cases(draw: st.DrawFn) -> tuple[str, Calendar, int, int]:
    zone = draw(st.sampled_from(ZONES))
    start = draw(starts)
    end = start + draw(st.integers(0, 60 * 24 * 3))
    day = wall_clock(zone, start).date()
    away = draw(st.lists(st.tuples(st.integers(start, end), st.integers(0, 900)), max_size=2))
    calendar = Calendar(
        ZoneInfo(zone),
        tuple(draw(st.lists(shifts, max_size=8))),
        frozenset(draw(st.sets(st.integers(0, 3).map(lambda n: date.fromordinal(day.toordinal() + n))))),
        tuple((begin * MINUTE, (begin + length) * MINUTE) for begin, length in away),
    )
    return zone, calendar, start, end


@settings(deadline=None, max_examples=60)
@given(cases())
def test_working_time_is_what_counting_minutes_gives(case: tuple[str, Calendar, int, int]) -> None:
    zone, calendar, start, end = case

    counted = sum(is_worked(calendar, zone, minute) for minute in range(start, end))

    assert working_time(start * MINUTE, end * MINUTE, calendar) == counted * MINUTE


@settings(deadline=None, max_examples=60)
@given(cases(), st.integers(1, 40 * HOUR))
def test_a_due_time_is_the_first_instant_at_which_it_has_passed(
    case: tuple[str, Calendar, int, int], working: int
) -> None:
    _, calendar, start, _ = case

    due = due_at(start * MINUTE, working, calendar)

    if due < NEVER:
        assert working_time(start * MINUTE, due, calendar) == working
        assert working_time(start * MINUTE, due - 1, calendar) == working - 1
    else:
        assert not calendar.shifts


@settings(deadline=None, max_examples=60)
@given(cases(), st.lists(st.integers(-DAY, 4 * DAY), min_size=3, max_size=3))
def test_working_time_adds_up_and_many_are_as_one(
    case: tuple[str, Calendar, int, int], cuts: list[int]
) -> None:
    _, calendar, start, _ = case
    a, b, c = sorted(start * MINUTE + cut for cut in cuts)

    parts = [working_time(a, b, calendar), working_time(b, c, calendar)]
    many = hours_of(calendar, a, c).between(np.array([a, b]), np.array([b, c]))

    assert sum(parts) == working_time(a, c, calendar)
    assert many.tolist() == parts


spans = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=6)


def points(found: list[Span]) -> set[int]:
    return {point for begin, end in found for point in range(begin, end)}


@given(spans, spans, st.integers(0, 30), st.integers(0, 30))
def test_spans_are_sets_of_instants(one: list[Span], other: list[Span], since: int, until: int) -> None:
    joined = spans_of(one)
    listed = list(zip(joined.begin.tolist(), joined.end.tolist(), strict=True))

    assert points(listed) == points(one)
    assert all(a[1] < b[0] for a, b in pairwise(listed))
    assert points(without(one, other)) == points(one) - points(other)
    assert points(within(joined, since, until)) == points(one) & set(range(since, until))
