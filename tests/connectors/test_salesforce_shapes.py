"""What an admin does to fields while we read: adds them, changes them, deletes them, hides them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from salesforce_pages import COLUMNS, ids, org, queries, read_all, row
from salesforce_stub import DATA, TOKEN, Call, Clock, Said, Table, connector_to, nothing_known, serving

from connectors.salesforce import Options, OriginFields
from connectors.salesforce.instants import DAY, SECOND
from connectors.salesforce.org import Rows
from connectors.salesforce.questions import ADDRESS_MAX, joined

HOUR_S = 3600.0


def polled(table: Table, change: Any, *, wait_s: float = HOUR_S) -> list[str]:
    """These ids a poll reads after an old load and a change of the org."""
    stubs: list[Any] = []
    clock = Clock()
    with serving(org(table, stubs)) as stub:
        stubs.append(stub)
        connector = connector_to(stub, clock=clock)
        _, cursor = read_all(connector)
        change(table)
        clock.sleep(wait_s)
        stub.now += timedelta(seconds=wait_s)
        pages, _ = read_all(connector, cursor)
        return ids(pages)


def old_table(*more: str) -> Table:
    return Table([row(n, 9_000_000) for n in range(3)], 2, (*COLUMNS, *more))


def add_field(table: Table) -> None:
    table.columns = (*table.columns, "UTM_Source__c")


def add_our_field(table: Table) -> None:
    table.columns = (*table.columns, "MQL_Score__c")


def test_a_field_that_appears_later_is_read_for_all_rows() -> None:
    assert len(polled(old_table(), add_field)) == 3


def test_a_field_that_appears_is_noticed_when_the_description_is_an_hour_old() -> None:
    assert polled(old_table(), add_field, wait_s=HOUR_S - 1) == []


def test_our_own_field_is_no_reason_to_read_everything_again() -> None:
    assert polled(old_table(), add_our_field) == []


def test_nothing_is_read_again_where_nothing_changed() -> None:
    assert polled(old_table("UTM_Source__c"), lambda _: None) == []


@pytest.mark.parametrize(("seconds", "again"), [(DAY // SECOND - 1, 0), (DAY // SECOND, 3)])
def test_formulas_are_read_again_after_a_day(seconds: int, again: int) -> None:
    table = old_table("UTM_Source__c")
    plain = table.describe

    def describe(name: str) -> Said:
        body = plain(name).body
        for field in body["fields"]:
            field["calculated"] = field["name"] == "UTM_Source__c"
        return Said(body=body)

    table.describe = describe  # type: ignore[method-assign]  # the org's answer, not our code
    assert len(polled(table, lambda _: None, wait_s=float(seconds))) == again


@pytest.mark.parametrize("code", ["INVALID_FIELD", "MALFORMED_QUERY"])
def test_a_field_that_is_deleted_while_we_read_is_left_out_whatever_the_org_calls_it(code: str) -> None:
    table = Table([row(n, 5000) for n in range(4)], 2, (*COLUMNS, "UTM_Source__c"))

    def script(call: Call) -> Said:
        if call.path == TOKEN:
            return stub.token()
        if call.path.endswith("/describe"):
            return table.describe("Lead")
        if "UTM_Source__c" in call.query["q"] and "UTM_Source__c" not in table.columns:
            return Said(400, [{"message": "No such column", "errorCode": code}])
        return table.query(call.query["q"])

    with serving(script) as stub:
        connector = connector_to(stub)
        first = connector.pull("leads", "", nothing_known)
        table.columns = COLUMNS
        rest, _ = read_all(connector, first.cursor)

    assert len(set(ids([first, *rest]))) == 4


def test_a_field_list_too_long_for_an_address_is_asked_in_parts() -> None:
    long_name = "X" * (ADDRESS_MAX - 2_000) + "__c"
    options = Options(origin=OriginFields(utm_source=long_name, utm_medium="UTM_Medium__c"))
    rows = [row(n, 5000, **{long_name: f"source {n}", "UTM_Medium__c": "cpc"}) for n in range(5)]
    table = Table(rows, 2, (*COLUMNS, long_name, "UTM_Medium__c", *(f"MQL_{n}__c" for n in range(3))))
    stubs: list[Any] = []
    with serving(org(table, stubs)) as stub:
        stubs.append(stub)
        pages, _ = read_all(connector_to(stub, options=options))
        asked = stub.asked(f"{DATA}/queryAll")

    assert len({record.id for page in pages for record in page.records}) == 5
    assert {r.attributes["utm_source"] for page in pages for r in page.records} == {
        f"source {n}" for n in range(5)
    }
    assert all(len(call.query["q"]) <= ADDRESS_MAX for call in asked)


def test_parts_are_joined_up_to_where_the_shortest_ends_and_without_rows_that_left() -> None:
    a = Rows([{"Id": "1", "A": 1}, {"Id": "2", "A": 2}, {"Id": "3", "A": 3}], 3, True)
    b = Rows([{"Id": "1", "B": 1}, {"Id": "3", "B": 3}], 3, False)

    found = joined([a, b])

    assert found == Rows([{"Id": "1", "A": 1, "B": 1}, {"Id": "3", "A": 3, "B": 3}], 3, False)
    assert joined([a, replace(a, rows=[{**each, "C": 0} for each in a.rows])]).rows[1]["C"] == 0


def test_the_next_poll_begins_where_the_load_ended_also_after_a_reload() -> None:
    table = old_table()
    stubs: list[Any] = []
    clock = Clock()
    with serving(org(table, stubs)) as stub:
        stubs.append(stub)
        connector = connector_to(stub, clock=clock)
        _, cursor = read_all(connector)
        add_field(table)
        clock.sleep(HOUR_S)
        _, cursor = read_all(connector, cursor)
        before = queries(stub)
        pages, _ = read_all(connector, cursor)

    assert ids(pages) == []
    assert queries(stub) - before == 1
