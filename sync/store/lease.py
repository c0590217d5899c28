"""Who may work on this store. One row per lease, with a fencing number that rises with each change of hands.

The lease has an end, so that a worker that died does not block the next one. What protects the data is
not the end but the fence: `Store.transaction` checks it inside every commit.
"""

from __future__ import annotations

import os
import socket

from sqlalchemy import text

from sync.clock import SECOND
from sync.errors import LeaseHeld
from sync.store.engine import Held, Store

NAME = "worker"
LENGTH_S = 120
RENEW_S = 30  # what is committed meanwhile checks the fence, so the end need not move with every page


def owner_name() -> str:
    """This tells workers apart for people: host and process id."""
    return f"{socket.gethostname()}:{os.getpid()}"


def acquire(store: Store, now: int, *, owner: str, length_s: float = LENGTH_S) -> Held:
    """This takes the lease, or renews ours. Raises `LeaseHeld` while another worker holds it."""
    store.lease = None
    store.labels.clear()  # whoever worked meanwhile may have taken words out of them
    with store.transaction() as tx:
        row = tx.execute(
            text("SELECT owner, fence, expires_at FROM lease WHERE name = :name"), {"name": NAME}
        ).one_or_none()
        if row and row.expires_at > now and row.owner != owner:
            left = (row.expires_at - now) / SECOND
            raise LeaseHeld(f"{row.owner} is working on this database, its lease lasts {left:.0f} s more")
        fence = (row.fence if row else 0) + 1
        values = {"name": NAME, "owner": owner, "fence": fence, "expires": now + int(length_s * SECOND)}
        tx.execute(
            text(
                "INSERT INTO lease (name, owner, fence, expires_at) VALUES (:name, :owner, :fence, :expires) "
                "ON CONFLICT (name) DO UPDATE SET owner = :owner, fence = :fence, expires_at = :expires"
            ),
            values,
        )
    store.lease, store.renewed_at = Held(NAME, owner, fence), now
    return store.lease


def renew(store: Store, now: int, *, length_s: float = LENGTH_S) -> None:
    """This moves the end of our lease. Raises `LeaseLost` if another worker took it meanwhile."""
    with store.transaction() as tx:
        tx.execute(
            text("UPDATE lease SET expires_at = :expires WHERE name = :name AND fence = :fence"),
            {
                "name": NAME,
                "expires": now + int(length_s * SECOND),
                "fence": store.lease.fence if store.lease else -1,
            },
        )
    store.renewed_at = now


def renew_in_time(store: Store, now: int) -> None:
    """This renews the lease if that was not done lately. Raises `LeaseLost` as `renew` does."""
    if not 0 <= now - store.renewed_at < RENEW_S * SECOND:
        renew(store, now)


def release(store: Store) -> None:
    """This gives the lease back; harmless if it was lost."""
    held, store.lease = store.lease, None
    if held is None:
        return
    with store.transaction() as tx:
        tx.execute(
            text("UPDATE lease SET expires_at = 0 WHERE name = :name AND fence = :fence AND owner = :owner"),
            {"name": held.name, "fence": held.fence, "owner": held.owner},
        )


def holder(store: Store, now: int) -> str:
    """This names who holds a live lease, or ""."""
    with store.reading() as tx:
        row = tx.execute(
            text("SELECT owner, expires_at FROM lease WHERE name = :name"), {"name": NAME}
        ).one_or_none()
    return row.owner if row and row.expires_at > now else ""
