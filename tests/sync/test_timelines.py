"""Packed timelines say what the rows say, whatever happened to the rows, and whenever the power went."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from connectors.records import Page, Record, Touch
from scoring.touches import ALWAYS, Facts
from sync.clock import DAY, HOUR
from sync.store.engine import Store
from sync.store.facts import keep_timelines, load_facts, rebuild_timelines
from sync.store.pages import save_page
from sync.store.people import resolve_records, wake_touched
from sync.store.timelines import BETWEEN, LAYOUT, drop_packs, pack, read_packs, unpack

NOW = 1_000 * DAY
CONTACTS = ("1", "2", "3")
EMAILS = ("", "email:ann@example.com", "email:bob@example.com")
LINKS = ("", "hubspot:contact:1", "hubspot:contact:2")
KEYS = (*(f"hubspot:contact:{one}" for one in CONTACTS), "salesforce:contact:A", *EMAILS[1:])
TABLES = ("record", "change", "touch", "label", "edge", "person", "identity", "timeline", "cursor")
PAGES = ("", "/pricing", "/product/é")


class PowerCut(Exception):
    """The process ended here."""


def contact(
    record_id: str, stamp: int, email: str, title: str, company: str, deleted: bool = False
) -> Record:
    attributes = {"title": title, "email": email.removeprefix("email:"), "company_key": company}
    known = {name: value for name, value in attributes.items() if value}
    return Record("contact", record_id, stamp, 5, deleted, known, keys=(email,) if email else ())


def visit(key: str, number: int, page: str = "/pricing", days_ago: int = 1, kind: str = "page_view") -> Touch:
    at = NOW - days_ago * DAY
    return Touch(key, f"{key}:{number}", kind, at, at + HOUR, page=page, seconds=number)


def save(store: Store, records: Sequence[Record] = (), touches: Sequence[Touch] = ()) -> None:
    """Rows of both CRMs come in pages of their own; a row's id tells which CRM it is of."""
    for crm in ("hubspot", "salesforce"):
        own = tuple(one for one in records if one.id.isdigit() == (crm == "hubspot"))
        did = tuple(one for one in touches if one.key.startswith("salesforce") == (crm == "salesforce"))
        save_page(store, crm, "contacts", Page("next", True, own, did), NOW)


def judge(store: Store) -> None:
    """What judging people does to their packs."""
    with store.transaction() as tx:
        keep_timelines(store, tx, people_of(tx))


def catch_up(store: Store) -> None:
    while resolve_records(store, 2):
        pass
    wake_touched(store)
    judge(store)


def people_of(tx: Connection) -> list[int]:
    return sorted(tx.execute(text("SELECT DISTINCT person FROM identity")).scalars())


def told(facts: Facts) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """These are the facts as plain rows: touches in their order, attributes by person, in theirs."""
    one, labels = facts.touches, facts.touches.labels
    numbers = zip(one.person, one.at, one.id, one.recorded_at, one.seconds, one.is_machine, strict=True)
    codes = zip(one.kind, one.asset, one.page, one.campaign, one.url, one.referrer, strict=True)
    touches = [
        (*map(int, row), *(labels[code] for code in texts)) for row, texts in zip(numbers, codes, strict=True)
    ]
    change, words = facts.attributes, facts.attributes.labels
    rows = zip(change.person, change.at, change.name, change.value, strict=True)
    attributes = [(int(who), int(at), words[name], words[value]) for who, at, name, value in rows]
    return touches, sorted(attributes, key=lambda row: row[:2])


def rows_say(tx: Connection) -> list[tuple[Any, ...]]:
    """This reads the touches as a human would: one by one, text by text."""
    labels = {0: ""} | {row.id: row.text for row in tx.execute(text("SELECT id, text FROM label"))}
    number = {person: place for place, person in enumerate(people_of(tx))}
    rows = tx.execute(text("SELECT i.person, t.* FROM touch t JOIN identity i ON i.key = t.key"))
    return sorted(
        (
            *(number[row.person], row.occurred_at, row.id, row.recorded_at, row.seconds, row.is_machine),
            *(labels[code] for code in (row.kind, row.asset, row.page, row.campaign, row.url, row.referrer)),
        )
        for row in rows
    )


def without_packs(store: Store) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """What would be loaded if there were no packs; they are still there afterwards."""
    found: list[Facts] = []
    with suppress(PowerCut), store.transaction() as tx:
        tx.execute(text("DELETE FROM timeline"))
        found.append(load_facts(tx, people_of(tx)))
        raise PowerCut
    return told(found[0])


def assert_packs_say_what_rows_say(store: Store) -> None:
    with store.reading() as tx:
        loaded = told(load_facts(tx, people_of(tx)))
        assert loaded[0] == rows_say(tx)
    assert loaded == without_packs(store)


@contextmanager
def power_cut_before_commit(store: Store, cut: bool) -> Iterator[None]:
    def at(moment: str) -> None:
        if cut and moment == "store.before commit":
            raise PowerCut

    store.at = at
    with suppress(PowerCut):
        yield
    store.at = lambda _: None


@dataclass(frozen=True)
class Step:
    """One thing that happens to a store, and whether the process dies at its commit."""

    name: str
    records: tuple[Record, ...] = ()
    touches: tuple[Touch, ...] = ()
    limit: int = 500
    dies: bool = False


contacts = st.builds(
    *(contact, st.sampled_from(CONTACTS), st.just(0), st.sampled_from(EMAILS)),
    title=st.sampled_from(["", "Buyer", "Head of Sales"]),
    company=st.sampled_from(["", "hubspot:company:7"]),
    deleted=st.booleans(),
)
linked = st.sampled_from(LINKS).map(
    lambda link: Record("contact", "A", 0, 5, attributes={"city": "Rome"}, keys=(link,) if link else ())
)
companies = st.sampled_from(["Acme", "Bolt", ""]).map(
    lambda name: Record("company", "7", 0, 5, attributes={"name": name} if name else {})
)
visits = st.builds(
    *(visit, st.sampled_from(KEYS), st.integers(1, 3), st.sampled_from(PAGES), st.integers(1, 3)),
    kind=st.sampled_from(["page_view", "form_submission"]),
)
visits = st.builds(lambda one, machine: one._replace(is_machine=machine), visits, st.booleans())
steps = st.one_of(
    st.builds(
        *(
            Step,
            st.just("save"),
            st.lists(contacts | linked | companies, max_size=3, unique_by=id).map(tuple),
        ),
        touches=st.lists(visits, max_size=4, unique_by=lambda one: one.source_id).map(tuple),
        dies=st.booleans(),
    ),
    st.builds(Step, st.just("resolve"), limit=st.sampled_from([1, 500]), dies=st.booleans()),
    st.builds(Step, st.sampled_from(["wake", "judge", "catch up"]), dies=st.booleans()),
)


def take(store: Store, step: Step, stamp: int) -> None:
    match step.name:
        case "save":
            latest = {(one.kind, one.id): one._replace(stamp=stamp) for one in step.records}
            save(store, tuple(latest.values()), step.touches)
        case "resolve":
            resolve_records(store, step.limit)
        case "wake":
            wake_touched(store)
        case "judge":
            judge(store)
        case "catch up":
            catch_up(store)


def emptied(store: Store) -> Store:
    with store.transaction() as tx:
        for table in TABLES:
            tx.execute(text(f"DELETE FROM {table}"))
    store.labels.clear()
    return store


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(script=st.lists(steps, min_size=4, max_size=14))
def test_packs_say_what_the_rows_say_after_every_step_and_every_kill(
    store: Store, script: list[Step]
) -> None:
    emptied(store)
    for stamp, step in enumerate(script, 10):
        with power_cut_before_commit(store, step.dies):
            take(store, step, stamp)

        assert_packs_say_what_rows_say(store)

    catch_up(store)
    with store.reading() as tx:
        assert len(read_packs(tx, people_of(tx))) == len(people_of(tx))
    assert_packs_say_what_rows_say(store)


def with_two_people(store: Store) -> Store:
    """Ann and Bob, one visit each, judged."""
    save(
        store,
        [
            contact(one, 10, email, "Buyer", "hubspot:company:7")
            for one, email in zip("12", EMAILS[1:], strict=True)
        ],
        [visit("hubspot:contact:1", 1), visit("hubspot:contact:2", 2)],
    )
    catch_up(store)
    return store


def packed(store: Store) -> list[int]:
    with store.reading() as tx:
        return list(read_packs(tx, people_of(tx)))


def test_judging_keeps_a_pack_of_everybody(store: Store) -> None:
    with_two_people(store)

    assert packed(store) == [1, 2]


def test_a_new_touch_drops_its_own_persons_pack_only(store: Store) -> None:
    with_two_people(store)

    save(store, touches=[visit("hubspot:contact:2", 3)])
    wake_touched(store)

    assert packed(store) == [1]


def test_a_touch_that_is_still_fresh_is_read_already(store: Store) -> None:
    with_two_people(store)

    save(store, touches=[visit("hubspot:contact:2", 3, page="/new")])

    assert packed(store) == [1, 2]
    with store.reading() as tx:
        assert "/new" in load_facts(tx, [2]).touches.labels
        assert "/new" not in load_facts(tx, [1]).touches.labels


def test_a_touch_read_again_unchanged_drops_nothing(store: Store) -> None:
    with_two_people(store)

    save(store, touches=[visit("hubspot:contact:2", 2)])
    wake_touched(store)

    assert packed(store) == [1, 2]


def test_a_company_that_changes_drops_the_packs_of_its_people(store: Store) -> None:
    with_two_people(store)
    save(store, [contact("3", 10, "", "Buyer", "")])
    catch_up(store)

    save(store, [Record("company", "7", 11, 5, attributes={"name": "Acme"})])
    with store.reading() as tx:
        told_early = "Acme" in load_facts(tx, [1]).attributes.labels
    resolve_records(store, 500)

    assert told_early
    assert packed(store) == [3]


def test_a_merge_leaves_one_pack_with_both_histories(store: Store) -> None:
    with_two_people(store)

    save(store, [contact("2", 11, EMAILS[1], "Buyer", "")])
    catch_up(store)

    with store.reading() as tx:
        assert people_of(tx) == [1]
        facts = load_facts(tx, [1])
        stored = tx.execute(text("SELECT count(*) FROM timeline")).scalar_one()
    assert [int(seconds) for seconds in facts.touches.seconds] == [1, 2]
    assert stored == 1


def test_an_attribute_keeps_what_it_was_and_when_it_changed(store: Store) -> None:
    with_two_people(store)

    save(store, [contact("1", 11, EMAILS[1], "Chief Buyer", "hubspot:company:7")])
    catch_up(store)

    with store.reading() as tx:
        _, attributes = told(load_facts(tx, [1]))
    titles = [row[1:] for row in attributes if row[2] == "title"]
    assert titles == [(ALWAYS, "title", "Buyer"), (11, "title", "Chief Buyer")]


def test_a_pack_of_another_layout_does_not_count(store: Store) -> None:
    with_two_people(store)

    with store.transaction() as tx:
        tx.execute(text("UPDATE timeline SET layout = :old, touches = touches"), {"old": LAYOUT - 1})

    assert packed(store) == []
    assert_packs_say_what_rows_say(store)
    judge(store)
    assert packed(store) == [1, 2]


def test_rows_that_are_removed_take_the_pack_along(store: Store) -> None:
    with_two_people(store)

    with store.transaction() as tx:
        drop_packs(store, tx, [1])
        tx.execute(text("DELETE FROM touch WHERE key = 'hubspot:contact:1'"))

    assert packed(store) == [2]
    assert_packs_say_what_rows_say(store)


def test_wrong_packs_are_made_right_by_rebuilding_all(store: Store) -> None:
    with_two_people(store)
    with store.transaction() as tx:
        tx.execute(
            text("UPDATE timeline SET known = :other"), {"other": pack(1, b"", {"title": "King"}, []).known}
        )
        tx.execute(
            text(
                "INSERT INTO timeline SELECT 99, layout, touches, known, told FROM timeline WHERE person = 1"
            )
        )

    assert rebuild_timelines(store) == 2

    assert packed(store) == [1, 2]
    with store.reading() as tx:
        assert tx.execute(text("SELECT count(*) FROM timeline")).scalar_one() == 2
    assert_packs_say_what_rows_say(store)


@pytest.mark.parametrize("count", [1, 3])
def test_people_far_apart_and_side_by_side_are_read_in_their_order(store: Store, count: int) -> None:
    save(store, touches=[visit(f"hubspot:contact:{n}", n) for n in range(1, 10)])
    save(store, [contact(str(n), 10, "", "Buyer", "") for n in range(1, 10)])
    catch_up(store)
    people = [1, 2, 3, 9][:count] if count == 1 else [1, 5, 9]

    with store.reading() as tx:
        facts = load_facts(tx, people)

    assert facts.touches.seconds.tolist() == people
    assert facts.touches.person.tolist() == list(range(len(people)))


def test_texts_are_read_once(store: Store) -> None:
    with_two_people(store)
    texts = {number: f"remembered {number}" for number in range(1, 10)}

    with store.reading() as tx:
        facts = load_facts(tx, [1], None, texts)

    assert facts.touches.labels[facts.touches.page[0]].startswith("remembered")


def test_a_value_that_holds_the_separator_does_not_move_its_neighbours(store: Store) -> None:
    known = {"title": f"Head{BETWEEN}of Sales", "country": "Österreich"}

    with store.reading() as tx:
        facts = unpack(tx, [pack(1, b"", {}, []), pack(2, b"", known, [7, "city", "Wien"])])

    assert told(facts)[1] == [
        (1, ALWAYS, "title", "Head of Sales"),
        (1, ALWAYS, "country", "Österreich"),
        (1, 7, "city", "Wien"),
    ]


def test_nobody_has_no_facts(store: Store) -> None:
    with store.reading() as tx:
        facts = load_facts(tx, [])

    assert (facts.people, len(facts.touches), len(facts.attributes.at)) == (0, 0, 0)
