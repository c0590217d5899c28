"""What the store tells a connector about the rows it holds, on both engines."""

from __future__ import annotations

from connectors.holdings import Holdings
from connectors.records import Page, Record
from sync.store.engine import Store
from sync.store.holdings import StoreHoldings
from sync.store.pages import save_page

NOW = 1_795_000_000_000_000
IDS = ("1", "10", "11", "2", "a-1", "B2")


def filled(store: Store) -> StoreHoldings:
    records = [
        *(Record("contact", each, NOW, NOW, attributes={"page_views": 3, "city": each}) for each in IDS),
        Record("contact", "3", NOW, NOW, deleted=True),
        Record("company", "1", NOW, NOW),
    ]
    save_page(store, "hubspot", "contacts", Page("", True, records=tuple(records)), NOW)
    other = Record("contact", "12", NOW, NOW)
    save_page(store, "salesforce", "contacts", Page("", True, records=(other,)), NOW)
    return StoreHoldings(store, "hubspot")


def test_every_live_row_is_named_once_whatever_the_size_of_a_page(store: Store) -> None:
    held = filled(store)

    for limit in (1, 2, 100):
        found: list[str] = []
        while some := held.ids("contact", found[-1] if found else "", limit):
            found += some
        assert sorted(found) == sorted(IDS)


def test_a_row_says_what_it_said_last(store: Store) -> None:
    held = filled(store)

    assert held.attributes("contact", ["10", "404"]) == {"10": {"city": "10", "page_views": 3}}
    assert held("contact", [("1", NOW), ("2", NOW + 1), ("404", 0)]) == {"1"}
    assert isinstance(held, Holdings)


def test_what_changed_without_a_new_stamp_changed_when_it_was_noticed(store: Store) -> None:
    filled(store)
    again = Record("contact", "1", NOW, NOW, attributes={"page_views": 4, "city": "1"})

    save_page(store, "hubspot", "contacts", Page("", True, records=(again,)), NOW + 5)

    with store.reading() as tx:
        rows = tx.exec_driver_sql("SELECT field, before, value, occurred_at FROM change").all()
    assert [tuple(row) for row in rows] == [("page_views", "3", "4", NOW + 5)]
