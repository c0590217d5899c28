"""What the store holds of one connection, for connectors that read it again (`connectors.holdings`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson
from sqlalchemy import text

from connectors.records import Count, Value, key_of
from sync.store.engine import Store
from sync.store.records import known
from sync.store.tallies import held

# Keys are in order of their text on SQLite; PostgreSQL has to be asked for that order.
_LIVE = (
    "SELECT key, record_id FROM record WHERE key > :after AND key < :end AND NOT deleted "
    "ORDER BY key LIMIT :limit"
)
_BY_BYTES = _LIVE.replace("key >", 'key COLLATE "C" >').replace("key <", 'key COLLATE "C" <').replace(
    "BY key", 'BY key COLLATE "C"'
)  # fmt: skip
_SAID = "SELECT record_id, attributes FROM record WHERE key IN (?)"


@dataclass(frozen=True, slots=True)
class StoreHoldings:
    """The rows of one connection."""

    store: Store
    connection: str

    def __call__(self, kind: str, rows: Sequence[tuple[str, int]]) -> frozenset[str]:
        return known(self.store, self.connection, kind, rows)

    def ids(self, kind: str, after: str, limit: int) -> tuple[str, ...]:
        first = key_of(self.connection, kind, "")
        values = {"after": first + after, "end": first[:-1] + ";", "limit": limit}
        with self.store.reading() as tx:
            statement = _LIVE if tx.dialect.name == "sqlite" else _BY_BYTES
            return tuple(row.record_id for row in tx.execute(text(statement), values))

    def attributes(self, kind: str, ids: Sequence[str]) -> Mapping[str, Mapping[str, Value]]:
        keys = [key_of(self.connection, kind, each) for each in ids]
        with self.store.reading() as tx:
            found = self.store.among(tx, _SAID, keys)
        return {record_id: orjson.loads(attributes) for record_id, attributes in found}

    def count(self, there: Count) -> int:
        with self.store.reading() as tx:
            return sum(held(tx, self.connection, there))
