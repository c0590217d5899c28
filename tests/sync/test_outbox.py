"""What we mean to write: what replaces what, what is left alone, and what a CRM refused."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from sync.store.engine import Store
from sync.store.outbox import (
    Intent,
    claim,
    decide_plan,
    new_plan,
    open_rejections,
    save_intents,
    settle,
)

KEY = "hubspot:contact:1"
_turns = iter(range(1, 1_000))


def _wanted(purpose: str = "fields", key: str = KEY, **more: Any) -> Intent:
    slot = f"{purpose}:{key}" + (f"#{next(_turns)}" if purpose == "task" else "")
    return Intent(0, 0, 1, "hubspot", purpose, key, **{"payload": {}, "before": {}, "slot": slot, **more})


def _settled(store: Store, state: str, at: int, purpose: str = "fields", key: str = KEY) -> None:
    """A change of one record is meant, claimed and settled."""
    with store.transaction() as tx:
        plan = new_plan(tx, "f", at)
        save_intents(store, tx, plan, [_wanted(purpose, key)], at)
        decide_plan(tx, plan, "released", at)
    (intent,) = claim(store, "hubspot", purpose, at, 10)
    with store.transaction() as tx:
        settle(tx, intent, state, at, error="NO", remedy="Ask.")


def _open(store: Store) -> list[tuple[str, str, int]]:
    with store.reading() as tx:
        return [(one.key, one.purpose, one.settled_at) for one in open_rejections(tx)]


def test_a_refusal_stands_until_a_later_change_of_the_record_goes_through(store: Store) -> None:
    _settled(store, "done", 1)
    _settled(store, "rejected", 2)
    assert _open(store) == [(KEY, "fields", 2)]

    _settled(store, "done", 3)

    assert _open(store) == []


def test_a_record_that_is_refused_again_and_again_is_told_once(store: Store) -> None:
    _settled(store, "rejected", 2)
    _settled(store, "overtaken", 3)
    _settled(store, "rejected", 4)

    assert _open(store) == [(KEY, "fields", 4)]


def test_fields_that_went_through_do_not_heal_a_refused_task_nor_another_record(store: Store) -> None:
    _settled(store, "rejected", 1, purpose="task")
    _settled(store, "rejected", 2, key="hubspot:contact:2")

    _settled(store, "done", 3)

    assert _open(store) == [(KEY, "task", 1), ("hubspot:contact:2", "fields", 2)]


def test_refused_fields_are_over_when_their_record_is_gone_and_a_task_is_not(store: Store) -> None:
    _settled(store, "rejected", 1)
    _settled(store, "rejected", 2, purpose="task")
    row = (
        "INSERT INTO record (key, connection, kind, record_id, stamp, created_at, ingested_at, deleted, "
        "fresh, company, attributes, own, names) "
        f"VALUES ('{KEY}', 'hubspot', 'contact', '1', 1, 1, 1, :gone, FALSE, '', '{{}}', '{{}}', '[]')"
    )
    with store.transaction() as tx:
        tx.execute(text(row), {"gone": False})
    assert _open(store) == [(KEY, "fields", 1), (KEY, "task", 2)]

    with store.transaction() as tx:
        tx.execute(text("UPDATE record SET deleted = TRUE"))

    assert _open(store) == [(KEY, "task", 2)]
