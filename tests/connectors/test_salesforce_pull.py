"""Reading from Salesforce: nothing is lost, nothing is invented, whatever the wire does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
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

from connectors.errors import NotAuthorised, OverQuota, Refused, Unreachable
from connectors.records import Page
from connectors.salesforce import Options, SalesforceConnector
from connectors.salesforce.ids import long_id
from connectors.salesforce.reading import understood as _understood
from connectors.salesforce.streams import sources

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


def queries(stub: Stub) -> int:
    return len(stub.asked(f"{DATA}/queryAll"))


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
        1, 5000, Id=long_id("0065e0000100001"), IsClosed=True, IsWon=True, CloseDate="2026-05-01", Name="Deal"
    )
    table = Table([deal], columns=COLUMNS)
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
        page = connector_to(stub).pull("opportunities", "", nothing_known)

    assert [touch.kind for touch in page.touches] == ["opportunity_created", "deal_won"]
    assert page.records[0].kind == "deal"


GOOD = b'{"totalSize":2,"done":true,"records":[]}'
ODD = {
    "html": (200, b"<html>maintenance</html>", {"Content-Type": "text/html"}),
    "html that claims to be json": (200, b"<html></html>", JSON),
    "cut json": (200, b'{"totalSize":0,"done":true,"reco', JSON),
    "no records": (200, b'{"totalSize":0,"done":true}', JSON),
    "records null": (200, b'{"totalSize":0,"done":true,"records":null}', JSON),
    "no done": (200, b'{"totalSize":0,"records":[]}', JSON),
    "a list": (200, b"[]", JSON),
    "empty": (200, b"", JSON),
    "bad gateway": (502, b"<html>502</html>", {"Content-Type": "text/html"}),
    "maintenance": (420, b"<html></html>", {"Content-Type": "text/html"}),
    "unavailable": (503, b'[{"message":"Server Unavailable","errorCode":"SERVER_UNAVAILABLE"}]', JSON),
    "redirect": (302, b"", {"Location": "https://elsewhere.example/"}),
}


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("times", [1, 9])
def test_an_answer_that_is_none_is_never_an_empty_page(name: str, times: int) -> None:
    status, body, headers = ODD[name]
    table = Table([row(1, 5000)], columns=COLUMNS)
    left = [None] * times

    def script(call: Call) -> Said:
        if call.path == TOKEN:
            return stub.token()
        if call.path.endswith("/describe"):
            return table.describe("Lead")
        if left:
            left.pop()
            return Said(status, body, dict(headers))
        return table.query(call.query["q"])

    with serving(script) as stub:
        connector = connector_to(stub)
        if times == 1:
            assert ids([connector.pull("leads", "", nothing_known)]) == [row(1, 0)["Id"]]
        else:
            with pytest.raises(Unreachable):
                connector.pull("leads", "", nothing_known)


@pytest.mark.parametrize("rows", [[], [None], [{"Id": "odd"}], "same"])
def test_a_page_that_leads_nowhere_is_an_error_and_no_endless_loop(rows: Any) -> None:
    page = [row(1, 60)] if rows == "same" else rows

    def script(call: Call) -> Said:
        if call.path == TOKEN:
            return stub.token()
        return Said(body={"totalSize": 9, "done": False, "records": page})

    def pull_twice(connector: SalesforceConnector) -> Page:
        return connector.pull("users", connector.pull("users", "", nothing_known).cursor, nothing_known)

    with serving(script) as stub, pytest.raises(Unreachable, match="leads nowhere"):
        pull_twice(connector_to(stub))


def test_fewer_rows_than_announced_are_not_believed() -> None:
    def script(call: Call) -> Said:
        if call.path == TOKEN:
            return stub.token()
        return Said(body=GOOD)

    with serving(script) as stub, pytest.raises(Unreachable, match="2 rows were announced, 0 came"):
        connector_to(stub).pull("users", "", nothing_known)


def test_a_body_that_is_cut_off_anywhere_is_asked_for_again() -> None:
    table = Table([row(1, 5000)], columns=COLUMNS)
    whole = table.query("SELECT Id FROM Lead WHERE SystemModstamp <= 2027-01-01T00:00:00Z LIMIT 2000").bytes
    cuts = list(range(0, len(whole), 17))
    faults = list(cuts)

    def script(call: Call) -> Said:
        if call.path == TOKEN:
            return stub.token()
        if call.path.endswith("/describe"):
            return table.describe("Lead")
        said = table.query(call.query["q"])
        return Said(body=said.bytes, cut=faults.pop()) if faults and len(stub.calls) % 2 else said

    with serving(script) as stub:
        connector = connector_to(stub)
        for _ in cuts:
            assert ids([connector.pull("leads", "", nothing_known)]) == [row(1, 0)["Id"]]

    assert not faults


def test_a_server_that_never_answers_is_left_in_time() -> None:
    def script(call: Call) -> Said:
        return stub.token() if call.path == TOKEN else Said(silent=True)

    with serving(script) as stub, pytest.raises(Unreachable):
        connector_to(stub).pull("users", "", nothing_known)

    assert len(stub.asked(DATA)) == 3


def expired() -> Said:
    return Said(401, [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}])


@pytest.mark.parametrize("nth", range(1, 5))
def test_a_token_that_expires_at_any_call_is_renewed_once(nth: int) -> None:
    table = Table([row(n, 5000) for n in range(6)], 3, COLUMNS)
    count = [0]

    def script(call: Call) -> Said:
        if call.path == TOKEN:
            return stub.token()
        count[0] += 1
        if count[0] == nth:
            return expired()
        if call.path.endswith("/describe"):
            return table.describe("Lead")
        return table.query(call.query["q"])

    with serving(script) as stub:
        pages, _ = read_all(connector_to(stub))

    assert len(ids(pages)) == 6
    assert stub.logins == 2
    assert stub.calls[-1].headers["authorization"] == "Bearer token-2"
    assert "x-prettyprint" not in stub.calls[-1].headers


def test_eight_threads_that_meet_one_expiry_log_in_once() -> None:
    table = Table([], columns=COLUMNS)
    dead = {"Bearer token-1"}

    def script(call: Call) -> Said:
        if call.path == TOKEN:
            return stub.token()
        return expired() if call.headers["authorization"] in dead else table.query(call.query["q"])

    with serving(script) as stub:
        connector = connector_to(stub)
        dead.clear()
        connector.pull("users", "", nothing_known)
        dead.add("Bearer token-1")
        with ThreadPoolExecutor(8) as pool:
            pages = list(pool.map(lambda _: connector.pull("users", "", nothing_known), range(8)))

    assert all(page.caught_up for page in pages)
    assert stub.logins == 2


def test_a_netrc_file_does_not_replace_our_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password else")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    table = Table([], columns=COLUMNS)

    def script(call: Call) -> Said:
        return stub.token() if call.path == TOKEN else table.query(call.query["q"])

    with serving(script) as stub:
        connector_to(stub).pull("users", "", nothing_known)

    assert stub.calls[-1].headers["authorization"] == "Bearer token-1"


@pytest.mark.parametrize("said", [expired(), Said(401, b"Bad_OAuth_Token", {"Content-Type": "text/html"})])
def test_a_lasting_401_stops_after_one_renewal(said: Said) -> None:
    def script(call: Call) -> Said:
        return stub.token() if call.path == TOKEN else said

    with serving(script) as stub:
        connector = connector_to(stub)
        for stream in ("users", "campaigns", "events"):
            with pytest.raises(NotAuthorised):
                connector.pull(stream, "", nothing_known)

    assert stub.logins == 2


@pytest.mark.parametrize(
    ("status", "error"),
    [(400, "invalid_grant"), (400, "invalid_client"), (401, "invalid_client"), (400, "invalid_app_access")],
)
def test_a_refused_login_is_not_repeated(status: int, error: str) -> None:
    clock = Clock()

    def script(call: Call) -> Said:
        return Said(status, {"error": error, "error_description": "authentication failure"})

    with serving(script) as stub:
        connector = connector_to(stub, clock=clock)
        for _ in range(3):
            with pytest.raises(NotAuthorised, match="authentication failure"):
                connector.pull("users", "", nothing_known)
        assert stub.logins == 1

        clock.sleep(301.0)
        with pytest.raises(NotAuthorised):
            connector.pull("users", "", nothing_known)
        assert stub.logins == 2


def test_the_secret_is_in_no_error() -> None:
    def script(call: Call) -> Said:
        return Said(400, {"error": "invalid_grant", "error_description": "for jane@example.com"})

    with serving(script) as stub, pytest.raises(NotAuthorised) as raised:
        connector_to(stub).pull("users", "", nothing_known)

    assert "secret" not in str(raised.value)
    assert "jane@" not in str(raised.value)
    assert raised.value.__cause__ is None


def test_an_empty_pool_of_calls_stops_and_one_for_long_calls_only_slows_down() -> None:
    words = ["TotalRequests Limit exceeded."]
    concurrent = ["ConcurrentRequests (Concurrent API Requests) Limit exceeded."]
    table = Table([], columns=COLUMNS)

    def script(call: Call) -> Said:
        if call.path == TOKEN:
            return stub.token()
        if left:
            return Said(403, [{"message": left.pop(), "errorCode": "REQUEST_LIMIT_EXCEEDED"}])
        return table.query(call.query["q"])

    with serving(script) as stub:
        left = concurrent
        assert connector_to(stub).pull("users", "", nothing_known).caught_up
        left = words
        with pytest.raises(OverQuota):
            connector_to(stub).pull("users", "", nothing_known)


def test_the_orgs_own_count_of_calls_is_read_and_the_share_is_kept() -> None:
    table = Table([], columns=COLUMNS)

    def script(call: Call) -> Said:
        if call.path == TOKEN:
            return stub.token()
        said = table.query(call.query["q"])
        return Said(
            body=said.bytes,
            headers=JSON
            | {"Sforce-Limit-Info": f"api-usage={used[0]}/1000; per-app-api-usage=1/2(appName=x)"},
        )

    with serving(script) as stub:
        connector = connector_to(stub)
        used = [799]
        connector.pull("users", "", nothing_known)
        assert (connector.usage.day_used, connector.usage.day_limit) == (799, 1000)
        used = [800]
        connector.pull("users", "", nothing_known)
        with pytest.raises(OverQuota):
            connector.pull("users", "", nothing_known)
        assert connector.usage.calls == 3


def test_a_refused_query_costs_its_stream_and_without_people_there_is_no_run() -> None:
    def script(call: Call) -> Said:
        if call.path == TOKEN:
            return stub.token()
        return Said(400, [{"message": "unexpected token: 'x'", "errorCode": "MALFORMED_QUERY"}])

    with serving(script) as stub:
        page = connector_to(stub).pull("users", "", nothing_known)
        with pytest.raises(Refused, match="unexpected token"):
            connector_to(stub).pull("leads", "", nothing_known)

    assert page.caught_up
    assert ["unexpected token" in each.reason for each in page.unread] == [True]


@pytest.mark.parametrize(
    "url", ["http://acme.my.salesforce.com", "ftp://127.0.0.1", "acme.my.salesforce.com", ""]
)
def test_credentials_never_travel_unencrypted(url: str) -> None:
    def script(call: Call) -> Said:
        return Said(body={"access_token": "t", "instance_url": url})

    with serving(script) as stub, pytest.raises(Unreachable, match="no https address"):
        connector_to(stub).pull("users", "", nothing_known)
