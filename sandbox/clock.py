"""The sandbox's own time: what its servers call now, and how instants are written and read.

Instants are microseconds since 1970, UTC. The clock starts where the world ends and either runs with
the machine or stands still until it is advanced, so that a fading score can be watched in seconds.
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

MILLISECOND = 1_000
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NAIVE_EPOCH = EPOCH.replace(tzinfo=None)  # writes an instant in a fifth of the time


class Clock:
    """This tells the time of the sandbox. With `frozen` it moves only when advanced."""

    def __init__(self, start: int, *, frozen: bool = False) -> None:
        self.start = start
        self.frozen = frozen
        self._lock = threading.Lock()
        self._advanced = 0
        self._began = time.monotonic_ns()

    def now(self) -> int:
        """This is the present instant, on a whole millisecond."""
        ran = 0 if self.frozen else (time.monotonic_ns() - self._began) // 1_000
        at = self.start + self._advanced + ran
        return at - at % MILLISECOND

    def advance(self, seconds: float) -> int:
        """This moves the present forward and says what it is then."""
        with self._lock:
            self._advanced += int(seconds * SECOND)
        return self.now()

    def restart(self) -> None:
        """This goes back to where the clock started."""
        with self._lock:
            self._advanced = 0
            self._began = time.monotonic_ns()


def machine_now() -> int:
    """This is what the machine's clock says, on a whole second."""
    return time.time_ns() // 1_000 // SECOND * SECOND


def when(at: int) -> datetime:
    return EPOCH + timedelta(microseconds=at)


def iso(at: int) -> str:
    """This writes an instant as both CRMs read it: `2026-05-01T07:25:37.123Z`."""
    return (NAIVE_EPOCH + timedelta(microseconds=at)).isoformat(timespec="milliseconds") + "Z"


def instant(text: str) -> int:
    """This reads an ISO instant or whole milliseconds; ValueError if it is neither."""
    if text.lstrip("-").isdigit():
        return int(text) * MILLISECOND
    value = datetime.fromisoformat(text)
    value = value if value.tzinfo else value.replace(tzinfo=UTC)
    return (value - EPOCH) // timedelta(microseconds=1)


def http_date(at: int) -> str:
    """This is the Date header: whole seconds, GMT."""
    return format_datetime(when(at).replace(microsecond=0), usegmt=True)
