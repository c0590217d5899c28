"""How fast we may call a CRM: a budget per account, shared by everything in this process.

A budget lets calls flow evenly and remembers when they went out, so that no window of the interval
ever holds more than the CRM allows: a long backfill runs at full speed without being told off, and
catches up after a pause. What the CRM says about itself (its headers, a refusal) always overrides
what we assumed.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf

from connectors.port import Port

BURST_SHARE = 0.05  # of an interval's calls may go out at once at the beginning; the rest flows evenly
BEHIND_SHARE = 0.25  # of an interval's calls may be made up for after a pause
SLACK = 0.01  # of an interval: calls do not take equally long to arrive
DAY_LOOK_S = 900.0  # with the day's share used up, one call per this time finds out whether it is over


class Budget:
    """At most `limit` calls in any `interval_s` seconds."""

    def __init__(self, port: Port, *, limit: int, interval_s: float) -> None:
        self._port = port
        self._lock = threading.Lock()
        self._sent: deque[float] = deque(maxlen=limit)  # when the latest calls went out, or will
        self._set(limit, interval_s)
        self._tokens = max(1.0, limit * BURST_SHARE)
        self._at = port.monotonic()

    @property
    def limit(self) -> int:
        """This is how many calls an interval allows: what the CRM told, or what we assumed."""
        return self._limit

    def take(self) -> None:
        """This waits until one more call fits the budget."""
        with self._lock:
            self._refill()
            self._tokens -= 1
            at = self._at - min(0.0, self._tokens) / self._per_second
            if len(self._sent) == self._limit:
                at = max(at, self._sent[0] + self._interval_s * (1 + SLACK))
            self._sent.append(at)
            wait_s = at - self._at
        if wait_s > 0:
            self._port.sleep(wait_s)

    def observe(self, *, limit: int, interval_s: float, remaining: int) -> None:
        """This believes the CRM: its limit, and how much of the window is left."""
        with self._lock:
            if (limit, interval_s) != (self._limit, self._interval_s) and limit > 0 and interval_s > 0:
                self._refill()
                self._set(limit, interval_s)
            self._tokens = min(self._tokens, float(max(remaining, 0)))

    def rest(self, seconds: float) -> None:
        """This makes everybody wait, because the CRM said that we are too fast."""
        with self._lock:
            self._refill()
            self._tokens = min(self._tokens, 1.0 - seconds * self._per_second)

    def _set(self, limit: int, interval_s: float) -> None:
        self._limit, self._interval_s = limit, interval_s
        self._most = max(1.0, limit * BEHIND_SHARE)
        self._per_second = limit / interval_s
        self._sent = deque(self._sent, maxlen=limit)

    def _refill(self) -> None:
        now = self._port.monotonic()
        self._tokens = min(self._most, self._tokens + (now - self._at) * self._per_second)
        self._at = now


@dataclass(slots=True)
class Day:
    """What the account used of its day, by the CRM's own count, and the share that is ours to use."""

    port: Port
    share: float = 0.8
    used: int = 0
    limit: int = 0
    _shut_until_s: float = -inf

    @property
    def left(self) -> int:
        """This is what we may still spend today; 0 too where the CRM shows no limit."""
        return max(0, int(self.limit * self.share) - self.used)

    def observe(self, *, used: int, limit: int) -> None:
        self.used, self.limit = used, limit
        self.shut(DAY_LOOK_S if used >= limit * self.share else 0.0)

    def shut(self, seconds: float) -> None:
        """This keeps everybody from calling for so long; then one call finds out how things stand."""
        self._shut_until_s = self.port.monotonic() + seconds

    def is_used_up(self) -> bool:
        """This is true while other apps need the rest of the day's calls."""
        return self.port.monotonic() < self._shut_until_s


@dataclass(frozen=True, slots=True)
class Pace:
    """All budgets of one account. `observe` reads the headers of each answer into them."""

    budgets: Mapping[str, Budget]
    day: Day
    observe: Callable[[str, Mapping[str, str]], None]
