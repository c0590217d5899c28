"""Clocks of spells as they were last read, and promises that were seen to be broken."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import astuple, dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, text

from sync.store.engine import Store
from sync.store.people import rows_in

_CLOCK = (
    "episode, promise, person, definition, owner, territory, partner, tier, started_at, target, due_at, "
    "stopped_at, state, worked, passed, read_at"
)
_BREACH = "episode, promise, person, due_at, seen_at, escalated_at, escalated_to"
_SAVE = f"INSERT INTO clock ({_CLOCK}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
_BREAK = """
INSERT INTO breach (episode, promise, person, due_at, seen_at, escalated_at, escalated_to)
VALUES (?, ?, ?, ?, ?, 0, '') ON CONFLICT (episode, promise) DO NOTHING
"""
_TOLD = "UPDATE breach SET escalated_at = ?, escalated_to = ? WHERE episode = ? AND promise = ?"
# Who has a spell whose clocks are still read: an open one, or one that ended lately.
_WAKE = text(
    "UPDATE person SET due_at = 0 WHERE merged_into IS NULL AND id IN "
    "(SELECT person FROM episode WHERE ended_at = 0 OR ended_at > :since)"
)


@dataclass(frozen=True, slots=True)
class ClockRow:
    """A row of `clock`; see there."""

    episode: int
    promise: str
    person: int
    definition: str
    owner: str
    territory: str
    partner: str
    tier: str
    started_at: int
    target: int
    due_at: int
    stopped_at: int
    state: str
    worked: int
    passed: int
    read_at: int


@dataclass(frozen=True, slots=True)
class Told:
    """A spell as it is stored; `ended_at` 0 while it is open."""

    id: int
    person: int
    number: int
    definition: str
    version: str
    qualified_at: int
    noticed_at: int
    ended_at: int
    ended_by: str


@dataclass(frozen=True, slots=True)
class BreachRow:
    """A row of `breach`; see there."""

    episode: int
    promise: str
    person: int
    due_at: int
    seen_at: int
    escalated_at: int
    escalated_to: str


def spells_of(tx: Connection, people: Sequence[int]) -> dict[int, list[Told]]:
    """These are the spells of each person who has some, the latest last."""
    rows = rows_in(
        tx,
        "SELECT id, person, number, definition, version, qualified_at, noticed_at, ended_at, ended_by "
        "FROM episode WHERE person IN :values AND ended_by NOT IN ('void', 'merged') ORDER BY number",
        people,
    )
    found: dict[int, list[Told]] = {}
    for row in rows:
        found.setdefault(row.person, []).append(Told(*row))
    return found


def clocks_of(tx: Connection, episodes: Collection[int]) -> dict[int, list[ClockRow]]:
    """These are the clocks of each spell as they were last read."""
    found: dict[int, list[ClockRow]] = {}
    sql = f"SELECT {_CLOCK} FROM clock WHERE episode IN :values ORDER BY promise"  # noqa: S608
    for row in rows_in(tx, sql, episodes):
        found.setdefault(row.episode, []).append(ClockRow(*row))
    return found


def save_clocks(store: Store, tx: Connection, episodes: Collection[int], rows: Sequence[ClockRow]) -> None:
    """This keeps how the clocks of these spells stand now; what is no longer promised is forgotten."""
    store.many(tx, "DELETE FROM clock WHERE episode = ?", [(one,) for one in sorted(episodes)])
    store.many(tx, _SAVE, [astuple(row) for row in rows])


def note_breaches(store: Store, tx: Connection, rows: Sequence[ClockRow], now: int) -> None:
    """This writes down once which promises are broken."""
    store.many(tx, _BREAK, [(row.episode, row.promise, row.person, row.due_at, now) for row in rows])


def breaches_of(tx: Connection, episodes: Collection[int]) -> list[BreachRow]:
    """These are the promises about these spells that were seen to be broken."""
    sql = f"SELECT {_BREACH} FROM breach WHERE episode IN :values ORDER BY episode, promise"  # noqa: S608
    return [BreachRow(*row) for row in rows_in(tx, sql, sorted(episodes))]


def note_escalations(
    store: Store, tx: Connection, breaches: Sequence[BreachRow], told: Sequence[tuple[bool, str]], now: int
) -> None:
    """This writes down of each of these whom we told, or why nobody was."""
    rows = [
        (now if is_told else 0, whom, one.episode, one.promise)
        for one, (is_told, whom) in zip(breaches, told, strict=True)
    ]
    store.many(tx, _TOLD, rows)


def wake_spells(tx: Connection, ended_since: int) -> None:
    """Whoever has a clock that is still read is due: what was promised is another."""
    tx.execute(_WAKE, {"since": ended_since})


def clocks_since(tx: Connection, since: int, besides: str) -> list[Any]:
    """These are all clocks that started since then, or of open spells, without those that are `besides`.

    Rows have the columns of `clock`, and `number`, `ended_at`, `seen_at`, `escalated_at`, `escalated_to`.
    """
    columns = ", ".join(f"c.{name}" for name in _CLOCK.split(", "))
    sql = (
        f"SELECT {columns}, e.number, e.ended_at, b.seen_at, b.escalated_at, b.escalated_to FROM clock c "  # noqa: S608
        "JOIN episode e ON e.id = c.episode LEFT JOIN breach b ON b.episode = c.episode "
        "AND b.promise = c.promise WHERE c.promise <> :besides AND e.ended_by NOT IN ('void', 'merged') "
        "AND (c.started_at >= :since OR e.ended_at = 0) ORDER BY c.started_at, c.episode, c.promise"
    )
    return list(tx.execute(text(sql), {"since": since, "besides": besides}).all())


def records_of(tx: Connection, people: Collection[int]) -> dict[int, str]:
    """This is one CRM row of each person."""
    sql = (
        "SELECT person, MIN(key) AS key FROM identity WHERE person IN :values "
        "AND key NOT LIKE 'email:%' GROUP BY person"
    )
    return {row.person: row.key for row in rows_in(tx, sql, sorted(people))}


def names_of(tx: Connection, owners: Collection[str]) -> dict[str, str]:
    """These are the names of owners that the CRMs gave, by key."""
    rows = rows_in(tx, "SELECT key, attributes FROM record WHERE key IN :values", sorted(owners))
    return {row.key: str(orjson.loads(row.attributes).get("name") or "") for row in rows}
