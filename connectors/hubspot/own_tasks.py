"""What became of our own tasks: whether somebody has done them, and whose they are now.

Only tasks that carry our key are asked for; those of others are nobody's signal. A portal that cannot keep
the key apart tells nothing here: then a task is looked at when it is to be changed. So is one that was
deleted, which no search finds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from connectors.hubspot import fields, reading, rows, values, windows
from connectors.hubspot.client import Portal
from connectors.hubspot.rows import UNREADABLE
from connectors.hubspot.tasks import has_unique_key
from connectors.hubspot.windows import State
from connectors.protocol import Known
from connectors.records import Page, TaskSeen, Unread

TASKS = "tasks"
DONE = "COMPLETED"
DATES = (fields.MODIFIED,)
PROPERTIES = (
    *(fields.TASK_KEY, "hs_task_status", "hubspot_owner_id", "hs_timestamp"),
    *("hs_task_completion_date", fields.MODIFIED),
)
HAS_KEY = {"propertyName": fields.TASK_KEY, "operator": "HAS_PROPERTY"}


@dataclass(frozen=True, slots=True)
class OwnTasks:
    """Changes of our tasks, by windows of their change dates, from the first one on."""

    stream: str = field(default="tasks")

    def page(self, portal: Portal, state: State, known: Known) -> tuple[State, Page]:  # noqa: ARG002
        if not has_unique_key(portal):
            return {}, Page("", True)
        window = windows.window_of(portal, state)
        got = reading.found(portal, TASKS, DATES, window, (HAS_KEY,))
        changed, odd = windows.stamps(got.rows, DATES, window, self.stream)
        step = windows.advanced(portal, state, window, got, changed)
        held, step = windows.remembered(state, step, changed, window)
        ids = [each for each in changed if each not in held]
        tasks: list[TaskSeen] = []
        unread: list[Unread] = list(odd)
        for row in reading.batch(portal, TASKS, ids, PROPERTIES) if ids else ():
            try:
                tasks.append(_seen(row))
            except UNREADABLE as error:
                unread.append(reading.unread(self.stream, row, error))
        page = Page("", "last" not in step, unread=tuple(unread), expected=got.total, tasks=tuple(tasks))
        return step, page


def _seen(row: Any) -> TaskSeen:
    properties = row["properties"]
    status = values.text(properties.get("hs_task_status") or "")
    return TaskSeen(
        *(values.record_id(row["id"]), values.text(properties[fields.TASK_KEY]), status),
        owner_id=values.text(properties.get("hubspot_owner_id") or ""),
        due_at=values.instant(properties.get("hs_timestamp")),
        completed_at=values.instant(properties.get("hs_task_completion_date")) if status == DONE else 0,
        changed_at=rows.stamp(row, *DATES),
        is_closed=status == DONE,
    )
