"""A page and its bookmark are kept together, and reading twice is harmless."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from connectors.records import Page, Record, Touch, Unread
from sync.clock import DAY, HOUR
from sync.store.engine import Store
from sync.store.labels import intern, read_labels
from sync.store.pages import bookmark, known, save_page

NOW = 1_000 * DAY
CRM = "hubspot"
TABLES = ("record", "touch", "change", "label", "cursor", "quarantine")


class PowerCut(Exception):
    """The process ended here."""


def jane(stamp: int = 10, *, title: str = "Buyer", deleted: bool = False) -> Record:
    attributes = {"email": "jane@example.com", "title": title}
    return Record("contact", "1", stamp, 5, deleted, attributes, keys=("email:jane@example.com",))


def visit(source_id: str = "visit:1", *, page: str = "/pricing") -> Touch:
    return Touch(f"{CRM}:contact:1", source_id, "page_view", NOW - HOUR, page=page)


def page_of(*rows: Record | Touch | Unread, cursor: str = "after 1", caught_up: bool = False) -> Page:
    return Page(
        cursor,
        caught_up,
        tuple(row for row in rows if isinstance(row, Record)),
        tuple(row for row in rows if isinstance(row, Touch)),
        tuple(row for row in rows if isinstance(row, Unread)),
    )


def rows_of(store: Store, table: str, columns: str = "*") -> list[dict[str, Any]]:
    with store.reading() as tx:
        return [dict(row) for row in tx.execute(text(f"SELECT {columns} FROM {table} ORDER BY 1")).mappings()]


def counts(store: Store) -> dict[str, int]:
    return {table: len(rows_of(store, table)) for table in TABLES}


def mark_seen(store: Store) -> None:
    with store.transaction() as tx:
        tx.execute(text("UPDATE record SET fresh = FALSE"))
        tx.execute(text("UPDATE touch SET fresh = FALSE"))


def freshness(store: Store) -> tuple[list[bool], list[bool]]:
    return (
        [bool(row["fresh"]) for row in rows_of(store, "record")],
        [bool(row["fresh"]) for row in rows_of(store, "touch")],
    )


def cut_power_at(store: Store, moment: str) -> None:
    def cut(at: str) -> None:
        if at == moment:
            raise PowerCut

    store.at = cut


def test_a_page_is_kept_with_its_bookmark(store: Store) -> None:
    saved = save_page(store, CRM, "contacts", page_of(jane(), visit()), NOW)

    assert (saved.records, saved.changed, saved.touches, saved.unread) == (1, 1, 1, 0)
    assert rows_of(store, "record", "key, stamp") == [{"key": "hubspot:contact:1", "stamp": 10}]
    assert bookmark(store, CRM, "contacts") == ("after 1", 0)


def test_a_power_cut_before_the_commit_leaves_neither_rows_nor_bookmark(store: Store) -> None:
    cut_power_at(store, "store.before commit")

    with pytest.raises(PowerCut):
        save_page(
            store, CRM, "contacts", page_of(jane(), visit(), Unread("contacts", "2", "odd", b"{}")), NOW
        )

    assert set(counts(store).values()) == {0}
    assert bookmark(store, CRM, "contacts") == ("", 0)


def test_a_power_cut_after_the_commit_leaves_rows_and_bookmark(store: Store) -> None:
    cut_power_at(store, "store.after commit")

    with pytest.raises(PowerCut):
        save_page(store, CRM, "contacts", page_of(jane(), visit()), NOW)

    assert counts(store)["record"] == counts(store)["touch"] == 1
    assert bookmark(store, CRM, "contacts")[0] == "after 1"


def test_a_stream_nobody_read_has_no_bookmark(store: Store) -> None:
    save_page(store, CRM, "contacts", page_of(jane()), NOW)

    assert bookmark(store, CRM, "companies") == ("", 0)
    assert bookmark(store, "salesforce", "contacts") == ("", 0)


def test_the_same_page_twice_changes_no_row_and_makes_nobody_fresh(store: Store) -> None:
    page = page_of(jane(), visit())
    save_page(store, CRM, "contacts", page, NOW)
    mark_seen(store)
    before = counts(store)

    saved = save_page(store, CRM, "contacts", page, NOW + HOUR)

    assert saved.changed == 0
    assert counts(store) == before
    assert freshness(store) == ([False], [False])


def test_an_older_stamp_never_overwrites(store: Store) -> None:
    save_page(store, CRM, "contacts", page_of(jane(10, title="Director")), NOW)
    mark_seen(store)

    saved = save_page(store, CRM, "contacts", page_of(jane(9, title="Buyer")), NOW)

    (row,) = rows_of(store, "record")
    assert "Director" in row["attributes"]
    assert row["stamp"] == 10
    assert freshness(store)[0] == [False]
    assert saved.changed == 0
    assert rows_of(store, "change") == []


def test_an_equal_stamp_overwrites_because_the_later_answer_is_the_newer(store: Store) -> None:
    save_page(store, CRM, "contacts", page_of(jane(10, title="Buyer")), NOW)

    save_page(store, CRM, "contacts", page_of(jane(10, title="Director")), NOW)

    assert "Director" in rows_of(store, "record")[0]["attributes"]


def test_a_changed_attribute_leaves_a_change_row_and_a_fresh_record(store: Store) -> None:
    save_page(store, CRM, "contacts", page_of(jane(10, title="Buyer")), NOW)
    mark_seen(store)

    save_page(store, CRM, "contacts", page_of(jane(20, title="Director")), NOW + HOUR)

    columns = "key, field, before, value, occurred_at, ingested_at"
    assert rows_of(store, "change", columns) == [
        {
            "key": "hubspot:contact:1",
            "field": "title",
            "before": "Buyer",
            "value": "Director",
            "occurred_at": 20,
            "ingested_at": NOW + HOUR,
        }
    ]
    assert freshness(store)[0] == [True]


def test_a_newer_stamp_without_a_change_makes_nobody_fresh(store: Store) -> None:
    save_page(store, CRM, "contacts", page_of(jane(10)), NOW)
    mark_seen(store)

    save_page(store, CRM, "contacts", page_of(jane(20)), NOW)

    assert freshness(store)[0] == [False]
    assert rows_of(store, "change") == []
    assert rows_of(store, "record")[0]["stamp"] == 20


def test_an_unchanged_row_keeps_the_time_at_which_it_came(store: Store) -> None:
    save_page(store, CRM, "contacts", page_of(jane(10)), NOW)

    save_page(store, CRM, "contacts", page_of(jane(10)), NOW + HOUR)
    save_page(store, CRM, "contacts", page_of(jane(20)), NOW + 2 * HOUR)

    assert rows_of(store, "record", "stamp, ingested_at") == [{"stamp": 20, "ingested_at": NOW}]


def test_a_changed_row_came_when_the_change_came(store: Store) -> None:
    save_page(store, CRM, "contacts", page_of(jane(10)), NOW)

    save_page(store, CRM, "contacts", page_of(jane(20, title="Director")), NOW + HOUR)

    assert rows_of(store, "record", "ingested_at") == [{"ingested_at": NOW + HOUR}]


def test_a_record_twice_in_one_page_changes_step_by_step(store: Store) -> None:
    save_page(store, CRM, "contacts", page_of(jane(10, title="Buyer")), NOW)
    mark_seen(store)

    page = page_of(jane(20, title="Director"), jane(15, title="Lost"), jane(30, title="CEO"))
    saved = save_page(store, CRM, "contacts", page, NOW)

    assert saved.changed == 2
    assert [tuple(row.values()) for row in rows_of(store, "change", "id, before, value")] == [
        (1, "Buyer", "Director"),
        (2, "Director", "CEO"),
    ]
    assert "CEO" in rows_of(store, "record")[0]["attributes"]
    assert freshness(store)[0] == [True]


def test_a_new_record_twice_in_one_page_has_changed_since_its_first_appearance(store: Store) -> None:
    page = page_of(jane(10, title="Buyer"), jane(20, title="Director"), jane(20, title="Director"))

    saved = save_page(store, CRM, "contacts", page, NOW)

    assert saved.changed == 2
    assert rows_of(store, "change", "before, value") == [{"before": "Buyer", "value": "Director"}]
    assert rows_of(store, "record", "stamp") == [{"stamp": 20}]
    assert freshness(store)[0] == [True]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from("ABC"), st.booleans()), max_size=6), st.data())
def test_pages_cut_anywhere_leave_the_same_records_and_changes(
    store: Store, rows: list[tuple[int, str, bool]], data: st.DataObject
) -> None:
    records = [jane(stamp, title=title, deleted=deleted) for stamp, title, deleted in rows]
    cut = data.draw(st.integers(0, len(records)))
    left: list[object] = []
    for pages in ([records], [records[:cut], records[cut:]], [[each] for each in records]):
        with store.transaction() as tx:
            tx.execute(text("DELETE FROM record"))
            tx.execute(text("DELETE FROM change"))

        for page in pages:
            save_page(store, CRM, "contacts", page_of(*page), NOW)

        columns = "stamp, deleted, attributes, fresh"
        left.append((rows_of(store, "record", columns), rows_of(store, "change", "before, value")))

    assert left[0] == left[1] == left[2]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(held=st.sets(st.integers(1, 12)), come=st.sets(st.integers(1, 12), min_size=1))
def test_a_row_is_known_wherever_it_stands_among_those_of_its_page(
    store: Store, held: set[int], come: set[int]
) -> None:
    with store.transaction() as tx:
        tx.execute(text("DELETE FROM record"))
        tx.execute(text("DELETE FROM change"))

    def rows(ids: set[int], stamp: int, title: str) -> list[Record]:
        return [Record("contact", str(one), stamp, 5, attributes={"title": title}) for one in sorted(ids)]

    save_page(store, CRM, "contacts", page_of(*rows(held, 10, "Buyer")), NOW)
    saved = save_page(store, CRM, "contacts", page_of(*rows(come, 20, "Owner")), NOW)

    changed = {row["key"] for row in rows_of(store, "change")}
    assert changed == {f"{CRM}:contact:{one}" for one in held & come}
    assert saved.changed == len(come)
    assert len(rows_of(store, "record")) == len(held | come)


def test_a_deleted_record_is_fresh_again(store: Store) -> None:
    save_page(store, CRM, "contacts", page_of(jane(10)), NOW)
    mark_seen(store)

    save_page(store, CRM, "contacts", page_of(jane(20, deleted=True)), NOW)

    assert rows_of(store, "record")[0]["deleted"]
    assert freshness(store)[0] == [True]


def test_a_touch_whose_page_was_corrected_is_fresh_again_and_still_one(store: Store) -> None:
    save_page(store, CRM, "visits", page_of(visit(page="/pricing")), NOW)
    mark_seen(store)

    save_page(store, CRM, "visits", page_of(visit(page="/careers")), NOW)

    (row,) = rows_of(store, "touch")
    with store.reading() as tx:
        assert read_labels(tx, [row["page"]]) == {row["page"]: "/careers"}
    assert freshness(store)[1] == [True]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations([(10, "Buyer"), (20, "Director"), (30, "CEO")]))
def test_the_order_of_pages_does_not_matter(store: Store, order: list[tuple[int, str]]) -> None:
    with store.transaction() as tx:
        tx.execute(text("DELETE FROM record"))

    for stamp, title in order:
        save_page(store, CRM, "contacts", page_of(jane(stamp, title=title)), NOW)

    (row,) = rows_of(store, "record")
    assert row["stamp"] == 30
    assert "CEO" in row["attributes"]


def test_catching_up_is_remembered_until_the_next_time(store: Store) -> None:
    save_page(store, CRM, "contacts", page_of(jane(), cursor="a", caught_up=True), NOW)
    save_page(store, CRM, "contacts", page_of(jane(), cursor="b", caught_up=False), NOW + HOUR)

    assert bookmark(store, CRM, "contacts") == ("b", NOW)


def test_an_unread_row_is_counted_each_time_and_forgiven_once_it_can_be_read(store: Store) -> None:
    odd = Unread("contacts", "1", "no e-mail", b'{"id": "1"}')
    other = Unread("contacts", "2", "no e-mail", b'{"id": "2"}')

    saved = save_page(store, CRM, "contacts", page_of(odd, other), NOW)
    save_page(store, CRM, "contacts", page_of(odd), NOW + HOUR)

    columns = "source_id, times, first_at, last_at, raw"
    assert saved.unread == 2
    assert [tuple(row.values()) for row in rows_of(store, "quarantine", columns)] == [
        ("1", 2, NOW, NOW + HOUR, b'{"id": "1"}'),
        ("2", 1, NOW, NOW, b'{"id": "2"}'),
    ]

    save_page(store, CRM, "contacts", page_of(jane()), NOW + 2 * HOUR)

    assert [row["source_id"] for row in rows_of(store, "quarantine", "source_id")] == ["2"]


def test_a_row_of_another_stream_with_the_same_id_is_not_forgiven(store: Store) -> None:
    save_page(store, CRM, "companies", page_of(Unread("companies", "1", "no name", b"{}")), NOW)

    save_page(store, CRM, "contacts", page_of(jane()), NOW)

    assert counts(store)["quarantine"] == 1


def test_a_row_that_is_no_record_is_forgiven_once_it_is_understood(store: Store) -> None:
    odd = Unread("visits", "7", "no contact", b"{}"), Unread("visits", "8", "no contact", b"{}")
    save_page(store, CRM, "visits", page_of(*odd), NOW)

    save_page(store, CRM, "visits", replace(page_of(visit()), understood=("7",)), NOW)

    assert [row["source_id"] for row in rows_of(store, "quarantine", "source_id")] == ["8"]


def test_a_record_whose_touches_cannot_be_read_is_not_forgiven(store: Store) -> None:
    odd = Unread("contacts", "1", "no date", b"{}")

    save_page(store, CRM, "contacts", page_of(odd), NOW)
    save_page(store, CRM, "contacts", page_of(jane(), odd), NOW)

    assert rows_of(store, "quarantine", "source_id, times") == [{"source_id": "1", "times": 2}]


def test_known_are_the_rows_stored_at_that_stamp_or_later(store: Store) -> None:
    save_page(store, CRM, "contacts", page_of(jane(10)), NOW)

    assert known(store, CRM, "contact", [("1", 9), ("2", 9)]) == {"1"}
    assert known(store, CRM, "contact", [("1", 10)]) == {"1"}
    assert known(store, CRM, "contact", [("1", 11)]) == frozenset()
    assert known(store, CRM, "company", [("1", 9)]) == frozenset()
    assert known(store, CRM, "contact", []) == frozenset()


def test_labels_of_a_rolled_back_page_are_not_remembered(store: Store) -> None:
    cut_power_at(store, "store.before commit")
    with pytest.raises(PowerCut):
        save_page(store, CRM, "visits", page_of(visit(page="/gone")), NOW)
    store.at = lambda _: None
    save_page(store, CRM, "visits", page_of(visit("visit:2", page="/other")), NOW)

    save_page(store, CRM, "visits", page_of(visit("visit:3", page="/gone")), NOW)
    save_page(store, CRM, "visits", page_of(visit("visit:4", page="/gone")), NOW)

    pages = [row["page"] for row in rows_of(store, "touch", "source_id, page")]
    with store.reading() as tx:
        texts = read_labels(tx, pages)
    assert [texts[number] for number in pages] == ["/other", "/gone", "/gone"]


def test_the_empty_text_is_number_zero_and_takes_no_row(store: Store) -> None:
    with store.transaction() as tx:
        numbers = intern(store, tx, ["", "a", "a", "b"])

    assert numbers[""] == 0
    assert len({numbers["a"], numbers["b"], 0}) == 3
    assert counts(store)["label"] == 2
