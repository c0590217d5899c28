"""Whom partners have in their hands, since when and until when: kept as the curves show it.

What is stored is derived: everybody who is judged has it written anew, so merging and splitting people
needs no care here. While a partner has somebody we make her no task, and our clocks stand.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection

from scoring.touches import NEVER
from sync.store.people import rows_in

_SPANS = (
    "SELECT person, given_at, ended_at, partner, ended_by, source FROM custody "
    "WHERE person IN :values ORDER BY person, given_at"
)


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
