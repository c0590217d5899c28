"""What several people of one company do together: enough of them, in time, in their own epochs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from one_rule import DECIDES, VIEW, T, definition_of, facts_of, points

from scoring.context import Context
from scoring.definitions.conditions import AnyOf, Did, NotOf, scored
from scoring.definitions.definition import POINT, Exclusion
from scoring.definitions.kinds import (
    Committee,
    Each,
)
from scoring.rules.committee import colleagues_needed
from scoring.score import score
from scoring.touches import ALWAYS, DAY


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
