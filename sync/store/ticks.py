"""Schedules that fired: whoever inserts the row of a tick runs it, however many daemons there are."""

from __future__ import annotations

from sqlalchemy import Connection, text

from sync.store.engine import Store

TICKS_KEPT = 1_000  # of each schedule

_CLAIM = text("INSERT INTO tick (schedule, at) VALUES (:schedule, :at) ON CONFLICT (schedule, at) DO NOTHING")
_SINCE = text("SELECT COUNT(*) FROM tick WHERE schedule = :schedule AND at >= :since")
_FORGET = text(
    "DELETE FROM tick WHERE schedule = :schedule AND at < "
    "(SELECT MIN(at) FROM (SELECT at FROM tick WHERE schedule = :schedule "
    "ORDER BY at DESC LIMIT :kept) AS newest)"
)


def claim_tick(store: Store, at: int, schedule: str) -> bool:
    """This says whether the tick is ours."""
    with store.transaction() as tx:
        return claim(tx, at, schedule)


def claim(tx: Connection, at: int, schedule: str) -> bool:
    """This says whether the tick is ours, once the transaction is committed."""
    claimed = tx.execute(_CLAIM, {"schedule": schedule, "at": at}).rowcount
    tx.execute(_FORGET, {"schedule": schedule, "kept": TICKS_KEPT})
    return claimed == 1


def ticks_since(store: Store, since: int, schedule: str) -> int:
    """This is how often a schedule has fired since then."""
    with store.reading() as tx:
        return int(tx.execute(_SINCE, {"schedule": schedule, "since": since}).scalar_one())


def give_back(store: Store, at: int, schedule: str) -> None:
    """This lets somebody else try a tick whose work failed."""
    with store.transaction() as tx:
        values = {"schedule": schedule, "at": at}
        tx.execute(text("DELETE FROM tick WHERE schedule = :schedule AND at = :at"), values)
