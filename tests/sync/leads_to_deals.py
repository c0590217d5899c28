"""People, their visits and their deals, as HubSpot would tell of them."""

from __future__ import annotations

from typing import Any

from connectors.records import Page, Record, Touch
from sync.clock import DAY
from sync.store.engine import Store
from sync.store.pages import save_page
from sync.store.people import resolve_records, wake_touched

NOW = 20_000 * DAY
HERE = "https://my-company.com/"
PAID, NEWS = "?utm_source=google&utm_medium=cpc&utm_campaign=Spring", "?utm_source=news&utm_medium=email"


def contact(number: int, company: str = "") -> Record:
    told = {"email": f"p{number}@x.example"} | (
        {"company_key": f"hubspot:company:{company}"} if company else {}
    )
    return Record(
        "contact", str(number), 1, NOW - 50 * DAY, attributes=told, keys=(f"email:p{number}@x.example",)
    )


def deal(number: int, **told: Any) -> Record:
    return Record(
        "deal", str(number), NOW - DAY, NOW - 10 * DAY, attributes={"name": f"Deal {number}", **told}
    )


def visit(number: int, link: str, days_ago: int) -> Touch:
    key = f"hubspot:contact:{number}"
    return Touch(key, f"visit:{number}:{days_ago}", "page_view", NOW - days_ago * DAY, url=HERE + link)


def turn(deal_id: int, kind: str, number: int, days_ago: int) -> Touch:
    key = f"hubspot:contact:{number}"
    return Touch(key, f"deal:{deal_id}:{kind}:{number}", kind, NOW - days_ago * DAY, provenance="deal")


def read(store: Store, *rows: Record | Touch) -> None:
    records = tuple(row for row in rows if isinstance(row, Record))
    touches = tuple(row for row in rows if isinstance(row, Touch))
    save_page(store, "hubspot", "all", Page("1", True, records, touches), NOW)
    while resolve_records(store, 100):
        pass
    wake_touched(store)


WON = (
    deal(7, amount=100.5, currency="EUR", is_won="true", is_closed="true"),
    turn(7, "opportunity_created", 1, 10),
    turn(7, "opportunity_created", 2, 10),
    turn(7, "deal_won", 1, 2),
    turn(7, "deal_won", 2, 2),
)
