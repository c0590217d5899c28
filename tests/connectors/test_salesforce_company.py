"""What hangs on a row comes with it: everybody whom a shared activity is about, everybody in a deal. It is
the same whether a first load comes page by page or by a bulk query."""

from __future__ import annotations

import json
from typing import Any

import pytest
from salesforce_fake import NOW, Fake, fake

from connectors.calling import Declined
from connectors.errors import Unreachable
from connectors.pieces import PIECE, InPieces
from connectors.records import TaskSeen, Touch
from connectors.salesforce import Options
from connectors.salesforce.fields import TASK_KEY_FIELD
from connectors.salesforce.instants import DAY, instant, written
from connectors.salesforce.org import BETWEEN
from connectors.salesforce.streams import sources
from connectors.salesforce.taking import taker
from connectors.salesforce.window import Walk
from sandbox.crm import Request, Response

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
        assert bool(org.asked("/results")) == bool(bulk_from)


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
        assert bool(org.asked("/results")) == bool(bulk_from)


def deal(org: Fake, **fields: Any) -> str:
    won = {"Name": "Deal", "StageName": "Closed Won", "IsClosed": True, "IsWon": True, "Amount": 1.0}
    return add(org, "Opportunity", **{"CloseDate": "2026-05-01", **won, **fields})


@WAYS
def test_everybody_with_a_role_hears_of_a_deal_and_a_bulk_load_leaves_that_to_the_roles(
    bulk_from: int,
) -> None:
    with fake(options=Options(bulk_from=bulk_from)) as org:
        one = min(org.there("Contact"))
        for _ in range(PAGE + 1):
            last = deal(org)
        add(org, "OpportunityContactRole", OpportunityId=last, ContactId=one, IsPrimary=True)
        org.read("opportunities")
        roles = [each for each in org.stub.calls if "OpportunityContactRole" in each.query.get("q", "")]
        assert len(roles) == (PAGE / 400 if bulk_from else PAGE / 400 + 1)
        org.read("opportunity_roles")

        kinds = {touch.kind for name, touch in org.shelf.touches.items() if last in name}
        assert kinds == {"opportunity_created", "deal_won"}
        assert bool(org.asked("/results")) == bool(bulk_from)


@WAYS
def test_everybody_with_a_role_hears_when_the_stage_changed(bulk_from: int) -> None:
    with fake(options=Options(bulk_from=bulk_from)) as org:
        one, primary = sorted(org.there("Contact"))[:2]
        for _ in range(PAGE + 1):
            held = deal(org, ContactId=primary)
            add(org, "OpportunityHistory", OpportunityId=held, StageName="Closed Won")
        add(org, "OpportunityContactRole", OpportunityId=held, ContactId=one, IsPrimary=False)
        org.read("opportunity_history")

        told = told_by(org, held)
        assert set(told) == {f"salesforce:contact:{who}" for who in (one, primary)}
        assert {touch.kind for touch in told.values()} == {"deal_won"}
        assert bool(org.asked("/results")) == bool(bulk_from)


def test_of_two_steps_that_closed_one_deal_the_first_counts_for_everybody() -> None:
    with fake() as org:
        one, primary = sorted(org.there("Contact"))[:2]
        held = deal(org, ContactId=primary)
        stamps = [written(NOW - days * DAY) for days in (9, 1)]
        for stamp in stamps:
            add(org, "OpportunityHistory", OpportunityId=held, StageName="Closed Won", CreatedDate=stamp)
            for _ in range(400):  # so that the two do not stand in one piece
                add(org, "OpportunityHistory", OpportunityId=deal(org), StageName="Prospecting")
        add(org, "OpportunityContactRole", OpportunityId=held, ContactId=one, IsPrimary=False)
        org.read("opportunity_history")

        assert {touch.occurred_at for touch in told_by(org, held).values()} == {instant(stamps[0])}


def test_the_history_of_a_deleted_deal_says_nothing() -> None:
    with fake() as org:
        held = deal(org, ContactId=min(org.there("Contact")))
        add(org, "OpportunityHistory", OpportunityId=held, StageName="Closed Won", IsDeleted=True)
        org.read("opportunity_history")

        assert told_by(org, held) == {}


def shared_call(org: Fake) -> tuple[str, set[str]]:
    """The last of many calls, behind the first page, and whom it is about."""
    one, two = sorted(org.there("Contact"))[:2]
    for _ in range(PAGE):
        call(org, one)
    shared = call(org, one, WhoCount=2)
    guest(org, shared, two)
    return shared, {f"salesforce:contact:{who}" for who in (one, two)}


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [(503, "SERVER_UNAVAILABLE", Unreachable), (400, "INVALID_QUERY_FILTER_OPERATOR", Declined)],
)
def test_a_bulk_load_goes_on_where_it_was_when_guests_can_be_asked_for_again(
    status: int, code: str, error: type[Exception]
) -> None:
    with fake(options=Options(bulk_from=1)) as org:
        shared, people = shared_call(org)
        handle, is_down = org.crm.handle, True

        def answer(request: Request) -> Response:
            if is_down and "TaskRelation" in str(request.query):
                body = json.dumps([{"errorCode": code, "message": "not now"}]).encode()
                return Response(status, body, {"Content-Type": "application/json"})
            return handle(request)

        org.crm.handle = answer  # type: ignore[method-assign]  # the server's fault
        with pytest.raises(error):
            org.read("tasks")
        with pytest.raises(error):
            org.read("tasks")
        is_down = False
        org.read("tasks")

        assert set(told_by(org, shared)) == people
        assert len([each for each in org.asked("jobs/query") if each.method == "POST"]) == 1
        assert len(org.shelf.touches) > PAGE


def test_what_pieces_of_an_answer_became_is_what_the_whole_becomes() -> None:
    with fake(options=Options(bulk_from=0)) as org:
        assert org.connector.provision()
        first, *rest = (call(org, min(org.there("Contact"))) for _ in range(PAGE // 2))
        tasks = org.crm.org.tables["Task"]
        for place, row_id in enumerate((first, *rest)):
            odd = [{}, {"IsClosed": False}, {"ActivityDate": "soon"}, {TASK_KEY_FIELD: f"mql:{row_id}"}]
            tasks.put({**(tasks.find(row_id) or {}), **odd[place % 4]})
        handle, heard = org.crm.handle, []

        def answer(request: Request) -> Response:
            said = handle(request)
            heard.extend([said.body] if " FROM Task " in str(request.query) else [])
            return said

        org.crm.handle = answer  # type: ignore[method-assign]  # somebody listens
        org.fresh()
        (page,) = org.read("tasks")

    (body,) = heard
    assert len(body) > 3 * PIECE
    assert len(InPieces("records", BETWEEN, len).read(body)["records"]) > 3
    take = taker(sources(Options())["tasks"], Walk(until=NOW), lambda _, __: frozenset())
    whole = take(json.loads(body)["records"])
    assert (list(page.touches), list(page.unread), list(page.tasks)) == (
        whole.understood.touches,
        whole.understood.unread,
        list(whole.tasks),
    )
    assert page.withdrawn == whole.understood.withdrawn
    assert set(page.understood) == {"Task", *whole.ids}
    for told in (page.touches, page.unread, page.tasks, page.withdrawn):
        assert len(told) > PAGE // 10
