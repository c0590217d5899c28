"""When must we look at somebody again? At the next instant at which something visible would differ.

Before it nothing needs computing anew, so that work follows change and not the number of people.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scoring.course import Course
from scoring.curves import Curve, next_apart, next_change, next_marked, value_at
from scoring.definitions.holds import Deeds
from scoring.engagement import Pulses
from scoring.partners.claims import Claims
from scoring.touches import NEVER, Facts, Ints

UNPUBLISHED = NEVER  # the CRM shows no score yet


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """The score that the CRM shows per person, and by how much the true one must move to be shown instead."""

    score: Ints
    step: int


def recheck_at(
    facts: Facts, past: Course, with_machines: Curve, claims: Claims, shown: Shown, as_of: int
) -> Ints:
    """This is that instant for each person; `with_machines` is the status as if nothing were voided."""
    people = facts.people
    now = value_at(past.score, people, as_of)
    visible = (past.life.status, with_machines, past.judge, past.grade, past.cell, past.reason)
    told = np.where(shown.score == UNPUBLISHED, now, shown.score)
    found: Ints = np.minimum.reduce(
        [
            *(next_change(curve, people, as_of) for curve in visible),
            next_apart(past.score, people, as_of, told, shown.step),
            next_apart(past.score, people, as_of, now, shown.step),
            _next_fact(facts, as_of),
            _next_standing(past, people, as_of),
            _next_claim(claims, people, as_of),
        ]
    )
    return found


def _next_standing(past: Course, people: int, as_of: int) -> Ints:
    """This is when the set of standing contributions and deeds next differs."""
    judge = value_at(past.judge, people, as_of)
    nearest = np.full(people, NEVER, np.int64)
    for index, one in past.pasts.items():
        up: list[Pulses | Deeds] = [*one.history.pulses, *one.history.deeds]
        for found in up:
            for at, counts in ((found.end, found.start <= as_of), (found.start, found.start > as_of)):
                ahead = counts & (at > as_of) & (judge[found.person] == index)
                np.minimum.at(nearest, found.person[ahead], at[ahead])
    return nearest


def _next_fact(facts: Facts, as_of: int) -> Ints:
    """This is the first fact that is already known but lies behind `as_of` (a planned meeting)."""
    nearest = next_marked(facts.touches.person, facts.touches.at, facts.touches.at > as_of, facts.people)
    ahead = facts.attributes.at > as_of
    np.minimum.at(nearest, facts.attributes.person[ahead], facts.attributes.at[ahead])
    return nearest


def _next_claim(claims: Claims, people: int, as_of: int) -> Ints:
    nearest = np.full(people, NEVER, np.int64)
    for at in (claims.at, claims.until):
        ahead = claims.wins & (at > as_of)
        np.minimum.at(nearest, claims.person[ahead], at[ahead])
    return nearest
