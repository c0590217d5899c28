"""What hangs on a row comes with it: everybody whom a shared activity is about, everybody in a deal. It is
the same whether a first load comes page by page or by a bulk query."""

from __future__ import annotations

from typing import Any

import pytest
from salesforce_fake import Fake, fake

from connectors.records import TaskSeen, Touch
from connectors.salesforce import Options
from connectors.salesforce.fields import TASK_KEY_FIELD

OWNER = "0055e000001AbCd"
PAGE = 2_000  # rows; what stands behind them comes by the bulk query
WAYS = pytest.mark.parametrize("bulk_from", [0, 1], ids=["by page", "by bulk"])


def add(org: Fake, name: str, **fields: Any) -> str:
    stamp = org.crm.org.stamp()
    made = {"CreatedDate": stamp, "SystemModstamp": stamp, "LastModifiedDate": stamp, "IsDeleted": False}
    return org.crm.org.tables[name].add({**made, **fields})


def call(org: Fake, who: str, **fields: Any) -> str:
    done = {"IsClosed": True, "Status": "Completed", "TaskSubtype": "Call", "ActivityDate": "2026-05-01"}
    return add(
        org, "Task", **{"WhoId": who, "WhoCount": 1, "OwnerId": OWNER, "Subject": "Call", **done, **fields}
    )


def guest(org: Fake, task: str, who: str, *, is_what: bool = False) -> None:
    add(org, "TaskRelation", TaskId=task, RelationId=who, IsWhat=is_what)


def told_by(org: Fake, row_id: str) -> dict[str, Touch]:
    """What a row told, by the person of whom."""
    return {touch.key: touch for name, touch in org.shelf.touches.items() if row_id in name}


@WAYS
def test_a_shared_task_is_a_touch_of_everybody_it_is_about(bulk_from: int) -> None:
    with fake(options=Options(bulk_from=bulk_from)) as org:
        one, two, three, stranger = sorted(org.there("Contact"))[:4]
        for _ in range(PAGE):
            call(org, one)
        shared, alone = call(org, one, WhoCount=3), call(org, one)
        for who in (one, two, three):
            guest(org, shared, who)
        guest(org, shared, stranger, is_what=True)
        guest(org, alone, stranger)  # WhoCount does not speak of it
        org.read("tasks")

        told = told_by(org, shared)
        assert set(told) == {f"salesforce:contact:{who}" for who in (one, two, three)}
        assert {(each.kind, each.occurred_at) for each in told.values()} == {
            ("call", told[f"salesforce:contact:{one}"].occurred_at)
        }
        assert set(told_by(org, alone)) == {f"salesforce:contact:{one}"}
        assert bool(org.asked("jobs/query")) == bool(bulk_from)


def test_a_shared_meeting_is_a_touch_of_its_guests_and_not_of_colleagues() -> None:
    with fake() as org:
        one, two = sorted(org.there("Contact"))[:2]
        start = {"StartDateTime": "2026-05-01T10:00:00.000+0000", "IsChild": False}
        event = add(org, "Event", WhoId=one, WhoCount=2, OwnerId=OWNER, Subject="Demo", **start)
        for who in (one, two, OWNER):
            add(org, "EventRelation", EventId=event, RelationId=who, IsWhat=False)
        org.read("events")

        assert set(told_by(org, event)) == {f"salesforce:contact:{who}" for who in (one, two)}


def test_a_shared_task_that_is_opened_again_is_taken_back_from_everybody() -> None:
    with fake() as org:
        one, two = sorted(org.there("Contact"))[:2]
        shared = call(org, one, WhoCount=2)
        guest(org, shared, two)
        org.read("tasks")
        assert len(told_by(org, shared)) == 2

        org.later(60)
        tasks, stamp = org.crm.org.tables["Task"], org.crm.org.stamp()
        held = tasks.find(shared) or {}
        tasks.put({**held, "IsClosed": False, "Status": "In Progress", "SystemModstamp": stamp})
        org.later(60)
        org.read("tasks")

        assert told_by(org, shared) == {}


@WAYS
def test_our_own_tasks_are_told_apart_wherever_they_stand(bulk_from: int) -> None:
    with fake(options=Options(bulk_from=bulk_from)) as org:
        assert org.connector.provision()
        one = min(org.there("Contact"))
        for _ in range(PAGE):
            call(org, one)
        ours = call(org, one, **{TASK_KEY_FIELD: "mql:1"})
        org.fresh()
        seen: list[TaskSeen] = [task for page in org.read("tasks") for task in page.tasks]

        assert [(task.id, task.key, task.is_closed) for task in seen] == [(ours, "mql:1", True)]
        assert told_by(org, ours) == {}


@WAYS
def test_everybody_with_a_role_hears_of_a_closed_deal_wherever_its_row_stands(bulk_from: int) -> None:
    with fake(options=Options(bulk_from=bulk_from)) as org:
        one = min(org.there("Contact"))
        deal = {"Name": "Deal", "StageName": "Closed Won", "IsClosed": True, "IsWon": True, "Amount": 1.0}
        for _ in range(PAGE + 1):
            last = add(org, "Opportunity", CloseDate="2026-05-01", **deal)
        add(org, "OpportunityContactRole", OpportunityId=last, ContactId=one, IsPrimary=True)
        org.read("opportunities")

        kinds = {touch.kind for name, touch in org.shelf.touches.items() if last in name}
        assert kinds == {"opportunity_created", "deal_won"}
