"""Rule kinds and pulses at their edges: one touch too few, one microsecond early."""

from __future__ import annotations

import numpy as np
import pytest

from scoring.definitions.conditions import scored
from scoring.definitions.definition import POINT, Definition, Group, Rule
from scoring.definitions.kinds import Between, Domains, Each, Match, Repeated, Words
from scoring.engagement import levels
from scoring.patterns import glob, host_of, is_below, number_of, passes
from scoring.score import score
from scoring.touches import DAY, HOUR, NEVER, Attributes, Facts, Touches, touches_of

T = 20_000 * DAY


def rule(**changes) -> Rule:
    given = {"name": "r", "label": "r", "match": Match(("page_view",)), "points": 10 * POINT, "group": "g"}
    return Rule(**{**given, **changes})


def points(rules: Rule | list[Rule], touches: list[tuple[int, dict]], at: int, **group) -> int:
    rules = rules if isinstance(rules, list) else [rules]
    definition = Definition("d", "1", "d", scored(0), tuple(rules), (Group("g", **group),), floor=None)
    rows = [
        {"id": n, "person": 0, "at": when, "kind": "page_view", **more}
        for n, (when, more) in enumerate(touches)
    ]
    return int(score(Facts(1, touches_of(rows), Attributes()), definition, at).engagement[0]) // POINT


def at(*instants: int) -> list[tuple[int, dict]]:
    return [(instant, {}) for instant in instants]


def test_a_pulse_begins_with_its_touch_and_ends_with_its_window() -> None:
    windowed = rule(window=DAY)

    assert points(windowed, at(T), T - 1) == 0
    assert points(windowed, at(T), T) == 10
    assert points(windowed, at(T), T + DAY - 1) == 10
    assert points(windowed, at(T), T + DAY) == 0


def test_points_halve_in_steps_and_end_before_they_are_below_one() -> None:
    fading = rule(half_life=DAY)

    assert [points(fading, at(T), T + step * DAY) for step in range(5)] == [10, 5, 2, 1, 0]
    assert points(fading, at(T), T + DAY - 1) == 10
    assert levels(fading) == [10_000, 5_000, 2_500, 1_250]


def test_a_pulse_has_at_most_eight_levels_and_at_least_one() -> None:
    assert len(levels(rule(points=1_000 * POINT, half_life=DAY))) == 8
    assert levels(rule(points=-300, half_life=DAY)) == [-300]
    assert levels(rule(points=-4 * POINT, half_life=DAY)) == [-4_000, -2_000, -1_000]


def test_a_newer_moment_ends_the_oldest_pulse() -> None:
    two = rule(at_most=2)

    assert points(two, at(T, T + 1, T + 2), T + 1) == 20
    assert points(two, at(T, T + 1, T + 2), T + 2) == 20
    assert points(two, at(T, T, T), T) == 20


def test_an_asset_counts_once_a_day() -> None:
    daily = rule(once_per_day=True)
    page = {"page": "/a"}

    assert points(daily, [(T, page), (T + HOUR, page)], T + HOUR) == 10
    assert points(daily, [(T, page), (T + HOUR, {"page": "/b"})], T + HOUR) == 20
    assert points(daily, [(T + DAY - 1, page), (T + DAY, page)], T + DAY) == 20
    assert points(daily, [(T, page), (T + HOUR, {"page": "/b", "asset": "x"})], T + HOUR) == 20


def test_the_condition_rises_with_the_nth_touch_within_the_span() -> None:
    thrice = rule(how=Repeated(3, 7 * DAY))

    assert points(thrice, at(T, T + DAY), T + DAY) == 0
    assert points(thrice, at(T, T + DAY, T + 7 * DAY - 1), T + 7 * DAY - 1) == 10
    assert points(thrice, at(T, T + DAY, T + 7 * DAY), T + 7 * DAY) == 0


def test_the_condition_falls_when_the_oldest_leaves() -> None:
    twice = rule(how=Repeated(2, 7 * DAY))

    assert points(twice, at(T, T + DAY), T + 7 * DAY - 1) == 10
    assert points(twice, at(T, T + DAY), T + 7 * DAY) == 0


def test_a_repetition_with_a_window_of_its_own_outlasts_its_condition() -> None:
    twice = rule(how=Repeated(2, DAY), window=30 * DAY)

    assert points(twice, at(T, T + 1), T + 29 * DAY) == 10


def test_more_touches_prolong_the_condition_and_are_no_new_moment() -> None:
    twice = rule(how=Repeated(2, 7 * DAY))

    assert points(twice, at(T, T + DAY, T + 2 * DAY), T + 2 * DAY) == 10
    assert points(twice, at(T, T + DAY, T + 2 * DAY), T + 8 * DAY - 1) == 10
    assert points(twice, at(T, T + DAY, T + 2 * DAY), T + 8 * DAY) == 0


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_too_few_touches_make_no_moment(count: int) -> None:
    assert points(rule(how=Repeated(4, DAY)), at(*[T] * count), T) == 0


def test_a_rejection_takes_back_what_was_done_before_it() -> None:
    rejected = [(T, {}), (T + DAY, {"kind": "sales_rejected"}), (T + DAY, {"id": -1}), (T + 2 * DAY, {})]

    assert points(rule(), rejected, T + DAY - 1) == 10
    assert points(rule(), rejected, T + DAY) == 10  # what carries the same stamp belongs to the new epoch
    assert points(rule(), rejected, T + 2 * DAY) == 20
    assert points(rule(how=Repeated(3, 9 * DAY)), rejected, T + 2 * DAY) == 0


def test_a_group_is_clipped_at_every_instant_and_has_no_memory() -> None:
    rules = [rule(window=DAY), rule(name="minus", match=Match(("careers",)), points=-30 * POINT)]
    touches = [*at(T, T, T), (T + DAY, {"kind": "careers"})]

    assert points(rules, touches, T, cap=15 * POINT) == 15
    assert points(rules, touches, T + DAY, cap=15 * POINT, floor=-20 * POINT) == -20


def test_touches_are_chosen_by_pattern() -> None:
    touches = [(T, {"page": "/Pricing/eu", "asset": "Guide", "campaign": "Spring"}), (T, {"page": "/x"})]

    assert points(rule(match=Match(("page_view",), pages=("/pricing/*",))), touches, T) == 10
    assert points(rule(match=Match(("page_view",), assets=("g?ide",))), touches, T) == 10
    assert points(rule(match=Match(("page_view",), campaigns=("summer", "spring"))), touches, T) == 10
    assert points(rule(match=Match(("page_view",), pages=("/pricing",))), touches, T) == 0
    assert points(rule(match=Match(("page_view", "other", "page_view"))), touches, T) == 20


def test_an_unknown_kind_of_touch_matches_nothing() -> None:
    assert points(rule(match=Match(("demo_request",))), at(T), T) == 0


def test_a_column_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="asset has 2 rows, id has 1"):
        Touches(("",), *(np.zeros(1, np.int64),) * 4, asset=np.zeros(2, np.int32))


def test_columns_left_out_are_empty() -> None:
    rows = Touches(("",), *(np.zeros(1, np.int64),) * 4)

    assert rows.seconds.tolist() == [0]
    assert len(rows) == 1


def test_a_rule_that_always_counts_has_no_recheck() -> None:
    definition = Definition("d", "1", "d", scored(POINT), (rule(),), (Group("g"),), expires_after=0)
    facts = Facts(1, touches_of([{"id": 1, "at": T, "kind": "page_view"}]), Attributes())

    assert score(facts, definition, T).recheck_at[0] == NEVER


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("/a/*", "/A/b\nc", True),
        ("/a", "/a/b", False),
        ("a.c", "abc", False),
        ("a?c", "abc", True),
        ("[a]", "a", False),
    ],
)
def test_patterns_are_compared_with_the_whole_text(pattern: str, text: str, matches: bool) -> None:
    assert bool(glob((pattern,)).fullmatch(text)) is matches


@pytest.mark.parametrize(
    ("phrase", "text", "is_in"),
    [
        ("cto", "Director of Sales", False),
        ("cto", "Co-Founder & CTO", True),
        ("v.p.", "V.P. Sales", True),
        ("vice president", "Senior Vice-President, EMEA", True),
        ("engineer*", "Lead Engineering", True),
        ("chief * officer", "Chief Revenue Officer", True),
        ("chief * officer", "Chief Officer", False),
    ],
)
def test_words_are_found_as_words(phrase: str, text: str, is_in: bool) -> None:
    assert passes(Words((phrase,)), text) is is_in


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1,200", 1200),
        ("201-500", 201),
        ("1000+", 1000),
        ("500.0", 500),
        ("10'000", 10000),
        ("many", None),
        ("", None),
    ],
)
def test_numbers_are_read_as_people_write_them(text: str, number: float | None) -> None:
    assert number_of(text) == number


def test_a_range_includes_its_low_end_and_not_its_high_end() -> None:
    assert passes(Between(50, 200), "50")
    assert not passes(Between(50, 200), "49")
    assert passes(Between(50, 200), "199.9")
    assert not passes(Between(50, 200), "200")
    assert not passes(Between(), "unknown")


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("https://www.Acme.example:8080/a?b#c", "acme.example"),
        ("jane@mail.acme.example", "mail.acme.example"),
        ("//acme.example/x", "acme.example"),
        ("acme.example.", "acme.example"),
        ("", ""),
    ],
)
def test_hosts_are_read_from_addresses_and_links(text: str, host: str) -> None:
    assert host_of(text) == host


@pytest.mark.parametrize(
    ("host", "listed", "is_in"),
    [
        ("acme.example", "acme.example", True),
        ("mail.acme.example", "acme.example", True),
        ("notacme.example", "acme.example", False),
        ("physics.uni.edu.example", "*.edu.*", True),
        ("mit.edu", "edu", True),
        ("education.example", "edu", False),
        ("", "acme.example", False),
    ],
)
def test_a_host_is_below_a_listed_one(host: str, listed: str, is_in: bool) -> None:
    assert is_below(host, (listed,)) is is_in
    assert passes(Domains((listed,)), f"jane@{host}" if host else "") is is_in


def test_no_list_holds_no_host() -> None:
    assert not is_below("acme.example", ())


def test_each_is_the_plain_rule() -> None:
    assert rule().how == Each()
