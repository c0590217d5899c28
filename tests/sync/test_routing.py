"""Who is given whom when there are territories: owners, seats, leave, turns, and those nobody can take."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from leads import NOW, Office, copied, made, owner, person
from sqlalchemy import text

from config.settings import Salesforce
from sync.clock import DAY, HOUR
from sync.cycle import judge_of
from sync.handoff.unrouted import territories_checked, unrouted_of
from sync.score import judge_people
from sync.store.assignments import turns_of
from sync.store.engine import Store
from sync.store.people import resolve_records, wake_touched
from sync.store.verdicts import due_people

TEAM = "territories: [{name: de, owners: ['7', '8', '9'], countries: Germany}]"
AWAY = """\
sla:
  calendars: {office: {zone: UTC, shifts: mon-sun 00:00-24:00}}
  default: {calendar: office}
  owners: {'7': {leave: [{first: 2024-10-03, last: 2024-10-04}]}}
"""
DEFAULT = "00500000000000DAAY"


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("store"))


@pytest.fixture
def office(empty: Path, tmp_path: Path) -> Iterator[Office]:
    with copied(empty, tmp_path / "store") as store:
        yield opened_in(store, tmp_path)


@pytest.fixture
def any_engine(store: Store, tmp_path: Path) -> Office:
    return opened_in(store, tmp_path)


def opened_in(store: Store, folder: Path) -> Office:
    """Three owners in HubSpot. The first one works in Salesforce, too; her address says so."""
    opened = Office.opened(folder / "workspace", store)
    opened.changes(TEAM)
    for number in "789":
        opened.hears(("hubspot", owner(number, email=f"{number}@us.example")))
    opened.hears(("salesforce", owner("00500000000000SAAA", email="7@US.example")))
    return opened


def test_turns_go_round_among_leads_whom_nobody_owns(any_engine: Office) -> None:
    for number in range(6):
        any_engine.arrives(f"lead{number}", at=NOW - DAY + number * HOUR)
    any_engine.judges()

    assert [owner_id for _, owner_id in any_engine.tasks()] == ["7", "8", "9", "7", "8", "9"]
    assert {rows[-1].territory for rows in any_engine.given().values()} == {"de"}


def test_a_live_owner_keeps_her_lead_and_it_costs_no_turn(office: Office) -> None:
    office.arrives("ann", owner_id="9")
    office.judges()

    assert office.tasks() == [("hubspot:contact:ann", "9")]
    with office.store.reading() as tx:
        assert turns_of(tx) == {}


@pytest.mark.parametrize("who", ["queue", "gone", "nobody knows"])
def test_a_lead_of_whoever_does_no_tasks_goes_to_the_territory(office: Office, who: str) -> None:
    office.hears(("hubspot", owner("queue", active="false", queue="true")))
    office.hears(("hubspot", owner("gone", active="false")))
    office.arrives("ann", owner_id=who)
    office.judges()

    assert office.owners() == {"ann": "7"}


def test_an_owner_is_the_same_person_in_both_crms(office: Office) -> None:
    office.arrives("ann", crm="salesforce", kind="lead")
    office.judges()

    assert office.tasks() == [("salesforce:lead:ann", "00500000000000SAAA")]


def test_an_address_that_two_users_of_one_crm_have_links_nobody(office: Office) -> None:
    office.hears(("salesforce", owner("00500000000000TAAA", email="7@us.example")))
    office.arrives("ann", crm="salesforce", kind="lead")
    office.judges()

    assert office.tasks() == []
    assert [one.cause for one in unrouted_of(office.workspace).waiting] == [
        "nobody in `de` can take her: 3 not in salesforce"
    ]


def test_a_short_id_of_salesforce_names_the_same_user(office: Office) -> None:
    office.changes("territories: [{name: de, owners: ['00500000000000S']}]")
    office.arrives("ann", crm="salesforce", kind="lead")
    office.arrives("bea")
    office.judges()

    assert office.tasks() == [("hubspot:contact:bea", "7"), ("salesforce:lead:ann", "00500000000000SAAA")]


def test_who_is_on_leave_gets_nobody_and_catches_up(office: Office) -> None:
    office.changes(f"{TEAM}\n{AWAY}")
    before, during, after = NOW - 3 * DAY, NOW, NOW + 2 * DAY

    shared = []
    for now, count in ((before, 3), (during, 2), (after, 1)):
        office.now = now
        for number in range(count):
            office.arrives(f"lead{now}x{number}", at=now - DAY // 2 + number * HOUR)
        office.judges()
        office.sends()
        shared.append(Counter(office.owners().values()))

    assert shared == [
        {"7": 1, "8": 1, "9": 1},
        {"7": 1, "8": 2, "9": 2},
        {"7": 2, "8": 2, "9": 2},
    ]


def test_whoever_loses_a_lead_before_any_crm_has_the_task_has_lost_no_turn(office: Office) -> None:
    for name in ("ann", "bea"):
        office.arrives(name)
    office.judges()
    assert office.owners() == {"ann": "7", "bea": "8"}

    office.changes(f"{TEAM}\n{AWAY}")
    office.judges()

    assert office.owners() == {"ann": "9", "bea": "8"}
    with office.store.reading() as tx:
        assert turns_of(tx)["de"] == {"hubspot:owner:7": 0, "hubspot:owner:8": 1, "hubspot:owner:9": 1}


def test_a_task_that_a_crm_has_stays_with_whom_it_was_given_to_during_leave(office: Office) -> None:
    office.arrives("ann")
    office.judges()
    office.sends()

    office.changes(f"{TEAM}\n{AWAY}")
    office.hears(("hubspot", person("ann", title="CMO")))
    office.judges()

    assert [one.owner_id for one in office.given()["ann"]] == ["7"]


def test_a_task_goes_to_the_next_when_its_owner_has_left(office: Office) -> None:
    office.arrives("ann")
    office.judges()
    office.sends()

    office.hears(("hubspot", owner("7", active="false")))
    office.judges()

    given = office.given()["ann"]
    assert [(one.owner_id, one.how) for one in given] == [("7", "territory"), ("8", "territory")]


def test_a_task_follows_the_record_to_a_new_owner_and_that_is_noted(office: Office) -> None:
    office.arrives("ann")
    office.judges()
    office.sends()

    office.now += HOUR
    office.hears(("hubspot", person("ann", owner_id="9")))
    office.judges()

    given = office.given()["ann"]
    assert [(one.owner_id, one.how, one.since) for one in given] == [
        ("7", "territory", NOW),
        ("9", "owner", NOW + HOUR),
    ]


def test_whom_nobody_can_take_is_listed_and_given_out_when_an_owner_comes_back(any_engine: Office) -> None:
    any_engine.changes("territories: [{name: de, owners: ['6', '9', 'q', 'x']}]")
    any_engine.hears(("hubspot", owner("9", active="false", email="9@us.example")))
    any_engine.hears(
        ("hubspot", owner("6", active="false")), ("hubspot", owner("q", active="false", queue="true"))
    )
    any_engine.arrives("ann")
    any_engine.judges()

    found = unrouted_of(any_engine.workspace)
    assert any_engine.tasks() == []
    assert [(one.records, one.cause) for one in found.waiting] == [
        (["hubspot:contact:ann"], "nobody in `de` can take her: 2 inactive, 1 a queue, 1 unknown")
    ]
    assert [(one.owner, one.what) for one in found.troubles] == [
        *(("6", "inactive"), ("9", "inactive"), ("q", "a queue"), ("x", "unknown")),
    ]
    states = [one.state for one in territories_checked(any_engine.workspace)]
    assert states == ["warning", "warning", "warning", "error"]

    any_engine.hears(("hubspot", owner("9", email="9@us.example")))
    any_engine.judges()

    assert any_engine.tasks() == [("hubspot:contact:ann", "9")]
    assert unrouted_of(any_engine.workspace).waiting == []


def test_a_lead_of_no_territory_is_listed_and_given_out_when_the_territories_change(office: Office) -> None:
    office.arrives("ann", country="France")
    office.judges()
    (waiting,) = unrouted_of(office.workspace).waiting
    assert waiting.cause == "no territory takes country France, industry Software, employees 500"

    office.changes(TEAM.replace("Germany", "[Germany, France]"))
    office.judges()

    assert office.owners() == {"ann": "7"}


def test_a_lead_is_tried_again_when_leave_ends(office: Office) -> None:
    office.changes(f"territories: [{{name: alone, owners: ['7']}}]\n{AWAY}")
    office.arrives("ann")
    office.judges()
    assert office.owners() == {"ann": ""}

    office.now = NOW + 2 * DAY
    office.judges()

    assert office.owners() == {"ann": "7"}


def test_the_default_owner_takes_whom_nobody_in_the_territories_can(office: Office) -> None:
    office.changes(TEAM, salesforce=Salesforce(default_owner=DEFAULT))
    office.arrives("ann", crm="salesforce", kind="lead", country="France")
    office.judges()

    assert office.tasks() == [("salesforce:lead:ann", DEFAULT)]
    assert office.given()["ann"][-1].how == "stand-in"


def test_without_an_owner_and_without_territories_a_lead_is_listed(office: Office) -> None:
    office.changes("")
    office.arrives("ann")
    office.judges()

    (waiting,) = unrouted_of(office.workspace).waiting
    assert waiting.cause.startswith("nobody who works owns one of her records")


def test_a_lead_that_is_no_mql_any_more_waits_for_nobody(office: Office) -> None:
    office.arrives("ann", country="France")
    office.judges()

    office.does("ann", "sales_rejected")
    office.judges()

    assert unrouted_of(office.workspace).waiting == []


def test_region_postcode_language_size_and_account_choose_the_territory(office: Office) -> None:
    office.changes(
        "territories:\n"
        "  - {name: named, owners: ['7'], accounts: [Buyer.example]}\n"
        "  - {name: post, owners: ['8'], postcodes: ['10'], regions: [Berlin]}\n"
        "  - {name: small, owners: ['9'], employees_below: 100, languages: [de]}\n"
    )
    office.arrives("ann", email="ann@buyer.example", postcode="10115", region="Berlin")
    office.arrives("bea", postcode="10115", region="berlin")
    office.arrives("cat", employees="99", language="de", postcode="10115")
    office.arrives("dot", employees="100", language="de")
    office.judges()

    assert office.owners() == {"ann": "7", "bea": "8", "cat": "9", "dot": ""}


def test_an_owner_who_is_away_in_one_crm_is_away_in_the_other(office: Office) -> None:
    office.changes(f"{TEAM}\n{AWAY}")
    office.arrives("ann", crm="salesforce", kind="lead")
    office.judges()

    (waiting,) = unrouted_of(office.workspace).waiting
    assert waiting.cause == "nobody in `de` can take her: 1 on leave, 2 not in salesforce"


class Killed(Exception):
    """The process ended before the transaction did."""


def test_turns_stay_within_one_through_kills_retries_and_absences(office: Office) -> None:
    luck, team = random.Random(7), ("7", "8", "9")
    for round_ in range(8):
        away = luck.choice([*team, ""]) if 0 < round_ < 6 else ""
        for number in team:
            active = "false" if number == away else "true"
            office.hears(("hubspot", owner(number, active=active, email=f"{number}@us.example")))
        for place in range(10):
            office.arrives(f"lead{round_}x{place}", at=NOW - DAY + round_ * HOUR)
        judge_with_kills(office, luck)
    counts = Counter(office.owners().values())

    assert sum(counts.values()) == 80
    assert max(counts.values()) - min(counts.values()) <= 1
    with office.store.reading() as tx:
        assert turns_of(tx)["de"] == {f"hubspot:owner:{one}": counts[one] for one in team}


def judge_with_kills(office: Office, luck: random.Random) -> None:
    """Batches of a few people; half of them are killed at the last moment and begin anew."""
    store = office.store
    while resolve_records(store, 100):
        pass
    wake_touched(store)
    judge = judge_of(office.workspace)
    while True:
        try:
            with store.transaction() as tx:
                people = due_people(tx, office.now, luck.randint(1, 5))
                if not people:
                    return
                judge_people(store, tx, judge, people, office.now)
                if luck.random() < 0.5:
                    raise Killed
        except Killed:
            continue


def test_whoever_is_judged_again_costs_no_turn(any_engine: Office) -> None:
    for name in ("ann", "bea"):
        any_engine.arrives(name)
    any_engine.judges()

    with any_engine.store.transaction() as tx:
        tx.execute(text("UPDATE person SET due_at = 0"))
    any_engine.judges()

    with any_engine.store.reading() as tx:
        turns = turns_of(tx)
    assert turns == {"de": {"hubspot:owner:7": 1, "hubspot:owner:8": 1, "hubspot:owner:9": 0}}
    assert [len(rows) for rows in any_engine.given().values()] == [1, 1]
