"""A shelf that keeps what is read. It does for a test what the store does for the product: it keeps each
row's latest state, and answers which rows it holds (`connectors.holdings`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.protocol import Connector
from connectors.records import Count, Page, Record, Touch

PAGES_MAX = 500


@dataclass
class Shelf:
    """The rows that were read, by kind and id, and how far each stream was read."""

    rows: dict[tuple[str, str], Record] = field(default_factory=dict)
    touches: dict[str, Touch] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)
    erased: set[str] = field(default_factory=set)
    cursors: dict[str, str] = field(default_factory=dict)

    def __call__(self, kind: str, rows: Sequence[tuple[str, int]]) -> frozenset[str]:
        held = ((row_id, stamp, self.rows.get((kind, row_id))) for row_id, stamp in rows)
        return frozenset(row_id for row_id, stamp, row in held if row and row.stamp >= stamp)

    def ids(self, kind: str, after: str, limit: int) -> tuple[str, ...]:
        live = sorted(i for (k, i), row in self.rows.items() if k == kind and not row.deleted and i > after)
        return tuple(live[:limit])

    def attributes(self, kind: str, ids: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
        return {each: self.rows[kind, each].attributes for each in ids if (kind, each) in self.rows}

    def count(self, there: Count) -> int:
        rows = (row for (kind, _), row in self.rows.items() if kind == there.kind and not row.deleted)
        return sum(row.stamp <= there.until for row in rows)

    def keep(self, page: Page) -> None:
        for record in page.records:
            row = self.rows.get((record.kind, record.id))
            if row is None or row.stamp <= record.stamp:
                self.rows[record.kind, record.id] = record
        for name in page.withdrawn:
            for held in [each for each in self.touches if each == name or each.startswith(f"{name}:")]:
                del self.touches[held]
        for touch in page.touches:
            self.touches.setdefault(touch.source_id, touch)
        self.unread += [each.reason for each in page.unread]
        self.erased.update(page.erased)

    def turn(self, connector: Connector, stream: str) -> Page:
        """This reads one page and keeps it with its bookmark."""
        page = connector.pull(stream, self.cursors.get(stream, ""), self)
        self.keep(page)
        self.cursors[stream] = page.cursor
        return page

    def catch_up(self, connector: Connector, stream: str) -> list[Page]:
        """This reads a stream until nothing more waits."""
        pages: list[Page] = []
        for _ in range(PAGES_MAX):
            pages.append(self.turn(connector, stream))
            if pages[-1].caught_up:
                return pages
        raise AssertionError(f"{stream} never caught up")

    def live(self, kind: str) -> set[str]:
        return set(self.ids(kind, "", 1_000_000))
