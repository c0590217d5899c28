"""Texts that many touches share, stored once and named by a number. 0 is the empty text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from sqlalchemy import Connection, bindparam, text

from sync.store.engine import Store

T = TypeVar("T")

CHUNK = 5_000
CACHE_MAX = 5_000  # kinds, assets and pages; most addresses come once
_NUMBERS = "SELECT id, text FROM label WHERE text IN (?)"


def intern(store: Store, tx: Connection, texts: Iterable[str]) -> dict[str, int]:
    """This gives every text its number, new ones included."""
    asked = set(texts)
    # PostgreSQL has no place for a zero character, and one label means the same on both engines.
    bare = {t: t.replace("\0", "") for t in asked if "\0" in t}
    found = {"": 0}
    wanted = (asked - bare.keys() | set(bare.values())) - {""}
    cache = store.labels
    found.update((t, cache[t]) for t in wanted if t in cache)
    missing = sorted(wanted - found.keys())
    stored = _numbers(store, tx, missing)
    # Only numbers that an earlier transaction committed are safe to remember.
    if len(cache) + len(stored) > CACHE_MAX:
        cache.clear()
    cache.update(stored)
    found.update(stored)
    new = [t for t in missing if t not in stored]
    store.many(tx, "INSERT INTO label (text) VALUES (?) ON CONFLICT (text) DO NOTHING", [(t,) for t in new])
    found.update(_numbers(store, tx, new))
    found.update((t, found[plain]) for t, plain in bare.items())
    return found


def _numbers(store: Store, tx: Connection, texts: Sequence[str]) -> dict[str, int]:
    return {label: number for number, label in store.among(tx, _NUMBERS, texts)}


def read_labels(tx: Connection, ids: Sequence[int]) -> dict[int, str]:
    """This is the text of every number."""
    statement = text("SELECT id, text FROM label WHERE id IN :ids").bindparams(
        bindparam("ids", expanding=True)
    )
    return {
        row.id: row.text
        for chunk in chunks(ids, CHUNK)
        for row in tx.execute(statement, {"ids": list(chunk)})
    }


def chunks(items: Sequence[T], size: int) -> Iterable[Sequence[T]]:
    """These are the items in order, `size` at a time."""
    return (items[i : i + size] for i in range(0, len(items), size))
