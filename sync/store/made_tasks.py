"""Tasks that stand in a CRM as far as we know, each as we wrote it last, and what should change about them.

What was written last is the payload of the task's own intent: whoever settles a change writes it there. A
change that waits is replaced by a newer one; what may have reached the CRM meanwhile is kept beside it, so
that our own words are never taken for a human's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, text

from sync.store.people import rows_in

UPDATE, CLOSE = "task-update", "task-close"
CHANGES = (UPDATE, CLOSE)


@dataclass(frozen=True, slots=True)
class MadeTask:
    """One task that a CRM confirmed, with what we wrote of it last. `is_over`: the CRM told since that it is
    completed or deleted."""

    slot: str
    person: int
    connection: str
    key: str
    crm_id: str
    payload: Mapping[str, Any]
    is_over: bool = False

    @property
    def is_done_by_human(self) -> bool:
        """This tells whether somebody completed or deleted it, and not we."""
        return self.is_over and bool(self.payload.get("is_open", True))

    @property
    def stands_in_crm(self) -> bool:
        """This tells whether it is a task there, and not a mail about one."""
        return self.key.startswith(f"{self.connection}:")

    @property
    def episode(self) -> int:
        """This is the id of the spell that it is for."""
        return int(self.slot.partition(":")[2].partition("#")[0])


@dataclass(frozen=True, slots=True)
class WaitingChange:
    """A change of a task that has not been settled; `attempts` 0: it was never sent."""

    id: int
    purpose: str
    attempts: int
    payload: Mapping[str, Any]
    before: Mapping[str, Any]

    @property
    def is_unseen(self) -> bool:
        """This tells whether no CRM can have seen it, or what it took the place of."""
        return not self.attempts and len(self.before["shown"]) == 1


def made_tasks(tx: Connection, people: Sequence[int]) -> dict[str, MadeTask]:
    """These are the tasks of the people that a CRM has, by slot."""
    rows = rows_in(
        tx,
        "SELECT i.slot, i.person, i.connection, i.key, i.crm_id, i.payload, s.is_closed, s.is_deleted "
        "FROM intent i LEFT JOIN task_state s ON s.connection = i.connection AND s.crm_id = i.crm_id "
        "WHERE i.person IN :values AND i.purpose = 'task' AND i.state = 'done' AND i.slot IS NOT NULL "
        "AND i.crm_id <> ''",
        people,
    )
    return {
        row.slot: MadeTask(
            *(row.slot, row.person, row.connection, row.key, row.crm_id),
            payload=orjson.loads(row.payload),
            is_over=bool(row.is_closed or row.is_deleted),
        )
        for row in rows
    }


def waiting_changes(tx: Connection, people: Sequence[int]) -> dict[str, WaitingChange]:
    """These are the changes of tasks of the people that wait, by the slot of the change."""
    rows = rows_in(
        tx,
        "SELECT slot, id, purpose, attempts, payload, before FROM intent WHERE person IN :values "
        "AND purpose IN ('task-update', 'task-close') AND state IN ('pending', 'sending')",
        people,
    )
    return {
        row.slot: WaitingChange(
            row.id, row.purpose, row.attempts, orjson.loads(row.payload), orjson.loads(row.before)
        )
        for row in rows
    }


def change_slot(task_slot: str) -> str:
    """This is where the change of a task waits: one at a time, whether it updates or closes."""
    return f"{task_slot}#change"


def written(tx: Connection, task_slot: str, payload: Mapping[str, Any]) -> None:
    """This notes what a task says now."""
    tx.execute(
        text("UPDATE intent SET payload = :payload WHERE slot = :slot AND purpose = 'task'"),
        {"payload": orjson.dumps(payload, option=orjson.OPT_SORT_KEYS).decode(), "slot": task_slot},
    )
