"""A tick runs once, and the daemon leaves when it is asked to."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sandboxed import IMPATIENT, sandbox
from sqlalchemy import text

from sync.daemon import CYCLE, nightly_tick, tick
from sync.errors import StoreClosed
from sync.status import status
from sync.store.engine import Store
from sync.store.lease import acquire
from sync.store.ticks import TICKS_KEPT, claim_tick
from sync.workspace import opened


def test_a_tick_is_claimed_once(store: Store) -> None:
    assert claim_tick(store, 60, CYCLE)
    assert not claim_tick(store, 60, CYCLE)
    assert claim_tick(store, 120, CYCLE)


def test_old_ticks_are_forgotten(store: Store) -> None:
    for at in range(TICKS_KEPT + 2):
        claim_tick(store, at, CYCLE)

    with store.reading() as tx:
        assert tx.execute(text("SELECT COUNT(*), MIN(at) FROM tick")).one() == (TICKS_KEPT, 2)


def test_a_workspace_without_reach_reports_trouble_and_its_status_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MQLSYNC_HUBSPOT_TOKEN", "pat-none")
    (tmp_path / "mqlsync.yaml").write_text(
        "workspace: test\nhome_crm: [hubspot]\nconnections:\n  hubspot: {url: 'http://127.0.0.1:9'}\n"
    )
    with opened(tmp_path, patience=IMPATIENT) as workspace:
        ran = tick(workspace, 60)
        again = tick(workspace, 3_600 * 24 * 365)
        found = status(workspace)

    assert ran
    assert again
    assert found.health.level == 2
    assert any("hubspot" in line and "failed" in line for line in found.lines())


def test_a_store_that_is_gone_for_a_moment_costs_one_tick(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MQLSYNC_HUBSPOT_TOKEN", "pat-none")
    (tmp_path / "mqlsync.yaml").write_text(
        "workspace: test\nhome_crm: [hubspot]\nconnections:\n  hubspot: {url: 'http://127.0.0.1:9'}\n"
    )
    gone: list[str] = []

    def at(place: str) -> None:
        if gone and place == "store.before commit":
            raise StoreClosed(gone.pop())

    with opened(tmp_path, patience=IMPATIENT, at=at) as workspace:
        gone.append("the server went away")
        lost = tick(workspace, 60)
        gone.append("and once more")
        night = nightly_tick(workspace)
        ran = tick(workspace, 60)

    assert (lost, night, ran) == (False, False, True)
    assert not gone


def test_a_second_worker_waits_and_is_told_who_holds_the_lease(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MQLSYNC_HUBSPOT_TOKEN", "pat-none")
    (tmp_path / "mqlsync.yaml").write_text(
        "workspace: test\nhome_crm: [hubspot]\nconnections:\n  hubspot: {url: 'http://127.0.0.1:9'}\n"
    )
    with opened(tmp_path, patience=IMPATIENT) as workspace:
        acquire(workspace.store, workspace.now(), owner="elsewhere:1")

        assert not tick(workspace, 60)
        assert status(workspace).found.worker == "elsewhere:1"


def test_sigterm_ends_the_daemon_with_zero(tmp_path: Path) -> None:
    with sandbox(20) as crms:
        crms.workspace(tmp_path)
        with subprocess.Popen(
            [sys.executable, "-m", "sync.cli", "daemon", "-w", str(tmp_path)],
            env={**crms.secrets, "PATH": ""},
            stderr=subprocess.PIPE,
            text=True,
        ) as child:
            assert child.stderr is not None
            first = child.stderr.readline()
            child.send_signal(signal.SIGTERM)
            rest = child.communicate(timeout=60)[1]

    assert "daemon_started" in first
    assert child.returncode == 0, rest
    assert crms.secrets["MQLSYNC_HUBSPOT_TOKEN"] not in first + rest
