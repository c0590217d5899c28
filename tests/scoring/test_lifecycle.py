"""Status and spells: what sales does, what time does, what exclusions do."""

from __future__ import annotations

import pytest

from connectors.own import STATUSES as WRITTEN
from connectors.records import TOUCH_KINDS
from scoring.definitions.conditions import HasAttribute, scored
from scoring.definitions.definition import POINT, Definition, Exclusion, Group, Rule
from scoring.definitions.kinds import Match, Words
from scoring.score import score
from scoring.touches import (
    DAY,
    ENGAGEMENT_KINDS,
    NEVER,
    SALES_KINDS,
    SENT_KINDS,
    Facts,
    attributes_of,
    touches_of,
)
from scoring.verdicts import ENDINGS, STATUSES, Verdicts

T = 20_000 * DAY
RULE = Rule("demo", "demo", Match(("demo_request",)), 50 * POINT, "g", window=10 * DAY)


def judged(
    done: list[tuple[int, str]], at: int, titles: list[tuple[int, str]] | None = None, expires: int = 5 * DAY
) -> Verdicts:
    definition = Definition(
        "d",
        "1",
        "d",
        scored(50 * POINT),
        (RULE,),
        (Group("g"),),
        exclusions=(Exclusion("student", (HasAttribute("title", Words(("student",))),)),),
        expires_after=expires,
    )
    touches = touches_of({"id": n, "at": when, "kind": kind} for n, (when, kind) in enumerate(done))
    known = attributes_of((0, when, "title", title) for when, title in titles or [])
    return score(Facts(1, touches, known), definition, at)


def spells(verdicts: Verdicts) -> list[tuple[int, int, int, str]]:
    e = verdicts.episodes
    return [
        (int(n), int(begin), int(end), ENDINGS[why])
        for n, begin, end, why in zip(e.number, e.qualified_at, e.ended_at, e.ended_by, strict=True)
    ]


def test_a_lead_becomes_mql_at_the_instant_of_the_crossing() -> None:
    assert judged([(T, "demo_request")], T - 1).status_of(0) == "lead"
    verdicts = judged([(T, "demo_request")], T)
    assert verdicts.status_of(0) == "mql"
    assert verdicts.qualified_at[0] == T
    assert spells(verdicts) == [(1, T, 0, "")]


def test_an_mql_stays_one_until_the_condition_was_false_long_enough() -> None:
    done = [(T, "demo_request")]

    assert judged(done, T + 15 * DAY - 1).status_of(0) == "mql"
    verdicts = judged(done, T + 15 * DAY)
    assert verdicts.status_of(0) == "lead"
    assert spells(verdicts) == [(1, T, T + 15 * DAY, "expired")]
    assert verdicts.qualified_at[0] == T
    assert judged(done, T + 10 * DAY).recheck_at[0] == T + 15 * DAY


def test_a_crossing_while_she_is_still_mql_is_the_same_spell() -> None:
    assert spells(judged([(T, "demo_request"), (T + 15 * DAY - 1, "demo_request")], T + 16 * DAY)) == [
        (1, T, 0, "")
    ]
    again = judged([(T, "demo_request"), (T + 15 * DAY + 1, "demo_request")], T + 16 * DAY)
    assert [spell[0] for spell in spells(again)] == [1, 2]


def test_an_mql_that_never_expires_waits_for_sales() -> None:
    verdicts = judged([(T, "demo_request")], T + 900 * DAY, expires=0)

    assert verdicts.status_of(0) == "mql"
    assert verdicts.recheck_at[0] == NEVER


@pytest.mark.parametrize(
    ("deed", "status", "ending"),
    [
        ("sales_accepted", "sal", "accepted"),
        ("sales_rejected", "rejected", "rejected"),
        ("opportunity_created", "sql", "opportunity"),
        ("deal_won", "customer", "won"),
        ("deal_lost", "lost", "lost"),
    ],
)
def test_sales_ends_the_spell(deed: str, status: str, ending: str) -> None:
    verdicts = judged([(T, "demo_request"), (T + DAY, deed)], T + DAY)

    assert verdicts.status_of(0) == status
    assert spells(verdicts) == [(1, T, T + DAY, ending)]
    assert judged([(T, "demo_request"), (T + DAY, deed)], T + DAY - 1).status_of(0) == "mql"


def test_no_spell_opens_while_sales_works_on_her() -> None:
    done = [(T, "sales_accepted"), (T + DAY, "demo_request"), (T + 2 * DAY, "opportunity_created")]

    assert judged(done, T + DAY).status_of(0) == "sal"
    assert judged(done, T + 2 * DAY).status_of(0) == "sql"
    assert spells(judged(done, T + 3 * DAY)) == []


def test_after_a_rejection_only_new_deeds_qualify_again() -> None:
    done = [
        (T, "demo_request"),
        (T + DAY, "sales_rejected"),
        (T + 2 * DAY, "page_view"),
        (T + 3 * DAY, "demo_request"),
    ]

    assert judged(done, T + 2 * DAY).status_of(0) == "rejected"
    assert judged(done, T + 2 * DAY).score[0] == 0
    verdicts = judged(done, T + 3 * DAY)
    assert verdicts.status_of(0) == "mql"
    assert [spell[3] for spell in spells(verdicts)] == ["rejected", ""]


def test_a_customer_stays_one() -> None:
    done = [(T, "deal_won"), *((T + n * DAY, kind) for n, kind in enumerate(SALES_KINDS, start=1))]

    assert judged(done, T + 9 * DAY).status_of(0) == "customer"


def test_an_exclusion_ends_the_spell_and_its_end_opens_a_new_one() -> None:
    titles = [(T + DAY, "student"), (T + 2 * DAY, "VP")]

    assert judged([(T, "demo_request")], T + DAY, titles).status_of(0) == "disqualified"
    verdicts = judged([(T, "demo_request")], T + 2 * DAY, titles)
    assert verdicts.status_of(0) == "mql"
    assert spells(verdicts) == [(1, T, T + DAY, "excluded"), (2, T + 2 * DAY, 0, "")]


def test_what_sales_did_stands_beside_an_exclusion() -> None:
    verdicts = judged([(T, "sales_accepted")], T + DAY, [(T, "student")])

    assert verdicts.status_of(0) == "sal"
    assert verdicts.reason_of(0) == "student"


def test_the_end_of_a_spell_that_lies_ahead_is_not_told() -> None:
    assert spells(judged([(T, "demo_request"), (T + DAY, "sales_accepted")], T)) == [(1, T, 0, "")]


def test_words_are_the_same_everywhere() -> None:
    assert {*ENGAGEMENT_KINDS, *SENT_KINDS, *SALES_KINDS} == TOUCH_KINDS
    assert STATUSES == WRITTEN
