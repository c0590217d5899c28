"""The database and its transactions.

Writing transactions begin immediate, so nobody slips in between reading and writing, and end by
checking the lease: a worker that was paused for longer than its lease cannot commit.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from sync import clock
from sync.errors import LeaseLost, StoreClosed, StoreDamaged
from sync.store.postgres import is_gone, open_postgres

BUSY_MS = 30_000
AMONG_MAX = 5_000  # SQLite takes 32,766 values
SQLITE_MIN = (3, 40)
LOOK_S = 0.3  # how long a start looks at the file; a backup looks at all of it
STEPS = 10_000  # of SQLite's machine, between two looks at the clock


def _nothing(_: str) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Held:
    """A lease that we hold: whoever commits under it must still own this fence."""

    name: str
    owner: str
    fence: int


@dataclass(slots=True)
class Store:
    """One workspace's database. `at` is called around every commit; `lease` is checked inside each."""

    engine: Engine
    url: str
    at: Callable[[str], None] = field(default=_nothing)
    lease: Held | None = None
    renewed_at: int = 0
    labels: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """This runs reads and writes as one; everything or nothing is kept.

        Raises `LeaseLost` when the lease has changed hands, and keeps nothing then.
        """
        with _begun(self.engine, "IMMEDIATE") as connection:
            yield connection
            self._check_lease(connection)
            self.at("store.before commit")
        self.at("store.after commit")

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """This reads one consistent state and never waits for a writer."""
        with _begun(self.engine, "DEFERRED") as connection:
            yield connection

    def _check_lease(self, connection: Connection) -> None:
        if self.lease is None:
            return
        row = connection.execute(
            text("SELECT owner, fence FROM lease WHERE name = :name"), {"name": self.lease.name}
        ).one_or_none()
        if row is None or (row.owner, row.fence) != (self.lease.owner, self.lease.fence):
            holder = row.owner if row else "nobody"
            raise LeaseLost(f"lease {self.lease.name!r} now belongs to {holder}")

    def many(self, connection: Connection, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """This runs one statement for many rows on the driver itself; `?` marks each value.

        It exists for the hot paths: a page of records costs a third of what Core costs.
        """
        if not rows:
            return
        if connection.dialect.name != "sqlite":
            statement = statement.replace("%", "%%").replace("?", "%s")
        connection.exec_driver_sql(statement, list(rows))

    def among(self, connection: Connection, statement: str, values: Sequence[str]) -> list[Any]:
        """This asks the driver itself for the rows that belong to many values; `(?)` marks their place."""
        mark = "?"
        if connection.dialect.name != "sqlite":
            statement, mark = statement.replace("%", "%%"), "%s"
        found: list[Any] = []
        for start in range(0, len(values), AMONG_MAX):
            some = tuple(values[start : start + AMONG_MAX])
            asked = statement.replace("(?)", f"({','.join([mark] * len(some))})")
            found += connection.exec_driver_sql(asked, some).all()
        return found

    def close(self) -> None:
        self.engine.dispose()


@contextmanager
def _begun(engine: Engine, kind: str) -> Iterator[Connection]:
    try:
        with engine.connect().execution_options(begin=kind) as connection, connection.begin():
            yield connection
    except DBAPIError as error:
        if engine.dialect.name == "sqlite" or not is_gone(error):
            raise
        raise _closed(engine, error) from error


def _closed(engine: Engine, error: DBAPIError) -> StoreClosed:
    words = " ".join(str(error.orig).split())
    return StoreClosed(
        f"{engine.url.database or 'the database'} on {engine.url.host or 'its server'}: {words}"
    )


def open_engine(url: str) -> Engine:
    """This connects to SQLite or PostgreSQL, with the settings that keep promises.

    Raises `StoreDamaged` if the SQLite library cannot be used, `NotInstalled` without PostgreSQL's driver.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return open_postgres(parsed)
    if sqlite3.sqlite_version_info < SQLITE_MIN:
        raise StoreDamaged(f"SQLite {sqlite3.sqlite_version} is older than 3.40")
    engine = create_engine(url, connect_args={"timeout": BUSY_MS / 1000, "check_same_thread": False})
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def _on_connect(raw: sqlite3.Connection, _: object) -> None:
    raw.isolation_level = None  # we say BEGIN ourselves, see _on_begin
    cursor = raw.cursor()
    for pragma in (
        "journal_mode = WAL",
        "synchronous = NORMAL",
        f"busy_timeout = {BUSY_MS}",
        "foreign_keys = ON",
        "cache_size = -4000",  # KB; a larger one makes the memory of a backfill grow with the store
        "temp_store = FILE",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _on_begin(connection: Connection) -> None:
    kind = connection.get_execution_options().get("begin", "")
    connection.exec_driver_sql(f"BEGIN {kind}")


def sqlite_path(url: str) -> Path | None:
    """This is the file of an SQLite store, or None for another engine."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return None
    return Path(parsed.database)


def quick_check(engine: Engine, url: str, look_s: float = LOOK_S) -> None:
    """This looks the database over at start, a large one as far as `look_s` seconds reach.

    Raises `StoreDamaged` with SQLite's own words, or `StoreClosed` with PostgreSQL's.
    """
    if engine.dialect.name != "sqlite":
        with _begun(engine, "DEFERRED") as connection:
            connection.exec_driver_sql("SELECT 1")
        return
    path = sqlite_path(url)
    if path is None or not path.exists():
        return
    try:
        with engine.connect() as connection:
            words = _looked_over(connection, look_s)
    except Exception as error:
        raise StoreDamaged(f"{path.name}: {getattr(error, 'orig', error)}") from error
    if words != ["ok"]:
        raise StoreDamaged(f"{path.name}: {words[0]}")


def _looked_over(connection: Connection, look_s: float) -> list[str]:
    """This is what SQLite says; a look that ended early found nothing wrong."""
    raw: Any = connection.connection.driver_connection
    until = clock.monotonic() + look_s
    raw.set_progress_handler(lambda: clock.monotonic() > until, STEPS)
    try:
        return [str(row[0]) for row in raw.execute("PRAGMA quick_check(3)")]
    except sqlite3.OperationalError as error:
        if getattr(error, "sqlite_errorcode", 0) != sqlite3.SQLITE_INTERRUPT:
            raise
        return ["ok"]
    finally:
        raw.set_progress_handler(None, 0)
