"""A search index that is late by half a minute: what it hides is found by a later cycle, once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sandboxed import IMPATIENT, Sandbox, sandbox
from sqlalchemy import text

from sync.cycle import cycle
from sync.workspace import Workspace, opened

LAG_S = 30


@pytest.fixture
def crms() -> Iterator[Sandbox]:
    with sandbox(60, "--frozen") as started:
        yield started


@pytest.fixture
def workspace(crms: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    for name, value in crms.secrets.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "mqlsync.yaml").write_text(
        f"workspace: test\nconnections:\n  hubspot: {{url: '{crms.hubspot}'}}\n"
    )
    with opened(tmp_path, patience=IMPATIENT) as found:
        cycle(found, "backfill", everything=True)
        yield found


def rows(workspace: Workspace, sql: str) -> list[tuple[object, ...]]:
    with workspace.store.reading() as tx:
        return [tuple(row) for row in tx.execute(text(sql)).all()]


def stamps(workspace: Workspace) -> dict[object, object]:
    return dict(rows(workspace, "SELECT key, stamp FROM record WHERE kind = 'contact'"))


def test_an_index_that_is_half_a_minute_late_loses_nothing(workspace: Workspace, crms: Sandbox) -> None:
    addresses = rows(workspace, "SELECT key FROM edge WHERE reason = 'email' ORDER BY key LIMIT 5")
    people = [str(key).removeprefix("email:") for (key,) in addresses]
    for _ in range(3):  # held contacts are read once more by their ids, which would tell it all
        cycle(workspace, "run")
    before = stamps(workspace)
    crms.post("/clock", advance_s=3600)
    crms.post("/lag", lag_s=LAG_S, crm="hubspot")
    for email in people:
        assert "error" not in crms.post("/act", email=email, kind="call")

    cycle(workspace, "run")
    hidden = stamps(workspace)
    for _ in range(2):
        crms.post("/clock", advance_s=LAG_S)
        cycle(workspace, "run")
    found = stamps(workspace)
    called = rows(
        workspace,
        "SELECT t.key, COUNT(*) FROM touch t JOIN label l ON l.id = t.kind "
        f"WHERE l.text = 'call' AND t.recorded_at > {max(map(int, before.values()))} GROUP BY t.key",
    )

    assert hidden == before  # the index shows nobody yet
    assert len({key for key in found if found[key] != before[key]}) == len(people)
    assert {count for _, count in called} == {1}  # of calls that HubSpot holds; some are Salesforce's
