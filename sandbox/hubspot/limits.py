"""Rate limits: a burst budget for everything, a tighter one for search, and the day.

They run on the machine's clock, not on the sandbox's: a client that waits is let in again even if the
sandbox stands still.
"""

from __future__ import annotations

import time
from collections import deque

from sandbox.hubspot.refusals import day_is_spent, searched_too_fast, too_fast

BURST_WINDOW_S = 10.0
SEARCHES_PER_SECOND = 5


class Limits:
    """This admits calls or refuses them, and writes what is left into the headers."""

    def __init__(self, *, burst: int, daily: int, enforced: bool) -> None:
        self.burst = burst
        self.daily = daily
        self.enforced = enforced
        self._calls: deque[float] = deque()
        self._searches: deque[float] = deque()
        self._today = 0

    def admit(self, *, search: bool) -> None:
        """This counts a call; raises the refusal if it comes too soon. Refused calls count too."""
        now = time.monotonic()
        _forget(self._calls, now - BURST_WINDOW_S)
        _forget(self._searches, now - 1.0)
        self._today += 1
        window, most = (self._searches, SEARCHES_PER_SECOND) if search else (self._calls, self.burst)
        full = len(window) >= most
        if not full:
            window.append(now)
        if not self.enforced:
            return
        if self._today > self.daily:
            raise day_is_spent()
        if full:
            raise searched_too_fast() if search else too_fast()

    def headers(self, *, search: bool, spent: bool = False) -> dict[str, str]:
        """Search answers carry the daily pair only. `spent` claims that nothing is left."""
        daily = {
            "X-HubSpot-RateLimit-Daily": str(self.daily),
            "X-HubSpot-RateLimit-Daily-Remaining": str(max(0, self.daily - self._today)),
        }
        if search:
            return daily
        left = 0 if spent else max(0, self.burst - len(self._calls))
        return daily | {
            "X-HubSpot-RateLimit-Interval-Milliseconds": str(int(BURST_WINDOW_S * 1000)),
            "X-HubSpot-RateLimit-Max": str(self.burst),
            "X-HubSpot-RateLimit-Remaining": str(left),
            "X-HubSpot-RateLimit-Secondly": str(self.burst // 10),
            "X-HubSpot-RateLimit-Secondly-Remaining": str(min(left, self.burst // 10)),
        }

    def leave(self, calls: int) -> None:
        """This uses the day up, but for so many calls."""
        self._today = self.daily - calls

    def reset(self) -> None:
        self._calls.clear()
        self._searches.clear()
        self._today = 0


def _forget(calls: deque[float], before: float) -> None:
    while calls and calls[0] <= before:
        calls.popleft()
