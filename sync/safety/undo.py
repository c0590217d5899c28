"""Taking a run back: what it wrote is set to what stood there before, where nobody has changed it since.

Only our own fields are taken back. A lifecycle stage that was moved only ever moves forward, and a task that
somebody may be working on is not ours to delete: both are told. From then on every plan is held, since the
next cycle would write the same again: whoever releases a plan lets the work go on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import orjson
from sqlalchemy import Connection, text

from connectors.own import shows
from connectors.records import Value
from sync import clock
from sync.apply import Applied, apply
from sync.cycle import finish, leased, recorded
from sync.errors import NoSuchRun
from sync.pull import pull
from sync.score import UNDONE
from sync.store import outbox
from sync.store.engine import Store
from sync.store.outbox import Intent
from sync.store.people import rows_in
from sync.workspace import Workspace

RUNS_SHOWN = 20

_WROTE = text(
    "SELECT r.id, r.command, r.started_at, "
    "SUM(CASE WHEN i.purpose = 'fields' THEN 1 ELSE 0 END) AS records, "
    "SUM(CASE WHEN i.purpose = 'task' THEN 1 ELSE 0 END) AS tasks "
    "FROM run r JOIN intent i ON i.run = r.id AND i.state = 'done' "
    "GROUP BY r.id, r.command, r.started_at ORDER BY r.id DESC LIMIT :most"
)


@dataclass(frozen=True, slots=True)
class Wrote:
    """A run that wrote something: so many records' fields, and so many tasks."""

    run: int
    command: str
    started_at: str
    records: int
    tasks: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A field that is left as it is, because it does not show any more what the run wrote."""

    record: str
    field: str


@dataclass(frozen=True, slots=True)
class Undone:
    """What became of it. `tasks` were created by the run and stay."""

    run: int
    applied: Applied
    kept: tuple[Kept, ...]
    tasks: int

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def lines(self) -> list[str]:
        """This is what happened, for people."""
        done = self.applied
        found = [f"run {self.run}: {done.fields} fields of {done.records} records are as they were before"]
        if self.kept:
            found.append(f"{len(self.kept)} fields were changed since and stay:")
            found += [f"  {one.record}  {one.field}" for one in self.kept]
        if self.tasks:
            found.append(f"{self.tasks} tasks that it created stay; complete or delete them in the CRM")
        if done.rejected or done.postponed:
            found.append(f"{done.rejected} were refused (see `mqlsync errors`), {done.postponed} come later")
        return [*found, "Every plan is held from now on; `mqlsync apply` lets the work go on."]


def wrote(store: Store) -> list[Wrote]:
    """These are the latest runs that wrote something, the newest first."""
    with store.reading() as tx:
        rows = tx.execute(_WROTE, {"most": RUNS_SHOWN}).all()
    return [Wrote(row.id, row.command, clock.text(row.started_at), row.records, row.tasks) for row in rows]


def undo(workspace: Workspace, number: int) -> Undone:
    """This takes a run back, under the lease. Raises `NoSuchRun` if it wrote nothing."""
    store = workspace.store
    with leased(workspace):
        with store.reading() as tx:
            changes = outbox.done_in(tx, number)
        if not changes:
            raise NoSuchRun(f"run {number} wrote nothing")
        with recorded(workspace, "undo") as run:
            pulled = pull(workspace)
            with store.transaction() as tx:
                back, kept = _back(tx, [one for one in changes if one.purpose == "fields"])
                _plan(store, tx, number, back, workspace.now())
            applied = apply(workspace, run)
            finish(workspace, run, asdict(applied), pulled.troubles + applied.stopped)
    return Undone(number, applied, tuple(kept), sum(one.purpose == "task" for one in changes))


def _back(tx: Connection, changes: Sequence[Intent]) -> tuple[list[Intent], list[Kept]]:
    """This turns each record's changes around, and tells what must stay."""
    rows = rows_in(tx, "SELECT key, own FROM record WHERE key IN :values", {one.key for one in changes})
    own = {row.key: orjson.loads(row.own) for row in rows}
    back, kept = [], []
    for one in _whole(changes):
        shown: Mapping[str, Value] = own.get(one.key, {})
        still = {name for name, value in one.payload.items() if shows(shown.get(name), value)}
        kept += [Kept(one.key, name) for name in sorted(one.payload.keys() - still)]
        if still:
            payload = {name: one.before.get(name) for name in still}
            before = {name: shown.get(name) for name in still}
            slot = f"fields:{one.key}"
            back.append(
                Intent(0, 0, one.person, one.connection, "fields", one.key, payload, before, slot=slot)
            )
    return back, kept


def _whole(changes: Sequence[Intent]) -> list[Intent]:
    """This is one change for each record, from what stood there first to what stood there last."""
    found: dict[str, Intent] = {}
    for one in changes:
        earlier = found.get(one.key, one)
        before, payload = {**one.before, **earlier.before}, {**earlier.payload, **one.payload}
        found[one.key] = replace(one, before=before, payload=payload)
    return list(found.values())


def _plan(store: Store, tx: Connection, number: int, back: Sequence[Intent], now: int) -> None:
    """This holds whatever waits, and releases the way back alone."""
    waiting = outbox.current_plan(tx)
    if waiting is not None:
        outbox.decide_plan(tx, waiting.id, "held", now, f"run {number} was taken back")
    tx.execute(
        text(
            "INSERT INTO setting (name, value) VALUES (:name, :value) "
            "ON CONFLICT (name) DO UPDATE SET value = excluded.value"
        ),
        {"name": UNDONE, "value": str(number)},
    )
    outbox.save_intents(store, tx, outbox.plan_beside(tx, now), back, now)
