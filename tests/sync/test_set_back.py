"""A standard field that somebody moved back stands in the report of drift, and only of records we keep."""

from __future__ import annotations

from connectors.records import Page, Record, SetBack
from sync.safety.drift import drift
from sync.store.engine import Store
from sync.store.pages import save_page

NOW = 1_795_000_000_000_000


def test_what_was_moved_back_is_told_with_what_stands_there_now(store: Store) -> None:
    jane = Record("contact", "1", NOW, NOW, attributes={"lifecycle_stage": "lead"})
    told = tuple(
        SetBack(f"hubspot:contact:{each}", "lifecycle_stage", "marketingqualifiedlead", "lead", NOW)
        for each in ("1", "unknown")
    )

    save_page(store, "hubspot", "contacts", Page("", True, records=(jane,), set_back=told), NOW)

    (change,) = drift(store, NOW, 1).changes
    assert (change.record, change.field) == ("hubspot:contact:1", "lifecycle_stage")
    assert (change.ours, change.theirs) == ("marketingqualifiedlead", "lead")
