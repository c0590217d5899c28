"""Reading from Salesforce: nothing is lost, nothing is invented, whatever the wire does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from salesforce_pages import COLUMNS, ids, org, queries, read_all, row
from salesforce_stub import (
    DATA,
    JSON,
    NOW,
    TOKEN,
    Call,
    Clock,
    Said,
    Stub,
    Table,
    connector_to,
    nothing_known,
    serving,
)

from connectors.salesforce import Options
from connectors.salesforce.ids import long_id
from connectors.salesforce.reading import understood as _understood
from connectors.salesforce.streams import sources


@pytest.mark.parametrize("page_size", [61, 200, 999, 1000, 1999, 2000])
def test_2086_rows_with_423_stamps_are_read_completely_at_every_page_size(page_size: int) -> None:
    table = Table([row(n, 9_000_000 - (n * n) % 423) for n in range(2086)], page_size, COLUMNS)
    stubs: list[Stub] = []
    with serving(org(table, stubs)) as stub:
        stubs.append(stub)
        connector = connector_to(stub)

        first, cursor = read_all(connector)
        table.rows = [
            each | {"SystemModstamp": row(0, 100 + n % 5)["SystemModstamp"]}
            for n, each in enumerate(table.rows)
        ]
        second, _ = read_all(connector, cursor)

    expected = sorted(each["Id"] for each in table.rows)
    assert sorted(ids(first)) == expected
    assert sorted(ids(second)) == expected
    assert first[0].expected == 2086


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(stamps=st.lists(st.integers(0, 4), max_size=9), page_size=st.integers(1, 4))
def test_ties_across_page_edges_lose_nothing(stamps: list[int], page_size: int) -> None:
    table = Table([row(n, 60 + ago) for n, ago in enumerate(stamps)], page_size, COLUMNS)
    stubs: list[Stub] = []
    with serving(org(table, stubs)) as stub:
        stubs.append(stub)

        increments, _ = read_all(connector_to(stub), f'{{"since":{int(NOW.timestamp())}000000}}')
        first, _ = read_all(connector_to(stub))

    assert ids(increments) == [
        each["Id"] for each in sorted(table.rows, key=lambda r: (r["SystemModstamp"], r["Id"]))
    ]
    assert ids(first) == [each["Id"] for each in table.rows]


def test_rows_that_change_while_they_are_read_are_read_in_the_end() -> None:
    table = Table([row(n, 5000) for n in range(6)], 2, COLUMNS)
    stubs: list[Stub] = []
    with serving(org(table, stubs)) as stub:
        stubs.append(stub)
        connector = connector_to(stub)

        page = connector.pull("leads", "", nothing_known)
        table.rows[4] |= {"SystemModstamp": row(4, -5)["SystemModstamp"]}
        table.rows.append(row(9, -5))
        rest, cursor = read_all(connector, page.cursor)
        stub.now = NOW + timedelta(seconds=60)
        after, _ = read_all(connector_to(stub), cursor)

    assert sorted(set(ids([page, *rest]))) == [row(n, 0)["Id"] for n in (0, 1, 2, 3, 5)]
    assert {row(4, 0)["Id"], row(9, 0)["Id"]} <= set(ids(after))


def test_a_row_that_shows_up_late_with_an_older_stamp_is_not_lost_and_known_rows_are_dropped() -> None:
    table = Table([row(1, 30)], columns=COLUMNS)
    stubs: list[Stub] = []
    with serving(org(table, stubs)) as stub:
        stubs.append(stub)
        connector = connector_to(stub)
        _, cursor = read_all(connector)
        table.rows.append(row(2, 500))
        asked: list[Any] = []

        def known(kind: str, held: Sequence[tuple[str, int]]) -> frozenset[str]:
            asked.append((kind, held))
            return frozenset({row(1, 0)["Id"]})

        before = len(stub.calls)
        pages, _ = read_all(connector, cursor, known)

    assert ids(pages) == [row(2, 0)["Id"]]
    assert asked[0][0] == "lead"
    assert len(stub.calls) == before + 1


@pytest.mark.parametrize(("changed", "waits"), [(200, False), (201, True)])
def test_after_a_bulk_change_polls_cost_one_request_and_late_rows_come_when_all_has_settled(
    changed: int, waits: bool
) -> None:
    table = Table([row(n, 60) for n in range(changed)], 100, COLUMNS)
    stubs: list[Stub] = []
    with serving(org(table, stubs)) as stub:
        stubs.append(stub)
        connector = connector_to(stub)
        _, cursor = read_all(connector)
        table.rows.append(row(5000, 300))
        stub.now = NOW + timedelta(seconds=60)
        before = queries(stub)
        polled, cursor = read_all(connector_to(stub), cursor)
        asked = queries(stub) - before
        table.rows.append(row(5001, -65))
        stub.now = NOW + timedelta(seconds=120)
        soon, cursor = read_all(connector_to(stub), cursor)
        stub.now = NOW + timedelta(seconds=599)
        early, cursor = read_all(connector_to(stub), cursor)
        stub.now = NOW + timedelta(seconds=602)
        settled, cursor = read_all(connector_to(stub), cursor)

    late, fresh = long_id("00Q5e0000105000"), long_id("00Q5e0000105001")
    assert (late in ids(polled)) is not waits
    assert (asked == 1) is waits
    assert fresh in ids(soon)
    assert not (waits and late in ids(early))
    assert late in ids([*polled, *settled])


def test_polls_of_one_clock_are_one_request_for_each_five_streams() -> None:
    stubs: list[Stub] = []
    with serving(org(Table([], columns=COLUMNS), stubs)) as stub:
        stubs.append(stub)
        connector = connector_to(stub)
        cursors = {
            each.name: connector.pull(each.name, "", nothing_known).cursor for each in connector.streams()
        }
        clocks = Counter(each.every_s for each in connector.streams() if each.name != "deletions")
        before = len(stub.calls)

        for name, cursor in cursors.items():
            page = connector.pull(name, cursor, nothing_known)
            assert page.caught_up
            assert not page.records

    assert len(stub.calls) - before == sum(-(-streams // 5) for streams in clocks.values())
    assert clocks[0] == 5


def test_only_fields_that_the_org_shows_are_asked_for() -> None:
    stubs: list[Stub] = []
    with serving(org(Table([], columns=(*COLUMNS, "MQL_Score__c")), stubs)) as stub:
        stubs.append(stub)
        connector_to(stub).pull("leads", "", nothing_known)

    asked = stub.asked(f"{DATA}/queryAll")[0].query["q"]
    assert "MQL_Score__c" in asked
    assert "MQL_Grade__c" not in asked
    assert "UTM_Source__c" not in asked


def test_a_field_that_vanishes_between_two_pages_is_left_out() -> None:
    table = Table([row(1, 5000)], columns=(*COLUMNS, "UTM_Source__c"))
    stubs: list[Stub] = []
    inner = org(table, stubs)

    def script(call: Call) -> Said:
        if "UTM_Source__c" in call.query.get("q", "") and "UTM_Source__c" not in table.columns:
            words = "No such column 'UTM_Source__c' on entity 'Lead'."
            return Said(400, [{"message": words, "errorCode": "INVALID_FIELD"}])
        said: Said = inner(call)
        return said

    with serving(script) as stub:
        stubs.append(stub)
        connector = connector_to(stub)
        connector.pull("leads", "", nothing_known)
        table.columns = COLUMNS

        pages, _ = read_all(connector)

    assert ids(pages) == [row(1, 0)["Id"]]


def test_fields_of_a_parent_that_our_user_may_not_see_are_refused_once() -> None:
    table = Table([row(1, 60, Id=long_id("0035e0000100001"))], columns=COLUMNS)
    stubs: list[Stub] = []
    inner = org(table, stubs)

    def script(call: Call) -> Said:
        if "Account." in call.query.get("q", ""):
            return Said(400, [{"message": "no relationship 'Account'", "errorCode": "INVALID_FIELD"}])
        said: Said = inner(call)
        return said

    with serving(script) as stub:
        stubs.append(stub)
        connector = connector_to(stub)
        first = connector.pull("contacts", "", nothing_known)
        before = len(stub.calls)
        connector.pull("contacts", first.cursor, nothing_known)

    assert len(first.records) == 1
    assert len(stub.calls) == before + 1


def test_a_description_that_did_not_change_is_not_sent_again() -> None:
    table = Table([], columns=COLUMNS)
    clock = Clock()

    def script(call: Call) -> Said:
        if call.path == TOKEN:
            return stub.token()
        if not call.path.endswith("/describe"):
            return table.query(call.query["q"])
        if call.headers.get("if-none-match") == '"v1"':
            return Said(304, b"", {})
        return Said(body=table.describe("Lead").bytes, headers=JSON | {"ETag": '"v1"'})

    with serving(script) as stub:
        connector = connector_to(stub, clock=clock)
        for _ in range(2):
            connector.pull("leads", "", nothing_known)
            clock.sleep(3600.0)

    asked = [call for call in stub.calls if call.path.endswith("/describe")]
    assert ["if-none-match" in call.headers for call in asked] == [False, True]
    assert "Email" in stub.calls[-1].query["q"]


def test_an_object_that_our_user_may_not_see_costs_its_stream_only() -> None:
    def script(call: Call) -> Said:
        if call.path == TOKEN:
            return stub.token()
        return Said(
            400, [{"message": "sObject type 'Campaign' is not supported.", "errorCode": "INVALID_TYPE"}]
        )

    with serving(script) as stub:
        page = connector_to(stub).pull("campaigns", "", nothing_known)

    assert page.cursor == ""
    assert page.caught_up
    assert "may not see Campaign" in page.unread[0].reason


def test_one_row_that_cannot_be_read_costs_one_row() -> None:
    table = Table([row(n, 5000) for n in range(100)], columns=COLUMNS)
    table.rows[41] |= {"CreatedDate": "soon"}
    stubs: list[Stub] = []
    with serving(org(table, stubs)) as stub:
        stubs.append(stub)
        pages, _ = read_all(connector_to(stub))

    assert len(ids(pages)) == 99
    assert [each.id for each in pages[0].unread] == [row(41, 0)["Id"]]
    assert b"soon" in pages[0].unread[0].raw


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=300, deadline=None)
@given(data=st.data(), junk=JSON_VALUES)
def test_no_row_however_odd_breaks_its_page(data: st.DataObject, junk: Any) -> None:
    source = data.draw(st.sampled_from(list(sources(Options()).values())))
    name = data.draw(st.sampled_from([each.partition(".")[0] for each in source.fields]))
    odd = junk if data.draw(st.booleans()) and not isinstance(junk, dict) else row(1, 60) | {name: junk}

    records, _, unread, _ = _understood(source, [odd, row(2, 60)])

    assert len(records) + len(unread) >= (1 if source.record else 0)
    assert all(isinstance(each.raw, bytes) and each.reason for each in unread)


def test_rows_are_read_in_their_order() -> None:
    found: list[Mapping[str, Any]] = [row(number, 60) for number in (3, 1, 2)]
    ids = [each["Id"] for each in found]

    records, *_ = _understood(sources(Options())["leads"], found)

    assert [record.id for record in records] == ids


def test_changed_opportunities_bring_their_contacts_along() -> None:
    deal = row(
        1, 5, Id=long_id("0065e0000100001"), IsClosed=True, IsWon=True, CloseDate="2026-05-01", Name="Deal"
    )
    table = Table([], columns=COLUMNS)
    stubs: list[Stub] = []
    inner = org(table, stubs)
    role = {
        "Id": long_id("00K5e0000100001"),
        "OpportunityId": deal["Id"],
        "ContactId": long_id("0035e0000100001"),
    }

    def script(call: Call) -> Said:
        if "FROM OpportunityContactRole" in call.query.get("q", ""):
            return Said(body={"totalSize": 1, "done": True, "records": [role]})
        said: Said = inner(call)
        return said

    with serving(script) as stub:
        stubs.append(stub)
        connector = connector_to(stub)
        cursor = connector.pull("opportunities", "", nothing_known).cursor
        table.rows.append(deal)
        page = connector.pull("opportunities", cursor, nothing_known)

    assert [touch.kind for touch in page.touches] == ["opportunity_created", "deal_won"]
    assert page.records[0].kind == "deal"
