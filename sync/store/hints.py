"""Records that a CRM says have changed: each event once, until its record has been read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text

from sync.clock import DAY
from sync.store.engine import Store

KEPT = 2 * DAY  # a delivery is repeated for a day at most
IDS_MAX = 100

_KEEP = """
INSERT INTO hint (connection, event, kind, record_id, portal, heard_at, read_at) VALUES (?, ?, ?, ?, ?, ?, 0)
ON CONFLICT (connection, event, kind, record_id) DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Records of one kind that should be read soon, as heard up to `heard_at`."""

    kind: str
    portal: str
    ids: tuple[str, ...]
    heard_at: int


def keep_hints(store: Store, connection: str, hints: Sequence[tuple[str, str, str, str]], now: int) -> None:
    """This writes (event, kind, id, portal) down; what was told before changes nothing."""
    with store.transaction() as tx:
        store.many(tx, _KEEP, [(connection, *hint, now) for hint in hints])
        tx.execute(
            text("DELETE FROM hint WHERE connection = :c AND read_at > 0 AND heard_at < :before"),
            {"c": connection, "before": now - KEPT},
        )


def has_hints(store: Store) -> bool:
    """This says whether anything waits to be read."""
    with store.reading() as tx:
        return tx.execute(text("SELECT 1 FROM hint WHERE read_at = 0 LIMIT 1")).first() is not None


def waiting_hints(store: Store, connection: str) -> Waiting | None:
    """These are the records to read next, those heard of first coming first; None if there are none."""
    with store.reading() as tx:
        rows = tx.execute(
            text(
                "SELECT kind, portal, record_id, MIN(heard_at) AS first_at, MAX(heard_at) AS last_at "
                "FROM hint WHERE connection = :c AND read_at = 0 GROUP BY kind, portal, record_id "
                "ORDER BY first_at, kind, portal, record_id LIMIT :most"
            ),
            {"c": connection, "most": IDS_MAX},
        ).all()
    if not rows:
        return None
    kind, portal = rows[0].kind, rows[0].portal
    same = [row for row in rows if (row.kind, row.portal) == (kind, portal)]
    return Waiting(kind, portal, tuple(row.record_id for row in same), max(row.last_at for row in same))


def settle_hints(store: Store, connection: str, read: Waiting, now: int) -> None:
    """These were read; what was heard of them since then waits on."""
    with store.transaction() as tx:
        store.many(
            tx,
            "UPDATE hint SET read_at = ? WHERE connection = ? AND kind = ? AND portal = ? AND record_id = ? "
            "AND heard_at <= ? AND read_at = 0",
            [(now, connection, read.kind, read.portal, each, read.heard_at) for each in read.ids],
        )
