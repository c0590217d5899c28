"""Leads of one org, read page by page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from salesforce_stub import DATA, NOW, TOKEN, Call, Said, Stub, Table, nothing_known

from connectors.records import Page
from connectors.salesforce import SalesforceConnector
from connectors.salesforce.ids import long_id

COLUMNS = ("Id", "Email", "SystemModstamp", "CreatedDate", "IsDeleted", "Status")
PAGES_MAX = 400


def row(number: int, seconds_ago: int, **more: Any) -> dict[str, Any]:
    stamp = (NOW - timedelta(seconds=seconds_ago)).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    return {
        "attributes": {"type": "Lead"},
        "Id": long_id(f"00Q5e00001{number:05d}"),
        "SystemModstamp": stamp,
        "CreatedDate": stamp,
        "IsDeleted": False,
        "Email": f"p{number}@example.com",
    } | more


def org(table: Table, stub_of: list[Stub]) -> Any:
    def script(call: Call) -> Said:
        if call.path == TOKEN:
            return stub_of[0].token()
        if call.path.endswith("/describe"):
            return table.describe(call.path.split("/")[-2])
        if call.path.endswith("/composite"):
            return table.together(call)
        return table.query(call.query["q"])

    return script


def read_all(
    connector: SalesforceConnector, cursor: str = "", known: Any = nothing_known
) -> tuple[list[Page], str]:
    pages: list[Page] = []
    for _ in range(PAGES_MAX):
        pages.append(connector.pull("leads", cursor, known))
        cursor = pages[-1].cursor
        if pages[-1].caught_up:
            return pages, cursor
    raise AssertionError("no end")


def ids(pages: Sequence[Page]) -> list[str]:
    return [record.id for page in pages for record in page.records]


def queries(stub: Stub) -> int:
    return len(stub.asked(f"{DATA}/queryAll"))
