"""The world a connector may touch besides its CRM: a clock, a pause, a hook around every call.

The shell builds it, so that tests can run without waiting and can kill the process at any call.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


def _nothing(_: str) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Port:
    """`now` gives microseconds UTC, `monotonic` seconds, `sleep` waits seconds (it may end early
    by raising when the process should stop), `at` is called before and after each HTTP call."""

    now: Callable[[], int]
    monotonic: Callable[[], float]
    sleep: Callable[[float], None]
    at: Callable[[str], None] = field(default=_nothing)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a call may take and how often it is tried; tests shrink all of it."""

    connect_s: float = 10.0
    read_s: float = 60.0
    attempts_max: int = 6
    wait_first_s: float = 1.0
    wait_max_s: float = 60.0
