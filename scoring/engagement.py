"""Engagement: what rules make of moments. Pulses that fade, groups that clip, one curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scoring.curves import Curve, Index, clip, from_deltas, total
from scoring.definitions.definition import LEVELS_MAX, POINT, Definition, Group, Rule
from scoring.rules.registry import moments
from scoring.rules.timeline import Timeline
from scoring.touches import ALWAYS, NEVER, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Pulses:
    """The points of one rule: from `start`, in the rule's levels, until `end`.

    `row` is the touch, -1 where no touch of the person caused it; `start` is then ALWAYS where nobody knows
    since when.
    """

    rule: Rule
    person: Ints
    row: Index
    start: Ints
    end: Ints


def levels(rule: Rule) -> list[int]:
    """This lists what a pulse is worth as it fades: by its steps, or in each half-life."""
    size, sign = abs(rule.points), 1 if rule.points > 0 else -1
    if not rule.half_life:
        return [rule.points, *(points for _, points in rule.steps)]
    return [sign * (size >> step) for step in range(LEVELS_MAX) if step == 0 or size >> step >= POINT]


def ages(rule: Rule) -> list[int]:
    """This lists how long after its rise a pulse takes on each of its levels."""
    if rule.half_life:
        return [step * rule.half_life for step in range(len(levels(rule)))]
    return [0, *(after for after, _ in rule.steps)]


def lasts(rule: Rule) -> int:
    """This is how long a pulse stands at most: NEVER where it neither has a window nor fades to nothing."""
    ends = rule.window or NEVER
    if rule.half_life:
        return min(ends, rule.half_life * len(levels(rule)))
    for after, points in reversed(rule.steps):
        if points:
            break
        ends = min(ends, after)
    return ends


def pulses(timeline: Timeline, rule: Rule) -> Pulses:
    """This raises one pulse per moment: select, once per day, cap to the newest, fade."""
    found = moments(timeline, rule.match, rule.how, once_per_day=rule.once_per_day)
    stretch = found.stretch
    end = timeline.end[stretch]
    if (longest := lasts(rule)) < NEVER:
        end = np.minimum(end, found.start + longest)
    if not rule.window and not rule.half_life:
        end = np.minimum(end, found.end)
    if rule.at_most and len(end) > rule.at_most:
        newer = stretch[rule.at_most :] == stretch[: -rule.at_most]
        replaced = np.where(newer, found.start[rule.at_most :], NEVER)
        end[: -rule.at_most] = np.minimum(end[: -rule.at_most], replaced)
    up = end > found.start
    return Pulses(rule, timeline.person[stretch[up]], found.row[up], found.start[up], end[up])


def jumps(found: Pulses, since: int) -> list[tuple[Ints, Ints, Ints]]:
    """This lists the (person, at, delta) by which the pulses move the score, one array per step."""
    worth = levels(found.rule)
    steps = [(found.start, worth[0])]
    for number, age in enumerate(ages(found.rule)[1:], start=1):
        at = np.minimum(found.start + age, found.end)
        steps.append((at, worth[number] - worth[number - 1]))
    steps.append((found.end, -worth[-1]))
    return [(found.person, np.maximum(at, since), np.full(len(at), delta, np.int64)) for at, delta in steps]


def group_curve(group: Group, found: Sequence[Pulses], since: int = ALWAYS) -> Curve:
    """This adds up the group's pulses and clips the sum of every instant."""
    return clip(raw_curve(found, since), group.floor, group.cap)


def raw_curve(found: Sequence[Pulses], since: int = ALWAYS) -> Curve:
    """This adds up pulses without any clip; what rose before `since` is there from then on."""
    parts = [jump for one in found for jump in jumps(one, since)]
    if not parts:
        return total([])
    person, at, delta = (np.concatenate(column) for column in zip(*parts, strict=True))
    return from_deltas(person, at, delta)


def all_pulses(timeline: Timeline, definition: Definition) -> list[Pulses]:
    """This raises the pulses of every rule, in the definition's order."""
    return [pulses(timeline, rule) for rule in definition.rules]


def group_curves(definition: Definition, found: Sequence[Pulses], since: int = ALWAYS) -> dict[str, Curve]:
    """This is every group's clipped sum, by name; engagement is the sum of them all."""
    by_group: dict[str, list[Pulses]] = {group.name: [] for group in definition.groups}
    for one in found:
        by_group[one.rule.group].append(one)
    return {group.name: group_curve(group, by_group[group.name], since) for group in definition.groups}
