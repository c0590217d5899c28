"""What is known of the people whom a partner brought or listed, for reports about partners."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import Connection

from sync.store.people import rows_in

_VERDICTS = (
    "SELECT person, status, score, grade, exclusion, qualified_at, partner, published FROM verdict "
    "WHERE person IN :values"
)
_EPISODES = (
    "SELECT person, number, qualified_at, ended_at, ended_by, definition FROM episode "
    "WHERE person IN :values AND ended_by <> 'void' AND ended_by <> 'merged' ORDER BY person, number"
)
_ROWS = (
    "SELECT i.person, r.connection, r.kind, r.attributes FROM identity i JOIN record r ON r.key = i.key "
    "WHERE i.person IN :values AND NOT r.deleted ORDER BY i.person, r.connection, r.kind DESC, r.key"
)


@dataclass(frozen=True, slots=True)
class Spell:
    """One MQL spell as it is stored; `ended_at` 0 while it is open."""

    qualified_at: int
    ended_at: int
    ended_by: str
    definition: str


@dataclass(frozen=True, slots=True)
class Known:
    """One person: where she stands, her spells in order, and what the CRMs say of her."""

    person: int
    status: str = ""
    score: int = 0
    grade: str = ""
    exclusion: str = ""
    partner: str = ""
    published: Mapping[str, Any] = field(default_factory=dict)
    spells: tuple[Spell, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)


def known_people(tx: Connection, people: Collection[int]) -> dict[int, Known]:
    """This is what is known of these people; who was not judged yet has no status."""
    wanted = sorted(people)
    spells: dict[int, list[Spell]] = {}
    for row in rows_in(tx, _EPISODES, wanted):
        spells.setdefault(row.person, []).append(
            Spell(row.qualified_at, row.ended_at, row.ended_by, row.definition)
        )
    attributes: dict[int, dict[str, str]] = {}
    for row in rows_in(tx, _ROWS, wanted):
        mine = attributes.setdefault(row.person, {})
        for name, value in orjson.loads(row.attributes).items():
            mine.setdefault(name, str(value))
    verdicts = {row.person: row for row in rows_in(tx, _VERDICTS, wanted)}
    return {
        person: _known(person, verdicts.get(person), spells.get(person, []), attributes.get(person, {}))
        for person in wanted
    }


def _known(person: int, row: Any, spells: list[Spell], attributes: Mapping[str, str]) -> Known:
    if row is None:
        return Known(person, spells=tuple(spells), attributes=attributes)
    return Known(
        person=person,
        status=row.status,
        score=row.score,
        grade=row.grade,
        exclusion=row.exclusion,
        partner=row.partner,
        published=orjson.loads(row.published),
        spells=tuple(spells),
        attributes=attributes,
    )
