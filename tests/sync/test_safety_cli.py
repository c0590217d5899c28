"""`undo`, `drift`, `reconcile`, `errors`, `holdout` and `fields`, as somebody types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from connectors.own import OWN_FIELDS
from connectors.records import Page, Record
from sync.cli import app
from sync.store.engine import Store, open_engine
from sync.store.pages import save_page
from sync.store.people import resolve_records
from sync.store.upgrade import upgrade

NOW = 1_795_000_000_000_000
KEY = "hubspot:contact:1"
KNOWN = {"email": "jane@mail.example"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One contact, whose grade somebody changed; one write of ours to her was refused."""
    monkeypatch.setenv("MQLSYNC_HUBSPOT_TOKEN", "pat-test")
    (tmp_path / "mqlsync.yaml").write_text("workspace: test\nconnections:\n  hubspot:\n")
    url = f"sqlite:///{tmp_path / 'mqlsync.db'}"
    engine = open_engine(url)
    upgrade(engine)
    store = Store(engine, url)
    for stamp, grade in ((NOW, "A"), (NOW + 1, "D")):
        jane = Record("contact", "1", stamp, NOW, attributes=KNOWN, own={"grade": grade})
        save_page(store, "hubspot", "contacts", Page("", True, records=(jane,)), stamp)
    resolve_records(store, 10)
    with store.transaction() as tx:
        tx.execute(
            text(
                "INSERT INTO intent (plan, person, connection, purpose, key, payload, before, state, "
                "attempts, not_before, crm_id, error, remedy, created_at, settled_at) "
                "VALUES (1, 1, 'hubspot', 'fields', :key, "
                "'{}', '{}', 'rejected', 1, 0, '', 'is read-only', 'Make it writable.', 1, :now)"
            ),
            {"key": KEY, "now": NOW},
        )
    store.close()
    return tmp_path


def run(folder: Path, *words: str, code: int = 0) -> str:
    place = [] if words[0] == "fields" else ["-w", str(folder)]
    result = CliRunner().invoke(app, [*words, *place])
    assert result.exit_code == code, result.output or result.exception
    return result.output


def test_a_refusal_is_shown_with_the_crms_words_and_the_fix(folder: Path) -> None:
    shown = run(folder, "errors")
    told = json.loads(run(folder, "errors", "list", "--json"))

    assert "1  hubspot:contact:1  fields, refused 2026-11-18" in shown
    assert "is read-only" in shown
    assert "→ Make it writable." in shown
    assert told["refused"][0] | {"since": ""} == {
        "again": 1,
        "since": "",
        "record": KEY,
        "what": "fields",
        "words": "is read-only",
        "fix": "Make it writable.",
        "tried": 1,
    }


def test_what_is_tried_again_leaves_the_inbox(folder: Path) -> None:
    assert "1 of them will be tried" in run(folder, "errors", "retry", "1")

    assert "Nothing was refused" in run(folder, "errors")


@pytest.mark.parametrize("words", [(), ("--all", "1")])
def test_a_retry_wants_numbers_or_all(words: tuple[str, ...], folder: Path) -> None:
    run(folder, "errors", "retry", *words, code=2)


def test_a_foreign_change_is_shown_with_both_values(folder: Path) -> None:
    shown = run(folder, "drift", "--days", "3650")

    assert "Others changed our fields 1 times" in shown
    assert f"{KEY}  grade: A → D" in shown
    assert json.loads(run(folder, "drift", "--days", "3650", "--json"))["changes"][0]["theirs"] == "D"


def test_with_one_crm_there_is_nothing_to_reconcile(folder: Path) -> None:
    assert "0 people are in both CRMs, 0 of them show the same; 1 only in hubspot." in run(
        folder, "reconcile"
    )


def test_without_a_run_that_wrote_there_is_nothing_to_undo(folder: Path) -> None:
    assert "No run wrote anything yet." in run(folder, "undo")
    assert json.loads(run(folder, "undo", "--json")) == {"runs": []}


def test_without_a_share_nobody_is_held_out(folder: Path) -> None:
    assert "Nobody is held out" in run(folder, "holdout")


def test_every_field_of_ours_stands_in_the_table(folder: Path) -> None:
    told = json.loads(run(folder, "fields", "--json"))["fields"]

    assert {f"mqlsync_{one.name}" for one in OWN_FIELDS} <= {one["hubspot"] for one in told}
    assert "lifecyclestage" in run(folder, "fields")


def test_a_workspace_without_promises_is_told_why_no_clock_runs(folder: Path) -> None:
    assert "`sla` there starts them" in run(folder, "sla")
