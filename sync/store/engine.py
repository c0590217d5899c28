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

from sync.errors import LeaseLost, StoreDamaged

BUSY_MS = 30_000
SQLITE_MIN = (3, 40)


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
    labels: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """This runs reads and writes as one; everything or nothing is kept.

        Raises `LeaseLost` when the lease has changed hands, and keeps nothing then.
        """
        with self.engine.connect().execution_options(begin="IMMEDIATE") as connection:
            with connection.begin():
                yield connection
                self._check_lease(connection)
                self.at("store.before commit")
            self.at("store.after commit")

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """This reads one consistent state and never waits for a writer."""
        with self.engine.connect() as connection, connection.begin():
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

    def many(self, connection: Connection, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        """This runs one statement for many rows on the driver itself; `?` marks each value.

        It exists for the hot paths: a page of records costs a third of what Core costs.
        """
        if not rows:
            return
        if connection.dialect.name != "sqlite":
            statement = statement.replace("?", "%s")
        connection.exec_driver_sql(statement, [tuple(row) for row in rows])

    def close(self) -> None:
        self.engine.dispose()


def open_engine(url: str) -> Engine:
    """This connects to SQLite or PostgreSQL, with the settings that keep promises.

    Raises `StoreDamaged` if the SQLite library or file cannot be used.
    """
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True)
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
        "cache_size = -16000",
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


def quick_check(engine: Engine, url: str) -> None:
    """This looks the file over at start. Raises `StoreDamaged` with SQLite's own words."""
    path = sqlite_path(url)
    if path is None or not path.exists():
        return
    try:
        with engine.connect() as connection:
            words = connection.exec_driver_sql("PRAGMA quick_check(3)").scalars().all()
    except Exception as error:
        raise StoreDamaged(f"{path.name}: {getattr(error, 'orig', error)}") from error
    if list(words) != ["ok"]:
        raise StoreDamaged(f"{path.name}: {words[0]}")
