"""Who must never be read again: keyed hashes of the names of people who were erased.

A tombstone tells nobody who she was. Only with a name in hand, and with the key that is made at the first
erasure, can it be asked whether that name was hers. Everything that is read passes by here.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import replace
from hashlib import blake2b

import orjson
from sqlalchemy import Connection, text

from connectors.records import PERSON_KINDS, Page, Record, Unread, email_key, key_of
from scoring.identity import is_shared_mailbox
from sync.store.engine import Store

SETTING = "tombstone_keys"
ADDRESS = re.compile(r"[^\s\"'<>(),:;\\/?&=|]+@[^\s\"'<>(),:;\\/?&=|]+")

_ANY = text("SELECT 1 FROM tombstone LIMIT 1")
_SAVE_KEYS = text(
    "INSERT INTO setting (name, value) VALUES (:name, :value) "
    "ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)


def bury(store: Store, tx: Connection, names: Iterable[str], person_max: int, now: int) -> None:
    """This remembers the names as hashes. `person_max` is a person's number that must not come again."""
    keys = secret_keys(tx) or _made(tx)
    rows = [(_hash(keys[0], name), person_max, now) for name in sorted(set(names))]
    store.many(
        tx,
        "INSERT INTO tombstone (hash, person_max, erased_at) VALUES (?, ?, ?) ON CONFLICT (hash) DO NOTHING",
        rows,
    )


def buried(store: Store, tx: Connection, names: Iterable[str]) -> frozenset[str]:
    """These of the names belong to people who were erased."""
    if not tx.execute(_ANY).first():
        return frozenset()
    asked = sorted(set(names))
    of_hash = {_hash(key, name): name for key in secret_keys(tx) for name in asked}
    found = store.among(tx, "SELECT hash FROM tombstone WHERE hash IN (?)", list(of_hash))
    return frozenset(of_hash[row[0]] for row in found)


def without_buried(store: Store, tx: Connection, connection: str, page: Page) -> Page:
    """This is the page without anything about people who were erased."""
    if not tx.execute(_ANY).first():
        return page
    told = [(row, _names_in(connection, row)) for row in page.unread]
    names = {touch.key for touch in page.touches}
    names.update(key for record in page.records for key in _names_of(connection, record))
    names.update(name for _, some in told for name in some)
    hers = buried(store, tx, names)
    if not hers:
        return page
    return replace(
        page,
        records=tuple(r for r in page.records if hers.isdisjoint(_names_of(connection, r))),
        touches=tuple(touch for touch in page.touches if touch.key not in hers),
        unread=tuple(row for row, some in told if hers.isdisjoint(some)),
    )


def secret_keys(tx: Connection) -> tuple[bytes, ...]:
    """These keys were used for hashing, the present one first: a restored store may bring another."""
    held = tx.execute(text("SELECT value FROM setting WHERE name = :name"), {"name": SETTING}).scalar()
    return tuple(bytes.fromhex(key) for key in orjson.loads(held)) if held else ()


def carry(store: Store, tx: Connection, keys: Sequence[bytes], stones: Sequence[Sequence[str | int]]) -> None:
    """This takes over the tombstones (hash, person_max, erased_at) of another store, with their keys."""
    _save_keys(tx, tuple(dict.fromkeys((*keys, *secret_keys(tx)))))
    store.many(
        tx,
        "INSERT INTO tombstone (hash, person_max, erased_at) VALUES (?, ?, ?) ON CONFLICT (hash) DO NOTHING",
        [tuple(stone) for stone in stones],
    )


def stones(tx: Connection) -> list[tuple[str | int, ...]]:
    """These are all tombstones, for another store to take over."""
    return [tuple(row) for row in tx.execute(text("SELECT hash, person_max, erased_at FROM tombstone"))]


def names_held(tx: Connection) -> list[str]:
    """These are all names of people that the store holds anywhere, each once."""
    sql = text("SELECT key FROM record UNION SELECT key FROM identity UNION SELECT key FROM touch")
    return [str(key) for key in tx.execute(sql).scalars()]


def addresses_in(raw: bytes) -> frozenset[str]:
    """These are the e-mail addresses, as keys, that stand anywhere in a row."""
    found = map(email_key, ADDRESS.findall(raw.decode(errors="replace")))
    return frozenset(filter(None, found))


def _names_of(connection: str, record: Record) -> tuple[str, ...]:
    if record.kind not in PERSON_KINDS:
        return ()
    return (key_of(connection, record.kind, record.id), *(k for k in record.keys if not is_shared_mailbox(k)))


def _names_in(connection: str, row: Unread) -> frozenset[str]:
    return addresses_in(row.raw) | {key_of(connection, kind, row.id) for kind in PERSON_KINDS}


def _made(tx: Connection) -> tuple[bytes, ...]:
    keys = (secrets.token_bytes(32),)
    _save_keys(tx, keys)
    return keys


def _save_keys(tx: Connection, keys: Sequence[bytes]) -> None:
    value = orjson.dumps([key.hex() for key in keys]).decode()
    tx.execute(_SAVE_KEYS, {"name": SETTING, "value": value})


def _hash(key: bytes, name: str) -> str:
    return blake2b(name.encode(), key=key, digest_size=32).hexdigest()
