"""Each kind's moments, one by one, against a naive search for them: when, by which touch, until when."""

from __future__ import annotations

import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lives import CONTEXT, facts_of, hows_by_name, lives, matches
from oracle import RESETS, Life, Person, world
from oracle_kinds import ENDLESS, Query, holds
from oracle_kinds import moments as naive_moments

from scoring.definitions.conditions import scored
from scoring.definitions.definition import Definition, MachineClicks
from scoring.definitions.kinds import Match
from scoring.rules.registry import moments
from scoring.rules.timeline import Timeline
from scoring.touches import HOUR, NEVER

EXAMPLES = float(os.environ.get("MQLSYNC_EXAMPLES", "1"))
MACHINE = MachineClicks(2, 12 * HOUR)
DEFINITION = Definition("d", "1", "d", scored(0), (), (), machine=MACHINE)


@pytest.mark.parametrize("kind", hows_by_name)
@pytest.mark.parametrize("whole_life", [False, True])
def test_moments_are_those_that_a_naive_search_finds(kind: str, whole_life: bool) -> None:
    @settings(max_examples=int(60 * EXAMPLES), deadline=None)
    @given(st.lists(lives, min_size=1, max_size=3), matches, hows_by_name[kind], st.booleans())
    def agree(people: list[Life], match: Match, how, once_per_day: bool) -> None:
        facts = facts_of(people)
        timeline = Timeline(facts, MACHINE, CONTEXT)
        if whole_life:
            timeline = timeline.life_long()

        found = moments(timeline, match, how, once_per_day=once_per_day)

        ids = np.where(found.row >= 0, np.append(facts.touches.id, 0)[found.row] % 1000, -1)
        end = np.minimum(found.end, timeline.end[found.stretch])
        rows = zip(timeline.person[found.stretch], found.start, ids, end, strict=True)
        query = Query(match, how, once_per_day, whole_life)
        everybody = world(people, DEFINITION, CONTEXT)
        assert [tuple(int(cell) for cell in row) for row in rows] == [
            (number, *moment) for number, person in enumerate(everybody) for moment in naive(person, query)
        ]

    agree()


def naive(person: Person, query: Query) -> list[tuple[int, int, int]]:
    """Every (start, touch, end) of all epochs, looked for at every instant at which something can change."""
    resets = sorted({deed.at for deed in person.real if deed.kind in RESETS and not query.whole_life})
    instants = person.boundaries_of(query)
    return [
        (moment.at, moment.deed.id if moment.deed else -1, ends(person, query, moment.at, end, instants))
        for end in [*resets, NEVER]
        for moment in naive_moments(person, query, end - 1)
    ]


def ends(person: Person, query: Query, start: int, end: int, instants: list[int]) -> int:
    """When a moment ends that lies in the epoch that ends at `end`."""
    if isinstance(query.how, ENDLESS):
        return end
    since = person.since(query, end - 1)
    later = (at for at in instants if start < at < end and not holds(person, query, since, at))
    return next(later, end)
