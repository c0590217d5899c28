"""What would be enough: people as they are, with touches that they have not made, before the same judge.

Nothing is calculated here. Each way to qualify is tried: so many matching touches at `as_of` are added to
a copy of the person, all copies are judged at once, and the fewest touches that suffice are told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from scoring.context import Context
from scoring.curves import value_at
from scoring.definitions.book import Book
from scoring.definitions.checklist import Point, progress, unmet
from scoring.definitions.conditions import Did, Reaches, asked_deeds
from scoring.definitions.copies import ROWS_MAX, copies
from scoring.definitions.definition import Definition
from scoring.definitions.kinds import Committee, Depth, FieldIs, How, Match, Silence
from scoring.definitions.kinds import Sequence as Chain
from scoring.handoff.reasons import heard
from scoring.handoff.states import WORKED
from scoring.history import history
from scoring.ledger import Explanation
from scoring.patterns import glob
from scoring.rules.timeline import Timeline
from scoring.score import NO_CONTEXT, score
from scoring.touches import Bools, Facts, Touches
from scoring.verdicts import MQL, Verdicts

NOT_BY_TOUCH = (Committee, FieldIs, Silence)  # no touch of hers alone brings these about
TIMES_MAX = 10  # how many touches of one kind anybody is asked for
WAYS_MAX = 40
SECONDS_MAX = 600  # nobody is believed to stay for longer at once


@dataclass(frozen=True, slots=True)
class Way:
    """One way to qualify: `times` touches of what a rule, or a deed (`rule` is "" then), asks for.

    `points` is by how much the score would rise.
    """

    rule: str
    label: str
    match: Match
    how: How
    times: int
    points: int


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What could help and is no touch of hers: `point` says how far it has come; `points` as a rule's."""

    rule: str
    label: str
    point: Point
    points: int


@dataclass(frozen=True, slots=True)
class _Try:
    rule: str
    label: str
    match: Match
    how: How


def ways(
    facts: Facts, by: Book | Definition, told: Explanation, person: int, *, context: Context = NO_CONTEXT
) -> tuple[Way, ...]:
    """These would each be enough, fewest touches first; none where she qualifies, or sales has her."""
    facts = heard(facts.of_people(person, person + 1), context.feedback)
    if told.asked is None or (told.asked.holds and not told.exclusions):
        return ()
    if int(told.verdicts.status[0]) in WORKED:
        return ()
    as_of, tries = told.verdicts.as_of, _tries(told.verdicts.definitions[told.verdicts.definition[0]])
    room = max(ROWS_MAX // (len(facts.touches) + TIMES_MAX), 1)
    options = [(one, times) for times in range(1, TIMES_MAX + 1) for one in tries][:room]
    if not options:
        return ()
    crowd = copies(facts, [_made(one, times, facts.touches, context) for one, times in options], as_of)
    verdicts = score(crowd, by, as_of, context=context)
    good = _qualified(crowd, told, verdicts, context)
    best: dict[_Try, Way] = {}
    for number, (one, times) in enumerate(options):
        if good[number] and one not in best:
            gain = int(verdicts.score[number] - told.verdicts.score[0])
            best[one] = Way(one.rule, one.label, one.match, one.how, times, gain)
    return tuple(sorted(best.values(), key=lambda way: (way.times, -way.points, way.rule)))


def elsewhere(
    facts: Facts, told: Explanation, person: int, *, context: Context = NO_CONTEXT
) -> list[Elsewhere]:
    """These are things that could help and are no touch of hers: what is asked, then what gives points."""
    if told.definition is None or told.asked is None or told.asked.holds:
        return []
    missing = list(unmet(told.asked))
    found = [Elsewhere("", "", one, 0) for one in missing if not _is_sum(one) and not _is_touch(one)]
    if not any(_is_sum(one) for one in missing):
        return found
    timeline = Timeline(facts.of_people(person, person + 1), told.definition.machine, context)
    up = {one.rule for one in told.contributions}
    for rule in told.definition.rules:
        if rule.points > 0 and isinstance(rule.how, NOT_BY_TOUCH) and rule.name not in up:
            condition = Did(rule.match, rule.how)
            has, needs = progress(condition, timeline, told.verdicts.as_of)
            found.append(Elsewhere(rule.name, rule.label, Point(condition, False, has, needs), rule.points))
    return found


def _is_sum(point: Point) -> bool:
    return isinstance(point.condition, Reaches)


def _is_touch(point: Point) -> bool:
    return isinstance(point.condition, Did) and not isinstance(point.condition.how, NOT_BY_TOUCH)


def _tries(definition: Definition) -> list[_Try]:
    """Deeds that the condition asks for come first, then rules by what they are worth."""
    found = [_Try("", "", one.match, one.how) for one in asked_deeds(definition.qualified)]
    rules = sorted((rule for rule in definition.rules if rule.points > 0), key=lambda rule: -rule.points)
    found += [_Try(rule.name, rule.label, rule.match, rule.how) for rule in rules]
    return [one for one in found if not isinstance(one.how, NOT_BY_TOUCH)][:WAYS_MAX]


def _qualified(crowd: Facts, told: Explanation, verdicts: Verdicts, context: Context) -> Bools:
    """Who becomes MQL; of somebody who is one though her condition no longer holds, where it does again."""
    if told.verdicts.status[0] != MQL or told.definition is None:
        becomes: Bools = verdicts.status == MQL
        return becomes
    past = history(crowd, told.definition, context, told.verdicts.as_of)
    holds: Bools = value_at(past.qualified, crowd.people, told.verdicts.as_of) == 1
    return holds


def _made(one: _Try, times: int, known: Touches, context: Context) -> list[dict[str, Any]]:
    """These are so many touches as the rule looks for. Of a sequence they are its last steps."""
    steps = (one.match, *one.how.then) if isinstance(one.how, Chain) else (one.match,)
    rows = [_touch(steps[(number - times) % len(steps)], number, known, context) for number in range(times)]
    if isinstance(one.how, Depth) and one.how.of == "seconds":
        return [row | {"seconds": min(one.how.least, SECONDS_MAX)} for row in rows]
    return rows


def _touch(match: Match, number: int, known: Touches, context: Context) -> dict[str, Any]:
    """Patterns are filled so that different touches are about different things."""
    row = {
        "kind": match.kinds[0],
        "page": _filled(match.pages, number, known),
        "asset": _filled(match.assets, number, known),
        "campaign": _filled(match.campaigns, number, known),
    }
    partner = next((one for one in context.partners if glob(match.partners).fullmatch(one.slug)), None)
    if not match.partners or partner is None:
        return row
    if partner.utm_sources:
        return row | {"url": f"https://example.com/?utm_source={partner.utm_sources[0]}"}
    landed = {"page": _filled(partner.landing_pages, number, known)} if not match.pages else {}
    return row | landed | ({"asset": _filled(partner.content, number, known)} if not match.assets else {})


def _filled(patterns: Sequence[str], number: int, known: Touches) -> str:
    """This is a text that matches, one that she has not met where there is a choice."""
    wide = [one for one in patterns or ("*",) if "*" in one]
    met = {label.casefold() for label in known.labels}
    choice = wide or [one for one in patterns if one.casefold() not in met] or list(patterns)
    return choice[number % len(choice)].replace("*", f"example {number + 1}").replace("?", "x")
