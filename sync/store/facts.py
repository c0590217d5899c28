"""People's touches and attributes as columns, ready for scoring.

A field's value is the latest statement of any live record of the person; of two at one instant, a
Salesforce contact's goes before a Salesforce lead's, a HubSpot contact's and the company's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from sqlalchemy import Connection

from scoring.touches import ALWAYS, ATTRIBUTE_FIELDS, Facts, Touches, attributes_of
from sync.store.labels import read_labels
from sync.store.people import rows_in

_PRECEDENCE = ("hubspot:contact", "salesforce:lead", "salesforce:contact")
_NAMES = frozenset(ATTRIBUTE_FIELDS)
_OF_COMPANY = {"name": "company", "industry": "industry", "employees": "employees", "revenue": "revenue"} | {
    "country": "country",
    "website": "website",
}
_TEXTS = ("kind", "asset", "page", "campaign", "url", "referrer")


@dataclass(frozen=True, slots=True)
class Row:
    """One CRM row of a person, as planning sees it."""

    person: int
    key: str
    connection: str
    kind: str
    record_id: str
    created_at: int
    deleted: bool
    attributes: Mapping[str, Any]
    own: Mapping[str, Any]

    @property
    def is_writable(self) -> bool:
        """A deleted row is gone, and a converted lead can only be read."""
        return not self.deleted and str(self.attributes.get("converted", "")).lower() != "true"


def load_touches(tx: Connection, people: Sequence[int]) -> Touches:
    """This loads all touches of the people; person numbers are positions in `people` (ascending)."""
    rows = rows_in(
        tx,
        "SELECT i.person, t.id, t.occurred_at, t.recorded_at, t.seconds, t.kind, t.asset, t.page, "
        "t.campaign, t.url, t.referrer FROM identity i JOIN touch t ON t.key = i.key "
        "WHERE i.person IN :values",
        people,
    )
    if not rows:
        return Touches()
    table = np.array([tuple(row) for row in rows], np.int64).T
    used, codes = np.unique(np.concatenate([[0], *table[5:]]), return_inverse=True)
    texts = read_labels(tx, [int(number) for number in used[1:]])
    columns = codes[1:].reshape(len(_TEXTS), -1).astype(np.int32)
    return Touches(
        labels=["", *(texts[int(number)] for number in used[1:])],
        id=table[1],
        person=np.searchsorted(np.array(people, np.int64), table[0]).astype(np.int32),
        at=table[2],
        recorded_at=table[3],
        seconds=table[4].astype(np.int32),
        **dict(zip(_TEXTS, columns, strict=True)),
    ).in_order()


def load_rows(tx: Connection, people: Sequence[int]) -> list[Row]:
    """These are the CRM rows of the people, in the order in which later ones go first."""
    found = rows_in(
        tx,
        "SELECT i.person, r.key, r.connection, r.kind, r.record_id, r.created_at, r.deleted, r.attributes, "
        "r.own FROM identity i JOIN record r ON r.key = i.key WHERE i.person IN :values",
        people,
    )
    rows = [
        Row(
            *(r.person, r.key, r.connection, r.kind, r.record_id, r.created_at, bool(r.deleted)),
            attributes=orjson.loads(r.attributes),
            own=orjson.loads(r.own),
        )
        for r in found
        if f"{r.connection}:{r.kind}" in _PRECEDENCE
    ]
    return sorted(rows, key=lambda r: (r.person, _PRECEDENCE.index(f"{r.connection}:{r.kind}"), r.key))


def load_facts(tx: Connection, people: Sequence[int], rows: Sequence[Row]) -> Facts:
    """This is everything known about the people; `rows` are theirs, from `load_rows`."""
    live = [row for row in rows if not row.deleted] or list(rows)
    company_keys = {str(row.attributes["company_key"]) for row in live if row.attributes.get("company_key")}
    companies = {
        row.key: orjson.loads(row.attributes)
        for row in rows_in(tx, "SELECT key, attributes FROM record WHERE key IN :values", company_keys)
    }
    history: dict[str, list[Any]] = {}
    for change in rows_in(
        tx,
        "SELECT key, field, before, value, occurred_at FROM change WHERE key IN :values",
        [*(row.key for row in live), *companies],
    ):
        history.setdefault(change.key, []).append(change)
    number = {person: position for position, person in enumerate(people)}
    log = []
    for row in live:
        key = str(row.attributes.get("company_key", ""))
        told = _timeline(companies.get(key, {}), history.get(key, []))
        log += [(number[row.person], at, _OF_COMPANY[n], v) for at, n, v in told if n in _OF_COMPANY]
    for row in live:
        told = _timeline(row.attributes, history.get(row.key, []))
        log += [(number[row.person], at, name, value) for at, name, value in told if name in _NAMES]
    return Facts(len(people), load_touches(tx, people), attributes_of(log))


def _timeline(attributes: Mapping[str, Any], changes: Sequence[Any]) -> Iterator[tuple[int, str, str]]:
    """These are (from, field, value) of one record: what it said at first, then each change."""
    changes = sorted(changes, key=lambda change: change.occurred_at)
    first = {name: str(value) for name, value in attributes.items()}
    for change in reversed(changes):
        first[change.field] = change.before
    yield from ((ALWAYS, name, value) for name, value in first.items() if value)
    yield from ((change.occurred_at, change.field, change.value) for change in changes)
