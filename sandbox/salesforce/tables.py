"""The rows of one object: seeded ones that are computed when asked for, and written ones that are kept.

A seeded row has a number; its id follows from the number and a higher number never has an older
stamp, so a window of stamps is a range of numbers and nothing needs to exist before it is read. Once
a row is written it moves from the seed to `_written`, with its new stamp, and is found there by
bisection. Nothing here knows what a row means.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from sandbox.salesforce import ids, instants

Row = dict[str, Any]
FAR = 1 << 62


class Seed(Protocol):
    """Rows that exist before anybody writes."""

    @property
    def end(self) -> int:
        """This is the first number that is not taken."""
        ...

    def numbers(self, start: int, stop: int) -> Iterator[int]:
        """These numbers in the range have a row, in ascending order."""
        ...

    def stamp(self, number: int) -> int:
        """This is the row's SystemModstamp in seconds; it never falls as the number rises."""
        ...

    def first(self, stamp: int) -> int:
        """This is the lowest number whose stamp is not below `stamp`."""
        ...

    def row(self, number: int) -> Row:
        """This is the row as it was seeded, with every field that is not null."""
        ...

    def near(self, record_id: str) -> tuple[range, ...] | None:
        """Rows that refer to this record have numbers in these ranges; None if nobody can say."""
        ...


@dataclass(frozen=True, slots=True)
class Window:
    """Where the rows that fit a condition must lie. `is_exact`: every row that lies there fits it."""

    stamp_from: int = -FAR
    stamp_to: int = FAR
    number_from: int = 0
    number_to: int = FAR
    places: tuple[range, ...] | None = None
    is_exact: bool = False

    def both(self, other: Window) -> Window:
        """This holds what lies in both."""
        places = self.places if other.places is None else other.places
        return Window(
            max(self.stamp_from, other.stamp_from),
            min(self.stamp_to, other.stamp_to),
            max(self.number_from, other.number_from),
            min(self.number_to, other.number_to),
            places,
            is_exact=self.is_exact and other.is_exact and (self.places is None or other.places is None),
        )

    def either(self, other: Window) -> Window:
        """This holds what lies in one of them, and perhaps some more."""
        joined = None if self.places is None or other.places is None else (*self.places, *other.places)
        return Window(
            min(self.stamp_from, other.stamp_from),
            max(self.stamp_to, other.stamp_to),
            min(self.number_from, other.number_from),
            max(self.number_to, other.number_to),
            joined,
        )


EVERYWHERE = Window()


class Empty:
    """A seed without rows."""

    end = 1

    def numbers(self, start: int, stop: int) -> Iterator[int]:
        return iter(range(start, min(start, stop)))

    def stamp(self, number: int) -> int:
        raise KeyError(number)

    def first(self, stamp: int) -> int:
        return self.end if stamp > -FAR else 0

    def row(self, number: int) -> Row:
        raise KeyError(number)

    def near(self, record_id: str) -> tuple[range, ...] | None:
        return () if record_id else None


class Listed:
    """A seed of few rows that were made at once: they are sorted by stamp and numbered from 1."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = sorted(rows, key=lambda row: str(row["SystemModstamp"]))
        self._stamps = [instants.seconds(row["SystemModstamp"]) for row in self._rows]
        self.end = len(rows) + 1

    def numbers(self, start: int, stop: int) -> Iterator[int]:
        return iter(range(max(start, 1), min(stop, self.end)))

    def stamp(self, number: int) -> int:
        return self._stamps[number - 1]

    def first(self, stamp: int) -> int:
        return bisect_left(self._stamps, stamp) + 1

    def row(self, number: int) -> Row:
        return dict(self._rows[number - 1])

    def near(self, record_id: str) -> tuple[range, ...] | None:
        return None if record_id else ()


class Table:
    """One object's rows. `now` tells in seconds which late rows have become visible."""

    def __init__(self, prefix: str, seed: Seed, now: Callable[[], float]) -> None:
        self.prefix = prefix
        self.seed = seed
        self._now = now
        self._written: dict[int, Row] = {}
        self._order: list[tuple[int, int]] = []
        self._late: dict[int, float] = {}
        self._purged: set[int] = set()
        self._next = seed.end
        # External ids: field → value → number. A field is unique among the rows that are not deleted.
        self._unique: dict[str, dict[Any, int]] = {}
        self._cased: set[str] = set()

    def id_of(self, number: int) -> str:
        return ids.encode(self.prefix, number)

    def number_of(self, record_id: str) -> int:
        """This is the number behind an 18-character id of this object; -1 if it has none."""
        return ids.number(record_id) if record_id.startswith(self.prefix) else -1

    def get(self, number: int) -> Row | None:
        """This is a row, however late it shows up in queries; not to be changed in place."""
        if number in self._purged:
            return None
        if number in self._written:
            return self._written[number]
        if not 0 <= number < self.seed.end or next(self.seed.numbers(number, number + 1), -1) != number:
            return None
        row = self.seed.row(number)
        row["Id"] = self.id_of(number)
        row["SystemModstamp"] = instants.stamped(self.seed.stamp(number))
        return row

    def find(self, record_id: str) -> Row | None:
        """This is the row with an 18-character id."""
        number = self.number_of(record_id)
        row = self.get(number) if number >= 0 else None
        return row if row and row["Id"] == record_id else None

    def add(self, row: Row, *, visible_at: float = 0.0) -> str:
        """This keeps a new row under the next id; queries see it from `visible_at` on."""
        number = self._next
        self._next += 1
        if visible_at > self._now():
            self._late[number] = visible_at
        self._keep(number, {**row, "Id": self.id_of(number)})
        return self.id_of(number)

    def put(self, row: Row, *, visible_at: float = 0.0) -> None:
        """This replaces the row with the same id. One that is new shows up from `visible_at` on."""
        number = self.number_of(row["Id"])
        if visible_at > self._now() and self.get(number) is None:
            self._late[number] = visible_at
        self._drop(number)
        self._keep(number, row)

    def undo(self, record_id: str, old: Row | None) -> None:
        """This takes back what was just written: the row is as it was, or was never there."""
        number = self.number_of(record_id)
        self._drop(number)
        if old is not None:
            self._keep(number, old)

    def purge(self, record_id: str) -> None:
        """This removes a row for good."""
        number = self.number_of(record_id)
        self._drop(number)
        self._purged.add(number)

    def _drop(self, number: int) -> None:
        old = self._written.pop(number, None)
        if old is None:
            return
        del self._order[bisect_left(self._order, (instants.seconds(old["SystemModstamp"]), number))]
        for field, places in self._unique.items():
            key = self._key(field, old.get(field))
            if places.get(key) == number:
                del places[key]

    def _keep(self, number: int, row: Row) -> None:
        self._written[number] = row
        insort(self._order, (instants.seconds(row["SystemModstamp"]), number))
        for field, places in self._unique.items():
            if row.get(field) is not None and not row.get("IsDeleted"):
                places[self._key(field, row[field])] = number

    def watch(self, field: str, *, case_sensitive: bool) -> None:
        """This makes a field unique from now on; no row has a value in it yet."""
        self._unique[field] = {}
        if case_sensitive:
            self._cased.add(field)

    def holder(self, field: str, value: Any) -> str:
        """This is the id of the row that has the value in a unique field, "" if none has."""
        number = self._unique.get(field, {}).get(self._key(field, value))
        return "" if number is None else self.id_of(number)

    def _key(self, field: str, value: Any) -> Any:
        return value.casefold() if isinstance(value, str) and field not in self._cased else value

    def written(self) -> Iterator[Row]:
        """These rows were created or changed since the seed."""
        return iter(self._written.values())

    def scan(self, window: Window, *, by_stamp: bool) -> Iterator[int]:
        """These visible numbers lie in the window, ordered by (stamp, id) or by id."""
        seeded = self._seeded(window)
        kept = self._kept(window)
        if by_stamp:
            placed = ((self.seed.stamp(number), number) for number in seeded)
            return (number for _, number in heapq.merge(placed, kept))
        return heapq.merge(seeded, sorted(number for _, number in kept))

    def _seeded(self, window: Window) -> Iterator[int]:
        first = max(window.number_from, self.seed.first(window.stamp_from), 0)
        last = min(window.number_to, self.seed.end - 1)
        if window.stamp_to < FAR:
            last = min(last, self.seed.first(window.stamp_to + 1) - 1)
        ranges = [range(first, last + 1)]
        if window.places is not None:
            starts = sorted((max(each.start, first), min(each.stop, last + 1)) for each in window.places)
            ranges = [range(start, stop) for start, stop in starts]
        done = -1
        for each in ranges:
            for number in self.seed.numbers(max(each.start, done + 1), each.stop):
                done = number
                if number not in self._written and number not in self._purged:
                    yield number

    def _kept(self, window: Window) -> list[tuple[int, int]]:
        now = self._now()
        start = bisect_left(self._order, (window.stamp_from, -1))
        stop = bisect_right(self._order, (window.stamp_to, FAR))
        return [
            (stamp, number)
            for stamp, number in self._order[start:stop]
            if window.number_from <= number <= window.number_to and self._late.get(number, 0.0) <= now
        ]


def at_number(number: int) -> Window:
    """This window holds one row, if it exists."""
    return replace(EVERYWHERE, places=(range(number, number + 1),), number_from=number, number_to=number)
