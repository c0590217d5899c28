"""CRMs that are left alone until an instant, because they said so: a day used up, a portal that moves.

It is written down, so that a restart does not ask again what was answered before.
"""

from __future__ import annotations

from connectors.errors import Unreachable
from sync import clock
from sync.store import runs
from sync.store.engine import Store

LONGEST = 25 * clock.HOUR  # no CRM can ask for more: a wrong clock somewhere must not stop us for ever
NAME = "rests_until:"


def rest(store: Store, connection: str, until: int, now: int) -> None:
    """This leaves a CRM alone until then."""
    if until > now:
        runs.remember(store, NAME + connection, str(min(until, now + LONGEST)))


def rests_until(store: Store, connection: str, now: int) -> int:
    """This is the instant until which a CRM is left alone, 0 if it may be called."""
    until = int(runs.recall(store, NAME + connection) or 0)
    return until if now < until <= now + LONGEST else 0


def check_awake(store: Store, connection: str, now: int) -> None:
    """Raises `Unreachable` while a CRM is left alone."""
    until = rests_until(store, connection, now)
    if until:
        raise Unreachable(f"{connection}: left alone until {clock.text(until)}, as it asked")
