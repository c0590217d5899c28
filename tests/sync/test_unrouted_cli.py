"""`mqlsync unrouted`, `status` and `check` about leads that nobody can take, as somebody types them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from leads import Office, owner
from typer.testing import CliRunner

from reports.health import Level
from sync.cli import app
from sync.handoff.unrouted import territories_checked
from sync.status import status
from sync.store.engine import Store, open_engine
from sync.store.upgrade import upgrade


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    folder = tmp_path / "workspace"
    folder.mkdir()
    url = f"sqlite:///{folder / 'mqlsync.db'}"
    engine = open_engine(url)
    upgrade(engine)
    opened = Office.opened(folder, Store(engine, url))
    opened.changes("territories: [{name: de, owners: ['7', '8'], countries: Germany}]")
    opened.hears(("hubspot", owner("7")))
    yield opened
    engine.dispose()


def said(office: Office, *words: str) -> str:
    found = CliRunner().invoke(app, ["unrouted", "-w", str(office.workspace.settings.folder), *words])
    assert found.exit_code == 0, found.output
    return found.output


def test_nobody_waits_while_everybody_was_given_to_somebody(office: Office) -> None:
    office.arrives("ann")
    office.judges()

    assert said(office).splitlines() == [
        "Everybody who became MQL was given to somebody.",
        "territory `de`: 8 is unknown",
    ]
    assert status(office.workspace).found.unrouted == []


def test_who_waits_is_listed_with_the_cause_and_status_is_degraded(office: Office) -> None:
    office.arrives("ann", country="France")
    office.judges()

    cause = "no territory takes country France, industry Software, employees 500"
    lines = said(office).splitlines()
    assert lines[0].startswith("hubspot:contact:ann since 2024-10-04")
    assert lines[1] == f"  {cause}"
    shown: dict[str, Any] = json.loads(said(office, "--json"))
    assert [one["cause"] for one in shown["waiting"]] == [cause]
    assert shown["territories"] == [{"territory": "de", "owner": "8", "what": "unknown"}]
    found = status(office.workspace).health
    assert found.level >= Level.DEGRADED
    assert f"1 lead waits for somebody to take them: {cause}" in [one.text for one in found.problems]


def test_check_refuses_an_owner_whom_no_crm_knows_once_owners_were_read(office: Office) -> None:
    (found,) = territories_checked(office.workspace)
    assert (found.subject, found.state, found.text) == ("de", "error", "8 is unknown")

    office.hears(("hubspot", owner("8")))

    assert [one.state for one in territories_checked(office.workspace)] == ["ok"]
