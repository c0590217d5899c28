"""Speed to lead: when must sales have followed up, and did they?

A clock starts when a lead becomes MQL, never before we knew, and counts working time of whoever owns
the lead then. It stops at the first real human attempt: a call, a meeting, a mail that somebody wrote;
what a program sent stops nothing. It stands while a partner has the lead or while it is on hold. A new
owner goes on with the clock of the old one unless the SLA says otherwise. At the due instant it is too
late: a clock that runs past it is breached, whatever happens afterwards.

A spell that ends without an attempt has nothing left to be late for: its clock is closed, and counts
neither as kept nor as broken.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from scoring.curves import Index
from scoring.handoff.calendars import (
    Calendar,
    Hours,
    Span,
    due_at,
    first_reached,
    hours_of,
    spans_of,
    within,
    without,
)
from scoring.touches import ALWAYS, NEVER, Codes, Ints, Touches

STATES = ("running", "paused", "met", "breached", "closed")
RUNNING, PAUSED, MET, BREACHED, CLOSED = range(5)
ATTEMPT_KINDS = ("call", "meeting", "sales_email")


@dataclass(frozen=True, slots=True)
class Sla:
    """What marketing and sales agreed on, in working time of `calendar`; 0 promises nothing.

    `attempts` must have been made within `attempts_within`; one that follows another sooner than
    `attempts_apart` (time on the clock, not working time) does not count. Without a `first_touch`, the
    definition's follow-up time holds.
    """

    calendar: Calendar
    first_touch: int = 0
    attempts: int = 0
    attempts_within: int = 0
    attempts_apart: int = 0
    decision: int = 0
    restarts_with_owner: bool = False


@dataclass(frozen=True, slots=True)
class Owner:
    """When somebody works who keeps other hours than the SLA, and when she is away."""

    calendar: Calendar | None = None
    leave: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Slas:
    """Every SLA of a workspace: a partner's goes before that of its tier, and that before the default.

    Clocks stand while a lead's status is one of `hold_statuses`.
    """

    default: Sla
    tiers: Mapping[str, Sla] = field(default_factory=dict)
    partners: Mapping[str, Sla] = field(default_factory=dict)
    owners: Mapping[str, Owner] = field(default_factory=dict)
    hold_statuses: tuple[str, ...] = ()

    def of(self, partner: str = "", tier: str = "") -> Sla:
        """This is the SLA for the leads of that partner, of that tier; both are "" where nobody holds her."""
        return self.partners.get(partner) or self.tiers.get(tier) or self.default

    def calendar(self, sla: Sla, owner: str) -> Calendar:
        """These are the hours of an owner, without her leave."""
        known = self.owners.get(owner, Owner())
        return replace(known.calendar or sla.calendar, leave=known.leave)

    def first_touch_due(self, sla: Sla, owner: str, start: int, follow_up: int) -> int:
        """This is by when somebody must have tried; `follow_up` counts where the SLA names no time.

        Whoever is away for years is due as if she were not: a task needs a day.
        """
        working = sla.first_touch or follow_up
        hers = self.calendar(sla, owner)
        for calendar in (hers, replace(hers, leave=())):
            found = due_at(start, working, calendar)
            if found < NEVER:
                return found
        return start + working


@dataclass(frozen=True, slots=True)
class Watch:
    """Whose hours count from an instant on, until the next watch begins."""

    since: int
    calendar: Calendar


@dataclass(frozen=True, slots=True)
class Clock:
    """One promise about one spell: `target` working time from `start` on, kept at `stop`.

    The first of the `watches` also counts before its own `since`. Pauses end at NEVER where they last.
    `closed` is when the spell ended. With `restarts`, every owner has the whole time.
    """

    start: int
    target: int
    watches: tuple[Watch, ...]
    stop: int = NEVER
    closed: int = NEVER
    pauses: tuple[Span, ...] = ()
    restarts: bool = False


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What is known about the work on one spell. Instants that are not known yet are NEVER.

    `attempts` are the human ones, ascending. `decided_at` is when sales accepted or rejected her.
    """

    qualified_at: int
    known_at: int
    watches: tuple[Watch, ...]
    assigned_at: int = NEVER
    attempts: tuple[int, ...] = ()
    decided_at: int = NEVER
    ended_at: int = NEVER
    pauses: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Readings:
    """How clocks stand: codes of STATES, the working time used, and the time on the wall beside it."""

    state: Codes
    worked: Ints
    passed: Ints


def attempts(touches: Touches) -> Index:
    """These are the rows that are real human attempts to reach somebody."""
    kinds = [code for code, label in enumerate(touches.labels) if label in ATTEMPT_KINDS]
    return np.flatnonzero(np.isin(touches.kind, kinds) & ~touches.is_machine)


def attempts_that_count(made: Sequence[int], apart: int) -> list[int]:
    """These are the attempts (ascending) that did not follow on the heels of another that counts."""
    found: list[int] = []
    for at in made:
        if not found or at - found[-1] >= apart:
            found.append(at)
    return found


def clocks_of(work: FollowUp, sla: Sla, follow_up: int) -> dict[str, Clock]:
    """These are the clocks of a spell by promise; `from_assignment` is measured beside `first_touch`."""
    start = max(work.qualified_at, work.known_at)
    made = attempts_that_count([at for at in work.attempts if at >= work.qualified_at], sla.attempts_apart)
    first = made[0] if made else NEVER
    last = made[sla.attempts - 1] if 0 < sla.attempts <= len(made) else NEVER
    speed = sla.first_touch or follow_up
    told = {
        "first_touch": (start, speed, first),
        "from_assignment": (max(start, work.assigned_at), speed, first),
        # Nobody needs to try again whom sales has decided about.
        "attempts": (start, sla.attempts_within if sla.attempts else 0, min(last, work.decided_at)),
        "decision": (start, sla.decision, work.decided_at),
    }
    return {
        promise: Clock(
            *(since, target, work.watches, stop, work.ended_at),
            pauses=work.pauses,
            restarts=sla.restarts_with_owner,
        )
        for promise, (since, target, stop) in told.items()
        if target and since < NEVER
    }


def due_of(clock: Clock) -> int:
    """This is the instant at which the clock is breached if it is not stopped; NEVER while it stands."""
    dues = (_due_in(clock, turn) for turn in _turns(clock))
    return next((due for due in dues if due < NEVER), NEVER)


def readings(clocks: Sequence[Clock], as_of: int) -> Readings:
    """This reads many clocks at once."""
    worked = _worked(clocks, as_of)
    start, target, stop, closed = (
        np.array([getattr(clock, name) for clock in clocks], np.int64)
        for name in ("start", "target", "stop", "closed")
    )
    paused = np.array([any(a <= as_of < b for a, b in clock.pauses) for clock in clocks], np.bool_)
    state = np.select(
        [worked >= target, (stop <= as_of) & (stop <= closed), closed <= as_of, paused],
        [BREACHED, MET, CLOSED, PAUSED],
        RUNNING,
    ).astype(np.int32)
    until = np.minimum(np.minimum(stop, closed), as_of)
    return Readings(state, worked, np.maximum(until - start, 0))


def _worked(clocks: Sequence[Clock], as_of: int) -> Ints:
    """This is the working time used; where every owner has the whole time, the most that one used."""
    rows: dict[Calendar, list[tuple[int, int, int]]] = {}
    clock_of: list[int] = []  # of each turn
    for number, clock in enumerate(clocks):
        until = min(clock.stop, clock.closed, as_of)
        for turn in _turns(clock):
            for calendar, since, till in turn:
                spans = without([(max(since, clock.start), min(till, until))], clock.pauses)
                rows.setdefault(calendar, []).extend((len(clock_of), a, b) for a, b in spans if a < b)
            clock_of.append(number)
    used = np.zeros(len(clock_of), np.int64)
    for calendar, found in rows.items():
        turn_of, begin, end = np.array(found, np.int64).reshape(-1, 3).T
        if len(turn_of):
            hours = hours_of(calendar, int(begin.min()), int(end.max()))
            np.add.at(used, turn_of, hours.between(begin, end))
    most = np.zeros(len(clocks), np.int64)
    np.maximum.at(most, np.array(clock_of, np.intp), used)
    return most


Turn = list[tuple[Calendar, int, int]]


def _turns(clock: Clock) -> list[Turn]:
    """This is whose hours count when: in one turn, or in one for each owner who starts anew."""
    begins = [ALWAYS, *(watch.since for watch in clock.watches[1:])]
    ends = [*begins[1:], NEVER]
    watches = [(watch.calendar, a, b) for watch, a, b in zip(clock.watches, begins, ends, strict=True)]
    return [[one] for one in watches] if clock.restarts else [watches]


def _due_in(clock: Clock, turn: Turn) -> int:
    def hours(since: int, until: int) -> Hours:
        return spans_of(without(_spans(turn, since, until), clock.pauses))

    start = max(clock.start, turn[0][1])
    return first_reached(hours, start, clock.target) if start < turn[-1][2] else NEVER


def _spans(turn: Turn, since: int, until: int) -> Iterator[Span]:
    for calendar, begins, ends in turn:
        if begins < until and since < ends:
            yield from within(hours_of(calendar, since, until), max(begins, since), min(ends, until))
