"""What a CRM counts beside what is stored: the last comparison of each connection.

Both numbers are taken at the same line in time, and the stored one in the transaction that keeps the page,
so that nothing can move in between. Rows put aside and people who were erased are not missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import orjson
from sqlalchemy import Connection, text

from connectors.records import PERSON_KINDS, Count
from reports.tally import Tally

_NAME = "tally "  # and the connection: so the comparison is called among the settings
_SAVE = text(
    "INSERT INTO setting (name, value) VALUES (:name, :value) "
    "ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)
_ALL = text("SELECT name, value FROM setting WHERE name LIKE 'tally %' ORDER BY name")
_HELD = text(
    "SELECT COUNT(*) FROM record "
    "WHERE connection = :connection AND kind = :kind AND NOT deleted AND stamp <= :until"
)
_ASIDE = text("SELECT COUNT(*) FROM quarantine WHERE connection = :connection AND stream = :stream")
_BURIED = text("SELECT COUNT(*) FROM tombstone")


def save_tallies(tx: Connection, connection: str, counts: Sequence[Count], now: int) -> None:
    """This holds the counts of a page against what is stored, in place of the last ones."""
    if not counts:
        return
    made = [_tally(tx, connection, count, now) for count in counts]
    value = orjson.dumps([asdict(one) for one in made]).decode()
    tx.execute(_SAVE, {"name": f"{_NAME}{connection}", "value": value})


def tallies(tx: Connection) -> list[Tally]:
    """These are the last comparisons, by connection."""
    return [Tally(**one) for row in tx.execute(_ALL) for one in orjson.loads(row.value)]


def held(tx: Connection, connection: str, count: Count) -> tuple[int, int]:
    """So many rows are stored beside a count, and so many more are not missing."""
    marks = {"connection": connection, "kind": count.kind, "stream": count.stream, "until": count.until}
    stored, excused = (int(tx.execute(sql, marks).scalar_one()) for sql in (_HELD, _ASIDE))
    if count.kind in PERSON_KINDS:
        excused += int(tx.execute(_BURIED).scalar_one())
    return stored, excused


def _tally(tx: Connection, connection: str, count: Count, now: int) -> Tally:
    return Tally(connection, count.stream, count.still, *held(tx, connection, count), count.moved, now)
