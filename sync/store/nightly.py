"""How far this night's look at everybody has come, and what verdicts it finds in the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from sync.store.people import rows_in

_BEGIN = text(
    "INSERT INTO setting (name, value) VALUES ('nightly', '0') "
    "ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)
_REACHED = text("SELECT value FROM setting WHERE name = 'nightly'")
_ADVANCE = text("UPDATE setting SET value = :last WHERE name = 'nightly'")
_END = text("DELETE FROM setting WHERE name = 'nightly'")
_NEXT = text(
    "SELECT id FROM person WHERE id > :last AND merged_into IS NULL AND due_at > :now "
    "ORDER BY id LIMIT :limit"
)
_SAID = (
    *("status", "grade", "grid", "exclusion", "qualified_at", "partner"),
    *("definition", "version", "fingerprint", "would_be_mql", "published"),
)
_VERDICTS = (
    "SELECT person, score, status, grade, grid, exclusion, qualified_at, partner, "
    "definition, version, fingerprint, would_be_mql, published FROM verdict WHERE person IN :values"
)


@dataclass(frozen=True, slots=True)
class Found:
    """A stored verdict: its score, in thousandths, and by name whatever else it says."""

    score: int
    rest: dict[str, Any]


def begin(tx: Connection) -> None:
    """This starts a look at everybody; one that is under way starts anew."""
    tx.execute(_BEGIN)


def next_people(tx: Connection, now: int, limit: int) -> list[int]:
    """These are the next people who are not due anyway; the look ends where nobody is left."""
    reached = tx.execute(_REACHED).scalar()
    if reached is None:
        return []
    people = list(tx.execute(_NEXT, {"last": int(reached), "now": now, "limit": limit}).scalars())
    if people:
        tx.execute(_ADVANCE, {"last": str(people[-1])})
    else:
        tx.execute(_END)
    return people


def verdicts_of(tx: Connection, people: Sequence[int]) -> dict[int, Found]:
    """These are the verdicts of the people who have one."""
    rows = rows_in(tx, _VERDICTS, people)
    return {row[0]: Found(row[1], dict(zip(_SAID, row[2:], strict=True))) for row in rows}
