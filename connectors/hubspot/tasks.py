"""Tasks for owners, each exactly once, whatever was killed when.

Where the portal lets tasks have a unique property, the key stands there: look by key, upsert what is
missing, link it to its contact; each step may be repeated. Elsewhere the key stands in the last line
of the body: look at the contact's tasks, in the database and not in the lagging index, then create.
A create whose answer was lost is not repeated: the next round looks first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape, unescape
from typing import Any

from connectors.answers import redacted
from connectors.calling import Declined, Request
from connectors.errors import ConnectorError, Unreachable
from connectors.hubspot import client, fields, reading, refusals, values
from connectors.hubspot.batches import Batch, Write, failed, write
from connectors.hubspot.client import Portal
from connectors.hubspot.rows import UNREADABLE
from connectors.outcome import Done, Outcome, Rejected, Retry, Stop
from connectors.protocol import TaskWrite

TO_CONTACT, TO_COMPANY = 204, 192  # HubSpot's own association types from a task
DUE_AFTER = 30 * values.MINUTE  # the shortest time that anybody is given
_REFERENCE = re.compile(r"\[mqlsync:([^\]<]+)\]")


def push_tasks(portal: Portal, tasks: Sequence[TaskWrite]) -> list[Outcome]:
    """This makes sure that each task exists; one outcome per task, in input order."""
    wanted = {task.key: task for task in tasks if task.kind == "contact"}
    outcomes: dict[str, Outcome] = {}
    if wanted:
        try:
            settle = _by_property if has_unique_key(portal) else _by_reference
            outcomes = settle(portal, wanted)
        except ConnectorError as error:
            outcomes = dict.fromkeys(wanted, failed(error))
    refused = Rejected("HubSpot tasks belong to contacts")
    return [outcomes.get(task.key, refused) if task.kind == "contact" else refused for task in tasks]


def has_unique_key(portal: Portal) -> bool:
    """This asks, until it is so, whether tasks carry our key as a unique property."""
    if not portal.has_task_key:
        request = Request(
            "GET",
            client.properties("tasks", fields.TASK_KEY),
            required={"name": str},
            allowed=frozenset({404}),
        )
        data = portal.call(request).data
        portal.has_task_key = bool(data and data.get("hasUniqueValue") is True)
    return portal.has_task_key


def _by_property(portal: Portal, wanted: dict[str, TaskWrite]) -> dict[str, Outcome]:
    held = _held(portal, list(wanted))
    missing = [task for key, task in wanted.items() if key not in held]
    batch = Batch(client.objects("tasks", "batch/upsert"), _key_of)
    writes = [_upsert(task, portal.now()) for task in missing]
    outcomes = dict(zip((task.key for task in missing), write(portal, batch, writes), strict=True))
    outcomes |= {key: Done(task_id) for key, task_id in held.items()}
    done = {key: outcome.id for key, outcome in outcomes.items() if isinstance(outcome, Done)}
    return outcomes | _link(portal, wanted, done)


def _held(portal: Portal, keys: Sequence[str]) -> dict[str, str]:
    """These tasks are there already, by key; their state is their owner's business now."""
    held: dict[str, str] = {}
    for some in reading.chunks(keys, reading.BATCH_MAX):
        body = {
            "idProperty": fields.TASK_KEY,
            "inputs": [{"id": key} for key in some],
            "properties": [fields.TASK_KEY],
        }
        path = client.objects("tasks", "batch/read")
        for row in portal.call(Request("POST", path, body=body, required=reading.RESULTS)).data["results"]:
            held[_key_of(row)] = values.record_id(row.get("id"))
    return held


def _key_of(row: Any) -> str:
    properties = row.get("properties") if isinstance(row, dict) else None
    return str(properties.get(fields.TASK_KEY) or "") if isinstance(properties, dict) else ""


def _upsert(task: TaskWrite, now: int) -> Write:
    shown = {**_created_properties(task, now), fields.TASK_KEY: task.key}
    one = {"id": task.key, "idProperty": fields.TASK_KEY, "properties": shown}
    return Write(task.key, one, frozenset(shown))


def _link(portal: Portal, wanted: dict[str, TaskWrite], done: dict[str, str]) -> dict[str, Outcome]:
    """This links tasks to their contacts and companies; linking twice changes nothing. Returned are
    the tasks that stay unlinked: a task that nobody can place is not done."""
    open_: dict[str, Outcome] = {}
    for plural, number in (("contacts", TO_CONTACT), ("companies", TO_COMPANY)):
        pairs = {
            key: (task_id, other)
            for key, task_id in done.items()
            if (other := wanted[key].record_id if plural == "contacts" else wanted[key].company_id)
        }
        unlinked = _unlinked(portal, plural, number, pairs)
        if plural == "contacts":
            open_ |= unlinked
    return open_


def _unlinked(
    portal: Portal, plural: str, number: int, pairs: dict[str, tuple[str, str]]
) -> dict[str, Outcome]:
    if not pairs:
        return {}
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": number}]
    inputs = [
        {"from": {"id": task_id}, "to": {"id": other}, "types": types} for task_id, other in pairs.values()
    ]
    path = client.associations("tasks", plural, "create")
    request = Request("POST", path, body={"inputs": inputs}, required=reading.RESULTS)
    try:
        results = portal.call(request).data["results"]
    except Declined as refusal:
        words = refusal.words or redacted(refusal.subject)
        return {key: Rejected(words, id=task_id) for key, (task_id, _) in pairs.items()}
    except ConnectorError as error:
        return dict.fromkeys(pairs, failed(error))
    linked = {_end(result, "from") for result in results}
    return {
        key: Rejected(
            f"HubSpot did not link the task to {plural[:-1]} {other}", "The record may be gone.", task_id
        )
        for key, (task_id, other) in pairs.items()
        if task_id not in linked
    }


def _end(result: Any, name: str) -> str:
    """This is one end of a made link; the versions of the API spell it in two ways."""
    if not isinstance(result, dict):
        return ""
    inner = result.get(name)
    return str(result.get(f"{name}ObjectId") or (inner.get("id") if isinstance(inner, dict) else "") or "")


def _by_reference(portal: Portal, wanted: dict[str, TaskWrite]) -> dict[str, Outcome]:
    contacts = sorted({task.record_id for task in wanted.values()})
    links = reading.linked(portal, "contacts", "tasks", contacts)
    ids = list(dict.fromkeys(each for found in links.values() for each in found))
    held: dict[str, str] = {}
    for row in reading.batch(portal, "tasks", ids, ["hs_task_body"]):
        held |= _references(row)
    outcomes: dict[str, Outcome] = {}
    halted: Outcome | None = None
    for key, task in wanted.items():
        outcomes[key] = Done(held[key]) if key in held else halted or _created(portal, task)
        if isinstance(outcomes[key], Stop):
            halted = outcomes[key]
    return outcomes


def _references(row: Any) -> dict[str, str]:
    try:
        body = values.text(row["properties"].get("hs_task_body") or "")
        task_id = values.record_id(row["id"])
    except UNREADABLE as error:
        raise Unreachable(f"{client.CRM}: a task of an unknown shape") from error  # it may be ours
    # the last one is ours: what stands above it may have been written by a stranger
    return {unescape(reference): task_id for reference in _REFERENCE.findall(body)[-1:]}


def _created(portal: Portal, task: TaskWrite) -> Outcome:
    body = {"properties": _created_properties(task, portal.now()), "associations": list(_associations(task))}
    request = Request("POST", client.objects("tasks"), body=body, safe=False, required={"id": str})
    try:
        return Done(portal.call(request).data["id"])
    except Declined as refusal:
        return refusals.outcome(refusal.data or {"message": redacted(refusal.subject)})
    except ConnectorError as error:
        outcome = failed(error)
        return (
            Retry(f"{outcome.reason}; looked up before the next try")
            if isinstance(outcome, Retry)
            else outcome
        )


def _associations(task: TaskWrite) -> Iterable[dict[str, Any]]:
    for other, number in ((task.record_id, TO_CONTACT), (task.company_id, TO_COMPANY)):
        if other:
            types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": number}]
            yield {"to": {"id": other}, "types": types}


def _created_properties(task: TaskWrite, now: int) -> dict[str, str]:
    """A task that was due before it exists would count as missed from its first moment on."""
    due_at = max(task.due_at, now + DUE_AFTER)
    return properties(task) | {"hs_timestamp": values.iso(due_at), "hs_task_status": "NOT_STARTED"}


def properties(task: TaskWrite) -> dict[str, str]:
    """These are the properties of a task, but for its status, which is its owner's business. The text is
    HTML to HubSpot."""
    lines = "<br>".join(escape(line) for line in task.body.splitlines())
    shown = {
        "hs_timestamp": values.iso(task.due_at),
        "hs_task_subject": task.subject,
        "hs_task_body": f"{lines}<br>[mqlsync:{escape(task.key)}]",
        "hs_task_priority": task.priority.upper(),
        "hs_task_type": "TODO",
    }
    return shown | ({"hubspot_owner_id": task.owner_id} if task.owner_id else {})
