"""Rows that disappear: binned, purged, merged, converted, taken back, and missed while we were away."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from salesforce_fake import Fake, fake

from connectors.salesforce.deletions import HORIZON, SWEEP_EVERY
from connectors.salesforce.instants import DAY, SECOND
from sandbox.salesforce import deletions

DAY_S = DAY // SECOND
HOUR_S = 3600.0


@pytest.fixture
def org() -> Iterator[Fake]:
    with fake() as one:
        one.read()
        yield one


def some_leads(org: Fake) -> list[str]:
    rows = org.shelf.rows.values()
    return sorted(
        r.id for r in rows if r.kind == "lead" and not r.deleted and "contact_key" not in r.attributes
    )


def everything_agrees(org: Fake) -> None:
    for kind, name in (("lead", "Lead"), ("contact", "Contact"), ("company", "Account")):
        assert org.shelf.live(kind) == org.there(name)


def test_a_deleted_lead_comes_with_the_next_poll_and_an_undeleted_one_comes_back(org: Fake) -> None:
    lead = some_leads(org)[0]
    org.later(60)
    deletions.bin_row(org.crm.org, "Lead", org.crm.org.find(lead)[1])  # type: ignore[index]
    org.later(60)

    org.read("leads")
    is_gone = org.shelf.rows["lead", lead].deleted
    deletions.undelete(org.crm.org, lead)
    org.later(60)
    org.read("leads")

    assert is_gone
    assert not org.shelf.rows["lead", lead].deleted


@pytest.mark.parametrize(
    ("stream", "name", "told_as"), [("tasks", "Task", "task"), ("events", "Event", "event")]
)
def test_a_deleted_call_or_meeting_is_taken_back_and_an_undeleted_one_is_told_again(
    org: Fake, stream: str, name: str, told_as: str
) -> None:
    told = next(each for each in sorted(org.shelf.touches) if each.startswith(f"{told_as}:"))
    others = org.shelf.touches.keys() - {told}
    row_id = told.partition(":")[2]
    org.later(60)
    deletions.bin_row(org.crm.org, name, org.crm.org.find(row_id)[1])  # type: ignore[index]
    org.later(60)

    org.read(stream)
    after_deletion = set(org.shelf.touches)
    deletions.undelete(org.crm.org, row_id)
    org.later(60)
    org.read(stream)

    assert after_deletion == others
    assert told in org.shelf.touches


def test_a_call_that_is_open_again_is_taken_back(org: Fake) -> None:
    told = next(each for each in sorted(org.shelf.touches) if each.startswith("task:"))
    org.later(60)
    row = org.crm.org.find(told.partition(":")[2])[1]  # type: ignore[index]
    org.crm.org.tables["Task"].put({**row, "IsClosed": False, "SystemModstamp": org.crm.org.stamp()})
    org.later(60)

    org.read("tasks")

    assert told not in org.shelf.touches


def test_a_merged_lead_points_to_its_winner(org: Fake) -> None:
    winner, loser = some_leads(org)[:2]
    org.later(60)
    deletions.merge(org.crm.org, winner, loser)
    org.later(60)

    org.read("leads")

    assert org.shelf.rows["lead", loser].deleted
    assert f"salesforce:lead:{winner}" in org.shelf.rows["lead", loser].keys


def test_a_converted_lead_points_to_its_contact_and_keeps_doing_so_when_it_is_gone(org: Fake) -> None:
    lead, contact = some_leads(org)[0], min(org.shelf.live("contact"))
    org.later(60)
    deletions.convert(org.crm.org, lead, contact)
    org.later(60)
    org.read("leads")
    converted = org.shelf.rows["lead", lead]

    deletions.purge(org.crm.org, lead)
    org.later(HOUR_S)
    org.read("deletions")

    key = f"salesforce:contact:{contact}"
    assert key in converted.keys
    assert converted.attributes["converted"] == "true"
    assert org.shelf.rows["lead", lead].deleted
    assert key in org.shelf.rows["lead", lead].keys


def test_a_purged_row_is_found_in_the_log_and_what_was_known_of_it_stays(org: Fake) -> None:
    lead = some_leads(org)[0]
    before = org.shelf.rows["lead", lead]
    org.later(60)
    deletions.purge(org.crm.org, lead)
    org.later(HOUR_S)

    org.read("leads", "deletions")

    assert org.shelf.rows["lead", lead].deleted
    assert org.shelf.rows["lead", lead].attributes == before.attributes
    assert set(org.shelf.rows["lead", lead].keys) == set(before.keys)
    everything_agrees(org)


@pytest.mark.parametrize("away_days", [HORIZON // DAY + 2, SWEEP_EVERY // DAY + 1])
def test_after_a_long_time_away_all_ids_are_compared(org: Fake, away_days: int) -> None:
    first, second, *_ = some_leads(org)
    deletions.purge(org.crm.org, first)
    org.crm.org.deleted.clear()  # the log has been purged meanwhile
    org.later(away_days * DAY_S)
    org.fresh()

    org.read("deletions")

    assert org.shelf.rows["lead", first].deleted
    assert not org.shelf.rows["lead", second].deleted
    everything_agrees(org)


def test_a_log_that_does_not_reach_back_is_not_believed(org: Fake) -> None:
    lead = some_leads(org)[0]
    deletions.purge(org.crm.org, lead)
    org.crm.org.deleted.clear()
    org.later(2 * DAY_S)
    org.crm.org.log_from = org.clock.now() // SECOND - 60

    org.read("deletions")

    assert org.shelf.rows["lead", lead].deleted


def test_a_sweep_reads_what_the_store_lacks(org: Fake) -> None:
    lead = some_leads(org)[0]
    del org.shelf.rows["lead", lead]
    org.later(8 * DAY_S)

    org.read("deletions")

    assert not org.shelf.rows["lead", lead].deleted
    everything_agrees(org)


def test_a_sweep_that_was_cut_off_goes_on_where_it_was(org: Fake) -> None:
    lead = some_leads(org)[0]
    deletions.purge(org.crm.org, lead)
    org.later(8 * DAY_S)

    for _ in range(40):
        org.fresh()
        if org.read("deletions", pages=1)[0].caught_up:
            break

    assert org.shelf.rows["lead", lead].deleted
    everything_agrees(org)


def test_with_nothing_gone_the_log_costs_one_call_an_hour(org: Fake) -> None:
    org.later(HOUR_S)
    calls = len(org.stub.calls)

    org.read("deletions")

    assert len(org.stub.calls) == calls + 1
    everything_agrees(org)
