"""Five contacts of one account, in two CRMs that answer over HTTP, are one task."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest
import requests
from sandboxed import IMPATIENT, Sandbox, sandbox
from sqlalchemy import text

from sync.cycle import apply_plan, cycle
from sync.workspace import Workspace, opened

ASKED = ("demo_request", "quote_request", "contact_request")
RESIDENCES = ("hubspot", "both", "both", "hubspot", "both")


@pytest.fixture(scope="module")
def crms() -> Iterator[Sandbox]:
    with sandbox(120) as started:
        yield started


@dataclass
class Account:
    """Five people who are no leads yet, moved to one account; who is in both CRMs lives in Salesforce."""

    workspace: Workspace
    crms: Sandbox
    people: list[str]

    def asks(self, *people: str) -> None:
        for email in people:
            for kind in ASKED:
                assert "error" not in self.crms.post("/act", email=email, kind=kind)

    def cycles(self) -> None:
        cycle(self.workspace, "run", everything=True)

    @property
    def tasks(self) -> list[dict[str, Any]]:
        return [one for one in self.crms.get("/tasks")["tasks"] if one["key"]]

    def statuses(self) -> list[str]:
        with self.workspace.store.reading() as tx:
            rows = tx.execute(
                text("SELECT i.key, v.status FROM identity i JOIN verdict v ON v.person = i.person")
            ).all()
        known = {row.key: row.status for row in rows}
        return [known[f"email:{email}"] for email in self.people]


@pytest.fixture
def account(crms: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    crms.post("/reset")
    for name, value in crms.secrets.items():
        monkeypatch.setenv(name, value)
    folder = crms.workspace(tmp_path)
    file = folder / "mqlsync.yaml"
    file.write_text(f"{file.read_text()}blast_radius_percent: 100\n")
    with opened(folder, patience=IMPATIENT) as workspace:
        for connector in workspace.connectors.values():
            connector.provision()
        cycle(workspace, "backfill", everything=True)
        apply_plan(workspace, None)
        found = Account(workspace, crms, chosen(workspace, crms))
        move(workspace, crms, found.people)
        yield found


def chosen(workspace: Workspace, crms: Sandbox) -> list[str]:
    """These are addresses of prospects of different companies, of whom nothing stands in the way."""
    with workspace.store.reading() as tx:
        rows = tx.execute(
            text(
                "SELECT i.key FROM identity i JOIN verdict v ON v.person = i.person "
                "WHERE v.status = 'lead' AND v.partner = '' AND v.grade IN ('A', 'B')"
            )
        ).all()
    fit = {row.key.removeprefix("email:") for row in rows}
    waiting = list(RESIDENCES)
    companies: set[str] = set()
    found: dict[str, list[str]] = {"hubspot": [], "both": []}
    for one in crms.get("/people", limit="120")["people"]:
        is_fit = (
            one["email"] in fit and one["salesforce_kind"] in ("", "contact") and one["role"] == "prospect"
        )
        if is_fit and one["residence"] in waiting and one["company"] not in companies:
            waiting.remove(one["residence"])
            companies.add(one["company"])
            found[one["residence"]].append(one["email"])
    assert not waiting
    return [found[residence].pop() for residence in RESIDENCES]


def move(workspace: Workspace, crms: Sandbox, people: list[str]) -> None:
    """In HubSpot they all work at the company of the first, in Salesforce at the account of the second,
    which has the domain of that company."""
    rows = [records(workspace, email) for email in people]
    company, account = rows[0]["hubspot"]["company_id"], rows[1]["salesforce"]["company_id"]
    with workspace.store.reading() as tx:
        held = tx.execute(
            text("SELECT attributes FROM record WHERE key = :key"), {"key": f"hubspot:company:{company}"}
        ).scalar_one()
    hubspot = {"Authorization": f"Bearer {crms.secrets['MQLSYNC_HUBSPOT_TOKEN']}"}
    salesforce = {"Authorization": f"Bearer {session(crms)}"}
    data = f"{crms.salesforce}/services/data/v67.0/sobjects"
    website = {"Website": f"https://www.{orjson.loads(held)['domain']}"}
    patch(f"{data}/Account/{account}", salesforce, website)
    for one in rows:
        contact = f"{crms.hubspot}/crm/objects/2026-09/contacts/{one['hubspot']['id']}"
        patch(contact, hubspot, {"properties": {"associatedcompanyid": company}})
        if "salesforce" in one:
            patch(f"{data}/Contact/{one['salesforce']['id']}", salesforce, {"AccountId": account})


def records(workspace: Workspace, email: str) -> dict[str, dict[str, str]]:
    """These are somebody's rows by CRM."""
    with workspace.store.reading() as tx:
        rows = tx.execute(
            text(
                "SELECT r.connection, r.record_id, r.attributes FROM identity e JOIN identity i "
                "ON i.person = e.person JOIN record r ON r.key = i.key WHERE e.key = :email "
                "AND r.kind = 'contact' AND NOT r.deleted"
            ),
            {"email": f"email:{email}"},
        ).all()
    return {row.connection: {"id": row.record_id, **orjson.loads(row.attributes)} for row in rows}


def session(crms: Sandbox) -> str:
    form = {
        "grant_type": "client_credentials",
        "client_id": crms.secrets["MQLSYNC_SALESFORCE_CLIENT_ID"],
        "client_secret": crms.secrets["MQLSYNC_SALESFORCE_CLIENT_SECRET"],
    }
    return str(
        requests.post(f"{crms.salesforce}/services/oauth2/token", form, timeout=20).json()["access_token"]
    )


def patch(url: str, headers: dict[str, str], body: dict[str, Any]) -> None:
    answer = requests.patch(url, json=body, headers=headers, timeout=20)
    assert answer.status_code in (200, 204), answer.text


def test_five_who_qualify_in_one_batch_are_one_task(account: Account) -> None:
    before = len(account.tasks)

    account.asks(*account.people)
    account.cycles()
    account.cycles()

    assert account.statuses() == ["mql"] * 5
    assert len(account.tasks) == before + 1


@pytest.mark.parametrize("first", ["hubspot", "salesforce"])
def test_five_who_qualify_in_different_cycles_are_one_task(account: Account, first: str) -> None:
    before = {one["key"] for one in account.tasks}

    for email in account.people if first == "hubspot" else account.people[::-1]:
        account.asks(email)
        account.cycles()

    assert account.statuses() == ["mql"] * 5
    (task,) = (one["key"] for one in account.tasks if one["key"] not in before)
    assert task.startswith(f"{first}:contact:")


def test_when_the_first_is_rejected_the_next_has_a_task(account: Account) -> None:
    before = len(account.tasks)
    first, *others = account.people
    account.asks(first)
    account.cycles()
    account.asks(*others)
    account.cycles()

    account.crms.post("/act", email=first, kind="rejected")
    account.cycles()
    account.cycles()

    assert account.statuses()[0] != "mql"
    assert account.statuses()[1:] == ["mql"] * 4
    assert len(account.tasks) == before + 2
