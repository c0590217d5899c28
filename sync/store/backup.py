"""Copies of an SQLite store, and the way back.

A copy is made by SQLite's own backup in one step, so it is one consistent state however busy the writers
are. It counts only once it passed its check and is on the disk; until then it has another name.
PostgreSQL brings its own tools for this.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from sqlalchemy import inspect
from sqlalchemy.exc import DatabaseError, OperationalError

from sync.clock import to_datetime
from sync.errors import BackupFailed, NotSQLite, StoreDamaged
from sync.store.engine import Store, open_engine, sqlite_path
from sync.store.erase import take_over
from sync.store.lease import NAME, acquire, owner_name
from sync.store.upgrade import upgrade

KEEP = 7

_COPY = re.compile(r"mqlsync-\d{8}T\d{6}Z\.db")
_PART = re.compile(_COPY.pattern + r"\.(\d{1,9})\.part(-journal)?")


def backup(store: Store, folder: Path, now: int, keep: int = KEEP) -> Path:
    """This copies the store into the folder and keeps the `keep` newest copies there.

    Raises `StoreDamaged` if the copy fails its check; older copies all stay then.
    """
    if keep < 1:
        raise ValueError("keep must be at least 1, or the new copy would go as well")
    _file_of(store.url)
    copy = folder / f"mqlsync-{_stamp(now)}.db"
    part = folder / f"{copy.name}.{os.getpid()}.part"
    with _clear_words(part):
        folder.mkdir(parents=True, exist_ok=True)
        _clear_away(folder)
        with closing(store.engine.raw_connection()) as pooled:
            source = pooled.driver_connection
            if not isinstance(source, sqlite3.Connection):
                raise NotSQLite(store.engine.dialect.name)
            _copy(source, part)
        _into_place(part, copy)
    for old in list_backups(folder)[keep:]:
        if old != copy:  # a clock that was set back makes the newest copy look old
            old.unlink(missing_ok=True)
    return copy


def _clear_away(folder: Path) -> None:
    """Half a copy whose maker was killed is of no use to anybody, and may be as large as the store."""
    for path in folder.iterdir():
        part = _PART.fullmatch(path.name)
        if part and not _is_at_work(int(part[1])):
            path.unlink(missing_ok=True)


def _is_at_work(process: int) -> bool:
    if process == os.getpid():  # containers give everybody the same number: it was one before us
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def list_backups(folder: Path) -> list[Path]:
    """These are the copies in the folder, the newest first."""
    return sorted((path for path in folder.glob("mqlsync-*.db") if _COPY.fullmatch(path.name)), reverse=True)


def restore(url: str, file: Path, now: int) -> Path | None:
    """This puts a copy in the store's place; what stood there is kept under the name returned.

    Raises `LeaseHeld` while a worker is at work, and `StoreDamaged` for a bad file; both change nothing.
    """
    target = _file_of(url)
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    with _clear_words(part):
        _check(file)
        target.parent.mkdir(parents=True, exist_ok=True)
        with closing(_open_to_read(file)) as source:
            _copy(source, part)
        fence = _keep_workers_out(url, now) if target.exists() else 0
        if target.exists():
            _bury_again(part, url, now)
        _raise_fence(part, fence)
        aside = _put_aside(target, now)
        _into_place(part, target)
    return aside


def _file_of(url: str) -> Path:
    path = sqlite_path(url)
    if path is None or path.name == ":memory:":
        raise NotSQLite(f"{url.partition(':')[0]} is not a database file")
    return path


def _stamp(now: int) -> str:
    return to_datetime(now).strftime("%Y%m%dT%H%M%SZ")


@contextmanager
def _clear_words(part: Path) -> Iterator[None]:
    """SQLite calls it operational when disk or folder are at fault, and everything else is damage."""
    try:
        yield
    except (sqlite3.OperationalError, OperationalError, OSError) as error:
        raise BackupFailed(f"{part.parent}: {getattr(error, 'orig', error)}") from error
    except sqlite3.DatabaseError as error:
        raise StoreDamaged(f"the database to copy: {error}") from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _open_to_read(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)


def _copy(source: sqlite3.Connection, part: Path) -> None:
    part.unlink(missing_ok=True)
    part.touch(mode=0o600)  # it holds people's addresses
    with closing(sqlite3.connect(part)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file alone; opening the store turns WAL on again
    _check(part)


def _check(file: Path) -> None:
    if not file.is_file():
        raise BackupFailed(f"{file.name}: there is no such file")
    with closing(_open_to_read(file)) as connection:
        try:
            words = [row[0] for row in connection.execute("PRAGMA quick_check(3)")]
            # An empty file is sound SQLite, and so is anybody else's database.
            ours = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError as error:
            raise StoreDamaged(f"{file.name}: {error}") from error
    if words != ["ok"]:
        raise StoreDamaged(f"{file.name}: {words[0]}")
    if ours is None:
        raise StoreDamaged(f"{file.name}: this is not a database of mqlsync")


def _keep_workers_out(url: str, now: int) -> int:
    """This takes the present store's lease, so that a worker that has it open can commit no more.

    0 for a store too damaged to have one: that is what restoring is for.
    """
    engine = open_engine(url)
    try:
        if not inspect(engine).has_table("lease"):
            return 0
        return acquire(Store(engine, url), now, owner=f"restore on {owner_name()}").fence
    except (OperationalError, sqlite3.OperationalError):
        raise
    except (DatabaseError, sqlite3.DatabaseError):
        return 0
    finally:
        engine.dispose()


def _bury_again(part: Path, url: str, now: int) -> None:
    """Whoever was erased since the copy was made is erased from the copy, before anybody sees it.

    A store too damaged to be asked cannot tell; what it knew is lost then.
    """
    present, copy = open_engine(url), open_engine(f"sqlite:///{part}")
    try:
        if not inspect(present).has_table("tombstone"):
            return
        upgrade(copy)
        take_over(Store(copy, f"sqlite:///{part}"), Store(present, url), now)
    except (OperationalError, sqlite3.OperationalError):
        raise
    except (DatabaseError, sqlite3.DatabaseError):
        return
    finally:
        present.dispose()
        copy.dispose()
    with closing(sqlite3.connect(part)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")


def _raise_fence(part: Path, fence: int) -> None:
    # The copy remembers the lease of its day; whoever held that one must not pass for its holder again.
    with closing(sqlite3.connect(part)) as connection, connection:
        connection.execute(
            "INSERT INTO lease (name, owner, fence, expires_at) VALUES (?, '', ?, 0) ON CONFLICT (name) "
            "DO UPDATE SET owner = '', fence = max(lease.fence, excluded.fence) + 1, expires_at = 0",
            (NAME, fence + 1),
        )


def _put_aside(target: Path, now: int) -> Path | None:
    """This gives the present database a second name. Its journal moves: it would spoil the restored file."""
    if not target.exists():
        aside = None
    else:
        aside = target.with_name(f"{target.name}.{_stamp(now)}.before-restore")
        try:
            aside.hardlink_to(target)
        except FileExistsError:
            raise
        except OSError:  # a file system without links
            shutil.copy2(target, aside)
    for end in ("-wal", "-shm"):
        journal = target.with_name(target.name + end)
        if journal.exists() and aside:
            journal.replace(aside.with_name(aside.name + end))
        journal.unlink(missing_ok=True)
    return aside


def _into_place(part: Path, place: Path) -> None:
    """This renames for good: after a power cut there is the old file or the new one, never half of one."""
    _flush(part)
    part.replace(place)
    _flush(place.parent)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
