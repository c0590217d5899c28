"""Opening a store only to look at it: nothing is created, upgraded or written, and no worker waits.

`status` runs as a health check every minute beside a daemon. So the file is opened read only, and
looking it over for damage ends after a few seconds, however large it is.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from sync import clock
from sync.errors import StoreClosed, StoreDamaged, StoreMissing, StoreTooNew, StoreTooOld
from sync.store.engine import BUSY_MS, Store, open_engine, sqlite_path
from sync.store.upgrade import HEAD, revision

LOOK_S = 3.0
STEPS = 10_000  # of SQLite's machine between two looks at the clock
MAGIC = b"SQLite format 3\0"


@contextmanager
def looked_at(url: str, look_s: float = LOOK_S) -> Iterator[Store]:
    """This opens the store for reading, after looking it over for so long.

    Raises `StoreMissing`, `StoreClosed`, `StoreDamaged`, `StoreTooOld` or `StoreTooNew`, also when the
    damage shows only while somebody reads.
    """
    path = sqlite_path(url)
    name = path.name if path else "the database"
    if path:
        _look_over(path, look_s)
    engine = _read_only(path) if path else open_engine(url).execution_options(postgresql_readonly=True)
    try:
        _check_schema(engine, name)
        yield Store(engine, url)
    except DBAPIError as error:
        raise _meaning(name, error.orig or error) from error
    finally:
        engine.dispose()


def _read_only(path: Path) -> Engine:
    def connect() -> sqlite3.Connection:
        raw = _connect(path)
        raw.isolation_level = None
        return raw

    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return engine


def _connect(path: Path) -> sqlite3.Connection:
    address = f"{path.resolve().as_uri()}?mode=ro"
    return sqlite3.connect(address, uri=True, timeout=BUSY_MS / 1000, check_same_thread=False)


def _look_over(path: Path, look_s: float) -> None:
    if not path.exists():
        raise StoreMissing(f"{path.name} does not exist")
    if not path.is_file() or not os.access(path, os.R_OK):
        raise StoreClosed(f"{path.name} cannot be read")
    with path.open("rb") as file:
        begin = file.read(len(MAGIC))
    if begin != MAGIC:
        what = "is empty" if not begin else "is no SQLite database"
        raise StoreDamaged(f"{path.name} {what}")
    if not look_s:
        return
    until = clock.monotonic() + look_s
    try:
        with closing(_connect(path)) as raw:
            raw.set_progress_handler(lambda: clock.monotonic() > until, STEPS)
            words = str(raw.execute("PRAGMA quick_check(1)").fetchone()[0])
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_INTERRUPT:
            return  # sound as far as it was read
        raise _meaning(path.name, error) from error
    if words != "ok":
        raise StoreDamaged(f"{path.name}: {words.splitlines()[-1]}")


def _check_schema(engine: Engine, name: str) -> None:
    found = revision(engine)
    if found == HEAD:
        return
    if not found:
        raise StoreMissing(f"{name} holds no tables of mqlsync")
    if found < HEAD:
        raise StoreTooOld(f"{name} has schema {found}, this version works with {HEAD}")
    raise StoreTooNew(f"{name} has schema {found}, this version knows {HEAD}")


def _meaning(name: str, error: BaseException) -> StoreDamaged | StoreClosed:
    """SQLite's word for damage is exact; whatever else a driver says, the database cannot be read."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return StoreDamaged(f"{name}: {error}")
    words = str(error).strip().splitlines() or [type(error).__name__]
    return StoreClosed(f"{name}: {words[0]}")
