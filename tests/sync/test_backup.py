"""A copy is whole or is not there, and restoring never loses what stood in its place."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import text

from sync.clock import DAY, SECOND
from sync.errors import BackupFailed, LeaseHeld, LeaseLost, NotSQLite, StoreDamaged
from sync.store.backup import backup, list_backups, restore
from sync.store.engine import Store, open_engine, sqlite_path
from sync.store.lease import LENGTH_S, acquire
from sync.store.runs import recall, remember

NOW = 20_000 * DAY


@pytest.fixture
def url(sqlite_url: str) -> str:
    """PostgreSQL brings its own tools for copies."""
    return sqlite_url


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "backups"


def file_of(store: Store) -> Path:
    path = sqlite_path(store.url)
    assert path is not None
    return path


def spoil(path: Path) -> None:
    """Every page but the first is overwritten: it opens, and then it does not make sense."""
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xa5" * (len(whole) - 4096))


def test_a_copy_has_the_time_in_its_name_and_is_readable_by_us_alone(store: Store, folder: Path) -> None:
    copy = backup(store, folder, NOW)

    assert copy == folder / "mqlsync-20241004T000000Z.db"
    assert [path.name for path in folder.iterdir()] == [copy.name]
    assert copy.stat().st_mode & 0o077 == 0


def test_what_was_backed_up_comes_back(open_store: Callable[[], Store], folder: Path) -> None:
    store = open_store()
    remember(store, "word", "before")
    copy = backup(store, folder, NOW)
    remember(store, "word", "after")
    store.close()

    aside = restore(store.url, copy, NOW)

    assert recall(open_store(), "word") == "before"
    assert aside is not None
    assert aside.name.endswith(".before-restore")
    former = Store(open_engine(f"sqlite:///{aside}"), "")
    assert recall(former, "word") == "after"
    former.close()


def test_what_stood_there_is_whole_even_while_somebody_has_it_open(
    open_store: Callable[[], Store], folder: Path
) -> None:
    store = open_store()
    copy = backup(store, folder, NOW)
    with store.reading() as tx:
        tx.execute(text("SELECT 1 FROM setting")).all()
        remember(store, "word", "only in the journal")

        aside = restore(store.url, copy, NOW)

    former = Store(open_engine(f"sqlite:///{aside}"), "")
    assert recall(former, "word") == "only in the journal"
    assert recall(open_store(), "word") == ""
    former.close()


def test_a_copy_made_while_a_writer_writes_is_one_consistent_state(
    open_store: Callable[[], Store], folder: Path
) -> None:
    store, writer = open_store(), open_store()
    stop, started = Event(), Event()

    def write() -> None:
        for number in range(10_000):
            if stop.is_set():
                return
            with writer.transaction() as tx:
                for name in ("left", "right"):
                    tx.execute(
                        text(
                            "INSERT INTO setting VALUES (:n, :v) ON CONFLICT (name) DO UPDATE SET value = :v"
                        ),
                        {"n": name, "v": str(number)},
                    )
            started.set()

    thread = Thread(target=write)
    thread.start()
    try:
        assert started.wait(10)
        copies = [backup(store, folder, NOW + n * SECOND) for n in range(5)]
    finally:
        stop.set()
        thread.join(10)

    for path in copies:
        copy = Store(open_engine(f"sqlite:///{path}"), "")
        assert recall(copy, "left") == recall(copy, "right") != ""
        copy.close()


def test_the_newest_copies_are_kept_and_other_files_left_alone(store: Store, folder: Path) -> None:
    folder.mkdir()
    (folder / "mqlsync-before-the-move.db").touch()

    copies = [backup(store, folder, NOW + day * DAY, keep=2) for day in range(4)]

    assert list_backups(folder) == [copies[3], copies[2]]
    assert (folder / "mqlsync-before-the-move.db").exists()


def test_a_clock_that_was_set_back_does_not_cost_the_copy_just_made(store: Store, folder: Path) -> None:
    newer = backup(store, folder, NOW + DAY, keep=1)

    copy = backup(store, folder, NOW, keep=1)

    assert copy.exists()
    assert newer.exists()


def test_half_a_copy_of_a_killed_backup_is_cleared_away_by_the_next(store: Store, folder: Path) -> None:
    folder.mkdir()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as alive:
        with subprocess.Popen([sys.executable, "-c", ""]) as ended:
            ended.wait(30)
        halves = {
            who: folder / f"mqlsync-20200101T000000Z.db.{pid}.part"
            for who, pid in {"ended": ended.pid, "alive": alive.pid, "ours": os.getpid()}.items()
        }
        journal = folder / f"{halves['ended'].name}-journal"
        strange = folder / "holiday.db.1.part"
        for path in (*halves.values(), journal, strange):
            path.touch()

        copy = backup(store, folder, NOW)
        alive.communicate(b"\n", timeout=30)

    assert set(folder.iterdir()) == {copy, halves["alive"], strange}


def test_keeping_no_copy_is_refused(store: Store, folder: Path) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        backup(store, folder, NOW, keep=0)


def test_a_damaged_store_gives_no_copy_and_costs_no_older_one(
    open_store: Callable[[], Store], folder: Path
) -> None:
    store = open_store()
    older = backup(store, folder, NOW, keep=1)
    store.close()
    spoil(file_of(store))

    damaged = Store(open_engine(store.url), store.url)
    with pytest.raises(StoreDamaged):
        backup(damaged, folder, NOW + DAY, keep=1)
    damaged.close()

    assert list(folder.iterdir()) == [older]


def test_a_folder_that_cannot_be_made_is_named(store: Store, tmp_path: Path) -> None:
    (tmp_path / "taken").touch()

    with pytest.raises(BackupFailed, match="taken"):
        backup(store, tmp_path / "taken", NOW)


def test_a_store_with_a_worker_is_not_replaced(open_store: Callable[[], Store], folder: Path) -> None:
    store = open_store()
    copy = backup(store, folder, NOW)
    remember(store, "word", "after")
    acquire(store, NOW, owner="one")

    with pytest.raises(LeaseHeld, match="one"):
        restore(store.url, copy, NOW + LENGTH_S * SECOND - 1)

    assert recall(open_store(), "word") == "after"
    assert not list(file_of(store).parent.glob("*.before-restore*"))
    restore(store.url, copy, NOW + LENGTH_S * SECOND)
    assert recall(open_store(), "word") == ""


def test_a_worker_that_slept_through_the_restore_cannot_write(
    open_store: Callable[[], Store], folder: Path
) -> None:
    paused = open_store()
    held = acquire(paused, NOW, owner="one")
    copy = backup(paused, folder, NOW)  # the copy remembers the lease of "one" as well
    later = NOW + LENGTH_S * SECOND

    restore(paused.url, copy, later)

    with pytest.raises(LeaseLost):
        remember(paused, "word", "too late")
    reconnected = open_store()
    reconnected.lease = held
    with pytest.raises(LeaseLost):
        remember(reconnected, "word", "too late")
    fresh = open_store()
    assert acquire(fresh, later, owner="two").fence > held.fence
    remember(fresh, "word", "in time")


def test_a_damaged_copy_is_refused_and_the_store_stays(store: Store, folder: Path) -> None:
    remember(store, "word", "here")
    copy = backup(store, folder, NOW)
    spoil(copy)

    with pytest.raises(StoreDamaged, match="mqlsync-2024"):
        restore(store.url, copy, NOW)

    assert recall(store, "word") == "here"
    assert not list(file_of(store).parent.glob("*.part"))


@pytest.mark.parametrize("content", [b"", b"not a database at all, only words" * 100])
def test_a_file_that_is_not_ours_is_refused(store: Store, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "odd.db").write_bytes(content)

    with pytest.raises(StoreDamaged, match=r"odd\.db"):
        restore(store.url, tmp_path / "odd.db", NOW)


def test_a_missing_copy_is_named_and_the_store_stays(store: Store, tmp_path: Path) -> None:
    with pytest.raises(BackupFailed, match=r"gone.db: there is no such file\. The store is as it was"):
        restore(store.url, tmp_path / "gone.db", NOW)

    assert file_of(store).exists()


def test_a_damaged_store_can_be_replaced(open_store: Callable[[], Store], folder: Path) -> None:
    store = open_store()
    remember(store, "word", "before")
    copy = backup(store, folder, NOW)
    store.close()
    spoil(file_of(store))

    aside = restore(store.url, copy, NOW)

    assert aside is not None
    assert recall(open_store(), "word") == "before"


def test_a_lost_store_can_be_replaced(open_store: Callable[[], Store], folder: Path) -> None:
    store = open_store()
    remember(store, "word", "before")
    copy = backup(store, folder, NOW)
    store.close()
    file_of(store).unlink()

    assert restore(store.url, copy, NOW) is None
    assert recall(open_store(), "word") == "before"


@pytest.mark.parametrize("url", ["postgresql://localhost/mqlsync", "sqlite://", "sqlite:///:memory:"])
def test_what_is_no_file_is_told_to_use_the_servers_own_tools(url: str, tmp_path: Path) -> None:
    with pytest.raises(NotSQLite, match="pg_dump"):
        restore(url, tmp_path / "any.db", NOW)
