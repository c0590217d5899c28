"""PostgreSQL, made to keep the promises that SQLite keeps by itself.

One writer at a time: whoever writes first takes one lock of the database, as BEGIN IMMEDIATE does, so
that what was read before a write still holds when it is committed. Readers see one consistent state and
wait for nobody. A worker that falls silent inside a transaction is let go by the server, so that its
successor can begin.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, OperationalError

from sync.errors import NotInstalled

LOCK = 0x6D716C  # the number of our lock, "mql": advisory locks are numbers
LOCK_WAIT_S = 30.0
SILENCE_MAX_S = 120.0  # a lease's length: after it, nobody expects this worker back
_LET_GO = "25P03"  # PostgreSQL's code for that, which the driver files under internal errors


def open_postgres(url: URL, *, lock_wait_s: float = LOCK_WAIT_S, silence_s: float = SILENCE_MAX_S) -> Engine:
    """This connects lazily, and notices connections that the server has closed meanwhile.

    Raises `NotInstalled` where the driver is missing.
    """
    try:
        engine = create_engine(url, pool_pre_ping=True)
    except ModuleNotFoundError as error:
        raise NotInstalled("PostgreSQL's driver: pip install 'mqlsync[postgres]'") from error
    # One message, no parameters: all of it costs one round trip.
    write = (
        f"SET LOCAL lock_timeout = {int(lock_wait_s * 1000)}; "
        f"SET LOCAL idle_in_transaction_session_timeout = {int(silence_s * 1000)}; "
        f"SELECT pg_advisory_xact_lock({LOCK})"
    )
    begins = {
        # A snapshot taken before the wait for the lock would be old after it.
        "IMMEDIATE": f"SET TRANSACTION ISOLATION LEVEL READ COMMITTED; {write}",
        "DEFERRED": "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
    }

    def on_begin(connection: Connection) -> None:
        kind = connection.get_execution_options().get("begin")
        if kind:
            connection.exec_driver_sql(begins[kind])

    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", on_begin)
    return engine


def is_gone(error: DBAPIError) -> bool:
    """This says that the server left us, or we it; anything else is a bug in a statement."""
    let_go = getattr(error.orig, "sqlstate", "") == _LET_GO
    return let_go or error.connection_invalidated or isinstance(error, OperationalError)


def _on_connect(raw: Any, _: object) -> None:
    """PostgreSQL has no place for a zero character in a text. People's texts have, now and then."""
    from psycopg.types.string import StrDumperUnknown  # noqa: PLC0415 - only where PostgreSQL is used

    class Dumper(StrDumperUnknown):
        def dump(self, obj: str) -> Any:
            return super().dump(obj.replace("\0", "") if "\0" in obj else obj)

    raw.adapters.register_dumper(str, Dumper)
