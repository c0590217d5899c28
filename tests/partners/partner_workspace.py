"""A small workspace with two partners, judged as a cycle judges, without a CRM."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from connectors.records import Page, Record, Touch, email_key, key_of
from scoring.touches import DAY
from sync.cycle import judge_of
from sync.score import score_due
from sync.store.pages import save_page
from sync.store.people import resolve_records, wake_touched
from sync.workspace import Workspace

NOW = 20_500 * DAY  # 2026-02-16
SITE = "https://acme.example/"
SETTINGS = """\
workspace: test
connections: {hubspot: {url: "http://127.0.0.1:9"}}
own_domains: [acme.example]
"""
PARTNERS = """\
partners:
  kestrel:
    name: Kestrel Consulting
    tier: gold
    campaigns: "kestrel-*"
  orbis: {name: Orbis Networks, tier: silver}
"""


@dataclass
class Bench:
    """A workspace and what a connector would have read into it."""

    folder: Path
    work: Workspace
    now: list[int]
    records: int = 0
    touches: int = 0
    people: dict[str, str] = field(default_factory=dict)

    def person(self, email: str, **attributes: str) -> str:
        """This is somebody whom the CRM has; her key."""
        self.records += 1
        at = NOW - 100 * DAY
        told = {"email": email, **attributes}
        record = Record("contact", str(self.records), at, at, attributes=told, keys=(email_key(email),))
        save_page(self.work.store, "hubspot", "contacts", Page("", True, records=(record,)), self.now[0])
        return key_of("hubspot", "contact", record.id)

    def did(self, key: str, *touches: dict[str, str | int]) -> None:
        """These are things that she did; `days_ago` says when."""
        found = []
        for touch in touches:
            self.touches += 1
            values = {"kind": "page_view", "url": SITE, **touch}
            at = NOW - int(values.pop("days_ago")) * DAY
            found.append(Touch(key, f"t{self.touches}", occurred_at=at, recorded_at=at, **values))  # type: ignore[arg-type]
        save_page(self.work.store, "hubspot", "events", Page("", True, touches=tuple(found)), self.now[0])

    def judge(self) -> None:
        while resolve_records(self.work.store, 500):
            pass
        wake_touched(self.work.store)
        while score_due(self.work.store, judge_of(self.work), self.now[0]):
            pass

    def wants(self, key: str, days_ago: int = 2) -> None:
        """This makes an MQL of her by any definition that is shipped."""
        visits = [{"days_ago": days_ago, "page": "/pricing", "url": SITE + "pricing"} for _ in range(3)]
        self.did(
            key,
            *visits,
            {"days_ago": days_ago, "kind": "demo_request", "asset": "Demo"},
            {"days_ago": days_ago, "kind": "webinar_attendance", "asset": "Webinar"},
            {"days_ago": days_ago, "kind": "content_download", "asset": "White paper"},
        )

    def rows(self, statement: str) -> list[Sequence[object]]:
        from sqlalchemy import text  # noqa: PLC0415

        with self.work.store.reading() as tx:
            return [tuple(row) for row in tx.execute(text(statement))]
