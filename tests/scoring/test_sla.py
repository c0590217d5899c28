"""The SLA clock: what starts, stops and holds it, whose hours count, and when it is too late."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.handoff.calendars import Calendar, Shift
from scoring.handoff.sla import (
    BREACHED,
    STATES,
    Clock,
    FollowUp,
    Owner,
    Sla,
    Slas,
    Watch,
    attempts,
    attempts_that_count,
    clocks_of,
    due_of,
    readings,
)
from scoring.touches import DAY, HOUR, MINUTE, NEVER, SECOND, touches_of

OFFICE_SHIFTS = tuple(Shift(day, 9 * HOUR, 17 * HOUR) for day in range(5))
BERLIN = Calendar(ZoneInfo("Europe/Berlin"), OFFICE_SHIFTS, frozenset({date(2026, 12, 25)}))
NEW_YORK = Calendar(ZoneInfo("America/New_York"), OFFICE_SHIFTS)
NIGHTS = Calendar(ZoneInfo("Europe/Berlin"), tuple(Shift(day, 22 * HOUR, 30 * HOUR) for day in range(7)))
SLA = Sla(BERLIN, first_touch=4 * HOUR)


def at(text: str) -> int:
    """Local time in Berlin."""
    local = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin"))
    return int(local.astimezone(UTC).timestamp()) * SECOND


def clock(start: str, hours: int = 4, calendar: Calendar = BERLIN, **more: object) -> Clock:
    return replace(Clock(at(start), hours * HOUR, (Watch(0, calendar),)), **more)  # type: ignore[arg-type]


def state(one: Clock, as_of: int) -> str:
    return STATES[int(readings([one], as_of).state[0])]


THURSDAY = "2026-11-19T10:00"
TABLE = {
    "within one day": (clock(THURSDAY), "2026-11-19T14:00"),
    "over a Friday night": (clock("2026-11-20T15:00"), "2026-11-23T11:00"),
    "from a Saturday": (clock("2026-11-21T15:00"), "2026-11-23T13:00"),
    "over a holiday": (clock("2026-12-24T15:00"), "2026-12-28T11:00"),
    "over the weekend when clocks go back": (clock("2026-10-23T15:00"), "2026-10-26T11:00"),
    "over the weekend when clocks go forward": (clock("2026-03-27T15:00"), "2026-03-30T11:00"),
    "in the night when clocks go back": (clock("2026-10-24T23:00", 8, NIGHTS), "2026-10-25T06:00"),
    "in the night when clocks go forward": (clock("2026-03-28T23:00", 6, NIGHTS), "2026-03-29T06:00"),
    "over a Friday night and a holiday on the Monday": (
        clock("2026-11-20T16:00", calendar=replace(BERLIN, holidays=frozenset({date(2026, 11, 23)}))),
        "2026-11-24T12:00",
    ),
    "to an owner in another zone in the week in which only hers has changed": (
        # New York goes back a week after Berlin: until then it opens at 14:00 in Berlin.
        clock("2026-10-28T16:00", watches=(Watch(0, BERLIN), Watch(at("2026-10-28T17:00"), NEW_YORK))),
        "2026-10-28T20:00",
    ),
    "over leave": (
        clock(THURSDAY, calendar=replace(BERLIN, leave=((at("2026-11-19T12:00"), at("2026-11-21T00:00")),))),
        "2026-11-23T11:00",
    ),
    "over a pause": (
        clock(THURSDAY, pauses=((at("2026-11-19T11:00"), at("2026-11-20T10:00")),)),
        "2026-11-20T13:00",
    ),
    # One hour in Berlin (10 to 11), then New York, which opens at 15:00 Berlin time.
    "over a change of territory": (
        clock(THURSDAY, watches=(Watch(0, BERLIN), Watch(at("2026-11-19T11:00"), NEW_YORK))),
        "2026-11-19T18:00",
    ),
    "when the new owner starts anew": (
        clock(THURSDAY, watches=(Watch(0, BERLIN), Watch(at("2026-11-19T11:00"), NEW_YORK)), restarts=True),
        "2026-11-19T19:00",
    ),
}


@pytest.mark.parametrize("case", TABLE.values(), ids=TABLE.keys())
def test_a_clock_is_breached_at_its_due_instant_and_not_before(case: tuple[Clock, str]) -> None:
    one, due = case[0], at(case[1])

    assert due_of(one) == due
    assert state(one, due - 1) == "running"
    assert state(one, due) == "breached"


@pytest.mark.parametrize("case", TABLE.values(), ids=TABLE.keys())
def test_an_attempt_counts_until_the_due_instant(case: tuple[Clock, str]) -> None:
    one, due = case[0], at(case[1])

    assert state(replace(one, stop=due - 1), due + DAY) == "met"
    assert state(replace(one, stop=due), due + DAY) == "breached"
    assert state(replace(one, stop=due - 1), due - 2) == "running"  # it has not happened yet


def test_a_clock_that_stands_is_paused_and_a_breach_stays_one() -> None:
    begins, ends = at("2026-11-19T12:00"), at("2026-11-20T12:00")
    one = clock(THURSDAY, pauses=((begins, ends),))
    late = clock(THURSDAY, pauses=((at("2026-11-19T15:00"), NEVER),))

    assert [state(one, when) for when in (begins - 1, begins, ends - 1, ends)] == [
        "running",
        "paused",
        "paused",
        "running",
    ]
    assert state(late, at("2026-11-19T16:00")) == "breached"
    assert due_of(clock(THURSDAY, pauses=((begins, NEVER),))) == NEVER


def test_a_new_owner_does_not_undo_a_breach() -> None:
    watches = (Watch(0, BERLIN), Watch(at("2026-11-19T14:00"), BERLIN))
    one = clock(THURSDAY, watches=watches, restarts=True)

    assert due_of(one) == at("2026-11-19T14:00")
    assert state(one, at("2026-11-19T15:00")) == "breached"


def test_a_spell_that_ends_before_the_due_time_closes_its_clock() -> None:
    ended = at("2026-11-19T12:00")
    one = clock(THURSDAY, closed=ended)

    assert [state(one, when) for when in (ended - 1, ended, ended + DAY)] == ["running", "closed", "closed"]
    assert state(replace(one, stop=ended), ended) == "met"
    assert state(replace(one, stop=ended + 1), ended + 1) == "closed"
    assert state(replace(one, closed=at("2026-11-19T14:00")), ended + DAY) == "breached"


def test_the_clock_never_starts_before_we_knew_and_is_also_read_from_the_assignment() -> None:
    qualified, known, assigned = at("2026-11-19T08:00"), at("2026-11-19T10:00"), at("2026-11-19T12:00")
    work = FollowUp(qualified, known, (Watch(0, BERLIN),), assigned, attempts=(at("2026-11-19T13:00"),))

    clocks = clocks_of(work, SLA, 24 * HOUR)
    read = readings([clocks["first_touch"], clocks["from_assignment"]], at("2026-11-20T00:00"))

    assert list(clocks) == ["first_touch", "from_assignment"]
    assert read.worked.tolist() == [3 * HOUR, HOUR]
    assert [due_of(one) for one in clocks.values()] == [at("2026-11-19T14:00"), at("2026-11-19T16:00")]


def test_an_attempt_before_we_knew_keeps_the_promise_and_one_before_she_qualified_does_not() -> None:
    qualified, known = at("2026-11-19T09:00"), at("2026-11-19T11:00")
    work = FollowUp(qualified, known, (Watch(0, BERLIN),), attempts=(qualified - 1, qualified))

    kept = clocks_of(work, SLA, 0)["first_touch"]
    open_ = clocks_of(replace(work, attempts=(qualified - 1,)), SLA, 0)["first_touch"]

    assert state(kept, known) == "met"
    assert readings([kept], known).passed[0] == 0
    assert state(open_, known) == "running"


def test_time_on_the_wall_is_told_beside_working_time() -> None:
    one = clock("2026-11-20T16:00", stop=at("2026-11-23T10:00"))
    read = readings([one], at("2026-11-30T00:00"))

    assert (read.worked[0], read.passed[0]) == (2 * HOUR, 2 * DAY + 18 * HOUR)


def test_attempts_are_made_in_number_and_not_all_at_once() -> None:
    begin = at(THURSDAY)
    sla = replace(SLA, attempts=3, attempts_within=10 * HOUR, attempts_apart=HOUR)
    made = (begin, begin + HOUR - 1, begin + HOUR, begin + 3 * HOUR)
    work = FollowUp(begin, begin, (Watch(0, BERLIN),), attempts=made)

    assert attempts_that_count(made, HOUR) == [begin, begin + HOUR, begin + 3 * HOUR]
    assert state(clocks_of(work, sla, 0)["attempts"], begin + DAY) == "met"
    too_few = clocks_of(replace(work, attempts=made[:3]), sla, 0)["attempts"]
    assert due_of(too_few) == at("2026-11-20T12:00")
    assert state(too_few, due_of(too_few)) == "breached"
    decided = clocks_of(replace(work, attempts=made[:1], decided_at=begin + 2 * HOUR), sla, 0)["attempts"]
    assert state(decided, begin + DAY) == "met"


def test_a_decision_has_a_time_of_its_own() -> None:
    begin = at(THURSDAY)
    sla = replace(SLA, decision=16 * HOUR)
    work = FollowUp(begin, begin, (Watch(0, BERLIN),))

    due = due_of(clocks_of(work, sla, 0)["decision"])

    assert due == at("2026-11-23T10:00")
    assert state(clocks_of(replace(work, decided_at=due - 1), sla, 0)["decision"], due) == "met"
    assert state(clocks_of(replace(work, decided_at=due), sla, 0)["decision"], due) == "breached"


def test_only_what_a_human_did_is_an_attempt() -> None:
    deeds = [
        {"id": 1, "at": 1, "kind": "sales_email", "is_machine": True},
        {"id": 2, "at": 2, "kind": "page_view"},
        {"id": 3, "at": 3, "kind": "sales_email"},
        {"id": 4, "at": 4, "kind": "call"},
        {"id": 5, "at": 5, "kind": "meeting"},
        {"id": 6, "at": 6, "kind": "email_delivered"},
    ]
    found = touches_of(deeds)

    assert found.id[attempts(found)].tolist() == [3, 4, 5]
    assert len(attempts(touches_of([]))) == 0


def test_the_narrowest_sla_counts() -> None:
    gold, kestrel = replace(SLA, first_touch=2 * HOUR), replace(SLA, first_touch=HOUR)
    all_ = Slas(SLA, {"gold": gold}, {"kestrel": kestrel})

    assert all_.of("kestrel", "gold") is kestrel
    assert all_.of("orbis", "gold") is gold
    assert all_.of("orbis", "silver") is SLA
    assert all_.of() is SLA


def test_a_task_is_due_by_the_hours_of_its_owner() -> None:
    away = (at("2026-11-19T00:00"), at("2026-11-21T00:00"))
    all_ = Slas(
        SLA, owners={"ny": Owner(NEW_YORK), "off": Owner(leave=(away,)), "gone": Owner(leave=((0, NEVER),))}
    )
    begin = at(THURSDAY)

    assert all_.first_touch_due(SLA, "", begin, DAY) == at("2026-11-19T14:00")
    assert all_.first_touch_due(SLA, "ny", begin, DAY) == at("2026-11-19T19:00")
    assert all_.first_touch_due(SLA, "off", begin, DAY) == at("2026-11-23T13:00")
    assert all_.first_touch_due(SLA, "gone", begin, DAY) == at("2026-11-19T14:00")
    assert all_.first_touch_due(Sla(BERLIN), "", begin, 8 * HOUR) == at("2026-11-20T10:00")
    assert all_.first_touch_due(Sla(Calendar(UTC, ())), "", begin, HOUR) == begin + HOUR


START = at("2026-10-23T00:00") // MINUTE  # two days before the clocks go back
points = st.integers(0, 5 * 24 * 60).map(lambda minute: (START + minute) * MINUTE)


@st.composite
def clocks(draw: st.DrawFn) -> Clock:
    changes = sorted(draw(st.lists(points, max_size=3, unique=True)))
    calendars = st.sampled_from([BERLIN, NEW_YORK, NIGHTS])
    pauses = [sorted(pair) for pair in draw(st.lists(st.tuples(points, points), max_size=2))]
    return Clock(
        draw(points),
        draw(st.integers(1, 16 * 60)) * MINUTE,
        tuple(Watch(since, draw(calendars)) for since in [0, *changes]),
        draw(points | st.just(NEVER)),
        draw(points | st.just(NEVER)),
        tuple((a, b) for a, b in pauses),
        draw(st.booleans()),
    )


def ticks(one: Clock, minute: int) -> int | None:
    """The rule for one minute: the number of the owner for whom the clock runs, None if it stands."""
    now = minute * MINUTE
    number = max((n for n, watch in enumerate(one.watches) if watch.since <= now), default=0)
    calendar = one.watches[number].calendar
    local = datetime.fromtimestamp(minute * 60, UTC).astimezone(calendar.zone)
    nights = calendar is NIGHTS
    opens = (local.hour >= 22 or local.hour < 6) if nights else (local.weekday() < 5 and 9 <= local.hour < 17)
    return number if opens and not any(a <= now < b for a, b in one.pauses) else None


def naive(one: Clock, as_of: int) -> tuple[str, int]:
    used = dict.fromkeys(range(len(one.watches)), 0)
    for minute in range(one.start // MINUTE, min(one.stop, one.closed, as_of) // MINUTE):
        number = ticks(one, minute)
        if number is not None:
            used[number if one.restarts else 0] += MINUTE
    most = max(used.values())
    if most >= one.target:
        return "breached", most
    if one.stop <= as_of and one.stop <= one.closed:
        return "met", most
    if one.closed <= as_of:
        return "closed", most
    return ("paused" if any(a <= as_of < b for a, b in one.pauses) else "running"), most


@settings(deadline=None, max_examples=80)
@given(st.lists(clocks(), max_size=3), points)
def test_many_clocks_read_as_counting_minutes_reads_each(many: list[Clock], as_of: int) -> None:
    read = readings(many, as_of)

    found = [(STATES[code], int(used)) for code, used in zip(read.state, read.worked, strict=True)]

    assert found == [naive(one, as_of) for one in many]


@settings(deadline=None, max_examples=80)
@given(clocks())
def test_a_clock_that_nothing_stops_is_breached_from_its_due_instant_on(one: Clock) -> None:
    open_ = replace(one, stop=NEVER, closed=NEVER)

    due = due_of(open_)

    assert due < NEVER
    assert readings([open_], due).state[0] == BREACHED
    assert readings([open_], due - 1).state[0] != BREACHED
