"""What a definition asks for, point by point, beside a naive evaluation of the same life."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lives import CONTEXT, deeds, definitions, facts_of, instants, lives
from oracle import Life, Person, world

from scoring.context import Context
from scoring.definitions.checklist import Point, unmet
from scoring.definitions.conditions import (
    AllOf,
    AtLeast,
    Condition,
    Did,
    GradeIs,
    HasAttribute,
    IsOwnStaff,
    NotOf,
    Reaches,
)
from scoring.definitions.definition import POINT, Definition, Exclusion
from scoring.definitions.kinds import (
    EACH,
    Committee,
    Depth,
    Distinct,
    How,
    Match,
    Repeated,
    Sequence,
    Silence,
    Words,
)
from scoring.ledger import Explanation, explain
from scoring.touches import DAY, Facts, attributes_of, touches_of

T = 20_000 * DAY
VIEW, DEMO, CALL = Match(("page_view",)), Match(("demo_request",)), Match(("call",))
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def told(condition: Condition, *rows: dict[str, object], title: str = "") -> Explanation:
    touches = touches_of({"id": n, "at": T, "kind": "page_view", **row} for n, row in enumerate(rows, 1))
    facts = Facts(1, touches, attributes_of([(0, T - DAY, "title", title)]))
    definition = Definition("d", "1", "d", condition, (), ())
    return explain(facts, definition, T, 0)


def asked(condition: Condition, *rows: dict[str, object], title: str = "") -> Point:
    point = told(condition, *rows, title=title).asked
    assert point is not None
    return point


@pytest.mark.parametrize(
    ("how", "has", "needs"),
    [
        (EACH, 1, 1),
        (Repeated(5, DAY), 3, 5),
        (Repeated(3, DAY), 3, 3),
        (Distinct(4, DAY, "page"), 2, 4),
        (Depth(100, DAY), 70, 100),
        (Depth(9, DAY, "pages"), 3, 9),
        (Sequence((DEMO, CALL), DAY), 1, 3),
        (Sequence((VIEW, CALL), DAY), 2, 3),
        (Silence(DAY), 0, 1),
        (Committee(2, DAY), 0, 2),
    ],
)
def test_a_deed_says_how_far_it_has_come(how: How, has: int, needs: int) -> None:
    views = [{"page": page, "seconds": seconds} for page, seconds in (("/a", 30), ("/b", 40), ("/b", 0))]

    point = asked(Did(VIEW, how), *views)

    assert (point.has, point.needs, point.holds) == (has, needs, has == needs)


def test_a_tree_counts_the_parts_that_hold() -> None:
    vp = HasAttribute("title", Words(("vp",)))
    tree = AllOf(
        (AtLeast(2, (Did(VIEW), Did(DEMO), vp)), NotOf(Did(VIEW)), GradeIs("A"), Reaches("score", POINT))
    )

    top = asked(tree, {}, title="gardener")

    two, none, grade, score = top.parts
    assert (top.has, top.needs, two.has, two.needs) == (0, 4, 1, 2)
    assert [part.holds for part in two.parts] == [True, False, False]
    assert (two.parts[2].value, none.parts[0].holds) == ("gardener", True)
    assert (grade.has, grade.needs, score.has, score.needs) == (3, 0, 0, POINT)
    assert [one.condition for one in unmet(top)] == [
        Did(DEMO),
        vp,
        NotOf(Did(VIEW)),
        GradeIs("A"),
        Reaches("score", POINT),
    ]


def test_every_exclusion_that_holds_is_named_with_its_cause() -> None:
    student, views = HasAttribute("title", Words(("student",))), Did(VIEW, Repeated(2, DAY))
    exclusions = (
        Exclusion("gone", (Did(DEMO),)),
        Exclusion("student", (Did(CALL), student)),
        Exclusion("job seeker", (views,)),
    )
    definition = Definition("d", "1", "d", Did(VIEW), (), (), exclusions=exclusions)
    touches = touches_of({"id": n, "at": T, "kind": "page_view"} for n in (1, 2))
    facts = Facts(1, touches, attributes_of([(0, T, "title", "student")]))

    found = explain(facts, definition, T, 0)

    assert found.verdicts.reason_of(0) == "student"
    assert [(one.reason, one.causes) for one in found.exclusions] == [
        ("student", (student,)),
        ("job seeker", (views,)),
    ]


def agrees(point: Point, person: Person, at: int) -> bool:
    """Whether every part says what the naive evaluation says."""
    parts = all(agrees(part, person, at) for part in point.parts)
    return parts and point.holds is person.holds(point.condition, at)


@settings(max_examples=60, deadline=None, suppress_health_check=SLOW)
@given(st.lists(lives, min_size=1, max_size=2), definitions(), instants)
def test_every_part_agrees_with_the_naive_evaluation(
    people: list[Life], definition: Definition, as_of: int
) -> None:
    found = explain(facts_of(people), definition, as_of, 0, context=CONTEXT)
    person = world(people, definition, CONTEXT)[0]

    assert found.asked is not None
    assert agrees(found.asked, person, as_of)
    assert bool(found.exclusions) is (person.reason(as_of) >= 0)
    assert found.asked.holds or list(unmet(found.asked))


@settings(max_examples=60, deadline=None, suppress_health_check=SLOW)
@given(deeds(), st.sampled_from([Repeated(4, 2 * DAY), Distinct(3, 2 * DAY), Depth(500, 2 * DAY)]), instants)
def test_a_deed_that_needs_no_more_holds(done: list, how: How, as_of: int) -> None:
    definition = Definition("d", "1", "d", Did(VIEW, how), (), ())

    point = explain(facts_of([Life(done)]), definition, as_of, 0, context=CONTEXT).asked

    assert point is not None
    assert point.holds is (point.has >= point.needs)


def test_a_committee_says_how_many_colleagues_are_there_already() -> None:
    views = touches_of({"id": n + 1, "person": n, "at": T, "kind": "page_view"} for n in range(3))
    facts = Facts(3, views, attributes_of([]), np.array([7, 7, 8], np.int32))
    definition = Definition("d", "1", "d", Did(VIEW, Committee(4, DAY)), (), ())

    point = explain(facts, definition, T, 0).asked

    assert point is not None
    assert (point.has, point.needs, point.holds) == (2, 4, False)


@pytest.mark.parametrize(("address", "holds"), [("jo@acme.example", True), ("jo@else.example", False)])
def test_who_is_on_our_own_staff_is_a_point_of_its_own(address: str, holds: bool) -> None:
    facts = Facts(1, touches_of([]), attributes_of([(0, T - DAY, "email", address)]))
    definition = Definition("d", "1", "d", IsOwnStaff(), (), ())

    point = explain(facts, definition, T, 0, context=Context(own_domains=("acme.example",))).asked

    assert point is not None
    assert (point.has, point.needs, point.holds) == (int(holds), 1, holds)
