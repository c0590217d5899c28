"""A body is read whole or not at all, and never for ever."""

from __future__ import annotations

import gzip
from dataclasses import replace

import orjson
import pytest
import urllib3
from hubspot_stub import JSON, Clock, Said, serving
from salesforce_stub import DATA, PATIENCE, TOKEN, nothing_known
from salesforce_stub import Call as OrgCall
from salesforce_stub import Clock as OrgClock
from salesforce_stub import Said as OrgSaid
from salesforce_stub import serving as serving_org

from connectors.bodies import body_of
from connectors.calling import WireFault
from connectors.errors import Unreachable
from connectors.port import Port
from connectors.salesforce import connect

PAGE = orjson.dumps({"results": [{"id": str(number)} for number in range(5_000)]})
DRIPS = Said(body=b'{"results": [1, 2, 3, 4, 5, 6, 7, 8]}', how="dripping")


def ticking(port: Port) -> Port:
    """Every look at the clock takes a tenth of a second."""
    looks = iter(range(10_000_000))
    return replace(port, monotonic=lambda: port.monotonic() + next(looks) / 10)


def read(said: Said, within_s: float) -> bytes:
    with serving(lambda _: said) as stub, urllib3.PoolManager() as pool:
        raw = pool.request("GET", stub.url, preload_content=False, retries=False, timeout=1.0)
        return body_of(raw, ticking(Clock().port()), within_s)


@pytest.mark.parametrize("headers", [JSON, {**JSON, "Content-Encoding": "gzip"}], ids=["plain", "gzip"])
def test_a_body_arrives_whole(headers: dict[str, str]) -> None:
    sent = gzip.compress(PAGE) if "Content-Encoding" in headers else PAGE

    assert read(Said(body=sent, headers=headers), 100.0) == PAGE


def test_a_server_that_drips_ends_at_the_deadline() -> None:
    with pytest.raises(WireFault, match="too slow"):
        read(DRIPS, 0.3)


def test_a_server_that_drips_in_time_is_heard() -> None:
    assert read(DRIPS, 100.0) == DRIPS.body


def test_an_org_that_drips_is_unreachable_and_holds_nobody() -> None:
    def script(call: OrgCall) -> OrgSaid:
        return stub.token() if call.path == TOKEN else OrgSaid(body=DRIPS.body, dripping=True)

    with serving_org(script) as stub:
        port = ticking(OrgClock().port())
        # One byte more often than this, and a deadline that is counted from the last byte never comes.
        org = connect(stub.url, "client", lambda: "secret", port=port, patience=replace(PATIENCE, read_s=1.0))
        with pytest.raises(Unreachable, match="WireFault"):
            org.pull("users", "", nothing_known)

    assert len(stub.asked(DATA)) == PATIENCE.attempts_max
