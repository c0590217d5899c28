"""Which function answers which rule kind. A new kind is one value in `kinds.How`, one function, and one
line here; the type checker names the places that forget it."""

from __future__ import annotations

from typing import assert_never

from scoring.definitions.kinds import (
    Committee,
    Depth,
    Distinct,
    Each,
    FieldIs,
    First,
    How,
    Match,
    Repeated,
    Return,
    Sequence,
    Silence,
)
from scoring.rules.behaviour import repeated, returned, sequence, silence
from scoring.rules.committee import committee
from scoring.rules.content import depth, distinct
from scoring.rules.engagement import each, first
from scoring.rules.field import field_is
from scoring.rules.moments import Moments
from scoring.rules.timeline import Timeline


def moments(timeline: Timeline, match: Match, how: How, *, once_per_day: bool = False) -> Moments:
    """This finds the moments at which the rule's condition rose."""
    match how:
        case FieldIs():
            return field_is(timeline, how)
        case Committee():
            return committee(timeline, match, how, once_per_day=once_per_day)
    chosen = timeline.choose(match, once_per_day=once_per_day)
    match how:
        case Each():
            return each(chosen)
        case First():
            return first(chosen)
        case Repeated():
            return repeated(chosen, how)
        case Distinct():
            return distinct(chosen, timeline.touches, how)
        case Depth():
            return depth(chosen, timeline.touches, how)
        case Sequence(then):
            further = [timeline.choose(step, once_per_day=once_per_day) for step in then]
            return sequence(chosen, further, how)
        case Silence():
            return silence(chosen, timeline.end, how)
        case Return():
            return returned(chosen, how)
    assert_never(how)
