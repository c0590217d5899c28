"""Every version of every definition that was ever seen, with its text, so that it can be shown again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, text

from scoring.definitions.definition import Definition
from sync.definitions.versions import Kept, book_of
from sync.store.definition_json import Lists, decode, encode, host_lists
from sync.store.engine import Store
from sync.store.people import rows_in

_MARK = "judged_by"
_LIST = "list:"  # settings of this name keep what lists of hosts last held

_INSERT = """
INSERT INTO definition (name, version, fingerprint, state, trial, scope, first_seen_at, effective_at,
                        retired_at, body, source)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_UPDATE = """
UPDATE definition SET name = ?, version = ?, fingerprint = ?, state = ?, trial = ?, scope = ?,
  first_seen_at = ?, effective_at = ?, retired_at = ?, body = ?, source = ? WHERE id = ?
"""
_SET = (
    "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)


def load_definitions(tx: Connection, lists: Lists) -> tuple[Kept, ...]:
    """This is everything kept, in the order in which it came. Lists that `lists` lacks are as last seen."""
    rows = tx.execute(text("SELECT id, first_seen_at, body, source FROM definition ORDER BY id")).all()
    if not rows:
        return ()
    names = tx.execute(text("SELECT name FROM setting WHERE name LIKE :like"), {"like": f"{_LIST}%"})
    missing = [name for name in names.scalars() if name.removeprefix(_LIST) not in lists]
    last = {
        row.name.removeprefix(_LIST): tuple(orjson.loads(row.value))
        for row in rows_in(tx, "SELECT name, value FROM setting WHERE name IN :values", missing)
    }
    known = {**last, **lists}
    return tuple(Kept(decode(row.body, known), row.first_seen_at, row.source, row.id) for row in rows)


def remember_definitions(store: Store, kept: Sequence[Kept], mark: str) -> bool:
    """This keeps the definitions; where `mark`, their meaning, is a new one, everybody is due (true)."""
    with store.transaction() as tx:
        save_definitions(store, tx, kept)
        was = tx.execute(text("SELECT value FROM setting WHERE name = :name"), {"name": _MARK}).scalar()
        if was == mark:
            return False
        tx.execute(text("UPDATE person SET due_at = 0 WHERE merged_into IS NULL"))
        store.many(tx, _SET, [(_MARK, mark)])
    return True


def save_definitions(store: Store, tx: Connection, kept: Sequence[Kept]) -> None:
    """This keeps what is new or has other terms now; nothing is ever removed."""
    found = tx.execute(text("SELECT id, body, source FROM definition"))
    stored = {row.id: (row.body, row.source) for row in found}
    store.many(tx, _INSERT, [_row(one) for one in kept if not one.id])
    changed = [
        (*_row(one), one.id)
        for one in kept
        if one.id and stored[one.id] != (encode(one.definition), one.text)
    ]
    store.many(tx, _UPDATE, changed)
    _save_lists(store, tx, [one.definition for one in kept])
    beside = {(one.name, one.version) for one in book_of(kept).beside}
    gone = [tuple(row) for row in tx.execute(text("SELECT DISTINCT definition, version FROM trial"))]
    dropped = [key for key in gone if key not in beside]
    store.many(tx, "DELETE FROM trial WHERE definition = ? AND version = ?", dropped)


def source_of(tx: Connection, name: str, version: str) -> str | None:
    """This is the text of a version as it was last seen, None if it never was: the way back to it.

    To undo a change, publish the old text under a new version.
    """
    row = tx.execute(
        text(
            "SELECT source FROM definition WHERE name = :name AND version = :version ORDER BY id DESC LIMIT 1"
        ),
        {"name": name, "version": version},
    ).one_or_none()
    return None if row is None else str(row.source)


def _row(one: Kept) -> tuple[Any, ...]:
    definition, terms = one.definition, one.definition.terms
    scope = f"{definition.scope.kind}:{definition.scope.name}".rstrip(":")
    return (
        *(definition.name, definition.version, definition.fingerprint, terms.state, terms.trial, scope),
        *(one.first_seen_at, terms.effective_at, terms.retired_at, encode(definition), one.text),
    )


def _save_lists(store: Store, tx: Connection, definitions: Sequence[Definition]) -> None:
    held = {one.name: one.listed for each in definitions for one in host_lists(each)}
    names = {f"{_LIST}{name}": orjson.dumps(hosts).decode() for name, hosts in held.items()}
    stored: Mapping[str, str] = {
        row.name: row.value
        for row in rows_in(tx, "SELECT name, value FROM setting WHERE name IN :values", names)
    }
    store.many(tx, _SET, [pair for pair in names.items() if stored.get(pair[0]) != pair[1]])
