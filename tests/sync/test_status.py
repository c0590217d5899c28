"""Status reads the store alone and tells what a human should do."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from sqlalchemy import text

from config.init import init
from config.settings import load_settings
from reports.health import Level
from sync import clock
from sync.daemon import daemon
from sync.status import status
from sync.store import outbox, runs
from sync.store.engine import Store
from sync.store.outbox import Intent
from sync.workspace import Workspace, observed

NOW = clock.parse("2026-03-02")
KEY = "hubspot:contact:1"


@pytest.fixture
def workspace(tmp_path: Path, store: Store) -> Workspace:
    init(tmp_path)
    return Workspace(load_settings(tmp_path), store, {}, lambda: NOW)


def test_an_empty_store_is_fine(workspace: Workspace) -> None:
    found = status(workspace)

    assert (found.health.level, found.health.problems, found.found.last) == (Level.FINE, (), None)
    assert "no run yet" in found.lines()


def test_a_run_under_way_does_not_hide_that_the_last_one_failed(workspace: Workspace) -> None:
    failed = runs.begin(workspace.store, "daemon", NOW)
    runs.finish(workspace.store, failed, "failed", {}, "hubspot: no answer", NOW)
    runs.begin(workspace.store, "daemon", NOW)

    assert status(workspace).health.level is Level.STOPPED


def test_a_later_run_that_ends_well_clears_the_failure(workspace: Workspace) -> None:
    for state in ("failed", "done"):
        run = runs.begin(workspace.store, "daemon", NOW)
        runs.finish(workspace.store, run, "failed" if state == "failed" else "done", {}, "", NOW)

    assert status(workspace).health.level is Level.FINE


def test_a_held_plan_degrades_and_is_named_with_the_remedy(workspace: Workspace) -> None:
    with workspace.store.transaction() as tx:
        plan = outbox.new_plan(tx, "f", NOW)
        outbox.decide_plan(tx, plan, "held", NOW, "it is the first plan of this workspace")

    found = status(workspace)

    assert found.health.level is Level.DEGRADED
    assert any(f"plan {plan} is held" in line and "mqlsync apply" in line for line in found.lines())


def test_a_refused_write_degrades_until_the_crm_takes_it(workspace: Workspace) -> None:
    settled = []
    for state in ("rejected", "done"):
        with workspace.store.transaction() as tx:
            plan = outbox.new_plan(tx, "f", NOW)
            change = Intent(0, plan, 1, "hubspot", "fields", KEY, {"grade": "A"}, {}, slot=f"fields:{KEY}")
            outbox.save_intents(workspace.store, tx, plan, [change], NOW)
            (waiting,) = outbox.intents_of(tx, plan)
            outbox.settle(tx, waiting, state, NOW, error="INVALID_OPTION", remedy="Run `mqlsync provision`.")
            outbox.decide_plan(tx, plan, "done", NOW)
        settled.append(status(workspace).health)

    assert [one.level for one in settled] == [Level.DEGRADED, Level.FINE]
    assert f"refused a change of fields of {KEY}: INVALID_OPTION" in settled[0].problems[0].text


def test_every_stream_of_a_connected_crm_has_a_row_whatever_was_read(tmp_path: Path, store: Store) -> None:
    """No secret is needed to look, and none is set here."""
    init(tmp_path)
    settings = tmp_path / "mqlsync.yaml"
    settings.write_text(f"workspace: mine\ndatabase: '{store.url}'\nconnections:\n  hubspot: {{}}\n")
    with store.transaction() as tx:
        for connection, stream in (("hubspot", "contacts"), ("salesforce", "leads")):
            tx.execute(
                text("INSERT INTO cursor VALUES (:connection, :stream, '', :now, 1, 5)"),
                {"connection": connection, "stream": stream, "now": NOW},
            )

    with observed(tmp_path, now=lambda: NOW) as workspace:
        streams = status(workspace).found.streams

    read = {(one.connection, one.name): one for one in streams}
    assert read["hubspot", "contacts"].rows == 5
    assert read["hubspot", "forms"].caught_up_at == 0
    assert read["hubspot", "owners"].every_s == 3_600
    assert not read["salesforce", "leads"].is_connected


def test_a_daemon_asked_to_stop_leaves_and_gives_the_signals_back(workspace: Workspace) -> None:
    before = signal.getsignal(signal.SIGTERM)
    asked: list[str] = []

    def at(place: str) -> None:
        if not asked:
            asked.append(place)
            os.kill(os.getpid(), signal.SIGTERM)

    workspace.store.at = at

    daemon(workspace, interval_s=60)

    assert asked
    assert signal.getsignal(signal.SIGTERM) == before
