"""Whoever only looks at a store changes nothing, disturbs nobody, and says what is wrong with it."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import orjson
import pytest
from sqlalchemy import text

from config.init import init
from sync.errors import StoreClosed, StoreDamaged, StoreMissing, StoreTooNew, StoreTooOld, SyncError
from sync.store import runs
from sync.store.engine import Store, open_engine
from sync.store.looking import looked_at
from sync.store.upgrade import HEAD, upgrade


def look(url: str) -> int:
    with looked_at(url) as store, store.reading() as tx:
        return int(tx.execute(text("SELECT COUNT(*) FROM setting")).scalar_one())


def test_what_is_stored_can_be_seen(url: str, store: Store) -> None:
    runs.remember(store, "live_from", "1")

    assert look(url) == 1


def test_nothing_can_be_written_by_looking(url: str, store: Store) -> None:
    with pytest.raises(StoreClosed, match=r"(?i)read.?only"), looked_at(url) as seen:
        runs.remember(seen, "live_from", "1")

    assert runs.recall(store, "live_from") == ""


def test_looking_does_not_wait_for_a_writer(url: str, store: Store) -> None:
    with store.transaction() as tx:
        tx.execute(text("INSERT INTO setting (name, value) VALUES ('half', 'done')"))

        assert look(url) == 0

    assert look(url) == 1


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    file = tmp_path / "mqlsync.db"

    with pytest.raises(StoreMissing, match=r"mqlsync\.db does not exist"), looked_at(f"sqlite:///{file}"):
        pass

    assert not file.exists()


def test_a_database_without_our_tables_is_named(sqlite_url: str, tmp_path: Path) -> None:
    raw = sqlite3.connect(tmp_path / "mqlsync.db")
    raw.execute("CREATE TABLE other (id INTEGER)")
    raw.close()

    with pytest.raises(StoreMissing, match="holds no tables of mqlsync"), looked_at(sqlite_url):
        pass


@pytest.mark.parametrize(
    ("begin", "words"), [(b"", "is empty"), (b"not a database, a letter", "is no SQLite database")]
)
def test_a_file_that_is_no_database_is_damaged(
    begin: bytes, words: str, sqlite_url: str, tmp_path: Path
) -> None:
    (tmp_path / "mqlsync.db").write_bytes(begin)

    with pytest.raises(StoreDamaged, match=words), looked_at(sqlite_url):
        pass


def test_a_folder_in_the_place_of_the_database_cannot_be_read(sqlite_url: str, tmp_path: Path) -> None:
    (tmp_path / "mqlsync.db").mkdir()

    with pytest.raises(StoreClosed, match="cannot be read"), looked_at(sqlite_url):
        pass


@pytest.fixture
def damaged_url(sqlite_url: str, tmp_path: Path) -> str:
    """Half of the pages of a sound database are overwritten; its beginning is as it was."""
    with sqlite3.connect(tmp_path / "mqlsync.db") as raw:
        raw.execute("CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT)")
        raw.execute("CREATE TABLE alembic_version (version_num TEXT)")
        raw.execute("INSERT INTO alembic_version VALUES (?)", [HEAD])
        raw.executemany("INSERT INTO setting VALUES (?, ?)", [(f"n{n}", "x" * 400) for n in range(300)])
    raw.close()
    whole = (tmp_path / "mqlsync.db").read_bytes()
    half = len(whole) // 2
    (tmp_path / "mqlsync.db").write_bytes(whole[:half] + b"\x07" * (len(whole) - half))
    return sqlite_url


def test_damaged_pages_are_found_before_anything_is_read(damaged_url: str) -> None:
    with pytest.raises(StoreDamaged), looked_at(damaged_url):
        pytest.fail("it was opened")


@pytest.mark.parametrize(("schema", "kind"), [("0000", StoreTooOld), ("9999", StoreTooNew)])
def test_a_database_of_another_version_is_told_apart(
    schema: str, kind: type[SyncError], url: str, store: Store
) -> None:
    with store.transaction() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = :schema"), {"schema": schema})

    with pytest.raises(kind, match=schema), looked_at(url):
        pass


def test_a_store_as_it_was_left_by_a_kill_can_be_seen(sqlite_url: str, tmp_path: Path) -> None:
    """The log beside the file holds what was committed last, and nobody has folded it in yet."""
    code = (
        "import os, sys\n"
        "from sync.store import runs\n"
        "from sync.store.engine import Store, open_engine\n"
        "from sync.store.upgrade import upgrade\n"
        "engine = open_engine(sys.argv[1])\n"
        "upgrade(engine)\n"
        "runs.remember(Store(engine, sys.argv[1]), 'last', 'word')\n"
        "os._exit(9)\n"
    )
    killed = subprocess.run([sys.executable, "-c", code, sqlite_url], check=False, timeout=60)

    assert killed.returncode == 9
    assert (tmp_path / "mqlsync.db-wal").stat().st_size > 0
    assert look(sqlite_url) == 1


def status(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sync.cli", "status", "-w", str(folder), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_status_answers_3_for_a_store_that_is_not_there_with_what_to_do(tmp_path: Path) -> None:
    init(tmp_path)

    shown = status(tmp_path)

    assert shown.returncode == 3
    assert "mqlsync.db does not exist" in shown.stderr
    assert "mqlsync backfill" in shown.stderr


def test_status_answers_3_for_a_damaged_store_also_as_json(tmp_path: Path, damaged_url: str) -> None:
    init(tmp_path)

    shown = status(tmp_path, "--json")

    told = orjson.loads(shown.stdout)
    assert (shown.returncode, told["exit_code"], told["level"]) == (3, 3, "store")
    assert "restore" in told["problems"][0]["remedy"]


def test_status_answers_1_for_a_store_that_nobody_filled_and_names_every_stream(
    tmp_path: Path, sqlite_url: str
) -> None:
    init(tmp_path)
    engine = open_engine(sqlite_url)
    upgrade(engine)
    engine.dispose()

    shown = status(tmp_path, "--html", str(tmp_path / "page.html"))

    assert shown.returncode == 1, shown.stderr
    assert "hubspot    contacts                  0 rows, never read" in shown.stdout
    assert "nothing was read to its end yet" in (tmp_path / "page.html").read_text()


def test_a_page_that_cannot_be_written_is_a_usage_error(tmp_path: Path, sqlite_url: str) -> None:
    init(tmp_path)
    engine = open_engine(sqlite_url)
    upgrade(engine)
    engine.dispose()

    shown = status(tmp_path, "--html", str(tmp_path / "nowhere" / "page.html"))

    assert shown.returncode == 64
    assert "Traceback" not in shown.stderr
