"""What we mean to write, written down before the call. A pending field change is replaced by a newer
one; a task's slot is taken for ever, so the same task can never be meant twice.

States of an intent: pending → sending → done | rejected | overtaken; of a plan: open → held | released
→ done, or superseded by a newer plan, which takes over what still waits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, text

from sync.store.engine import Store
from sync.store.made_tasks import CHANGES
from sync.store.people import rows_in

ATTEMPTS_MAX = 8
ONCE = ("task", "escalation")  # purposes whose slots are taken for ever

_SAVE = """
INSERT INTO intent (slot, plan, person, connection, purpose, key, payload, before, state, attempts,
                    not_before, crm_id, error, remedy, created_at, settled_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'pending', 0, ?, '', '', '', ?, 0)
ON CONFLICT (slot) DO {}
"""
_REPLACE = """UPDATE SET plan = excluded.plan, person = excluded.person, payload = excluded.payload,
  purpose = excluded.purpose,
  before = excluded.before, state = 'pending', attempts = 0, not_before = 0,
  created_at = excluded.created_at"""

# Texts of tasks name colleagues, too. What is settled keeps none; what a task says stands in its own intent.
_WORDLESS = ", ".join(
    f"{name} = CASE WHEN purpose IN ('task-update', 'task-close') THEN '{{}}' ELSE {name} END"
    for name in ("payload", "before")
)


@dataclass(frozen=True, slots=True)
class Intent:
    """One change: `payload` are the fields to set, or the task; `before` is what stood there."""

    id: int
    plan: int
    person: int
    connection: str
    purpose: str
    key: str
    payload: Mapping[str, Any]
    before: Mapping[str, Any]
    attempts: int = 0
    slot: str = ""
    not_before: int = 0


@dataclass(frozen=True, slots=True)
class PlanRow:
    id: int
    state: str
    fingerprint: str
    why_held: str
    created_at: int


def save_intents(store: Store, tx: Connection, plan: int, intents: Sequence[Intent], now: int) -> None:
    """This notes changes under a plan: they replace what waits in their slot, a known task is left alone."""
    once = ((one, "NOTHING") for one in ONCE)
    for purpose, conflict in (*once, *((one, _REPLACE) for one in ("fields", *CHANGES))):
        rows = [
            (
                *(one.slot, plan, one.person, one.connection, one.purpose, one.key),
                *(as_text(one.payload), as_text(one.before), one.not_before, now),
            )
            for one in intents
            if one.purpose == purpose
        ]
        store.many(tx, _SAVE.format(conflict), rows)


def as_text(value: Mapping[str, Any]) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def waiting_fields(tx: Connection, people: Sequence[int]) -> dict[str, tuple[int, str]]:
    """These are pending field changes of the people: key → (intent id, payload)."""
    rows = rows_in(
        tx,
        "SELECT id, key, payload FROM intent WHERE person IN :values AND purpose = 'fields' "
        "AND state IN ('pending', 'sending')",
        people,
    )
    return {row.key: (row.id, row.payload) for row in rows}


def unmade_tasks(tx: Connection, people: Sequence[int]) -> list[Intent]:
    """These are tasks of the people that stand in no CRM: never sent, or refused.

    One that was tried in vain as often as we try may stand there without our knowing.
    """
    rows = rows_in(
        tx,
        "SELECT * FROM intent WHERE person IN :values AND purpose = 'task' AND slot IS NOT NULL "
        "AND (state = 'pending' AND attempts = 0 "
        "OR state = 'rejected' AND attempts < :tried AND crm_id = '')",
        people,
        tried=ATTEMPTS_MAX,
    )
    return [_intent(row) for row in rows]


def tasks_in(tx: Connection, slots: Iterable[str]) -> dict[str, Intent]:
    """These are the tasks in these slots, whatever became of them."""
    rows = rows_in(tx, "SELECT * FROM intent WHERE slot IN :values AND purpose = 'task'", slots)
    return {row.slot: _intent(row) for row in rows}


def drop_intents(store: Store, tx: Connection, ids: Sequence[int], now: int) -> None:
    """Changes that are not wanted any more are settled without a call."""
    rows = [(now, one) for one in ids]
    sql = "UPDATE intent SET state = 'overtaken', slot = NULL, settled_at = ?"
    store.many(tx, f"{sql}, {_WORDLESS} WHERE id = ?", rows)


def new_plan(tx: Connection, fingerprint: str, now: int) -> int:
    """This opens a plan that takes over everything that still waits."""
    plan = int(
        tx.execute(
            text(
                "INSERT INTO plan (created_at, state, fingerprint, why_held, decided_at) "
                "VALUES (:now, 'open', :fingerprint, '', 0) RETURNING id"
            ),
            {"now": now, "fingerprint": fingerprint},
        ).scalar_one()
    )
    tx.execute(
        text(
            "UPDATE plan SET state = 'superseded' WHERE id <> :id AND state IN ('open', 'held', 'released')"
        ),
        {"id": plan},
    )
    tx.execute(text("UPDATE intent SET plan = :id WHERE state IN ('pending', 'sending')"), {"id": plan})
    return plan


def plan_beside(tx: Connection, now: int) -> int:
    """This makes a released plan that takes nothing over: what waits elsewhere goes on waiting there."""
    sql = (
        "INSERT INTO plan (created_at, state, fingerprint, why_held, decided_at) "
        "VALUES (:now, 'released', '', '', :now) RETURNING id"
    )
    return int(tx.execute(text(sql), {"now": now}).scalar_one())


def current_plan(tx: Connection) -> PlanRow | None:
    """This is the newest plan that is not finished."""
    row = tx.execute(
        text(
            "SELECT id, state, fingerprint, why_held, created_at FROM plan "
            "WHERE state IN ('open', 'held', 'released') ORDER BY id DESC LIMIT 1"
        )
    ).one_or_none()
    return PlanRow(row.id, row.state, row.fingerprint, row.why_held, row.created_at) if row else None


def plan_row(tx: Connection, plan: int) -> PlanRow | None:
    row = tx.execute(
        text("SELECT id, state, fingerprint, why_held, created_at FROM plan WHERE id = :id"), {"id": plan}
    ).one_or_none()
    return PlanRow(row.id, row.state, row.fingerprint, row.why_held, row.created_at) if row else None


def decide_plan(tx: Connection, plan: int, state: str, now: int, why_held: str = "") -> None:
    tx.execute(
        text("UPDATE plan SET state = :state, why_held = :why, decided_at = :now WHERE id = :id"),
        {"state": state, "why": why_held, "now": now, "id": plan},
    )


@dataclass(frozen=True, slots=True)
class Rejection:
    """What a CRM refused and nothing has healed since, in the CRM's own words. `id` is the intent's."""

    key: str
    purpose: str
    error: str
    remedy: str
    settled_at: int
    id: int = 0
    person: int = 0
    attempts: int = 0


def open_rejections(tx: Connection) -> list[Rejection]:
    """These are refusals that still stand, the newest of each record and purpose.

    One is over when a later change of the same record went through, or the record that should show the
    fields is gone.
    """
    rows = tx.execute(
        text(
            "SELECT i.id, i.person, i.key, i.purpose, i.error, i.remedy, i.settled_at, i.attempts "
            "FROM intent i "
            "JOIN (SELECT MAX(id) AS id FROM intent WHERE state IN ('done', 'rejected') "
            "AND key IN (SELECT key FROM intent WHERE state = 'rejected') GROUP BY key, "
            "CASE purpose WHEN 'task-close' THEN 'task-update' ELSE purpose END) newest "
            "ON newest.id = i.id WHERE i.state = 'rejected' "
            "AND NOT EXISTS (SELECT 1 FROM record r WHERE r.key = i.key AND r.deleted "
            "AND i.purpose = 'fields') ORDER BY i.id"
        )
    )
    return [
        Rejection(
            *(row.key, row.purpose, row.error, row.remedy, row.settled_at, row.id, row.person, row.attempts)
        )
        for row in rows
    ]


def open_anew(tx: Connection, ids: Sequence[int], plan: int) -> None:
    """These changes, which were refused, wait again under a plan, as if nobody had tried them."""
    again = text(
        "UPDATE intent SET state = 'pending', plan = :plan, attempts = 0, not_before = 0, run = 0, "
        "error = '', remedy = '', settled_at = 0 WHERE state = 'rejected' AND id = :id"
    )
    for one in ids:
        tx.execute(again, {"id": one, "plan": plan})


def done_in(tx: Connection, run: int) -> list[Intent]:
    """These are the changes that a run brought into the CRMs, in order."""
    rows = tx.execute(
        text("SELECT * FROM intent WHERE run = :run AND state = 'done' ORDER BY id"), {"run": run}
    )
    return [_intent(row) for row in rows]


def waits(tx: Connection, plan: int) -> bool:
    """This tells whether a plan still holds a change."""
    waiting = text("SELECT 1 FROM intent WHERE plan = :plan AND state IN ('pending', 'sending') LIMIT 1")
    return tx.execute(waiting, {"plan": plan}).first() is not None


def intents_of(tx: Connection, plan: int) -> list[Intent]:
    """These are the changes of a plan that wait, in order."""
    rows = tx.execute(
        text("SELECT * FROM intent WHERE plan = :plan AND state IN ('pending', 'sending') ORDER BY id"),
        {"plan": plan},
    )
    return [_intent(row) for row in rows]


def claim(store: Store, connection: str, purpose: str, now: int, limit: int) -> list[Intent]:
    """This marks the next changes of released plans as being sent, before any call is made."""
    with store.transaction() as tx:
        rows = tx.execute(
            text(
                "SELECT i.* FROM intent i JOIN plan p ON p.id = i.plan "
                "WHERE p.state = 'released' AND i.state IN ('pending', 'sending') "
                "AND i.connection = :connection AND i.purpose = :purpose AND i.not_before <= :now "
                "ORDER BY i.id LIMIT :limit"
            ),
            {"connection": connection, "purpose": purpose, "now": now, "limit": limit},
        ).all()
        sending = "UPDATE intent SET state = 'sending', attempts = attempts + 1 WHERE id = ?"
        store.many(tx, sending, [(row.id,) for row in rows])
    return [_intent(row) for row in rows]


def settle(
    tx: Connection,
    intent: Intent,
    state: str,
    now: int,
    *,
    crm_id: str = "",
    error: str = "",
    remedy: str = "",
) -> None:
    """This closes a change for good. A done task keeps its slot; any other's is free again."""
    tx.execute(
        text(
            "UPDATE intent SET state = :state, crm_id = :crm_id, error = :error, remedy = :remedy, "  # noqa: S608
            "settled_at = :now, slot = CASE WHEN purpose IN ('task', 'escalation') THEN slot ELSE NULL END, "
            f"{_WORDLESS} WHERE id = :id"
        ),
        {"state": state, "crm_id": crm_id, "error": error, "remedy": remedy, "now": now, "id": intent.id},
    )


def mark_run(store: Store, tx: Connection, ids: Sequence[int], run: int) -> None:
    """This says which run settled these changes, as far as they are settled."""
    store.many(tx, "UPDATE intent SET run = ? WHERE id = ? AND settled_at > 0", [(run, one) for one in ids])


def postpone(tx: Connection, intent: Intent, not_before: int, error: str, *, counts: bool = True) -> None:
    """This leaves a change for later. Where the CRM takes nothing at all, the attempt does not count."""
    tx.execute(
        text(
            "UPDATE intent SET state = 'pending', not_before = :at, error = :error, "
            "attempts = attempts - :uncounted WHERE id = :id"
        ),
        {"at": not_before, "error": error, "uncounted": int(not counts), "id": intent.id},
    )


def _intent(row: Any) -> Intent:
    return Intent(
        *(row.id, row.plan, row.person, row.connection, row.purpose, row.key),
        payload=orjson.loads(row.payload),
        before=orjson.loads(row.before),
        attempts=row.attempts,
        slot=row.slot or "",
    )
