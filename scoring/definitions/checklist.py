"""What a definition asks for, point by point: which parts of its condition hold, and what others lack.

How far a deed has come is asked of the same rules that judge it: the largest number of times for which
it would hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import assert_never

import numpy as np

from scoring.curves import Curve, value_at
from scoring.definitions.conditions import (
    GRADES,
    AllOf,
    AnyOf,
    AtLeast,
    Condition,
    Did,
    GradeIs,
    HasAttribute,
    NotOf,
    Reaches,
)
from scoring.definitions.definition import Definition
from scoring.definitions.holds import Ground, deeds, holds
from scoring.definitions.kinds import Committee, Depth, Distinct, Repeated, Sequence
from scoring.fit import grade_of, known_values
from scoring.rules.timeline import Timeline

Counted = Repeated | Distinct | Depth | Committee  # kinds that add up to a number


@dataclass(frozen=True, slots=True)
class Point:
    """One condition: whether it holds, and how much of what it `needs` is there.

    Points are thousandths, grades their codes (the smaller the better), deeds are counted in what they
    count, conditions in those of their `parts` that hold. `value` is what is known of an attribute.
    """

    condition: Condition
    holds: bool
    has: int
    needs: int
    parts: tuple[Point, ...] = ()
    value: str = ""


@dataclass(frozen=True, slots=True)
class Exclusive:
    """An exclusion that holds, and the causes of it that do."""

    reason: str
    causes: tuple[Condition, ...]


def checklist(definition: Definition, timeline: Timeline, reached: Mapping[str, int], as_of: int) -> Point:
    """This looks at every part of the condition, for person 0; `reached` are the sums by their names."""
    sums = dict(reached)
    sums["grade"] = int(grade_of(definition.fit, np.array([reached["fit"]]))[0])
    nothing = np.empty(0, np.int64)
    scores = {name: Curve(nothing, nothing, nothing, value) for name, value in sums.items()}
    ground = Ground(timeline.facts, timeline, timeline.context, scores)
    return _point(definition.qualified, ground, as_of)


def exclusions_that_hold(definition: Definition, timeline: Timeline, as_of: int) -> tuple[Exclusive, ...]:
    """These are the exclusions of person 0 at `as_of`, the one that counts first."""
    ground = Ground(timeline.facts, timeline.life_long(), timeline.context)
    found = (
        Exclusive(one.reason, tuple(cause for cause in one.causes if _holds(cause, ground, as_of)))
        for one in definition.exclusions
    )
    return tuple(one for one in found if one.causes)


def progress(condition: Did, timeline: Timeline, as_of: int) -> tuple[int, int]:
    """This is (has, needs) of a deed, in what it counts: times, things, seconds, steps, people."""
    how = condition.how
    if isinstance(how, Sequence):
        steps = len(how.then) + 1
        done = [n for n in range(1, steps + 1) if _done(_upto(condition, how, n), timeline, as_of)]
        return max(done, default=0), steps
    is_done = _done(condition, timeline, as_of)
    if not isinstance(how, Counted):
        return int(is_done), 1
    needs = _needs(how)
    if is_done:
        return needs, needs
    low, high = 0, needs  # `low` is reached (nothing always is), `high` is not
    while high - low > 1:
        middle = (low + high) // 2
        if _done(replace(condition, how=_fewer(how, middle)), timeline, as_of):
            low = middle
        else:
            high = middle
    return low, needs


def unmet(point: Point) -> Iterator[Point]:
    """These are the leaves that are missing, and the `NotOf`s that something stands against."""
    if point.holds:
        return
    parts = () if isinstance(point.condition, NotOf) else point.parts
    found = [one for part in parts for one in unmet(part)]
    yield from found or [point]  # more may be asked for than there is


def _point(condition: Condition, ground: Ground, as_of: int) -> Point:
    held = _holds(condition, ground, as_of)
    match condition:
        case AllOf(conditions) | AnyOf(conditions) | AtLeast(_, conditions):
            parts = tuple(_point(one, ground, as_of) for one in conditions)
            needs = {AllOf: len(parts), AnyOf: 1}.get(type(condition), getattr(condition, "count", 0))
            return Point(condition, held, sum(one.holds for one in parts), needs, parts)
        case NotOf(inner):
            return Point(condition, held, int(held), 1, (_point(inner, ground, as_of),))
        case Reaches(what, least):
            return Point(condition, held, ground.scores[what].base, least)
        case GradeIs(least):
            return Point(condition, held, ground.scores["grade"].base, GRADES.index(least))
        case HasAttribute(name):
            known = known_values(ground.facts.attributes, as_of)
            return Point(condition, held, int(held), 1, value=known.get((0, name), "").strip())
        case Did():
            return Point(condition, held, *progress(condition, ground.timeline, as_of))
        case _:
            return Point(condition, held, int(held), 1)


def _holds(condition: Condition, ground: Ground, as_of: int) -> bool:
    return bool(value_at(holds(condition, ground), 1, as_of)[0])


def _done(condition: Did, timeline: Timeline, as_of: int) -> bool:
    found = deeds(condition, timeline)
    return bool(((found.person == 0) & (found.start <= as_of) & (found.end > as_of)).any())


def _needs(how: Counted) -> int:
    match how:
        case Repeated(times) | Distinct(times):
            return times
        case Depth(least):
            return least
        case Committee(people):
            return people
    assert_never(how)


def _fewer(how: Counted, number: int) -> Counted:
    match how:
        case Repeated() | Distinct():
            return replace(how, times=number)
        case Depth():
            return replace(how, least=number)
        case Committee():
            return replace(how, people=number)
    assert_never(how)


def _upto(condition: Did, how: Sequence, steps: int) -> Did:
    """This asks for the first steps of the sequence only."""
    if steps == 1:
        return replace(condition, how=Repeated(1, how.within))
    return replace(condition, how=replace(how, then=how.then[: steps - 1]))
