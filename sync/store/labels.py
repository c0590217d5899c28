"""Texts that many touches share, stored once and named by a number. 0 is the empty text.

An address may be longer than an index takes. Such a text stands whole in a table of its own, and its label
is how it begins, with a digest of all of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from sqlalchemy import Connection, bindparam, text

from sync.store.engine import Store

T = TypeVar("T")

CHUNK = 5_000
CACHE_MAX = 5_000  # kinds, assets and pages; most addresses come once
LONG = 2_000  # bytes that a label may have; PostgreSQL's index takes 2,704
BEGIN = 300  # characters that stand for a longer text
CUT = "\u2026"
_NUMBERS = "SELECT id, text FROM label WHERE text IN (?)"


def intern(store: Store, tx: Connection, texts: Iterable[str]) -> dict[str, int]:
    """This gives every text its number, new ones included."""
    asked = set(texts)
    # PostgreSQL has no place for a zero character, and one label means the same on both engines.
    whole = {t: t.replace("\0", "") for t in asked if "\0" in t or len(t) > BEGIN}
    bare = {t: short for t, text in whole.items() if (short := label_of(text)) != t}
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
    _keep_whole(store, tx, {found[short]: whole[t] for t, short in bare.items() if _is_cut(short)})
    return found


def label_of(text: str) -> str:
    """This is how a text stands among labels."""
    data = text.encode("utf-8", "replace")
    if len(data) <= LONG:
        return text
    return text[:BEGIN] + CUT + hashlib.sha256(data).hexdigest()


def _is_cut(label: str) -> bool:
    return label[BEGIN : BEGIN + 1] == CUT and len(label) == BEGIN + 1 + hashlib.sha256().digest_size * 2


def _keep_whole(store: Store, tx: Connection, texts: Mapping[int, str]) -> None:
    insert = "INSERT INTO long_text (label, text) VALUES (?, ?) ON CONFLICT (label) DO NOTHING"
    store.many(tx, insert, sorted(texts.items()))


def _numbers(store: Store, tx: Connection, texts: Sequence[str]) -> dict[str, int]:
    return {label: number for number, label in store.among(tx, _NUMBERS, texts)}


def read_labels(tx: Connection, ids: Sequence[int]) -> dict[int, str]:
    """This is the whole text of every number."""
    found = _read(tx, "SELECT id, text FROM label WHERE id IN :ids", ids)
    cut = [number for number, label in found.items() if _is_cut(label)]
    return found | _read(tx, "SELECT label AS id, text FROM long_text WHERE label IN :ids", cut)


def _read(tx: Connection, statement: str, ids: Sequence[int]) -> dict[int, str]:
    asked = text(statement).bindparams(bindparam("ids", expanding=True))
    return {
        row.id: row.text for chunk in chunks(ids, CHUNK) for row in tx.execute(asked, {"ids": list(chunk)})
    }


def chunks(items: Sequence[T], size: int) -> Iterable[Sequence[T]]:
    """These are the items in order, `size` at a time."""
    return (items[i : i + size] for i in range(0, len(items), size))
