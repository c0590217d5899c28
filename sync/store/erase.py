"""Forgetting a person for good: everything that is stored about her, wherever it stands.

Tables say by their columns what is about whom: `person` is a person's number and `key` one of her names.
So a table that is added later is covered without a word here. What she left in texts that others share
(addresses of pages) is blackened, rows that could not be read are searched, and her names are buried.
What stands in a CRM, in backup files and in pages that were saved is not ours to reach.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import orjson
from sqlalchemy import Connection, Table, text

from connectors.records import PERSON_KINDS
from scoring.identity import is_shared_mailbox
from sync.store.assignments import joined, latest_of, wake
from sync.store.engine import Store
from sync.store.erase_tasks import strip_names
from sync.store.labels import label_of, read_labels
from sync.store.people import rows_in
from sync.store.tombstones import addresses_in, buried, bury, carry, names_held, secret_keys, stones

TEXTS = ("asset", "page", "campaign", "url", "referrer")  # columns of `touch` that are numbers of labels

_COLLEAGUES = (
    "UPDATE person SET due_at = 0 WHERE id IN (SELECT i.person FROM identity i "
    "JOIN record r ON r.key = i.key WHERE r.company <> '' AND r.company = :company)"
)


@dataclass(frozen=True, slots=True)
class Erased:
    """What was forgotten: how many people, and rows by table."""

    people: int
    rows: dict[str, int]


def erase(store: Store, keys: Collection[str], now: int) -> Erased:
    """This forgets whoever goes by one of the keys, and buries the keys also if nobody does."""
    with store.transaction() as tx:
        erased = erase_in(store, tx, keys, now)
    _sweep_file(store)
    return erased


def erase_in(store: Store, tx: Connection, keys: Collection[str], now: int) -> Erased:
    """This forgets people inside a transaction that is writing already."""
    if not keys:
        return Erased(0, {})
    if tx.dialect.name == "sqlite":
        tx.exec_driver_sql("PRAGMA secure_delete = ON")  # free pages would keep what stood in them
    people = {row.person for row in rows_in(tx, "SELECT person FROM identity WHERE key IN :values", keys)}
    names = _names(tx, keys, people)
    _wake_colleagues(tx, names)
    _wake_joined(store, tx, people)
    strip_names(store, tx, names)
    rows = {"quarantine": _forget_unread(store, tx, names), "label": _blacken(store, tx, names)}
    for table in _tables():
        rows[table.name] = rows.get(table.name, 0) + _forget(store, tx, table, people, names)
    merged = [row.id for row in rows_in(tx, "SELECT id FROM person WHERE merged_into IN :values", people)]
    store.many(tx, "DELETE FROM person WHERE id = ?", [(one,) for one in (*people, *merged)])
    bury(store, tx, names, max((*people, *merged), default=0), now)
    return Erased(len(people), {name: count for name, count in rows.items() if count})


def replay(store: Store, tx: Connection, now: int) -> Erased:
    """This forgets again whom the tombstones name: a restored copy may still know them."""
    return erase_in(store, tx, buried(store, tx, names_held(tx)), now)


def take_over(store: Store, other: Store, now: int) -> Erased:
    """This gives a restored store the tombstones of the one whose place it takes."""
    with other.reading() as tx:
        keys, held = secret_keys(tx), stones(tx)
    if not held:
        return Erased(0, {})
    with store.transaction() as tx:
        carry(store, tx, keys, held)
        erased = replay(store, tx, now)
    _sweep_file(store)
    return erased


def _names(tx: Connection, keys: Collection[str], people: Collection[int]) -> set[str]:
    """These are all names of the people: what resolve gave them, and what their rows say of themselves."""
    names = set(keys)
    names.update(r.key for r in rows_in(tx, "SELECT key FROM identity WHERE person IN :values", people))
    told = rows_in(tx, "SELECT names FROM record WHERE key IN :values", names)
    said = {name for row in told for name in orjson.loads(row.names) if not is_shared_mailbox(name)}
    others = rows_in(tx, "SELECT key, person FROM identity WHERE key IN :values", said)
    return names | (said - {row.key for row in others if row.person not in people})


def _tables() -> Sequence[Table]:
    """These are all tables. Declaring them costs a third of a second, which only who erases should pay."""
    from sqlmodel import SQLModel  # noqa: PLC0415

    import sync.store.schema  # noqa: F401, PLC0415 - importing it declares the tables

    return SQLModel.metadata.sorted_tables


def _forget(
    store: Store, tx: Connection, table: Table, people: Collection[int], names: Collection[str]
) -> int:
    count = 0
    columns: Sequence[tuple[str, Collection[int | str]]] = (
        ("person", people), ("key", names), ("record", names)
    )  # fmt: skip
    for column, values in columns:
        if column not in table.columns:
            continue
        found = rows_in(tx, f"SELECT COUNT(*) FROM {table.name} WHERE {column} IN :values", values)  # noqa: S608
        count += sum(row[0] for row in found)
        store.many(tx, f"DELETE FROM {table.name} WHERE {column} = ?", [(value,) for value in values])  # noqa: S608
    return count


def _forget_unread(store: Store, tx: Connection, names: Collection[str]) -> int:
    """A row that could not be read is hers if it has her id, or one of her addresses anywhere in it."""
    held = tx.execute(text("SELECT id, connection, source_id, raw FROM quarantine")).all()
    hers = [
        (row.id,)
        for row in held
        if any(f"{row.connection}:{kind}:{row.source_id}" in names for kind in PERSON_KINDS)
        or not addresses_in(bytes(row.raw)).isdisjoint(names)
    ]
    store.many(tx, "DELETE FROM quarantine WHERE id = ?", hers)
    return len(hers)


def _blacken(store: Store, tx: Connection, names: Collection[str]) -> int:
    """Texts that only her touches had, and that may name her, lose their words and keep their number."""
    columns = ", ".join(TEXTS)
    touches = rows_in(tx, f"SELECT {columns} FROM touch WHERE key IN :values", names)  # noqa: S608
    numbers = {number for row in touches for number in row} - {0}
    texts = read_labels(tx, sorted(numbers))
    telling = {number: text for number, text in texts.items() if any(mark in text for mark in "?@%")}
    mine = telling.keys() - _shared(tx, names, telling)
    store.many(tx, "UPDATE label SET text = ? WHERE id = ?", [(f"erased:{one}", one) for one in sorted(mine)])
    store.many(tx, "DELETE FROM long_text WHERE label = ?", [(one,) for one in sorted(mine)])
    for one in mine:
        store.labels.pop(label_of(telling[one]), None)
    return len(mine)


def _shared(tx: Connection, names: Collection[str], numbers: Collection[int]) -> set[int]:
    """These of the texts are on touches of others too."""
    shared: set[int] = set()
    for column in TEXTS:
        sql = f"SELECT key, {column} AS label FROM touch WHERE {column} IN :values"  # noqa: S608
        shared.update(row.label for row in rows_in(tx, sql, numbers) if row.key not in names)
    return shared


def _wake_colleagues(tx: Connection, names: Collection[str]) -> None:
    """What she did may have counted for the others of her company."""
    sql = "SELECT DISTINCT company FROM record WHERE company <> '' AND key IN :values"
    for row in rows_in(tx, sql, names):
        tx.execute(text(_COLLEAGUES), {"company": row.company})


def _wake_joined(store: Store, tx: Connection, people: Collection[int]) -> None:
    """Her task stood for colleagues of hers, who need one of their own."""
    spells = [one.episode for one in latest_of(tx, people).values()]
    waiting = joined(tx, spells)
    wake(store, tx, {person for found in waiting.values() for person in found} - set(people))


def _sweep_file(store: Store) -> None:
    """SQLite's journal still holds the old pages until it is folded into the file."""
    if store.engine.dialect.name == "sqlite":
        with store.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql(
                "PRAGMA wal_checkpoint(TRUNCATE)"
            )
