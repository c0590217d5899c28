"""The clocks of a batch: who had which spell when, how its promises stand, and which of them are broken.

A clock is read anew whenever its person is judged, and she is due at the next instant at which one
changes: so the field in the CRM turns although nobody did anything. A week after a spell has ended,
its clocks are history: late news and new promises change them no more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from sqlalchemy import Connection

from connectors.records import Value, key_of
from scoring.handoff.calendars import Span
from scoring.handoff.on_hold import on_hold
from scoring.handoff.sla import BREACHED, STATES, FollowUp, Slas, Watch, attempts, clocks_of
from scoring.handoff.standing import MEASURED, Reading, Standing, read, standing, worst
from scoring.touches import NEVER, SECOND, Facts
from scoring.verdicts import Verdicts
from sync.batch import Batch, Judge
from sync.clock import DAY
from sync.definitions.versions import fingerprint
from sync.handoff.custody import spans
from sync.handoff.owners import owners_of
from sync.store import clocks as stored
from sync.store.assignments import Assignment, assigned
from sync.store.clocks import ClockRow, Told
from sync.store.engine import Store
from sync.store.runs import recall, remember

SETTLED_AFTER = 7 * DAY  # what was logged late is known by then
_MARK = "slas"
JOINED = "joined"  # the row that keeps since when a colleague's task stood for this spell
UNDECIDED = frozenset({"expired", "excluded", "silence"})  # endings that are no word of sales


@dataclass(frozen=True, slots=True)
class Clocks:
    """What the clocks of a batch say, by the person's number: the fields, and when they change by
    themselves; and the clocks of all spells that were read, of which some are open."""

    fields: Mapping[int, Mapping[str, Value | None]] = field(default_factory=dict)
    changes_at: Mapping[int, int] = field(default_factory=dict)
    rows: Sequence[ClockRow] = ()
    open_spells: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of one spell besides the spell."""

    slas: Slas
    partner: str
    tier: str
    assignments: Sequence[Assignment]
    attempts: tuple[int, ...]
    pauses: tuple[Span, ...]


def wake_promised(store: Store, slas: Slas | None, now: int) -> None:
    """Where something else is promised than before, everybody whose clocks are still read is due."""
    mark = fingerprint(slas) if slas else ""
    if recall(store, _MARK) == mark:
        return
    with store.transaction() as tx:
        stored.wake_spells(tx, now - SETTLED_AFTER)
    remember(store, _MARK, mark)


def read_clocks(store: Store, tx: Connection, judge: Judge, batch: Batch, now: int) -> Clocks:
    """This reads the clocks of everybody in the batch who has some, and keeps them with what they broke."""
    if judge.slas is None:
        return Clocks()
    spells = {
        person: kept
        for person, found in stored.spells_of(tx, batch.people).items()
        if person not in batch.held_out and (kept := [one for one in found if has_clock(judge, one)])
    }
    if not spells:
        return Clocks()
    read_now = [one for found in spells.values() for one in found if not is_settled(one, now)]
    slas = owners_of(tx).known_to(judge.slas)
    rows, standings = _read(tx, judge, slas, batch, read_now, now)
    if read_now:
        stored.save_clocks(store, tx, [one.id for one in read_now], rows)
        broken = [row for row in rows if row.state == STATES[BREACHED] and row.promise not in MEASURED]
        stored.note_breaches(store, tx, broken, now)
    latest = {person: found[-1] for person, found in spells.items()}
    standings |= _settled(tx, [one.id for one in latest.values() if is_settled(one, now)])
    seen = {person: standings[one.id] for person, one in latest.items() if one.id in standings}
    return Clocks(
        {person: _fields(one) for person, one in seen.items()},
        {person: one.changes_at for person, one in seen.items()},
        rows,
        frozenset(one.id for one in read_now if not one.ended_at),
    )


def sooner(batch: Batch, clocks: Clocks) -> Verdicts:
    """These are the verdicts with everybody due when the first of her clocks changes, if not before."""
    if not clocks.changes_at:
        return batch.verdicts
    recheck_at = batch.verdicts.recheck_at.copy()
    for i, person in enumerate(batch.people):
        recheck_at[i] = min(recheck_at[i], clocks.changes_at.get(person, NEVER))
    return replace(batch.verdicts, recheck_at=recheck_at)


def has_clock(judge: Judge, spell: Told) -> bool:
    """Clocks, like tasks, exist for spells that began while we were looking, or shortly before we did."""
    youngest = spell.noticed_at - judge.settings.task_age_max_days * DAY
    return spell.qualified_at >= youngest or 0 < judge.live_from <= spell.qualified_at


def is_settled(spell: Told, now: int) -> bool:
    """This tells whether a spell is over for so long that its clocks are history."""
    return 0 < spell.ended_at <= now - SETTLED_AFTER


def _read(
    tx: Connection, judge: Judge, slas: Slas, batch: Batch, spells: Sequence[Told], now: int
) -> tuple[list[ClockRow], dict[int, Standing]]:
    if not spells:
        return [], {}
    place = {person: i for i, person in enumerate(batch.people)}
    made = _attempts(batch.facts)
    episodes = [one.id for one in spells]
    owned, before = assigned(tx, episodes), stored.clocks_of(tx, episodes)
    away = spans(tx, sorted({one.person for one in spells}))
    held = on_hold(batch.facts, slas.hold_statuses)
    knowns, rows, clocks = [], [], []
    for spell in spells:
        i = place[spell.person]
        joined = _joined(spell, owned.get(spell.id, ()), before.get(spell.id, ()), now)
        pauses = [custody.span for custody in away.get(spell.person, ())]
        pauses += held.get(i, [])
        pauses += [(one.started_at, one.stopped_at or NEVER) for one in joined]
        known = _Known(
            *(slas, *batch.verdicts.partner_of(i), owned.get(spell.id, ())),
            attempts=made.get(i, ()),
            pauses=tuple(pauses),
        )
        knowns.append(known)
        rows += joined
        sla = slas.of(known.partner, known.tier)
        clocks.append(clocks_of(_follow_up(spell, known), sla, _follow_up_time(judge, spell)))
    readings = read(clocks, now)
    standings = {}
    for spell, known, found in zip(spells, knowns, readings, strict=True):
        rows += [_row(spell, known, one, now) for one in found]
        if seen := standing(found, now):
            standings[spell.id] = seen
    return rows, standings


def _attempts(facts: Facts) -> dict[int, tuple[int, ...]]:
    """These are the instants of everybody's human attempts, by place in the batch."""
    rows = attempts(facts.touches)
    people, starts = np.unique(facts.touches.person[rows], return_index=True)
    parts = np.split(facts.touches.at[rows], starts[1:])
    return {int(i): tuple(at.tolist()) for i, at in zip(people, parts, strict=False)}


def _joined(spell: Told, owned: Sequence[Assignment], before: Sequence[ClockRow], now: int) -> list[ClockRow]:
    """While a colleague's task stands for a spell, nobody is asked to call her too: her clock stands."""
    kept = next((row for row in before if row.promise == JOINED), None)
    is_joined = bool(owned) and owned[-1].carrier not in (0, spell.id)
    if kept is None and not is_joined:
        return []
    begins = kept.started_at if kept else owned[-1].since
    ends = 0 if is_joined else (kept.stopped_at if kept and kept.stopped_at else now)
    state = "paused" if is_joined else "closed"
    texts = (spell.definition, "", "", "", "")
    return [
        ClockRow(spell.id, JOINED, spell.person, *texts, begins, 0, 0, ends, state, 0, 0, now),
    ]


def _follow_up(spell: Told, known: _Known) -> FollowUp:
    sla = known.slas.of(known.partner, known.tier)
    watches = tuple(Watch(one.since, known.slas.calendar(sla, one.owner_id)) for one in known.assignments)
    given = next((one.since for one in known.assignments if one.owner_id), NEVER)
    ended = spell.ended_at or NEVER
    return FollowUp(
        *(spell.qualified_at, spell.noticed_at, watches or (Watch(0, sla.calendar),), given),
        attempts=known.attempts,
        decided_at=NEVER if spell.ended_by in UNDECIDED else ended,
        ended_at=ended,
        pauses=known.pauses,
    )


def _follow_up_time(judge: Judge, spell: Told) -> int:
    """This is the time that the spell's definition gives where the SLA names none."""
    definitions = judge.book.definitions
    same = [one for one in definitions if one.name == spell.definition]
    exact = [one for one in same if one.version == spell.version]
    return next((one.follow_up for one in (*exact, *same, *definitions)), 0)


def _row(spell: Told, known: _Known, one: Reading, now: int) -> ClockRow:
    last = next((each for each in reversed(known.assignments) if each.owner_id), None)
    is_done = one.clock.stop <= min(now, one.clock.closed)
    return ClockRow(
        *(spell.id, one.promise, spell.person, spell.definition),
        owner=key_of(last.connection, "owner", last.owner_id) if last else "",
        territory=last.territory if last else "",
        partner=known.partner,
        tier=known.tier,
        started_at=one.clock.start,
        target=one.clock.target,
        due_at=one.due_at if one.due_at < NEVER else 0,
        stopped_at=one.clock.stop if is_done else 0,
        state=STATES[one.state],
        worked=one.worked,
        passed=one.passed,
        read_at=now,
    )


def _settled(tx: Connection, episodes: Sequence[int]) -> dict[int, Standing]:
    """This is how spells stood when their clocks were read last."""
    return {episode: _kept(rows) for episode, rows in stored.clocks_of(tx, episodes).items()}


def _kept(rows: Sequence[ClockRow]) -> Standing:
    promised = [row for row in rows if row.promise not in (*MEASURED, JOINED)]
    broken = [row.due_at for row in promised if row.state == STATES[BREACHED]]
    return Standing(worst(row.state for row in promised), min(broken, default=NEVER), NEVER)


def _fields(one: Standing) -> dict[str, Value | None]:
    due = one.due_at // SECOND * SECOND if one.due_at < NEVER else None
    return {"sla_status": one.state, "sla_due_at": due}
