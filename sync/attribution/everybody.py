"""Credit for everybody: deals and accounts are found once, then the people are read part by part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from sqlalchemy import Connection

from reports.utm_health import Seen, seen
from scoring.attribution import sources
from scoring.context import Context
from scoring.definitions.book import Book, machine_touches
from scoring.models.actions import Before, Content, before
from scoring.models.actions import content as content_seen
from scoring.models.conversions import Known
from scoring.models.question import Part, Question, answered
from scoring.models.tally import Tally
from scoring.touches import NEVER, Facts, Ints
from sync.batch import Judge
from sync.store.accounts import Leaders, colleagues, everybody, numbered, parts
from sync.store.deals import Deal, load_deals
from sync.store.engine import Store
from sync.store.partitions import PEOPLE_AT_ONCE, over_parts
from sync.store.people import rows_in

UNITS = ("person", "account")

_LEADS = (
    "SELECT i.person, MIN(r.created_at) AS at FROM identity i JOIN record r ON r.key = i.key "
    "WHERE i.person IN :values AND r.kind IN ('contact', 'lead') AND r.created_at > 0 GROUP BY i.person"
)
_SPELLS = (
    "SELECT person, qualified_at FROM episode WHERE person IN :values AND ended_by NOT IN ('void', 'merged')"
)


@dataclass(frozen=True, slots=True)
class Given:
    """What is the same for all parts."""

    question: Question
    book: Book
    context: Context


@dataclass(frozen=True, slots=True)
class Asked:
    """What concerns one part: whom each of its people counts with, and the deals that are wholly in it."""

    leads: Sequence[int]
    deals: Sequence[Deal]


@dataclass(frozen=True, slots=True)
class Answer:
    """What everybody comes to. `odd` are deals whose amount cannot be counted, `alone` those of nobody."""

    tally: Tally
    odd: tuple[Deal, ...]
    alone: int


def attribute(
    store: Store,
    judge: Judge,
    question: Question,
    *,
    unit: str = "person",
    currency: str = "",
    processes: int = 2,
    at_once: int = PEOPLE_AT_ONCE,
) -> Answer:
    """This asks everybody. Sales' truth is that of Salesforce where it is connected, else HubSpot's."""
    work, deals = _parts(store, judge, unit, currency, at_once)
    tally = Tally()
    given = Given(question, judge.book, judge.context)
    for found in over_parts(store.url, credit_of_part, work, given, processes=processes):
        tally.add(found)
    tally.finish()
    odd = tuple(one for one in deals if one.odd)
    return Answer(tally, odd, sum(not one.people for one in deals))


def actions(
    store: Store, judge: Judge, question: Question, span: int, *, unit: str = "person", processes: int = 2
) -> Before:
    """This tells what everybody did in the `span` before the first type of conversion that is asked about."""
    work, _ = _parts(store, judge, unit, "", PEOPLE_AT_ONCE)
    total = Before()
    given = Given(question, judge.book, judge.context)
    for found in over_parts(store.url, partial(actions_of_part, span), work, given, processes=processes):
        total.add(found)
    return total


def content(store: Store, judge: Judge, question: Question, *, processes: int = 2) -> Content:
    """This tells which content everybody took in, and how often people came."""
    work, _ = _parts(store, judge, "person", "", PEOPLE_AT_ONCE)
    total = Content()
    given = Given(question, judge.book, judge.context)
    for found in over_parts(store.url, content_of_part, work, given, processes=processes):
        total.add(found)
    return total


def _parts(
    store: Store, judge: Judge, unit: str, currency: str, at_once: int
) -> tuple[list[tuple[Sequence[int], Asked]], list[Deal]]:
    crm = "salesforce" if judge.settings.salesforce_login_url else "hubspot"
    with store.reading() as tx:
        people = everybody(tx)
        deals = load_deals(tx, crm, currency)
        leaders, somebody = colleagues(tx) if unit == "account" else (Leaders(), {})
    leads = leaders.column(people)
    deals = [_with_colleagues(one, somebody) for one in deals]
    for one in deals:
        leaders.join(one.people)
    return _cut(people, leads, leaders.column(people), deals, at_once), deals


def links(store: Store, judge: Judge, now: int, *, processes: int = 2) -> Seen:
    """This looks at everybody's links."""
    with store.reading() as tx:
        people = everybody(tx)
    work = [(part.tolist(), None) for part in parts(people, people)] or [([], None)]
    total = Seen()
    for found in over_parts(store.url, links_of_part, work, (judge.context, now), processes=processes):
        total.add(found)
    return total


def links_of_part(
    tx: Connection, people: Sequence[int], facts: Facts, _: None, given: tuple[Context, int]
) -> Seen:
    """This looks at the links of one part of the people, also at those that machines followed."""
    context, now = given
    found = sources(facts.touches, np.zeros(len(facts.touches), np.bool_), context)
    return seen(facts.touches, found, lead_at(tx, people), context, now)


def _with_colleagues(deal: Deal, somebody: dict[str, int]) -> Deal:
    """A deal of a company that we know people of is a deal of that account; one of them stands for all."""
    if deal.company in somebody:
        return replace(deal, people=tuple(sorted({*deal.people, somebody[deal.company]})))
    return deal


def _cut(
    people: Ints, leads: Ints, together: Ints, deals: Sequence[Deal], at_once: int
) -> list[tuple[Sequence[int], Asked]]:
    """Deals of nobody come with the first part."""
    some = list(parts(people, together, at_once)) or [people]
    place = np.full(int(people.max(initial=0)) + 1, 0, np.int64)
    for number, part in enumerate(some):
        place[part] = number
    mine: list[list[Deal]] = [[] for _ in some]
    for deal in deals:
        mine[int(place[deal.people[0]]) if deal.people else 0].append(deal)
    lead_of = dict(zip(people.tolist(), leads.tolist(), strict=True)) if (leads != people).any() else {}
    return [
        (part.tolist(), Asked([lead_of.get(one, one) for one in part.tolist()], ours))
        for part, ours in zip(some, mine, strict=True)
    ]


def credit_of_part(tx: Connection, people: Sequence[int], facts: Facts, asked: Asked, given: Given) -> Tally:
    """This is what one part of the people comes to."""
    touches = facts.touches
    found = sources(touches, machine_touches(touches, given.book), given.context)
    part = Part(touches, found, _known(tx, people, asked), [one.value for one in asked.deals])
    return answered(given.question, part, given.context)


def actions_of_part(
    span: int, tx: Connection, people: Sequence[int], facts: Facts, asked: Asked, given: Given
) -> Before:
    """This is what one part of the people did before."""
    voided, known, question = (
        machine_touches(facts.touches, given.book),
        _known(tx, people, asked),
        given.question,
    )
    return before(
        question.types[0], facts.touches, voided, known, since=question.since, until=question.until, span=span
    )


def content_of_part(
    tx: Connection, people: Sequence[int], facts: Facts, asked: Asked, given: Given
) -> Content:
    """This is what one part of the people took in."""
    voided, known = machine_touches(facts.touches, given.book), _known(tx, people, asked)
    return content_seen(facts.touches, voided, known, given.question.until)


def _known(tx: Connection, people: Sequence[int], asked: Asked) -> Known:
    place = numbered(people)
    spells = rows_in(tx, _SPELLS, people)
    unit = np.unique(np.array(asked.leads, np.int64), return_inverse=True)[1]
    deal, member = _members(asked.deals, place, unit)
    return Known(
        lead_at=lead_at(tx, people),
        spell_person=np.array([place[row.person] for row in spells], np.int64),
        spell_at=np.array([row.qualified_at for row in spells], np.int64),
        opened_at=np.array([one.opened_at for one in asked.deals], np.int64),
        won_at=np.array([one.won_at for one in asked.deals], np.int64),
        deal=deal,
        member=member,
        unit=unit,
    )


def lead_at(tx: Connection, people: Sequence[int]) -> Ints:
    """This is when a CRM first had each of the people; NEVER: none has."""
    place = numbered(people)
    at = np.full(len(people), NEVER, np.int64)
    for row in rows_in(tx, _LEADS, people):
        at[place[row.person]] = row.at
    return at


def _members(deals: Sequence[Deal], place: dict[int, int], unit: Ints) -> tuple[Ints, Ints]:
    """These are pairs: whoever is in a deal, with all of her unit."""
    by_unit: dict[int, list[int]] = {}
    for who, one in enumerate(unit.tolist()):
        by_unit.setdefault(one, []).append(who)
    pairs = [
        (number, who)
        for number, deal in enumerate(deals)
        for one in sorted({int(unit[place[person]]) for person in deal.people if person in place})
        for who in by_unit[one]
    ]
    table = np.array(pairs, np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]
