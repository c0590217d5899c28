"""Logging in to an org: what is sent, what is signed, and that nobody is locked out by our zeal."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from urllib.parse import parse_qs

import jwt
import pytest
from jwt.types import Options
from salesforce_keys import certificate, key_pair
from salesforce_stub import DATA, NOW, PATIENCE, TOKEN, Call, Clock, Said, connector_to, serving

from connectors.errors import Misconfigured, NotAuthorised
from connectors.protocol import Connector
from connectors.salesforce import connect, grants
from connectors.salesforce.grants import Certificate, Signer

USERNAME = "robot@example.com"
EXPIRED = Said(401, [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}])


def signing(url: str, key: str) -> Connector:
    return connect(url, "client", Signer(USERNAME, lambda: key), port=Clock().port(), patience=PATIENCE)


def test_a_signer_sends_an_assertion_that_holds_for_minutes_and_no_secret() -> None:
    with serving(lambda call: stub.token() if call.path == TOKEN else Said(500)) as stub:
        signing(stub.url, key_pair()[1]).check()

    form = parse_qs(stub.asked(TOKEN)[0].body.decode())
    assert set(form) == {"grant_type", "assertion"}
    assert form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
    unchecked: Options = {"verify_exp": False, "verify_aud": False}
    said = jwt.decode(form["assertion"][0], key_pair()[2], algorithms=["RS256"], options=unchecked)
    assert said == {
        "iss": "client",
        "sub": USERNAME,
        "aud": "https://login.salesforce.com",
        "exp": int(NOW.timestamp()) + 180,
    }


@pytest.mark.parametrize(
    ("login_url", "audience"),
    [
        ("https://acme.my.salesforce.com", "https://login.salesforce.com"),
        ("https://acme--uat.sandbox.my.salesforce.com", "https://test.salesforce.com"),
        ("https://ACME--UAT.sandbox.my.salesforce.com", "https://test.salesforce.com"),
        ("https://acme.develop.my.salesforce.com", "https://login.salesforce.com"),
    ],
)
def test_sandboxes_and_production_are_meant_by_different_names(login_url: str, audience: str) -> None:
    assert grants.audience(login_url) == audience


@pytest.mark.parametrize(
    "key", ["", "nonsense", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"]
)
def test_a_key_that_is_none_is_named_and_never_shown(key: str) -> None:
    with serving(lambda _: Said(500)) as stub:
        findings = signing(stub.url, key).check()

    assert [each.state for each in findings] == ["error"]
    assert "private key" in findings[0].text
    assert "AAAA" not in findings[0].text
    assert not stub.calls


def test_a_login_that_is_refused_is_not_tried_again() -> None:
    refused = Said(400, {"error": "invalid_grant", "error_description": "user hasn't approved this consumer"})
    with serving(lambda _: refused) as stub:
        connector = signing(stub.url, key_pair()[1])
        first = connector.check()
        for _ in range(3):
            with pytest.raises(NotAuthorised):
                connector.pull("users", "", lambda *_: frozenset())

    assert "permission set" in first[0].remedy
    assert stub.logins == 1


def test_one_expiry_seen_by_many_threads_costs_one_login() -> None:
    def script(call: Call) -> Said:
        if call.path == TOKEN:
            return stub.token()
        if call.headers["authorization"] != f"Bearer token-{stub.logins}" or stub.logins < 2:
            return EXPIRED
        return Said(body={"name": "Task", "fields": [{"name": "Id"}]})

    with serving(script) as stub:
        connector = connector_to(stub)
        threads = [threading.Thread(target=connector.push_tasks, args=([],)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10.0)

    assert stub.logins == 2


def test_a_lasting_401_ends_after_one_new_token() -> None:
    with serving(lambda call: stub.token() if call.path == TOKEN else EXPIRED) as stub:
        findings = connector_to(stub).check()

    assert findings[0].state == "error"
    assert stub.logins == 2


def test_an_expiry_told_in_plain_text_is_one() -> None:
    told = [Said(403, b"Bad_OAuth_Token", {"Content-Type": "text/html"})]

    def script(call: Call) -> Said:
        if call.path == TOKEN:
            return stub.token()
        if told:
            return told.pop()
        return Said(body=[{"label": "Summer '26", "version": "67.0", "url": DATA}])

    with serving(script) as stub:
        findings = connector_to(stub).check()

    assert [each.state for each in findings[:2]] == ["ok", "ok"]
    assert stub.logins == 2


def test_the_end_of_a_certificate_is_read_where_it_stands_beside_the_key() -> None:
    ends_at = datetime(2026, 9, 1, tzinfo=UTC)
    pem = key_pair()[1]

    assert Certificate("client", Signer(USERNAME, lambda: pem)).ends_at() is None
    assert Certificate("client", Signer(USERNAME, lambda: pem + certificate(ends_at))).ends_at() == ends_at
    broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"
    assert Certificate("client", Signer(USERNAME, lambda: pem + broken)).ends_at() is None


def test_the_error_about_a_key_does_not_hold_it() -> None:
    signer = Signer(USERNAME, lambda: "secret-text")

    with pytest.raises(Misconfigured) as caught:
        Certificate("client", signer).form("https://acme.my.salesforce.com", 0)

    assert "secret-text" not in str(caught.value)
    assert caught.value.__suppress_context__
