"""Keeping what was read: one page of a stream and its bookmark, in one transaction.

This is the hot path of a backfill, so rows go to the driver in batches.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any

from sqlalchemy import Connection, text

from connectors.records import Page, Touch
from scoring.touches import SALES_KINDS
from sync.store.drift import note_set_back
from sync.store.engine import Store
from sync.store.erase import erase_in
from sync.store.labels import intern
from sync.store.mail_links import save_links
from sync.store.records import known, save_records
from sync.store.tallies import save_tallies
from sync.store.task_states import done_by_humans, save_task_states
from sync.store.tombstones import without_buried
from sync.store.withdrawals import withdraw

__all__ = ["Saved", "bookmark", "known", "save_page", "save_touches"]

RAW_MAX = 100_000

_SAVE_TOUCH = """
INSERT INTO touch (connection, source_id, key, kind, occurred_at, recorded_at, ingested_at, asset, page,
                   seconds, campaign, url, referrer, provenance, is_machine, fresh)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, TRUE)
ON CONFLICT (connection, source_id) DO UPDATE SET
  kind = excluded.kind, occurred_at = excluded.occurred_at, asset = excluded.asset, page = excluded.page,
  seconds = excluded.seconds, campaign = excluded.campaign, url = excluded.url, referrer = excluded.referrer,
  is_machine = excluded.is_machine, fresh = TRUE
WHERE touch.kind <> excluded.kind OR touch.occurred_at <> excluded.occurred_at
   OR touch.asset <> excluded.asset OR touch.page <> excluded.page OR touch.seconds <> excluded.seconds
   OR touch.campaign <> excluded.campaign OR touch.url <> excluded.url OR touch.referrer <> excluded.referrer
   OR touch.is_machine <> excluded.is_machine
"""

_SAVE_DECISION = _SAVE_TOUCH.partition("ON CONFLICT")[0] + "ON CONFLICT (connection, source_id) DO NOTHING"

_SAVE_CURSOR = """
INSERT INTO cursor (connection, stream, position, caught_up_at, pages, rows_read) VALUES (?, ?, ?, ?, 1, ?)
ON CONFLICT (connection, stream) DO UPDATE SET position = excluded.position, pages = cursor.pages + 1,
  caught_up_at = CASE WHEN excluded.caught_up_at > 0 THEN excluded.caught_up_at ELSE cursor.caught_up_at END,
  rows_read = cursor.rows_read + excluded.rows_read
"""

_SAVE_UNREAD = """
INSERT INTO quarantine (connection, stream, source_id, reason, raw, first_at, last_at, times)
VALUES (?, ?, ?, ?, ?, ?, ?, 1)
ON CONFLICT (connection, stream, source_id) DO UPDATE SET reason = excluded.reason, raw = excluded.raw,
  last_at = excluded.last_at, times = quarantine.times + 1
"""

_HAS_UNREAD = text("SELECT 1 FROM quarantine WHERE connection = :c AND stream = :s LIMIT 1")
_FORGIVE = "DELETE FROM quarantine WHERE connection = ? AND stream = ? AND source_id = ?"


@dataclass(frozen=True, slots=True)
class Saved:
    """What a page brought: rows read, rows that were news, touches read, rows put aside."""

    records: int = 0
    changed: int = 0
    touches: int = 0
    unread: int = 0

    def __add__(self, other: Saved) -> Saved:
        return Saved(
            self.records + other.records,
            self.changed + other.changed,
            self.touches + other.touches,
            self.unread + other.unread,
        )


def save_page(store: Store, connection: str, stream: str, page: Page, now: int) -> Saved:
    """This commits a page with its bookmark, all or nothing; reading the same page again changes nothing."""
    with store.transaction() as tx:
        page = without_buried(store, tx, connection, page)
        kept = save_records(store, tx, connection, page.records, now)
        withdraw(store, tx, connection, page.withdrawn)
        save_touches(store, tx, connection, (*page.touches, *kept.said), now)
        store.many(
            tx,
            _SAVE_UNREAD,
            [(connection, stream, row.id, row.reason, row.raw[:RAW_MAX], now, now) for row in page.unread],
        )
        read = len(page.records) + len(page.touches) + len(page.unread)
        caught_up_at = now if page.caught_up else 0
        store.many(tx, _SAVE_CURSOR, [(connection, stream, page.cursor, caught_up_at, read)])
        _forgive(store, tx, connection, stream, page)
        erase_in(store, tx, page.erased, now)
        save_tallies(tx, connection, page.counts, now)
        save_task_states(store, tx, connection, page.tasks, now)
        save_touches(store, tx, connection, done_by_humans(tx, connection, page.tasks), now)
        note_set_back(store, tx, connection, page, now)
    return Saved(len(page.records), kept.news, len(page.touches), len(page.unread))


def save_touches(store: Store, tx: Connection, connection: str, touches: Sequence[Touch], now: int) -> None:
    """This keeps touches; one that is known under its source id is brought up to date."""
    if not touches:
        return
    # by columns: a page holds thousands
    columns: Iterable[tuple[Any, ...]] = zip(*touches, strict=True)
    key, source_id, kind, at, recorded, asset, page, seconds, campaign, url, referrer, source, by = columns
    ids = intern(store, tx, set().union(kind, asset, page, campaign, url, referrer, source))
    numbers = [map(ids.__getitem__, texts) for texts in (kind, asset, page, campaign, url, referrer, source)]
    kinds, assets, pages, campaigns, urls, referrers, sources = numbers
    recorded_at = (told or now for told in recorded)
    rows = list(
        zip(
            *(repeat(connection), source_id, key, kinds, at, recorded_at, repeat(now), assets, pages),
            *(seconds, campaigns, urls, referrers, sources, by),
            strict=False,
        )
    )
    # What sales decided is often dated by the row's last change, which our own write moves: the first
    # date that was seen stands.
    decided = {ids[each] for each in set(SALES_KINDS).intersection(kind)}
    store.many(tx, _SAVE_TOUCH, [row for row in rows if row[3] not in decided])
    store.many(tx, _SAVE_DECISION, [row for row in rows if row[3] in decided])
    save_links(store, tx, touches, ids)


def _forgive(store: Store, tx: Connection, connection: str, stream: str, page: Page) -> None:
    """A row that can be read again leaves the quarantine."""
    marks = {"c": connection, "s": stream}
    if not tx.execute(_HAS_UNREAD, marks).first():
        return
    odd = {row.id for row in page.unread}
    ids = {record.id for record in page.records}.union(page.understood) - odd
    store.many(tx, _FORGIVE, [(connection, stream, row_id) for row_id in sorted(ids)])


def bookmark(store: Store, connection: str, stream: str) -> tuple[str, int]:
    """This is how far a stream was read, and when it last had caught up (0 = never)."""
    with store.reading() as tx:
        row = tx.execute(
            text("SELECT position, caught_up_at FROM cursor WHERE connection = :c AND stream = :s"),
            {"c": connection, "s": stream},
        ).one_or_none()
    return (row.position, row.caught_up_at) if row else ("", 0)
