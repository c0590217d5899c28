"""What we thought of people last time, and what we think now."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, text

from scoring.definitions.conditions import GRADES
from scoring.touches import ALWAYS
from scoring.verdicts import ENDINGS, Verdicts
from sync.store.engine import Store
from sync.store.people import rows_in

_SAVE = """
INSERT INTO verdict (person, as_of, definition, version, fingerprint, status, score, engagement, fit, grade,
                     exclusion, qualified_at, recheck_at, partner, published, grid, would_be_mql)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (person) DO UPDATE SET as_of = excluded.as_of, definition = excluded.definition,
  version = excluded.version, fingerprint = excluded.fingerprint, status = excluded.status,
  score = excluded.score, engagement = excluded.engagement, fit = excluded.fit, grade = excluded.grade,
  exclusion = excluded.exclusion, qualified_at = excluded.qualified_at, recheck_at = excluded.recheck_at,
  partner = excluded.partner, published = excluded.published, grid = excluded.grid,
  would_be_mql = excluded.would_be_mql
"""
_MOVE = """
UPDATE episode SET qualified_at = :start, ended_at = :end, ended_by = :by, definition = :definition,
  version = :version, recycled = :recycled WHERE id = :id
"""
_VOID = "UPDATE episode SET ended_at = :end, ended_by = 'void' WHERE id = :id"
_BEGIN = """
INSERT INTO episode (person, number, definition, version, qualified_at, noticed_at, ended_at, ended_by,
                     recycled)
VALUES (:person, :number, :definition, :version, :start, :now, :end, :by, :recycled)
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
    told: Sequence[Mapping[str, Any]],
) -> None:
    """This keeps the verdicts, each with who judged, and sets when each person must be looked at again."""
    judges = [(one.name, one.version, one.fingerprint) for one in verdicts.definitions]
    judges.append(("", "", ""))  # of whom nobody judges
    rows = [
        (
            *(person, verdicts.as_of, *judges[verdicts.definition[i]]),
            *(
                verdicts.status_of(i),
                int(verdicts.score[i]),
                int(verdicts.engagement[i]),
                int(verdicts.fit[i]),
            ),
            *(GRADES[verdicts.grade[i]], verdicts.reason_of(i), int(verdicts.qualified_at[i])),
            *(int(verdicts.recheck_at[i]), verdicts.partner_of(i)[0]),
            orjson.dumps(told[i], option=orjson.OPT_SORT_KEYS).decode(),
            *(verdicts.grid_of(i), bool(verdicts.would_be_mql[i])),
        )
        for i, person in enumerate(people)
    ]
    store.many(tx, _SAVE, rows)
    due = [(int(verdicts.recheck_at[i]), person) for i, person in enumerate(people)]
    store.many(tx, "UPDATE person SET due_at = ? WHERE id = ?", due)


def mark_held_out(store: Store, tx: Connection, people: Sequence[int], held_out: Collection[int]) -> None:
    """This keeps of whom nothing may be written."""
    flags = [(person in held_out, person) for person in people]
    rows = [(flag, person, flag) for flag, person in flags]
    store.many(tx, "UPDATE verdict SET held_out = ? WHERE person = ? AND held_out <> ?", rows)


def save_episodes(tx: Connection, people: Sequence[int], verdicts: Verdicts) -> dict[int, Spell]:
    """This brings the stored spells in line and returns the open one of each person who has one.

    A spell keeps its id and number once stored: late facts move its start, they do not make it another.
    """
    rows = rows_in(tx, "SELECT * FROM episode WHERE person IN :values ORDER BY number", people)
    stored: dict[int, list[Spell]] = {}
    for r in rows:
        spell = Spell(r.id, r.person, r.number, r.qualified_at, r.noticed_at, r.ended_at)
        stored.setdefault(r.person, []).append(spell)
    derived = _derived(people, verdicts)
    for person in sorted(stored.keys() | derived.keys()):
        _align(tx, person, stored.get(person, []), derived.get(person, []), verdicts.as_of)
    after = rows_in(tx, "SELECT * FROM episode WHERE person IN :values AND ended_at = 0", people)
    return {r.person: Spell(r.id, r.person, r.number, r.qualified_at, r.noticed_at, 0) for r in after}


def _derived(people: Sequence[int], verdicts: Verdicts) -> dict[int, list[dict[str, Any]]]:
    """These are the columns of each spell that the curves show, per person in order."""
    found = verdicts.episodes
    columns = (
        *(found.person, found.qualified_at, found.ended_at, found.ended_by, found.definition),
        found.recycled,
    )
    derived: dict[int, list[dict[str, Any]]] = {}
    for i, start, end, by, index, recycled in zip(*(column.tolist() for column in columns), strict=True):
        judge = verdicts.definitions[index]
        spell = {"start": start, "end": end, "by": ENDINGS[by], "recycled": recycled}
        spell |= {"definition": judge.name, "version": judge.version}
        derived.setdefault(people[i], []).append(spell)
    return derived


def _align(
    tx: Connection, person: int, stored: Sequence[Spell], derived: Sequence[Mapping[str, Any]], now: int
) -> None:
    current = next((spell for spell in stored if not spell.ended_at), None)
    if current is None and stored and derived and not derived[-1]["end"]:
        # What had ended may go on after all: the same spell then, with the same task.
        current = stored[-1] if derived[-1]["start"] < stored[-1].ended_at else None
    since = max((spell.ended_at for spell in stored), default=ALWAYS)
    news = [one for one in derived if one["start"] >= since]
    if current:
        going_on = [one for one in derived if not one["end"] or one["end"] > current.qualified_at]
        if going_on:
            tx.execute(text(_MOVE), {**going_on[0], "id": current.id})
        else:
            tx.execute(text(_VOID), {"end": now, "id": current.id})
        news = going_on[1:]
    first = max((spell.number for spell in stored), default=0) + 1
    for number, one in enumerate(news, start=first):
        tx.execute(text(_BEGIN), {**one, "person": person, "number": number, "now": now})
