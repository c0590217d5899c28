"""People's touches and attributes as columns, ready for scoring: from their packs, else from the rows.

A field's value is the latest statement of any live record of the person; of two at one instant, a
Salesforce contact's goes before a Salesforce lead's, a HubSpot contact's and the company's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import orjson
from sqlalchemy import Connection, text

from scoring.links import source_code
from scoring.touches import ALWAYS, ATTRIBUTE_FIELDS, NAMED_FIELD, Facts, Ints
from sync.store.engine import Store
from sync.store.labels import read_labels
from sync.store.people import rows_in
from sync.store.timelines import TEXT_COLUMNS, TOUCH, Pack, pack, read_packs, save_packs, unpack

Known = dict[str, str]
Told = list[int | str]  # at, field, value, at, field, value, …

_PRECEDENCE = ("hubspot:contact", "salesforce:lead", "salesforce:contact")
_OF_PERSON = {name: name for name in ATTRIBUTE_FIELDS}
_OF_COMPANY = {"name": "company", "industry": "industry", "employees": "employees", "revenue": "revenue"} | {
    "country": "country",
    "region": "region",
    "postcode": "postcode",
    "website": "website",
}
REBUILT_AT_ONCE = 2_000
FEW = 1_000  # for so many people it is cheaper to look at their own rows than at all fresh ones

_CHANGES = "SELECT id, key, field, before, value, occurred_at FROM change WHERE key IN :values"
_NEXT = text("SELECT DISTINCT person FROM identity WHERE person > :last ORDER BY person LIMIT :limit")
_ANY_FRESH = text(
    "SELECT 1 FROM (SELECT 1 FROM touch WHERE fresh LIMIT 1) t "
    "UNION ALL SELECT 1 FROM (SELECT 1 FROM record WHERE fresh LIMIT 1) r"
)
# Sources are numbered by connection (see `scoring.links`); another number for one wants another `LAYOUT`.
_TOUCHES = (
    "SELECT i.person, t.id, t.occurred_at, t.recorded_at, t.seconds, t.kind, t.asset, t.page, t.campaign, "
    "t.url, t.referrer, t.is_machine, t.provenance, "
    "CASE t.connection WHEN 'hubspot' THEN 0 WHEN 'salesforce' THEN 1 ELSE 2 END "
    "FROM identity i JOIN touch t ON t.key = i.key WHERE i.person IN :values"
)
# Whose rows are ahead of their packs, asked from the people or from what is fresh. CROSS JOIN keeps SQLite
# from turning the loops around.
_FRESH_OF_SOME = """
SELECT DISTINCT i.person FROM identity i CROSS JOIN touch t
WHERE t.key = i.key AND t.fresh AND i.person IN :values
UNION SELECT i.person FROM identity i CROSS JOIN record r LEFT JOIN record c ON c.key = r.company
WHERE r.key = i.key AND (r.fresh OR c.fresh) AND i.person IN :values
"""
_FRESH_OF_ALL = text("""
SELECT i.person FROM touch t CROSS JOIN identity i WHERE i.key = t.key AND t.fresh
UNION SELECT i.person FROM record r CROSS JOIN identity i WHERE i.key = r.key AND r.fresh
UNION SELECT i.person FROM record c CROSS JOIN record r CROSS JOIN identity i
WHERE c.fresh AND r.company = c.key AND r.company <> '' AND i.key = r.key
""")


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


def load_facts(
    tx: Connection,
    people: Sequence[int],
    rows: Sequence[Row] | None = None,
    texts: dict[int, str] | None = None,
) -> Facts:
    """This is everything known about the people (ascending), numbered by their place in `people`.

    `rows` are theirs from `load_rows`, where the caller has them already; `texts` remembers label texts
    from one call to the next.
    """
    packs = _right_packs(tx, people)
    packs |= _packs_of_rows(tx, [person for person in people if person not in packs], rows)
    return unpack(tx, [packs[person] for person in people], texts)


def facts_of_rows(tx: Connection, people: Sequence[int], rows: Sequence[Row]) -> Facts:
    """This is what these CRM rows say, and what the people did, whatever is packed."""
    packs = _packs_of_rows(tx, people, rows)
    return unpack(tx, [packs[person] for person in people])


def keep_timelines(
    store: Store, tx: Connection, people: Sequence[int], rows: Sequence[Row] | None = None
) -> None:
    """This makes and keeps the packs that are missing; `tx` must be a writing transaction."""
    packs = _right_packs(tx, people)
    missing = [person for person in people if person not in packs]
    save_packs(store, tx, _packs_of_rows(tx, missing, rows).values())


def rebuild_timelines(store: Store) -> int:
    """This makes everybody's pack anew from the rows; it returns how many people there are."""
    with store.transaction() as tx:
        tx.execute(text("DELETE FROM timeline"))
    count = last = 0
    while True:
        with store.transaction() as tx:
            people = list(tx.execute(_NEXT, {"last": last, "limit": REBUILT_AT_ONCE}).scalars())
            if not people:
                return count
            save_packs(store, tx, _packs_of_rows(tx, people, None).values())
        last = people[-1]
        count += len(people)


def _right_packs(tx: Connection, people: Sequence[int]) -> dict[int, Pack]:
    """These are the stored packs of people of whom nothing is fresh."""
    packs = read_packs(tx, people)
    if packs:
        for person in _fresh_people(tx, people):
            packs.pop(person, None)
    return packs


def _fresh_people(tx: Connection, people: Sequence[int]) -> Iterable[int]:
    if not tx.execute(_ANY_FRESH).first():
        return ()
    if len(people) > FEW:
        return tx.execute(_FRESH_OF_ALL).scalars()
    return (row.person for row in rows_in(tx, _FRESH_OF_SOME, people))


def _packs_of_rows(tx: Connection, people: Sequence[int], rows: Sequence[Row] | None) -> dict[int, Pack]:
    """This makes packs from the rows, which are the truth."""
    if not people:
        return {}
    if rows is None:
        rows = load_rows(tx, people)
    touches = _touches_of(tx, people)
    attributes = _attributes_of(tx, people, rows)
    return {person: pack(person, touches.get(person, b""), *attributes[person]) for person in people}


def _touches_of(tx: Connection, people: Sequence[int]) -> dict[int, bytes]:
    found = rows_in(tx, _TOUCHES, people)
    if not found:
        return {}
    cells = np.fromiter(chain.from_iterable(found), np.int64).reshape(len(found), -1)
    cells = cells[np.lexsort((cells[:, 1], cells[:, 2], cells[:, 0]))]
    table = np.empty(len(cells), TOUCH)
    for number, name in enumerate(("id", "at", "recorded_at", "seconds", *TEXT_COLUMNS)):
        table[name] = cells[:, number + 1]
    machine, provenance, connection = cells[:, -3:].T
    table["kind"][machine > 0] *= -1
    table["source"] = _sources(tx, connection, provenance)
    persons, starts = np.unique(cells[:, 0], return_index=True)
    ends = np.append(starts[1:], len(cells))
    return {
        int(person): table[start:end].tobytes()
        for person, start, end in zip(persons, starts, ends, strict=True)
    }


def _sources(tx: Connection, connection: Ints, provenance: Ints) -> Ints:
    """This numbers where touches were read; there are few different sources."""
    pairs, which = np.unique((connection << 48) | provenance, return_inverse=True)
    names = {0: ""} | read_labels(tx, sorted({int(pair) & ((1 << 48) - 1) for pair in pairs}))
    codes = [source_code(int(pair) >> 48, names[int(pair) & ((1 << 48) - 1)]) for pair in pairs]
    return np.array(codes, np.int64)[which]


def _attributes_of(
    tx: Connection, people: Sequence[int], rows: Sequence[Row]
) -> dict[int, tuple[Known, Told]]:
    """This is what was always known, and what was told later, of each person."""
    of_person: dict[int, list[Row]] = {person: [] for person in people}
    for row in rows:
        if row.person in of_person:
            of_person[row.person].append(row)
    # Of somebody whose rows are all deleted, these are still what is known.
    live = {person: [r for r in own if not r.deleted] or own for person, own in of_person.items()}
    used = [row for own in live.values() for row in own]
    company_keys = {str(row.attributes["company_key"]) for row in used if row.attributes.get("company_key")}
    companies = {
        row.key: orjson.loads(row.attributes)
        for row in rows_in(
            tx, "SELECT key, attributes FROM record WHERE key IN :values", sorted(company_keys)
        )
    }
    history: dict[str, list[Any]] = {}
    for change in rows_in(tx, _CHANGES, [*(row.key for row in used), *companies]):
        history.setdefault(change.key, []).append(change)
    return {person: _told(own, companies, history) for person, own in live.items()}


def _told(
    rows: Sequence[Row], companies: Mapping[str, Mapping[str, Any]], history: Mapping[str, Sequence[Any]]
) -> tuple[Known, Told]:
    known: Known = {}
    told: Told = []
    for row in rows:
        key = str(row.attributes.get("company_key", ""))
        _tell(known, told, _OF_COMPANY, companies.get(key, {}), history.get(key, ()))
    for row in rows:
        _tell(known, told, _OF_PERSON, row.attributes, history.get(row.key, ()))
    return known, told


def _tell(
    known: Known,
    told: Told,
    names: Mapping[str, str],
    attributes: Mapping[str, Any],
    changes: Sequence[Any],
) -> None:
    """This adds what one record said at first, then each of its changes."""
    changes = sorted(changes, key=lambda change: (change.occurred_at, change.id))
    first = {name: str(value) for name, value in attributes.items()}
    for change in reversed(changes):
        first[change.field] = change.before
    known.update((names[name], value) for name, value in first.items() if value and name in names)
    for name, value in first.items():
        if value and name.startswith(NAMED_FIELD):
            told += (ALWAYS, name.removeprefix(NAMED_FIELD), value)
    for change in changes:
        if change.field in names:
            told += (change.occurred_at, names[change.field], change.value)
        elif change.field.startswith(NAMED_FIELD):
            told += (change.occurred_at, change.field.removeprefix(NAMED_FIELD), change.value)
