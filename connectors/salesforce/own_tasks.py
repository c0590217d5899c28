"""What became of our own tasks: their rows carry our key, and come with everybody else's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from connectors.records import TaskSeen
from connectors.salesforce.fields import TASK_KEY_FIELD
from connectors.salesforce.ids import long_id
from connectors.salesforce.instants import day, instant


def seen(found: Iterable[Any]) -> tuple[TaskSeen, ...]:
    """These are our tasks among the rows. One that cannot be read is put aside with the rest of its row."""
    return tuple(_ours(found))


def _ours(found: Iterable[Any]) -> Iterator[TaskSeen]:
    for row in found:
        key = row.get(TASK_KEY_FIELD) if isinstance(row, dict) else None
        if not isinstance(key, str) or not key:
            continue
        try:
            yield TaskSeen(
                *(long_id(row["Id"]), key, str(row.get("Status") or ""), str(row.get("OwnerId") or "")),
                due_at=day(row.get("ActivityDate")),
                completed_at=_at(row.get("CompletedDateTime")),
                changed_at=_at(row.get("SystemModstamp")),
                is_closed=row.get("IsClosed") is True,
                is_deleted=row.get("IsDeleted") is True,
            )
        except (ValueError, TypeError, KeyError, AttributeError):
            continue


def _at(text: str | None) -> int:
    return instant(text) if text else 0
