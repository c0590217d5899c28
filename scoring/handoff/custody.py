"""Whom a partner has in hand: since when, until when, and what ends it.

A human hands somebody over by naming the partner in the field of custody, and takes her back by emptying
it or by writing `own` there. A partner whose terms say so takes its MQLs by itself, with the instant at
which they qualify, unless a human has said otherwise. Who was not handed back within the agreed working
days of the partner is recalled. Custody hides the state of a person and changes nothing about it: what
she does is scored on, and when it ends she is what she would have been.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

import numpy as np

from scoring.curves import Curve, Index, Spans, holding
from scoring.handoff.calendars import LAST_DAY, Calendar
from scoring.handoff.reasons import BY_REASON, GIVEN, OURS, RETURNED
from scoring.partners.claims import Claims
from scoring.touches import ALWAYS, NEVER, SECOND, Codes, Ints, Touches

SOURCES = ("field", "reason", "rule")
FIELD, REASON, RULE = range(3)
ENDED_BY = ("", "returned", "passed on", "recalled", "spell ended")
OPEN, RETURNED_BY, PASSED_ON, RECALLED, SPELL_ENDED = range(5)
RECALL_DAYS = 10
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Terms:
    """What is agreed with a partner: whether its MQLs are its own to follow up, and within how many of its
    working days it hands back whom it cannot use (0: it need not)."""

    takes_mqls: bool = False
    recall_days: int = RECALL_DAYS
    calendar: Calendar | None = None


def _ints() -> Ints:
    return np.empty(0, np.int64)


def _codes() -> Codes:
    return np.empty(0, np.int32)


@dataclass(frozen=True, slots=True, eq=False)
class Custodies:
    """A partner has `person` in [given_at, ended_at); NEVER where no end is known. In order of both.

    `partner` is an index into the partners (-1: nobody whom we know), `source` a code of SOURCES, `ended_by`
    one of ENDED_BY, `touch` the row of what a human said (-1: a rule did it).
    """

    person: Ints = field(default_factory=_ints)
    given_at: Ints = field(default_factory=_ints)
    ended_at: Ints = field(default_factory=_ints)
    partner: Codes = field(default_factory=_codes)
    source: Codes = field(default_factory=_codes)
    ended_by: Codes = field(default_factory=_codes)
    touch: Index = field(default_factory=lambda: np.empty(0, np.intp))

    def begun(self, as_of: int) -> Custodies:
        """This keeps what has begun by then."""
        keep = self.given_at <= as_of
        return Custodies(*(getattr(self, name)[keep] for name in _COLUMNS))


_COLUMNS = ("person", "given_at", "ended_at", "partner", "source", "ended_by", "touch")
_Row = tuple[int, int, int, int, int, int, int]
_Ruled = tuple[int, int, int]  # begin and end of a spell, and the partner who takes it


_Terms = Mapping[str, Terms]


@dataclass(frozen=True, slots=True)
class _Said:
    """A human's word: she is handed to `partner`, or taken back (None); `is_ours` for good."""

    at: int
    row: int
    partner: int | None
    source: int = FIELD
    is_ours: bool = False


def custodies(
    touches: Touches, spells: Spans, claims: Claims, slugs: Sequence[str], terms: _Terms
) -> Custodies:
    """This is everybody's time with partners; `spells` are the MQL spells, NEVER where one goes on.

    Few people are ever handed over, so that they may be looked at one by one.
    """
    said = _said(touches, claims, slugs)
    ruled = _ruled(spells, claims, slugs, terms)
    rows: list[_Row] = []
    for person in sorted(said.keys() | ruled.keys()):
        rows += _of_person(person, said.get(person, []), ruled.get(person, []), slugs, terms)
    if not rows:
        return Custodies()
    columns = np.array(rows, np.int64).T
    kinds = (np.int64, np.int64, np.int64, np.int32, np.int32, np.int32, np.intp)
    return Custodies(*(column.astype(kind) for column, kind in zip(columns, kinds, strict=True)))


def held_by_partners(given: Custodies) -> Curve:
    """This is 1 while a partner has her."""
    return holding(Spans(given.person, given.given_at, given.ended_at))


def _said(touches: Touches, claims: Claims, slugs: Sequence[str]) -> dict[int, list[_Said]]:
    labels = touches.labels
    codes = [code for code, label in enumerate(labels) if label in (GIVEN, RETURNED)]
    found: dict[int, list[_Said]] = {}
    for row in np.flatnonzero(np.isin(touches.kind, codes)).tolist() if codes else ():
        person, at, text = int(touches.person[row]), int(touches.at[row]), labels[touches.asset[row]]
        if labels[touches.kind[row]] == RETURNED:
            one = _Said(at, row, None, is_ours=text == OURS)
        elif text == BY_REASON:
            one = _Said(at, row, _holder(claims, person, at, len(slugs)), REASON)
        else:
            one = _Said(at, row, slugs.index(text) if text in slugs else -1)
        found.setdefault(person, []).append(one)
    for each in found.values():  # of one instant a hand-over counts later, and the field last
        each.sort(key=lambda one: (one.at, one.partner is not None, -one.source, one.partner or 0, one.row))
    return found


def _holder(claims: Claims, person: int, at: int, partners: int) -> int:
    """This is the partner who holds the claim then, -1 if none does."""
    first, end = np.searchsorted(claims.person, [person, person + 1])
    for row in range(int(first), int(end)):
        if claims.wins[row] and claims.at[row] <= at < claims.until[row]:
            return int(claims.partner[row]) if claims.partner[row] < partners else -1
    return -1


def _ruled(spells: Spans, claims: Claims, slugs: Sequence[str], terms: _Terms) -> dict[int, list[_Ruled]]:
    """These are the spells that begin while a partner holds the claim who takes its MQLs."""
    taking = [number for number, slug in enumerate(slugs) if slug in terms and terms[slug].takes_mqls]
    found: dict[int, list[_Ruled]] = {}
    if not taking:
        return found
    held = np.unique(claims.person[claims.wins & np.isin(claims.partner, taking)])
    for row in np.flatnonzero(np.isin(spells.person, held)).tolist():
        person, start = int(spells.person[row]), int(spells.start[row])
        partner = _holder(claims, person, start, len(slugs))
        if partner in taking:
            found.setdefault(person, []).append((start, int(spells.end[row]), partner))
    return found


def _of_person(
    person: int, said: Sequence[_Said], ruled: Sequence[_Ruled], slugs: Sequence[str], terms: _Terms
) -> Iterator[_Row]:
    begins = [
        _Begin(one.at, NEVER, one.partner, one.source, one.row, said[number + 1 :])
        for number, one in enumerate(said)
        if one.partner is not None
    ]
    for start, end, partner in ruled:
        before = [one for one in said if one.at <= start]
        if not before or not before[-1].is_ours:
            begins.append(_Begin(start, end, partner, RULE, -1, said[len(before) :]))
    until = ALWAYS
    for one in sorted(begins, key=lambda one: one.at):
        if one.at < until:
            continue  # somebody has her already
        agreed = terms.get(slugs[one.partner], Terms()) if one.partner >= 0 else Terms()
        until, why = one.end(agreed)
        if one.at < until:
            yield person, one.at, until, one.partner, one.source, why, one.row


@dataclass(frozen=True, slots=True)
class _Begin:
    """A hand-over, and everything that humans said after it."""

    at: int
    spell_ends: int
    partner: int
    source: int
    row: int
    later: Sequence[_Said]

    def end(self, agreed: Terms) -> tuple[int, int]:
        """This is when it ends, and by what."""
        ends = [(self.spell_ends, SPELL_ENDED), (recalled_at(self.at, agreed), RECALLED)]
        for one in self.later:
            if one.partner is None:
                ends.append((one.at, RETURNED_BY))
            elif one.partner != self.partner or self.source == RULE:
                ends.append((one.at, PASSED_ON))
        at, why = min(ends, key=lambda end: end[0])
        return at, why if at < NEVER else OPEN


@lru_cache(maxsize=4096)
def recalled_at(given_at: int, agreed: Terms) -> int:
    """This is the midnight behind the last of the agreed working days, of which the day of the hand-over is
    none; NEVER where nothing is agreed. Without a calendar, Monday to Friday are worked, UTC."""
    if not agreed.recall_days:
        return NEVER
    zone = agreed.calendar.zone if agreed.calendar else UTC
    day = datetime.fromtimestamp(given_at // SECOND, UTC).astimezone(zone).date()
    left = agreed.recall_days
    for _ in range(LAST_DAY):
        day += timedelta(1)
        left -= _is_worked(day, agreed.calendar)
        if not left:
            midnight = datetime.combine(day + timedelta(1), time(), zone)
            return int(midnight.timestamp()) * SECOND
    return NEVER


def _is_worked(day: date, calendar: Calendar | None) -> bool:
    if calendar is None:
        return day.weekday() < SATURDAY
    return day not in calendar.holidays and any(shift.weekday == day.weekday() for shift in calendar.shifts)
