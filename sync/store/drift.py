"""Our fields as others left them. A record that comes back with a value that we never gave it was changed by
somebody else: a person, an automation, an import. It is noted here; the next plan sets it right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass

import orjson
from sqlalchemy import Connection, text

from connectors.own import OWN_FIELDS, shows
from connectors.records import Page, Value, key_of
from sync.store.engine import Store
from sync.store.people import rows_in

_PUBLISHED = (
    "SELECT i.key, v.published FROM identity i JOIN verdict v ON v.person = i.person WHERE i.key IN :values"
)
_SAVE = "INSERT INTO drift (key, field, ours, theirs, occurred_at, seen_at) VALUES (?, ?, ?, ?, ?, ?)"
_SINCE = text(
    "SELECT key, field, ours, theirs, occurred_at, seen_at FROM drift WHERE seen_at >= :since "
    "ORDER BY seen_at DESC, id DESC"
)
NAMES = frozenset(field.name for field in OWN_FIELDS if not field.is_theirs)


@dataclass(frozen=True, slots=True)
class Moved:
    """A record that was read again, with what our fields showed before and what they show now."""

    key: str
    before: Mapping[str, Value]
    after: Mapping[str, Value]
    occurred_at: int


@dataclass(frozen=True, slots=True)
class Foreign:
    """One field of ours that somebody else changed; "" is empty."""

    key: str
    field: str
    ours: str
    theirs: str
    occurred_at: int
    seen_at: int


def note(store: Store, tx: Connection, moved: Sequence[Moved], now: int) -> None:
    """This keeps what others changed. What the CRMs were told anyway is no change of theirs: a lost answer,
    or the other CRM's value that the vendor's link carried over."""
    if not moved:
        return
    rows = rows_in(tx, _PUBLISHED, {one.key for one in moved})
    told = {row.key: orjson.loads(row.published or "{}") for row in rows}
    found = []
    for one in moved:
        ours = told.get(one.key, {})
        for name in sorted((one.before.keys() | one.after.keys()) & NAMES):
            was, stands = one.before.get(name), one.after.get(name)
            if shows(stands, was) or shows(stands, ours.get(name)):
                continue
            found.append((one.key, name, _text(was), _text(stands), one.occurred_at, now))
    store.many(tx, _SAVE, found)


def note_set_back(store: Store, tx: Connection, connection: str, page: Page, now: int) -> None:
    """This keeps which standard fields others moved back, of those whose records are kept."""
    if page.set_back:
        kept = {key_of(connection, record.kind, record.id) for record in page.records}
        found = [(*astuple(one), now) for one in page.set_back if one.key in kept]
        store.many(tx, _SAVE, found)


def since(store: Store, at: int) -> list[Foreign]:
    """These are the foreign changes that were seen at or after an instant, the newest first."""
    with store.reading() as tx:
        return [Foreign(*row) for row in tx.execute(_SINCE, {"since": at})]


def _text(value: Value | None) -> str:
    return "" if value is None else str(value)
