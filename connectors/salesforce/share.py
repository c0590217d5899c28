"""Our own part of the org's calls: the pool of 24 hours belongs to every application of the org.

The org tells how much of the pool is used by all; how much of that we took, we count ourselves, by the hour.
The count travels in every bookmark, so that it is kept with each page and a process that starts anew goes on
where the last one ended.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

import orjson

from connectors.port import Port

HOURS = 24
HOUR = 3_600_000_000  # microseconds
SPENT = "spent"  # what a bookmark calls the count: [hour, calls], [hour, calls], …


class Share:
    """Our calls of the last 24 hours, by the hour, and how many may be ours."""

    def __init__(self, port: Port, share: float) -> None:
        self._port, self._share = port, share
        self._lock = threading.Lock()
        self._hours: dict[int, int] = {}  # hour since 1970 → calls in it

    @property
    def used(self) -> int:
        with self._lock:
            self._forget()
            return sum(self._hours.values())

    def left(self, pool: int) -> int:
        """This is what we may still take out of a pool of this size."""
        return max(0, int(pool * self._share) - self.used)

    def count(self) -> None:
        """This counts one call of ours."""
        with self._lock:
            hour = self._port.now() // HOUR
            self._hours[hour] = self._hours.get(hour, 0) + 1

    def marked(self, cursor: str) -> str:
        """This is a bookmark that says how many calls we made."""
        if not cursor:
            return cursor
        with self._lock:
            self._forget()
            held = orjson.loads(cursor) | {SPENT: sorted(self._hours.items())}
        return orjson.dumps(held).decode()

    def read(self, cursor: str) -> str:
        """This is a bookmark without what it says of calls; those are counted, whoever of us made them."""
        if not cursor:
            return cursor
        held = orjson.loads(cursor)
        self._recall(held.pop(SPENT, ()))
        return orjson.dumps(held).decode()

    def _recall(self, spent: Sequence[Sequence[int]]) -> None:
        """A count only grows, so of two that tell of one hour the larger one is the later."""
        with self._lock:
            for hour, calls in spent:
                self._hours[hour] = max(calls, self._hours.get(hour, 0))

    def _forget(self) -> None:
        oldest = self._port.now() // HOUR - HOURS
        for hour in [hour for hour in self._hours if hour <= oldest]:
            del self._hours[hour]
