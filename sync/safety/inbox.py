"""The error inbox: what a CRM refused and what could not be read, each with its cause and what to do.

A refusal leaves the inbox when a later change of the same record goes through. Trying again is for whoever
has mended the cause: fields and changes of tasks are decided on anew, since something else may be right by
now; a task that was never made waits again as it was meant.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import text

from sync import clock
from sync.cycle import judge_of, leased
from sync.errors import NoSuchError
from sync.store import outbox
from sync.store.engine import Store
from sync.store.outbox import Rejection
from sync.workspace import Workspace

ASIDE_MAX = 100
_ASIDE = text(
    "SELECT connection, stream, source_id, reason, last_at, times FROM quarantine "
    "ORDER BY last_at DESC, id DESC LIMIT :most"
)
_ASIDE_ALL = text("SELECT COUNT(*) FROM quarantine")


@dataclass(frozen=True, slots=True)
class Refused:
    """One change that a CRM would not take. `again` is what one gives to `errors retry`."""

    again: int
    since: str
    record: str
    what: str
    words: str
    fix: str
    tried: int


@dataclass(frozen=True, slots=True)
class Aside:
    """One row that could not be understood; it is read again when the CRM shows it changed."""

    connection: str
    stream: str
    row: str
    reason: str
    last_seen: str
    times: int


@dataclass(frozen=True, slots=True)
class Inbox:
    """Everything that waits for a human. `aside` are the newest of `aside_total` rows."""

    refused: tuple[Refused, ...]
    aside: tuple[Aside, ...]
    aside_total: int

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def lines(self) -> list[str]:
        """This is the inbox for people."""
        if not self.refused and not self.aside:
            return ["Nothing was refused, and everything could be read."]
        found = []
        for one in self.refused:
            found.append(
                f"{one.again}  {one.record}  {one.what}, refused {one.since}, tried {one.tried} times"
            )
            found.append(f"   {one.words}")
            found += [f"   → {one.fix}"] if one.fix else []
        if self.refused:
            found.append("Once the cause is mended: mqlsync errors retry NUMBER, or --all.")
        for row in self.aside:
            found.append(f"{row.connection} {row.stream} {row.row}  could not be read, last {row.last_seen}")
            found.append(f"   {row.reason}")
        if self.aside_total > len(self.aside):
            found.append(f"… and {self.aside_total - len(self.aside)} more rows that could not be read")
        return found


def inbox(store: Store) -> Inbox:
    """This is everything that was refused, in the order of its numbers, or could not be read."""
    with store.reading() as tx:
        refused = outbox.open_rejections(tx)
        aside = tx.execute(_ASIDE, {"most": ASIDE_MAX}).all()
        total = int(tx.execute(_ASIDE_ALL).scalar_one())
    return Inbox(
        tuple(_refused(one) for one in refused),
        tuple(
            Aside(row.connection, row.stream, row.source_id, row.reason, clock.text(row.last_at), row.times)
            for row in aside
        ),
        total,
    )


def _refused(one: Rejection) -> Refused:
    since = clock.text(one.settled_at)
    return Refused(one.id, since, one.key, one.purpose, one.error, one.remedy, one.attempts)


def retry(workspace: Workspace, numbers: Collection[int]) -> int:
    """This lets refused changes be tried with the next cycle; no numbers mean all. It says how many.

    Raises `NoSuchError` where a number is not in the inbox, and tries none then.
    """
    store, fingerprint = workspace.store, judge_of(workspace).book.fingerprint
    with leased(workspace), store.transaction() as tx:
        refused = {one.id: one for one in outbox.open_rejections(tx)}
        if unknown := sorted(set(numbers) - refused.keys()):
            raise NoSuchError(f"number {', '.join(map(str, unknown))} is not in the inbox")
        wanted = [one for number, one in refused.items() if not numbers or number in numbers]
        tasks = [one.id for one in wanted if one.purpose in outbox.ONCE]
        if tasks:
            current = outbox.current_plan(tx)
            plan = current.id if current else outbox.new_plan(tx, fingerprint, workspace.now())
            outbox.open_anew(tx, tasks, plan)
        others = [one.id for one in wanted if one.purpose not in outbox.ONCE]
        outbox.drop_intents(store, tx, others, workspace.now())
        wake = text("UPDATE person SET due_at = 0 WHERE id = :id")
        for one in wanted:
            tx.execute(wake, {"id": one.person})
    return len(wanted)
