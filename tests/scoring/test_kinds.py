"""Every kind of moment at its edges: one too few, one microsecond early, another epoch, another company."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scoring.conditions import AnyOf, Condition, Did, NotOf, scored
from scoring.context import Context
from scoring.definition import POINT, Definition, Exclusion, Group, Rule
from scoring.kinds import (
    Committee,
    Depth,
    Distinct,
    Each,
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
from scoring.ledger import explain
from scoring.partner import Partner
from scoring.rules.committee import colleagues_needed
from scoring.score import score
from scoring.sentence import sentences
from scoring.touches import ALWAYS, DAY, NEVER, Attributes, Facts, attributes_of, touches_of
from scoring.verdicts import Verdicts
from scoring.whatif import ways

T = 20_000 * DAY
VIEW = Match(("page_view",))
DEMO = Match(("demo_request",))
DECIDES = Words(("decision maker",))
PARTNERS = Context(
    own_domains=("own.example",),
    partners=(
        Partner("kestrel", "Kestrel", "gold", ("kestrel",), ("/lp/kestrel*",)),
        Partner("osprey", "Osprey", "silver", ("osprey",), content=("osprey guide*",)),
    ),
)


def definition_of(how: How, match: Match = VIEW, qualified: Condition | None = None, **changes) -> Definition:
    rule = Rule("r", "r", match, 10 * POINT, "g", how=how)
    return Definition(
        "d", "1", "d", qualified or scored(0), (replace(rule, **changes),), (Group("g"),), floor=None
    )


def facts_of(*touches: tuple, known: tuple = (), company: tuple[int, ...] = (), people: int = 1) -> Facts:
    """Touches are (at,) or (at, columns); of person 0 and page views unless the columns say otherwise."""
    rows = [
        {"id": number, "person": 0, "at": at, "kind": "page_view", **(columns[0] if columns else {})}
        for number, (at, *columns) in enumerate(touches)
    ]
    return Facts(people, touches_of(rows), attributes_of(known), np.array(company, np.int32))


def points(definition: Definition, facts: Facts, at: int, context: Context = PARTNERS) -> list[int]:
    return (score(facts, definition, at, context=context).engagement // POINT).tolist()


def asset(name: str) -> dict[str, str]:
    return {"asset": name}


def test_different_assets_count_and_the_same_one_twice_does_not() -> None:
    two = definition_of(Distinct(2, 7 * DAY))
    same = facts_of((T, asset("a")), (T + DAY, asset("a")), (T + DAY, asset("")))
    other = facts_of((T, asset("a")), (T + 2 * DAY, asset("a")), (T + 7 * DAY - 1, asset("b")))

    assert points(two, same, T + DAY) == [0]
    assert points(two, other, T + 7 * DAY - 2) == [0]
    assert points(two, other, T + 7 * DAY - 1) == [10]
    assert points(two, other, T + 9 * DAY - 1) == [10]
    assert points(two, other, T + 9 * DAY) == [0]  # the second look at `a` kept it within the span till now


@pytest.mark.parametrize("of", ["page", "campaign"])
def test_pages_and_campaigns_can_be_what_differs(of: str) -> None:
    two = definition_of(Distinct(2, DAY, of))

    assert points(two, facts_of((T, {of: "a"}), (T, {of: "b"})), T) == [10]
    assert points(two, facts_of((T, asset("a")), (T, asset("b"))), T) == [0]


def test_seconds_add_up_until_the_oldest_leave() -> None:
    ten_minutes = definition_of(Depth(600, 7 * DAY))
    facts = facts_of((T, {"seconds": 599}), (T + DAY, {"seconds": 1}), (T + DAY, {"seconds": -5}))

    assert points(ten_minutes, facts, T + DAY - 1) == [0]
    assert points(ten_minutes, facts, T + DAY) == [10]
    assert points(ten_minutes, facts, T + 7 * DAY - 1) == [10]
    assert points(ten_minutes, facts, T + 7 * DAY) == [0]


def test_pages_viewed_add_up_and_a_touch_without_one_is_none() -> None:
    two_pages = definition_of(Depth(2, DAY, "pages"))

    assert points(two_pages, facts_of((T, {"page": "/a"}), (T, {})), T) == [0]
    assert points(two_pages, facts_of((T, {"page": "/a"}), (T, {"page": "/a"})), T) == [10]


def test_steps_count_in_their_order_only() -> None:
    then_demo = definition_of(Sequence((DEMO,), 7 * DAY))
    demo = {"kind": "demo_request"}

    assert points(then_demo, facts_of((T, demo), (T + 1,)), T + 1) == [0]
    assert points(then_demo, facts_of((T,), (T, demo)), T) == [10]  # the smaller id came first
    assert points(then_demo, facts_of((T, demo), (T,)), T) == [0]


def test_the_steps_lie_within_the_span_of_the_latest_beginning() -> None:
    then_demo = definition_of(Sequence((DEMO,), 7 * DAY))
    demo = {"kind": "demo_request"}

    assert points(then_demo, facts_of((T,), (T + 7 * DAY - 1, demo)), T + 7 * DAY - 1) == [10]
    assert points(then_demo, facts_of((T,), (T + 7 * DAY, demo)), T + 7 * DAY) == [0]
    again = facts_of((T,), (T + 3 * DAY,), (T + 4 * DAY, demo))
    assert points(then_demo, again, T + 10 * DAY - 1) == [10]
    assert points(then_demo, again, T + 10 * DAY) == [0]


def test_one_touch_is_only_one_step() -> None:
    thrice = definition_of(Sequence((VIEW, VIEW), DAY))

    assert points(thrice, facts_of((T,), (T + 1,)), T + 1) == [0]
    assert points(thrice, facts_of((T,), (T + 1,), (T + 2,)), T + 2) == [10]


def test_the_steps_do_not_go_on_in_the_next_epoch() -> None:
    then_demo = definition_of(Sequence((DEMO,), 7 * DAY))
    facts = facts_of((T,), (T + 1, {"kind": "sales_rejected"}), (T + 2, {"kind": "demo_request"}))

    assert points(then_demo, facts, T + 2) == [0]


def test_only_the_first_touch_of_an_epoch_is_first() -> None:
    first = definition_of(First())
    facts = facts_of((T,), (T + 1,), (T + DAY, {"kind": "deal_lost"}), (T + 2 * DAY,))

    assert points(first, facts, T + 1) == [10]
    assert points(first, facts, T + DAY) == [0]
    assert points(first, facts, T + 2 * DAY) == [10]


def test_silence_falls_without_any_touch_and_is_seen_coming() -> None:
    silent = definition_of(Silence(30 * DAY))
    facts = facts_of((T,))

    assert points(silent, facts, T + 30 * DAY - 1) == [0]
    assert points(silent, facts, T + 30 * DAY) == [10]
    assert score(facts, silent, T + DAY).recheck_at[0] == T + 30 * DAY
    assert points(silent, facts_of((T, {"kind": "demo_request"})), T + 90 * DAY) == [0]


def test_silence_ends_with_the_next_touch_or_the_epoch() -> None:
    silent = definition_of(Silence(30 * DAY))

    broken = facts_of((T,), (T + 40 * DAY,))
    assert points(silent, broken, T + 40 * DAY - 1) == [10]
    assert points(silent, broken, T + 40 * DAY) == [0]
    assert points(silent, broken, T + 70 * DAY) == [10]
    just_in_time = facts_of((T,), (T + 30 * DAY,))
    assert points(silent, just_in_time, T + 30 * DAY) == [0]
    rejected = facts_of((T,), (T + 31 * DAY, {"kind": "sales_rejected"}))
    assert points(silent, rejected, T + 31 * DAY - 1) == [10]
    assert points(silent, rejected, T + 99 * DAY) == [0]


def test_a_touch_after_a_long_silence_is_a_return() -> None:
    back = definition_of(Return(30 * DAY))

    assert points(back, facts_of((T,), (T + 30 * DAY - 1,)), T + 99 * DAY) == [0]
    assert points(back, facts_of((T,), (T + 30 * DAY,)), T + 99 * DAY) == [10]
    assert points(back, facts_of((T,)), T + 99 * DAY) == [0]
    rejected = facts_of((T,), (T + DAY, {"kind": "sales_rejected"}), (T + 40 * DAY,))
    assert points(back, rejected, T + 40 * DAY) == [0]


def test_a_field_counts_from_its_value_to_the_next_that_does_not_pass() -> None:
    decides = definition_of(FieldIs("buying_role", DECIDES))
    known = (
        (0, T, "buying_role", "Decision maker"),
        (0, T + DAY, "buying_role", "the decision maker"),
        (0, T + 2 * DAY, "buying_role", ""),
    )
    facts = facts_of((T - DAY,), known=known)

    assert points(decides, facts, T - 1) == [0]
    assert points(decides, facts, T) == [10]
    assert points(replace(decides, rules=(replace(decides.rules[0], at_most=2),)), facts, T + DAY) == [10]
    assert points(decides, facts, T + 2 * DAY - 1) == [10]
    assert points(decides, facts, T + 2 * DAY) == [0]


def test_people_without_any_touch_have_fields() -> None:
    decides = definition_of(FieldIs("buying_role", DECIDES))
    facts = facts_of((T, {"person": 1}), known=((0, T, "buying_role", "decision maker"),), people=3)

    assert points(decides, facts, T) == [10, 0, 0]


def test_a_value_of_the_old_epoch_gives_nothing_in_the_new_one() -> None:
    decides = definition_of(FieldIs("buying_role", DECIDES))
    known = ((0, T, "buying_role", "decision maker"), (0, T + 3 * DAY, "buying_role", ""))
    again = (*known, (0, T + 4 * DAY, "buying_role", "decision maker"))
    facts = facts_of((T + 2 * DAY, {"kind": "sales_rejected"}), known=again)

    assert points(decides, facts, T + 2 * DAY - 1) == [10]
    assert points(decides, facts, T + 2 * DAY) == [0]
    assert points(decides, facts, T + 4 * DAY) == [10]


def test_a_value_without_a_date_counts_as_known_for_ever() -> None:
    known = ((0, ALWAYS, "buying_role", "decision maker"),)
    facts = facts_of((T,), known=known)

    assert points(definition_of(FieldIs("buying_role", DECIDES)), facts, T - DAY) == [10]
    assert points(definition_of(FieldIs("buying_role", DECIDES), window=90 * DAY), facts, T) == [0]
    assert points(definition_of(FieldIs("buying_role", DECIDES), half_life=90 * DAY), facts, T) == [0]
    decided = definition_of(Each(), qualified=Did(VIEW, FieldIs("buying_role", DECIDES)))
    assert score(facts, decided, T).status_of(0) == "mql"
    recently = definition_of(Each(), qualified=Did(VIEW, FieldIs("buying_role", DECIDES), lasts=DAY))
    assert score(facts, recently, T).status_of(0) == "lead"


def of(person: int) -> dict[str, int]:
    return {"person": person}


def test_a_committee_is_enough_people_of_one_company_within_the_span() -> None:
    three = definition_of(Committee(3, 7 * DAY))
    touches = [(T, of(0)), (T + DAY, of(1)), (T + DAY, of(1)), (T + 2 * DAY, of(2)), (T + 2 * DAY, of(3))]
    facts = facts_of(*touches, company=(5, 5, 5, 6, 5), people=5)

    assert points(three, facts, T + 2 * DAY - 1) == [0] * 5
    assert points(three, facts, T + 2 * DAY) == [10, 10, 10, 0, 10]  # the fifth did nothing, yet is there
    assert points(three, facts, T + 7 * DAY - 1) == [10, 10, 10, 0, 10]
    assert points(three, facts, T + 7 * DAY) == [0] * 5


def test_without_companies_there_is_no_committee() -> None:
    alone = definition_of(Committee(1, DAY))

    assert points(alone, facts_of((T,)), T) == [0]
    assert points(alone, facts_of((T,), company=(0,)), T) == [0]
    assert points(alone, facts_of((T,), company=(1,)), T) == [10]


def test_only_people_in_a_role_make_the_committee() -> None:
    deciding = definition_of(Committee(2, 7 * DAY, roles=DECIDES))
    known = ((0, ALWAYS, "buying_role", "decision maker"), (1, T + DAY, "buying_role", "decision maker"))
    before = facts_of((T, of(0)), (T + DAY - 1, of(1)), known=known, company=(1, 1), people=2)
    after = facts_of((T, of(0)), (T + DAY, of(1)), known=known, company=(1, 1), people=2)

    assert points(deciding, before, T + DAY) == [0, 0]
    assert points(deciding, after, T + DAY) == [10, 10]


def test_a_committee_counts_for_those_in_whose_epoch_it_rises() -> None:
    two = definition_of(Committee(2, 7 * DAY))
    rejected = {"person": 2, "kind": "sales_rejected"}
    facts = facts_of((T, of(0)), (T + 1, of(1)), (T + DAY, rejected), company=(1, 1, 1), people=3)

    assert points(two, facts, T + DAY - 1) == [10, 10, 10]
    assert points(two, facts, T + DAY) == [10, 10, 0]


def test_what_a_colleague_did_before_her_rejection_is_gone_from_the_committee() -> None:
    two = definition_of(Committee(2, 7 * DAY))
    rejected = {"person": 1, "kind": "sales_rejected"}
    facts = facts_of((T, of(0)), (T + 1, of(1)), (T + DAY, rejected), company=(1, 1), people=2)

    assert points(two, facts, T + DAY - 1) == [10, 10]
    assert points(two, facts, T + DAY) == [0, 0]


def test_colleagues_count_for_people_judged_without_them() -> None:
    two = definition_of(Committee(2, 7 * DAY))
    facts = facts_of((T, of(0)), (T, of(1)), company=(1, 1), people=2)

    assert points(two, facts.of_people(1, 2), T) == [10]
    assert points(two, facts.of_marked(np.array([True, False])), T) == [10, 10]
    no_partners = score(facts, two, T, context=Context())
    assert no_partners.engagement.tolist() == [10 * POINT] * 2


def test_a_definition_says_whether_it_needs_colleagues() -> None:
    plain = definition_of(Each(), qualified=AnyOf((NotOf(Did(VIEW)), scored(0))))
    together = Did(VIEW, Committee(2, DAY))

    assert not colleagues_needed(plain)
    assert colleagues_needed(definition_of(Committee(2, DAY)))
    assert colleagues_needed(replace(plain, qualified=NotOf(together)))
    assert colleagues_needed(replace(plain, exclusions=(Exclusion("x", (together,)),)))


def test_points_follow_their_steps_and_stand_as_long_as_the_condition() -> None:
    stepped = definition_of(Silence(DAY), steps=((DAY, 5 * POINT), (3 * DAY, -5 * POINT)))
    facts = facts_of((T,), (T + 90 * DAY,))
    rose = T + DAY

    then = [points(stepped, facts, at)[0] for at in (rose, rose + DAY - 1, rose + DAY)]
    assert then == [10, 10, 5]
    assert points(stepped, facts, rose + 3 * DAY - 1) == [5]
    assert points(stepped, facts, rose + 3 * DAY) == [-5]
    assert points(stepped, facts, T + 90 * DAY - 1) == [-5]
    assert points(stepped, facts, T + 90 * DAY) == [0]


def test_steps_end_with_the_window_or_where_only_zeros_are_left() -> None:
    steps = ((DAY, 0), (2 * DAY, 5 * POINT), (3 * DAY, 0), (4 * DAY, 0))
    stepped = definition_of(Each(), steps=steps)
    facts = facts_of((T,))

    expires = {
        at: [line.expires_at for line in explain(facts, stepped, at, 0).contributions]
        for at in (T + DAY, T + 3 * DAY - 1, T + 3 * DAY)
    }
    assert expires == {T + DAY: [T + 3 * DAY], T + 3 * DAY - 1: [T + 3 * DAY], T + 3 * DAY: []}
    windowed = definition_of(Each(), steps=steps[:2], window=5 * DAY)
    assert points(windowed, facts, T + 5 * DAY - 1) == [5]
    assert points(windowed, facts, T + 5 * DAY) == [0]


def test_fading_is_written_down_in_one_way_and_in_eight_levels_at_most() -> None:
    steps = tuple((day * DAY, POINT) for day in range(1, 9))

    assert len(definition_of(Each(), steps=steps[:7]).rules[0].steps) == 7
    with pytest.raises(ValueError, match="at most 7 steps"):
        definition_of(Each(), steps=steps)
    with pytest.raises(ValueError, match="each later than the last"):
        definition_of(Each(), steps=((DAY, 2), (DAY, 1)))
    with pytest.raises(ValueError, match="not both"):
        definition_of(Each(), steps=steps[:1], half_life=DAY)


@pytest.mark.parametrize(
    ("columns", "whose"),
    [
        ({"url": "https://own.example/?utm_source=kestrel"}, ["kestrel"]),
        ({"url": "https://own.example/?utm_source=kestrel", "referrer": "https://own.example/"}, []),
        ({"page": "/lp/kestrel-autumn"}, ["kestrel"]),
        ({"page": "/lp/other"}, []),
        ({"asset": "Osprey guide 2026"}, ["osprey"]),
        ({"asset": "Osprey guide 2026", "referrer": "https://own.example/"}, ["osprey"]),
        ({"asset": "Osprey guide", "url": "https://own.example/?utm_source=kestrel"}, ["kestrel", "osprey"]),
        ({}, []),
    ],
)
def test_a_touch_is_a_partners_by_link_landing_page_or_common_content(
    columns: dict, whose: list[str]
) -> None:
    facts = facts_of((T, columns))

    found = {
        slug: points(definition_of(Each(), Match(("page_view",), partners=(slug,))), facts, T)[0]
        for slug in ("kestrel", "osprey", "*", "heron")
    }

    assert found == {slug: 10 * (slug in whose) for slug in ("kestrel", "osprey", "heron")} | {
        "*": 10 if whose else 0
    }


def judged(definition: Definition, facts: Facts, at: int) -> Verdicts:
    return score(facts, definition, at, context=PARTNERS)


def test_conditions_look_at_the_epoch_and_exclusions_at_the_whole_life() -> None:
    thrice = Did(VIEW, Repeated(3, 90 * DAY))
    facts = facts_of((T,), (T + 1,), (T + 2, {"kind": "sales_rejected"}), (T + 3,))

    assert judged(definition_of(Each(), qualified=thrice), facts, T + 3).status_of(0) == "rejected"
    excluded = replace(definition_of(Each()), exclusions=(Exclusion("thrice", (thrice,)),))
    assert judged(excluded, facts, T + 3).reason_of(0) == "thrice"


def test_a_condition_lasts_no_longer_than_its_kind_and_its_limit() -> None:
    view_lasts = definition_of(Each(), qualified=Did(VIEW, lasts=DAY))
    facts = facts_of((T,))

    assert judged(replace(view_lasts, expires_after=1), facts, T + DAY).status_of(0) == "mql"
    assert judged(replace(view_lasts, expires_after=1), facts, T + DAY + 1).status_of(0) == "lead"


def test_who_fell_silent_is_found_again_at_that_instant() -> None:
    quiet = definition_of(Each(), qualified=NotOf(Did(VIEW, Silence(30 * DAY))))
    quiet = replace(quiet, expires_after=DAY)
    facts = facts_of((T,))

    assert judged(quiet, facts, T).recheck_at[0] == T + 31 * DAY
    assert judged(quiet, facts, T + 31 * DAY).status_of(0) == "lead"


def test_a_contribution_without_a_touch_is_explained_by_its_instant() -> None:
    decides = definition_of(FieldIs("buying_role", DECIDES), label="decides")
    known = ((0, T, "buying_role", "decision maker"),)
    undated = ((0, ALWAYS, "buying_role", "decision maker"),)

    for rows, at, said in ((known, T, "Decides since 4 Oct 2024."), (undated, ALWAYS, "Decides.")):
        facts = facts_of((T,), known=rows)
        explanation = explain(facts, decides, T, 0)

        assert [(line.at, line.touch, line.expires_at) for line in explanation.contributions] == [
            (at, None, NEVER)
        ]
        assert explanation.total == explanation.verdicts.score[0] == 10 * POINT
        assert sentences(facts, judged(decides, facts, T), [0])[0].startswith(said)


def test_what_no_touch_of_hers_brings_about_is_no_way_to_qualify() -> None:
    decides = definition_of(FieldIs("buying_role", DECIDES), qualified=scored(10 * POINT))
    papers = definition_of(Distinct(2, DAY), qualified=scored(10 * POINT))

    def enough(definition: Definition) -> list[int]:
        told = explain(facts_of((T,)), definition, T, 0)
        return [way.times for way in ways(facts_of((T,)), definition, told, 0)]

    assert enough(decides) == []
    assert enough(papers) == [2]


def test_different_things_are_counted_in_the_sentence() -> None:
    papers = definition_of(Distinct(2, DAY), label="white papers")
    facts = facts_of((T, asset("a")), (T, asset("b")))

    said = sentences(facts, judged(papers, facts, T), [0])[0]

    assert said.startswith("White papers 2 different by 4 Oct 2024.")


def test_nobody_and_nothing_have_no_moments() -> None:
    for how in (Distinct(1, DAY), Depth(1, DAY), Sequence((DEMO,), DAY), Silence(DAY), Committee(1, DAY)):
        assert points(definition_of(how), Facts(0, touches_of([]), Attributes()), T) == []
        assert points(definition_of(how), facts_of(company=(1,)), T) == [0]
