"""Who lets us in: keys that are rotated, tokens that expire, and refreshes that fail in three ways."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

import pytest
from hubspot_stub import PATIENCE, Call, Clock, Said, connector_to, nothing_known, results, serving

from connectors.errors import ConnectorError, Misconfigured, Revoked, Unreachable
from connectors.hubspot.access import App, Key, OAuth
from connectors.hubspot.connector import HubSpotConnector

ROW = {
    "id": "1",
    "properties": {"lastmodifieddate": "2026-11-01T00:00:00Z"},
    "createdAt": "2026-10-01T00:00:00Z",
}
LIFE_S = 1_800


@dataclass
class Portal:
    """A portal that hands out tokens which end with the clock."""

    clock: Clock
    grants: int = 0
    refused: int = 0
    said: list[Said] = field(default_factory=list)  # what the token endpoint says before it gives
    forms: list[dict[str, str]] = field(default_factory=list)
    new_refresh_token: str = "refresh-1"
    lives_s: float = LIFE_S
    _ends_at: float = 0.0

    def __call__(self, call: Call) -> Said:
        if call.path == "/oauth/2026-09/token":
            self.forms.append(dict(parse_qsl(call.body)))
            return self.said.pop(0) if self.said else self._granted()
        good = (
            call.headers["authorization"] == f"Bearer access-{self.grants}" and self.clock.at < self._ends_at
        )
        self.refused += not good
        return results([ROW]) if good else Said(401, {"category": "INVALID_AUTHENTICATION"})

    def _granted(self) -> Said:
        self.grants += 1
        self._ends_at = self.clock.at + self.lives_s
        body = {"access_token": f"access-{self.grants}", "expires_in": LIFE_S, "token_type": "bearer"}
        return Said(body={**body, "refresh_token": self.new_refresh_token})


def app(secrets: dict[str, str] | None = None, kept: list[str] | None = None) -> App:
    given = {"id": "app-1", "secret": "secret-1", "refresh": "refresh-1"} if secrets is None else secrets
    keep = kept.append if kept is not None else lambda _: None
    return App(lambda: given["id"], lambda: given["secret"], lambda: given["refresh"], keep)


def read(connector: HubSpotConnector) -> int:
    return len(connector.pull("contacts", "", nothing_known).records)


def tried(connector: HubSpotConnector) -> ConnectorError | None:
    try:
        read(connector)
    except ConnectorError as error:
        return error
    return None


def test_a_token_is_refreshed_by_the_clock_before_it_ends() -> None:
    clock = Clock()
    portal = Portal(clock)
    with serving(portal) as stub:
        connector = connector_to(stub, clock, token=app())
        for _ in range(20):
            assert read(connector) == 1
            clock.at += LIFE_S / 10 + 1

    assert portal.refused == 0
    assert portal.grants == 3
    assert portal.forms[0] == {
        "grant_type": "refresh_token",
        "client_id": "app-1",
        "client_secret": "secret-1",
        "refresh_token": "refresh-1",
    }


@pytest.mark.parametrize(("seconds", "grants"), [(LIFE_S - 301, 1), (LIFE_S - 300, 2)])
def test_five_minutes_before_its_end_a_token_is_replaced(seconds: int, grants: int) -> None:
    clock = Clock()
    portal = Portal(clock)
    with serving(portal) as stub:
        connector = connector_to(stub, clock, token=app())
        read(connector)
        clock.at = float(seconds)
        read(connector)

    assert portal.grants == grants


def test_a_token_that_ends_early_costs_one_more_try() -> None:
    clock = Clock()
    portal = Portal(clock, lives_s=60)
    with serving(portal) as stub:
        connector = connector_to(stub, clock, token=app())
        read(connector)
        clock.at += 61
        assert read(connector) == 1

    assert portal.grants == 2


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (Said(400, {"status": "BAD_REFRESH_TOKEN", "message": "missing or invalid refresh token"}), Revoked),
        (Said(400, {"error": "invalid_grant", "error_description": "refresh token is invalid"}), Revoked),
        (Said(400, {"status": "BAD_HUB", "message": "the hub is unknown"}), Revoked),
        (Said(401, {"error": "invalid_client"}), Misconfigured),
        (
            Said(400, {"status": "BAD_CLIENT_SECRET", "message": "missing or invalid client secret"}),
            Misconfigured,
        ),
    ],
)
def test_a_refresh_refused_for_good_stops_until_somebody_changes_the_credentials(
    said: Said, kind: type[ConnectorError]
) -> None:
    clock = Clock()
    portal = Portal(clock, said=[said])
    secrets = {"id": "app-1", "secret": "secret-1", "refresh": "refresh-0"}
    with serving(portal) as stub:
        connector = connector_to(stub, clock, token=app(secrets))
        first, again = tried(connector), tried(connector)
        asked = len(portal.forms)
        secrets["refresh"] = "refresh-1"
        after = tried(connector)

    assert type(first) is type(again) is kind
    assert asked == 1
    assert after is None
    assert "refresh-0" not in str(first)


@pytest.mark.parametrize("status", [423, 429, 477, 500, 503])
def test_a_token_endpoint_in_trouble_is_asked_again(status: int) -> None:
    clock = Clock()
    portal = Portal(clock, said=[Said(status, {}), Said(status, b"<html>", {"Content-Type": "text/html"})])
    with serving(portal) as stub:
        assert read(connector_to(stub, clock, token=app())) == 1

    assert len(portal.forms) == 3


def test_a_token_endpoint_that_stays_in_trouble_is_no_revocation() -> None:
    clock = Clock()
    portal = Portal(clock, said=[Said(503, {})] * PATIENCE.attempts_max)
    with serving(portal) as stub:
        connector = connector_to(stub, clock, token=app())
        assert isinstance(tried(connector), Unreachable)
        assert tried(connector) is None


def test_a_new_refresh_token_is_handed_over_and_used() -> None:
    clock, kept = Clock(), list[str]()
    portal = Portal(clock, new_refresh_token="refresh-2")
    with serving(portal) as stub:
        connector = connector_to(stub, clock, token=app(kept=kept))
        read(connector)
        clock.at += LIFE_S
        read(connector)

    assert kept == ["refresh-2"]
    assert [form["refresh_token"] for form in portal.forms] == ["refresh-1", "refresh-2"]


def test_one_thread_refreshes_while_the_others_wait() -> None:
    posted = 0
    everybody = threading.Barrier(5)

    def post(_: object) -> dict[str, object]:
        nonlocal posted
        posted += 1
        return {"access_token": f"access-{posted}", "expires_in": LIFE_S}

    access = OAuth(app(), Clock().port(), post)
    refused = access.token()
    found: list[str] = []

    def renew() -> None:
        everybody.wait(5)
        access.renew(refused)
        found.append(access.token())

    threads = [threading.Thread(target=renew) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)

    assert found == ["access-2"] * 5
    assert posted == 2


def test_a_key_is_read_again_only_when_it_was_refused() -> None:
    keys = iter(["pat-1", "pat-2 \n", "pat-3"])
    access = Key(lambda: next(keys))

    assert [access.token(), access.token()] == ["pat-1", "pat-1"]
    access.renew("pat-1")
    access.renew("pat-1")
    assert access.token() == "pat-2"
