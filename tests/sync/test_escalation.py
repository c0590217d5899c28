"""A broken promise is told once, and a lead of a territory that wants mail, whatever is killed when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from jane import JANE, NOW, arrive, deed, happens, look, rows, wake
from loopback import mail_server
from sqlalchemy import text

from config.init import init
from config.notices import Escalation, Handoff, Notices, Smtp
from config.settings import load_settings
from connectors.records import Page, Record
from scoring.handoff.territory import Territory
from sync.apply import Applied, apply
from sync.clock import DAY, HOUR, MINUTE
from sync.handoff.sla_view import sla_of
from sync.store.engine import Store
from sync.store.outbox import current_plan, decide_plan
from sync.store.pages import save_page
from sync.workspace import Workspace

LATE = NOW + 4 * HOUR
TASK = Escalation("task", ("77",))


@pytest.fixture
def workspace(store: Store, tmp_path: Path) -> Workspace:
    return workspace_of(store, tmp_path, Notices(TASK))


def workspace_of(store: Store, folder: Path, notices: Notices) -> Workspace:
    init(folder / "workspace")
    settings = replace(load_settings(folder / "workspace"), home_crm=("hubspot",), notices=notices)
    return Workspace(settings, store, {}, lambda: NOW)


def works(workspace: Workspace, owner: str, **attributes: str) -> None:
    """Somebody has a seat in HubSpot."""
    record = Record("owner", owner, 20, 5, attributes={"active": "true", **attributes})
    save_page(workspace.store, "hubspot", "all", Page("3", True, (record,)), NOW)


def told(workspace: Workspace) -> list[dict[str, Any]]:
    found = rows(workspace, "SELECT * FROM intent WHERE purpose = 'escalation' ORDER BY id")
    return [{**row._mapping, "payload": orjson.loads(row.payload)} for row in found]


def escalated(workspace: Workspace) -> list[tuple[int, str]]:
    return [tuple(row) for row in rows(workspace, "SELECT escalated_at, escalated_to FROM breach")]


def release(workspace: Workspace, now: int) -> Applied:
    """The plan is released and written, as far as there is somebody to tell."""
    with workspace.store.transaction() as tx:
        plan = current_plan(tx)
        if plan is not None:
            decide_plan(tx, plan.id, "released", now)
    workspace.now = lambda: now
    return apply(workspace, 1)


def test_a_breach_is_a_task_of_the_manager_once(workspace: Workspace) -> None:
    works(workspace, "77")
    arrive(workspace)
    look(workspace, LATE - 1)
    assert told(workspace) == []

    look(workspace, LATE)
    wake(workspace)
    look(workspace, LATE + HOUR)

    (one,) = told(workspace)
    assert (one["connection"], one["key"], one["slot"]) == ("hubspot", JANE, "escalation:1#first_touch")
    assert one["payload"]["owner_id"] == "77"
    assert one["payload"]["key"] == f"{JANE}#1#escalation-first_touch"
    assert "nobody has tried to reach this lead in time" in one["payload"]["body"]
    assert "Ann Doe" in one["payload"]["body"]
    assert escalated(workspace) == [(LATE, "hubspot:owner:77")]


def test_each_promise_is_escalated_by_itself(workspace: Workspace) -> None:
    works(workspace, "77")
    arrive(workspace)

    look(workspace, LATE)
    look(workspace, NOW + 32 * HOUR)  # the decision is late, too

    assert [one["slot"] for one in told(workspace)] == ["escalation:1#first_touch", "escalation:1#decision"]


def test_the_manager_whom_the_crm_names_goes_first(workspace: Workspace) -> None:
    escalation = Escalation("task", ("manager", "77"))
    workspace.settings = replace(workspace.settings, notices=Notices(escalation))
    works(workspace, "77")
    works(workspace, "55")
    arrive(workspace)
    works(workspace, "9", manager_id="55", name="Ann Doe")

    look(workspace, LATE)

    assert told(workspace)[0]["payload"]["owner_id"] == "55"


def test_where_nobody_can_be_told_the_breach_says_why_and_it_is_tried_again(workspace: Workspace) -> None:
    arrive(workspace)
    look(workspace, LATE)
    assert told(workspace) == []
    assert escalated(workspace) == [(0, "nobody of `sla: escalation: to` works in hubspot")]

    works(workspace, "77")
    wake(workspace)
    look(workspace, LATE + HOUR)

    assert len(told(workspace)) == 1
    assert escalated(workspace) == [(LATE + HOUR, "hubspot:owner:77")]


@pytest.mark.parametrize(("kind", "first"), [("call", LATE + MINUTE), ("sales_rejected", LATE + MINUTE)])
def test_what_was_done_late_before_anybody_looked_is_listed_and_not_escalated(
    workspace: Workspace, kind: str, first: int
) -> None:
    works(workspace, "77")
    arrive(workspace)
    happens(workspace, deed(kind, first))

    look(workspace, LATE + HOUR)

    assert told(workspace) == []
    assert escalated(workspace) == [(0, "")]


def test_a_workspace_that_escalates_nothing_lists_the_breach(workspace: Workspace) -> None:
    workspace.settings = replace(workspace.settings, notices=Notices())
    arrive(workspace)

    look(workspace, LATE)

    assert told(workspace) == []
    assert len(sla_of(workspace, 90).breached) == 1


@pytest.mark.parametrize(("late_by", "is_told"), [(0, True), (1, False)])
def test_who_begins_to_escalate_hears_of_what_was_broken_lately(
    workspace: Workspace, late_by: int, is_told: bool
) -> None:
    works(workspace, "77")
    notices, workspace.settings = workspace.settings.notices, replace(workspace.settings, notices=Notices())
    arrive(workspace)
    look(workspace, LATE)
    workspace.settings = replace(workspace.settings, notices=notices)

    wake(workspace)
    look(workspace, LATE + workspace.settings.task_age_max_days * DAY + late_by)

    assert bool([one for one in told(workspace) if one["slot"].endswith("first_touch")]) is is_told


def mailed(port: int, every_minutes: int = 60) -> Notices:
    smtp = Smtp("127.0.0.1", "mqlsync@acme.example", port, "none", every_minutes=every_minutes)
    return Notices(
        Escalation("email", ("boss@acme.example",)),
        smtp,
        {"north": Handoff("email", ("team@acme.example",))},
    )


def test_an_escalation_by_mail_is_sent_once(store: Store, tmp_path: Path) -> None:
    with mail_server() as heard:
        workspace = workspace_of(store, tmp_path, mailed(heard.port))
        arrive(workspace)
        look(workspace, LATE)

        first, second = release(workspace, LATE), release(workspace, LATE + HOUR)

    assert (first.escalated, second.escalated) == (1, 0)
    assert [(one["To"], one["Subject"]) for one in heard.messages] == [
        ("boss@acme.example", "Follow-up is late: unnamed lead, Acme")
    ]


def north(workspace: Workspace) -> None:
    """Jane has no owner: her lead goes to the territory."""
    territory = Territory("north", ("77",))
    workspace.settings = replace(workspace.settings, territories=(territory,))
    works(workspace, "77")
    arrive(workspace, owner_id="")


def test_leads_of_a_territory_that_wants_mail_are_one_mail_at_the_end_of_the_hour(
    store: Store, tmp_path: Path
) -> None:
    with mail_server() as heard:
        workspace = workspace_of(store, tmp_path, mailed(heard.port))
        north(workspace)
        assert release(workspace, NOW + HOUR - 1).tasks == 0

        sent = release(workspace, NOW + HOUR)
        wake(workspace)
        look(workspace, NOW + HOUR + 1)
        again = release(workspace, NOW + 2 * HOUR)

    assert (sent.tasks, again.tasks) == (1, 0)
    (message,) = heard.messages
    assert message["Subject"] == "1 new lead: north"
    assert "VP Marketing" in message.get_content()
    assert [row.connection for row in rows(workspace, "SELECT * FROM intent WHERE purpose = 'task'")] == [
        "email"
    ]


def test_a_mail_server_that_is_away_costs_no_lead_and_its_words_name_nobody(
    store: Store, tmp_path: Path
) -> None:
    with mail_server() as heard:
        heard.answers = [451]
        workspace = workspace_of(store, tmp_path, mailed(heard.port))
        north(workspace)

        first = release(workspace, NOW + HOUR)
        second = release(workspace, NOW + 2 * HOUR)

    assert (first.postponed, second.tasks) == (1, 1)
    assert len(heard.messages) == 1


class Killed(Exception):
    """The process ends here."""


def test_a_kill_at_any_step_escalates_once(open_store: Callable[[], Store], tmp_path: Path) -> None:
    workspace = workspace_of(open_store(), tmp_path, Notices(TASK))
    works(workspace, "77")
    arrive(workspace)
    steps = 0

    for kill_at in range(1, 30):
        steps = 0

        def at(_: str, kill_at: int = kill_at) -> None:
            nonlocal steps
            steps += 1
            if steps == kill_at:
                raise Killed

        workspace.store.at = at
        try:
            wake(workspace)
            look(workspace, LATE)
        except Killed:
            continue
        break
    workspace.store.at = lambda _: None
    look(workspace, LATE)

    assert len(told(workspace)) == 1
    assert len(rows(workspace, "SELECT * FROM breach")) == 1
    assert escalated(workspace) == [(LATE, "hubspot:owner:77")]


def test_somebody_who_was_told_is_named_in_the_report(workspace: Workspace) -> None:
    works(workspace, "77")
    arrive(workspace)
    look(workspace, LATE)
    with workspace.store.transaction() as tx:
        tx.execute(text("UPDATE breach SET seen_at = seen_at"))

    (line,) = sla_of(workspace, 90).breached

    assert (line.escalated_at, line.escalated_to) == (LATE, "hubspot:owner:77")
