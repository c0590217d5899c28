"""Makes sure that each task exists exactly once.

Where the org has our unique key field, a task is upserted by its key, and repeating that is harmless.
Where it has not, the key stands in the last line of the text: we look for it among our own tasks of
that person before we create one, and never repeat a creation whose answer was lost. The look at the
start of the next try finds out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from connectors.errors import ConnectorError, Refused, Unreachable
from connectors.outcome import Done, Outcome, Rejected
from connectors.protocol import TaskWrite
from connectors.salesforce import outcomes, soql
from connectors.salesforce.delivery import Body, Settled, outcomes_of, write_all
from connectors.salesforce.fields import TASK_KEY_FIELD, TASK_KEY_MAX
from connectors.salesforce.ids import long_id
from connectors.salesforce.instants import day_written
from connectors.salesforce.mending import Numbered, settle
from connectors.salesforce.org import ROWS_MAX, Org
from connectors.salesforce.push import OBJECTS

KEY_MARK = "MQL key: "
SUBJECT_MAX = 255
TEXT_MAX = 32_000
PRIORITIES: Mapping[str, str] = {"high": "High", "medium": "Normal", "low": "Low"}
QUEUE_PREFIX = "00G"
OWNER_REMEDY = "Give the record an owner, or name a `default_owner` for Salesforce in mqlsync.yaml."
PAGES_MAX = 50  # pages of 2,000 tasks that one look may read


def push_tasks(org: Org, tasks: Sequence[TaskWrite], default_owner: str = "") -> list[Outcome]:
    """This upserts, or looks and then creates; outcomes stand in the order of the tasks. What belongs to
    a queue, or to somebody who left, goes to the default owner."""
    settled: dict[int, Outcome] = {}
    places: dict[str, int] = {}
    bodies: dict[int, Body] = {}
    try:
        has_key_field = TASK_KEY_FIELD in org.describe("Task").fields
    except ConnectorError as error:
        return [outcomes.failed(error)] * len(tasks)
    for place, task in enumerate(tasks):
        try:
            body = body_of(task, owner_of(task, default_owner), has_key_field=has_key_field)
        except Ownerless as error:
            settled[place] = Rejected(f"task for {task.kind} {task.record_id}: {error}", OWNER_REMEDY)
            continue
        except ValueError as error:
            settled[place] = Rejected(f"task for {task.kind} {task.record_id}: {error}")
            continue
        if places.setdefault(task.key, place) == place:
            bodies[place] = body
    # Parents in order: two writers on one account's people wait for each other least this way.
    numbered = sorted(bodies.items(), key=lambda each: (each[1].get("WhatId", ""), each[1]["WhoId"]))
    keys = {place: tasks[place].key for place in bodies}
    attempt = partial(_upserted if has_key_field else _looked_then_created, org, keys)
    settled |= outcomes_of(settle(org, numbered, attempt, default_owner))
    if has_key_field:
        settled |= _there_already(org, keys, settled)
    return [
        settled[places.get(task.key, place)] if place not in settled else settled[place]
        for place, task in enumerate(tasks)
    ]


class Ownerless(ValueError):
    """Nobody works on this record who could do the task."""


def owner_of(task: TaskWrite, default_owner: str) -> str:
    """A queue is no one: only users do tasks."""
    if task.owner_id and not task.owner_id.startswith(QUEUE_PREFIX):
        return long_id(task.owner_id)
    if default_owner:
        return default_owner
    raise Ownerless("the record belongs to a queue" if task.owner_id else "the record has no owner")


def body_of(task: TaskWrite, owner_id: str, *, has_key_field: bool) -> Body:
    """No status is sent: a new task starts with the org's own first one, and an old one that is
    upserted again keeps what the owner made of it."""
    if task.kind not in OBJECTS:
        raise ValueError("tasks are about leads and contacts")
    if not 0 < len(task.key) <= TASK_KEY_MAX:
        raise ValueError(f"a key has 1 to {TASK_KEY_MAX} characters")
    body: Body = {
        "attributes": {"type": "Task"},
        "Subject": _cut(task.subject, SUBJECT_MAX),
        "ActivityDate": day_written(task.due_at),
        "Priority": PRIORITIES[task.priority],
        "OwnerId": owner_id,
        "WhoId": long_id(task.record_id),
    }
    if task.company_id and task.kind == "contact":  # a lead has no account to relate to
        body["WhatId"] = long_id(task.company_id)
    if has_key_field:
        return body | {TASK_KEY_FIELD: task.key, "Description": _cut(task.body, TEXT_MAX)}
    mark = f"\n\n{KEY_MARK}{task.key}"
    return body | {"Description": _cut(task.body, TEXT_MAX - len(mark)) + mark}


def _upserted(org: Org, keys: Mapping[int, str], numbered: Numbered) -> dict[int, Settled]:
    del keys  # each body holds its own
    return write_all(numbered, partial(org.write, "PATCH", upsert_by=f"Task/{TASK_KEY_FIELD}"), org.rest)


def _there_already(org: Org, keys: Mapping[int, str], settled: Mapping[int, Outcome]) -> dict[int, Outcome]:
    """What is refused may stand there from an earlier try: a task whose person was deleted since cannot
    be upserted any more. Only what is not found was never made."""
    found: dict[int, Outcome] = {}
    refused = [place for place in keys if isinstance(settled[place], Rejected)]
    for start in range(0, len(refused), ROWS_MAX):
        batch = refused[start : start + ROWS_MAX]
        try:
            there = _with_keys(org, [keys[place] for place in batch])
        except ConnectorError as error:
            found |= dict.fromkeys(batch, outcomes.failed(error))
            continue
        found |= {place: Done(there[keys[place]]) for place in batch if keys[place] in there}
    return found


def _with_keys(org: Org, keys: Sequence[str]) -> dict[str, str]:
    where = soql.any_of(TASK_KEY_FIELD, sorted(keys))
    rows = org.query(soql.select(("Id", TASK_KEY_FIELD), "Task", where), with_deleted=True).rows
    try:
        return {str(row[TASK_KEY_FIELD]): long_id(row["Id"]) for row in rows}
    except (ValueError, TypeError, KeyError) as error:
        raise Unreachable("salesforce Task: rows came that are none") from error


def _looked_then_created(org: Org, keys: Mapping[int, str], numbered: Numbered) -> dict[int, Settled]:
    settled: dict[int, Settled] = {}
    for start in range(0, len(numbered), ROWS_MAX):
        batch = numbered[start : start + ROWS_MAX]
        try:
            there = _existing(org, [body["WhoId"] for _, body in batch])
        except ConnectorError as error:
            settled |= {place: Settled(outcomes.failed(error)) for place, _ in batch}
            continue
        settled |= {place: Settled(Done(there[keys[place]])) for place, _ in batch if keys[place] in there}
        missing = [(place, body) for place, body in batch if keys[place] not in there]
        settled |= write_all(missing, partial(org.write, "POST"), org.rest) if missing else {}
    return settled


def _existing(org: Org, people: Sequence[str]) -> dict[str, str]:
    """These are the keys of our own tasks of these people, with the tasks' ids. Deleted ones count:
    whoever threw a task away does not want it back."""
    found: dict[str, str] = {}
    last = ""
    where = soql.any_of("WhoId", sorted(set(people)))
    if org.token().user_id:
        where += f" AND {soql.equal('CreatedById', org.token().user_id)}"
    for _ in range(PAGES_MAX):
        behind = f" AND Id > {soql.quoted(last)}" if last else ""
        text = soql.select(("Id", "Description"), "Task", where + behind, order=("Id",), limit=soql.LIMIT)
        page = org.query(text, with_deleted=True)
        try:
            found |= {key: long_id(row.get("Id")) for row in page.rows if (key := _key_in(row))}
            last = long_id(page.rows[-1].get("Id")) if page.rows else last
        except (ValueError, TypeError, AttributeError) as error:
            raise Unreachable("salesforce Task: rows came that are none") from error
        if (page.is_all and page.total < soql.LIMIT) or not page.rows:
            return found
    raise Refused(f"salesforce Task: more than {PAGES_MAX} pages of tasks for {len(set(people))} people")


def _key_in(row: Mapping[str, Any]) -> str:
    _, mark, key = str(row.get("Description") or "").rpartition(KEY_MARK)
    return key.splitlines()[0].strip() if mark and key.strip() else ""


def _cut(text: str, length: int) -> str:
    text = text.replace("\0", "")
    return text if len(text) <= length else text[: length - 1] + "…"
