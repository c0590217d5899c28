"""`mqlsync erase`, as somebody types it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from connectors.records import Page, Record
from sync.store.engine import Store, open_engine
from sync.store.pages import save_page
from sync.store.people import resolve_records
from sync.store.upgrade import upgrade

NOW = 1_795_000_000_000_000
JANE = Record(
    "contact", "1", NOW, NOW, attributes={"email": "jane@mail.example"}, keys=("email:jane@mail.example",)
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mqlsync.yaml").write_text("workspace: test\nconnections:\n  hubspot:\n")
    store = opened(tmp_path)
    save_page(store, "hubspot", "contacts", Page("", True, records=(JANE,)), NOW)
    resolve_records(store, 10)
    store.close()
    return tmp_path


def opened(folder: Path) -> Store:
    url = f"sqlite:///{folder / 'mqlsync.db'}"
    engine = open_engine(url)
    upgrade(engine)
    return Store(engine, url)


def erase(folder: Path, *words: str, said: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sync.cli", "erase", *words],
        cwd=folder, input=said, capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "MQLSYNC_HUBSPOT_TOKEN": "pat-test"},
    )  # fmt: skip


def saved_again(folder: Path) -> int:
    store = opened(folder)
    try:
        return save_page(store, "hubspot", "contacts", Page("", True, records=(JANE,)), NOW).records
    finally:
        store.close()


def test_a_person_is_erased_by_her_address_and_never_read_again(folder: Path) -> None:
    shown = erase(folder, "Jane@mail.example", "--yes")

    assert shown.returncode == 0, shown.stderr
    assert "forgotten" in shown.stdout
    assert "jane" not in shown.stdout.lower()
    assert saved_again(folder) == 0


def test_it_asks_first_and_no_is_no(folder: Path) -> None:
    shown = erase(folder, "hubspot:contact:1", said="n\n")

    assert shown.returncode == 1
    assert saved_again(folder) == 1


def test_an_id_of_nobody_is_an_error_and_an_address_of_nobody_is_kept_out(folder: Path) -> None:
    nobody = erase(folder, "hubspot:contact:2", "--yes")
    address = erase(folder, "jim@mail.example", "--yes")

    assert nobody.returncode == 1
    assert "Traceback" not in nobody.stderr
    assert address.returncode == 0
    assert saved_again(folder) == 1
