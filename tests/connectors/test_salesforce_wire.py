"""What travels between us and an org: answers that are none, bodies that are cut off, tokens that expire."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from salesforce_pages import COLUMNS, ids, read_all, row
from salesforce_stub import (
    DATA,
    JSON,
    PATIENCE,
    TOKEN,
    Call,
    Clock,
    Said,
    Table,
    connector_to,
    nothing_known,
    serving,
)

from connectors.errors import NotAuthorised, OverQuota, Refused, Unreachable
from connectors.records import Page
from connectors.salesforce import SalesforceConnector
from connectors.salesforce.client import Credentials, connected
from connectors.salesforce.grants import ClientSecret
from connectors.salesforce.org import Org

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


def test_a_query_arrives_as_it_was_meant() -> None:
    table = Table([], columns=COLUMNS)
    name = "R&D + 100% #1 é/ü?=;'\\\\\"%41"

    def script(call: Call) -> Said:
        return stub.token() if call.path == TOKEN else table.query(call.query["q"] + " LIMIT 1")

    with serving(script) as stub:
        session, caller = connected(
            Credentials(stub.url, ClientSecret("client", lambda: "secret")),
            port=Clock().port(),
            patience=PATIENCE,
            day_share=1.0,
            own_share=1.0,
        )
        text = f"SELECT Id FROM Lead WHERE Company = '{name}' AND SystemModstamp <= 2027-01-01T00:00:00Z"
        Org(session, caller, Clock().port()).query(text)

    assert [call.query["q"] for call in stub.calls if call.query] == [text]
