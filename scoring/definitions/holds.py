"""When a condition holds: any condition over anything that is known, as a 0/1 curve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import assert_never

import numpy as np

from scoring.context import Context
from scoring.curves import (
    Curve,
    Index,
    Spans,
    all_of,
    any_of,
    at_least,
    holding,
    next_marked,
    none_of,
    reaches,
)
from scoring.definitions.conditions import (
    GRADES,
    AllOf,
    AnyOf,
    AtLeast,
    Condition,
    Did,
    GradeIs,
    HasAttribute,
    IsMachine,
    IsOwnStaff,
    IsPartnerStaff,
    NotOf,
    Reaches,
)
from scoring.definitions.kinds import Domains
from scoring.fit import attribute_curve
from scoring.patterns import passes
from scoring.rules.registry import moments
from scoring.rules.timeline import Timeline
from scoring.touches import SALES_KINDS, SENT_KINDS, Facts, Ints

# What may come from a mail program or a scanner, or from us: no sign of a human on the other side.
NOT_HUMAN = ("email_open", "email_click", "call", "sales_email", "unsubscribe", *SENT_KINDS, *SALES_KINDS)


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """What conditions are held against. `scores` has the curves that `Reaches` names; `grade` is a code.

    Where conditions look at the whole life (exclusions), `timeline` has no epochs and `scores` is empty.
    """

    facts: Facts
    timeline: Timeline
    context: Context
    scores: Mapping[str, Curve] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Deeds:
    """Moments that a `Did` asks for, in [start, end) each. `row` is the touch, -1 where it is not hers."""

    person: Ints
    row: Index
    start: Ints
    end: Ints


def holds(condition: Condition, ground: Ground) -> Curve:
    """This is 1 while the condition holds. A score that nobody computed is a `KeyError`."""
    match condition:
        case AllOf(parts):
            return all_of([holds(part, ground) for part in parts])
        case AnyOf(parts):
            return any_of([holds(part, ground) for part in parts])
        case AtLeast(count, parts):
            return at_least(count, [holds(part, ground) for part in parts])
        case NotOf(part):
            return none_of([holds(part, ground)])
        case Reaches(what, least):
            return reaches(ground.scores[what], least)
        case GradeIs(least):
            return none_of([reaches(ground.scores["grade"], GRADES.index(least) + 1)])
        case Did():
            return _did(condition, ground.timeline)
        case HasAttribute(name, test, unknown):
            return attribute_curve(
                ground.facts.attributes, name, lambda text: int(passes(test, text)), int(unknown)
            )
        case IsOwnStaff():
            return _from_domain(ground, ground.context.own_domains)
        case IsPartnerStaff():
            return _from_domain(ground, tuple(d for one in ground.context.partners for d in one.domains))
        case IsMachine():
            return _only_machine(ground)
    assert_never(condition)


def deeds(condition: Did, timeline: Timeline) -> Deeds:
    """These are the moments that the condition asks for, and until when each holds."""
    found = moments(timeline, condition.match, condition.how)
    end = np.minimum(found.end, timeline.end[found.stretch])
    if condition.lasts:
        end = np.minimum(end, found.start + condition.lasts)
    up = end > found.start
    return Deeds(timeline.person[found.stretch][up], found.row[up], found.start[up], end[up])


def _did(condition: Did, timeline: Timeline) -> Curve:
    found = deeds(condition, timeline)
    return holding(Spans(found.person, np.maximum(found.start, timeline.since), found.end))


def _from_domain(ground: Ground, hosts: tuple[str, ...]) -> Curve:
    test = Domains(hosts)
    return attribute_curve(ground.facts.attributes, "email_domain", lambda text: int(passes(test, text)), 0)


def _only_machine(ground: Ground) -> Curve:
    """This is up from the first voided click to the first thing that a human did."""
    touches, voided, people = ground.facts.touches, ground.timeline.voided, ground.facts.people
    codes = [code for code, label in enumerate(touches.labels) if label in NOT_HUMAN]
    human = ~voided & ~np.isin(touches.kind, codes)
    start = next_marked(touches.person, touches.at, voided, people)
    end = next_marked(touches.person, touches.at, human, people)
    who = np.flatnonzero(start < end)
    return holding(Spans(who, start[who], end[who]))
