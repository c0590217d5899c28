"""A task that waits follows its person; one that a CRM may have stays, whatever happens."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from config.init import init
from config.settings import load_settings
from connectors.records import Page, Record, Touch
from sync.clock import DAY, HOUR
from sync.cycle import judge_of
from sync.score import decide, score_due
from sync.store.engine import Store
from sync.store.outbox import ATTEMPTS_MAX, claim, current_plan, decide_plan, open_rejections, settle
from sync.store.pages import save_page
from sync.store.people import resolve_records, wake_owned, wake_touched
from sync.workspace import Workspace

NOW = 20_000 * DAY
LEAD, OTHER = "00Q5g00000ABCdeEAH", "00Q5g00000XYZdeEAH"
JANE = {
    "email": "jane@acme.example",
    "email_domain": "acme.example",
    "title": "VP Marketing",
    "company": "Acme",
    "employees": "500",
    "industry": "Software",
    "country": "Germany",
}
AT_HUBSPOT = ("hubspot:contact:1701", "9")
AT_SALESFORCE = (f"salesforce:lead:{LEAD}", "S9")


@pytest.fixture
def empty(store: Store, tmp_path: Path) -> Workspace:
    folder = tmp_path / "workspace"
    init(folder)
    settings = replace(load_settings(folder), home_crm=("salesforce", "hubspot"))
    return Workspace(settings, store, {}, lambda: NOW)


@pytest.fixture
def workspace(empty: Workspace) -> Workspace:
    jane_arrives(empty)
    return empty


def jane_arrives(workspace: Workspace) -> None:
    """Jane stands in both CRMs and asked for a demo; Salesforce, where the lead is, is her home."""
    kinds = ("demo_request", "quote_request", "contact_request")
    asked = tuple(Touch("hubspot:contact:1701", kind, kind, NOW - DAY) for kind in kinds)
    known = {**JANE, "owner_id": "9"}
    contact = Record("contact", "1701", 10, 5, attributes=known, keys=("email:jane@acme.example",))
    read(workspace, "hubspot", contact, owner("9"), touches=asked)
    read(workspace, "salesforce", lead(), owner("S9"), owner("S8"))
    judge(workspace)


def lead(number: str = LEAD, *, stamp: int = 10, deleted: bool = False, **attributes: str) -> Record:
    known = {**JANE, "owner_id": "S9", **attributes}
    return Record(
        "lead", number, stamp, 5, deleted=deleted, attributes=known, keys=(f"email:{known['email']}",)
    )


def owner(number: str, *, active: str = "true", stamp: int = 10) -> Record:
    return Record("owner", number, stamp, 5, attributes={"active": active})


def read(workspace: Workspace, crm: str, *records: Record, touches: tuple[Touch, ...] = ()) -> None:
    save_page(workspace.store, crm, "all", Page("1", True, records, touches), NOW)


def judge(workspace: Workspace, now: int = NOW) -> None:
    wake_owned(workspace.store)
    while resolve_records(workspace.store, 100):
        pass
    wake_touched(workspace.store)
    while score_due(workspace.store, judge_of(workspace), now):
        pass
    decide(workspace.store, judge_of(workspace), now)


def tasks(workspace: Workspace, *states: str) -> list[tuple[str, str]]:
    """These are where the tasks in these states stand: key and owner."""
    with workspace.store.reading() as tx:
        rows = tx.execute(text("SELECT * FROM intent WHERE purpose = 'task' ORDER BY id")).all()
    assert len({row.slot for row in rows if row.slot}) == sum(bool(row.slot) for row in rows)
    return [
        (row.key, row.payload.partition('"owner_id":"')[2].partition('"')[0])
        for row in rows
        if row.state in (states or ("pending", "sending", "done", "rejected"))
    ]


def send(workspace: Workspace, state: str, *, tries: int = 1, crm_id: str = "") -> None:
    """The task is sent, and that becomes of it."""
    with workspace.store.transaction() as tx:
        plan = current_plan(tx)
        assert plan is not None
        decide_plan(tx, plan.id, "released", NOW)
    for _ in range(tries):
        (intent,) = claim(workspace.store, tasks(workspace)[0][0].partition(":")[0], "task", NOW, 10)
    with workspace.store.transaction() as tx:
        settle(tx, intent, state, NOW, crm_id=crm_id, error="NO")


def test_a_task_is_due_in_the_working_hours_of_its_owner(empty: Workspace) -> None:
    file = empty.settings.folder / "mqlsync.yaml"
    hours = "calendars: {office: {zone: UTC, shifts: mon-fri 09:00-17:00}}"
    promise = "default: {calendar: office, first_touch_hours: 10}"
    leave = "owners: {S9: {leave: [{first: 2024-10-04, last: 2024-10-06}]}}"
    file.write_text(f"{file.read_text()}\nsla: {{{hours}, {promise}, {leave}}}\n")

    jane_arrives(empty)  # on a Friday at midnight

    with empty.store.reading() as tx:
        payload = tx.execute(text("SELECT payload FROM intent WHERE purpose = 'task'")).scalar_one()
    assert f'"due_at":{NOW + 4 * DAY + 11 * HOUR}' in payload.replace(" ", "")  # Tuesday at eleven


MOVES: dict[str, dict[str, Any]] = {
    "the record is deleted": {"deleted": True},
    "the lead is converted": {"converted": "true"},
    "the record has no owner any more": {"owner_id": ""},
}


@pytest.mark.parametrize("change", MOVES.values(), ids=MOVES.keys())
def test_a_task_that_waits_moves_to_the_other_home_when(workspace: Workspace, change: dict[str, Any]) -> None:
    assert tasks(workspace) == [AT_SALESFORCE]

    read(workspace, "salesforce", lead(stamp=20, **change))
    judge(workspace)

    assert tasks(workspace) == [AT_HUBSPOT]


def test_a_task_that_waits_follows_the_record_to_its_new_owner(workspace: Workspace) -> None:
    read(workspace, "salesforce", lead(stamp=20, owner_id="S8"))
    judge(workspace)

    assert tasks(workspace) == [(AT_SALESFORCE[0], "S8")]


def test_a_task_that_waits_moves_when_its_owner_leaves_and_back_when_she_returns(
    workspace: Workspace,
) -> None:
    read(workspace, "salesforce", owner("S9", active="false", stamp=20))
    judge(workspace)
    assert tasks(workspace) == [AT_HUBSPOT]

    read(workspace, "salesforce", owner("S9", stamp=30))
    judge(workspace)

    assert tasks(workspace) == [AT_SALESFORCE]


def test_a_task_waits_no_more_when_no_home_is_left_and_comes_back_with_one(workspace: Workspace) -> None:
    read(workspace, "salesforce", lead(stamp=20, deleted=True))
    read(workspace, "hubspot", owner("9", active="false", stamp=20))
    judge(workspace)
    assert tasks(workspace) == []

    read(workspace, "hubspot", owner("9", stamp=30))
    judge(workspace)

    assert tasks(workspace) == [AT_HUBSPOT]


def test_a_task_waits_no_more_when_the_person_is_no_mql_any_more(workspace: Workspace) -> None:
    rejected = Touch("hubspot:contact:1701", "no", "sales_rejected", NOW - 3_600)
    read(workspace, "hubspot", touches=(rejected,))
    judge(workspace)

    assert tasks(workspace) == []


def test_what_changes_nothing_about_a_task_leaves_it_and_its_plan_alone(workspace: Workspace) -> None:
    with workspace.store.reading() as tx:
        before = tx.execute(text("SELECT id, plan, payload FROM intent WHERE purpose = 'task'")).all()

    with workspace.store.transaction() as tx:
        tx.execute(text("UPDATE person SET due_at = 0"))
    judge(workspace)

    with workspace.store.reading() as tx:
        assert tx.execute(text("SELECT id, plan, payload FROM intent WHERE purpose = 'task'")).all() == before


def test_a_task_that_waited_too_long_for_its_release_still_waits(workspace: Workspace) -> None:
    with workspace.store.transaction() as tx:
        tx.execute(text("UPDATE person SET due_at = 0"))

    judge(workspace, NOW + workspace.settings.task_age_max_days * DAY)

    assert tasks(workspace) == [AT_SALESFORCE]


@pytest.mark.parametrize("state", ["sending", "done"])
def test_a_task_that_a_crm_may_have_stays_where_it_is(workspace: Workspace, state: str) -> None:
    if state == "done":
        send(workspace, "done", crm_id="77")
    else:
        with workspace.store.transaction() as tx:
            tx.execute(text("UPDATE intent SET state = 'sending', attempts = 1 WHERE purpose = 'task'"))

    read(workspace, "salesforce", lead(stamp=20, deleted=True))
    judge(workspace)

    assert tasks(workspace) == [AT_SALESFORCE]


def test_a_refused_task_is_meant_anew_at_another_home_and_the_refusal_is_over(workspace: Workspace) -> None:
    send(workspace, "rejected")
    judge(workspace)
    assert tasks(workspace) == [AT_SALESFORCE]

    read(workspace, "salesforce", lead(stamp=20, owner_id="S8"))
    judge(workspace)

    assert tasks(workspace) == [(AT_SALESFORCE[0], "S8")]
    with workspace.store.reading() as tx:
        assert open_rejections(tx) == []


@pytest.mark.parametrize(
    ("tries", "crm_id", "moves"), [(ATTEMPTS_MAX - 1, "", True), (ATTEMPTS_MAX, "", False), (1, "77", False)]
)
def test_a_refused_task_that_may_stand_somewhere_all_the_same_is_not_doubled(
    workspace: Workspace, tries: int, crm_id: str, moves: bool
) -> None:
    send(workspace, "rejected", tries=tries, crm_id=crm_id)

    read(workspace, "salesforce", lead(stamp=20, owner_id="S8"))
    judge(workspace)

    assert tasks(workspace) == [(AT_SALESFORCE[0], "S8") if moves else AT_SALESFORCE]


def test_a_task_is_not_doubled_when_its_person_turns_out_to_be_an_older_one(empty: Workspace) -> None:
    older = lead(OTHER, email="j.doe@acme.example", owner_id="")
    read(empty, "salesforce", older)
    judge(empty)
    jane_arrives(empty)
    send(empty, "done", crm_id="77")

    read(empty, "salesforce", older._replace(stamp=20, keys=(*older.keys, "email:jane@acme.example")))
    judge(empty)

    with empty.store.reading() as tx:
        assert tx.execute(text("SELECT id FROM person WHERE merged_into IS NULL")).scalars().all() == [1]
        assert tx.execute(text("SELECT status FROM verdict")).scalars().all() == ["mql"]
    assert tasks(empty) == [AT_SALESFORCE]


def test_a_plan_of_which_nothing_is_wanted_any_more_waits_for_nobody(workspace: Workspace) -> None:
    with workspace.store.transaction() as tx:
        tx.execute(text("UPDATE intent SET state = 'overtaken', slot = NULL"))
        plan = current_plan(tx)
    assert plan is not None
    assert plan.state == "held"

    decide(workspace.store, judge_of(workspace), NOW)

    with workspace.store.reading() as tx:
        assert current_plan(tx) is None


def queue(number: str) -> Record:
    return Record("owner", number, 10, 5, attributes={"active": "false", "queue": "true"})


def test_a_queues_lead_waits_for_the_default_owner_and_without_one_is_refused_and_seen(
    workspace: Workspace,
) -> None:
    read(workspace, "hubspot", owner("9", active="false", stamp=20))
    read(workspace, "salesforce", lead(stamp=20, owner_id="Q1"), queue("Q1"))
    judge(workspace)
    assert tasks(workspace) == [(AT_SALESFORCE[0], "Q1")]

    org = replace(workspace.settings.salesforce, default_owner="S7")
    workspace.settings = replace(workspace.settings, salesforce=org)
    read(workspace, "salesforce", lead(stamp=30, owner_id="Q1", title="CMO"))
    judge(workspace)

    assert tasks(workspace) == [(AT_SALESFORCE[0], "S7")]


def test_somebody_who_works_on_her_goes_before_who_stands_in(workspace: Workspace) -> None:
    org = replace(workspace.settings.salesforce, default_owner="S7")
    workspace.settings = replace(workspace.settings, salesforce=org)

    read(workspace, "salesforce", lead(stamp=20, owner_id=""))
    judge(workspace)

    assert tasks(workspace) == [AT_HUBSPOT]
