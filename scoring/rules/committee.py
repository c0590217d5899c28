"""Rules that look at several people of one company together.

People are judged in parts, yet colleagues may be in any of them. So what a company did is worked out
over everybody (`Facts.whole`) and kept for the other parts; a part only asks which of it is whose.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scoring.context import Context
from scoring.curves import Index, Spans, different, look_up, reaches, spans
from scoring.definitions.conditions import Did, leaves
from scoring.definitions.definition import Definition, Rule
from scoring.definitions.kinds import Committee, Match, Test
from scoring.fit import attribute_curve
from scoring.patterns import passes
from scoring.rules.moments import Moments
from scoring.rules.timeline import Timeline
from scoring.touches import Codes, Ints


def colleagues_needed(definition: Definition) -> bool:
    """This tells whether people cannot be judged without the touches of everybody at their companies."""
    conditions = (definition.qualified, *(cause for one in definition.exclusions for cause in one.causes))
    asked = [leaf.how for one in conditions for leaf in leaves(one) if isinstance(leaf, Did)]
    return any(isinstance(how, Committee) for how in (*asked, *(rule.how for rule in definition.rules)))


def committee(timeline: Timeline, match: Match, how: Committee, *, once_per_day: bool) -> Moments:
    """This rises for everybody at a company when enough of its people have a touch within the span."""
    up = _companies(timeline, match, how, once_per_day)
    company = timeline.facts.company
    who = np.flatnonzero(company)
    begin = np.searchsorted(up.person, company[who])
    count = np.searchsorted(up.person, company[who], side="right") - begin
    person = np.repeat(who, count)
    number = np.arange(len(person)) + np.repeat(begin - (np.cumsum(count) - count), count)
    start = up.start[number]
    stretch = timeline.stretch_of(person, start)
    return Moments(np.full(len(person), -1, np.intp), stretch, start, up.end[number])


def _companies(timeline: Timeline, match: Match, how: Committee, once_per_day: bool) -> Spans:
    """This is when each company (`person` is its code) has enough people."""
    facts = timeline.facts.everybody
    key = (timeline.machine, timeline.resets, match, how, once_per_day)
    kept: tuple[Context, Spans] | None = facts.shared.get(key)
    if kept is None or kept[0] is not timeline.context:
        whole = Timeline(facts, timeline.machine, timeline.context, resets=timeline.resets)
        kept = facts.shared[key] = timeline.context, _up(whole, match, how, once_per_day)
    return kept[1]


def _up(whole: Timeline, match: Match, how: Committee, once_per_day: bool) -> Spans:
    found = _active(whole, match, how, once_per_day)
    return spans(reaches(different(found.company, found.person, found.start, found.end), how.people))


def involved(timeline: Timeline, rule: Rule, person: int, at: int) -> Index:
    """These are the touches that made a company's people enough at `at`: the latest of each.

    They are rows of the touches of `timeline.facts.everybody`.
    """
    if not isinstance(rule.how, Committee):
        return np.empty(0, np.intp)
    whole = Timeline(timeline.facts.everybody, timeline.machine, timeline.context, resets=timeline.resets)
    found = _active(whole, rule.match, rule.how, rule.once_per_day)
    counts = (found.company == timeline.facts.company[person]) & (found.start <= at) & (found.end > at)
    who, row = found.person[counts], found.row[counts]
    latest: Index = row[np.append(who[1:] != who[:-1], True)[: len(row)]]
    return latest


@dataclass(frozen=True, slots=True, eq=False)
class _Active:
    """Who of which company counts from when until when, and by which touch."""

    row: Index
    company: Codes
    person: Ints
    start: Ints
    end: Ints


def _active(whole: Timeline, match: Match, how: Committee, once_per_day: bool) -> _Active:
    chosen = whole.choose(match, once_per_day=once_per_day)
    person = whole.touches.person[chosen.row].astype(np.int64)
    company = whole.facts.company[person] if len(whole.facts.company) else np.zeros(len(person), np.int32)
    counts = company > 0
    if how.roles is not None:
        role: Test = how.roles
        has = attribute_curve(whole.facts.attributes, how.field, lambda text: int(passes(role, text)), 0)
        counts &= look_up(has, person, chosen.at) == 1
    end = np.minimum(chosen.at + how.within, whole.end[chosen.stretch])
    return _Active(chosen.row[counts], company[counts], person[counts], chosen.at[counts], end[counts])
