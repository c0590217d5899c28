"""Tasks that stand there already, brought up to date: look first, then write what is still ours.

The look is at the database, right before the write; HubSpot has no way to say "only if nobody was faster".
A text comes back as HTML, maybe with other tags than it went with, so texts are compared without any.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape, unescape
from typing import Any

from connectors.errors import ConnectorError
from connectors.hubspot import client, reading, values
from connectors.hubspot.batches import Batch, Write, failed, write
from connectors.hubspot.client import Portal
from connectors.hubspot.rows import UNREADABLE
from connectors.hubspot.tasks import DUE_AFTER, properties
from connectors.outcome import Done, Outcome, Retry
from connectors.protocol import TaskChange, TaskWrite
from connectors.task_edits import BEGUN, CLOSED, OPEN, Face, edits, plain

PROPERTIES = {
    "subject": "hs_task_subject",
    "body": "hs_task_body",
    "owner": "hubspot_owner_id",
    "due": "hs_timestamp",
    "priority": "hs_task_priority",
    "status": "hs_task_status",
}
CREATED = "hs_createdate"
STATUSES = {"NOT_STARTED": OPEN, "COMPLETED": CLOSED}  # portals may have others; those a human chose
AT_ONCE = 2 * values.MINUTE  # between our look at the clock and the row that it led to
_ENDS_LINE = re.compile(r"<(?:br|/p|/div|/li)\b[^>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")


def change_tasks(portal: Portal, changes: Sequence[TaskChange]) -> list[Outcome]:
    """This writes what still shows our own words. A task that is gone was thrown away by somebody, who is
    right."""
    newest = {change.id: change for change in changes}
    try:
        rows = reading.batch(portal, "tasks", list(newest), (*PROPERTIES.values(), CREATED))
    except ConnectorError as error:
        return [failed(error)] * len(changes)
    outcomes: dict[str, Outcome] = {one: Done(one) for one in newest}
    writes = []
    for row in rows:
        task_id = str(row.get("id")) if isinstance(row, dict) else ""
        if task_id not in newest:
            continue
        try:
            news = _changed(row["properties"], newest[task_id])
        except UNREADABLE as error:
            outcomes[task_id] = Retry(f"{client.CRM}: a task of an unknown shape: {type(error).__name__}")
            continue
        if news:
            writes.append(Write(task_id, {"id": task_id, "properties": news}, frozenset(news)))
    batch = Batch(client.objects("tasks", "batch/update"), lambda result: str(result.get("id", "")))
    outcomes |= dict(zip((each.name for each in writes), write(portal, batch, writes), strict=True))
    return [outcomes[change.id] for change in changes]


def _changed(shown: Mapping[str, Any], change: TaskChange) -> dict[str, str]:
    """These are the properties to write, none where everything stands as it should or is a human's."""
    ours = [_face(one) for one in change.shown]
    found = edits(_face(change.wanted), ours, _shown(shown, change), change.note)
    said = _written(change.wanted)
    news = {PROPERTIES[name]: said[PROPERTIES[name]] for name in found.faces if PROPERTIES[name] in said}
    if found.adds_note:
        news[PROPERTIES["body"]] = f"{shown.get(PROPERTIES['body']) or ''}<br>{escape(change.note)}"
    return news


def _written(task: TaskWrite) -> dict[str, str]:
    return properties(task) | {"hs_task_status": "NOT_STARTED" if task.is_open else "COMPLETED"}


def _face(task: TaskWrite) -> Face:
    said = _written(task)
    return _compared({name: said.get(wire, "") for name, wire in PROPERTIES.items()})


def _shown(shown: Mapping[str, Any], change: TaskChange) -> Face:
    face = _compared({name: str(shown.get(wire) or "") for name, wire in PROPERTIES.items()})
    return face | {"due": _due(face["due"], values.instant(shown.get(CREATED)), change)}


def _compared(said: Mapping[str, str]) -> dict[str, str]:
    return {
        "subject": plain(said["subject"]),
        "body": text_of(said["body"]),
        "owner": said["owner"],
        "due": str(values.instant(said["due"])),
        "priority": said["priority"],
        "status": STATUSES.get(said["status"], BEGUN),
    }


def _due(shown: str, created_at: int, change: TaskChange) -> str:
    """What would have been overdue from its first moment on was given a little time; that was us, too."""
    given = created_at + DUE_AFTER
    late = [task for task in change.shown if task.due_at < given]
    if late and abs(int(shown) - given) <= AT_ONCE:
        return str(values.instant(values.iso(late[-1].due_at)))
    return shown


def text_of(html: str) -> str:
    """This is what a text says, whatever it is marked up with."""
    return plain(unescape(_TAG.sub("", _ENDS_LINE.sub(" ", html))))
