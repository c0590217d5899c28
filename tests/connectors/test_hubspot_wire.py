"""What the wire can do to a call, and what must come of it: the truth, another try, or a named error."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import orjson
import pytest
from hubspot_stub import (
    JSON,
    PATIENCE,
    Call,
    Clock,
    Said,
    Script,
    Stub,
    connector_to,
    in_turn,
    nothing_known,
    results,
    serving,
)

from connectors.calling import Caller, Declined, Reply, Request, WireFault
from connectors.errors import ConnectorError, MissingScope, NotAuthorised, OverQuota, Unreachable
from connectors.hubspot.client import Transport, paced, portal_of

PAGE = {
    "results": [
        {
            "id": "1",
            "properties": {"email": "jane@mail.example", "lastmodifieddate": "2026-11-01T00:00:00Z"},
            "createdAt": "2026-10-01T00:00:00Z",
            "updatedAt": "2026-11-01T00:00:00Z",
        }
    ]
}
HTML = {"Content-Type": "text/html"}
READ = Request("GET", "/crm/objects/2026-09/contacts", required={"results": list})
CREATE = Request("POST", "/crm/objects/2026-09/tasks", body={"a": 1}, safe=False, required={"id": str})


def caller_to(stub: Stub, clock: Clock, token: str = "pat-test") -> Caller:
    port = clock.port()
    pace = paced(port, calls_per_10_s=100, day_share=0.8)
    return portal_of(Transport(stub.url, port, PATIENCE), lambda: token, pace, PATIENCE, port).caller


def call(script: Script, request: Request = READ) -> tuple[Reply | ConnectorError, Stub, Clock]:
    clock = Clock()
    with serving(script) as stub:
        try:
            return caller_to(stub, clock).call(request), stub, clock
        except ConnectorError as error:
            return error, stub, clock


BROKEN = [
    Said(how="reset"),
    Said(how="silent"),
    Said(body=PAGE, cut=40),
    Said(body=b"<html>please wait</html>", headers=HTML),
    Said(body=b'{"results": ['),
    Said(body=b""),
    Said(body={"results": None}),
    Said(500, {"status": "error"}),
    Said(502, b"<html>bad gateway</html>", HTML),
    Said(503, b"\xff\xfe", HTML),
    Said(504, b""),
    Said(521, b""),
    Said(530, b"error code: 1016", HTML),
    Said(302, b"", {"Location": "/elsewhere"}),
]


@pytest.mark.parametrize("broken", BROKEN, ids=lambda said: f"{said.how}{said.status}")
def test_a_read_survives_two_broken_answers(broken: Said) -> None:
    reply, stub, _ = call(in_turn(broken, broken, Said(body=PAGE)))

    assert isinstance(reply, Reply)
    assert reply.data == PAGE
    assert len(stub.calls) == 3


@pytest.mark.parametrize("broken", BROKEN, ids=lambda said: f"{said.how}{said.status}")
def test_a_read_that_never_works_ends_as_unreachable_and_not_as_nothing(broken: Said) -> None:
    error, stub, _ = call(in_turn(broken))

    assert isinstance(error, Unreachable)
    assert len(stub.calls) == PATIENCE.attempts_max


@pytest.mark.parametrize("broken", BROKEN[:-1], ids=lambda said: f"{said.how}{said.status}")
def test_a_create_that_may_have_happened_is_not_repeated(broken: Said) -> None:
    error, stub, _ = call(in_turn(broken, Said(201, {"id": "1"})), CREATE)

    assert isinstance(error, Unreachable)
    assert "may have been done" in str(error)
    assert len(stub.calls) == 1


@pytest.mark.parametrize("status", [423, 429])
def test_a_create_that_was_turned_away_is_repeated(status: int) -> None:
    reply, _, _ = call(in_turn(Said(status, {}), Said(201, {"id": "1"})), CREATE)

    assert isinstance(reply, Reply)


def test_a_create_that_was_never_sent_is_repeated_until_patience_ends() -> None:
    clock = Clock()
    with serving(in_turn(Said())) as stub:
        pass

    with pytest.raises(Unreachable) as caught:
        caller_to(stub, clock).call(CREATE)

    assert "may have been done" not in str(caught.value)
    assert len(clock.hooks) == 2 * PATIENCE.attempts_max


def test_a_page_cut_at_any_byte_is_never_a_page() -> None:
    body = orjson.dumps(PAGE)
    cuts = range(0, len(body), 7)

    with serving(in_turn(*(Said(body=body, cut=cut) for cut in cuts), Said(body=PAGE))) as stub:
        clock = Clock()
        caller = caller_to(stub, clock)
        for _ in range(len(cuts) // PATIENCE.attempts_max):
            with pytest.raises(Unreachable):
                caller.call(READ)


def test_a_server_that_drips_does_not_hold_a_call_for_ever() -> None:
    clock = Clock()

    def monotonic() -> float:
        clock.at += 0.1  # every look at the clock takes time here
        return clock.at

    port = replace(clock.port(), monotonic=monotonic)
    with serving(in_turn(Said(body=PAGE, how="dripping"))) as stub, pytest.raises(WireFault):
        Transport(stub.url, port, PATIENCE).send(READ, {})


def test_retry_after_is_waited_for() -> None:
    _, _, clock = call(in_turn(Said(429, {}, {**JSON, "Retry-After": "2"}), Said(body=PAGE)))

    assert any(2 <= slept <= PATIENCE.wait_max_s for slept in clock.slept)


def test_a_longer_retry_after_than_our_patience_ends_the_call() -> None:
    error, stub, clock = call(in_turn(Said(477, {}, {**JSON, "Retry-After": "86400"})))

    assert isinstance(error, Unreachable)
    assert "86400 s" in str(error)
    assert len(stub.calls) == 1
    assert sum(clock.slept) < 1


@pytest.mark.parametrize("status", [200, 503])
def test_headers_that_drip_hold_nobody(status: int) -> None:
    error, stub, _ = call(in_turn(Said(status, how="dripping headers")))

    assert isinstance(error, Unreachable)
    assert len(stub.calls) == PATIENCE.attempts_max


def test_an_error_page_that_drips_holds_nobody() -> None:
    page = Said(503, b"." * 1_000, HTML, how="dripping")
    error, stub, _ = call(in_turn(page))

    assert isinstance(error, Unreachable)
    assert len(stub.calls) == PATIENCE.attempts_max


def test_being_too_fast_is_counted_and_makes_all_calls_wait() -> None:
    clock = Clock()
    with serving(in_turn(Said(429, {"policyName": "TEN_SECONDLY_ROLLING"}), Said(body=PAGE))) as stub:
        caller = caller_to(stub, clock)
        caller.call(READ)

    assert caller.usage.calls == 2
    assert caller.usage.throttled == 1
    assert clock.at >= 1.0


def test_the_daily_limit_burns_no_retries() -> None:
    error, stub, _ = call(in_turn(Said(429, {"policyName": "DAILY"})))

    assert isinstance(error, OverQuota)
    assert len(stub.calls) == 1


def test_the_share_of_other_apps_is_left_alone() -> None:
    headers = {**JSON, "X-HubSpot-RateLimit-Daily": "1000", "X-HubSpot-RateLimit-Daily-Remaining": "200"}
    clock = Clock()
    with serving(in_turn(Said(body=PAGE, headers=headers))) as stub:
        caller = caller_to(stub, clock)
        caller.call(READ)
        with pytest.raises(OverQuota):
            caller.call(READ)

        assert len(stub.calls) == 1
        assert (caller.usage.day_used, caller.usage.day_limit) == (800, 1000)


def test_a_rotated_token_is_read_again_once() -> None:
    tokens = iter(["pat-old", "pat-new", "pat-never"])

    def script(asked: Call) -> Said:
        good = asked.headers["authorization"] == "Bearer pat-new"
        return results(PAGE["results"]) if good else Said(401, {"category": "INVALID_AUTHENTICATION"})

    with serving(script) as stub:
        connector = connector_to(stub, token=lambda: next(tokens))
        page = connector.pull("contacts", "", nothing_known)

    assert [record.id for record in page.records] == ["1"]
    assert len(stub.calls) == 2


@pytest.mark.parametrize("call_number", range(6))
def test_a_token_that_expires_at_any_call_costs_nothing(call_number: int) -> None:
    answered = 0

    def script(_: Call) -> Said:
        nonlocal answered
        answered += 1
        return Said(401, {}) if answered - 1 == call_number else Said(body=PAGE)

    with serving(script) as stub:
        caller = caller_to(stub, Clock())
        replies = [caller.call(READ).data for _ in range(6)]

    assert replies == [PAGE] * 6
    assert len(stub.calls) == 7


def test_a_token_that_stays_bad_is_named_and_not_hammered() -> None:
    error, stub, _ = call(in_turn(Said(401, {"message": "Authentication credentials not found."})))

    assert isinstance(error, NotAuthorised)
    assert len(stub.calls) == 2


def test_missing_scopes_are_named() -> None:
    body = {"category": "MISSING_SCOPES", "context": {"requiredGranularScopes": ["forms", "content"]}}
    error, _, _ = call(in_turn(Said(403, body)))

    assert isinstance(error, MissingScope)
    assert "forms, content" in str(error)


def test_a_refusal_carries_the_crms_words_without_addresses_and_tokens() -> None:
    body = {"message": "jane@mail.example is bad, pat-na1-12345678-aaaa", "category": "VALIDATION_ERROR"}
    error, stub, _ = call(in_turn(Said(400, body)))

    assert isinstance(error, Declined)
    assert error.status == 400
    assert error.codes == {"VALIDATION_ERROR"}
    assert "is bad" in str(error)
    assert "jane@" not in str(error) + error.words
    assert "pat-na1" not in str(error) + error.words
    assert error.__cause__ is None
    assert len(stub.calls) == 1


def test_a_token_never_follows_a_redirect() -> None:
    with serving(in_turn(Said(body=PAGE))) as thief:
        error, _, _ = call(in_turn(Said(307, b"", {"Location": thief.url + "/x"})))

    assert isinstance(error, Unreachable)
    assert thief.calls == []


def test_hooks_stand_before_and_after_every_single_call() -> None:
    _, _, clock = call(in_turn(Said(500), Said(body=PAGE)))

    name = "GET /crm/objects/2026-09/contacts"
    assert clock.hooks == [f"hubspot.before {name}", f"hubspot.after {name}"] * 2


def test_importing_the_registry_does_not_import_the_sdk() -> None:
    code = (
        "import sys, connectors.registry as r; sys.exit({'hubspot', 'urllib3'} & set(sys.modules) != set())"
    )

    assert subprocess.run([sys.executable, "-c", code], timeout=30, check=False).returncode == 0
