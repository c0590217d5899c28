"""A day that is used up ends at the portal's midnight, wherever that is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hubspot_stub import JSON, NOW, Call, Clock, Said, Script, connector_to, nothing_known, serving
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import OverQuota, Unreachable
from connectors.hubspot.client import RESUME_AFTER_S
from connectors.hubspot.days import midnight_after, zone_of
from connectors.outcome import Stop
from connectors.protocol import FieldWrite

SECOND = 1_000_000
HOUR = 3_600 * SECOND
ZONES = ["UTC", "US/Eastern", "Asia/Kolkata", "Pacific/Kiritimati", "America/Sao_Paulo", "Europe/Berlin"]


def instant(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp()) * SECOND


@pytest.mark.parametrize(
    ("zone", "now", "midnight"),
    [
        ("UTC", "2026-11-22T23:59:59+00:00", "2026-11-23T00:00:00+00:00"),
        ("UTC", "2026-11-23T00:00:00+00:00", "2026-11-24T00:00:00+00:00"),
        ("US/Eastern", "2026-11-22T23:59:59+00:00", "2026-11-23T05:00:00+00:00"),
        ("US/Eastern", "2026-10-31T12:00:00+00:00", "2026-11-01T04:00:00+00:00"),
        ("US/Eastern", "2026-11-01T12:00:00+00:00", "2026-11-02T05:00:00+00:00"),  # a day of 25 hours
    ],
)
def test_midnight_is_that_of_the_portal(zone: str, now: str, midnight: str) -> None:
    assert midnight_after(instant(now), zone_of({"timeZone": zone})) == instant(midnight)


@given(st.sampled_from(ZONES), st.integers(1_600_000_000, 2_000_000_000))
def test_midnight_is_ahead_and_at_most_a_long_day_away(zone: str, second: int) -> None:
    now, where = second * SECOND, zone_of({"timeZone": zone})
    midnight = midnight_after(now, where)

    assert now < midnight <= now + 25 * HOUR
    assert (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=midnight)).astimezone(where).hour in (
        0,
        1,
    )


@pytest.mark.parametrize(
    "details", [{}, {"timeZone": "Nowhere/City"}, {"timeZone": None}, {"timeZone": "../x"}]
)
def test_a_zone_that_nobody_knows_is_taken_from_its_offset(details: dict[str, str | None]) -> None:
    now = instant("2026-11-22T23:00:00+00:00")

    assert midnight_after(now, zone_of({**details, "utcOffsetMilliseconds": -4 * 3_600_000})) == instant(
        "2026-11-23T04:00:00+00:00"
    )
    assert midnight_after(now, zone_of(details)) == instant("2026-11-23T00:00:00+00:00")


def portal(used: str, *, details: Said | None = None) -> Script:
    headers = {**JSON, "X-HubSpot-RateLimit-Daily": "1000", "X-HubSpot-RateLimit-Daily-Remaining": used}

    def script(call: Call) -> Said:
        if "account-info" in call.path:
            return details or Said(body={"portalId": 5, "timeZone": "US/Eastern"}, headers=headers)
        return Said(body={"results": []}, headers=headers)

    return script


def test_when_our_share_is_used_up_the_error_says_until_when() -> None:
    clock = Clock()
    with serving(portal("200")) as stub:
        connector = connector_to(stub, clock)
        connector.pull("contacts", "", nothing_known)
        with pytest.raises(OverQuota) as caught:
            connector.pull("contacts", "", nothing_known)
        outcome = connector.push([FieldWrite("contact", "1", {"score": 1})])[0]
        asked = len(stub.asked("/details")), len(stub.calls)

    midnight = midnight_after(NOW, zone_of({"timeZone": "US/Eastern"}))
    assert abs(caught.value.until - midnight - RESUME_AFTER_S * SECOND) <= 2 * SECOND
    assert isinstance(outcome, Stop)
    assert outcome.until == caught.value.until
    assert asked == (1, 2)


def test_after_midnight_one_call_finds_out() -> None:
    clock = Clock()
    with serving(portal("200")) as stub:
        connector = connector_to(stub, clock)
        connector.pull("contacts", "", nothing_known)
        with pytest.raises(OverQuota) as caught:
            connector.pull("contacts", "", nothing_known)
        clock.at = (caught.value.until - NOW) / SECOND + 2
        stub.script = portal("999")
        connector.pull("contacts", "", nothing_known)
        connector.pull("contacts", "", nothing_known)


def test_a_portal_that_does_not_even_tell_its_zone_is_asked_again_later() -> None:
    clock = Clock()
    refused = Said(429, {"policyName": "DAILY"})
    with serving(lambda _: refused) as stub:
        connector = connector_to(stub, clock)
        with pytest.raises(OverQuota) as caught:
            connector.pull("contacts", "", nothing_known)
        calls = len(stub.calls)
        with pytest.raises(OverQuota):
            connector.pull("contacts", "", nothing_known)

    assert 0 < caught.value.until - NOW <= HOUR
    assert calls == 2


def test_a_portal_that_moves_house_says_for_how_long() -> None:
    clock = Clock()
    with serving(lambda _: Said(477, {}, {**JSON, "Retry-After": "86400"})) as stub:
        with pytest.raises(Unreachable) as caught:
            connector_to(stub, clock).pull("contacts", "", nothing_known)
        assert len(stub.calls) == 1

    assert caught.value.until == NOW + 24 * HOUR
