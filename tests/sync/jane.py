"""Jane, who asks for a demo, a quote and a call at once, and what becomes of her in the store."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from typing import Any

from sqlalchemy import text

from connectors.records import Page, Record, Touch
from scoring.handoff.calendars import Calendar, Shift
from scoring.handoff.sla import Sla, Slas
from sync.batch import Judge
from sync.clock import DAY, HOUR
from sync.cycle import judge_of
from sync.handoff.clocks import wake_promised
from sync.score import decide, score_due
from sync.store.pages import save_page
from sync.store.people import resolve_records, wake_owned, wake_touched
from sync.workspace import Workspace

MONDAY = 19_996 * DAY  # 2024-09-30
NOW = MONDAY + 9 * HOUR
OFFICE = Calendar(UTC, tuple(Shift(day, 9 * HOUR, 17 * HOUR) for day in range(5)))
PROMISED = Slas(Sla(OFFICE, first_touch=4 * HOUR, decision=16 * HOUR))
JANE = "hubspot:contact:1701"
NAMES = ("email:jane@acme.example",)
KNOWN = {
    "email": "jane@acme.example",
    "email_domain": "acme.example",
    "title": "VP Marketing",
    "company": "Acme",
    "employees": "500",
    "industry": "Software",
    "country": "Germany",
    "owner_id": "9",
}


def judge_in(workspace: Workspace, slas: Slas | None = PROMISED) -> Judge:
    return replace(judge_of(workspace), slas=slas)


def arrive(workspace: Workspace, owner_id: str = "9") -> None:
    """Jane asks for a demo, a quote and a call at once, and we notice it at once."""
    kinds = ("demo_request", "quote_request", "contact_request")
    asked = tuple(Touch(JANE, kind, kind, NOW) for kind in kinds)
    contact = Record("contact", "1701", 10, 5, attributes={**KNOWN, "owner_id": owner_id}, keys=NAMES)
    owner = Record("owner", "9", 10, 5, attributes={"active": "true", "name": "Ann Doe"})
    save_page(workspace.store, "hubspot", "all", Page("1", True, (contact, owner), asked), NOW)
    look(workspace, NOW)


def look(workspace: Workspace, now: int, slas: Slas | None = PROMISED) -> int:
    """One cycle's judging; it returns how many people were looked at."""
    store, judge = workspace.store, judge_in(workspace, slas)
    wake_owned(store)
    while resolve_records(store, 100):
        pass
    wake_touched(store)
    wake_promised(store, slas, now)
    judged = score_due(store, judge, now)
    decide(store, judge, now)
    return judged


def deed(kind: str, at: int, **more: Any) -> Touch:
    return Touch(JANE, f"{kind}:{at}", kind, at, **more)


def happens(workspace: Workspace, *touches: Touch) -> None:
    save_page(workspace.store, "hubspot", "all", Page("2", True, (), touches), NOW)


def rows(workspace: Workspace, sql: str) -> list[Any]:
    with workspace.store.reading() as tx:
        return list(tx.execute(text(sql)).all())


def given(workspace: Workspace, owner: str) -> None:
    """Somebody else owns Jane from now on."""
    contact = Record("contact", "1701", 20, 5, attributes={**KNOWN, "owner_id": owner}, keys=NAMES)
    page = Page("2", True, (contact, Record("owner", owner, 10, 5, attributes={"active": "true"})))
    save_page(workspace.store, "hubspot", "all", page, NOW)


def wake(workspace: Workspace) -> None:
    with workspace.store.transaction() as tx:
        tx.execute(text("UPDATE person SET due_at = 0"))


def of_acme(workspace: Workspace, *keys: str) -> None:
    """These contacts work at one company that HubSpot knows."""
    company = Record("company", "500", 20, 5, attributes={"name": "Acme", "domain": "acme.example"})
    contacts = tuple(
        Record(
            "contact",
            key.rpartition(":")[2],
            20,
            5,
            attributes={**KNOWN, "email": address, "company_id": "500", "company_key": "hubspot:company:500"},
            keys=(f"email:{address}",),
        )
        for key in keys
        for address in ("jane@acme.example" if key == JANE else f"{key.rpartition(':')[2]}@acme.example",)
    )
    save_page(workspace.store, "hubspot", "all", Page("2", True, (company, *contacts)), NOW)
