"""The funnel counts people and spells, and nothing twice."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from reports.funnel import DAY, WEEK, WEEKS, Count, Mql, Spell, first_week, funnel
from scoring.verdicts import ENDINGS, STATUSES

MONDAY = int(datetime(2026, 3, 2, tzinfo=UTC).timestamp()) * 1_000_000
NOW = MONDAY + 2 * DAY


def test_nobody_is_counted_as_nobody() -> None:
    found = funnel({}, [], [], as_of=NOW)

    assert (found.judged, found.statuses, found.definitions, found.channels) == (0, (), (), ())
    assert [one.mqls for one in found.weeks] == [0] * WEEKS


def test_statuses_stand_in_the_order_of_a_leads_life() -> None:
    found = funnel({"excluded": 4, "mql": 2, "lead": 9, "sal": 1}, [], [], as_of=NOW)

    assert [one.name for one in found.statuses] == ["lead", "mql", "sal", "excluded"]
    assert found.judged == 16


def test_a_status_that_is_not_known_here_is_still_counted() -> None:
    assert funnel({"waiting": 3}, [], [], as_of=NOW).statuses == (Count("waiting", 3),)


def test_mqls_are_counted_by_definition_channel_and_partner_the_largest_first() -> None:
    mqls = [
        Mql("standard", "1", "Direct", ""),
        Mql("standard", "2", "Partner", "orbis"),
        Mql("standard", "2", "Partner", "orbis"),
        Mql("standard", "2", "", "kestrel"),
    ]

    found = funnel({"mql": 4}, mqls, [], as_of=NOW)

    assert found.definitions == (Count("standard, version 2", 3), Count("standard, version 1", 1))
    assert found.channels == (Count("Partner", 2), Count("Direct", 1), Count("unknown", 1))
    assert found.partners == (Count("orbis", 2), Count("kestrel", 1), Count("none", 1))


def test_a_week_begins_on_monday_at_midnight() -> None:
    spells = [Spell(MONDAY - 1, ""), Spell(MONDAY, "")]

    found = funnel({}, [], spells, as_of=NOW)

    assert found.weeks[-1].starts_at == MONDAY
    assert [one.mqls for one in found.weeks[-2:]] == [1, 1]


def test_twelve_weeks_are_shown_and_what_began_before_is_not() -> None:
    first = first_week(NOW)

    found = funnel({}, [], [Spell(first - 1, ""), Spell(first, "")], as_of=NOW)

    assert first == MONDAY - 11 * WEEK
    assert (found.weeks[0].starts_at, found.weeks[0].mqls) == (first, 1)
    assert sum(one.mqls for one in found.weeks) == 1


def test_what_became_of_a_week_is_told_apart() -> None:
    spells = [Spell(MONDAY, by) for by in ("", "accepted", "opportunity", "rejected", "lost", "expired")]

    week = funnel({}, [], spells, as_of=NOW).weeks[-1]

    assert (week.open, week.taken, week.refused, week.faded) == (1, 2, 2, 1)


def test_a_spell_that_was_a_mistake_never_counts() -> None:
    assert funnel({}, [], [Spell(MONDAY, "void")], as_of=NOW).weeks[-1].mqls == 0


@given(
    st.lists(st.tuples(st.integers(0, WEEKS * WEEK - 1), st.sampled_from(ENDINGS))), st.integers(0, WEEK - 1)
)
def test_every_spell_of_the_weeks_counts_once_however_it_ended(
    spells: list[tuple[int, str]], into_week: int
) -> None:
    as_of = MONDAY + into_week

    found = funnel({}, [], [Spell(first_week(as_of) + after, by) for after, by in spells], as_of=as_of)

    assert sum(one.mqls for one in found.weeks) == len(spells)


@given(st.dictionaries(st.sampled_from(STATUSES), st.integers(0, 9)))
def test_everybody_who_was_judged_has_one_status(statuses: dict[str, int]) -> None:
    assert funnel(statuses, [], [], as_of=NOW).judged == sum(statuses.values())
