"""How many points anybody can have under a definition: bounds that no history can pass.

A threshold above its bound would never be reached, and nobody would notice for months. Bounds count
what caps, floors and `at_most` leave, and that some conditions cannot stand twice at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import assert_never

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
from scoring.definitions.definition import Criterion, Definition, Rule
from scoring.definitions.kinds import Committee, Depth, Distinct, FieldIs, First, Repeated, Silence

# While such a condition holds it does not begin anew, so its points stand once at most ...
ONE_AT_A_TIME = (Repeated, Distinct, Depth, Silence, Committee, FieldIs)


@dataclass(frozen=True, slots=True)
class Bounds:
    """The least and the most that can be had, in thousandths; infinite where nothing limits it."""

    least: float
    most: float

    def __add__(self, other: Bounds) -> Bounds:
        return Bounds(self.least + other.least, self.most + other.most)

    def clipped(self, floor: int | None, cap: int | None) -> Bounds:
        """Where floor and cap cross, the cap holds, as in scoring."""
        low, high = -inf if floor is None else floor, inf if cap is None else cap
        return Bounds(min(max(self.least, low), high), min(max(self.most, low), high))


def rule_bounds(rule: Rule) -> Bounds:
    """This is what all pulses of one rule can add up to at one instant."""
    worth = [rule.points, *(points for _, points in rule.steps)]
    times = _times(rule)
    return Bounds(
        min(0, *worth) * times if min(worth) < 0 else 0, max(0, *worth) * times if max(worth) > 0 else 0
    )


def _times(rule: Rule) -> float:
    fades = rule.half_life or rule.window or rule.steps
    once = isinstance(rule.how, First) or (isinstance(rule.how, ONE_AT_A_TIME) and not fades)
    return 1 if once else rule.at_most or inf


def criterion_bounds(criterion: Criterion) -> Bounds:
    """This is what one attribute can be worth."""
    worth = [criterion.unknown, criterion.otherwise, *(band.points for band in criterion.bands)]
    return Bounds(min(worth), max(worth))


def bounds(definition: Definition) -> dict[str, Bounds]:
    """These are the bounds of everything that a condition may ask for, by the names that it uses."""
    nothing = Bounds(0, 0)
    groups = {
        group.name: sum(
            (rule_bounds(rule) for rule in definition.rules if rule.group == group.name), nothing
        ).clipped(group.floor, group.cap)
        for group in definition.groups
    }
    fit = sum((criterion_bounds(one) for one in definition.fit.criteria), nothing)
    fit = fit.clipped(definition.fit.floor, definition.fit.cap)
    engagement = sum(groups.values(), nothing)
    found = {f"group:{name}": group for name, group in groups.items()}
    score = (engagement + fit).clipped(definition.floor, definition.cap)
    return found | {"engagement": engagement, "fit": fit, "score": score}


def best_grade(definition: Definition, found: dict[str, Bounds]) -> str:
    """This is the best grade that the fit points allow."""
    return GRADES[sum(found["fit"].most < least for least in definition.fit.grades)]


def can_hold(condition: Condition, definition: Definition, found: dict[str, Bounds]) -> bool:
    """This is false only for what can never hold."""
    return _can(condition, True, definition, found)


def _can(condition: Condition, wanted: bool, definition: Definition, found: dict[str, Bounds]) -> bool:
    def possible(part: Condition, want: bool = wanted) -> bool:
        return _can(part, want, definition, found)

    match condition:
        case AllOf(parts):
            return all(map(possible, parts)) if wanted else any(map(possible, parts))
        case AnyOf(parts):
            return any(map(possible, parts)) if wanted else all(map(possible, parts))
        case AtLeast(count, parts):
            asked = count if wanted else len(parts) - count + 1
            return sum(map(possible, parts)) >= asked
        case NotOf(part):
            return possible(part, not wanted)
        case Reaches(what, least):
            of = found.get(what, Bounds(0, 0))
            return of.most >= least if wanted else of.least < least
        case GradeIs(least):
            if wanted:
                return best_grade(definition, found) <= least
            better = definition.fit.grades[: GRADES.index(least) + 1]
            return least != GRADES[-1] and found["fit"].least < better[-1]
        case Did() | HasAttribute() | IsOwnStaff() | IsPartnerStaff() | IsMachine():
            return True
    assert_never(condition)
