"""The sandbox as a client meets it: over loopback HTTP, with faults, and through its control API."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from hubspot_portal import NOW

from sandbox.clock import Clock, http_date, iso
from sandbox.control import Control
from sandbox.faults import WAYS, Faults
from sandbox.front import Front
from sandbox.hubspot.api import TOKEN, FakeHubSpot, Options
from sandbox.salesforce.fake import Salesforce
from sandbox.server import BODY_MAX, Server
from sandbox.world import World

CONTACTS = "/crm/objects/2026-09/contacts"
TASKS = "/crm/objects/2026-09/tasks"
TIMEOUT_S = 10


@dataclass
class Said:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Caller:
    """One connection to one of the sandbox's ports."""

    def __init__(self, url: str) -> None:
        target = urlsplit(url)
        assert target.hostname is not None
        self.connection = http.client.HTTPConnection(target.hostname, target.port, timeout=TIMEOUT_S)

    def __call__(self, method: str, path: str, body: Any = None) -> Said:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        sent = None if body is None else json.dumps(body)
        self.connection.request(method, path, sent, headers)
        response = self.connection.getresponse()
        return Said(response.status, response.headers, response.read())


class Running:
    """A frozen sandbox of forty people, both CRMs and the control API."""

    def __init__(self) -> None:
        self.world = World(7, 40, NOW)
        self.clock = Clock(NOW, frozen=True)
        faults = Faults()
        crms = (
            FakeHubSpot(self.world, self.clock, Options(limits=False)),
            Salesforce(self.world, self.clock),
        )
        fronts = [Front(crm, self.world.lock, faults) for crm in crms]
        control = Control(self.world, self.clock, fronts, faults)
        delivers = [control.deliver, *(front.deliver for front in fronts)]
        self.servers = [Server(deliver, self.clock) for deliver in delivers]
        for server in self.servers:
            server.start()
        self.callers = [Caller(server.url) for server in self.servers]
        self.control, self.hubspot, self.salesforce = self.callers

    def fail(self, way: str, **more: Any) -> None:
        assert self.control("POST", "/faults", {"crm": "hubspot", "way": way, **more}).status == 200

    def stop(self) -> None:
        for caller in self.callers:
            caller.connection.close()
        for server in self.servers:
            server.stop()


@pytest.fixture
def running() -> Iterator[Running]:
    sandbox = Running()
    yield sandbox
    sandbox.stop()


def test_one_connection_serves_many_calls_and_carries_the_sandboxs_date(running: Running) -> None:
    first = running.hubspot("GET", f"{CONTACTS}?limit=1")
    held = running.hubspot.connection.sock
    running.control("POST", "/clock", {"advance_s": 3600})
    second = running.hubspot("GET", f"{CONTACTS}?limit=1")

    assert running.hubspot.connection.sock is held
    assert first.headers["Date"] == http_date(NOW)
    assert second.headers["Date"] == http_date(NOW + 3_600_000_000)
    assert first.json["results"]


def test_a_running_clock_moves_on_and_a_frozen_one_stands_still() -> None:
    running, frozen = Clock(NOW), Clock(NOW, frozen=True)

    began = running.now()
    deadline = time.monotonic() + TIMEOUT_S
    while running.now() == began and time.monotonic() < deadline:
        pass

    assert running.now() > began >= NOW
    assert frozen.now() == NOW
    assert frozen.advance(1.5) == NOW + 1_500_000
    frozen.restart()
    assert frozen.now() == NOW


@pytest.mark.parametrize(("headers", "status"), [
    ({"Content-Length": str(BODY_MAX + 1)}, 413),
    ({"Content-Length": "many"}, 411),
    ({"Transfer-Encoding": "chunked"}, 413),
])  # fmt: skip
def test_a_body_without_bounds_is_refused_unread(
    running: Running, headers: dict[str, str], status: int
) -> None:
    connection = running.hubspot.connection
    connection.putrequest("POST", f"{CONTACTS}/search")
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()

    response = connection.getresponse()

    assert response.status == status
    assert response.headers["Connection"] == "close"
    response.read()


REFUSED = {"429": 429, "500": 500, "503": 503, "401": 401, "502_html": 502, "html": 200}


@pytest.mark.parametrize("way", sorted(REFUSED))
def test_a_refusal_arrives_whole_strikes_once_and_nothing_was_done(running: Running, way: str) -> None:
    running.fail(way, call=2)
    task = {"properties": {"hs_timestamp": iso(NOW)}}

    said = [running.hubspot("POST", TASKS, task) for _ in range(3)]

    assert [s.status for s in said] == [201, REFUSED[way], 201]
    assert ("json" in said[1].headers["Content-Type"]) == ("html" not in way)
    assert running.control("GET", "/stats").json["crms"]["hubspot"]["tasks_created"] == 2


@pytest.mark.parametrize(("way", "done"), [("reset", True), ("reset_before", False)])
def test_a_reset_connection_tells_nothing_about_what_was_done(running: Running, way: str, done: bool) -> None:
    running.fail(way, path=TASKS)

    with pytest.raises(ConnectionResetError):
        running.hubspot("POST", TASKS, {"properties": {"hs_timestamp": iso(NOW)}})

    assert running.hubspot("GET", TASKS).json["results"] == [] or done
    assert running.control("GET", "/stats").json["crms"]["hubspot"]["tasks_created"] == int(done)


def test_a_cut_body_is_shorter_than_its_header_says(running: Running) -> None:
    running.fail("cut", path=TASKS)

    with pytest.raises(http.client.IncompleteRead) as cut:
        running.hubspot("POST", TASKS, {"properties": {"hs_timestamp": iso(NOW)}})

    assert cut.value.partial
    assert cut.value.expected
    running.hubspot.connection.close()
    assert len(running.hubspot("GET", TASKS).json["results"]) == 1


def test_broken_json_comes_with_the_right_length_and_after_the_work_was_done(running: Running) -> None:
    running.fail("badjson", path=TASKS)

    said = running.hubspot("POST", TASKS, {"properties": {"hs_timestamp": iso(NOW)}})

    assert said.status == 200
    assert "json" in said.headers["Content-Type"]
    with pytest.raises(json.JSONDecodeError):
        _ = said.json
    assert len(running.hubspot("GET", TASKS).json["results"]) == 1


def test_silence_lasts_until_the_client_leaves_and_holds_nobody_else_up(running: Running) -> None:
    running.fail("silence", path=CONTACTS)
    running.hubspot.connection.timeout = 0.2

    with pytest.raises(TimeoutError):
        running.hubspot("GET", CONTACTS)

    running.hubspot.connection.close()
    assert running.hubspot("GET", CONTACTS).status == 200


def test_a_fault_hits_a_path_so_many_times_and_only_that(running: Running) -> None:
    running.fail("500", path=f"{CONTACTS}/search", times=2)

    said = [running.hubspot("POST", f"{CONTACTS}/search", {}).status for _ in range(3)]
    other = running.hubspot("GET", CONTACTS).status

    assert said == [500, 500, 200]
    assert other == 200


def test_a_fault_may_ask_for_a_method_and_can_be_forgotten(running: Running) -> None:
    running.fail("500", path=CONTACTS, method="PATCH")
    running.fail("500", path="/crm", times=5)

    assert [f["left"] for f in running.control("GET", "/faults").json["faults"]] == [1, 5]
    assert running.hubspot("GET", CONTACTS).status == 500
    assert running.control("DELETE", "/faults").json == {"faults": []}
    assert running.hubspot("GET", CONTACTS).status == 200


def test_salesforce_says_429_in_its_own_words_and_its_faults_are_its_own(running: Running) -> None:
    running.control("POST", "/faults", {"crm": "salesforce", "way": "429", "call": 1})

    refused = running.salesforce("GET", "/services/data")

    assert refused.status == 403
    assert refused.json[0]["errorCode"] == "REQUEST_LIMIT_EXCEEDED"
    assert running.hubspot("GET", CONTACTS).status == 200


def test_calls_rows_and_tasks_are_counted_until_the_counters_are_reset(running: Running) -> None:
    one = running.hubspot("GET", f"{CONTACTS}?limit=1").json["results"][0]["id"]
    running.hubspot("PATCH", f"{CONTACTS}/{one}", {"properties": {"jobtitle": "CEO"}})
    running.hubspot("POST", TASKS, {"properties": {"hs_timestamp": iso(NOW)}})

    counted = running.control("GET", "/stats").json["crms"]["hubspot"]
    running.control("POST", "/counters/reset")
    after = running.control("GET", "/stats").json["crms"]["hubspot"]

    assert counted == {
        "calls": 3,
        "by_call": {f"GET {CONTACTS}": 1, f"PATCH {CONTACTS}/{{id}}": 1, f"POST {TASKS}": 1},
        "rows_written": {"contact": 1, "task": 1},
        "tasks_created": 1,
    }
    assert after == {"calls": 0, "by_call": {}, "rows_written": {}, "tasks_created": 0}


def test_a_fault_counts_calls_from_the_last_reset_of_the_counters(running: Running) -> None:
    for _ in range(3):
        running.hubspot("GET", CONTACTS)
    running.fail("500", call=1)
    assert running.hubspot("GET", CONTACTS).status == 200

    running.control("POST", "/counters/reset")

    assert running.hubspot("GET", CONTACTS).status == 500


def test_somebody_can_be_made_to_act_and_both_crms_show_it(running: Running) -> None:
    people = running.control("GET", "/people?limit=100").json["people"]
    both = next(p for p in people if p["residence"] == "both" and p["index"] % 97 != 50)
    before = running.control("GET", f"/person?email={both['email']}").json

    done = running.control("POST", "/act", {"email": both["email"], "kind": "webinar_registration"}).json

    after = running.control("GET", f"/person?email={both['email']}").json
    assert [a["kind"] for a in done["activities"]] == ["form", "webinar_registered"]
    assert before["person"] == both
    assert before["rows"]["salesforce"]
    assert after["rows"]["hubspot"][0]["updatedAt"] == iso(NOW) > before["rows"]["hubspot"][0]["updatedAt"]


def test_the_world_can_be_looked_at(running: Running) -> None:
    world = running.control("GET", "/world").json

    assert world["own_domain"] == "acme-analytics.example"
    assert {p["slug"]: p["tier"] for p in world["partners"]} == {
        "kestrel": "gold", "brightpath": "silver", "orbis": "registered",
    }  # fmt: skip
    assert world["people"] == 40
    assert len(world["hottest"]) == len(set(world["hottest"])) > 0
    assert running.control("GET", "/people?limit=5&start=38").json["people"][-1]["index"] == 39


def test_a_reset_brings_the_seeded_world_back(running: Running) -> None:
    email = running.control("GET", "/world").json["hottest"][0]
    whole = running.hubspot("GET", f"{CONTACTS}?limit=100").body
    running.control("POST", "/act", {"email": email, "kind": "call"})
    running.control("POST", "/clock", {"advance_s": 60})
    running.hubspot("POST", TASKS, {"properties": {"hs_timestamp": iso(NOW)}})
    running.fail("500", call=99)

    assert running.control("POST", "/reset").json == {"now": iso(NOW)}

    assert running.hubspot("GET", f"{CONTACTS}?limit=100").body == whole
    assert running.hubspot("GET", TASKS).json["results"] == []
    assert running.control("GET", "/faults").json == {"faults": []}
    assert running.control("GET", "/stats").json["crms"]["hubspot"]["calls"] == 2


@pytest.mark.parametrize(("method", "path", "body"), [
    ("POST", "/faults", {"crm": "other", "way": "500"}),
    ("POST", "/faults", {"crm": "hubspot", "way": "sometimes"}),
    ("POST", "/faults", {"crm": "hubspot", "way": "500", "call": -1}),
    ("POST", "/faults", {"crm": "hubspot", "way": "500", "times": 0}),
    ("POST", "/faults", ["500"]),
    ("POST", "/lag", {"lag_s": "long"}),
    ("POST", "/clock", {"advance_s": -1}),
    ("POST", "/clock", 5),
    ("POST", "/act", {"email": "nobody@x.example", "kind": "call"}),
    ("GET", "/person?email=nobody@x.example", None),
    ("GET", "/people?limit=x", None),
])  # fmt: skip
def test_what_the_control_api_does_not_understand_is_400_with_a_reason(
    running: Running, method: str, path: str, body: Any
) -> None:
    said = running.control(method, path, body)

    assert said.status == 400
    assert said.json["error"]


def test_nobody_acts_in_a_way_without_a_word_nor_in_the_future(running: Running) -> None:
    email = running.control("GET", "/world").json["hottest"][0]

    assert running.control("POST", "/act", {"email": email, "kind": "dance"}).status == 400
    assert running.control("POST", "/act", {"email": email, "kind": "call", "at": "soon"}).status == 400
    later = {"email": email, "kind": "call", "at": iso(NOW + 1000)}
    assert running.control("POST", "/act", later).status == 400
    assert running.control("POST", "/act", {**later, "at": iso(NOW)}).status == 200
    assert running.control("GET", "/nowhere").status == 404


def test_the_lag_is_set_for_one_crm_or_for_both(running: Running) -> None:
    assert running.control("POST", "/lag", {"lag_s": 30, "crm": "hubspot"}).json == {"lag_s": 30}
    assert running.control("POST", "/lag", {"lag_s": 0}).status == 200


def test_sessions_locks_and_the_days_calls_of_salesforce_can_be_used_up(running: Running) -> None:
    body = {"expire_sessions": True, "lock_rows": 1, "calls_left": 0}

    assert running.control("POST", "/salesforce", body).status == 200


def test_a_portal_in_trouble_is_asked_for_by_control(running: Running) -> None:
    task = {"properties": {"hs_timestamp": iso(NOW)}}
    running.control("POST", "/portal", {"locked": 1, "no_tokens": 1})
    locked = running.hubspot("POST", TASKS, task).status
    running.control("POST", "/portal", {"moving_s": 60})
    moving = running.hubspot("POST", TASKS, task).status
    running.control("POST", "/portal", {"moving_s": 0})

    assert (locked, moving, running.hubspot("POST", TASKS, task).status) == (423, 477, 201)


def test_the_ports_are_on_loopback_only(running: Running) -> None:
    assert {server.server_address[0] for server in running.servers} == {"127.0.0.1"}


def test_every_way_to_fail_is_tried_here() -> None:
    tried = {*REFUSED, "reset", "reset_before", "cut", "badjson", "silence"}

    assert tried == set(WAYS)
