"""Who is who: fresh records become people, and people with news become due."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, text

from connectors.records import PERSON_KINDS
from scoring.identity import REASONS, Assignment, Edge, edges_of, resolve
from sync.store.engine import Store
from sync.store.labels import chunks
from sync.store.timelines import drop_packs

CHUNK = 5_000
ROUNDS_MAX = 50

_MERGE = (
    "UPDATE person SET merged_into = :survivor, due_at = 4611686018427387904 WHERE id = :loser",
    "UPDATE person SET merged_into = :survivor WHERE merged_into = :loser",
    "DELETE FROM verdict WHERE person = :loser",
    "DELETE FROM trial WHERE person = :loser",
    "DELETE FROM mail_tour WHERE person = :loser",
    "DELETE FROM partner_claim WHERE person = :loser",
    "DELETE FROM custody WHERE person = :loser",
    "DELETE FROM remark WHERE person = :loser",
    "UPDATE intent SET person = :survivor WHERE person = :loser",
    "UPDATE clock SET person = :survivor WHERE person = :loser",
    "UPDATE assignment SET person = :survivor WHERE person = :loser",
    """DELETE FROM seat WHERE person = :loser AND company IN (
         SELECT company FROM seat WHERE person = :survivor)""",
    "UPDATE seat SET person = :survivor WHERE person = :loser",
    "UPDATE breach SET person = :survivor WHERE person = :loser",
    """UPDATE episode SET person = :survivor, number = number + (
         SELECT COALESCE(MAX(number), 0) FROM episode WHERE person = :survivor) WHERE person = :loser""",
    """UPDATE episode SET ended_at = noticed_at, ended_by = 'merged'
       WHERE person = :survivor AND ended_at = 0 AND id <> (
         SELECT id FROM episode WHERE person = :survivor AND ended_at = 0
         ORDER BY qualified_at, id LIMIT 1)""",
)

# The number of somebody who was erased is not given to another.
_NEXT_PERSON = text(
    "SELECT COALESCE(MAX(used), 0) + 1 FROM (SELECT MAX(id) AS used FROM person "
    "UNION ALL SELECT MAX(person_max) FROM tombstone) AS numbers"
)
_TOUCHED = "SELECT DISTINCT i.person FROM touch t JOIN identity i ON i.key = t.key WHERE t.fresh"
_COLLEAGUES = (
    "SELECT DISTINCT i.person FROM record r JOIN identity i ON i.key = r.key "
    "WHERE r.company <> '' AND r.company IN :values"
)


def rows_in(tx: Connection, statement: str, values: Iterable[Any], **more: Any) -> list[Any]:
    """This runs a SELECT with `IN :values` for any number of values."""
    wanted = list(values)
    if not wanted:
        return []
    prepared = text(statement).bindparams(bindparam("values", expanding=True))
    found: list[Any] = []
    for chunk in chunks(wanted, CHUNK):
        found += tx.execute(prepared, {"values": list(chunk), **more}).all()
    return found


def resolve_records(store: Store, limit: int) -> int:
    """This gives up to `limit` fresh records to their people; it returns how many it looked at."""
    with store.transaction() as tx:
        rows = tx.execute(
            text("SELECT key, kind, names FROM record WHERE fresh ORDER BY key LIMIT :limit"),
            {"limit": limit},
        ).all()
        people = [row for row in rows if row.kind in PERSON_KINDS]
        if people:
            _resolve(store, tx, {row.key: orjson.loads(row.names) for row in people})
        _wake_colleagues(store, tx, [row.key for row in rows if row.kind == "company"])
        store.many(tx, "UPDATE record SET fresh = FALSE WHERE key = ?", [(row.key,) for row in rows])
    return len(rows)


def wake_touched(store: Store) -> int:
    """People with fresh touches are due; it returns how many touches were fresh."""
    with store.transaction() as tx:
        for some in tx.execute(text(_TOUCHED)).scalars().partitions(CHUNK):
            wake_people(store, tx, some)
        return tx.execute(text("UPDATE touch SET fresh = FALSE WHERE fresh")).rowcount


def wake_everybody(store: Store) -> None:
    """Everyone is due: a definition changed."""
    with store.transaction() as tx:
        tx.execute(text("UPDATE person SET due_at = 0 WHERE merged_into IS NULL"))


def _wake_colleagues(store: Store, tx: Connection, companies: Sequence[str]) -> None:
    wake_people(store, tx, {row.person for row in rows_in(tx, _COLLEAGUES, companies)})


def wake_people(store: Store, tx: Connection, people: Iterable[int]) -> None:
    """These people's facts are others now: they are due, and copies of the old facts are forgotten."""
    ids = sorted(people)
    store.many(tx, "UPDATE person SET due_at = 0 WHERE id = ?", [(person,) for person in ids])
    drop_packs(store, tx, ids)


def _resolve(store: Store, tx: Connection, names: dict[str, list[str]]) -> None:
    old = {row.key for row in rows_in(tx, "SELECT key FROM edge WHERE record IN :values", names)}
    store.many(tx, "DELETE FROM edge WHERE record = ?", [(record,) for record in names])
    new = {edge for record, keys in names.items() for edge in edges_of(record, keys)}
    store.many(
        tx,
        "INSERT INTO edge (record, key, reason) VALUES (?, ?, ?)",
        sorted((edge.record, edge.key, edge.reason) for edge in new),
    )
    edges, previous = _neighbourhood(tx, names.keys() | old)
    linked = {name for edge in edges for name in (edge.record, edge.key)}
    keys = linked | {key for key in names.keys() | previous.keys() if not key.startswith("email:")}
    next_id = int(tx.execute(_NEXT_PERSON).scalar_one())
    found = resolve(keys, edges, previous, next_id)
    _keep(store, tx, found, previous, next_id)


def _neighbourhood(tx: Connection, start: Iterable[str]) -> tuple[set[Edge], dict[str, int]]:
    """This is everything that hangs together with the keys: their edges, and who they belong to today."""
    seen: set[str] = set()
    frontier = set(start)
    edges: set[Edge] = set()
    previous: dict[str, int] = {}
    for _ in range(ROUNDS_MAX):
        if not frontier:
            return edges, previous
        seen |= frontier
        sql = "SELECT record, key, reason FROM edge WHERE {} IN :values"
        found = {
            Edge(row.record, row.key, row.reason)
            for side in ("record", "key")
            for row in rows_in(tx, sql.format(side), frontier)
            if row.reason in REASONS
        }
        edges |= found
        held = rows_in(
            tx,
            "SELECT key, person FROM identity WHERE person IN "
            "(SELECT person FROM identity WHERE key IN :values)",
            frontier,
        )
        previous.update((row.key, row.person) for row in held)
        frontier = ({n for e in found for n in (e.record, e.key)} | {row.key for row in held}) - seen
    raise RuntimeError(f"identity: {len(seen)} keys hang together; an address is shared by too many records")


def _keep(store: Store, tx: Connection, found: Assignment, previous: dict[str, int], next_id: int) -> None:
    store.many(
        tx, "INSERT INTO person (id, due_at) VALUES (?, 0)", [(i,) for i in range(next_id, found.next_id)]
    )
    store.many(
        tx,
        "INSERT INTO identity (key, person) VALUES (?, ?) "
        "ON CONFLICT (key) DO UPDATE SET person = excluded.person",
        [(key, person) for key, person in sorted(found.person_of.items()) if previous.get(key) != person],
    )
    gone = sorted(previous.keys() - found.person_of.keys())
    store.many(tx, "DELETE FROM identity WHERE key = ?", [(key,) for key in gone])
    for loser, survivor in sorted(found.aliases.items()):
        _merge(tx, loser, survivor)
    drop_packs(store, tx, sorted(found.aliases))
    wake_people(store, tx, {*found.person_of.values(), *previous.values()} - found.aliases.keys())


def _merge(tx: Connection, loser: int, survivor: int) -> None:
    """The survivor takes the other's spells. Of two open ones the older stays; numbers stay unique."""
    values = {"loser": loser, "survivor": survivor}
    for statement in _MERGE:
        tx.execute(text(statement), values)


_OWNED = text(
    "UPDATE person SET due_at = 0 WHERE id IN (SELECT v.person FROM verdict v "
    "JOIN identity i ON i.person = v.person JOIN record r ON r.key = i.key "
    "WHERE v.status = 'mql' AND r.connection = :connection AND r.attributes LIKE :owned)"
)


def wake_owned(store: Store) -> None:
    """MQLs whose owner changed are due, before `resolve_records`: a task goes where somebody works."""
    fresh = text("SELECT connection, record_id FROM record WHERE fresh AND kind = 'owner'")
    with store.reading() as tx:
        owners = tx.execute(fresh).all()
    if not owners:
        return
    with store.transaction() as tx:
        for owner in owners:
            owned = f'%"owner_id":"{owner.record_id}"%'
            tx.execute(_OWNED, {"connection": owner.connection, "owned": owned})
