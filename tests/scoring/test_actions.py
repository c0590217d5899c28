"""What stands before a conversion, and who took in what."""

from __future__ import annotations

from typing import Any

import numpy as np

from scoring.models.actions import Before, Content, before, content
from scoring.models.conversions import Known
from scoring.touches import ALWAYS, DAY, MINUTE, NEVER, Ints, Touches, touches_of

T = 20_000 * DAY


def ints(*values: int) -> Ints:
    return np.array(values, np.int64)


def known(people: int, deals: list[tuple[int, int]]) -> Known:
    """Deals as (person, day), opened and won on that day."""
    at = ints(*(T + day * DAY for _, day in deals))
    whom = ints(*(person for person, _ in deals))
    never = np.full(people, NEVER, np.int64)
    return Known(never, ints(), ints(), at, at, np.arange(len(deals)), whom, np.arange(people))


def touches(*rows: tuple[int, float, str, str]) -> Touches:
    """Rows as (person, day, kind, asset)."""
    named: list[dict[str, Any]] = [
        {"id": n, "person": person, "at": T + int(day * DAY), "kind": kind, "asset": asset}
        for n, (person, day, kind, asset) in enumerate(rows)
    ]
    return touches_of(named)


def look(found: Touches, people: int, deals: list[tuple[int, int]], **times: int) -> Before:
    asked = {"since": ALWAYS, "until": NEVER, "span": 30 * DAY} | times
    return before("sql", found, np.zeros(len(found), np.bool_), known(people, deals), **asked)


def test_actions_count_once_a_conversion_within_the_days_before_it() -> None:
    found = touches(
        (0, 5, "demo_request", "Demo"),
        (0, 20, "page_view", "Pricing"),
        (0, 20, "page_view", "Pricing"),
        (0, 34, "blog_visit", "Post"),
        (0, 36, "page_view", "Late"),
    )

    got = look(found, 1, [(0, 35)])

    assert (got.conversions, got.others) == (1, 0)
    assert got.among == {("page_view", "Pricing"): 1, ("blog_visit", "Post"): 1}
    assert got.last == {("blog_visit", "Post"): 1}


def test_the_days_before_begin_right_behind_their_first_instant() -> None:
    found = touches((0, 5, "page_view", "A"))

    assert look(found, 1, [(0, 35)]).among == {}
    assert look(found, 1, [(0, 35)], span=30 * DAY + 1).among == {("page_view", "A"): 1}


def test_who_never_converted_is_looked_at_before_the_last_sign() -> None:
    found = touches(
        (0, 10, "page_view", "A"),
        (1, 10, "page_view", "A"),
        (1, 50, "page_view", "B"),
        (1, 60, "blog_visit", "C"),
        (2, 10, "page_view", "A"),
    )

    got = look(found, 3, [(0, 12)])

    assert (got.conversions, got.others) == (1, 2)
    assert got.among_others == {("page_view", "B"): 1, ("blog_visit", "C"): 1, ("page_view", "A"): 1}


def test_what_sales_and_mail_programs_do_is_nobody_s_action() -> None:
    found = touches((0, 1, "call", "Call"), (0, 1, "email_open", "Mail"), (0, 1, "deal_won", "Deal"))

    assert look(found, 1, [(0, 2)]).among == {}


def test_voided_clicks_are_no_actions() -> None:
    found = touches((0, 1, "email_click", "Mail"))

    got = before(
        "sql", found, np.ones(1, np.bool_), known(1, [(0, 2)]), since=ALWAYS, until=NEVER, span=DAY * 9
    )

    assert got.among == {}


def test_content_is_counted_by_people_and_times_and_for_customers() -> None:
    found = touches(
        (0, 1, "content_download", "Paper"),
        (0, 2, "page_view", "Pricing"),
        (0, 2.1, "page_view", "Pricing"),
        (1, 1, "content_download", "Paper"),
        (1, 9, "page_view", ""),
        (1, 99, "page_view", "Pricing"),
    )

    got = content(found, np.zeros(len(found), np.bool_), known(2, [(0, 5)]), T + 50 * DAY)

    assert (got.people, got.won) == (2, 1)
    assert got.viewers == {"Paper": 2, "Pricing": 1}
    assert got.views == {"Paper": 2, "Pricing": 2}
    assert got.won_viewers == {"Paper": 1, "Pricing": 1}
    assert got.won_views == {"Paper": 1, "Pricing": 2}


def test_a_visit_ends_when_nothing_is_looked_at_for_half_an_hour() -> None:
    def visits(gap: int) -> int:
        found = touches((0, 0, "page_view", "A"), (0, gap / DAY, "blog_visit", "B"))
        return content(found, np.zeros(2, np.bool_), known(1, []), NEVER).visits

    assert (visits(30 * MINUTE - 1), visits(30 * MINUTE)) == (1, 2)


def test_nobody_did_nothing_and_parts_add_up() -> None:
    nothing = touches()
    total, seen = Before(), Content()

    for deals, found in (([], nothing), ([(0, 2)], touches((0, 1, "page_view", "A")))):
        total.add(look(found, len(deals), deals))
        seen.add(content(found, np.zeros(len(found), np.bool_), known(len(deals), deals), NEVER))

    assert (total.conversions, total.among) == (1, {("page_view", "A"): 1})
    assert (seen.people, seen.won, seen.visits, seen.views) == (1, 1, 1, {"A": 1})
