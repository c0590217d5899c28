"""How our tasks stand in the CRMs: whether somebody has done them, and whose they are now."""

from __future__ import annotations

from collections.abc import Sequence

import orjson
from sqlalchemy import Connection

from connectors.records import TaskSeen, Touch
from sync.store.engine import Store
from sync.store.made_tasks import change_slot
from sync.store.people import rows_in

_SAVE = """
INSERT INTO task_state (connection, crm_id, key, status, owner_id, due_at, completed_at, changed_at, seen_at,
                        is_closed, is_deleted)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (connection, crm_id) DO UPDATE SET key = excluded.key, status = excluded.status,
  owner_id = excluded.owner_id, due_at = excluded.due_at, completed_at = excluded.completed_at,
  changed_at = excluded.changed_at, seen_at = excluded.seen_at, is_closed = excluded.is_closed,
  is_deleted = excluded.is_deleted
WHERE task_state.changed_at <= excluded.changed_at
"""
_MADE = (
    "SELECT DISTINCT i.slot, i.key, i.crm_id, i.payload FROM identity d JOIN intent i ON i.person = d.person "
    "WHERE d.key IN :values AND i.connection = :connection AND i.purpose = 'task' AND i.state = 'done' "
    "AND i.slot LIKE '%#follow-up'"
)
_CLOSING = (
    "SELECT slot FROM intent WHERE slot IN :values AND purpose = 'task-close' "
    "AND state IN ('pending', 'sending')"
)
MS = 1_000


def save_task_states(
    store: Store, tx: Connection, connection: str, tasks: Sequence[TaskSeen], now: int
) -> None:
    """This keeps what became of tasks about people whom we know; of who was erased nothing comes back."""
    keys = {task.id: task.key.partition("#")[0] for task in tasks}
    known = {
        row.key
        for row in rows_in(tx, "SELECT key FROM identity WHERE key IN :values", sorted({*keys.values()}))
    }
    rows = [
        (
            *(connection, task.id, keys[task.id], task.status, task.owner_id),
            *(task.due_at, task.completed_at, task.changed_at, now, task.is_closed, task.is_deleted),
        )
        for task in tasks
        if keys[task.id] in known
    ]
    store.many(tx, _SAVE, rows)


def done_by_humans(tx: Connection, connection: str, tasks: Sequence[TaskSeen]) -> list[Touch]:
    """These are our follow-up tasks that somebody has completed; those that we closed, or are about to, are
    no sign of anybody."""
    done = {task.id: task for task in tasks if task.completed_at and not task.is_deleted}
    keys = {task.key.partition("#")[0] for task in done.values()}
    made = [row for row in rows_in(tx, _MADE, sorted(keys), connection=connection) if row.crm_id in done]
    closing = {row.slot for row in rows_in(tx, _CLOSING, [change_slot(row.slot) for row in made])}
    found = []
    for row in made:
        task = done[row.crm_id]
        if orjson.loads(row.payload).get("is_open", True) and change_slot(row.slot) not in closing:
            found.append(
                Touch(
                    *(row.key, f"task-done:{task.id}:{task.completed_at // MS}", "task_done"),
                    *(task.completed_at, task.completed_at),
                    referrer=f"{connection}:{task.owner_id}" if task.owner_id else "",
                    provenance="own_task",
                )
            )
    return found
