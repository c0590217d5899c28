"""What is made of moments: fading by steps, partners as evidence, conditions, explanations."""

from __future__ import annotations

from dataclasses import replace

import pytest
from one_rule import DECIDES, VIEW, T, definition_of, facts_of, judged, points

from scoring.definitions.conditions import Did, NotOf, scored
from scoring.definitions.definition import POINT, Definition, Exclusion
from scoring.definitions.kinds import (
    Distinct,
    Each,
    FieldIs,
    Match,
    Repeated,
    Silence,
)
from scoring.definitions.whatif import ways
from scoring.ledger import explain
from scoring.sentence import sentences
from scoring.touches import ALWAYS, DAY, NEVER


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
    facts = facts_of((T, {"asset": "a"}), (T, {"asset": "b"}))

    said = sentences(facts, judged(papers, facts, T), [0])[0]

    assert said.startswith("White papers 2 different by 4 Oct 2024.")
