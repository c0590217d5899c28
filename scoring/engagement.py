"""Engagement: what rules make of moments. Pulses that fade, groups that clip, one curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scoring.curves import Curve, Index, clip, from_deltas, total
from scoring.definition import POINT, Definition, Group, Rule
from scoring.rules.moments import Timeline
from scoring.rules.registry import moments
from scoring.touches import NEVER, Ints

STEPS_MAX = 8  # a pulse has at most so many levels


@dataclass(frozen=True, slots=True, eq=False)
class Pulses:
    """The points of one rule: from `start`, in the rule's levels, until `end`; `row` is the touch."""

    rule: Rule
    person: Ints
    row: Index
    start: Ints
    end: Ints


def levels(rule: Rule) -> list[int]:
    """This lists what a pulse is worth in each half-life; it ends before it is below one point."""
    size, sign = abs(rule.points), 1 if rule.points > 0 else -1
    if not rule.half_life:
        return [rule.points]
    return [sign * (size >> step) for step in range(STEPS_MAX) if step == 0 or size >> step >= POINT]


def pulses(timeline: Timeline, rule: Rule) -> Pulses:
    """This raises one pulse per moment: select, once per day, cap to the newest, fade."""
    found = moments(timeline.choose(rule.match, once_per_day=rule.once_per_day), rule.how)
    stretch = timeline.stretch[found.row]
    end = timeline.stretch_end[stretch]
    if rule.window:
        end = np.minimum(end, found.start + rule.window)
    if rule.half_life:
        end = np.minimum(end, found.start + rule.half_life * len(levels(rule)))
    if not rule.window and not rule.half_life:
        end = np.minimum(end, found.end)
    if rule.at_most and len(end) > rule.at_most:
        newer = stretch[rule.at_most :] == stretch[: -rule.at_most]
        replaced = np.where(newer, found.start[rule.at_most :], NEVER)
        end[: -rule.at_most] = np.minimum(end[: -rule.at_most], replaced)
    up = end > found.start
    person = timeline.touches.person[found.row[up]].astype(np.int64)
    return Pulses(rule, person, found.row[up], found.start[up], end[up])


def jumps(found: Pulses) -> list[tuple[Ints, Ints, Ints]]:
    """This lists the (person, at, delta) by which the pulses move the score, one array per step."""
    worth = levels(found.rule)
    steps = [(found.start, worth[0])]
    for number in range(1, len(worth)):
        at = np.minimum(found.start + number * found.rule.half_life, found.end)
        steps.append((at, worth[number] - worth[number - 1]))
    steps.append((found.end, -worth[-1]))
    return [(found.person, at, np.full(len(at), delta, np.int64)) for at, delta in steps]


def group_curve(group: Group, found: Sequence[Pulses]) -> Curve:
    """This adds up the group's pulses and clips the sum of every instant."""
    return clip(raw_curve(found), group.floor, group.cap)


def raw_curve(found: Sequence[Pulses]) -> Curve:
    """This adds up pulses without any clip."""
    parts = [jump for one in found for jump in jumps(one)]
    if not parts:
        return total([])
    person, at, delta = (np.concatenate(column) for column in zip(*parts, strict=True))
    return from_deltas(person, at, delta)


def all_pulses(timeline: Timeline, definition: Definition) -> list[Pulses]:
    """This raises the pulses of every rule, in the definition's order."""
    return [pulses(timeline, rule) for rule in definition.rules]


def group_curves(definition: Definition, found: Sequence[Pulses]) -> dict[str, Curve]:
    """This is every group's clipped sum, by name; engagement is the sum of them all."""
    by_group: dict[str, list[Pulses]] = {group.name: [] for group in definition.groups}
    for one in found:
        by_group[one.rule.group].append(one)
    return {group.name: group_curve(group, by_group[group.name]) for group in definition.groups}
