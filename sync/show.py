"""What a plan would change, before anybody lets it: counts per field, samples of people, tasks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import zip_longest
from typing import Any

from sync import clock
from sync.store import outbox
from sync.store.engine import Store
from sync.store.facts import load_rows
from sync.store.made_tasks import CLOSE, UPDATE
from sync.store.outbox import Intent, PlanRow

PEOPLE_MAX = 10
TASKS_MAX = 5


@dataclass(frozen=True, slots=True)
class FieldCount:
    """So many records of one CRM get another value in this field."""

    connection: str
    field: str
    records: int


@dataclass(frozen=True, slots=True)
class Move:
    """One person's status on one record, as it stands and as it will; "" is empty."""

    person: int
    key: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class NewTask:
    """One task that will be created. `due_at` is an ISO text."""

    person: int
    key: str
    owner: str
    subject: str
    due_at: str


@dataclass(frozen=True, slots=True)
class PlanView:
    """One plan as people decide on it. Counts are of people where samples are of people."""

    plan: int
    state: str
    created_at: str
    why_held: str
    fields: tuple[FieldCount, ...]
    records: int
    becoming: int
    becoming_samples: tuple[Move, ...]
    stopping: int
    stopping_samples: tuple[Move, ...]
    tasks: int
    tasks_by_crm: Mapping[str, int]
    task_samples: tuple[NewTask, ...]
    tasks_updated: int = 0
    tasks_closed: int = 0
    escalations: int = 0

    @property
    def next_command(self) -> str:
        """This is what lets the plan run now, "" where nothing waits."""
        changed = self.tasks_updated or self.tasks_closed or self.escalations
        waits = self.records or self.tasks or changed
        return f"mqlsync apply {self.plan}" if waits else ""

    def as_dict(self) -> dict[str, Any]:
        """This is the view, ready for JSON."""
        return asdict(self) | {"next_command": self.next_command}

    def lines(self) -> list[str]:
        """This is the view for people, the largest news first."""
        because = f" because {self.why_held}" if self.why_held else ""
        return [
            f"Plan {self.plan} of {self.created_at} is {self.state}{because}.",
            *_moves("become MQL", self.becoming, self.becoming_samples),
            *_moves("stop being MQL", self.stopping, self.stopping_samples),
            *self._tasks(),
            *self._fields(),
            *self._next(),
        ]

    def _tasks(self) -> Iterator[str]:
        places = ", ".join(f"{name} {count}" for name, count in self.tasks_by_crm.items())
        yield f"Tasks to be created: {self.tasks}" + (f" ({places})" if places else "")
        for task in self.task_samples:
            owner = task.owner or "nobody"
            yield f"  person {task.person}  {task.key}  owner {owner}  due {task.due_at}  {task.subject}"
        if self.tasks > len(self.task_samples):
            yield f"  … and {self.tasks - len(self.task_samples)} more"
        if self.tasks_updated or self.tasks_closed:
            yield f"Tasks to be updated: {self.tasks_updated}, to be closed: {self.tasks_closed}"
        if self.escalations:
            yield f"Broken promises to be told: {self.escalations}"

    def _fields(self) -> Iterator[str]:
        yield f"Records to be changed: {self.records}"
        wide = max((len(one.field) for one in self.fields), default=0)
        names = max((len(one.connection) for one in self.fields), default=0)
        for one in self.fields:
            yield f"  {one.connection:<{names}}  {one.field:<{wide}}  {one.records:>7}"

    def _next(self) -> Iterator[str]:
        if not self.next_command:
            yield "Nothing waits."
        elif self.state == "released":
            yield f"It runs with the next cycle, or now: {self.next_command}"
        else:
            yield f"To let it run: {self.next_command}"


def view(store: Store) -> PlanView | None:
    """This shows the plan that is not finished yet, None if there is none."""
    with store.reading() as tx:
        plan = outbox.current_plan(tx)
        if plan is None:
            return None
        intents = outbox.intents_of(tx, plan.id)
        risen = sorted({one.person for one in intents if one.payload.get("status") == "mql"})
        # Somebody who is MQL on one record only gets a second record told: no news about her.
        known = frozenset(
            row.person for row in load_rows(tx, risen) if not row.deleted and row.own.get("status") == "mql"
        )
    return plan_view(plan, intents, known)


def plan_view(plan: PlanRow, intents: Sequence[Intent], already: frozenset[int]) -> PlanView:
    """This sums a plan up; `already` are people whom some live record shows as MQL today."""
    fields = [one for one in intents if one.purpose == "fields"]
    tasks = [one for one in intents if one.purpose == "task"]
    counted = Counter((one.connection, name) for one in fields for name in one.payload)
    becoming: dict[int, Move] = {}
    stopping: dict[int, Move] = {}
    for one in fields:
        if "status" not in one.payload:
            continue
        move = Move(one.person, one.key, _status(one.before), _status(one.payload))
        if move.after == "mql" and one.person not in already:
            becoming.setdefault(one.person, move)
        if move.before == "mql" and move.after != "mql":
            stopping.setdefault(one.person, move)
    return PlanView(
        plan.id,
        plan.state,
        clock.text(plan.created_at),
        plan.why_held,
        tuple(FieldCount(*name, records) for name, records in sorted(counted.items())),
        len(fields),
        len(becoming),
        tuple(becoming.values())[:PEOPLE_MAX],
        len(stopping),
        tuple(stopping.values())[:PEOPLE_MAX],
        len(tasks),
        dict(sorted(Counter(one.connection for one in tasks).items())),
        tuple(_new_task(one) for one in _from_each(tasks, TASKS_MAX)),
        tasks_updated=sum(one.purpose == UPDATE for one in intents),
        tasks_closed=sum(one.purpose == CLOSE for one in intents),
        escalations=sum(one.purpose == "escalation" for one in intents),
    )


def _from_each(tasks: Sequence[Intent], most: int) -> list[Intent]:
    """These are tasks of every CRM in turn: a sample of one CRM alone would hide the other."""
    turns = [[one for one in tasks if one.connection == crm] for crm in sorted({t.connection for t in tasks})]
    mixed = [one for turn in zip_longest(*turns) for one in turn if one is not None]
    return sorted(mixed[:most], key=lambda one: (one.connection, one.id))


def _status(values: Mapping[str, Any]) -> str:
    return str(values.get("status") or "")


def _new_task(intent: Intent) -> NewTask:
    told = intent.payload
    due_at = clock.text(int(told.get("due_at") or 0))
    owner, subject = str(told.get("owner_id") or ""), str(told.get("subject") or "")
    return NewTask(intent.person, intent.key, owner, subject, due_at)


def _moves(what: str, count: int, samples: Sequence[Move]) -> Iterator[str]:
    yield f"People who {what}: {count}"
    for one in samples:
        yield f"  person {one.person}  {one.key}  {one.before or 'empty'} → {one.after or 'empty'}"
    if count > len(samples):
        yield f"  … and {count - len(samples)} more"
