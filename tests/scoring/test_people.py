"""Fit, exclusions and voided clicks at their edges."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from scoring.context import Context
from scoring.definitions.conditions import (
    GRADES,
    Did,
    HasAttribute,
    IsMachine,
    IsOwnStaff,
    IsPartnerStaff,
    scored,
)
from scoring.definitions.definition import POINT, Band, Criterion, Definition, Exclusion, Fit, Group, Rule
from scoring.definitions.kinds import Between, Domains, Match, Repeated, Words
from scoring.history import history
from scoring.partner import Partner
from scoring.score import score
from scoring.touches import ALWAYS, DAY, SECOND, Facts, attributes_of, touches_of
from scoring.verdicts import Verdicts

T = 20_000 * DAY
SIZE = Criterion(
    "size", "employees", "employees", (Band("big", Between(100), 20 * POINT),), 5 * POINT, -POINT
)
TITLE = Criterion("title", "title", "title", (Band("VP", Words(("vp",)), 25 * POINT),))
FIT = Fit((SIZE, TITLE))
CONTEXT = Context(("acme.example",), (Partner("k", "K", "gold", domains=("kestrel.example",)),))


def judged(
    attributes: Sequence[tuple[int, str, str]] = (),
    touches: Sequence[tuple[int, str]] = (),
    at: int = T,
    fit: Fit = FIT,
    exclusions: tuple[Exclusion, ...] = (),
) -> Verdicts:
    rules = (Rule("view", "view", Match(("page_view",)), POINT, "g"),)
    definition = Definition("d", "1", "d", scored(0), rules, (Group("g"),), fit, exclusions, floor=None)
    facts = Facts(
        1,
        touches_of({"id": n, "at": when, "kind": kind} for n, (when, kind) in enumerate(touches)),
        attributes_of((0, *row) for row in attributes),
    )
    return score(facts, definition, at, context=CONTEXT)


@pytest.mark.parametrize(
    ("value", "points"), [("100", 20), ("99", -1), ("many", 5), ("", 5), (" ", 5), ("1,000+", 20)]
)
def test_unknown_and_missed_values_have_points_of_their_own(value: str, points: int) -> None:
    assert judged([(T, "employees", value)]).fit[0] == points * POINT


def test_an_attribute_counts_from_its_instant_and_the_later_row_holds() -> None:
    rows = [(T, "employees", "500"), (T + DAY, "employees", "7"), (T + DAY, "employees", "")]

    assert judged(rows, at=T - 1).fit[0] == 5 * POINT
    assert judged(rows, at=T).fit[0] == 20 * POINT
    assert judged(rows, at=T + DAY).fit[0] == 5 * POINT


def test_an_attribute_without_a_date_was_always_there() -> None:
    assert judged([(ALWAYS, "title", "VP")], [(T, "page_view")], at=T - DAY).fit[0] == 30 * POINT
    assert judged([(T, "title", "x"), (ALWAYS, "title", "VP")]).fit[0] == 5 * POINT


@pytest.mark.parametrize(
    ("grades", "grade"), [((30, 20, 10), "A"), ((31, 30, 10), "B"), ((32, 31, 30), "C"), ((33, 32, 31), "D")]
)
def test_grades_begin_with_their_points(grades: tuple[int, int, int], grade: str) -> None:
    fit = Fit((SIZE, TITLE), tuple(points * POINT for points in grades))

    assert GRADES[judged([(T, "title", "VP")], fit=fit).grade[0]] == grade


def test_fit_is_clipped() -> None:
    assert judged([(T, "title", "VP")], fit=Fit((SIZE, TITLE), cap=12 * POINT)).fit[0] == 12 * POINT


STUDENT = Exclusion("student", (HasAttribute("email_domain", Domains(("*.edu.*",))),))


@pytest.mark.parametrize(
    ("cause", "name", "value", "applies"),
    [
        (HasAttribute("email_domain", Domains(("*.edu.*",))), "email", "jo@uni.edu.example", True),
        (HasAttribute("email_domain", Domains(("*.edu.*",))), "email_domain", "uni.edu.example", True),
        (HasAttribute("email_domain", Domains(("*.edu.*",))), "email", "jo@buyer.example", False),
        (HasAttribute("opted_out", Words(("true",))), "opted_out", "true", True),
        (HasAttribute("opted_out", Words(("true",))), "opted_out", "false", False),
        (IsOwnStaff(), "email", "jo@mail.acme.example", True),
        (IsOwnStaff(), "email", "jo@acme.example.evil.example", False),
        (IsPartnerStaff(), "email", "jo@kestrel.example", True),
        (IsPartnerStaff(), "email", "", False),
    ],
)
def test_who_is_excluded_by_what_is_known(cause, name: str, value: str, applies: bool) -> None:
    verdicts = judged([(T, name, value)], exclusions=(Exclusion("because", (cause,)),))

    assert verdicts.reason_of(0) == ("because" if applies else "")
    assert (verdicts.status_of(0) == "disqualified") is applies


def test_the_first_reason_that_applies_is_shown() -> None:
    twice = (
        STUDENT,
        Exclusion("ours", (IsOwnStaff(),)),
        Exclusion("also", (HasAttribute("title", Words(("x",))),)),
    )

    verdicts = judged([(T, "email", "a@acme.example"), (T, "title", "x")], exclusions=twice)

    assert verdicts.reason_of(0) == "ours"


def test_a_deed_excludes_while_it_is_recent() -> None:
    exclusion = (Exclusion("job seeker", (Did(Match(("page_view",)), Repeated(2, DAY)),)),)
    done = [(T, "page_view"), (T + 10, "page_view")]

    assert judged([], done, T + 9, exclusions=exclusion).reason_of(0) == ""
    assert judged([], done, T + 10, exclusions=exclusion).reason_of(0) == "job seeker"
    assert judged([], done, T + DAY - 1, exclusions=exclusion).reason_of(0) == "job seeker"
    assert judged([], done, T + DAY, exclusions=exclusion).reason_of(0) == ""


def test_a_deed_without_a_span_excludes_for_ever_even_after_a_rejection() -> None:
    exclusion = (Exclusion("gone", (Did(Match(("unsubscribe",))),)),)

    verdicts = judged(
        [], [(T, "unsubscribe"), (T + 1, "sales_rejected")], T + 9_999 * DAY, exclusions=exclusion
    )

    assert verdicts.reason_of(0) == "gone"


BOT = Exclusion("bot", (IsMachine(),))


def clicks(*rows: tuple[int, str], mail: str = "m", also: tuple[tuple[int, str], ...] = ()) -> Facts:
    done = [{"at": at, "kind": "email_click", "url": url, "asset": mail} for at, url in rows]
    done += [{"at": at, "kind": kind} for at, kind in also]
    return Facts(1, touches_of({"id": n, **row} for n, row in enumerate(done)), attributes_of([]))


def voided(facts: Facts) -> list[bool]:
    definition = Definition("d", "1", "d", scored(0), (), (Group("g"),))
    return history(facts, definition, Context()).voided.tolist()


def test_three_links_of_one_mail_within_two_seconds_were_followed_by_a_program() -> None:
    assert voided(clicks((T, "a"), (T + 1, "b"), (T + 2 * SECOND - 1, "c"))) == [True] * 3
    assert voided(clicks((T, "a"), (T + 1, "b"), (T + 2 * SECOND, "c"))) == [False] * 3
    assert voided(clicks((T, "a"), (T + 1, "b"), (T + 2, "a"))) == [False] * 3
    assert voided(clicks((T, "a"), (T + 1, "b"))) == [False] * 2


def test_only_the_burst_is_voided() -> None:
    facts = clicks((T - DAY, "a"), (T, "a"), (T, "b"), (T, "c"), (T + SECOND, "a"), (T + 2 * SECOND, "a"))

    assert voided(facts) == [False, True, True, True, True, False]


def test_clicks_in_two_mails_are_no_burst() -> None:
    rows = [
        {"id": n, "at": T, "kind": "email_click", "url": f"u{n}", "asset": f"mail{n % 2}"} for n in range(4)
    ]

    assert not any(voided(Facts(1, touches_of(rows), attributes_of([]))))


def test_who_only_ever_clicked_like_a_machine_is_a_bot_until_a_human_acts() -> None:
    definition = Definition("d", "1", "d", scored(0), (), (Group("g"),), exclusions=(BOT,))
    burst = ((T, "a"), (T, "b"), (T, "c"))
    facts = clicks(*burst, also=((T + 1, "email_open"), (T + DAY, "page_view")))

    assert score(facts, definition, T - 1).reason_of(0) == ""
    assert score(facts, definition, T + DAY - 1).reason_of(0) == "bot"
    assert score(facts, definition, T + DAY).reason_of(0) == ""
    earlier = clicks(*burst, also=((T - DAY, "page_view"),))
    assert score(earlier, definition, T).reason_of(0) == ""


def test_nobody_known_gives_no_verdicts() -> None:
    verdicts = score(
        Facts(0, touches_of([]), attributes_of([])),
        Definition("d", "1", "d", scored(0), (), (Group("g"),)),
        T,
    )

    assert verdicts.people == 0
    assert len(verdicts.score) == 0
