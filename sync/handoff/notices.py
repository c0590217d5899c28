"""Leads of territories that hear of them by mail or webhook, instead of by a task in the CRM.

Such a hand-off takes the place of the task, under the same name: so a lead is handed over once, also
where a territory is told in another way from one day to the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection

from config.notices import Handoff, Notices
from sync.clock import MINUTE
from sync.store.assignments import assigned
from sync.store.outbox import Intent


def told_otherwise(tx: Connection, notices: Notices, tasks: Sequence[Intent], now: int) -> list[Intent]:
    """These are the hand-offs that should be: tasks, and what takes the place of some."""
    if not notices.handoffs or not tasks:
        return list(tasks)
    spells = {one.slot: int(one.slot.removeprefix("task:").partition("#")[0]) for one in tasks}
    given = assigned(tx, spells.values())
    found = []
    for one in tasks:
        owned = given.get(spells[one.slot], ())
        territory = owned[-1].territory if owned else ""
        handoff = notices.handoffs.get(territory)
        found.append(_told(one, territory, handoff, notices, now) if handoff else one)
    return found


def _told(task: Intent, territory: str, handoff: Handoff, notices: Notices, now: int) -> Intent:
    """Mail waits for the end of its span, so that the leads of an hour are one mail."""
    digest_at = 0
    if handoff.by == "email" and notices.email:
        span = notices.email.every_minutes * MINUTE
        digest_at = (now // span + 1) * span
    told = {**task.payload, "territory": territory, "to": list(handoff.to), "digest_at": digest_at}
    return replace(task, connection=handoff.by, payload=told, not_before=digest_at)
