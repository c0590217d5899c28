"""Why a score is what it is: every contribution with its touch, every clip as a signed line.

The lines of an `Explanation` add up to the score to the digit, because the score is nothing else than
their sum.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scoring.context import Context
from scoring.curves import value_at
from scoring.definitions.book import Book
from scoring.definitions.checklist import Exclusive, Point, checklist, exclusions_that_hold
from scoring.definitions.definition import POINT, Criterion, Definition, Rule
from scoring.definitions.kinds import FieldIs
from scoring.engagement import Pulses, ages, levels
from scoring.fit import criterion_curve, known_values
from scoring.handoff.reasons import heard
from scoring.history import history
from scoring.machines import signs
from scoring.patterns import passes
from scoring.rules.committee import involved
from scoring.rules.timeline import Timeline
from scoring.score import NO_CONTEXT, score
from scoring.touches import Attributes, Facts, Touches
from scoring.verdicts import Verdicts


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

    `at` is when it rose (ALWAYS: nobody knows). `touch` made it rise; None where a `value` that is known of
    her did, or `colleagues`: the touches of the people at her company, one of each, her own among them.
    """

    rule: str
    label: str
    group: str
    at: int
    touch: TouchLine | None
    value: str
    colleagues: tuple[TouchLine, ...]
    points_at_start: int
    points_now: int
    next_fade_at: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class FitLine:
    """What one criterion adds; `value` is "" while it is unknown, `band` where no band names it."""

    criterion: str
    label: str
    value: str
    band: str
    points: int


@dataclass(frozen=True, slots=True)
class Clip:
    """What a cap takes away (negative) or a floor gives back (positive)."""

    of: str
    points: int


@dataclass(frozen=True, slots=True)
class Voided:
    """A touch that does not count, and the signs that a program made it."""

    touch: TouchLine
    signs: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """One person's score, line by line. `verdicts` holds her verdict as person 0.

    `asked` is what qualifies, point by point (None where no definition judges her); `exclusions` are those
    that hold, the one that counts first.
    """

    verdicts: Verdicts
    contributions: tuple[Contribution, ...] = ()
    fit: tuple[FitLine, ...] = ()
    clips: tuple[Clip, ...] = ()
    voided: tuple[Voided, ...] = ()
    asked: Point | None = None
    exclusions: tuple[Exclusive, ...] = ()

    @property
    def definition(self) -> Definition | None:
        """This is what judges her at that instant, in the version that was in force."""
        return self.verdicts.judged_by(0)

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
    facts = heard(facts.of_people(person, person + 1), context.feedback)
    verdicts = score(facts, by, as_of, context=context)
    definition = verdicts.judged_by(0)
    if definition is None:
        return Explanation(verdicts)
    timeline = Timeline(facts, definition.machine, context)
    pulses = history(facts, definition, context, as_of, voided=timeline.voided).pulses
    contributions = tuple(line for found in pulses for line in _contributions(timeline, found, as_of))
    fit = tuple(_fit_line(facts.attributes, one, as_of) for one in definition.fit.criteria)
    clips, reached = _clips(definition, contributions, fit)
    return Explanation(
        verdicts,
        contributions,
        fit,
        clips,
        tuple(_voided(facts.touches, definition, as_of)),
        checklist(definition, timeline, reached, as_of),
        exclusions_that_hold(definition, timeline, as_of),
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


def points_text(thousandths: int) -> str:
    """This writes points as people do: 25, 2.5, -10."""
    return f"{thousandths / POINT:.3f}".rstrip("0").rstrip(".")


def _contributions(timeline: Timeline, found: Pulses, as_of: int) -> list[Contribution]:
    rule, lines = found.rule, []
    worth, fades = levels(rule), ages(rule)
    everybody = timeline.facts.everybody.touches
    for number in np.flatnonzero((found.start <= as_of) & (found.end > as_of)):
        start, end = int(found.start[number]), int(found.end[number])
        step = sum(start + age <= as_of for age in fades) - 1
        row, others = int(found.row[number]), involved(timeline, rule, 0, start)
        lines.append(
            Contribution(
                rule=rule.name,
                label=rule.label,
                group=rule.group,
                at=start,
                touch=touch_line(timeline.touches, row) if row >= 0 else None,
                value=_value(timeline.facts.attributes, rule, start),
                colleagues=tuple(touch_line(everybody, one) for one in others.tolist()),
                points_at_start=rule.points,
                points_now=worth[step],
                next_fade_at=min([end, *(start + age for age in fades[step + 1 :])]),
                expires_at=end,
            )
        )
    return lines


def _value(attributes: Attributes, rule: Rule, at: int) -> str:
    if not isinstance(rule.how, FieldIs):
        return ""
    return known_values(attributes, at).get((0, rule.how.field), "").strip()


def _fit_line(attributes: Attributes, criterion: Criterion, as_of: int) -> FitLine:
    value = known_values(attributes, as_of).get((0, criterion.field), "").strip()
    band = next((one.label for one in criterion.bands if passes(one.test, value)), "") if value else ""
    worth = int(value_at(criterion_curve(attributes, criterion), 1, as_of)[0])
    return FitLine(criterion.name, criterion.label, value, band, worth)


def _clips(
    definition: Definition, contributions: Sequence[Contribution], fit: Sequence[FitLine]
) -> tuple[tuple[Clip, ...], dict[str, int]]:
    """These are the clips, and what each sum is after its own: the names are those of `Reaches`."""
    clips, reached = [], {"engagement": 0}
    for group in definition.groups:
        raw = sum(one.points_now for one in contributions if one.group == group.name)
        clipped = _within(raw, group.floor, group.cap)
        clips.append(Clip(group.name, clipped - raw))
        reached[f"group:{group.name}"] = clipped
        reached["engagement"] += clipped
    raw = sum(line.points for line in fit)
    reached["fit"] = _within(raw, definition.fit.floor, definition.fit.cap)
    clips.append(Clip("fit", reached["fit"] - raw))
    raw = reached["engagement"] + reached["fit"]
    reached["score"] = _within(raw, definition.floor, definition.cap)
    clips.append(Clip("score", reached["score"] - raw))
    return tuple(clip for clip in clips if clip.points), reached


def _within(value: int, floor: int | None, cap: int | None) -> int:
    # As numpy.clip does: where they cross, the cap holds.
    raised = value if floor is None else max(value, floor)
    return raised if cap is None else min(raised, cap)


def _voided(touches: Touches, definition: Definition, as_of: int) -> list[Voided]:
    shown = signs(touches, definition.machine)
    rows = np.flatnonzero(np.logical_or.reduce([np.zeros(len(touches), np.bool_), *shown.values()]))
    return [
        Voided(touch_line(touches, row), tuple(sign for sign, marked in shown.items() if marked[row]))
        for row in rows.tolist()
        if touches.at[row] <= as_of
    ]
