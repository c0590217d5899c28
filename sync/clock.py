"""The only place that reads a clock. Everywhere else, time is an argument.

Instants are int64 microseconds since 1970, UTC.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from threading import Event
from zoneinfo import ZoneInfo

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def now() -> int:
    """This is the present instant, in microseconds UTC."""
    return time.time_ns() // 1_000


def monotonic() -> float:
    """This counts seconds from an arbitrary start and never steps back."""
    return time.monotonic()


def to_datetime(at: int) -> datetime:
    """This is the instant as an aware UTC datetime."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)


def from_datetime(value: datetime) -> int:
    """This is the instant of an aware datetime; a naive one is refused, because it names no instant."""
    if value.tzinfo is None:
        raise ValueError(f"{value} has no time zone, so it names no instant")
    return (value - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def text(at: int) -> str:
    """This is the instant as people and files read it: `2026-11-03T09:15:00Z`, `""` for none."""
    return to_datetime(at).strftime("%Y-%m-%dT%H:%M:%SZ") if at else ""


def parse(value: str) -> int:
    """This reads a date or an ISO instant; a date alone means its first moment, UTC."""
    moment = datetime.fromisoformat(value)
    return from_datetime(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def parse_in(value: str, zone: str) -> int:
    """This reads a date or an ISO instant; where it names no zone, it is of this one."""
    moment = datetime.fromisoformat(value)
    return from_datetime(moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone)))


class Stopping(BaseException):
    """The process was asked to stop and should leave at the next safe place."""


class Alarm:
    """A pause that ends early, by raising `Stopping`, once the process was asked to stop."""

    def __init__(self) -> None:
        self._stop = Event()

    def ring(self) -> None:
        self._stop.set()

    @property
    def rung(self) -> bool:
        return self._stop.is_set()

    def sleep(self, seconds: float) -> None:
        if self._stop.wait(seconds):
            raise Stopping

    def check(self) -> None:
        if self._stop.is_set():
            raise Stopping
