"""A workspace with one lead after the other, whose days pass by hand and whose tasks are sent to nobody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import text

from config.init import init
from config.settings import load_settings
from connectors.outcome import Done, Outcome
from connectors.protocol import TaskChange, TaskWrite
from connectors.records import Page, Record, TaskSeen, Touch
from sync.apply import PURPOSES, settled
from sync.clock import DAY, HOUR
from sync.cycle import judge_of
from sync.handoff.task_changes import change_of, task_of
from sync.score import decide, score_due
from sync.store.engine import Store
from sync.store.outbox import Intent, claim, current_plan, decide_plan, open_rejections
from sync.store.pages import save_page
from sync.store.people import resolve_records, wake_owned, wake_touched
from sync.workspace import Workspace

NOW = 20_000 * DAY
JANE = {
    "email": "jane@acme.example",
    "email_domain": "acme.example",
    "title": "VP Marketing",
    "first_name": "Jane",
    "last_name": "Doe",
    "company": "Acme",
    "company_key": "hubspot:company:5",
    "employees": "500",
    "industry": "Software",
    "country": "Germany",
    "owner_id": "9",
}
KEY = "hubspot:contact:1701"
ASKED = ("demo_request", "quote_request", "contact_request")


class Life:
    """A workspace whose day passes by hand."""

    def __init__(self, store: Store, folder: Path) -> None:
        init(folder)
        self.now, self.stamp = NOW, NOW - 30 * DAY
        self.workspace = Workspace(load_settings(folder), store, {}, lambda: self.now)
        self.tasks: list[TaskWrite] = []
        self.changes: list[TaskChange] = []
        self.outcomes: list[Outcome] = []  # of what is sent next; then everything is done

    def read(self, *records: Record, touches: tuple[Touch, ...] = ()) -> None:
        save_page(self.workspace.store, "hubspot", "all", Page("1", True, records, touches), self.now)

    def arrives(self, number: str = "1701", **more: Any) -> None:
        """Somebody with an owner asks for everything that can be asked for."""
        self.contact(number, **more)
        self.read(Record("owner", "9", 10, 5, attributes={"active": "true"}))
        self.read(Record("owner", "8", 10, 5, attributes={"active": "true"}))
        at = self.now - DAY
        key = f"hubspot:contact:{number}"
        self.read(touches=tuple(Touch(key, f"{number}:{kind}", kind, at, at) for kind in ASKED))

    def contact(self, number: str = "1701", *, deleted: bool = False, **more: Any) -> None:
        self.stamp = max(self.stamp + 10, self.now - HOUR)
        known = {**JANE, **more}
        keys = (f"email:{known['email']}",)
        self.read(Record("contact", number, self.stamp, 5, deleted, known, keys=keys))

    def does(self, kind: str, *, number: str = "1701", asset: str = "", ago: int = HOUR) -> None:
        self.stamp += 1
        at = self.now - ago
        self.read(touches=(Touch(f"hubspot:contact:{number}", f"d{self.stamp}", kind, at, at, asset),))

    def judged(self) -> None:
        store = self.workspace.store
        wake_owned(store)
        while resolve_records(store, 100):
            pass
        wake_touched(store)
        while score_due(store, judge_of(self.workspace), self.now):
            pass
        decide(store, judge_of(self.workspace), self.now)

    def sent(self) -> None:
        """The plan is released, and what it holds is sent and settled."""
        store = self.workspace.store
        with store.transaction() as tx:
            plan = current_plan(tx)
            if plan:
                decide_plan(tx, plan.id, "released", self.now)
        for purpose in PURPOSES:
            for intent in claim(store, "hubspot", purpose, self.now, 100):
                with store.transaction() as tx:
                    settled(tx, intent, self._outcome(intent), self.now)

    def _outcome(self, intent: Intent) -> Outcome:
        if intent.purpose == "fields":
            return Done("1")
        if intent.purpose == "task":
            self.tasks.append(task_of(intent.payload))
        else:
            self.changes.append(change_of(intent))
        return self.outcomes.pop(0) if self.outcomes else Done(f"T{len(self.tasks)}")

    def passes(self, span: int = 0) -> list[TaskChange]:
        """A cycle after so much time; these are the changes that it sent."""
        self.now += span
        sent = len(self.changes)
        self.judged()
        self.sent()
        return self.changes[sent:]

    def waiting(self) -> list[Any]:
        with self.workspace.store.reading() as tx:
            sql = "SELECT * FROM intent WHERE state IN ('pending', 'sending') AND purpose LIKE 'task%'"
            return list(tx.execute(text(sql)))


def seen(life: Life, **more: Any) -> None:
    """The CRM tells how Jane's task stands."""
    life.stamp += 1
    told = TaskSeen("T1", life.tasks[0].key, changed_at=life.stamp, **more)
    save_page(life.workspace.store, "hubspot", "tasks", Page("1", True, tasks=(told,)), life.now)


def rejections(life: Life) -> list[str]:
    with life.workspace.store.reading() as tx:
        return [one.purpose for one in open_rejections(tx)]
