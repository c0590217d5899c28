"""A definition's whole answer over time: every curve, for some people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from scoring.context import Context
from scoring.curves import Curve, Spans, all_of, clip, holding, none_of, reaches, total
from scoring.definitions.conditions import asked_deeds
from scoring.definitions.definition import Definition
from scoring.definitions.holds import Deeds, Ground, deeds, holds
from scoring.engagement import Pulses, all_pulses, group_curves
from scoring.exclusion import reason_curve
from scoring.fit import fit_curve, grade_curve
from scoring.rules.timeline import Timeline
from scoring.touches import ALWAYS, NEVER, Bools, Facts, Ints

PEOPLE_MAX = 1 << 15  # per part: memory then does not grow with the number of people


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """Curves of people 0..people-1, in thousandths or codes (grade; reason: -1 none).

    `pulses` are what engagement is the clipped sum of, in the definition's order of rules; `deeds` are what
    its condition asks people to do, in the order of `asked_deeds`; `voided` marks the touches that no
    human made.
    """

    voided: Bools
    pulses: Sequence[Pulses]
    deeds: Sequence[Deeds]
    engagement: Curve
    fit: Curve
    score: Curve
    grade: Curve
    reason: Curve
    qualified: Curve


def history(
    facts: Facts,
    definition: Definition,
    context: Context,
    as_of: int = NEVER,
    *,
    voided: Bools | None = None,
) -> History:
    """This computes every curve. Attributes known without a date hold before `as_of` at the latest.

    `voided` are the machine clicks, where the caller has already found them by the definition's rule.
    """
    known = _known(facts)
    since = _since(facts, as_of)
    timeline = Timeline(facts, definition.machine, context, since=since, voided=voided)
    facts = _dated(facts, since)
    pulses = all_pulses(timeline, definition)
    groups = group_curves(definition, pulses, since)
    engagement = total(list(groups.values()))
    fit = fit_curve(facts.attributes, definition.fit)
    score = clip(total([engagement, fit]), definition.floor, definition.cap)
    grade = grade_curve(definition.fit, fit)
    scores = {"score": score, "engagement": engagement, "fit": fit, "grade": grade}
    scores |= {f"group:{name}": curve for name, curve in groups.items()}
    reason = reason_curve(Ground(facts, timeline.life_long(), context), definition.exclusions)
    excluded = reaches(reason, 0)
    condition = holds(definition.qualified, Ground(facts, timeline, context, scores))
    qualified = all_of([condition, none_of([excluded]), known])
    done = [deeds(one, timeline) for one in asked_deeds(definition.qualified)]
    return History(timeline.voided, pulses, done, engagement, fit, score, grade, reason, qualified)


def parts(facts: Facts) -> Iterator[tuple[int, Facts]]:
    """This cuts the people into parts, each small enough for one packed sort, with their first number."""
    instants = [facts.touches.at, facts.attributes.at[facts.attributes.at > ALWAYS]]
    ends = [int(value) for column in instants if len(column) for value in (column.min(), column.max())]
    # Room for pulses that end within some years of the last instant.
    bits = max((max(ends, default=0) - min(ends, default=0)).bit_length() + 1, 48)
    people = min(PEOPLE_MAX, 1 << max(62 - bits, 0))
    for first in range(0, facts.people, people):
        yield first, facts.of_people(first, min(first + people, facts.people))


def _since(facts: Facts, as_of: int) -> int:
    """This is an instant before everything that is asked, as near as can be."""
    dated = facts.attributes.at[facts.attributes.at > ALWAYS]
    instants = [int(column.min()) for column in (facts.touches.at, dated) if len(column)]
    return min([*instants, as_of]) - 1


def _dated(facts: Facts, since: int) -> Facts:
    """This gives attributes without a date one that is before everything that is asked."""
    undated = facts.attributes.at <= ALWAYS
    if not undated.any():
        return facts
    at = np.where(undated, since, facts.attributes.at)
    return replace(facts, attributes=replace(facts.attributes, at=at))


def first_known(facts: Facts) -> Ints:
    """This is the first instant that is known of each person, NEVER where nothing is dated."""
    person = np.concatenate((facts.touches.person, facts.attributes.person)).astype(np.int64)
    at = np.concatenate((facts.touches.at, facts.attributes.at))
    person, at = person[at > ALWAYS], at[at > ALWAYS]
    first: Ints = np.full(facts.people, NEVER, np.int64)
    np.minimum.at(first, person, at)
    return first


def _known(facts: Facts) -> Curve:
    """This is 1 from the first instant that is known of each person: nobody qualifies before it."""
    first = first_known(facts)
    who = np.flatnonzero(first < NEVER)
    return holding(Spans(who, first[who], np.full(len(who), NEVER, np.int64)))
