"""Keeping records: what is news is written, with the attribute changes that it brings; what is as it was
is left alone.

Most rows of a backfill are new and most rows of an overlap are not, so the rows that are held are read
at once for a page, and everything is decided beside them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import orjson
from sqlalchemy import Connection, text

from connectors.dispositions import said
from connectors.records import Attributes, Record, Touch, written
from sync.store.drift import Moved, note
from sync.store.engine import Store

_SAVE = """
INSERT INTO record (key, connection, kind, record_id, stamp, created_at, ingested_at, company, deleted,
                    attributes, own, names, fresh)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (key) DO UPDATE SET
  fresh = record.fresh OR excluded.fresh, stamp = excluded.stamp, company = excluded.company,
  ingested_at = CASE WHEN excluded.fresh THEN excluded.ingested_at ELSE record.ingested_at END,
  deleted = excluded.deleted, attributes = excluded.attributes, own = excluded.own, names = excluded.names
WHERE record.stamp <= excluded.stamp
"""

_HELD = "SELECT key, stamp, deleted, attributes, own, names FROM record WHERE key IN (?)"

_NEXT = text("SELECT 1 FROM record WHERE key BETWEEN :first AND :last LIMIT 1")

_SAVE_CHANGE = """
INSERT INTO change (key, field, before, value, occurred_at, recorded_at, ingested_at)
VALUES (?, ?, ?, ?, ?, ?, ?)
"""

_Content = tuple[bool, str, str, str]  # deleted, attributes, own, names, as they are stored


@dataclass(frozen=True, slots=True)
class Kept:
    """How many records had new attributes, and what sales has said in the fields that are its own."""

    news: int = 0
    said: tuple[Touch, ...] = ()


def save_records(store: Store, tx: Connection, connection: str, records: Sequence[Record], now: int) -> Kept:
    """This keeps the records of one page, with the changes that they brought."""
    keys = [f"{connection}:{record.kind}:{record.id}" for record in records]
    held = _held(store, tx, keys)
    if not held and len(set(keys)) == len(keys):
        return _save_first(store, tx, connection, keys, records, now)
    rows: dict[str, tuple[str | int, ...]] = {}
    changes: list[tuple[str | int, ...]] = []
    foreign: list[Moved] = []
    words: list[Touch] = []
    news = 0
    for key, record in zip(keys, records, strict=True):
        stamp, content = record.stamp, _content(record)
        before = held.get(key)
        fresh = before is None or content != before[1]
        if before is not None:
            # An older row is no news: it must not leave changes behind that never happened.
            if stamp < before[0] or (stamp == before[0] and not fresh):
                continue
            if content[1] != before[1][1]:
                # what the CRM worked out anew without moving the stamp changed since, nobody knows when
                moved_at = stamp if stamp > before[0] else now
                changes += _changes(key, before[1][1], content[1], moved_at, now)
                news += 1
            if content[2] != before[1][2] and not record.deleted:
                was, stands = orjson.loads(before[1][2]), orjson.loads(content[2])
                foreign.append(Moved(key, was, stands, stamp))
                words += said(key, record, was, stamp if stamp > before[0] else now)
            fresh = fresh or (key in rows and bool(rows[key][-1]))
        else:
            news += 1
            words += said(key, record, None, stamp) if record.own else ()
        held[key] = stamp, content
        row = (key, connection, record.kind, record.id, stamp, record.created_at, now, _company(record))
        rows[key] = (*row, *content, fresh)
    store.many(tx, _SAVE_CHANGE, changes)
    store.many(tx, _SAVE, list(rows.values()))
    note(store, tx, foreign, now)
    return Kept(news, tuple(words))


def _save_first(
    store: Store, tx: Connection, connection: str, keys: Sequence[str], records: Sequence[Record], now: int
) -> Kept:
    """This keeps a page of which nothing is known, as a first load brings them by the thousand."""
    if not records:
        return Kept()
    rows = [
        (
            *(key, connection, record.kind, record.id, record.stamp, record.created_at, now),
            *(_company(record), *_content(record), True),
        )
        for key, record in zip(keys, records, strict=True)
    ]
    store.many(tx, _SAVE, rows)
    own = [(key, record) for key, record in zip(keys, records, strict=True) if record.own]
    words = [touch for key, record in own for touch in said(key, record, None, record.stamp)]
    return Kept(len(records), tuple(words))


def _held(store: Store, tx: Connection, keys: Sequence[str]) -> dict[str, tuple[int, _Content]]:
    """These of the records are stored, with their stamps. A first load goes by id: nothing stands yet between
    its first key and its last, and one look says so. (Other engines sort by language.)"""
    if not keys:
        return {}
    if tx.dialect.name == "sqlite" and not tx.execute(_NEXT, {"first": min(keys), "last": max(keys)}).first():
        return {}
    return {
        key: (stamp, (bool(deleted), attributes, own, names))
        for key, stamp, deleted, attributes, own, names in store.among(tx, _HELD, keys)
    }


def _company(record: Record) -> str:
    held = record.attributes
    return held.company_key if isinstance(held, Attributes) else str(held.get("company_key", ""))


def _content(record: Record) -> _Content:
    attributes, keys = record.attributes, record.keys
    return (
        record.deleted,
        attributes.text if isinstance(attributes, Attributes) else written(attributes),
        written(record.own) if record.own else "{}",
        orjson.dumps(sorted(keys) if len(keys) > 1 else keys).decode() if keys else "[]",
    )


def _changes(key: str, before: str, after: str, stamp: int, now: int) -> Iterator[tuple[str | int, ...]]:
    """These are the attributes that took another value; a record that is new has no history yet."""
    old, new = orjson.loads(before), orjson.loads(after)
    for field in sorted(old.keys() | new.keys()):
        was, value = str(old.get(field, "")), str(new.get(field, ""))
        if was != value:
            yield key, field, was, value, stamp, stamp, now


def known(store: Store, connection: str, kind: str, rows: Sequence[tuple[str, int]]) -> frozenset[str]:
    """These are the ids among (id, stamp) that are stored at that stamp or a later one."""
    if not rows:
        return frozenset()
    stamps = dict(rows)
    keys = [f"{connection}:{kind}:{record_id}" for record_id in stamps]
    with store.reading() as tx:
        found = store.among(tx, "SELECT record_id, stamp FROM record WHERE key IN (?)", keys)
    return frozenset(record_id for record_id, stamp in found if stamp >= stamps[record_id])
