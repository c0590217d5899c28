"""Tasks that stand in a CRM are brought up to date, and no human's work is trampled, whichever CRM it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from crm_account import NOW, Account, Sandbox, sandbox

from connectors.outcome import Done, Retry
from connectors.protocol import TaskChange, TaskWrite
from connectors.registry import FACTORIES

DAY = 86_400_000_000
BEGUN = {"hubspot": "IN_PROGRESS", "salesforce": "In Progress"}
DONE = {"hubspot": "COMPLETED", "salesforce": "Completed"}
FIRST = {"hubspot": "NOT_STARTED", "salesforce": "Not Started"}
NOTE = "No longer needed: customer."


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with sandbox(12, "--no-limits") as started:
        yield started


@pytest.fixture(params=sorted(FACTORIES))
def account(request: pytest.FixtureRequest, running: Sandbox) -> Account:
    """An account in which one task was made, a minute ago."""
    running.tell("/reset")
    account = Account(request.param, running)
    connector = account.connector()
    connector.provision()
    account.read(connector)
    (outcome,) = connector.push_tasks([task_of(account)])
    assert isinstance(outcome, Done)
    account.later(60)
    account.sandbox.tell("/counters/reset")
    return account


def task_of(account: Account, **more: Any) -> TaskWrite:
    person = min(account.people(), key=lambda row: (row.kind, row.id))
    made = TaskWrite(
        *("k#1", person.kind, person.id, account.owner(), "Call Jane", "Why: <b>this</b> & that\nNow: now"),
        due_at=NOW + 2 * DAY,
        priority="medium",
    )
    return replace(made, **more)


def colleague(account: Account) -> str:
    """This is another owner than the task's."""
    owners = (row for row in account.shelf.rows.values() if row.kind == "owner" and not row.deleted)
    return max(row.id for row in owners if row.attributes["active"] == "true")


def change(account: Account, *shown: TaskWrite, note: str = "", **more: Any) -> TaskChange:
    wanted = task_of(account, **more)
    return TaskChange(account.task("k#1")["id"], wanted, shown or (task_of(account),), note)


def changed(account: Account, *shown: TaskWrite, note: str = "", **more: Any) -> Any:
    """This is what the task shows after the change."""
    (outcome,) = account.connector().change_tasks([change(account, *shown, note=note, **more)])
    assert outcome == Done(account.task("k#1")["id"])
    return account.task("k#1")


CLOSING: dict[str, Any] = {
    "is_open": False,
    "body": f"{NOTE}\n\nWhy: <b>this</b> & that\nNow: now",
    "note": NOTE,
}


def test_a_task_follows_in_all_its_words(account: Account) -> None:
    other = colleague(account)

    shown = changed(
        account, subject="Call her", body="Why: news", owner_id=other, due_at=NOW + 5 * DAY, priority="high"
    )

    assert (shown["subject"], shown["owner"]) == ("Call her", other)
    assert shown["body"].startswith("Why: news")
    assert shown["due"].startswith("2026-11-28")
    assert shown["status"] == FIRST[account.crm]
    assert account.tasks() == ["k#1"]


def test_what_stands_as_it_should_is_not_written(account: Account) -> None:
    changed(account)
    changed(account, task_of(account, body="Before"))

    written = account.sandbox.look("/stats")["crms"][account.crm]["rows_written"]
    assert written == {}


def test_a_change_sent_twice_is_made_once(account: Account) -> None:
    first = changed(account, subject="Call her")

    assert changed(account, subject="Call her") == first


@pytest.mark.parametrize("face", ["subject", "body", "owner"])
def test_what_a_human_wrote_stays_and_the_rest_follows(account: Account, face: str) -> None:
    theirs = colleague(account) if face == "owner" else "My own words"
    words: dict[str, Any] = {face: theirs}
    account.by_hand(account.task("k#1")["id"], **words)

    shown = changed(
        account, subject="Call her", body="Why: news", owner_id=account.owner(), due_at=NOW + 5 * DAY
    )

    assert shown[face] == theirs
    assert shown["due"].startswith("2026-11-28")
    assert (shown["subject"] == "Call her") == (face != "subject")


def test_a_task_that_somebody_finished_is_left_alone(account: Account) -> None:
    account.by_hand(account.task("k#1")["id"], status=DONE[account.crm])
    before = account.task("k#1")

    assert changed(account, subject="Call her") == before
    assert changed(account, **CLOSING) == before


def test_a_task_whose_reason_is_gone_is_closed_and_says_why(account: Account) -> None:
    shown = changed(account, **CLOSING)

    assert shown["status"] == DONE[account.crm]
    assert shown["body"].startswith(NOTE)


def test_a_task_that_somebody_has_begun_stays_open_and_says_why(account: Account) -> None:
    account.by_hand(account.task("k#1")["id"], status=BEGUN[account.crm])

    shown = changed(account, **CLOSING)

    assert shown["status"] == BEGUN[account.crm]
    assert shown["body"].startswith(NOTE)


def test_a_task_that_somebody_rewrote_stays_open_and_gets_a_line_more(account: Account) -> None:
    account.by_hand(account.task("k#1")["id"], body="My own words")

    for _ in range(2):
        shown = changed(account, **CLOSING)

    assert shown["status"] == FIRST[account.crm]
    assert shown["body"].startswith("My own words")
    assert shown["body"].endswith(NOTE)
    assert shown["body"].count(NOTE) == 1


def test_a_task_that_we_closed_is_opened_again_when_the_reason_is_back(account: Account) -> None:
    changed(account, **CLOSING)
    closed = task_of(account, is_open=False, body=CLOSING["body"])

    shown = changed(account, closed)

    assert shown["status"] == FIRST[account.crm]
    assert NOTE not in shown["body"]


def test_a_task_that_was_thrown_away_stays_away(account: Account) -> None:
    wanted = change(account, subject="Call her")
    account.by_hand(wanted.id, gone=True)

    outcomes = account.connector().change_tasks([wanted])

    assert outcomes == [Done(wanted.id)]
    assert account.tasks() == []


def test_a_due_date_that_we_moved_at_the_creation_is_ours(account: Account) -> None:
    late = task_of(account, key="k#2", due_at=NOW - DAY)
    account.connector().push_tasks([late])
    made = account.task("k#2")
    assert made["due"].startswith("2026-11-23" if account.crm == "hubspot" else "2026-11-22")
    wanted = replace(late, due_at=NOW + 5 * DAY)

    account.connector().change_tasks([TaskChange(made["id"], wanted, (late,))])

    assert account.task("k#2")["due"].startswith("2026-11-28")


@pytest.mark.parametrize("way", ["503", "reset", "cut", "reset_before"])
def test_a_change_whose_answer_is_lost_is_found_done_the_next_time(account: Account, way: str) -> None:
    for number in range(1, 12):
        account.sandbox.tell("/faults", crm=account.crm, way=way, call=number)

    (lost,) = account.connector().change_tasks([change(account, subject="Call her")])

    assert isinstance(lost, Retry | Done)
    while account.sandbox.look("/faults")["faults"]:
        account.connector().change_tasks([change(account, subject="Call her")])
    assert changed(account, subject="Call her")["subject"] == "Call her"


def test_many_changes_are_few_calls(account: Account) -> None:
    one = change(account, subject="Call her")
    connector = account.connector()
    connector.change_tasks([one])
    account.sandbox.tell("/counters/reset")

    outcomes = connector.change_tasks([one] * 100)

    assert outcomes == [Done(one.id)] * 100
    assert account.calls() <= 2


def seen(account: Account) -> Any:
    """This is what the stream of tasks tells of the task now, None if it tells nothing new."""
    account.later(60)
    page = account.connector().pull("tasks", account.shelf.cursors["tasks"], lambda _kind, _rows: frozenset())
    account.shelf.cursors["tasks"] = page.cursor
    return {one.key: one for one in page.tasks}.get("k#1")


def test_what_became_of_our_tasks_is_read_back(account: Account) -> None:
    account.later(60)
    made = seen(account)
    account.by_hand(account.task("k#1")["id"], status=DONE[account.crm])
    done = seen(account)

    assert (made.id, made.owner_id) == (account.task("k#1")["id"], account.owner())
    assert (made.is_closed, made.completed_at) == (False, 0)
    assert done.is_closed
    assert done.status == DONE[account.crm]
    assert done.completed_at == NOW + int(account.seconds - 60) * 1_000_000
    assert done.changed_at > made.changed_at


def test_only_our_own_tasks_are_told_of(account: Account) -> None:
    account.later(60)
    page = account.connector().pull("tasks", account.shelf.cursors["tasks"], lambda _kind, _rows: frozenset())

    assert {one.key for one in page.tasks} == {"k#1"}
