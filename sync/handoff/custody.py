"""Whom partners have in their hands, since when and until when: kept as the curves show it.

What is stored is derived: everybody who is judged has it written anew, so merging and splitting people
needs no care here. While a partner has somebody we make her no task, and our clocks stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import Connection

from scoring.handoff.custody import ENDED_BY, REASON, SOURCES
from scoring.touches import NEVER
from sync.batch import Batch
from sync.store.engine import Store
from sync.store.people import rows_in

_SPANS = (
    "SELECT person, given_at, ended_at, partner, ended_by, source FROM custody "
    "WHERE person IN :values ORDER BY person, given_at"
)
_FORGET = "DELETE FROM custody WHERE person = ?"
_SAVE = (
    "INSERT INTO custody (person, given_at, ended_at, partner, ended_by, source) VALUES (?, ?, ?, ?, ?, ?)"
)
_Row = tuple[int, int, int, str, str, str]


@dataclass(frozen=True, slots=True)
class Custody:
    """A partner has her in [given_at, ended_at); the end may lie ahead, and is NEVER where none is known."""

    person: int
    given_at: int
    ended_at: int
    partner: str
    ended_by: str = ""
    source: str = "field"

    @property
    def span(self) -> tuple[int, int]:
        """This is when our clocks stand."""
        return self.given_at, self.ended_at

    def is_open(self, as_of: int) -> bool:
        """This tells whether the partner has her then."""
        return self.given_at <= as_of < self.ended_at


def spans(tx: Connection, people: Iterable[int]) -> dict[int, list[Custody]]:
    """These are the custodies of the people who ever had one, in order of time, by person."""
    found: dict[int, list[Custody]] = {}
    for row in rows_in(tx, _SPANS, sorted(people)):
        one = Custody(row.person, row.given_at, row.ended_at or NEVER, row.partner, row.ended_by, row.source)
        found.setdefault(row.person, []).append(one)
    return found


def save_custodies(store: Store, tx: Connection, batch: Batch) -> None:
    """This keeps what the verdicts say of the people; most were never handed over, and nothing is written."""
    derived: dict[int, list[_Row]] = {}
    for row in _rows(batch):
        derived.setdefault(row[0], []).append(row)
    stored: dict[int, list[_Row]] = {}
    for row in rows_in(tx, _SPANS, batch.people):
        stored.setdefault(row[0], []).append(tuple(row))
    news = [person for person in derived.keys() | stored.keys() if derived.get(person) != stored.get(person)]
    store.many(tx, _FORGET, [(person,) for person in sorted(news)])
    store.many(tx, _SAVE, [row for person in sorted(news) for row in derived.get(person, ())])


def _rows(batch: Batch) -> Iterator[_Row]:
    found, touches = batch.verdicts.custodies, batch.facts.touches
    columns = (found.person, found.given_at, found.ended_at, found.partner, found.source, found.ended_by)
    for i, given, ended, partner, source, by, row in zip(
        *(column.tolist() for column in (*columns, found.touch)), strict=True
    ):
        name = batch.verdicts.partners[partner] if partner >= 0 else ""
        if partner < 0 and source != REASON:
            name = touches.labels[touches.asset[row]]  # as somebody wrote it: no partner goes by it
        end = 0 if ended == NEVER else ended
        yield batch.people[i], given, end, name, ENDED_BY[by], SOURCES[source]
