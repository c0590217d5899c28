"""Tasks that stand there already, brought up to date: look first, then write what is still ours.

Which statuses mean that a task is done is the org's own business (`TaskStatus`); so is the one that a new
task begins with. Any other open status was chosen by somebody who has begun.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from connectors.errors import ConnectorError, Unreachable
from connectors.outcome import Done, Outcome, Rejected, Retry
from connectors.protocol import TaskChange, TaskWrite
from connectors.salesforce import outcomes, soql
from connectors.salesforce.delivery import Body, outcomes_of, write_all
from connectors.salesforce.fields import TASK_KEY_FIELD
from connectors.salesforce.fitting import active_values
from connectors.salesforce.ids import long_id
from connectors.salesforce.org import ROWS_MAX, Org
from connectors.salesforce.tasks import TEXT_MAX, Ownerless, body_of, owner_of
from connectors.task_edits import BEGUN, CLOSED, OPEN, Face, edits, plain

FIELDS = {
    "subject": "Subject",
    "body": "Description",
    "owner": "OwnerId",
    "due": "ActivityDate",
    "priority": "Priority",
    "status": "Status",
}
COMPLETED = "Completed"  # what a closed task is called where nobody renamed it
REMEDY = "Give Task.Status an active value that means closed."


@dataclass(frozen=True, slots=True)
class Statuses:
    """What a new task begins with, and which status we close with ("" = the org has none)."""

    first: str
    closed: str


@dataclass(frozen=True, slots=True)
class _Writer:
    """How this org writes tasks."""

    statuses: Statuses
    default_owner: str
    has_key_field: bool

    def said(self, task: TaskWrite) -> Mapping[str, Any]:
        try:
            owner = owner_of(task, self.default_owner)
        except Ownerless:
            owner = ""
        body = body_of(task, owner, has_key_field=self.has_key_field)
        return {**body, "Status": self.statuses.first if task.is_open else self.statuses.closed}

    def face(self, task: TaskWrite) -> Face:
        return _compared(self.said(task)) | {"status": OPEN if task.is_open else CLOSED}

    def shown(self, row: Mapping[str, Any], change: TaskChange) -> Face:
        face = _compared(row)
        if row.get("IsClosed"):
            face["status"] = CLOSED
        else:
            face["status"] = OPEN if face["status"] == self.statuses.first else BEGUN
        # whose work nobody else could do was given to the default owner, by us
        is_stand_in = bool(self.default_owner) and face["owner"] == self.default_owner
        return face | ({"owner": self.face(change.shown[-1])["owner"]} if is_stand_in else {})


def change_tasks(org: Org, changes: Sequence[TaskChange], default_owner: str = "") -> list[Outcome]:
    """This writes what still shows our own words. A task that is gone was thrown away by somebody, who is
    right."""
    newest = {long_id(change.id): change for change in changes}
    if not newest:
        return []
    try:
        has_key_field = TASK_KEY_FIELD in org.describe("Task").fields
        writer = _Writer(_statuses(org, changes), default_owner, has_key_field)
        rows = _held(org, newest)
    except ConnectorError as error:
        return [outcomes.failed(error)] * len(changes)
    if not writer.statuses.closed:
        return [Rejected("Task.Status has no active value that means closed", REMEDY)] * len(changes)
    settled: dict[str, Outcome] = {}
    bodies: list[tuple[int, Body]] = []
    for place, (task_id, row) in enumerate(sorted(rows.items())):
        try:
            body = _changed(writer, row, newest[task_id])
        except (ValueError, TypeError, AttributeError) as error:
            settled[task_id] = Retry(f"salesforce Task: a row of an unknown shape: {type(error).__name__}")
            continue
        bodies += [(place, body)] if body else []
    said = outcomes_of(write_all(bodies, partial(org.write, "PATCH"), org.rest) if bodies else {})
    settled |= {body["id"]: said[place] for place, body in bodies}
    return [settled.get(long_id(change.id), Done(change.id)) for change in changes]


def _held(org: Org, newest: Mapping[str, TaskChange]) -> dict[str, Mapping[str, Any]]:
    """These are the tasks that are still there."""
    ids = sorted(newest)
    found: dict[str, Mapping[str, Any]] = {}
    for start in range(0, len(ids), ROWS_MAX):
        where = soql.any_of("Id", ids[start : start + ROWS_MAX])
        text = soql.select(("Id", "IsClosed", *FIELDS.values()), "Task", where)
        try:
            found |= {long_id(row["Id"]): row for row in org.query(text).rows}
        except (ValueError, TypeError, KeyError) as error:
            raise Unreachable("salesforce Task: rows came that are none") from error
    return {task_id: row for task_id, row in found.items() if task_id in newest}


def _changed(writer: _Writer, row: Mapping[str, Any], change: TaskChange) -> Body:
    """This is the record to write, empty where everything stands as it should or is a human's."""
    ours = [writer.face(one) for one in change.shown]
    found = edits(writer.face(change.wanted), ours, writer.shown(row, change), change.note)
    said = writer.said(change.wanted)
    news = {FIELDS[name]: said[FIELDS[name]] for name in found.faces if said[FIELDS[name]]}
    if found.adds_note:
        longer = f"{row.get('Description') or ''}\n{change.note}"
        news |= {"Description": longer} if len(longer) <= TEXT_MAX else {}
    return {"attributes": {"type": "Task"}, "id": long_id(row["Id"]), **news} if news else {}


def _compared(said: Mapping[str, Any]) -> dict[str, str]:
    found = {name: plain(str(said.get(wire) or "")) for name, wire in FIELDS.items()}
    return found | {"owner": long_id(found["owner"]) if found["owner"] else ""}


def _statuses(org: Org, changes: Sequence[TaskChange]) -> Statuses:
    """The org is asked for its closed statuses only where a task is to be closed, or was."""
    status = org.describe("Task").fields.get("Status", {})
    active = active_values(status)
    values = status.get("picklistValues") or ()
    first = next((str(one["value"]) for one in values if one.get("defaultValue")), "")
    if all(one.is_open for change in changes for one in (change.wanted, *change.shown)):
        return Statuses(first or next(iter(active), ""), COMPLETED)
    rows = org.query(soql.select(("ApiName",), "TaskStatus", "IsClosed = TRUE", order=("SortOrder",))).rows
    closed = [name for row in rows if (name := str(row.get("ApiName") or "")) in active]
    chosen = COMPLETED if COMPLETED in closed else next(iter(closed), "")
    return Statuses(first or next((one for one in active if one not in closed), ""), chosen)
