"""Whom partners have in hand: handed over, passed on, taken back, recalled."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from scoring.context import Context
from scoring.definitions.conditions import scored
from scoring.definitions.definition import POINT, Definition, Group, Rule
from scoring.definitions.kinds import Match
from scoring.handoff.calendars import Calendar, Shift
from scoring.handoff.custody import ENDED_BY, SOURCES, Terms, recalled_at
from scoring.partner import Partner
from scoring.score import score
from scoring.touches import DAY, HOUR, NEVER, SECOND, Facts, attributes_of, touches_of
from scoring.verdicts import Verdicts

T = int(datetime(2026, 3, 2, 9, tzinfo=UTC).timestamp()) * SECOND  # a Monday
BERLIN = ZoneInfo("Europe/Berlin")
DEFINITION = Definition(
    "d", "1", "d", scored(50 * POINT), (Rule("demo", "demo", Match(("demo_request",)), 50 * POINT, "g"),),
    (Group("g"),),
)  # fmt: skip
KESTREL, OSPREY = (
    Partner(slug, slug.title(), "gold", (slug,), (f"/lp/{slug}",)) for slug in ("kestrel", "osprey")
)
LINK = "https://own.example/lp/kestrel?utm_source=kestrel&utm_medium=referral"


def judged(done: list[tuple[int, str, str]], at: int, **terms: Terms) -> Verdicts:
    rows = [
        {"id": n, "at": when, "kind": kind, "asset": asset, "url": LINK if kind == "page_view" else ""}
        for n, (when, kind, asset) in enumerate(done)
    ]
    context = Context(("own.example",), (KESTREL, OSPREY), custody=terms)
    return score(Facts(1, touches_of(rows), attributes_of([])), DEFINITION, at, context=context)


def held(verdicts: Verdicts) -> list[tuple[str, int, int, str, str]]:
    found = verdicts.custodies
    return [
        (
            verdicts.partners[found.partner[row]] if found.partner[row] >= 0 else "",
            int(found.given_at[row]),
            int(found.ended_at[row]),
            ENDED_BY[found.ended_by[row]],
            SOURCES[found.source[row]],
        )
        for row in range(len(found.person))
    ]


def test_a_lead_with_a_partner_is_scored_on_and_comes_back_as_what_it_is() -> None:
    done = [
        (T, "custody_given", "kestrel"),
        (T + DAY, "demo_request", ""),
        (T + 2 * DAY, "custody_returned", ""),
    ]

    before, after = (judged(done, at, kestrel=Terms(recall_days=0)) for at in (T + 2 * DAY - 1, T + 2 * DAY))

    assert (before.status_of(0), before.score[0], len(before.episodes.number)) == (
        "with_partner",
        50 * POINT,
        1,
    )
    assert after.status_of(0) == "mql"
    assert held(before) == [("kestrel", T, T + 2 * DAY, "returned", "field")]
    assert before.recheck_at[0] == T + 2 * DAY


def test_who_is_passed_on_is_never_ours_in_between() -> None:
    done = [(T, "custody_given", "kestrel"), (T + DAY, "custody_given", "osprey")]

    found = held(judged(done, T + DAY, kestrel=Terms(recall_days=0), osprey=Terms(recall_days=0)))

    assert found == [
        ("kestrel", T, T + DAY, "passed on", "field"),
        ("osprey", T + DAY, NEVER, "", "field"),
    ]


def test_a_partner_nobody_knows_has_her_all_the_same() -> None:
    verdicts = judged([(T, "custody_given", "kestral")], T)

    assert verdicts.status_of(0) == "with_partner"
    assert [one[0] for one in held(verdicts)] == [""]


@pytest.mark.parametrize(
    ("days", "calendar", "midnight"),
    [
        (1, None, datetime(2026, 3, 4, tzinfo=UTC)),
        (4, None, datetime(2026, 3, 7, tzinfo=UTC)),  # the Friday is over
        (5, None, datetime(2026, 3, 10, tzinfo=UTC)),  # the weekend does not count
        (1, "berlin", datetime(2026, 3, 4, tzinfo=BERLIN)),
        (2, "berlin", datetime(2026, 3, 6, tzinfo=BERLIN)),  # the holiday does not count
        (18, "berlin", datetime(2026, 3, 28, tzinfo=BERLIN)),
        (
            19,
            "berlin",
            datetime(2026, 3, 31, tzinfo=BERLIN),
        ),  # the clocks went forward: an hour sooner in UTC
    ],
)
def test_a_recall_comes_with_the_end_of_the_last_working_day(
    days: int, calendar: str | None, midnight: datetime
) -> None:
    weekdays = tuple(Shift(day, 9 * HOUR, 17 * HOUR) for day in range(5))
    berlin = Calendar(BERLIN, weekdays, frozenset({date(2026, 3, 4)}))

    due = recalled_at(T, Terms(recall_days=days, calendar=berlin if calendar else None))

    assert due == int(midnight.timestamp()) * SECOND
    done = [(T, "custody_given", "kestrel")]
    terms = Terms(recall_days=days, calendar=berlin if calendar else None)
    assert judged(done, due - 1, kestrel=terms).status_of(0) == "with_partner"
    assert judged(done, due, kestrel=terms).status_of(0) == "lead"
    assert held(judged(done, due, kestrel=terms))[0][3] == "recalled"


def test_nobody_is_recalled_where_nothing_is_agreed_or_nobody_ever_works() -> None:
    assert recalled_at(T, Terms(recall_days=0)) == NEVER
    assert recalled_at(T, Terms(recall_days=1, calendar=Calendar(UTC, ()))) == NEVER


def test_a_partner_who_takes_its_mqls_has_them_from_the_crossing_to_the_end_of_the_spell() -> None:
    came = [(T, "page_view", ""), (T + DAY, "demo_request", "")]
    terms = Terms(takes_mqls=True, recall_days=0)

    before, after = (judged(came, at, kestrel=terms) for at in (T + DAY - 1, T + DAY))
    ended = judged([*came, (T + 2 * DAY, "sales_rejected", "no_budget")], T + 2 * DAY, kestrel=terms)

    assert [one.status_of(0) for one in (before, after, ended)] == ["lead", "with_partner", "nurture"]
    assert held(after) == [("kestrel", T + DAY, NEVER, "", "rule")]
    assert held(ended) == [("kestrel", T + DAY, T + 2 * DAY, "spell ended", "rule")]


@pytest.mark.parametrize(("said", "status"), [("own", "mql"), ("", "with_partner")])
def test_own_in_the_field_goes_before_the_rule_and_an_empty_field_does_not(said: str, status: str) -> None:
    done = [(T, "page_view", ""), (T + HOUR, "custody_returned", said), (T + DAY, "demo_request", "")]

    assert judged(done, T + DAY, kestrel=Terms(takes_mqls=True)).status_of(0) == status


def test_who_sales_says_a_partner_has_is_with_the_one_who_holds_the_claim() -> None:
    done = [
        (T, "page_view", ""),
        (T + DAY, "demo_request", ""),
        (T + DAY + 1, "sales_rejected", "with_partner"),
    ]

    verdicts = judged(done, T + 2 * DAY)

    assert verdicts.status_of(0) == "with_partner"
    assert held(verdicts)[0][0::4] == ("kestrel", "reason")
    assert len(verdicts.episodes.number) == 1
    assert verdicts.episodes.ended_at[0] == 0


def test_an_opportunity_is_shown_whoever_has_her() -> None:
    done = [(T, "custody_given", "kestrel"), (T + 1, "opportunity_created", "")]

    assert judged(done, T + 1).status_of(0) == "sql"


def test_parts_of_many_people_give_the_same_custodies() -> None:
    rows = [
        {"id": n, "person": n % 3, "at": T + n, "kind": kind, "asset": "kestrel"}
        for n, kind in enumerate(["custody_given", "custody_given", "demo_request", "custody_returned"])
    ]
    facts = Facts(3, touches_of(rows), attributes_of([]))
    context = Context(partners=(KESTREL,))

    together = score(facts, DEFINITION, T + DAY, context=context)

    for person in range(3):
        alone = score(facts.of_people(person, person + 1), DEFINITION, T + DAY, context=context)
        mine = together.custodies.person == person
        assert together.custodies.given_at[mine].tolist() == alone.custodies.given_at.tolist()
        assert together.custodies.ended_at[mine].tolist() == alone.custodies.ended_at.tolist()
