"""Tasks that stand in a CRM follow their leads: updated while there is news, closed when the reason is gone.

An update is worth a call when the owner, the due date, the priority, the subject or the gist of the text is
another one. A task is no longer needed when its spell ended without sales taking over, or when something
hides it: an exclusion, the custody of a partner. Where sales has tried already, it stays open and says so.
Whatever a human made of a task is found out by the connector, right before it writes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from sqlalchemy import Connection

from connectors.protocol import TaskChange, TaskWrite
from scoring.handoff.plain_text import day, joined, line
from scoring.handoff.task_text import ENDED
from scoring.touches import Facts
from sync.batch import Batch
from sync.handoff.texts import AT_WORK, REFUSALS, said
from sync.store.engine import Store
from sync.store.made_tasks import CLOSE, UPDATE, MadeTask, WaitingChange, change_slot, waiting_changes
from sync.store.outbox import Intent, drop_intents
from sync.store.people import rows_in

ATTEMPTS = ("call", "meeting", "sales_email")
WITH_SALES = frozenset({"mql", "sal", "appointment", "sql"})  # whose task is somebody's work
TAKEN_OVER = frozenset(
    {"accepted", "silence", "appointment", "opportunity"}
)  # endings after which sales goes on
_WRITES = tuple(one.name for one in fields(TaskWrite))
_MATERIAL = ("owner_id", "due_at", "priority", "subject")
_KEPT = ("key", "kind", "record_id", "company_id")  # where a task stands is decided once

_COLLEAGUES = (
    "SELECT DISTINCT i.person FROM record r JOIN identity i ON i.key = r.key "
    "JOIN verdict v ON v.person = i.person WHERE r.company IN :values AND r.company <> '' AND NOT r.deleted "
    "AND v.status = 'mql' AND EXISTS (SELECT 1 FROM intent t WHERE t.person = i.person "
    "AND t.purpose = 'task' AND t.state = 'done')"
)

Payload = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a task should be; `note` is why it is not needed any more."""

    payload: Payload
    note: str = ""


def task_of(payload: Payload) -> TaskWrite:
    """This is the task as a connector gets it, without what we note beside it."""
    return TaskWrite(**{name: payload[name] for name in _WRITES if name in payload})


def change_of(intent: Intent) -> TaskChange:
    """This is a change as a connector gets it."""
    shown = tuple(task_of(one) for one in intent.before["shown"])
    return TaskChange(intent.payload["id"], task_of(intent.payload["task"]), shown, intent.payload["note"])


def task_changes(
    store: Store, tx: Connection, batch: Batch, before: Mapping[int, Any], tasks: Sequence[Intent], now: int
) -> list[Intent]:
    """These are the changes of tasks that are news. `tasks` are those that should stand, `before` is the
    status of each person until now."""
    _wake_colleagues(store, tx, batch, before)
    if not batch.made:
        return []
    wanted = {one.slot: one for one in tasks}
    waiting = waiting_changes(tx, batch.people)
    ended = _endings(tx, {one.episode for one in batch.made.values()})
    numbers = {person: i for i, person in enumerate(batch.people)}
    found: list[Intent] = []
    obsolete: list[int] = []
    for slot, made in sorted(batch.made.items()):
        if made.person in batch.held_out or made.is_done_by_human or not made.stands_in_crm:
            continue
        task = wanted.get(slot)
        means = _updated(made, task) if task else _over(batch, numbers[made.person], made, ended)
        held = waiting.get(change_slot(slot))
        if means is None and held and held.is_unseen:
            obsolete.append(held.id)
        elif means or held:
            found += _intent(made, means or _Wanted(made.payload), held)
    drop_intents(store, tx, obsolete, now)
    return found


def _updated(made: MadeTask, task: Intent) -> _Wanted | None:
    """This is the task of a lead that is still one, None if it says so already."""
    old = made.payload
    new = {**task.payload, **{name: old[name] for name in _KEPT if name in old}}
    if task.connection != made.connection:
        new["owner_id"] = old["owner_id"]  # an id of the other CRM means nothing here
    told, tells = old.get("told"), new.get("told", {})
    is_news = any(new[name] != old[name] for name in _MATERIAL)
    is_news = is_news or (told is not None and told["gist"] != tells.get("gist"))
    return _Wanted(new) if is_news or old.get("over") else None


def _over(batch: Batch, i: int, made: MadeTask, ended: Mapping[int, tuple[int, str]]) -> _Wanted | None:
    """This is the task of somebody who is no lead for it any more, None if it stays as it is."""
    if made.payload.get("over"):
        return None
    ended_at, ended_by = ended.get(made.episode, (0, "void"))
    status = batch.verdicts.status_of(i)
    if ended_by in TAKEN_OVER or (not ended_by and status in WITH_SALES):
        return None
    why, detail = status.replace("_", " "), batch.verdicts.reason_of(i)
    if ended_by:
        why = joined(ENDED.get(ended_by, ended_by), day(ended_at) if ended_at else "", by=" ")
    if ended_by not in ("", "excluded"):
        detail = said(batch.facts, i, ended_at) if ended_by in REFUSALS else ""
    note = line(f"No longer needed: {why}{f' ({detail})' if detail else ''}.")
    since = int(batch.verdicts.qualified_at[i])
    over = {
        "over": True,
        "is_open": _has_tried(batch.facts, i, since),
        "body": f"{note}\n\n{made.payload['body']}",
    }
    return _Wanted({**made.payload, **over}, note)


def _intent(made: MadeTask, means: _Wanted, held: WaitingChange | None) -> list[Intent]:
    """This is the change, none if the very same waits already."""
    if held and held.payload["task"] == means.payload:
        return []
    shown = list(held.before["shown"]) if held else [made.payload]
    if held and held.attempts:
        shown.append(held.payload["task"])  # it may stand there without our knowing
    is_open = means.payload.get("is_open", True)
    payload = {"slot": made.slot, "id": made.crm_id, "task": means.payload, "note": means.note}
    return [
        Intent(
            *(0, 0, made.person, made.connection, UPDATE if is_open else CLOSE, made.key),
            payload=payload,
            before={"shown": shown},
            slot=change_slot(made.slot),
        )
    ]


def _endings(tx: Connection, episodes: Collection[int]) -> dict[int, tuple[int, str]]:
    """This is when and by what each of these spells ended, (0, "") of those that are open."""
    rows = rows_in(tx, "SELECT id, ended_at, ended_by FROM episode WHERE id IN :values", sorted(episodes))
    return {row.id: (row.ended_at, row.ended_by) for row in rows}


def _has_tried(facts: Facts, i: int, since: int) -> bool:
    """This tells whether sales has begun to work on her."""
    touches = facts.touches
    first, end = np.searchsorted(touches.person, [i, i + 1])
    rows = first + np.flatnonzero(touches.at[first:end] >= since)
    return any(touches.labels[touches.kind[row]] in ATTEMPTS for row in rows)


def _wake_colleagues(store: Store, tx: Connection, batch: Batch, before: Mapping[int, Any]) -> None:
    """Whoever has a task at the company of somebody who moved hears of it."""
    companies = set()
    for i, person in enumerate(batch.people):
        was, status = before.get(person, ("",))[0], batch.verdicts.status_of(i)
        if was != status and {was, status} & set(AT_WORK):
            companies |= {str(row.attributes.get("company_key", "")) for row in batch.rows.get(person, ())}
    found = {row.person for row in rows_in(tx, _COLLEAGUES, sorted(companies - {""}))} - set(batch.people)
    store.many(tx, "UPDATE person SET due_at = 0 WHERE id = ?", [(one,) for one in sorted(found)])
