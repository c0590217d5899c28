"""Which people count together: colleagues, the contacts of a deal. And the parts in which everybody is read.

Whoever counts together is read in one part, so that what a part comes to can be added up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from sqlalchemy import Connection, text

from scoring.touches import Bools, Ints
from sync.store.partitions import PEOPLE_AT_ONCE

_PEOPLE = text("SELECT id FROM person WHERE merged_into IS NULL ORDER BY id")
_COMPANIES = text(
    "SELECT i.person, r.company FROM record r JOIN identity i ON i.key = r.key "
    "WHERE r.company <> '' AND NOT r.deleted ORDER BY i.person"
)


class Leaders:
    """This tells who hangs together: everybody has a leader, and those who do have the same."""

    def __init__(self) -> None:
        self._leader: dict[int, int] = {}

    def of(self, person: int) -> int:
        leader = self._leader
        while (next_one := leader.get(person, person)) != person:
            leader[person] = person = leader.get(next_one, next_one)
        return person

    def join(self, people: Iterable[int]) -> None:
        """The least of all who hang together leads them."""
        found = sorted({self.of(person) for person in people})
        for other in found[1:]:
            self._leader[other] = found[0]

    def column(self, people: Ints) -> Ints:
        """This is the leader of each."""
        leads = people.copy()
        for person in self._leader:
            place = int(np.searchsorted(people, person))
            if place < len(people) and people[place] == person:
                leads[place] = self.of(person)
        return leads


def everybody(tx: Connection) -> Ints:
    """These are all people, in order."""
    return np.fromiter(tx.execute(_PEOPLE).scalars(), np.int64)


def colleagues(tx: Connection) -> tuple[Leaders, dict[str, int]]:
    """This tells who works together, and somebody of each company, by the company's key."""
    leaders, somebody = Leaders(), dict[str, int]()
    for row in tx.execute(_COMPANIES):
        leaders.join((row.person, somebody.setdefault(row.company, row.person)))
    return leaders, somebody


def parts(people: Ints, leads: Ints, at_once: int = PEOPLE_AT_ONCE) -> Iterator[Ints]:
    """This cuts everybody into parts of about one size; who has one leader is in one part."""
    order = np.lexsort((people, leads))
    starts = np.flatnonzero(_is_new(leads[order]))
    begin = 0
    while begin < len(order):
        later = np.searchsorted(starts, begin + at_once)
        end = int(starts[later]) if later < len(starts) else len(order)
        yield np.sort(people[order[begin:end]])
        begin = end


def _is_new(leads: Ints) -> Bools:
    new = np.ones(len(leads), np.bool_)
    new[1:] = np.diff(leads) != 0
    return new


def numbered(people: Sequence[int]) -> dict[int, int]:
    """This is the place of each in a part."""
    return {person: place for place, person in enumerate(people)}
