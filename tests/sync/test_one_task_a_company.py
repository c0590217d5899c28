"""Several people of one company who qualify are one task, whenever and in whichever CRM they come."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from leads import NOW, Office, company, copied, made, owner, person

from sync.clock import DAY, HOUR
from sync.store.engine import Store
from sync.store.erase import erase

FIVE = ("ann", "bea", "cat", "dot", "eve")


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
    opened = Office.opened(folder / "workspace", store)
    opened.hears(("hubspot", owner("9")), ("hubspot", owner("8")), ("salesforce", owner("S9")))
    return opened


def arrive(office: Office, *names: str, **more: str) -> None:
    for number, name in enumerate(FIVE):
        if name in names:
            mail = f"{name}@acme.example"
            office.arrives(name, email=mail, owner_id="9", at=NOW - DAY + number * HOUR, **more)


@pytest.mark.parametrize("one_by_one", [False, True], ids=["in one batch", "in batches of one"])
def test_five_contacts_of_one_account_are_one_task(any_engine: Office, one_by_one: bool) -> None:
    arrive(any_engine, *FIVE)

    any_engine.judges(one_by_one=one_by_one)

    assert any_engine.tasks() == [("hubspot:contact:ann", "9")]
    given = any_engine.given()
    assert {name: rows[-1].how for name, rows in given.items()} == {"ann": "owner"} | dict.fromkeys(
        FIVE[1:], "account"
    )
    assert {rows[-1].carrier for rows in given.values()} == {given["ann"][0].episode}


def test_who_joins_a_task_stands_in_its_text_although_no_record_says_where_she_works(office: Office) -> None:
    arrive(office, "ann")
    office.judges()
    assert "bea" not in office.text("ann")

    arrive(office, "bea")
    office.judges()

    assert "bea@acme.example" in office.text("ann")


def test_five_contacts_who_qualify_in_different_cycles_are_one_task(office: Office) -> None:
    for name in FIVE:
        arrive(office, name)
        office.judges()
    office.sends()
    office.judges()

    assert office.tasks() == [("hubspot:contact:ann", "9")]


def test_people_of_different_companies_have_a_task_each(office: Office) -> None:
    office.arrives("ann", email="ann@acme.example", owner_id="9")
    office.arrives("bea", email="bea@buyer.example", owner_id="9")
    office.judges()

    assert len(office.tasks()) == 2


def test_a_host_where_anybody_has_a_mailbox_is_no_company(office: Office) -> None:
    office.hears(("hubspot", company("7", name="Some shop", domain="gmail.com")))
    for name in ("ann", "bea"):
        office.arrives(name, email=f"{name}@gmail.com", owner_id="9", company_key="hubspot:company:7")
    office.judges()

    assert len(office.tasks()) == 2


def test_pages_at_a_social_network_make_no_two_firms_one(office: Office) -> None:
    for name in ("ann", "bea"):
        page = f"https://www.linkedin.com/company/{name}"
        office.hears(("salesforce", company(f"A{name}", website=page)))
        firm = f"salesforce:company:A{name}"
        office.arrives(name, crm="salesforce", owner_id="S9", company_key=firm)
    office.judges()

    assert len(office.tasks()) == 2


def test_one_firm_in_two_crms_is_one_company_by_its_domain(office: Office) -> None:
    office.hears(("hubspot", company("7", domain="acme.example")))
    office.hears(("salesforce", company("A7", website="https://www.Acme.example/shop")))
    office.arrives("ann", email="ann@holding.example", owner_id="9", company_key="hubspot:company:7")
    office.arrives(
        *("bea",),
        crm="salesforce",
        email="bea@sub.example",
        owner_id="S9",
        company_key="salesforce:company:A7",
    )
    office.judges()

    assert office.tasks() == [("hubspot:contact:ann", "9")]
    assert office.given()["bea"][-1].connection == "hubspot"


def test_when_the_tasks_person_is_disposed_of_the_next_has_one_with_the_same_owner(
    any_engine: Office,
) -> None:
    arrive(any_engine, "ann", "bea", "cat")
    any_engine.judges()
    any_engine.sends()

    any_engine.does("ann", "sales_rejected")
    any_engine.judges()

    assert any_engine.tasks() == [("hubspot:contact:ann", "9"), ("hubspot:contact:bea", "9")]
    given = any_engine.given()
    assert {given[name][-1].carrier for name in ("bea", "cat")} == {given["bea"][-1].episode}
    assert len(given["bea"]) == 1  # her owner is the same, so no clock changes hands


def test_a_task_that_waits_goes_over_when_its_person_is_disposed_of_before_it_was_sent(
    office: Office,
) -> None:
    arrive(office, "ann", "bea")
    office.judges()

    office.does("ann", "sales_rejected")
    office.judges(one_by_one=True)

    assert office.tasks() == [("hubspot:contact:bea", "9")]


def test_who_comes_after_sales_took_a_colleague_goes_to_the_same_person(office: Office) -> None:
    office.changes("territories: [{name: all, owners: ['8', '9']}]")
    office.arrives("ann", email="ann@acme.example", owner_id="9")
    office.judges()
    office.sends()
    office.does("ann", "sales_accepted")
    office.judges()

    office.arrives("bea", email="bea@acme.example")
    office.judges()

    last = office.given()["bea"][-1]
    assert (last.owner_id, last.how, last.carrier) == ("9", "account", last.episode)


def test_two_that_turn_out_to_be_one_company_keep_the_tasks_they_have(office: Office) -> None:
    arrive(office, "ann")
    office.arrives("bea", email="bea@buyer.example", owner_id="8")
    office.judges()
    office.sends()

    office.hears(("hubspot", company("7", domain="acme.example")))
    bea = person("bea", email="bea@buyer.example", owner_id="8", company_key="hubspot:company:7")
    office.hears(("hubspot", bea))
    office.judges()

    assert len(office.tasks()) == 2
    arrive(office, "cat")
    office.judges()
    assert len(office.tasks()) == 2


def test_two_tasks_that_wait_become_one_when_their_people_turn_out_to_be_colleagues(office: Office) -> None:
    arrive(office, "ann")
    office.arrives("bea", email="bea@buyer.example", owner_id="8")
    office.judges()
    assert len(office.tasks()) == 2

    office.hears(("hubspot", company("7", domain="acme.example")))
    bea = person("bea", email="bea@buyer.example", owner_id="8", company_key="hubspot:company:7")
    office.hears(("hubspot", bea))
    office.judges()

    assert office.tasks() == [("hubspot:contact:ann", "9")]


def test_who_turns_out_to_be_a_colleague_who_has_the_task_leaves_it_with_her(office: Office) -> None:
    arrive(office, "ann", "bea", "cat")
    office.judges()
    office.sends()

    office.hears(("hubspot", person("bea", email="ann@acme.example", owner_id="9")))
    office.judges()
    office.judges()

    assert office.tasks() == [("hubspot:contact:ann", "9")]
    given = office.given()
    assert given.keys() == {"ann", "cat"}
    assert given["cat"][-1].carrier == given["ann"][-1].episode


def test_when_the_tasks_person_is_forgotten_the_next_has_one(office: Office) -> None:
    arrive(office, "ann", "bea")
    office.judges()

    erase(office.store, ["email:ann@acme.example"], NOW)
    office.judges()

    assert office.tasks() == [("hubspot:contact:bea", "9")]


@pytest.mark.parametrize("one_by_one", [False, True], ids=["in one batch", "in batches of one"])
def test_whom_nobody_could_take_joins_the_task_of_a_colleague_who_comes_later(
    office: Office, one_by_one: bool
) -> None:
    office.arrives("ann", email="ann@acme.example")
    office.arrives("bea", email="bea@acme.example", owner_id="9", at=NOW - HOUR)
    office.judges(one_by_one=one_by_one)

    given = office.given()
    assert office.tasks() == [("hubspot:contact:bea", "9")]
    assert given["ann"][-1].carrier == given["bea"][-1].episode
    assert given["ann"][-1].cause == ""


def test_a_second_look_changes_nothing(office: Office) -> None:
    arrive(office, *FIVE)
    office.judges()
    before = office.given(), office.tasks()

    office.hears(*(("hubspot", person(name, email=f"{name}@acme.example", owner_id="9")) for name in FIVE))
    office.judges(one_by_one=True)

    assert (office.given(), office.tasks()) == before
