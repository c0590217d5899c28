"""Writing what a released plan holds. Every change was written down before; a lost answer is looked up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

import orjson
from sqlalchemy import Connection, text

from connectors.errors import ConnectorError
from connectors.outcome import Done, Outcome, Rejected, Retry, Stop
from connectors.protocol import Connector, FieldWrite
from sync.clock import SECOND
from sync.errors import NoSuchPlan, StalePlan
from sync.handoff.channels import Channel, channels
from sync.handoff.task_changes import change_of, task_of
from sync.resting import check_awake, rest
from sync.store import outbox
from sync.store.engine import Store
from sync.store.lease import renew
from sync.store.made_tasks import CHANGES, written
from sync.store.outbox import Intent
from sync.store.people import rows_in
from sync.workspace import Workspace

BATCH = 200
PURPOSES = ("fields", *outbox.ONCE, *CHANGES)
WAIT_FIRST_S = 30.0
WAIT_MAX_S = 3_600.0


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of the changes. `fields` counts field values, `records` the rows they stand in."""

    records: int = 0
    fields: int = 0
    tasks: int = 0
    rejected: int = 0
    postponed: int = 0
    overtaken: int = 0
    stopped: tuple[str, ...] = ()
    tasks_changed: int = 0
    escalated: int = 0

    def __add__(self, other: Applied) -> Applied:
        return Applied(
            *(self.records + other.records, self.fields + other.fields, self.tasks + other.tasks),
            *(self.rejected + other.rejected, self.postponed + other.postponed),
            *(self.overtaken + other.overtaken, self.stopped + other.stopped),
            *(self.tasks_changed + other.tasks_changed, self.escalated + other.escalated),
        )


def release(store: Store, plan: int | None, fingerprint: str, now: int) -> int:
    """This releases a held plan, exactly as it was shown.

    Raises `NoSuchPlan` if nothing waits, `StalePlan` if a newer plan or definition took its place.
    """
    with store.transaction() as tx:
        current = outbox.current_plan(tx)
        if plan is not None and outbox.plan_row(tx, plan) is None:
            raise NoSuchPlan(f"there is no plan {plan}")
        if current is None:
            raise NoSuchPlan("no plan waits" if plan is None else f"plan {plan} is finished")
        if plan is not None and plan != current.id:
            raise StalePlan(f"plan {plan} was superseded by plan {current.id}")
        if current.fingerprint != fingerprint:
            raise StalePlan(f"the definition changed since plan {current.id} was made")
        outbox.decide_plan(tx, current.id, "released", now)
    return current.id


def apply(workspace: Workspace, run: int) -> Applied:
    """This writes what released plans hold, fields before tasks, and these before changes of tasks; a refusal
    is kept with the CRM's words.

    `run` is the line of the ledger that this belongs to.
    """
    total = Applied()
    for connector in workspace.connectors.values():
        total += _all_of(workspace, connector, run)
    for channel in channels(workspace.settings.notices, workspace.now):
        for purpose in outbox.ONCE:
            total += _drain(workspace, channel, purpose, run)
    with workspace.store.transaction() as tx:
        tx.execute(
            text(
                "UPDATE plan SET state = 'done' WHERE state = 'released' AND NOT EXISTS "
                "(SELECT 1 FROM intent i WHERE i.plan = plan.id AND i.state IN ('pending', 'sending'))"
            )
        )
    return total


def _all_of(workspace: Workspace, connector: Connector, run: int) -> Applied:
    """One CRM that stops does not stop the other; what waits for it keeps its attempts."""
    try:
        check_awake(workspace.store, connector.crm, workspace.now())
    except ConnectorError as error:
        return Applied(stopped=(error.subject,))
    total = Applied()
    for purpose in PURPOSES:
        total += _drain(workspace, connector, purpose, run)
        if total.stopped:
            break
    return total


def _drain(workspace: Workspace, connector: Connector | Channel, purpose: str, run: int) -> Applied:
    total = Applied()
    while True:
        workspace.alarm.check()
        intents = outbox.claim(workspace.store, connector.crm, purpose, workspace.now(), BATCH)
        if not intents:
            return total
        intents, overtaken = _that_hold(workspace.store, intents, workspace.now())
        total += Applied(overtaken=overtaken)
        outcomes = _send(connector, purpose, intents)
        with workspace.store.transaction() as tx:
            for intent, outcome in zip(intents, outcomes, strict=True):
                total += settled(tx, intent, outcome, workspace.now())
            outbox.mark_run(workspace.store, tx, [one.id for one in intents], run)
        renew(workspace.store, workspace.now())
        for outcome in outcomes:
            if isinstance(outcome, Stop):
                rest(workspace.store, connector.crm, outcome.until, workspace.now())
        if total.stopped:
            return total


def _that_hold(store: Store, intents: Sequence[Intent], now: int) -> tuple[list[Intent], int]:
    """A field change holds while the CRM still shows what it was decided on, or already what it wants."""
    with store.transaction() as tx:
        rows = rows_in(tx, "SELECT key, own FROM record WHERE key IN :values", [one.key for one in intents])
        own = {row.key: orjson.loads(row.own) for row in rows}
        holding = []
        for one in intents:
            shown = own.get(one.key, {})
            if one.purpose == "fields" and any(
                shown.get(name) not in (one.before.get(name), value) for name, value in one.payload.items()
            ):
                outbox.settle(
                    tx, one, "overtaken", now, error="the CRM's value changed since the plan was made"
                )
                _wake(tx, one)
            else:
                holding.append(one)
    return holding, len(intents) - len(holding)


def _send(connector: Connector | Channel, purpose: str, intents: Sequence[Intent]) -> list[Outcome]:
    if not intents:
        return []
    if isinstance(connector, Channel):
        return connector.tell(intents)
    if purpose in outbox.ONCE:
        return connector.push_tasks([task_of(one.payload) for one in intents])
    if purpose in CHANGES:
        return connector.change_tasks([change_of(one) for one in intents])
    places = [one.key.split(":", 2) for one in intents]
    return connector.push(
        [FieldWrite(place[1], place[2], one.payload) for place, one in zip(places, intents, strict=True)]
    )


def settled(tx: Connection, intent: Intent, outcome: Outcome, now: int) -> Applied:
    """This notes what became of one change."""
    match outcome:
        case Done(crm_id):
            outbox.settle(tx, intent, "done", now, crm_id=crm_id)
            if intent.purpose == "task":
                if intent.attempts:
                    _wake(tx, intent)  # what has changed since it was sent first, nobody could say of it
                return Applied(tasks=1)
            if intent.purpose == "escalation":
                return Applied(escalated=1)
            if intent.purpose in CHANGES:
                written(tx, intent.payload["slot"], intent.payload["task"])
                if intent.attempts:
                    _wake(tx, intent)
                return Applied(tasks_changed=1)
            _observe(tx, intent)
            return Applied(records=1, fields=len(intent.payload))
        case Rejected(reason, remedy, crm_id):
            outbox.settle(tx, intent, "rejected", now, crm_id=crm_id, error=reason, remedy=remedy)
            if intent.purpose == "task":
                _wake(tx, intent)  # she may have another home by now
            return Applied(rejected=1)
        case Retry(reason, after_s):
            if intent.attempts + 1 >= outbox.ATTEMPTS_MAX:
                outbox.settle(tx, intent, "rejected", now, error=reason, remedy="It was tried too often.")
                return Applied(rejected=1)
            wait = max(after_s, min(WAIT_MAX_S, WAIT_FIRST_S * 2**intent.attempts))
            outbox.postpone(tx, intent, now + int(wait * SECOND), reason)
            return Applied(postponed=1)
        case Stop(reason, remedy):
            outbox.postpone(tx, intent, now, reason, counts=False)
            return Applied(postponed=1, stopped=(_stopped(intent.connection, reason, remedy),))
        case _:
            assert_never(outcome)


def _stopped(connection: str, reason: str, remedy: str) -> str:
    """Reasons of failed calls name their CRM, those of refused rows do not."""
    named = reason if reason.startswith(connection) else f"{connection}: {reason}"
    return f"{named.rstrip('.')}. {remedy}".strip()


def _wake(tx: Connection, intent: Intent) -> None:
    tx.execute(text("UPDATE person SET due_at = 0 WHERE id = :id"), {"id": intent.person})


def _observe(tx: Connection, intent: Intent) -> None:
    """What the CRM confirmed is what it shows, until it tells otherwise."""
    row = tx.execute(text("SELECT own FROM record WHERE key = :key"), {"key": intent.key}).one_or_none()
    if row is None:
        return
    own = orjson.loads(row.own) | dict(intent.payload)
    kept = {name: value for name, value in own.items() if value is not None}
    tx.execute(
        text("UPDATE record SET own = :own WHERE key = :key"),
        {"own": orjson.dumps(kept, option=orjson.OPT_SORT_KEYS).decode(), "key": intent.key},
    )
