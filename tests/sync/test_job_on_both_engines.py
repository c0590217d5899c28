"""The main job ends in the same state whether SQLite or PostgreSQL keeps it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sandboxed import IMPATIENT, Sandbox, sandbox
from sqlalchemy import text

from sync.clock import parse
from sync.cycle import apply_plan, cycle
from sync.daemon import CYCLE, tick
from sync.status import status
from sync.store.ticks import claim_tick
from sync.workspace import Workspace, opened

START = "2026-11-23T10:00:00Z"
PEOPLE = 20

# Numbers of rows and people are an engine's own business, so people go by their keys.
_STATE = {
    "record": "SELECT key, stamp, deleted, fresh, attributes, own, names FROM record",
    "touch": "SELECT t.source_id, t.key, l.text, t.occurred_at FROM touch t JOIN label l ON l.id = t.kind",
    "cursor": "SELECT connection, stream, caught_up_at, rows_read FROM cursor",
    "identity": "SELECT i.key, (SELECT MIN(o.key) FROM identity o WHERE o.person = i.person) FROM identity i",
    "verdict": "SELECT i.key, v.status, v.score, v.grade, v.qualified_at, v.recheck_at, v.published "
    "FROM verdict v JOIN identity i ON i.person = v.person",
    "intent": "SELECT connection, purpose, key, state, payload FROM intent",
    "plan": "SELECT id, state, why_held FROM plan",
}


@pytest.fixture(scope="module")
def crms() -> Iterator[Sandbox]:
    with sandbox(PEOPLE, "--now", START, "--frozen") as started:
        yield started


def job(crms: Sandbox, folder: Path, url: str, patch: pytest.MonkeyPatch) -> dict[str, Any]:
    """An operator's first hour: read, look, release, read again."""
    crms.post("/reset")
    folder.mkdir()
    for name, value in (*crms.secrets.items(), ("MQLSYNC_DATABASE", url)):
        patch.setenv(name, value)
    with opened(
        crms.workspace(folder), now=lambda: parse(START), patience=IMPATIENT, sleep=lambda _: None
    ) as workspace:
        for connector in workspace.connectors.values():
            connector.provision()
        first = cycle(workspace, "backfill", everything=True)
        _, applied = apply_plan(workspace, None)
        again = cycle(workspace, "run", everything=True)
        ticked = tick(workspace, 60)
        assert not claim_tick(workspace.store, parse(START), CYCLE), "a tick is claimed once"
        assert first.pulled.is_complete
        assert applied.fields > PEOPLE
        assert (again.applied.fields, again.applied.tasks) == (0, 0)
        told = status(workspace).as_dict()
        return {**state(workspace), "status": told, "ticked": ticked, "applied": applied}


def state(workspace: Workspace) -> dict[str, Any]:
    with workspace.store.reading() as tx:
        return {
            name: sorted(repr([_plain(value) for value in row]) for row in tx.execute(text(select)))
            for name, select in _STATE.items()
        }


def _plain(value: Any) -> Any:
    """SQLite knows no booleans."""
    return int(value) if isinstance(value, bool) else value


def test_the_main_job_ends_alike_on_sqlite_and_postgres(
    crms: Sandbox, tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_sqlite = job(crms, tmp_path / "one", "mqlsync.db", monkeypatch)
    on_postgres = job(crms, tmp_path / "two", postgres_url, monkeypatch)

    for what, found in on_sqlite.items():
        assert found == on_postgres[what], what
