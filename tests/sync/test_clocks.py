"""Clocks at work: what the CRM's field says when, who is looked at again, and what is kept for ever."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import Any

import orjson
import pytest
from jane import (
    JANE,
    KNOWN,
    NAMES,
    NOW,
    OFFICE,
    PROMISED,
    arrive,
    deed,
    given,
    happens,
    judge_in,
    look,
    of_acme,
    rows,
    wake,
)
from sqlalchemy import text

from config.init import init
from config.settings import load_settings
from connectors.records import Page, Record, Touch
from scoring.handoff.calendars import Calendar, Shift
from scoring.handoff.sla import Owner, Sla, Slas
from sync.clock import DAY, HOUR
from sync.handoff.clocks import SETTLED_AFTER
from sync.handoff.sla_view import sla_of
from sync.score import judge_people
from sync.store.engine import Store
from sync.store.erase import erase
from sync.store.pages import save_page
from sync.workspace import Workspace


@pytest.fixture
def workspace(store: Store, tmp_path: Path) -> Workspace:
    init(tmp_path / "workspace")
    settings = replace(load_settings(tmp_path / "workspace"), home_crm=("hubspot",))
    return Workspace(settings, store, {}, lambda: NOW)


def shown(workspace: Workspace) -> tuple[str | None, int | None]:
    """This is what the CRM is to show of Jane's clocks."""
    (row,) = rows(workspace, "SELECT published FROM verdict ORDER BY person LIMIT 1")
    told = orjson.loads(row.published)
    return told.get("sla_status"), told.get("sla_due_at")


def due(workspace: Workspace) -> int:
    return int(rows(workspace, "SELECT due_at FROM person ORDER BY id LIMIT 1")[0].due_at)


def breaches(workspace: Workspace) -> list[tuple[str, int, int]]:
    found = rows(workspace, "SELECT promise, due_at, seen_at FROM breach ORDER BY due_at")
    return [(row.promise, row.due_at, row.seen_at) for row in found]


def test_the_field_says_by_when_and_turns_at_that_instant_without_any_touch(workspace: Workspace) -> None:
    arrive(workspace)
    first, second = NOW + 4 * HOUR, NOW + DAY + 8 * HOUR  # today at 13:00, tomorrow at 17:00
    assert shown(workspace) == ("running", first)
    assert due(workspace) <= first
    while due(workspace) < first:
        assert look(workspace, due(workspace)) == 1
    assert look(workspace, first - 1) == 0
    assert shown(workspace) == ("running", first)

    assert look(workspace, first) == 1

    assert shown(workspace) == ("breached", first)
    assert breaches(workspace) == [("first_touch", first, first)]
    assert first < due(workspace) <= second


def test_a_call_keeps_the_promise_and_one_by_a_program_does_not(workspace: Workspace) -> None:
    arrive(workspace)
    happens(workspace, deed("call", NOW + HOUR, is_machine=True))
    look(workspace, NOW + 2 * HOUR)
    assert shown(workspace) == ("running", NOW + 4 * HOUR)

    happens(workspace, deed("call", NOW + HOUR + 1))
    look(workspace, NOW + 2 * HOUR)

    assert shown(workspace) == ("running", NOW + DAY + 8 * HOUR)  # the decision is what is still owed
    assert rows(workspace, "SELECT state, worked FROM clock WHERE promise = 'first_touch'") == [
        ("met", HOUR + 1)
    ]


def test_the_word_of_sales_settles_everything(workspace: Workspace) -> None:
    arrive(workspace)
    happens(workspace, deed("call", NOW + HOUR), deed("sales_accepted", NOW + 2 * HOUR))

    look(workspace, NOW + 3 * HOUR)

    assert shown(workspace) == ("met", None)
    assert breaches(workspace) == []


def test_a_breach_is_seen_once_and_stays_although_the_call_turns_up_later(workspace: Workspace) -> None:
    arrive(workspace)
    look(workspace, NOW + 5 * HOUR)
    look(workspace, NOW + 6 * HOUR)
    assert breaches(workspace) == [("first_touch", NOW + 4 * HOUR, NOW + 5 * HOUR)]

    happens(workspace, deed("call", NOW + HOUR))
    look(workspace, NOW + 7 * HOUR)

    assert shown(workspace)[0] == "running"
    assert breaches(workspace) == [("first_touch", NOW + 4 * HOUR, NOW + 5 * HOUR)]


def test_no_clock_runs_for_who_was_an_mql_long_before_we_looked(workspace: Workspace) -> None:
    age = workspace.settings.task_age_max_days * DAY
    arrive(workspace)
    noticed_at(workspace, NOW + age)
    assert shown(workspace)[0] == "running"

    noticed_at(workspace, NOW + age + 1)

    assert shown(workspace) == (None, None)


def noticed_at(workspace: Workspace, at: int) -> None:
    with workspace.store.transaction() as tx:
        tx.execute(text("UPDATE episode SET noticed_at = :at"), {"at": at})
    wake(workspace)
    look(workspace, at)


def test_a_workspace_without_an_sla_shows_no_clock_and_one_that_gets_one_does(workspace: Workspace) -> None:
    arrive(workspace)
    look(workspace, NOW, None)
    assert shown(workspace) == (None, None)

    look(workspace, NOW)

    assert shown(workspace) == ("running", NOW + 4 * HOUR)


def test_what_was_promised_may_change_for_a_week_after_the_end_and_then_no_more(workspace: Workspace) -> None:
    ended = NOW + 3 * HOUR
    arrive(workspace)
    happens(workspace, deed("call", NOW + 2 * HOUR), deed("sales_accepted", ended))
    look(workspace, ended)
    stricter = Slas(Sla(OFFICE, first_touch=HOUR))

    look(workspace, ended + SETTLED_AFTER - 1, stricter)
    assert shown(workspace) == ("breached", NOW + HOUR)
    look(workspace, ended + SETTLED_AFTER, PROMISED)
    wake(workspace)
    look(workspace, ended + SETTLED_AFTER, PROMISED)

    assert shown(workspace) == ("breached", NOW + HOUR)


def test_a_second_look_at_everybody_finds_nothing_else(workspace: Workspace) -> None:
    arrive(workspace)
    look(workspace, NOW + 5 * HOUR)
    told, clocks = "SELECT published FROM verdict", "SELECT * FROM clock"
    before = rows(workspace, told), rows(workspace, clocks)

    with workspace.store.transaction() as tx:
        judge_people(workspace.store, tx, judge_in(workspace), [1], NOW + 5 * HOUR)

    assert (
        rows(workspace, "SELECT published FROM verdict"),
        rows(workspace, "SELECT * FROM clock"),
    ) == before


def clock(workspace: Workspace, promise: str) -> Any:
    (row,) = rows(workspace, f"SELECT * FROM clock WHERE promise = '{promise}'")
    return row


def test_a_lead_that_changes_hands_counts_the_hours_of_whoever_has_it(workspace: Workspace) -> None:
    late = Calendar(UTC, tuple(Shift(day, 14 * HOUR, 22 * HOUR) for day in range(5)))
    slas = replace(PROMISED, owners={"late": Owner(late)})
    arrive(workspace)

    given(workspace, "late")  # at eleven: two hours are used, hers begin at fourteen
    look(workspace, NOW + 2 * HOUR, slas)

    assert shown(workspace) == ("running", NOW + 7 * HOUR)
    assert clock(workspace, "first_touch").owner == "hubspot:owner:late"


def test_a_clock_stands_while_a_partner_has_her_in_hand(workspace: Workspace) -> None:
    given_at, returned_at = NOW + HOUR, NOW + DAY  # tomorrow at nine
    arrive(workspace)
    happens(workspace, deed("custody_given", given_at, asset="kestrel"))
    look(workspace, given_at)
    assert shown(workspace) == ("paused", None)

    happens(workspace, deed("custody_returned", returned_at))
    look(workspace, returned_at)

    assert shown(workspace) == ("running", returned_at + 3 * HOUR)
    assert breaches(workspace) == []


def test_a_clock_stands_while_the_task_of_a_colleague_stands_for_her(workspace: Workspace) -> None:
    joe = "hubspot:contact:1702"
    arrive(workspace)
    of_acme(workspace, JANE, joe)
    asked = [Touch(joe, f"joe:{kind}", kind, NOW) for kind in ("demo_request", "quote_request")]
    happens(workspace, *asked, Touch(joe, "joe:call", "contact_request", NOW))
    look(workspace, NOW)
    states = "SELECT person, state FROM clock WHERE promise = 'first_touch' ORDER BY person"
    assert [tuple(row) for row in rows(workspace, states)] == [(1, "running"), (2, "paused")]

    happens(workspace, deed("sales_rejected", NOW + HOUR))
    look(workspace, NOW + HOUR)
    wake(workspace)
    look(workspace, NOW + HOUR)

    assert [tuple(row) for row in rows(workspace, states)] == [(1, "closed"), (2, "running")]
    due = "SELECT due_at FROM clock WHERE promise = 'first_touch' AND person = 2"
    assert rows(workspace, due)[0].due_at == NOW + 5 * HOUR  # she was not to be called for an hour


def test_an_owner_of_both_crms_is_one_in_the_report(workspace: Workspace) -> None:
    ann = {"active": "true", "name": "Ann Doe", "email": "ann@acme.example"}
    for crm, number in (("hubspot", "9"), ("salesforce", "0055g00000AbCdEAAV")):
        page = Page("1", True, (Record("owner", number, 20, 5, attributes=ann),))
        save_page(workspace.store, crm, "all", page, NOW)
    arrive(workspace)
    with workspace.store.transaction() as tx:
        tx.execute(
            text("UPDATE clock SET owner = 'salesforce:owner:0055g00000AbCdEAAV' WHERE promise = 'decision'")
        )

    owners = {line.owner for line in sla_of(workspace, 90).lines}

    assert owners == {"Ann Doe (hubspot:owner:9)"}


def test_a_breach_goes_with_its_person_when_she_turns_out_to_be_an_older_one(workspace: Workspace) -> None:
    known = Record(
        "contact", "1600", 10, 5, attributes={"email": "j@acme.example"}, keys=("email:j@acme.example",)
    )
    save_page(workspace.store, "hubspot", "all", Page("0", True, (known,)), NOW)
    look(workspace, NOW)
    arrive(workspace)
    look(workspace, NOW + 5 * HOUR)

    one = known._replace(stamp=20, keys=(*known.keys, *NAMES))
    save_page(workspace.store, "hubspot", "all", Page("3", True, (one,)), NOW)
    look(workspace, NOW + 6 * HOUR)

    assert {row.person for row in rows(workspace, "SELECT person FROM clock")} == {1}
    assert [tuple(row) for row in rows(workspace, "SELECT person, promise FROM breach")] == [
        (1, "first_touch")
    ]
    assert shown(workspace) == ("breached", NOW + 4 * HOUR)


def test_whoever_is_forgotten_leaves_no_clock_and_no_breach(workspace: Workspace) -> None:
    arrive(workspace)
    look(workspace, NOW + 5 * HOUR)

    erase(workspace.store, ["email:jane@acme.example"], NOW + 6 * HOUR)

    assert rows(workspace, "SELECT * FROM clock") == []
    assert rows(workspace, "SELECT * FROM breach") == []


def test_the_report_is_read_from_the_store_and_tells_owners_by_name(workspace: Workspace) -> None:
    arrive(workspace)
    look(workspace, NOW + 5 * HOUR)
    workspace.now = lambda: NOW + 6 * HOUR

    found = sla_of(workspace, 90)

    assert [(one.promise, one.key, one.owner) for one in found.breached] == [
        ("first_touch", JANE, "Ann Doe (hubspot:owner:9)")
    ]
    assert [one.promise for one in found.running] == ["decision"]
    assert found.breached[0].seen_at == NOW + 5 * HOUR


def test_a_lead_on_hold_has_a_clock_that_stands_until_it_goes_on(workspace: Workspace) -> None:
    slas = replace(PROMISED, hold_statuses=("on hold",))
    arrive(workspace)
    _says(workspace, "On Hold", NOW + HOUR, 20)
    look(workspace, NOW + HOUR, slas)
    assert shown(workspace) == ("paused", None)

    _says(workspace, "Working", NOW + 2 * HOUR, 30)
    look(workspace, NOW + 2 * HOUR, slas)

    assert shown(workspace) == ("running", NOW + 5 * HOUR)


def _says(workspace: Workspace, status: str, at: int, stamp: int) -> None:
    """Somebody sets Jane's lead status."""
    known = {**KNOWN, "owner_id": "9", "lead_status": status}
    contact = Record("contact", "1701", at, 5, attributes=known, keys=NAMES)
    save_page(workspace.store, "hubspot", "all", Page(str(stamp), True, (contact,)), at)
