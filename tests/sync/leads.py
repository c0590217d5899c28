"""People who become MQL at once, in a store without CRMs: for tests of who is given whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from shutil import copyfile
from typing import Any

import orjson
from sqlalchemy import text

from config.init import init
from config.settings import load_settings
from connectors.records import Page, Record, Touch
from sync.clock import DAY
from sync.cycle import judge_of
from sync.handoff.waking import wake_waiting
from sync.score import decide, judge_people, score_due
from sync.store.assignments import Assignment, assigned
from sync.store.engine import Store, open_engine
from sync.store.outbox import claim, current_plan, decide_plan, settle
from sync.store.pages import save_page
from sync.store.people import resolve_records, wake_owned, wake_touched
from sync.store.upgrade import upgrade
from sync.store.verdicts import due_people
from sync.workspace import Workspace

NOW = 20_000 * DAY
ASKED = ("demo_request", "quote_request", "contact_request")
GOOD = {"title": "VP Marketing", "employees": "500", "industry": "Software", "country": "Germany"}


@contextmanager
def copied(template: Path, folder: Path) -> Iterator[Store]:
    """A store in a file of its own, which was made elsewhere."""
    folder.mkdir(exist_ok=True)
    file = folder / "mqlsync.db"
    copyfile(template, file)
    engine = open_engine(f"sqlite:///{file}")
    try:
        yield Store(engine, f"sqlite:///{file}")
    finally:
        engine.dispose()


def made(folder: Path) -> Path:
    """An empty store, with all its tables."""
    file = folder / "empty.db"
    engine = open_engine(f"sqlite:///{file}")
    upgrade(engine)
    engine.dispose()
    return file


@dataclass
class Office:
    """A workspace, and what its CRMs tell. Whoever arrives has asked for a demo."""

    workspace: Workspace
    now: int = NOW
    stamps: dict[str, int] = field(default_factory=dict)

    @classmethod
    def opened(cls, folder: Path, store: Store, settings: str = "") -> Office:
        init(folder)
        file = folder / "mqlsync.yaml"
        file.write_text(f"{file.read_text()}\n{settings}\n")
        office = cls(Workspace(load_settings(folder), store, {}, lambda: NOW))
        office.changes()
        return office

    def changes(self, settings: str | None = None, **more: Any) -> None:
        """The operator edits the settings."""
        file = self.workspace.settings.folder / "mqlsync.yaml"
        if settings is not None:
            file.write_text(f"{file.read_text().partition('# test')[0]}# test\n{settings}\n")
        loaded = replace(load_settings(file.parent), home_crm=("salesforce", "hubspot"))
        self.workspace.settings = replace(loaded, **more)

    @property
    def store(self) -> Store:
        return self.workspace.store

    def hears(self, *records: tuple[str, Record], touches: Iterable[Touch] = ()) -> None:
        for crm, record in records:
            stamp = self.stamps[crm + record.id] = self.stamps.get(crm + record.id, 9) + 1
            save_page(self.store, crm, "all", Page("1", True, (record._replace(stamp=stamp),)), self.now)
        save_page(self.store, "hubspot", "touches", Page("1", True, touches=tuple(touches)), self.now)

    def arrives(
        self, name: str, *, crm: str = "hubspot", kind: str = "contact", at: int = NOW - DAY, **more: str
    ) -> None:
        """Somebody who qualifies; `more` are attributes."""
        row = person(name, kind=kind, **more)
        key = f"{crm}:{kind}:{name}"
        self.hears((crm, row), touches=[Touch(key, f"{name} {one}", one, at) for one in ASKED])

    def does(self, name: str, kind: str, *, crm: str = "hubspot", at: int = NOW - DAY // 2) -> None:
        self.hears(touches=[Touch(f"{crm}:contact:{name}", f"{name} {kind} {at}", kind, at)])

    def judges(self, *, one_by_one: bool = False) -> None:
        store = self.store
        wake_owned(store)
        wake_waiting(store, judge_of(self.workspace), self.now)
        while resolve_records(store, 100):
            pass
        wake_touched(store)
        judge = judge_of(self.workspace)
        while one_by_one:
            with store.transaction() as tx:
                people = due_people(tx, self.now, 1)
                if not people:
                    break
                judge_people(store, tx, judge, people, self.now)
        while score_due(store, judge, self.now):
            pass
        decide(store, judge, self.now)

    def tasks(self) -> list[tuple[str, str]]:
        """These are the tasks that stand or shall stand somewhere: the row, and the owner."""
        with self.store.reading() as tx:
            rows = tx.execute(
                text(
                    "SELECT key, payload FROM intent WHERE purpose = 'task' "
                    "AND state IN ('pending', 'sending', 'done', 'rejected') ORDER BY key"
                )
            ).all()
        return [(row.key, orjson.loads(row.payload)["owner_id"]) for row in rows]

    def text(self, name: str) -> str:
        """This is what the latest task of somebody says that waits."""
        with self.store.reading() as tx:
            rows = tx.execute(
                text(
                    "SELECT key, payload FROM intent WHERE purpose = 'task' AND state = 'pending' ORDER BY id"
                )
            ).all()
        return str(orjson.loads([row.payload for row in rows if row.key.endswith(f":{name}")][-1])["body"])

    def sends(self) -> None:
        """Every task that waits is made in its CRM."""
        with self.store.transaction() as tx:
            plan = current_plan(tx)
            assert plan is not None
            decide_plan(tx, plan.id, "released", self.now)
        for crm in ("hubspot", "salesforce"):
            for intent in claim(self.store, crm, "task", self.now, 1_000):
                with self.store.transaction() as tx:
                    settle(tx, intent, "done", self.now, crm_id=f"T{intent.id}")

    def given(self) -> dict[str, list[Assignment]]:
        """These are the assignments of open spells, by whom they are about."""
        with self.store.reading() as tx:
            rows = tx.execute(
                text(
                    "SELECT e.id, MIN(i.key) AS key FROM episode e JOIN identity i ON i.person = e.person "
                    "WHERE e.ended_at = 0 AND i.key NOT LIKE 'email:%' GROUP BY e.id ORDER BY e.id"
                )
            ).all()
            found = assigned(tx, [row.id for row in rows])
        return {row.key.rpartition(":")[2]: found.get(row.id, []) for row in rows}

    def owners(self) -> dict[str, str]:
        """This is who has whom now, by name."""
        return {name: rows[-1].owner_id for name, rows in self.given().items() if rows}


def person(name: str, *, kind: str = "contact", **more: str) -> Record:
    mail = more.pop("email", f"{name}@{name}.example")
    told = GOOD | {"email": mail, "email_domain": mail.partition("@")[2]} | more
    known = {key: value for key, value in told.items() if value}
    return Record(kind, name, 10, 5, attributes=known, keys=(f"email:{mail}",))


def owner(number: str, *, active: str = "true", email: str = "", **more: str) -> Record:
    known = {"active": active, "email": email, **more}
    return Record("owner", number, 10, 5, attributes={key: value for key, value in known.items() if value})


def company(number: str, **more: str) -> Record:
    return Record("company", number, 10, 5, attributes=more)
