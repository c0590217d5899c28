"""The reason a BDR reads, where deeds and attributes qualify and not points."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from lives import CONTEXT, definitions, facts_of, instants, lives
from oracle import Life

from scoring.deeds import phrase, span
from scoring.definitions.conditions import AllOf, AnyOf, Condition, Did, HasAttribute, NotOf, Reaches
from scoring.definitions.definition import POINT, Band, Criterion, Definition, Fit, Group, Rule
from scoring.definitions.kinds import (
    EACH,
    Between,
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
from scoring.score import score
from scoring.sentence import LENGTH_MAX, sentences
from scoring.touches import ALWAYS, DAY, HOUR, MINUTE, NEVER, Facts, attributes_of, touches_of

NOON = 20_769 * DAY + 12 * HOUR  # 12 November 2026
PAPER, VIEW = Match(("content_download",)), Match(("page_view",))
PRICES = Match(("page_view",), pages=("/pricing/*",))
NO_FIT = Fit()
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def facts(*rows: tuple[int, str, dict[str, object]], known: tuple[tuple[int, str, str], ...] = ()) -> Facts:
    touches = touches_of(
        {"id": n, "at": NOON - ago * DAY, "kind": kind, **row} for n, (ago, kind, row) in enumerate(rows, 1)
    )
    return Facts(1, touches, attributes_of((0, *one) for one in known))


def said(condition: Condition, found: Facts, *rules: Rule, fit: Fit = NO_FIT) -> str:
    definition = Definition("d", "1", "d", condition, rules, (Group("g"),), fit)
    return sentences(found, score(found, definition, NOON), [0])[0]


PAPERS = facts((9, "content_download", {"asset": "Guide"}), (0, "content_download", {"asset": "White paper"}))


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        (EACH, "Downloaded 2 papers, last “White paper” on 12 Nov 2026."),
        (First(), "Downloaded “Guide” for the first time on 3 Nov 2026."),
        (Repeated(2, 30 * DAY), "Downloaded 2 papers within 30 days, last “White paper” on 12 Nov 2026."),
        (
            Distinct(2, 30 * DAY),
            "Downloaded 2 different papers within 30 days, last “White paper” on 12 Nov 2026.",
        ),
        (Return(7 * DAY), "Downloaded “White paper” again after 7 days without on 12 Nov 2026."),
        (
            Sequence((PAPER,), NEVER),
            "Downloaded a paper, then downloaded a paper, last “White paper” on 12 Nov 2026.",
        ),
    ],
)
def test_deeds_that_qualify_are_said_in_verbs(how: How, expected: str) -> None:
    assert said(Did(PAPER, how), PAPERS) == expected


@pytest.mark.parametrize(
    ("condition", "kind", "times", "expected"),
    [
        (Did(PRICES), "page_view", 1, "viewed /pricing"),
        (Did(PRICES), "page_view", 3, "viewed 3 pages"),
        (Did(VIEW, Depth(720, 90 * DAY)), "page_view", 1, "spent 12 minutes with pages within 90 days"),
        (Did(VIEW, Depth(8, DAY, "pages")), "page_view", 1, "viewed 8 pages within 1 day"),
        (Did(VIEW, Silence(30 * DAY)), "page_view", 1, "viewed no pages for 30 days"),
        (Did(VIEW, Committee(3, DAY)), "", 1, "3 people of the company viewed pages within 1 day"),
        (Did(VIEW, FieldIs("buying_role", Between(1))), "", 1, "buying role"),
        (Did(Match(("deal_won",))), "deal_won", 2, "had 2 deal wons"),
        (
            Did(Match(("page_view", "blog_visit", "content_download")), Repeated(4, DAY)),
            "page_view",
            1,
            "took in 4 pages, blog posts or papers within 1 day",
        ),
        (
            Did(Match(("webinar_attendance", "event_attendance")), Repeated(2, HOUR)),
            "event_attendance",
            1,
            "attended 2 webinars or events within 1 hour",
        ),
    ],
)
def test_every_kind_has_its_words(condition: Did, kind: str, times: int, expected: str) -> None:
    assert phrase(condition, kind, times) == expected


@pytest.mark.parametrize(
    ("micros", "expected"),
    [(DAY, "1 day"), (36 * HOUR, "36 hours"), (90 * MINUTE, "90 minutes"), (1_500_000, "1.5 seconds")],
)
def test_spans_are_said_in_the_largest_unit_that_divides_them(micros: int, expected: str) -> None:
    assert span(micros) == expected


def test_a_deed_goes_by_the_name_of_its_rule_and_is_said_once() -> None:
    rules = (
        Rule("pdf", "white paper", PAPER, 5 * POINT, "g", Distinct(2, 30 * DAY)),
        Rule("each", "download", PAPER, 20 * POINT, "g"),
        Rule("view", "page view", VIEW, POINT, "g"),
    )
    found = facts(
        (1, "content_download", {"asset": "a"}), (0, "content_download", {"asset": "b"}), (0, "page_view", {})
    )

    assert (
        said(Did(PAPER, Distinct(2, 30 * DAY)), found, *rules)
        == "White paper 2 different by 12 Nov 2026; download 2 times, last on 12 Nov; page view on 12 Nov."
    )
    assert said(Did(PAPER), found, *rules[2:]) == (
        "Downloaded 2 papers, last “b” on 12 Nov 2026; page view on 12 Nov."
    )
    assert said(Did(PAPER), found, *rules[:1]) == "Downloaded 2 papers, last “b” on 12 Nov 2026."


def test_what_must_not_be_is_no_reason() -> None:
    either = AnyOf((NotOf(Did(VIEW)), Did(PAPER), NotOf(NotOf(Did(VIEW)))))

    assert said(NotOf(Did(VIEW)), facts((0, "page_view", {}))) == "No activity that counts."
    assert said(either, facts((0, "page_view", {}))) == "Viewed a page on 12 Nov 2026."


def test_what_colleagues_did_and_what_is_known_has_no_touch_of_hers() -> None:
    role = Did(VIEW, FieldIs("buying_role", Words(("decision maker",))))
    known = ((NOON - DAY, "buying_role", "Decision maker"),)

    assert said(role, facts(known=known)) == "Buying role Decision maker since 11 Nov 2026."
    undated = ((ALWAYS, "buying_role", "Decision maker"),)
    assert said(role, facts((0, "page_view", {}), known=undated)) == "Buying role Decision maker."


def test_silence_is_said_with_the_day_it_was_reached() -> None:
    quiet = Did(VIEW, Silence(10 * DAY))
    rule = Rule("quiet", "quiet", VIEW, POINT, "g", Silence(10 * DAY))

    assert said(quiet, facts((12, "page_view", {}))) == "Viewed no pages for 10 days, by 10 Nov 2026."
    assert said(Reaches("score", 0), facts((12, "page_view", {})), rule) == "Quiet since 10 Nov 2026."


def test_attributes_that_qualify_are_named_before_others() -> None:
    vp, big = HasAttribute("title", Words(("vp",))), HasAttribute("employees", Between(100))
    none, mail = HasAttribute("budget", Between(1), unknown=True), HasAttribute("email", Words(("a",)))
    known = tuple(
        (NOON, *one)
        for one in (("title", "VP"), ("employees", "500"), ("country", "DE"), ("email", "a@b.example"))
    )
    fit = Fit(
        (Criterion("country", "country", "country", (Band("home market", Words(("de",)), 50 * POINT),)),)
    )
    asked = AllOf((vp, none, mail))

    assert said(asked, facts(known=known)) == "No activity that counts. Known: title VP."
    assert (
        said(asked, facts(known=known), fit=fit) == "No activity that counts. Fit A (title VP, home market)."
    )
    assert said(AllOf((vp, big)), facts(known=known), fit=fit).endswith("Fit A (title VP, employees 500).")
    assert said(HasAttribute("title", Words(("vp",))), facts(known=((NOON, "title", "VP " + "x" * 90),))) == (
        "No activity that counts."
    )
    assert said(NotOf(vp), facts(known=known), fit=fit).endswith("Fit A (home market).")


@settings(max_examples=60, deadline=None, suppress_health_check=SLOW)
@given(lives, lives, definitions(), instants)
def test_the_reason_stays_until_the_recheck_and_fits_every_crm(
    life: Life, colleague: Life, definition: Definition, as_of: int
) -> None:
    found = facts_of([life, colleague])

    def reason(at: int) -> str:
        return sentences(found, score(found, definition, at, context=CONTEXT), [0])[0]

    recheck_at = int(score(found, definition, as_of, context=CONTEXT).recheck_at[0])

    assert len(reason(as_of)) <= LENGTH_MAX
    assert reason(as_of) == reason(min(recheck_at - 1, as_of + 30 * DAY))
    assert reason(as_of) == reason(min(recheck_at - 1, (as_of + min(recheck_at, as_of + 9 * DAY)) // 2))


def test_what_colleagues_did_together_is_told_by_its_day() -> None:
    views = touches_of({"id": n + 1, "person": n, "at": NOON, "kind": "page_view"} for n in range(2))
    found = Facts(2, views, attributes_of([]), np.array([7, 7], np.int32))

    told = said(Did(VIEW, Committee(2, 30 * DAY)), found)

    assert told.endswith("by 12 Nov 2026.")
    assert "2" in told
