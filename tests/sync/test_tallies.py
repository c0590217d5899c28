"""What a CRM counts is held against what is stored, in the transaction that keeps the page."""

from __future__ import annotations

from dataclasses import replace

from connectors.records import Count, Page, Record, Unread
from sync.store.engine import Store
from sync.store.erase import erase
from sync.store.pages import save_page
from sync.store.tallies import tallies

NOW = 1_795_000_000_000_000
LINE = NOW - 600_000_000
LEADS = Count("leads", "lead", LINE, still=3, moved=1)


def saved(store: Store, *counts: Count, now: int = NOW) -> None:
    rows = (
        Record("lead", "1", LINE, 0),
        Record("lead", "2", LINE - 5, 0),
        Record("lead", "moved", LINE + 1, 0),
        Record("lead", "gone", LINE - 5, 0, deleted=True),
        Record("contact", "3", LINE - 5, 0),
    )
    unread = (Unread("leads", "4", "is no row", b""),)
    save_page(store, "hubspot", "contacts", Page("", True, records=(Record("lead", "1", LINE, 0),)), now)
    save_page(store, "salesforce", "leads", Page("", True, records=rows, unread=unread), now)
    save_page(store, "salesforce", "deletions", Page("", True, counts=counts), now)


def test_only_living_rows_of_that_kind_and_account_up_to_the_line_count(store: Store) -> None:
    saved(store, LEADS)

    with store.reading() as tx:
        (found,) = tallies(tx)

    assert (found.connection, found.stream, found.there, found.held) == ("salesforce", "leads", 3, 2)
    assert (found.excused, found.moved, found.counted_at) == (1, 1, NOW)
    assert (found.missing, found.surplus) == (0, 0)


def test_a_row_that_came_with_the_same_page_is_there(store: Store) -> None:
    row = Record("lead", "1", LINE, 0)
    save_page(store, "salesforce", "deletions", Page("", True, records=(row,), counts=(LEADS,)), NOW)

    with store.reading() as tx:
        assert tallies(tx)[0].held == 1


def test_the_last_comparison_stands_and_pages_without_one_leave_it(store: Store) -> None:
    saved(store, LEADS)
    saved(store, replace(LEADS, still=4), Count("contacts", "contact", LINE, still=1, moved=0), now=NOW + 5)
    saved(store, now=NOW + 9)

    with store.reading() as tx:
        found = [(one.stream, one.there, one.counted_at) for one in tallies(tx)]

    assert found == [("leads", 4, NOW + 5), ("contacts", 1, NOW + 5)]


def test_people_who_were_erased_are_not_missing(store: Store) -> None:
    erase(store, ["salesforce:lead:5"], NOW)
    saved(store, replace(LEADS, still=4))

    with store.reading() as tx:
        (found,) = tallies(tx)

    assert (found.excused, found.missing) == (2, 0)
