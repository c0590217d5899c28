"""Who was given which spell's task, since when and how; whose turn it is; who works at one company.

An assignment is never edited: another owner is another row, so that a clock can tell who had the lead
when. Only `carrier` moves: whose task stands for this spell.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection

from sync.store.people import rows_in

_COLUMNS = (
    "episode, person, connection, record, owner_id, record_owner, territory, how, cause, carrier, since"
)
_LATEST = "id = (SELECT MAX(n.id) FROM assignment n WHERE n.episode = a.episode)"


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who has a spell from `since` on. `owner_id` is the id in `connection`, "" where nobody could take it:
    then `cause` says why.

    `how` is "owner" (of her record), "account" (has a colleague's task), "territory" (it was her turn),
    "given before", "stand-in" (the default owner) or "". `record` is the key of the row that carries the
    task, `record_owner` who owned it then. `carrier` is the spell whose task it is: this one, or that of a
    colleague whom she joined.
    """

    episode: int
    person: int
    connection: str
    record: str
    owner_id: str
    record_owner: str
    territory: str
    how: str
    cause: str
    carrier: int
    since: int


def assigned(tx: Connection, episodes: Iterable[int]) -> dict[int, list[Assignment]]:
    """These are the assignments of each of these spells that has any, the oldest first."""
    rows = rows_in(
        tx,
        f"SELECT {_COLUMNS} FROM assignment WHERE episode IN :values ORDER BY id",  # noqa: S608
        episodes,
    )
    found: dict[int, list[Assignment]] = {}
    for row in rows:
        found.setdefault(row.episode, []).append(Assignment(*row))
    return found


def latest_of(tx: Connection, people: Iterable[int]) -> dict[int, Assignment]:
    """These are the assignments that hold of all spells of these people, by spell."""
    sql = f"SELECT {_COLUMNS} FROM assignment a WHERE person IN :values AND {_LATEST}"  # noqa: S608
    return {row.episode: Assignment(*row) for row in rows_in(tx, sql, people)}
