"""What we thought of people last time, and what we think now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, text

from scoring.conditions import GRADES
from scoring.definition import Definition
from scoring.verdicts import ENDINGS, Verdicts
from sync.store.engine import Store
from sync.store.people import rows_in

_SAVE = """
INSERT INTO verdict (person, as_of, definition, version, fingerprint, status, score, engagement, fit, grade,
                     exclusion, qualified_at, recheck_at, partner, published)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (person) DO UPDATE SET as_of = excluded.as_of, definition = excluded.definition,
  version = excluded.version, fingerprint = excluded.fingerprint, status = excluded.status,
  score = excluded.score, engagement = excluded.engagement, fit = excluded.fit, grade = excluded.grade,
  exclusion = excluded.exclusion, qualified_at = excluded.qualified_at, recheck_at = excluded.recheck_at,
  partner = excluded.partner, published = excluded.published
"""


@dataclass(frozen=True, slots=True)
class Spell:
    """One stored episode; `ended_at` 0 while it is open."""

    id: int
    person: int
    number: int
    qualified_at: int
    noticed_at: int
    ended_at: int


def due_people(tx: Connection, now: int, limit: int) -> list[int]:
    """These are people whose verdict must be looked at, in order."""
    rows = tx.execute(
        text(
            "SELECT id FROM person WHERE due_at <= :now AND merged_into IS NULL "
            "ORDER BY due_at, id LIMIT :limit"
        ),
        {"now": now, "limit": limit},
    )
    return sorted(rows.scalars())


def published(tx: Connection, people: Sequence[int]) -> dict[int, tuple[str, dict[str, Any]]]:
    """This is (status, published fields) of the people judged before."""
    rows = rows_in(tx, "SELECT person, status, published FROM verdict WHERE person IN :values", people)
    return {row.person: (row.status, orjson.loads(row.published)) for row in rows}


def save_verdicts(
    store: Store,
    tx: Connection,
    people: Sequence[int],
    verdicts: Verdicts,
    definition: Definition,
    told: Sequence[Mapping[str, Any]],
) -> None:
    """This keeps the verdicts and sets when each person must be looked at again."""
    rows = [
        (
            *(person, verdicts.as_of, definition.name, str(definition.version), definition.fingerprint),
            *(
                verdicts.status_of(i),
                int(verdicts.score[i]),
                int(verdicts.engagement[i]),
                int(verdicts.fit[i]),
            ),
            *(GRADES[verdicts.grade[i]], verdicts.reason_of(i), int(verdicts.qualified_at[i])),
            *(int(verdicts.recheck_at[i]), verdicts.partner_of(i)[0]),
            orjson.dumps(told[i], option=orjson.OPT_SORT_KEYS).decode(),
        )
        for i, person in enumerate(people)
    ]
    store.many(tx, _SAVE, rows)
    due = [(int(verdicts.recheck_at[i]), person) for i, person in enumerate(people)]
    store.many(tx, "UPDATE person SET due_at = ? WHERE id = ?", due)


def save_episodes(
    tx: Connection, people: Sequence[int], verdicts: Verdicts, definition: Definition
) -> dict[int, Spell]:
    """This brings the stored spells in line and returns the open one of each person who has one.

    A spell keeps its id and number once stored: late facts move its start, they do not make it another.
    """
    rows = rows_in(tx, "SELECT * FROM episode WHERE person IN :values ORDER BY number", people)
    stored: dict[int, list[Spell]] = {}
    for r in rows:
        spell = Spell(r.id, r.person, r.number, r.qualified_at, r.noticed_at, r.ended_at)
        stored.setdefault(r.person, []).append(spell)
    derived: dict[int, list[tuple[int, int, str]]] = {}
    found = verdicts.episodes
    columns = (found.person, found.qualified_at, found.ended_at, found.ended_by)
    for i, start, end, by in zip(*(column.tolist() for column in columns), strict=True):
        derived.setdefault(people[i], []).append((start, end, ENDINGS[by]))
    for person in sorted(stored.keys() | derived.keys()):
        _align(tx, person, stored.get(person, []), derived.get(person, []), (verdicts.as_of, definition))
    after = rows_in(tx, "SELECT * FROM episode WHERE person IN :values AND ended_at = 0", people)
    return {r.person: Spell(r.id, r.person, r.number, r.qualified_at, r.noticed_at, 0) for r in after}


def _align(
    tx: Connection,
    person: int,
    stored: Sequence[Spell],
    derived: Sequence[tuple[int, int, str]],
    judged: tuple[int, Definition],
) -> None:
    open_spell = next((spell for spell in stored if not spell.ended_at), None)
    if open_spell:
        start, end, by = derived[-1] if derived else (open_spell.qualified_at, judged[0], "void")
        tx.execute(
            text("UPDATE episode SET qualified_at = :start, ended_at = :end, ended_by = :by WHERE id = :id"),
            {"start": start, "end": end, "by": by, "id": open_spell.id},
        )
        return
    last_end = max((spell.ended_at for spell in stored), default=0)
    number = max((spell.number for spell in stored), default=0)
    for start, end, by in derived:
        if stored and start < last_end:
            continue
        number += 1
        tx.execute(
            text(
                "INSERT INTO episode (person, number, definition, version, qualified_at, noticed_at, "
                "ended_at, ended_by) "
                "VALUES (:person, :number, :definition, :version, :start, :now, :end, :by)"
            ),
            {"person": person, "number": number, "start": start, "end": end, "by": by, "now": judged[0]}
            | {"definition": judged[1].name, "version": str(judged[1].version)},
        )
