"""What people did stays with whoever they are: through merges, splits, conversions and reading again."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from config.channels import SHIPPED, load_sites
from connectors.records import Page, Record, Touch
from scoring.attribution import first_last_and_lead, sources
from scoring.context import Context
from scoring.links import counted
from scoring.models.journeys import steps
from scoring.touches import DAY, NEVER, Labels
from sync.store.engine import Store
from sync.store.facts import load_facts
from sync.store.pages import save_page
from sync.store.people import resolve_records, wake_touched

NOW = 20_000 * DAY
HERE = "https://acme.example/"
LINKS = ("", "?utm_source=google&utm_medium=cpc", "?utm_source=news&utm_medium=email", "?gclid=A")
CONTEXT = Context(("acme.example",), sites=load_sites(SHIPPED))
STAMPS, PEOPLE = count(1), count(1)
Days = list[tuple[int, int]]

lives = st.lists(st.tuples(st.integers(1, 60), st.integers(0, len(LINKS) - 1)), max_size=5)
in_one_store = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def contact(number: int, email: str, *, crm: str = "hubspot", keys: Sequence[str] = ()) -> tuple[str, Record]:
    told = (f"email:{email}", *keys)
    return crm, Record("contact", str(number), next(STAMPS), 5, attributes={"email": email}, keys=told)


def visits(key: str, days: Days) -> tuple[Touch, ...]:
    return tuple(
        Touch(key, f"visit:{key}:{n}", "page_view", NOW - day * DAY, url=HERE + LINKS[link])
        for n, (day, link) in enumerate(days)
    )


def read(store: Store, row: tuple[str, Record], touches: Sequence[Touch] = ()) -> None:
    crm, record = row
    save_page(store, crm, "all", Page(str(next(STAMPS)), True, (record,), tuple(touches)), NOW)
    while resolve_records(store, 100):
        pass
    wake_touched(store)


def ledger(store: Store, key: str) -> tuple[set[int], list[tuple[int, str]], list[tuple[str, str, str]]]:
    """These are the person's touches by id, her journey, and her first and last touch."""
    with store.reading() as tx:
        person = tx.execute(text("SELECT person FROM identity WHERE key = :key"), {"key": key}).scalar_one()
        facts = counted(load_facts(tx, [person]))
    touches = facts.touches
    found = sources(touches, np.zeros(len(touches), np.bool_), CONTEXT)
    walked = steps(touches, found)
    journey = [(int(at), walked.channels[one]) for at, one in zip(walked.at, walked.channel, strict=True)]
    ends = first_last_and_lead(touches, found, np.array([NEVER]), NOW, Labels())[:2]
    return set(touches.id.tolist()), journey, [one.texts(0) for one in ends]


def how_many(store: Store) -> int:
    with store.reading() as tx:
        return int(tx.execute(text("SELECT COUNT(*) FROM touch")).scalar_one())


@in_one_store
@given(lives, lives)
def test_a_merge_and_then_a_split_give_everybody_back_what_they_did(
    store: Store, one: Days, two: Days
) -> None:
    a, b = next(PEOPLE), next(PEOPLE)
    keys = f"hubspot:contact:{a}", f"hubspot:contact:{b}"
    read(store, contact(a, f"p{a}@x.example"), visits(keys[0], one))
    read(store, contact(b, f"p{b}@x.example"), visits(keys[1], two))
    before = [ledger(store, key) for key in keys]

    read(store, contact(b, f"p{a}@x.example"))
    merged = [ledger(store, key) for key in keys]
    read(store, contact(b, f"p{b}@x.example"))

    assert merged[0] == merged[1]
    assert merged[0][0] == before[0][0] | before[1][0]
    assert [ledger(store, key) for key in keys] == before


@in_one_store
@given(lives, st.randoms(use_true_random=False))
def test_reading_again_in_any_order_changes_nothing(store: Store, days: Days, random) -> None:
    number = next(PEOPLE)
    key = f"hubspot:contact:{number}"
    row, touches = contact(number, f"p{number}@x.example"), list(visits(key, days))
    read(store, row, touches)
    before, total = ledger(store, key), how_many(store)

    random.shuffle(touches)
    read(store, row, touches)

    assert ledger(store, key) == before
    assert how_many(store) == total


@in_one_store
@given(lives, lives)
def test_a_converted_lead_keeps_her_touches_and_her_first_one(store: Store, lead: Days, later: Days) -> None:
    number = next(PEOPLE)
    key, new = f"salesforce:lead:{number}", f"salesforce:contact:{number}"
    email = f"p{number}@x.example"
    made = Record("lead", str(number), next(STAMPS), 5, attributes={"email": email}, keys=(f"email:{email}",))
    read(store, ("salesforce", made), visits(key, lead))
    before = ledger(store, key)

    after_that = [(0, link) for _, link in later[:1]]
    read(store, contact(number, f"new{number}@x.example", crm="salesforce"), visits(new, after_that))
    converted = Record("lead", str(number), next(STAMPS), 5, attributes={"converted": "true"}, keys=(new,))
    read(store, ("salesforce", converted))

    after = ledger(store, new)
    assert after == ledger(store, key)
    assert before[0] <= after[0]
    assert before[1] == after[1][: len(before[1])]
    assert not before[1] or before[2][0] == after[2][0]
