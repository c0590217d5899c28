"""Several definitions at once: whose counts when, and what a new version may change."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lives import CONTEXT as WORLD
from lives import definitions, facts_of, instants, lives

from scoring.attribution import partner_claims, sources
from scoring.context import Context
from scoring.curves import value_at
from scoring.definitions.book import NOBODY, Book, Evidence, judges, machine_touches
from scoring.definitions.conditions import GRADES, Did, scored
from scoring.definitions.definition import (
    EVERYBODY_IS_HUMAN,
    POINT,
    Definition,
    Exclusion,
    Group,
    MachineClicks,
    Rule,
    Scope,
    Terms,
)
from scoring.definitions.kinds import Match
from scoring.history import history
from scoring.ledger import explain
from scoring.partner import Partner
from scoring.score import score
from scoring.sentence import sentences
from scoring.touches import ALWAYS, DAY, NEVER, SECOND, Facts, attributes_of, touches_of
from scoring.verdicts import Verdicts

T = 20_000 * DAY
CONTEXT = Context(
    ("acme.example",),
    (
        Partner("kestrel", "Kestrel", "gold", ("kestrel",), claim=30 * DAY),
        Partner("orbis", "Orbis", "silver", ("orbis",), claim=30 * DAY),
    ),
)
KESTREL = "https://acme.example/?utm_source=kestrel&utm_medium=partner"


def definition(name: str = "own", version: str = "1", points: int = 10, **more: Any) -> Definition:
    """This asks for as many points as one view is worth, if `points` is at least 10."""
    rules = (Rule("view", "view", Match(("page_view",)), points * POINT, "g"),)
    return replace(Definition(name, version, name, scored(10 * POINT), rules, (Group("g"),)), **more)


def dated(effective_at: int = 0, retired_at: int = 0, **more: Any) -> Terms:
    return Terms(effective_at=effective_at, retired_at=retired_at, **more)


def seen(*rows: tuple[int, str] | tuple[int, str, str]) -> Facts:
    """These are the touches of one person: (at, kind) or (at, kind, url)."""
    touches = [
        {"id": n, "at": row[0], "kind": row[1], "url": row[2] if len(row) > 2 else "https://acme.example/"}
        for n, row in enumerate(rows)
    ]
    return Facts(1, touches_of(touches), attributes_of([]))


def judge(facts: Facts, *book: Definition, at: int = T) -> str:
    found = score(facts, Book(book), at, context=CONTEXT).judged_by(0)
    return f"{found.name} {found.version}" if found else "nobody"


OWN = definition()
TIER = definition("gold", scope=Scope("tier", "gold"))
PARTNER = definition("kestrel", scope=Scope("partner", "kestrel"))
DEMO = definition("demo", scope=Scope("programme", "demo", Match(("demo_request",)), 10 * DAY))
PRODUCT = definition("crm", scope=Scope("product", "crm", Match(("page_view",))))


def test_the_highest_scope_that_applies_counts() -> None:
    held = seen((T, "page_view", KESTREL), (T, "demo_request"))

    assert judge(held, OWN, PRODUCT, DEMO, TIER, PARTNER) == "kestrel 1"
    assert judge(held, OWN, PRODUCT, DEMO, TIER) == "gold 1"
    assert judge(held, OWN, PRODUCT, DEMO) == "demo 1"
    assert judge(held, OWN, PRODUCT) == "crm 1"
    assert judge(held, OWN) == "own 1"
    assert judge(seen((T, "page_view")), OWN, DEMO, TIER, PARTNER) == "own 1"


def test_a_partners_definition_counts_while_the_partner_holds_the_claim() -> None:
    held = seen((T, "page_view", KESTREL))

    assert judge(held, OWN, PARTNER, at=T - 1) == "own 1"
    assert judge(held, OWN, PARTNER, at=T) == "kestrel 1"
    assert judge(held, OWN, PARTNER, at=T + 30 * DAY - 1) == "kestrel 1"
    assert judge(held, OWN, PARTNER, at=T + 30 * DAY) == "own 1"
    assert judge(held, OWN, replace(PARTNER, scope=Scope("partner", "orbis"))) == "own 1"
    assert judge(held, OWN, replace(TIER, scope=Scope("tier", "silver"))) == "own 1"


def test_a_programme_counts_from_its_first_touch_until_so_long_after_the_latest() -> None:
    facts = seen((T, "demo_request"), (T + 9 * DAY, "demo_request"))

    assert judge(facts, OWN, DEMO, at=T - 1) == "own 1"
    assert judge(facts, OWN, DEMO, at=T + 19 * DAY - 1) == "demo 1"
    assert judge(facts, OWN, DEMO, at=T + 19 * DAY) == "own 1"
    for_ever = replace(DEMO, scope=replace(DEMO.scope, lasts=0))
    assert judge(facts, OWN, for_ever, at=T + 9_999 * DAY) == "demo 1"
    without_touches = replace(DEMO, scope=Scope("programme", "all"))
    assert judge(facts, OWN, without_touches, at=T - 1) == "demo 1"


def test_of_two_definitions_of_one_scope_the_first_name_counts_in_any_order() -> None:
    held = seen((T, "page_view", KESTREL))
    two = (PARTNER, replace(PARTNER, name="a"))

    assert judge(held, OWN, *two) == judge(held, *two[::-1], OWN) == "a 1"


def test_each_version_counts_from_its_date_to_the_next() -> None:
    facts = seen((T, "page_view"))
    book = (
        OWN,
        definition(version="2", terms=dated(T + DAY)),
        definition(version="10", terms=dated(T + DAY)),
    )

    assert judge(facts, *book, at=T + DAY - 1) == "own 1"
    assert judge(facts, *book, at=T + DAY) == "own 10"
    assert judge(facts, *book[:2], at=T + DAY) == "own 2"


def test_what_lies_before_the_first_version_is_judged_by_it() -> None:
    first, second = definition(terms=dated(T)), definition(version="2", terms=dated(T + DAY))

    assert judge(seen((T - 9 * DAY, "page_view")), second, first, at=T - 8 * DAY) == "own 1"


def test_a_definition_that_comes_later_than_our_own_leaves_the_past_alone() -> None:
    held = seen((T - DAY, "page_view", KESTREL))
    later = replace(PARTNER, terms=dated(T))

    assert judge(held, definition(terms=dated(T - 99 * DAY)), later, at=T - 1) == "own 1"
    assert judge(held, definition(terms=dated(T - 99 * DAY)), later, at=T) == "kestrel 1"
    # Our own covers all the past there is, even where it is not the eldest.
    assert judge(held, definition(terms=dated(T + 9 * DAY)), later, at=T - DAY) == "kestrel 1"
    assert judge(seen((T, "page_view")), definition(terms=dated(T + 9 * DAY)), later) == "own 1"


def test_a_retired_definition_counts_until_its_date() -> None:
    held = seen((T, "page_view", KESTREL))
    retired = replace(PARTNER, terms=dated(retired_at=T + DAY, state="retired"))

    assert judge(held, OWN, retired, at=T + DAY - 1) == "kestrel 1"
    assert judge(held, OWN, retired, at=T + DAY) == "own 1"
    assert judge(held, replace(OWN, terms=retired.terms), at=T + DAY) == "nobody"
    never_began = replace(PARTNER, terms=dated(T + DAY, T, state="retired"))
    assert judge(held, OWN, PARTNER, replace(never_began, version="2"), at=T + 2 * DAY) == "kestrel 1"


@pytest.mark.parametrize("terms", [Terms("draft"), Terms(trial=True), Terms("retired")])
def test_drafts_trials_and_what_never_counted_do_not_count(terms: Terms) -> None:
    beside = replace(PARTNER, terms=terms)

    assert judge(seen((T, "page_view", KESTREL)), OWN, beside) == "own 1"
    assert Book((OWN, beside)).fingerprint == Book((OWN,)).fingerprint
    assert Book((OWN, beside)).beside == ((beside,) if terms.state != "retired" else ())


def test_one_definition_alone_counts_whatever_its_terms_say() -> None:
    verdicts = score(seen((T, "page_view")), replace(OWN, terms=Terms("draft")), T)

    assert verdicts.status_of(0) == "mql"


def test_who_qualifies_only_through_a_new_version_becomes_mql_at_its_effective_instant() -> None:
    hard, easy = definition(points=9), definition(version="2", terms=dated(T + 5 * DAY))
    facts = seen((T, "page_view"))

    before = score(facts, Book((hard, easy)), T + 5 * DAY - 1)
    after = score(facts, Book((hard, easy)), T + 5 * DAY)

    assert (before.status_of(0), before.recheck_at[0]) == ("lead", T + 5 * DAY)
    assert (after.status_of(0), after.qualified_at[0]) == ("mql", T + 5 * DAY)
    assert after.qualified_by(0) == easy
    assert before.qualified_by(0) is None


def test_an_mql_stays_one_by_the_version_that_judged_her() -> None:
    easy, hard = definition(), definition(version="2", points=9, terms=dated(T + DAY), expires_after=7 * DAY)
    facts = seen((T, "page_view"))

    verdicts = score(facts, Book((easy, hard)), T + 8 * DAY - 1)
    expired = score(facts, Book((easy, hard)), T + 8 * DAY)

    assert verdicts.status_of(0) == "mql"
    assert (verdicts.qualified_by(0), verdicts.judged_by(0)) == (easy, hard)
    assert expired.status_of(0) == "lead"


def test_how_long_an_mql_lasts_is_what_the_definition_of_that_time_says() -> None:
    for_ever = definition(expires_after=0)
    short = definition(version="2", points=9, terms=dated(T + DAY), expires_after=DAY)
    window = replace(for_ever.rules[0], window=SECOND)
    book = Book((replace(for_ever, rules=(window,)), short))
    facts = seen((T - 9 * DAY, "page_view"))

    assert score(facts, book, T + DAY - 1).status_of(0) == "mql"
    assert score(facts, book, T + DAY).status_of(0) == "lead"


def test_who_is_judged_by_nobody_has_a_verdict_all_the_same() -> None:
    facts = seen((T, "page_view"))
    book = Book((PARTNER,))

    verdicts = score(facts, book, T, context=CONTEXT)

    assert (verdicts.status_of(0), verdicts.score[0], verdicts.grid_of(0)) == ("lead", 0, "D3")
    assert sentences(facts, verdicts, [0]) == ["No definition applies."]
    assert explain(facts, book, T, 0, context=CONTEXT).asked is None
    assert score(facts, Book(()), T).judged_by(0) is None


def test_a_retirement_without_successor_ends_the_spell() -> None:
    facts = seen((T, "page_view"))
    book = Book((definition(terms=dated(retired_at=T + DAY, state="retired")),))

    assert score(facts, book, T + DAY - 1).status_of(0) == "mql"
    assert score(facts, book, T + DAY).status_of(0) == "lead"


def test_reasons_are_those_of_the_definition_that_judges() -> None:
    views = Did(Match(("page_view",)))
    own = replace(OWN, exclusions=(Exclusion("viewer", (views,)),))
    partner = replace(PARTNER, exclusions=(Exclusion("other", ()), Exclusion("partner viewer", (views,))))
    facts = seen((T, "page_view", KESTREL))

    assert score(facts, Book((own, partner)), T, context=CONTEXT).reason_of(0) == "partner viewer"
    assert score(facts, Book((own, partner)), T + 30 * DAY, context=CONTEXT).reason_of(0) == "viewer"


def test_the_grid_joins_the_grade_and_the_engagement() -> None:
    for points, cell in ((20, "D2"), (19, "D3"), (60, "D1"), (59, "D2")):
        assert score(seen((T, "page_view")), definition(points=points), T).grid_of(0) == cell


def test_a_place_in_the_grid_that_changes_is_looked_at() -> None:
    fading = replace(
        definition(points=20), rules=(Rule("v", "v", Match(("page_view",)), 20 * POINT, "g", half_life=DAY),)
    )

    assert score(seen((T, "page_view")), fading, T, score_step=999 * POINT).recheck_at[0] == T + DAY


def test_machines_are_told_by_our_own_rule_where_claims_are_concerned() -> None:
    careful = MachineClicks(2, 5 * SECOND)
    book = Book((replace(OWN, machine=careful), PARTNER))

    assert book.machines() == [(ALWAYS, careful)]
    assert Book((PARTNER,)).machines() == [(ALWAYS, MachineClicks())]
    later = replace(OWN, version="2", terms=dated(T))
    retired = replace(OWN, machine=careful, terms=Terms("retired", retired_at=T))
    assert Book((retired,)).machines() == [(ALWAYS, careful)]
    assert Book((replace(OWN, machine=careful), later)).machines() == [
        (ALWAYS, careful),
        (T, MachineClicks()),
    ]


def test_a_new_rule_about_machines_leaves_what_they_did_before_it_as_it_was() -> None:
    later = replace(OWN, version="2", machine=EVERYBODY_IS_HUMAN, terms=dated(T))
    clicks = [{"id": n, "at": T - 1 + n, "kind": "email_click", "is_machine": True} for n in range(2)]

    assert machine_touches(touches_of(clicks), Book((OWN, later))).tolist() == [True, False]
    assert machine_touches(touches_of(clicks), Book((OWN,))).tolist() == [True, True]


few = settings(max_examples=25, deadline=None)


@st.composite
def books(draw: st.DrawFn) -> Book:
    """These are some definitions with some versions each, of all scopes, with dates among the deeds."""
    scopes = st.sampled_from(
        [
            Scope(),
            Scope("programme", "demo", Match(("demo_request",)), draw(st.sampled_from([0, DAY, 3 * DAY]))),
            Scope("product", "web", Match(("page_view",)), draw(st.sampled_from([0, DAY]))),
            Scope("tier", WORLD.partners[0].tier),
            Scope("partner", WORLD.partners[-1].slug),
        ]
    )
    states: Any = st.sampled_from(["agreed", "agreed", "agreed", "draft", "retired"])
    found = []
    for number in range(draw(st.integers(1, 3))):
        terms = Terms(
            draw(states), (), 0, draw(st.one_of(st.just(0), instants)), draw(st.one_of(st.just(0), instants))
        )
        name = draw(st.sampled_from(["a", "b"]))
        found.append(
            replace(draw(definitions()), name=name, version=str(number), scope=draw(scopes), terms=terms)
        )
    return Book(tuple(found))


def told(verdicts: Verdicts, person: int) -> tuple[Any, ...]:
    judge, mine = verdicts.judged_by(person), verdicts.episodes.person == person
    spells = [
        (start, end, ended_by, verdicts.definitions[by])
        for start, end, ended_by, by in zip(
            verdicts.episodes.qualified_at[mine].tolist(),
            verdicts.episodes.ended_at[mine].tolist(),
            verdicts.episodes.ended_by[mine].tolist(),
            verdicts.episodes.definition[mine].tolist(),
            strict=True,
        )
    ]
    standing = verdicts.standing.person == person
    return (
        (judge, verdicts.status_of(person), int(verdicts.score[person]), int(verdicts.engagement[person])),
        (int(verdicts.fit[person]), GRADES[verdicts.grade[person]], verdicts.grid_of(person)),
        (verdicts.reason_of(person), spells, int(verdicts.recheck_at[person])),
        (verdicts.standing.rule[standing].tolist(), verdicts.standing.touch[standing].tolist()),
    )


@few
@given(st.lists(lives, min_size=1, max_size=3), books(), instants)
def test_at_every_instant_the_scores_are_those_of_the_definition_that_judges(
    people: list[Any], book: Book, as_of: int
) -> None:
    facts = facts_of(people)

    verdicts = score(facts, book, as_of, context=WORLD)

    for person in range(len(people)):
        judge = verdicts.judged_by(person)
        if judge is None:
            assert (verdicts.score[person], verdicts.reason_of(person)) == (0, "")
            continue
        past = history(facts, judge, WORLD, as_of)
        assert verdicts.score[person] == value_at(past.score, len(people), as_of)[person]
        assert verdicts.grade[person] == value_at(past.grade, len(people), as_of)[person]
        rule = [one.reason for one in judge.exclusions]
        code = value_at(past.reason, len(people), as_of)[person]
        assert verdicts.reason_of(person) == (rule[code] if code >= 0 else "")
        assert explain(facts, book, as_of, person, context=WORLD).total == verdicts.score[person]


@few
@given(st.lists(lives, min_size=1, max_size=3), books(), instants, st.randoms(use_true_random=False))
def test_order_of_definitions_and_batches_change_nothing(
    people: list[Any], book: Book, as_of: int, random: Any
) -> None:
    facts = facts_of(people)
    together = score(facts, book, as_of, context=WORLD)

    shuffled = Book(tuple(random.sample(book.definitions, len(book.definitions))))
    again = score(facts, shuffled, as_of, context=WORLD)

    assert shuffled.fingerprint == book.fingerprint
    for person in range(len(people)):
        assert told(again, person) == told(together, person)
        alone = score(facts.of_people(person, person + 1), book, as_of, context=WORLD)
        if people[person].deeds:
            assert told(alone, 0)[:3] == told(together, person)[:3]


@few
@given(st.lists(lives, min_size=1, max_size=2), books(), definitions(), instants, instants)
def test_a_new_version_changes_only_the_future(
    people: list[Any], book: Book, new: Definition, effective_at: int, as_of: int
) -> None:
    facts = facts_of(people)
    own = replace(book.definitions[0], name="a", version="0", scope=Scope(), terms=Terms())
    before = Book((own, *book.definitions[1:]))
    after = Book((*before.definitions, replace(new, name="a", version="99", terms=dated(effective_at))))
    earlier = min(as_of, effective_at - 1)

    old, now = score(facts, before, earlier, context=WORLD), score(facts, after, earlier, context=WORLD)

    for person in range(len(people)):
        *rest, (reason, spells, recheck_at), standing = told(old, person)
        assert told(now, person)[:2] == tuple(rest)
        assert told(now, person)[2][:2] == (reason, spells)
        assert told(now, person)[3] == standing
        assert (
            now.recheck_at[person] <= effective_at
            or now.recheck_at[person] <= recheck_at
            or (now.recheck_at[person] == NEVER)
        )
    later = score(facts, after, effective_at + DAY, context=WORLD)
    past = score(facts, before, effective_at + DAY, context=WORLD)
    for person in range(len(people)):
        begun = [one[0] for one in told(past, person)[2][1] if one[0] < effective_at]
        assert [one[0] for one in told(later, person)[2][1] if one[0] < effective_at] == begun


@few
@given(st.lists(lives, min_size=1, max_size=2), books(), definitions(), instants)
def test_a_trial_never_changes_a_verdict(people: list[Any], book: Book, new: Definition, as_of: int) -> None:
    facts = facts_of(people)
    trial = replace(new, name="c", scope=Scope("product", "all"), terms=Terms(trial=True))

    without, beside = (
        score(facts, book, as_of, context=WORLD),
        score(facts, Book((*book.definitions, trial)), as_of, context=WORLD),
    )

    for person in range(len(people)):
        assert told(beside, person) == told(without, person)


@few
@given(lives, books(), instants, st.integers(0, 30))
def test_nothing_visible_changes_before_the_recheck(life: Any, book: Book, as_of: int, steps: int) -> None:
    facts = facts_of([life])
    now = score(facts, book, as_of, context=WORLD)
    recheck_at = int(now.recheck_at[0])

    for at in {recheck_at - 1, as_of + (min(recheck_at, as_of + 99 * DAY) - as_of) * steps // 31}:
        if as_of < at < recheck_at and at < NEVER // 2:
            then = score(facts, book, at, context=WORLD)
            judge, status, points, _ = told(then, 0)[0]
            assert (judge, status) == told(now, 0)[0][:2]
            assert told(then, 0)[1][1:] == told(now, 0)[1][1:]
            assert told(then, 0)[2][:2] == told(now, 0)[2][:2]
            assert abs(points - now.score[0]) < 5 * POINT


@few
@given(
    st.lists(st.tuples(st.integers(0, 90), st.sampled_from(["kestrel", "orbis", ""])), max_size=8),
    st.integers(0, 120),
)
def test_whoever_holds_the_claim_decides(visits: list[tuple[int, str]], day: int) -> None:
    rows = [
        (
            T + when * DAY,
            "page_view",
            f"https://acme.example/?utm_source={who}&utm_medium=partner" if who else "",
        )
        for when, who in sorted(visits)
    ]
    facts = seen(*rows)
    silver = replace(TIER, name="silver", scope=Scope("tier", "silver"))

    verdicts = score(facts, Book((PARTNER, silver, OWN)), T + day * DAY, context=CONTEXT)

    found = verdicts.judged_by(0)
    assert found is not None
    assert found.name == {"kestrel": "kestrel", "orbis": "silver", "": "own"}[verdicts.partner_of(0)[0]]


def test_the_switch_names_nobody_where_no_scope_applies() -> None:
    facts = seen((T, "page_view", KESTREL))
    voided = np.zeros(1, np.bool_)
    claims = partner_claims(facts, voided, sources(facts.touches, voided, CONTEXT), CONTEXT)

    switch = judges(Book((PARTNER,)), Evidence(facts, voided, claims, CONTEXT))

    assert switch.base == NOBODY
    assert switch.at.tolist() == [T, T + 30 * DAY]
    assert switch.value.tolist() == [0, NOBODY]
