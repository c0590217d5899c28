"""What a portal says when it cannot answer as usual, and what clients of Sales Hub write."""

from __future__ import annotations

from typing import Any

import pytest
from hubspot_portal import Portal

from sandbox.hubspot.access import CLIENT
from sandbox.hubspot.api import Options

CONTACTS = "/crm/objects/2026-09/contacts"
GRANT = "&".join(f"{name}={value}" for name, value in {"grant_type": "refresh_token", **CLIENT}.items())


@pytest.fixture
def portal() -> Portal:
    return Portal()


def test_a_portal_that_moves_house_says_how_long_to_whatever_is_asked(portal: Portal) -> None:
    portal.fake.trouble.move(3_600)

    said = [portal.ask("GET", f"{CONTACTS}?limit=1"), portal.ask("POST", f"{CONTACTS}/search", {})]
    portal.fake.trouble.move(0)

    assert [each.status for each in said] == [477, 477]
    assert 3_590 < int(said[0].headers["Retry-After"]) <= 3_601
    assert portal.ask("GET", f"{CONTACTS}?limit=1").status == 200


def test_locked_rows_refuse_writes_so_often_and_nothing_was_written(portal: Portal) -> None:
    one = {"inputs": [{"id": portal.contact()["id"], "properties": {"jobtitle": "Queen"}}]}
    portal.fake.trouble.lock(1)

    statuses = [portal.ask("GET", f"{CONTACTS}?limit=1").status]
    statuses += [portal.ask("POST", f"{CONTACTS}/batch/update", one).status]
    written = portal.fake.written()
    statuses += [portal.ask("POST", f"{CONTACTS}/batch/update", one).status]

    assert statuses == [200, 423, 200]
    assert written == {}


def test_tokens_have_a_limit_of_their_own(portal: Portal) -> None:
    portal.fake.trouble.withhold(2)

    said = [portal.send("POST", "/oauth/2026-09/token", GRANT.encode()) for _ in range(3)]

    assert [each.status for each in said] == [429, 429, 200]
    assert portal.ask("GET", f"{CONTACTS}?limit=1").status == 200


@pytest.mark.parametrize(("token", "status"), [("pat-na1-unknown", 401), ("pat na1", 530), ("pat-ä", 530)])
def test_a_malformed_token_does_not_reach_the_portal(portal: Portal, token: str, status: int) -> None:
    said = portal.ask("GET", f"{CONTACTS}?limit=1", token=token)

    assert said.status == status
    assert "X-HubSpot-RateLimit-Max" not in said.headers


def test_a_reset_ends_all_trouble(portal: Portal) -> None:
    portal.fake.trouble.move(60)
    portal.fake.trouble.lock(5)

    portal.fake.reset()

    assert portal.ask("GET", f"{CONTACTS}?limit=1").status == 200


def made(portal: Portal, kind: str, number: int, **properties: str) -> Any:
    contact = {"to": {"id": portal.contact()["id"]}, "types": [{"associationTypeId": number}]}
    body = {"properties": properties, "associations": [contact]}
    return portal.post(f"/crm/objects/2026-09/{kind}", body, 201)


@pytest.mark.parametrize(
    ("kind", "number", "needed"), [("emails", 198, "hs_timestamp"), ("leads", 578, "hs_lead_name")]
)
def test_emails_and_leads_are_listed_with_their_contact(
    portal: Portal, kind: str, number: int, needed: str
) -> None:
    value = "2026-11-23T09:00:00Z"
    row = made(portal, kind, number, **{needed: value})

    listed = portal.get(f"/crm/objects/2026-09/{kind}?associations=contacts")["results"]

    assert [one["id"] for one in listed] == [row["id"]]
    assert listed[0]["associations"]["contacts"]["results"][0]["id"] == portal.contact()["id"]
    assert portal.ask("POST", f"/crm/objects/2026-09/{kind}", {"properties": {}}).status == 400


def test_a_task_that_is_completed_gets_its_date(portal: Portal) -> None:
    task = made(portal, "tasks", 204, hs_timestamp="2026-11-23T12:00:00Z", hs_task_type="CALL")
    path = f"/crm/objects/2026-09/tasks/{task['id']}"

    before = portal.get(f"{path}?properties=hs_task_completion_date")["properties"]
    portal.patch(path, {"properties": {"hs_task_status": "COMPLETED"}})
    after = portal.get(f"{path}?properties=hs_task_completion_date")["properties"]

    assert before["hs_task_completion_date"] is None
    assert after["hs_task_completion_date"].startswith("2026-11-23T10:00")


@pytest.mark.parametrize(
    ("kind", "scope"), [("emails", "sales-email-read"), ("leads", "crm.objects.leads.read")]
)
def test_they_need_scopes_of_their_own(kind: str, scope: str) -> None:
    portal = Portal(options=Options(limits=False, without_scopes=frozenset({scope})))

    said = portal.ask("GET", f"/crm/objects/2026-09/{kind}")

    assert said.status == 403
    assert scope.encode() in said.body
    assert portal.ask("GET", "/crm/objects/2026-09/tasks").status == 200
