"""Where reading a stream stands: the bookmark that the store keeps between two pages.

A first load walks all rows by id inside a fixed window of stamps; after it, each poll walks the
changes by (stamp, id). Both stop at `until`, the server's own now when the walk began, so a walk
ends however busy the org is. The next walk begins ten minutes before that, because a row's stamp is
set inside its transaction and a long transaction shows it late.

After a bulk change those ten minutes hold thousands of rows, and every poll would walk them again.
Then the polls begin where the last one ended, and the ten minutes are walked once, when nothing can
show up in them any more.

A page never follows a query locator: the position of its last row says where the next query goes on.
So there is nothing that expires, and a cursor from last month is as good as a fresh one.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass, replace

import orjson

from connectors.salesforce import soql
from connectors.salesforce.instants import SECOND

OVERLAP = 600 * SECOND
RECENT_MAX = 200  # so many rows always fit one answer, however wide they are
LAG = 5 * SECOND  # stamps and the server's clock are whole seconds


@dataclass(frozen=True, slots=True)
class Job:
    """A bulk query that takes over a first load. `id` "" means that it is yet to be made.

    `looks` counts how often it was found at work. `locator` names the piece of the result that is
    read, `offset` the rows of it that were handed over, `rows` all that were before it.
    """

    id: str = ""
    looks: int = 0
    total: int = -1
    locator: str = ""
    offset: int = 0
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Walk:
    """One walk through a stream. `until` 0 means that the next page begins a new walk.

    `recent` counts the rows that the next walk would meet again. `owed`, if not 0, is the end of a
    walk whose last ten minutes are still to be walked once more. `shape` is how the stream's custom fields
    looked when all rows were read, `loaded` when that was.
    """

    is_first_load: bool = True
    since: int = 0
    until: int = 0
    stamp: int = 0
    id: str = ""
    expected: int = 0
    recent: int = 0
    owed: int = 0
    job: Job | None = None
    shape: str = ""
    loaded: int = 0

    def order_by(self, stamp: str) -> tuple[str, ...]:
        return ("Id",) if self.is_first_load else (stamp, "Id")

    def where_by(self, stamp: str) -> str:
        """This holds for the rows that are still to be walked; `stamp` is the field that says when."""
        if self.is_first_load:
            return soql.first_load(until=self.until, after_id=self.id, by=stamp)
        after = (self.stamp, self.id) if self.id else None
        return soql.window(since=self._start, until=self.until, after=after, by=stamp)

    @property
    def _start(self) -> int:
        if not self.owed:
            return self.since - OVERLAP
        return self.owed - OVERLAP if self._is_settling else self.since - LAG

    @property
    def _is_settling(self) -> bool:
        """This says whether what is owed has had its time and is walked now."""
        return self.until >= self.owed + OVERLAP

    def begun(self, server_now: int) -> Walk:
        """This fixes where the walk ends, if it has not begun yet. A clock set back moves nothing back."""
        return self if self.until else replace(self, until=max(server_now, self.since))

    @property
    def settled(self) -> int:
        """Rows stamped up to here were read by the walks that have ended, also those that came late."""
        return min(self.since, self.owed or self.since) - OVERLAP

    @property
    def recent_from(self) -> int:
        """Rows that are stamped from here on count as recent."""
        return self.until - OVERLAP

    def met(self, recent: int) -> Walk:
        return replace(self, recent=self.recent + recent)

    def moved_to(self, stamp: int, row_id: str) -> Walk:
        return replace(self, stamp=stamp, id=row_id)

    def ended(self) -> Walk:
        following = Walk(False, self.until, shape=self.shape, loaded=self.loaded or self.until)
        if self.owed and not self._is_settling:
            return replace(following, owed=self.owed)
        return replace(following, owed=self.until if self.recent > RECENT_MAX else 0)


def read(cursor: str) -> Walk:
    if not cursor:
        return Walk()
    held = orjson.loads(cursor)
    return Walk(
        is_first_load=bool(held.get("load")),
        since=int(held.get("since", 0)),
        until=int(held.get("until", 0)),
        stamp=int(held.get("stamp", 0)),
        id=str(held.get("id", "")),
        expected=int(held.get("expected", 0)),
        recent=int(held.get("recent", 0)),
        owed=int(held.get("owed", 0)),
        job=Job(*held["job"]) if "job" in held else None,
        shape=str(held.get("shape", "")),
        loaded=int(held.get("loaded", 0)),
    )


def written(walk: Walk) -> str:
    held = {
        "load": walk.is_first_load,
        "since": walk.since,
        "until": walk.until,
        "stamp": walk.stamp,
        "id": walk.id,
        "expected": walk.expected,
        "recent": walk.recent,
        "owed": walk.owed,
        "job": walk.job and astuple(walk.job),
        "shape": walk.shape,
        "loaded": walk.loaded,
    }
    return orjson.dumps({name: value for name, value in held.items() if value}).decode()
