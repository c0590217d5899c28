"""Deals as the store knows them: won or not, what they are worth, and who is in them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from leads_to_deals import NOW, contact, deal, read, turn

from connectors.records import Page, Record, Touch
from scoring.touches import NEVER
from sync.clock import DAY
from sync.store.deals import Deal, load_deals
from sync.store.engine import Store
from sync.store.pages import save_page
from sync.store.people import resolve_records


def found(store: Store, crm: str = "hubspot", currency: str = "") -> list[Deal]:
    with store.reading() as tx:
        return load_deals(tx, crm, currency)


# What its row says, how many days ago its contacts' touches were, when it was won.
WON: tuple[tuple[dict[str, Any], dict[str, int], int], ...] = (
    ({"is_won": "true"}, {"deal_won": 5}, NOW - 5 * DAY),
    ({"is_won": "true", "closes_at": NOW - 4 * DAY}, {}, NOW - 4 * DAY),
    ({"is_won": "true", "closes_at": NOW + 4 * DAY}, {}, NOW - DAY),
    ({"is_won": "true", "closes_on": "2024-10-01"}, {}, 19_997 * DAY),
    ({"is_won": "true", "closes_on": "soon"}, {}, NOW - DAY),
    ({"is_won": "false", "is_closed": "false"}, {"deal_won": 5}, NEVER),
    ({"is_closed": "false"}, {"deal_won": 5}, NEVER),
    ({}, {"deal_won": 5}, NOW - 5 * DAY),
    ({}, {"deal_won": 5, "deal_lost": 4}, NEVER),
    ({}, {"deal_won": 5, "deal_lost": 6}, NOW - 5 * DAY),
    ({}, {}, NEVER),
)


def test_a_deal_is_won_when_its_row_and_its_touches_say_so(store: Store) -> None:
    deals = [deal(10 + n, **told) for n, (told, _, _) in enumerate(WON)]
    turns = [turn(10 + n, kind, 1, ago) for n, (_, told, _) in enumerate(WON) for kind, ago in told.items()]
    read(store, contact(1), *deals, *turns)

    assert [one.won_at for one in found(store)] == [won_at for _, _, won_at in WON]


def test_an_amount_that_cannot_be_counted_is_told(store: Store) -> None:
    amounts = ("12.5", None, "", "NaN", "x", 1e300, "1E+999999", 7)
    read(store, *(deal(10 + n, amount=amount) for n, amount in enumerate(amounts)))

    got = found(store, currency="EUR")

    assert [one.value and one.value.amount for one in got] == [Decimal("12.5"), *[None] * 6, 7]
    assert [one.odd for one in got] == ["", "", "", "NaN", "x", "1e+300", "1E+999999", ""]
    assert {one.value.currency for one in got if one.value} == {"EUR"}


def test_a_deleted_deal_is_none_and_one_that_was_not_read_yet_has_its_people(store: Store) -> None:
    gone = deal(7)._replace(deleted=True)
    read(store, contact(1), gone, turn(7, "deal_won", 1, 2), turn(8, "opportunity_created", 1, 3))

    got = found(store)

    assert [(one.key, one.opened_at, len(one.people)) for one in got] == [
        ("hubspot:deal:8", NOW - 3 * DAY, 1)
    ]


def test_a_converted_lead_names_the_deal_that_she_became(store: Store) -> None:
    lead = Record("lead", "L1", 1, 5, attributes={"email": "l@x.example"}, keys=("email:l@x.example",))
    touches = (
        Touch("salesforce:lead:L1", "lead:L1:opportunity:006A", "opportunity_created", NOW - 3 * DAY),
        Touch("salesforce:lead:L1", "lead:L1:converted", "sales_accepted", NOW - 3 * DAY),
    )
    save_page(store, "salesforce", "all", Page("1", True, (lead,), touches), NOW)
    while resolve_records(store, 100):
        pass

    got = found(store, "salesforce")

    assert [(one.key, one.opened_at, one.won_at) for one in got] == [
        ("salesforce:deal:006A", NOW - 3 * DAY, NEVER)
    ]
