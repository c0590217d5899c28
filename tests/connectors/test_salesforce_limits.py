"""The org's pool of calls: what all use of it, what we use, and when we stop."""

from __future__ import annotations

import pytest
from salesforce_stub import JSON, PATIENCE, TOKEN, Call, Clock, Said, Script, Stub, serving

from connectors.errors import OverQuota
from connectors.salesforce import Options, SalesforceConnector, connect
from connectors.salesforce.share import Share

HOUR_S = 3_600.0
EMPTY = {"totalSize": 0, "done": True, "records": []}


def asked(stub: Stub, clock: Clock, **options: float) -> SalesforceConnector:
    chosen = Options(**options)  # type: ignore[arg-type]  # the shares alone
    return connect(stub.url, "client", lambda: "s", port=clock.port(), patience=PATIENCE, options=chosen)


def pull(connector: SalesforceConnector, cursor: str = "") -> str:
    """This reads one page and hands back the bookmark behind it."""
    return connector.pull("users", cursor, lambda *_: frozenset()).cursor


def answering(info: str) -> tuple[list[Stub], Script]:
    stubs: list[Stub] = []

    def script(call: Call) -> Said:
        if call.path == TOKEN:
            return stubs[0].token()
        return Said(body=EMPTY, headers={**JSON, "Sforce-Limit-Info": info})

    return stubs, script


@pytest.mark.parametrize(
    ("info", "left"),
    [
        ("api-usage=100/1000", 500 - 1),  # our own share is the smaller one
        ("api-usage=700/1000", 100),
        ("api-usage=100/1000; per-app-api-usage=17/250(appName=mqlsync)", 500 - 1),
        ("nonsense", 0),
    ],
)
def test_what_is_left_is_the_smaller_of_the_orgs_share_and_ours(info: str, left: int) -> None:
    stubs, script = answering(info)
    with serving(script) as stub:
        stubs.append(stub)
        connector = asked(stub, Clock())
        pull(connector)

    assert connector.usage.day_left == left


def test_our_own_share_is_a_hard_stop_and_comes_back_after_a_day() -> None:
    stubs, script = answering("api-usage=100/1000")
    clock = Clock()
    with serving(script) as stub:
        stubs.append(stub)
        connector = asked(stub, clock, own_share=0.003)
        for _ in range(3):
            pull(connector)
        made = len(stub.calls)
        with pytest.raises(OverQuota, match="our own share"):
            pull(connector)
        assert len(stub.calls) == made
        clock.sleep(24 * HOUR_S)
        pull(connector)


def test_a_quota_that_an_admin_gave_this_app_stops_us_too() -> None:
    stubs, script = answering("api-usage=100/1000; per-app-api-usage=250/250(appName=mqlsync)")
    with serving(script) as stub:
        stubs.append(stub)
        connector = asked(stub, Clock())
        pull(connector)
        with pytest.raises(OverQuota):
            pull(connector)


def test_an_hour_is_forgotten_a_day_later_and_not_before() -> None:
    clock = Clock()
    share = Share(clock.port(), 0.5)
    share.count()
    share.count()

    clock.sleep(23 * HOUR_S)
    assert (share.used, share.left(10)) == (2, 3)
    clock.sleep(HOUR_S)
    assert (share.used, share.left(10)) == (0, 5)


def test_what_was_used_before_a_restart_counts_until_its_day_is_over() -> None:
    stubs, script = answering("api-usage=100/1000")
    clock = Clock()
    with serving(script) as stub:
        stubs.append(stub)
        first = asked(stub, clock, own_share=0.003)
        pull(first)
        cursor = pull(first)
        made = len(stub.calls)
        clock.sleep(HOUR_S)

        second = asked(stub, clock, own_share=0.003)
        cursor = pull(second, cursor)  # a new process hears of the pool with its first answer
        with pytest.raises(OverQuota, match="our own share"):
            pull(second, cursor)
        assert len(stub.calls) == made + 2  # its login, too
        clock.sleep(23 * HOUR_S)
        pull(second, cursor)


def test_a_bookmark_that_was_read_twice_counts_its_calls_once() -> None:
    clock = Clock()
    one, other = Share(clock.port(), 0.5), Share(clock.port(), 0.5)
    for _ in range(3):
        one.count()
    cursor = one.marked('{"until":7}')

    plain = [other.read(cursor) for _ in range(2)]

    assert plain == ['{"until":7}'] * 2
    assert other.used == one.used == 3
    assert other.read("") == other.marked("") == ""
