"""The org's own count of its rows: asked for seldom, and right whatever happens meanwhile."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from salesforce_fake import Fake, fake

from connectors.records import Count
from connectors.salesforce.counts import EVERY
from connectors.salesforce.deletions import WATCHED
from connectors.salesforce.instants import SECOND
from sandbox.salesforce import deletions

EVERY_S = EVERY // SECOND


@pytest.fixture
def org() -> Iterator[Fake]:
    with fake() as one:
        one.read()
        one.later(EVERY_S)
        yield one


def counted(org: Fake, *names: str) -> dict[str, Count]:
    pages = org.read(*names)
    return {count.stream: count for page in pages for count in page.counts}


def stored(org: Fake, count: Count) -> int:
    """So many living rows of the shelf stood still since the count's line."""
    rows = org.shelf.rows.values()
    return len([r for r in rows if r.kind == count.kind and not r.deleted and r.stamp <= count.until])


def test_what_the_org_counts_is_what_was_read(org: Fake) -> None:
    found = counted(org)

    assert set(found) == set(WATCHED)
    assert {name: one.still for name, one in found.items()} == {
        name: stored(org, one) for name, one in found.items()
    }
    assert found["leads"].still > 50


def test_rows_are_counted_at_most_every_six_hours(org: Fake) -> None:
    org.fresh()
    assert counted(org)
    org.later(EVERY_S - 1)
    assert not counted(org)
    org.later(1)
    assert counted(org)


def test_before_all_streams_were_read_nothing_is_counted(org: Fake) -> None:
    org.fresh()

    assert not counted(org, "deletions")
    assert counted(org, *WATCHED, "deletions")


def test_rows_that_change_behind_the_reading_are_counted_as_moved(org: Fake) -> None:
    before = counted(org)["leads"]
    org.later(EVERY_S)
    org.read(*WATCHED)
    lead = next(r.id for r in org.shelf.rows.values() if r.kind == "lead" and not r.deleted)
    place = org.crm.org.find(lead)
    assert place is not None
    deletions.bin_row(org.crm.org, "Lead", place[1])

    after = counted(org, "deletions")["leads"]

    assert after.still == before.still + before.moved - 1
    assert after.moved == 1
    assert stored(org, after) - after.still == after.moved
