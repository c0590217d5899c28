"""A shelf that keeps what is read. It does for a test what the store does for the product: it keeps each
row's latest state, and answers which rows it holds (`connectors.holdings`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.records import Page, Record, Touch


@dataclass
class Shelf:
    """The rows that were read, by kind and id."""

    rows: dict[tuple[str, str], Record] = field(default_factory=dict)
    touches: dict[str, Touch] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)

    def __call__(self, kind: str, rows: Sequence[tuple[str, int]]) -> frozenset[str]:
        held = ((row_id, stamp, self.rows.get((kind, row_id))) for row_id, stamp in rows)
        return frozenset(row_id for row_id, stamp, row in held if row and row.stamp >= stamp)

    def ids(self, kind: str, after: str, limit: int) -> tuple[str, ...]:
        live = sorted(i for (k, i), row in self.rows.items() if k == kind and not row.deleted and i > after)
        return tuple(live[:limit])

    def attributes(self, kind: str, ids: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
        return {each: self.rows[kind, each].attributes for each in ids if (kind, each) in self.rows}

    def keep(self, page: Page) -> None:
        for record in page.records:
            held = self.rows.get((record.kind, record.id))
            if held is None or held.stamp <= record.stamp:
                self.rows[record.kind, record.id] = record
        for touch in page.touches:
            self.touches.setdefault(touch.source_id, touch)
        self.unread += [each.reason for each in page.unread]

    def live(self, kind: str) -> set[str]:
        return set(self.ids(kind, "", 1_000_000))
