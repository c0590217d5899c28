"""A partner's definition and a new version of our own, through whole cycles on the fake CRMs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sandboxed import IMPATIENT, Sandbox, sandbox
from sqlalchemy import text

from config.definitions import DEFAULTS
from config.errors import ConfigError
from sync.cycle import apply_plan, cycle
from sync.explaining.explain import explain
from sync.workspace import Workspace, opened

AGREED = "scope: {partner: kestrel}\nstate: agreed\nagreed: {by: [Ada, Bo], on: 2026-01-02}\n"
OWN = (DEFAULTS / "definition.yaml").read_text()


@pytest.fixture(scope="module")
def crms() -> Iterator[Sandbox]:
    with sandbox(120) as started:
        yield started


@pytest.fixture
def folder(crms: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    crms.post("/reset")
    for name, value in crms.secrets.items():
        monkeypatch.setenv(name, value)
    found = crms.workspace(tmp_path)
    (found / "definition.yaml").write_text(OWN)
    with opened(found, patience=IMPATIENT) as workspace:
        for connector in workspace.connectors.values():
            connector.provision()
    return found


def rows(workspace: Workspace, statement: str) -> list[tuple[Any, ...]]:
    with workspace.store.reading() as tx:
        return [tuple(row) for row in tx.execute(text(statement))]


def extending(name: str, more: str, version: str = "1") -> str:
    return f'extends: standard\nname: {name}\nversion: "{version}"\nlabel: {name}\n{more}'


def test_a_partners_leads_are_judged_by_its_definition_and_others_never_are(folder: Path) -> None:
    (folder / "definitions").mkdir()
    with opened(folder, patience=IMPATIENT) as workspace:
        (folder / "definitions" / "partner.yaml").write_text(
            extending("theirs", AGREED + "qualified: {score: 20, engagement: 0}\n")
        )
        (folder / "definitions" / "idea.yaml").write_text(
            extending("idea", "trial: true\nqualified: {score: 10, engagement: 0}\n")
        )
        cycle(workspace, "backfill", everything=True)

        by = {definition for (definition,) in rows(workspace, "SELECT DISTINCT definition FROM verdict")}
        held = rows(workspace, "SELECT DISTINCT definition FROM verdict WHERE partner = 'kestrel'")
        free = rows(workspace, "SELECT DISTINCT definition FROM verdict WHERE partner <> 'kestrel'")
        tried = rows(workspace, "SELECT COUNT(*) FROM trial WHERE definition = 'idea'")
        told = rows(workspace, "SELECT COUNT(*) FROM intent WHERE payload LIKE '%idea%'")

    assert by == {"standard", "theirs"}
    assert held == [("theirs",)]
    assert free == [("standard",)]
    assert tried[0][0] > 100
    assert told == [(0,)]


def test_a_new_version_leaves_the_past_alone_and_can_be_taken_back(folder: Path) -> None:
    with opened(folder, patience=IMPATIENT) as workspace:
        cycle(workspace, "backfill", everything=True)
        apply_plan(workspace, None)
        before = rows(workspace, "SELECT id, person, version, qualified_at FROM episode ORDER BY id")
        person = rows(workspace, "SELECT person FROM episode WHERE ended_at = 0 LIMIT 1")[0][0]

        easier = OWN.replace('version: "1"', 'version: "2"').replace("score: 80", "score: 30")
        easier = easier.replace("engagement: 35", "engagement: 0")
        (folder / "definition.yaml").write_text(easier)
        planned = explain(workspace, f"person:{person}")
        changed = cycle(workspace, "run")

        after = rows(workspace, "SELECT id, person, version, qualified_at FROM episode ORDER BY id")
        new = after[len(before) :]
        started = rows(workspace, "SELECT effective_at FROM definition WHERE version = '2'")[0][0]
        (folder / "definition.yaml").write_text(OWN)
        back = cycle(workspace, "run")
        versions = rows(workspace, "SELECT DISTINCT version FROM verdict")
        kept = rows(workspace, "SELECT version FROM definition ORDER BY id")

    assert planned.now.told.definition.version == "2"
    assert changed.judged > 100
    assert after[: len(before)] == before
    assert new
    assert all(version == "2" and qualified_at == started for _, _, version, qualified_at in new)
    assert back.judged > 100
    assert versions == [("1",)]
    assert kept == [("1",), ("2",), ("1",)]


def test_a_version_that_judged_cannot_be_edited(folder: Path) -> None:
    with opened(folder, patience=IMPATIENT) as workspace:
        cycle(workspace, "backfill", everything=True)
        (folder / "definition.yaml").write_text(OWN.replace("score: 80", "score: 81"))

        with pytest.raises(ConfigError, match="raise the version"):
            cycle(workspace, "run")
