"""How our tasks stand in the CRMs: whether somebody has done them, and whose they are now."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from connectors.records import TaskSeen
from sync.store.engine import Store
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
