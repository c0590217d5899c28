"""Touches that a CRM takes back: the call was logged with the wrong person, the meeting was called off.

The rows go, as if they had never been read, and whoever they were about is judged anew. Should the CRM
tell them again, they are news like any other.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, TextClause, bindparam, text

from sync.store.engine import Store
from sync.store.labels import CHUNK, chunks
from sync.store.people import wake_people

_HELD = text("SELECT source_id FROM touch WHERE connection = :connection AND source_id IN :names").bindparams(
    bindparam("names", expanding=True)
)
# What hangs on an activity (its further guests) stands under its name and a colon; `;` comes next after that.
_WHOSE = (
    "SELECT DISTINCT i.person FROM touch t JOIN identity i ON i.key = t.key WHERE t.connection = :connection "
    "AND (source_id = :name OR (source_id > :first AND source_id < :last))"
)
_DELETE = (
    "DELETE FROM touch WHERE connection = :connection "
    "AND (source_id = :name OR (source_id > :first AND source_id < :last))"
)


def withdraw(store: Store, tx: Connection, connection: str, names: Sequence[str]) -> int:
    """This removes touches by their source ids, with those that hang on them; it returns how many."""
    if not names:
        return 0
    held: list[str] = []
    for some in chunks(names, CHUNK):
        held += tx.execute(_HELD, {"connection": connection, "names": list(some)}).scalars()
    whose, delete = _by_bytes(tx, _WHOSE), _by_bytes(tx, _DELETE)
    people: set[int] = set()
    count = 0
    for name in held:
        marks = {"connection": connection, "name": name, "first": f"{name}:", "last": f"{name};"}
        people.update(tx.execute(whose, marks).scalars())
        count += tx.execute(delete, marks).rowcount
    wake_people(store, tx, people)
    return count


def _by_bytes(tx: Connection, statement: str) -> TextClause:
    """SQLite compares texts by their bytes; PostgreSQL has to be asked for that order."""
    if tx.dialect.name != "sqlite":
        for sign in "<>":
            statement = statement.replace(f"source_id {sign}", f'source_id COLLATE "C" {sign}')
    return text(statement)
