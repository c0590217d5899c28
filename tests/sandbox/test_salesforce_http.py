"""The fake Salesforce behind the sandbox's server: what a client sees on the wire."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import quote, urlencode, urlsplit

import orjson
import pytest
from salesforce_org import DATA, NOW

from sandbox.clock import Clock
from sandbox.faults import Fault, Faults
from sandbox.front import Front
from sandbox.salesforce.fake import Salesforce
from sandbox.server import Server
from sandbox.world import World


class Wire:
    """One keep-alive connection to a running org."""

    def __init__(self) -> None:
        clock = Clock(NOW, frozen=True)
        self.crm = Salesforce(World(7, 60, NOW), clock)
        self.faults = Faults()
        self.front = Front(self.crm, threading.RLock(), self.faults)
        self.server = Server(self.front.deliver, clock)
        self.server.start()
        parts = urlsplit(self.server.url)
        self.connection = HTTPConnection(str(parts.hostname), parts.port, timeout=5)
        self.headers: dict[str, str] = {}

    def call(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[HTTPResponse, bytes]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.connection.request(method, path, body or None, self.headers | named)
        response = self.connection.getresponse()
        return response, response.read()

    def login(self) -> dict[str, str]:
        form = urlencode({"grant_type": "client_credentials", **self.crm.credentials()})
        _, body = self.call("POST", "/services/oauth2/token", form.encode())
        answer: dict[str, str] = orjson.loads(body)
        self.headers = {"Authorization": f"Bearer {answer['access_token']}"}
        return answer


@pytest.fixture
def wire() -> Iterator[Wire]:
    running = Wire()
    try:
        yield running
    finally:
        running.connection.close()
        running.server.stop()


def test_a_client_logs_in_and_asks_over_one_connection(wire: Wire) -> None:
    assert wire.login()["instance_url"] == wire.server.url
    soql = quote("SELECT Id FROM Lead WHERE CreatedDate < 2099-01-01T00:00:00+00:00 LIMIT 2")

    response, body = wire.call("GET", f"{DATA}/query?q={soql}")
    assert response.status == 200
    assert response.headers["Content-Type"] == "application/json;charset=UTF-8"
    assert response.headers["Sforce-Limit-Info"].startswith("api-usage=")
    assert response.headers["Date"] == "Wed, 18 Nov 2026 11:06:40 GMT"
    lead = orjson.loads(body)["records"][0]["Id"]

    response, body = wire.call("DELETE", f"{DATA}/sobjects/Lead/{lead}")
    assert (response.status, body) == (204, b"")
    response, _ = wire.call("GET", f"{DATA}/sobjects/Lead/describe")
    response, body = wire.call(
        "GET", f"{DATA}/sobjects/Lead/describe", If_None_Match=response.headers["ETag"]
    )
    assert (response.status, body) == (304, b"")
    assert wire.call("GET", f"{DATA}/limits")[0].status == 200
    assert wire.front.calls()[f"DELETE {DATA}/sobjects/Lead/{{id}}"] == 1


@pytest.mark.parametrize(
    ("way", "status", "start"),
    [
        ("429", 403, b'[{"message":"TotalRequests Limit exceeded."'),
        ("401", 401, b'[{"message":"Session expired or invalid"'),
        ("503", 503, b'[{"message":"Server Unavailable"'),
        ("500", 500, b'[{"message":'),
        ("502_html", 502, b"<html>"),
        ("html", 200, b"<html>"),
    ],
)
def test_a_fault_speaks_salesforce(wire: Wire, way: str, status: int, start: bytes) -> None:
    wire.login()
    wire.faults.add(Fault("salesforce", way, prefix=f"{DATA}/limits"))  # type: ignore[arg-type] # one of the ways

    response, body = wire.call("GET", f"{DATA}/limits")

    assert response.status == status
    assert body.startswith(start)
    assert wire.call("GET", f"{DATA}/limits")[0].status == 200
