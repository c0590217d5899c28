"""What the shell relies on in every connector, whichever CRM stands behind it: one suite for all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from crm_account import NOW, Account, Killed, Sandbox, sandbox
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.errors import OverQuota
from connectors.hubspot import fields as hubspot_fields
from connectors.outcome import Done
from connectors.own import OWN_FIELDS, OwnField
from connectors.protocol import FieldWrite, TaskWrite
from connectors.records import Value
from connectors.registry import FACTORIES
from connectors.salesforce import fields as salesforce_fields

PEOPLE = 60
CALLS_MAX = 3  # of one stream in which nothing changed
LEFT = 6  # calls of the day
TOMORROW = NOW + 86_400_000_000
CROWD = 320  # more than one page of changes
WEATHER = ("503", "502_html", "html", "reset_before", "reset", "cut", "badjson")
# Salesforce has no word for "too fast": what it answers then means that the day is used up.
WAYS = (("hubspot", "429"), *((crm, way) for crm in sorted(FACTORIES) for way in WEATHER))
FITS = {"hubspot": hubspot_fields.fits, "salesforce": salesforce_fields.fits}
SECOND = 1_000_000


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with sandbox(PEOPLE, "--no-limits") as started:
        yield started


@pytest.fixture(params=sorted(FACTORIES))
def account(request: pytest.FixtureRequest, running: Sandbox) -> Account:
    running.tell("/reset")
    return Account(request.param, running)


@pytest.fixture
def read(account: Account) -> Account:
    """An account whose fields exist and that was read to its end once."""
    connector = account.connector()
    connector.provision()
    account.read(connector)
    account.sandbox.tell("/counters/reset")
    return account


def again(account: Account) -> Account:
    """The same account, of which nothing was read yet."""
    account.sandbox.tell("/counters/reset")
    return Account(account.crm, account.sandbox)


def assert_same(account: Account, whole: Account) -> None:
    assert account.shelf.rows == whole.shelf.rows
    assert account.shelf.touches == whole.shelf.touches
    assert account.shelf.unread == whole.shelf.unread == []


def test_a_process_that_starts_anew_at_every_page_loses_and_repeats_nothing(read: Account) -> None:
    resumed = again(read)
    seen: list[tuple[str, str, str]] = []
    names = [stream.name for stream in read.connector().streams()]

    for name in names:
        while True:
            page = resumed.shelf.turn(resumed.connector(), name)
            seen += [(name, record.kind, record.id) for record in page.records]
            if page.caught_up:
                break

    assert_same(resumed, read)
    assert len(set(seen)) == len(seen) > PEOPLE


def test_a_poll_of_what_did_not_change_brings_nothing_new(read: Account) -> None:
    before = dict(read.shelf.rows), dict(read.shelf.touches)
    read.later(60)

    connector = read.connector()
    read.read(connector)

    assert (read.shelf.rows, read.shelf.touches) == before
    assert read.calls() <= CALLS_MAX * len(connector.streams())


@pytest.mark.parametrize("crm", sorted(FACTORIES))
def test_rows_that_share_one_stamp_all_arrive(crm: str) -> None:
    with sandbox(CROWD, "--no-limits") as crowded:
        account = Account(crm, crowded)
        connector = account.connector()
        connector.provision()
        account.read(connector)
        account.later(3_600)
        people = account.people()

        outcomes = connector.push([FieldWrite(row.kind, row.id, {"score": 40}) for row in people])
        account.later(60)
        account.read(connector)

    assert {type(outcome) for outcome in outcomes} == {Done}
    after = account.people()
    assert {row.own.get("score") for row in after} == {40}
    assert len({row.stamp for row in after}) == 1
    assert len(after) == len(people) > 150


def own_values(crm: str, own: OwnField) -> st.SearchStrategy[Any]:
    kinds: dict[str, st.SearchStrategy[Any]] = {
        "text": st.text(min_size=1, max_size=255),
        "number": st.integers(-(10**15), 10**15),
        "instant": st.integers(0, 4_102_444_800).map(lambda seconds: seconds * SECOND),
        "choice": st.sampled_from(own.choices or ("",)),
    }
    return kinds[own.type].filter(lambda value: FITS[crm](own, value))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_own_field_comes_back_from_the_crm_as_it_was_written(
    read: Account, data: st.DataObject
) -> None:
    person = min(read.people(), key=lambda row: (row.kind, row.id))
    wanted = {own.name: data.draw(own_values(read.crm, own), own.name) for own in OWN_FIELDS}
    connector = read.connector()

    (outcome,) = connector.push([FieldWrite(person.kind, person.id, wanted)])
    read.later(60)
    read.read(connector, f"{person.kind}s")

    assert isinstance(outcome, Done)
    assert read.shelf.rows[person.kind, person.id].own == wanted


def test_what_was_cleared_is_no_longer_there(read: Account) -> None:
    person = read.people()[0]
    connector = read.connector()

    told: list[dict[str, Value | None]] = [{"reason": "asked for a quote", "score": 7}, {"reason": None}]
    for values in told:
        connector.push([FieldWrite(person.kind, person.id, values)])
        read.later(60)
        read.read(connector, f"{person.kind}s")

    assert read.shelf.rows[person.kind, person.id].own == {"score": 7}


def task_for(read: Account) -> TaskWrite:
    person = min(read.people(), key=lambda row: (row.kind, row.id))
    about = person.kind, person.id, read.owner()
    return TaskWrite("mqlsync:conformance:1", *about, "Call back", "She asked.", TOMORROW)


def test_a_task_pushed_again_and_again_is_made_once(read: Account) -> None:
    task = task_for(read)

    outcomes = [read.connector().push_tasks([task]) for _ in range(3)]
    read.later(60)
    outcomes.append(read.connector().push_tasks([task]))

    assert all(isinstance(outcome, Done) for (outcome,) in outcomes)
    assert read.tasks() == [task.key]


def test_fields_pushed_again_are_done_again_and_stay_what_they_are(read: Account) -> None:
    person = read.people()[0]
    write = FieldWrite(person.kind, person.id, {"score": 61, "reason": "asked for a demo"})
    connector = read.connector()

    first, second = connector.push([write]), connector.push([write])
    read.later(60)
    read.read(connector, f"{person.kind}s")

    assert first == second
    assert read.shelf.rows[person.kind, person.id].own == dict(write.fields)


@pytest.mark.parametrize(("account", "way"), WAYS, indirect=["account"])
def test_weather_at_every_third_call_changes_nothing(read: Account, way: str) -> None:
    stormy = again(read)
    faults = [{"crm": read.crm, "way": way, "call": number} for number in range(2, 120, 3)]
    for fault in faults:
        stormy.sandbox.tell("/faults", **fault)

    stormy.read(stormy.connector())

    assert len(stormy.sandbox.look("/faults")["faults"]) < len(faults) - 3
    assert_same(stormy, read)


@pytest.mark.parametrize("every", [1, 2, 7])
def test_a_process_killed_at_any_call_goes_on_in_the_next(read: Account, every: int) -> None:
    """Each life gets a little further than the one before, which is all that a bookmark promises."""
    killed = again(read)
    life = 0
    finished: list[str] = []
    names = [stream.name for stream in read.connector().streams()]
    while len(finished) < len(names):
        life += 1
        assert life < 200
        killed.dies_after(6 + every * life)
        try:
            connector = killed.connector()
            for name in names[len(finished) :]:
                killed.read(connector, name)
                finished.append(name)
        except Killed:
            continue

    assert_same(killed, read)


@pytest.mark.parametrize("point", [1, 2, 3, 4, 6, 8, 10])
def test_a_process_killed_while_it_makes_a_task_makes_it_once(read: Account, point: int) -> None:
    task = task_for(read)
    read.dies_after(point)
    with suppress(Killed):
        read.connector().push_tasks([task])
    read.dies_after(0)
    read.later(60)

    (outcome,) = read.connector().push_tasks([task])

    assert isinstance(outcome, Done)
    assert read.tasks() == [task.key]


@pytest.mark.parametrize("crm", sorted(FACTORIES))
def test_when_the_day_is_used_up_nobody_is_called_any_more(crm: str) -> None:
    with sandbox(10) as limited:
        account = Account(crm, limited)
        connector = account.connector()
        limited.tell("/portal" if crm == "hubspot" else "/salesforce", calls_left=LEFT)

        with pytest.raises(OverQuota):
            account.read(connector)
        spent = account.calls()
        with pytest.raises(OverQuota):
            account.read(connector)

        assert account.calls() == spent <= LEFT + 2
