"""Our own part of the org's calls: the pool of 24 hours belongs to every application of the org.

The org tells how much of the pool is used by all; how much of that we took, we count ourselves. The count
begins with this process.
"""

from __future__ import annotations

import threading
from collections import deque

from connectors.port import Port

HOURS = 24
HOUR_S = 3_600.0


class Share:
    """Our calls of the last 24 hours, by the hour, and how many may be ours."""

    def __init__(self, port: Port, share: float) -> None:
        self._port, self._share = port, share
        self._lock = threading.Lock()
        self._hours: deque[tuple[int, int]] = deque()  # (hour, calls in it)

    @property
    def used(self) -> int:
        with self._lock:
            self._forget()
            return sum(calls for _, calls in self._hours)

    def left(self, pool: int) -> int:
        """This is what we may still take out of a pool of this size."""
        return max(0, int(pool * self._share) - self.used)

    def count(self) -> None:
        """This counts one call of ours."""
        with self._lock:
            self._forget()
            hour = self._hour()
            if self._hours and self._hours[-1][0] == hour:
                self._hours[-1] = (hour, self._hours[-1][1] + 1)
            else:
                self._hours.append((hour, 1))

    def _forget(self) -> None:
        while self._hours and self._hours[0][0] <= self._hour() - HOURS:
            self._hours.popleft()

    def _hour(self) -> int:
        return int(self._port.monotonic() // HOUR_S)
