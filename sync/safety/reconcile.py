"""Both CRMs should show the same values for the same person. Where they do not, there is a cause, and it is
told: a change waits, was refused, is tried again, or somebody else changed the field."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, text

from connectors.own import OWN_FIELDS, shows
from sync.store.engine import Store
from sync.store.facts import Row, load_rows
from sync.store.people import rows_in

BATCH = 1_000
NAMES = tuple(field.name for field in OWN_FIELDS if not field.is_theirs)
UNTOLD = "it is to be written, but no change waits: run `mqlsync plan`"

_IN_BOTH = text(
    "SELECT i.person FROM identity i JOIN record r ON r.key = i.key "
    "WHERE i.person > :last AND r.kind IN ('contact', 'lead') AND NOT r.deleted "
    "GROUP BY i.person HAVING COUNT(DISTINCT r.connection) > 1 ORDER BY i.person LIMIT :most"
)
_IN_ONE = text(
    "SELECT connection, COUNT(*) AS people FROM (SELECT MIN(r.connection) AS connection "
    "FROM identity i JOIN record r ON r.key = i.key WHERE r.kind IN ('contact', 'lead') AND NOT r.deleted "
    "GROUP BY i.person HAVING COUNT(DISTINCT r.connection) = 1) AS alone GROUP BY connection ORDER BY 1"
)
_TOLD = "SELECT person, published, held_out FROM verdict WHERE person IN :values"
_CHANGES = (
    "SELECT i.key, i.state, i.payload, i.error, i.remedy, p.state AS plan_state, i.plan FROM intent i "
    "JOIN plan p ON p.id = i.plan WHERE i.person IN :values AND i.purpose = 'fields' "
    "AND i.state IN ('pending', 'sending', 'rejected') ORDER BY i.id"
)
_FOREIGN = "SELECT key, field, theirs FROM drift WHERE key IN :values ORDER BY id"


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that two records of one person show differently; "" is empty. `wanted` is our value, and
    `record` the one that does not show it."""

    person: int
    field: str
    record: str
    shown: str
    wanted: str
    cause: str


@dataclass(frozen=True, slots=True)
class Reconciled:
    """All people with live records in both CRMs. `differences` are the first so many of `total`."""

    both: int
    alike: int
    alone: Mapping[str, int]
    total: int
    causes: Mapping[str, int]
    differences: tuple[Difference, ...]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def lines(self) -> list[str]:
        """This is the report for people: how many agree, why others do not, and who."""
        alone = "".join(f"; {people} only in {crm}" for crm, people in self.alone.items())
        found = [f"{self.both} people are in both CRMs, {self.alike} of them show the same{alone}."]
        found += [f"  {count}  {cause}" for cause, count in self.causes.items()]
        for one in self.differences:
            values = f"{one.shown or 'empty'} instead of {one.wanted or 'empty'}"
            found.append(f"person {one.person}  {one.record}  {one.field}: {values}; {one.cause}")
        if self.total > len(self.differences):
            found.append(f"… and {self.total - len(self.differences)} more (--most shows more)")
        return found


@dataclass(frozen=True, slots=True)
class _Known:
    """What may explain differences of a batch of people."""

    told: Mapping[int, Any]
    changes: Mapping[str, Sequence[Any]]
    foreign: Mapping[tuple[str, str], str]


def reconcile(store: Store, most: int) -> Reconciled:
    """This compares everybody who lives in both CRMs, by what was last read of them."""
    both = alike = last = total = 0
    causes: Counter[str] = Counter()
    shown: list[Difference] = []
    with store.reading() as tx:
        alone = {row.connection: row.people for row in tx.execute(_IN_ONE)}
        while people := list(tx.execute(_IN_BOTH, {"last": last, "most": BATCH}).scalars()):
            last = people[-1]
            found = _of(tx, people)
            both += len(people)
            alike += len(people) - len({one.person for one in found})
            total += len(found)
            causes.update(one.cause for one in found)
            shown += found[: most - len(shown)]
    return Reconciled(both, alike, alone, total, dict(causes.most_common()), tuple(shown))


def _of(tx: Connection, people: Sequence[int]) -> list[Difference]:
    grouped: dict[int, list[Row]] = defaultdict(list)
    for row in load_rows(tx, people):
        if row.is_writable and row.kind in ("contact", "lead"):
            grouped[row.person].append(row)
    known = _known(tx, people, [row.key for rows in grouped.values() for row in rows])
    return [one for person in people for one in _differences(person, grouped[person], known)]


def _known(tx: Connection, people: Sequence[int], keys: Sequence[str]) -> _Known:
    changes: dict[str, list[Any]] = defaultdict(list)
    for row in rows_in(tx, _CHANGES, people):
        changes[row.key].append(row)
    return _Known(
        {row.person: row for row in rows_in(tx, _TOLD, people)},
        changes,
        {(row.key, row.field): row.theirs for row in rows_in(tx, _FOREIGN, keys)},
    )


def _differences(person: int, rows: Sequence[Row], known: _Known) -> list[Difference]:
    told = known.told.get(person)
    wanted = orjson.loads(told.published or "{}") if told else {}
    found = []
    for name in NAMES:
        values = [row.own.get(name) for row in rows]
        if all(shows(one, other) or shows(other, one) for one in values for other in values):
            continue
        for row, value in zip(rows, values, strict=True):
            if not shows(value, wanted.get(name)):
                cause = _cause(row.key, name, value, told, known)
                shown = _text(value), _text(wanted.get(name))
                found.append(Difference(person, name, row.key, *shown, cause))
    return found


def _cause(key: str, name: str, value: Any, told: Any, known: _Known) -> str:
    if told is None:
        return "nobody has judged this person yet"
    if told.held_out:
        return "this person is held out: nothing is written"
    changes = [one for one in known.changes.get(key, ()) if name in orjson.loads(one.payload)]
    newest = changes[-1] if changes else None
    if newest is not None and newest.state == "rejected":
        return f"it was refused: {newest.error} {newest.remedy}".strip()
    if newest is not None and newest.plan_state == "held":
        return f"a change waits in plan {newest.plan}, which is held: `mqlsync apply {newest.plan}`"
    if newest is not None:
        return f"a change is tried again: {newest.error}" if newest.error else "a change waits"
    if known.foreign.get((key, name)) == _text(value):
        return "somebody else changed it; the next cycle sets it right"
    return UNTOLD


def _text(value: Any) -> str:
    return "" if value is None else str(value)
