"""Telling somebody, once, that a promise about an open spell is broken and nobody has acted since.

What is told is written down with the breach, in one transaction: so nothing is told twice, whatever is
killed when. Where nobody can be told, the breach says why, and it is tried again at the next look.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from config.notices import MANAGER, Escalation
from connectors.records import key_of
from scoring.handoff.plain_text import line
from scoring.handoff.sla import BREACHED, STATES
from scoring.handoff.standing import MEASURED
from scoring.handoff.task_text import SUBJECT_MAX
from sync import clock
from sync.batch import Batch, Judge
from sync.handoff.clocks import Clocks
from sync.handoff.owners import Owners, owners_of
from sync.handoff.routing import task_slot
from sync.store import clocks as stored
from sync.store.clocks import BreachRow, ClockRow
from sync.store.engine import Store
from sync.store.facts import Row
from sync.store.outbox import Intent

WORDS = {
    "first_touch": "nobody has tried to reach this lead in time",
    "attempts": "too few attempts were made in time",
    "decision": "nobody has accepted or rejected this lead in time",
}
NEXT = "What next: see that somebody takes it today, or give it to somebody else."


@dataclass(frozen=True, slots=True)
class _Case:
    """One broken promise, the record that it is about, and the task that was to keep it."""

    breach: BreachRow
    clock: ClockRow
    row: Row
    task: Mapping[str, Any]
    owner: str


def escalations(
    store: Store,
    tx: Connection,
    judge: Judge,
    batch: Batch,
    tasks: Sequence[Intent],
    clocks: Clocks,
    now: int,
) -> list[Intent]:
    """These are the escalations that are news."""
    escalation = judge.settings.notices.escalation
    broken = {
        (row.episode, row.promise): row
        for row in clocks.rows
        if row.state == STATES[BREACHED] and not row.stopped_at and row.promise not in MEASURED
    }
    episodes = {episode for episode, _ in broken} & clocks.open_spells
    if escalation is None or not episodes:
        return []
    # Whoever begins to escalate wants to hear of today's breaches, not of last year's.
    since = now - judge.settings.task_age_max_days * clock.DAY
    wanted = {one.slot: one for one in tasks}
    owners = owners_of(tx)
    names = stored.names_of(tx, {row.owner for row in broken.values() if row.owner})
    cases = [
        _Case(breach, row, home, task.payload if task else {}, names.get(row.owner) or row.owner)
        for breach in stored.breaches_of(tx, episodes)
        if not breach.escalated_at
        and breach.due_at >= since
        and (row := broken.get((breach.episode, breach.promise)))
        for task in (wanted.get(task_slot(breach.episode)),)
        if (home := _home(batch, row.person, task, judge.settings.home_crm))
    ]
    told = [_told(escalation, one, owners, now) for one in cases]
    noted = [(intent is not None, whom) for intent, whom in told]
    stored.note_escalations(store, tx, [one.breach for one in cases], noted, now)
    return [intent for intent, _ in told if intent is not None]


def _home(batch: Batch, person: int, task: Intent | None, order: Sequence[str]) -> Row | None:
    """This is where the task stands, else where one would."""
    rows = [row for row in batch.rows.get(person, ()) if row.is_writable and row.connection in order]
    if task is not None and (found := next((row for row in rows if row.key == task.key), None)):
        return found
    return min(
        rows, key=lambda row: (order.index(row.connection), row.kind != "contact", row.key), default=None
    )


def _told(escalation: Escalation, case: _Case, owners: Owners, now: int) -> tuple[Intent | None, str]:
    """This is what is told and to whom, or why nobody is."""
    breach, row = case.breach, case.row
    slot = f"escalation:{breach.episode}#{breach.promise}"
    payload = _payload(case, now)
    if escalation.by == "task":
        owner_id = _manager(escalation.to, case.clock.owner, row.connection, owners)
        if not owner_id:
            return None, f"nobody of `sla: escalation: to` works in {row.connection}"
        payload["owner_id"] = owner_id
        intent = Intent(*(0, 0, breach.person, row.connection, "escalation", row.key, payload, {}), slot=slot)
        return intent, key_of(row.connection, "owner", owner_id)
    payload |= {"to": list(escalation.to), "owner_id": ""}
    intent = Intent(*(0, 0, breach.person, escalation.by, "escalation", row.key, payload, {}), slot=slot)
    return intent, "the webhook" if escalation.by == "webhook" else ", ".join(escalation.to)


def _manager(to: Sequence[str], owner: str, crm: str, owners: Owners) -> str:
    """This is the id, in that CRM, of the first who can be told."""
    for name in to:
        seller = owners.manager(owner) if name == MANAGER else owners.named(name)
        if seller and (found := owners.id_in(seller, crm)):
            return found
    return ""


def _payload(case: _Case, now: int) -> dict[str, Any]:
    row, told = case.row, case.row.attributes
    name = line(f"{told.get('first_name', '')} {told.get('last_name', '')}")
    who = ", ".join(part for part in (name or "unnamed lead", line(str(told.get("company", "")))) if part)
    owner = f" It is {line(case.owner)}'s." if case.owner else " Nobody has it."
    lines = [
        f"Promise broken: {WORDS[case.breach.promise]}. It was due {clock.text(case.breach.due_at)}.{owner}",
        *([str(case.task["subject"])] if case.task else []),
        NEXT,
        *(["", str(case.task["body"])] if case.task else []),
    ]
    return {
        "key": f"{row.key}#{case.breach.episode}#escalation-{case.breach.promise}",
        "kind": row.kind,
        "record_id": row.record_id,
        "subject": line(f"Follow-up is late: {who}", SUBJECT_MAX),
        "body": "\n".join(lines),
        "due_at": now,
        "priority": "high",
    }
