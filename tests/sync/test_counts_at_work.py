"""The org counts its rows beside ours, over HTTP: what is missing is said, and then found again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sandboxed import IMPATIENT, Sandbox, sandbox
from sqlalchemy import text

from reports.health import Level
from reports.overview import Overview
from sync.cycle import cycle
from sync.status import status
from sync.workspace import Workspace, opened

SIX_HOURS_S, A_DAY_S = 6 * 3_600 + 60, 86_400


@pytest.fixture
def crms() -> Iterator[Sandbox]:
    with sandbox(40, "--frozen") as started:
        yield started


@pytest.fixture
def workspace(crms: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    for name, value in crms.secrets.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "mqlsync.yaml").write_text(
        f"workspace: test\nconnections:\n  salesforce: {{login_url: '{crms.salesforce}'}}\n"
    )
    with opened(tmp_path, patience=IMPATIENT) as found:
        yield found


def after(crms: Sandbox, workspace: Workspace, seconds: float) -> Overview:
    crms.post("/clock", advance_s=seconds)
    cycle(workspace, "run", everything=True)
    return status(workspace)


def texts(seen: Overview) -> list[str]:
    return [one.text for one in seen.health.problems if "not here" in one.text]


def lose_a_lead(workspace: Workspace) -> None:
    with workspace.store.transaction() as tx:
        tx.execute(text("DELETE FROM record WHERE key = (SELECT MIN(key) FROM record WHERE kind = 'lead')"))


def leads(workspace: Workspace) -> int:
    with workspace.store.reading() as tx:
        return int(tx.execute(text("SELECT COUNT(*) FROM record WHERE kind = 'lead'")).scalar_one())


def test_a_row_that_the_store_lost_is_read_again_within_hours(crms: Sandbox, workspace: Workspace) -> None:
    whole = after(crms, workspace, 0)
    there = leads(workspace)
    lose_a_lead(workspace)

    too_early = after(crms, workspace, SIX_HOURS_S / 2)
    early = leads(workspace)
    healed = after(crms, workspace, SIX_HOURS_S / 2)

    assert {one["stream"]: one["missing"] + one["surplus"] for one in whole.as_dict()["counts"]} == {
        "leads": 0, "contacts": 0, "accounts": 0, "opportunities": 0, "campaigns": 0
    }  # fmt: skip
    assert any(line.startswith("counted: salesforce leads") for line in whole.lines())
    assert (early, leads(workspace)) == (there - 1, there)
    assert texts(too_early) == texts(healed) == []


def test_a_row_that_is_lost_once_more_the_same_day_is_missed_until_the_next(
    crms: Sandbox, workspace: Workspace
) -> None:
    after(crms, workspace, 0)
    lose_a_lead(workspace)
    after(crms, workspace, SIX_HOURS_S)
    lose_a_lead(workspace)

    missing = after(crms, workspace, SIX_HOURS_S)
    healed = after(crms, workspace, A_DAY_S)

    assert missing.health.level is Level.DEGRADED
    assert [one.startswith("not here: 1 of ") for one in texts(missing)] == [True]
    assert texts(healed) == []
