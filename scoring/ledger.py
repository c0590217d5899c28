"""Why a score is what it is: every contribution with its touch, every clip as a signed line.

The lines of an `Explanation` add up to the score to the digit, because the score is nothing else than
their sum.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scoring.book import Book
from scoring.conditions import GRADES, GradeIs, Reaches, leaves
from scoring.context import Context
from scoring.curves import value_at
from scoring.definition import POINT, Definition, Rule
from scoring.engagement import Pulses, ages, levels
from scoring.fit import criterion_curve, known_values
from scoring.history import history
from scoring.kinds import Committee, Distinct, FieldIs, Repeated, Silence
from scoring.score import NO_CONTEXT, score
from scoring.touches import Facts, Touches
from scoring.verdicts import Verdicts

NOT_BY_TOUCH = (Committee, FieldIs, Silence)  # no single touch of hers brings these about
TIMES_MAX = 10  # how often a rule is tried when looking for what would reach the threshold


@dataclass(frozen=True, slots=True)
class TouchLine:
    """One touch as people read it."""

    id: int
    at: int
    recorded_at: int
    kind: str
    asset: str
    page: str
    campaign: str
    url: str


@dataclass(frozen=True, slots=True)
class Contribution:
    """One pulse that is up: its points then and now, when it next fades, when it ends (NEVER: does not).

    `at` is when it rose (ALWAYS: nobody knows). `touch` made it rise; None where an attribute or colleagues
    did.
    """

    rule: str
    label: str
    group: str
    at: int
    touch: TouchLine | None
    points_at_start: int
    points_now: int
    next_fade_at: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class FitLine:
    """What one criterion adds; `value` is "" while it is unknown."""

    criterion: str
    label: str
    value: str
    points: int


@dataclass(frozen=True, slots=True)
class Clip:
    """What a cap takes away (negative) or a floor gives back (positive)."""

    of: str
    points: int


@dataclass(frozen=True, slots=True)
class Step:
    """One way to qualify: this rule so many times more, worth so many points together."""

    rule: str
    label: str
    times: int
    points: int


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """One person's score, line by line. `verdicts` holds her verdict as person 0.

    `missing` says what the definition still asks for, `cheapest` which single rules would satisfy it,
    fewest touches first.
    """

    verdicts: Verdicts
    contributions: tuple[Contribution, ...]
    fit: tuple[FitLine, ...]
    clips: tuple[Clip, ...]
    voided: tuple[TouchLine, ...]
    missing: tuple[str, ...]
    cheapest: tuple[Step, ...]

    @property
    def total(self) -> int:
        """This is the sum of all lines: the score."""
        return (
            sum(one.points_now for one in self.contributions)
            + sum(line.points for line in self.fit)
            + sum(clip.points for clip in self.clips)
        )


def explain(
    facts: Facts, by: Book | Definition, as_of: int, person: int, *, context: Context = NO_CONTEXT
) -> Explanation:
    """This explains one person of `facts` at `as_of`, by the definition that judges her then."""
    facts = facts.of_people(person, person + 1)
    verdicts = score(facts, by, as_of, context=context)
    definition = verdicts.judged_by(0)
    if definition is None:
        return Explanation(verdicts, (), (), (), (), ("no definition applies",), ())
    past = history(facts, definition, context, as_of)
    contributions = tuple(
        line for found in past.pulses for line in _contributions(facts.touches, found, as_of)
    )
    values = known_values(facts.attributes, as_of)
    fit = tuple(
        FitLine(
            one.name,
            one.label,
            values.get((0, one.field), ""),
            int(value_at(criterion_curve(facts.attributes, one), 1, as_of)[0]),
        )
        for one in definition.fit.criteria
    )
    return Explanation(
        verdicts,
        contributions,
        fit,
        _clips(definition, contributions, fit),
        tuple(touch_line(facts.touches, int(row)) for row in np.flatnonzero(past.voided)),
        _missing(definition, verdicts),
        _cheapest(definition, contributions, verdicts),
    )


def touch_line(touches: Touches, row: int) -> TouchLine:
    """This is one touch with its texts."""
    label = touches.labels
    return TouchLine(
        int(touches.id[row]),
        int(touches.at[row]),
        int(touches.recorded_at[row]),
        label[touches.kind[row]],
        label[touches.asset[row]],
        label[touches.page[row]],
        label[touches.campaign[row]],
        label[touches.url[row]],
    )


def _contributions(touches: Touches, found: Pulses, as_of: int) -> list[Contribution]:
    rule, lines = found.rule, []
    worth, fades = levels(rule), ages(rule)
    for number in np.flatnonzero((found.start <= as_of) & (found.end > as_of)):
        start, end = int(found.start[number]), int(found.end[number])
        step = sum(start + age <= as_of for age in fades) - 1
        row = int(found.row[number])
        lines.append(
            Contribution(
                rule.name,
                rule.label,
                rule.group,
                start,
                touch_line(touches, row) if row >= 0 else None,
                rule.points,
                worth[step],
                min([end, *(start + age for age in fades[step + 1 :])]),
                end,
            )
        )
    return lines


def _clips(
    definition: Definition, contributions: Sequence[Contribution], fit: Sequence[FitLine]
) -> tuple[Clip, ...]:
    clips = []
    engagement = 0
    for group in definition.groups:
        raw = sum(one.points_now for one in contributions if one.group == group.name)
        clipped = _within(raw, group.floor, group.cap)
        clips.append(Clip(group.name, clipped - raw))
        engagement += clipped
    raw = sum(line.points for line in fit)
    clipped = _within(raw, definition.fit.floor, definition.fit.cap)
    clips.append(Clip("fit", clipped - raw))
    raw = engagement + clipped
    clips.append(Clip("score", _within(raw, definition.floor, definition.cap) - raw))
    return tuple(clip for clip in clips if clip.points)


def _within(value: int, floor: int | None, cap: int | None) -> int:
    # As numpy.clip does: where they cross, the cap holds.
    raised = value if floor is None else max(value, floor)
    return raised if cap is None else min(raised, cap)


def _missing(definition: Definition, verdicts: Verdicts) -> tuple[str, ...]:
    found = []
    if reason := verdicts.reason_of(0):
        found.append(f"excluded: {reason}")
    has = {"score": verdicts.score, "engagement": verdicts.engagement, "fit": verdicts.fit}
    for part in leaves(definition.qualified):
        if isinstance(part, Reaches) and part.what in has and has[part.what][0] < part.least:
            found.append(f"{part.what} {points_text(int(has[part.what][0]))} of {points_text(part.least)}")
        if isinstance(part, GradeIs) and (grade := GRADES[verdicts.grade[0]]) > part.least:
            found.append(f"grade {grade}, needs {part.least}")
    return tuple(found)


def _cheapest(
    definition: Definition, contributions: Sequence[Contribution], verdicts: Verdicts
) -> tuple[Step, ...]:
    """This tries each rule alone, from once to as often as it may count."""
    asked = list(leaves(definition.qualified))
    if not _missing(definition, verdicts) or verdicts.reason[0] >= 0:
        return ()
    if any(isinstance(one, GradeIs) and GRADES[verdicts.grade[0]] > one.least for one in asked):
        return ()  # no touch changes who somebody is
    steps = [
        step
        for rule in definition.rules
        if rule.points > 0
        and not isinstance(rule.how, NOT_BY_TOUCH)
        and (step := _reach(definition, rule, contributions, int(verdicts.fit[0])))
    ]
    return tuple(sorted(steps, key=lambda step: (step.times, -step.points, step.rule)))


def _reach(
    definition: Definition, rule: Rule, contributions: Sequence[Contribution], fit: int
) -> Step | None:
    others = [one for one in contributions if one.rule != rule.name]
    newest = sorted((one for one in contributions if one.rule == rule.name), key=lambda one: -one.at)
    now = _engagement(definition, [*others, *newest], 0, rule)
    each = rule.how.times if isinstance(rule.how, Repeated | Distinct) else 1
    for times in range(1, (rule.at_most or TIMES_MAX) + 1):
        kept = newest[: max(rule.at_most - times, 0)] if rule.at_most else newest
        then = _engagement(definition, [*others, *kept], times * rule.points, rule)
        has = {"score": _within(then + fit, definition.floor, definition.cap), "engagement": then}
        asked = [one for one in leaves(definition.qualified) if isinstance(one, Reaches) and one.what in has]
        if all(has[one.what] >= one.least for one in asked):
            return Step(rule.name, rule.label, times * each, then - now)
    return None


def _engagement(definition: Definition, contributions: Sequence[Contribution], extra: int, rule: Rule) -> int:
    total = 0
    for group in definition.groups:
        raw = sum(one.points_now for one in contributions if one.group == group.name)
        total += _within(raw + (extra if group.name == rule.group else 0), group.floor, group.cap)
    return total


def points_text(thousandths: int) -> str:
    """This writes points as people do: 25, 2.5, -10."""
    return f"{thousandths / POINT:.3f}".rstrip("0").rstrip(".")
