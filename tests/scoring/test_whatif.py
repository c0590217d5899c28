"""What would be enough is tried, not guessed: the naive evaluation of the same life agrees."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from lives import CONTEXT, definitions, facts_of, instants, lives
from oracle import Life, Person, world
from oracle_kinds import Deed

from scoring.context import Context
from scoring.definitions.conditions import AllOf, AtLeast, Did, HasAttribute, IsMachine, NotOf, Reaches
from scoring.definitions.definition import POINT, Definition, Exclusion, Group, Rule
from scoring.definitions.kinds import (
    EACH,
    Committee,
    Depth,
    Distinct,
    FieldIs,
    First,
    How,
    Match,
    Repeated,
    Return,
    Sequence,
    Silence,
    Words,
)
from scoring.definitions.whatif import TIMES_MAX, Elsewhere, Way, _made, _Try, elsewhere, ways
from scoring.ledger import explain
from scoring.partner import Partner
from scoring.touches import DAY, HOUR, Attributes, Facts, touches_of

T = 20_000 * DAY
VIEW, DEMO = Match(("page_view",)), Match(("demo_request",))
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def asking(*conditions: object, rules: tuple[Rule, ...] = (), **more: object) -> Definition:
    return Definition("d", "1", "d", AllOf(tuple(conditions)), rules, (Group("g"),), **more)


def did(*rows: dict[str, object], company: int = 0) -> Facts:
    """Everybody works at `company`, if it is one."""
    people = max((int(row.get("person", 0)) for row in rows), default=0) + 1
    touches = touches_of({"id": n, "person": 0, **row} for n, row in enumerate(rows, 1))
    return Facts(people, touches, Attributes(), np.full(people, company, np.int32))


def found(facts: Facts, definition: Definition) -> list[Way]:
    return list(
        ways(facts, definition, explain(facts, definition, T, 0, context=CONTEXT), 0, context=CONTEXT)
    )


def others(facts: Facts, definition: Definition) -> list[Elsewhere]:
    return elsewhere(facts, explain(facts, definition, T, 0, context=CONTEXT), 0, context=CONTEXT)


def times(facts: Facts, how: How, match: Match = VIEW) -> list[int]:
    return [way.times for way in found(facts, asking(Did(match, how)))]


def view(ago: int, **more: object) -> dict[str, object]:
    return {"at": T - ago, "kind": "page_view", **more}


@pytest.mark.parametrize(
    ("how", "needed"),
    [
        (EACH, []),  # the view of yesterday stands already
        (First(), []),
        (Repeated(3, 7 * DAY), [2]),
        (Repeated(3, HOUR), [3]),
        (Distinct(3, 7 * DAY, "page"), [2]),
        (Distinct(2, 7 * DAY), [2]),  # that view was of no asset
        (Depth(100, 7 * DAY), [1]),
        (Depth(1_500, 7 * DAY), [3]),
        (Depth(4, 7 * DAY, "pages"), [3]),
        (Sequence((DEMO,), 7 * DAY), [1]),
        (Sequence((DEMO,), HOUR), [2]),
        (Return(DAY), [1]),
        (Return(2 * DAY), []),  # nobody comes back on the day she was here
        (Repeated(TIMES_MAX + 1, 7 * DAY), [TIMES_MAX]),
        (Repeated(TIMES_MAX + 2, 7 * DAY), []),
    ],
)
def test_so_many_touches_are_still_to_come(how: How, needed: list[int]) -> None:
    assert times(did(view(DAY, page="/a", seconds=10)), how) == needed


def test_fixed_pages_are_counted_apart_from_those_seen() -> None:
    two = Match(("page_view",), pages=("/a", "/b"))

    assert times(did(view(DAY, page="/a")), Distinct(2, 7 * DAY, "page"), two) == [1]
    assert times(did(view(DAY, page="/a")), Distinct(3, 7 * DAY, "page"), two) == []


def test_a_partner_is_met_by_her_link_her_page_or_her_content() -> None:
    for slug in ("kestrel", "osprey", "kes*"):
        assert times(did(view(DAY)), EACH, Match(("page_view",), partners=(slug,))) == [1]
    assert times(did(view(DAY)), EACH, Match(("page_view",), partners=("nobody",))) == []
    landing = Partner("merlin", "Merlin", "gold", landing_pages=("/lp/merlin*",))
    content = Partner("hobby", "Hobby", "gold", content=("hobby guide*",))
    for partner in (landing, content):
        context = Context(partners=(partner,))
        definition = asking(Did(Match(("page_view",), partners=("*",))))
        told = explain(did(view(DAY)), definition, T, 0, context=context)
        assert [way.times for way in ways(did(view(DAY)), definition, told, 0, context=context)] == [1]


def test_deeds_and_rules_are_tried_alike_fewest_touches_first() -> None:
    rules = (
        Rule("demo", "demo", DEMO, 40 * POINT, "g"),
        Rule("view", "page view", VIEW, 15 * POINT, "g"),
        Rule("bad", "unsubscribed", Match(("unsubscribe",)), -POINT, "g"),
    )
    definition = replace(asking(Reaches("score", 40 * POINT), rules=rules))

    shown = found(did(view(DAY)), definition)

    assert [(way.rule, way.times, way.points) for way in shown] == [
        ("demo", 1, 40 * POINT),
        ("view", 2, 30 * POINT),
    ]


def test_what_one_kind_alone_cannot_reach_is_no_way() -> None:
    both = asking(Did(VIEW), Did(DEMO))

    assert found(did({"at": T, "kind": "call"}), both) == []
    assert [way.match for way in found(did(view(DAY)), both)] == [DEMO]


def test_nobody_who_qualifies_or_works_with_sales_needs_a_way() -> None:
    definition = asking(Did(DEMO))
    accepted = {"at": T, "kind": "sales_accepted"}

    assert found(did({"at": T, "kind": "demo_request"}), definition) == []
    assert found(did(accepted), definition) == []
    assert found(did(view(0)), replace(definition, scope=replace(definition.scope, kind="tier"))) == []


def test_an_mql_whose_condition_fell_is_told_what_would_renew_it() -> None:
    definition = replace(asking(Did(DEMO, EACH, DAY)), expires_after=30 * DAY)
    facts = did({"at": T - 2 * DAY, "kind": "demo_request"})

    assert explain(facts, definition, T, 0).verdicts.status_of(0) == "mql"
    assert [way.times for way in found(facts, definition)] == [1]


def test_a_human_touch_takes_a_bot_out_of_its_exclusion() -> None:
    burst = [{"at": T - HOUR, "kind": "email_click", "url": url, "asset": "m"} for url in "abc"]
    definition = asking(Did(VIEW), exclusions=(Exclusion("bot", (IsMachine(),)),))

    told = explain(did(*burst), definition, T, 0)

    assert [one.reason for one in told.exclusions] == ["bot"]
    assert [way.times for way in found(did(*burst), definition)] == [1]


@pytest.mark.parametrize(("people", "needed"), [(2, 1), (3, 2)])
def test_she_may_be_the_one_whom_the_committee_lacks(people: int, needed: list[int]) -> None:
    rules = (
        Rule("demo", "demo", DEMO, POINT, "g", Committee(people, DAY)),
        Rule("v", "view", DEMO, POINT, "g"),
    )
    definition = asking(Reaches("score", 2 * POINT), rules=rules)
    facts = did({"at": T - HOUR, "kind": "demo_request", "person": 1}, view(0), company=1)

    assert [way.times for way in found(facts, definition)] == [needed]


def test_colleagues_who_did_too_much_to_be_copied_count_as_they_are() -> None:
    crowd = [{"at": T - HOUR, "kind": "page_view", "person": 1} for _ in range(30_000)]
    definition = asking(Did(VIEW, Committee(1, DAY)), Did(DEMO))

    assert [way.match for way in found(did(view(0), *crowd, company=1), definition)] == [DEMO]


def test_what_no_touch_of_hers_brings_about_is_named() -> None:
    named = Words(("decision maker",))
    definition = asking(
        Did(VIEW, Committee(3, DAY)),
        Did(VIEW, Silence(DAY)),
        HasAttribute("title", Words(("vp",))),
        NotOf(Did(VIEW)),
        Did(DEMO),
    )
    rules = (
        Rule("role", "decides", VIEW, 5 * POINT, "g", FieldIs("buying_role", named)),
        Rule("company", "company", VIEW, 5 * POINT, "g", Committee(2, DAY)),
    )
    by_points = replace(definition, qualified=AtLeast(1, (Reaches("score", 20 * POINT),)), rules=rules)
    facts = did(view(HOUR), company=1)

    asked = others(facts, definition)
    worth = others(facts, by_points)

    assert [type(one.point.condition).__name__ for one in asked] == ["Did", "Did", "HasAttribute", "NotOf"]
    assert (asked[0].point.has, asked[0].point.needs) == (1, 3)
    assert [(one.rule, one.points, one.point.has, one.point.needs) for one in worth] == [
        ("role", 5 * POINT, 0, 1),
        ("company", 5 * POINT, 1, 2),
    ]
    assert others(did(*(view(HOUR, person=n) for n in range(2)), company=1), by_points)[0].rule == "role"
    assert len(others(did(*(view(HOUR, person=n) for n in range(2)), company=1), by_points)) == 1
    assert others(facts, asking(Did(VIEW))) == []


def qualifies(life: Life, colleague: Life, definition: Definition, at: int) -> bool:
    person = world([life, colleague], definition, CONTEXT)[0]
    return person.qualifies(at) if was_mql(person, at) else person.life(at)[0] == "mql"


def was_mql(person: Person, at: int) -> bool:
    return person.life(at)[0] == "mql"


@settings(max_examples=60, deadline=None, suppress_health_check=SLOW)
@given(lives, lives, definitions(), instants)
def test_the_naive_evaluation_agrees_on_every_way(
    life: Life, colleague: Life, definition: Definition, as_of: int
) -> None:
    facts = facts_of([life, colleague])
    told = explain(facts, definition, as_of, 0, context=CONTEXT)

    for way in ways(facts, definition, told, 0, context=CONTEXT):
        one = _Try(way.rule, way.label, way.match, way.how)
        for count in (way.times - 1, way.times):
            rows = _made(one, count, facts.touches, CONTEXT)
            new = [Deed(90_000 + number, as_of, **row) for number, row in enumerate(rows)]
            longer = Life([*life.deeds, *new], life.known, life.company)
            assert qualifies(longer, colleague, definition, as_of) is (count == way.times)


def test_the_score_rises_by_what_is_told() -> None:
    rules = (Rule("view", "view", VIEW, 15 * POINT, "g", at_most=2),)
    definition = asking(Reaches("score", 30 * POINT), rules=rules)

    assert [(way.times, way.points) for way in found(did(view(DAY)), definition)] == [(1, 15 * POINT)]
