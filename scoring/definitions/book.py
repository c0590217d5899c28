"""All definitions of a workspace in all their versions, and which of them judges whom at each instant.

The highest scope that applies counts (partner, tier, programme, product, own), in the version that is in
force at that instant. Versions of one definition follow each other: each is in force from its effective
date until the next one's, or until it is retired, so a new version never touches what came before. What
lies before the first version is judged by the first version. Drafts and trials never count.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np

from scoring.context import Context
from scoring.curves import Curve, Spans, changes, holding, spans, total
from scoring.definitions.conditions import Did
from scoring.definitions.definition import SCOPES, Definition, MachineClicks, Scope, Terms
from scoring.definitions.holds import Ground, holds
from scoring.definitions.kinds import EACH
from scoring.machines import machine_clicks
from scoring.partners.claims import Claims
from scoring.rules.timeline import Timeline
from scoring.touches import ALWAYS, NEVER, Bools, Facts, Touches

NOBODY = -1  # no definition judges
_DIGITS = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class InForce:
    """The definition of this index may judge in [start, end); ALWAYS and NEVER stand for no limit."""

    index: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Book:
    """Every version of every definition, in any order."""

    definitions: tuple[Definition, ...]

    @staticmethod
    def alone(definition: Definition) -> Book:
        """This is one definition as if nothing else were agreed: it counts whatever its terms say."""
        return Book((replace(definition, terms=Terms()),))

    @property
    def fingerprint(self) -> str:
        """This names by what everybody is judged, dates included; order, drafts and trials are no part."""
        meant = sorted(
            (one.name, one.version, one.fingerprint, one.terms.effective_at, one.terms.retired_at)
            for one in self.definitions
            if counts(one)
        )
        return hashlib.sha256(repr(meant).encode()).hexdigest()[:16]

    @property
    def reasons(self) -> tuple[str, ...]:
        """These are the reasons of all exclusions, each once."""
        named = (exclusion.reason for one in self.definitions for exclusion in one.exclusions)
        return tuple(dict.fromkeys(named))

    @property
    def beside(self) -> tuple[Definition, ...]:
        """These are drafts and trials: computed and compared, never told to a CRM."""
        shadows = (one for one in self.definitions if one.terms.trial or one.terms.state == "draft")
        return tuple(one for one in shadows if one.terms.state != "retired")

    def in_force(self) -> tuple[InForce, ...]:
        """This lists what may judge when, the strongest first: by scope, then by name."""
        counting = [
            (index, one)
            for index, one in enumerate(self.definitions)
            if counts(one) and _start(one) < (one.terms.retired_at or NEVER)
        ]
        counting.sort(key=lambda entry: _turn(entry[1]))
        begins = min((_start(one) for _, one in counting), default=ALWAYS)
        own_begins = min((_start(one) for _, one in counting if one.scope.kind == "own"), default=ALWAYS)
        found = []
        for _, group in groupby(counting, key=lambda entry: entry[1].name):
            versions = list(group)
            starts = [_start(one) for _, one in versions]
            first = versions[0][1]
            if starts[0] == begins or (first.scope.kind == "own" and starts[0] == own_begins):
                starts[0] = ALWAYS
            for (index, one), start, following in zip(versions, starts, [*starts[1:], NEVER], strict=True):
                end = min(following, one.terms.retired_at or NEVER)
                if start < end:
                    found.append(InForce(index, start, end))
        return tuple(sorted(found, key=lambda one: self._strength(one.index)))

    def _strength(self, index: int) -> tuple[int, str]:
        definition = self.definitions[index]
        return -SCOPES.index(definition.scope.kind), definition.name

    def machines(self) -> list[tuple[int, MachineClicks]]:
        """These are our own rules in turn, each from its instant on: what tells machines from people where no
        single definition is asked. A new rule leaves the past as it was.

        Where none is in force any more the latest one stays.
        """
        own = [one for one in self.in_force() if self.definitions[one.index].scope.kind == "own"]
        found: list[tuple[int, MachineClicks]] = []
        turns = {ALWAYS, *(turn for one in own for turn in (one.start, one.end) if turn < NEVER)}
        for at in sorted(turns):
            begun = [one for one in own if one.start <= at]
            now = next((one for one in begun if at < one.end), None)
            latest = now or max(begun, key=lambda one: one.end, default=None)
            rule = self.definitions[latest.index].machine if latest else MachineClicks()
            if not found or found[-1][1] != rule:
                found.append((at, rule))
        return found


def machine_touches(touches: Touches, book: Book) -> Bools:
    """This marks what no human made, each touch by the rule of its time."""
    (_, first), *later = book.machines()
    voided = machine_clicks(touches, first)
    for at, rule in later:
        since = touches.at >= at
        voided[since] = machine_clicks(touches, rule)[since]
    return voided


def counts(definition: Definition) -> bool:
    """This tells whether a definition ever judges; a retired one did until its date."""
    terms = definition.terms
    if terms.trial or terms.state == "draft":
        return False
    return terms.state == "agreed" or terms.retired_at > 0


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What tells whom a scope is about: everything known, machine clicks apart, and who holds whom."""

    facts: Facts
    voided: Bools
    claims: Claims
    context: Context


def judges(book: Book, evidence: Evidence) -> Curve:
    """This is, over time, the index of the definition that judges each person; NOBODY if none does."""
    layers = [_layer(book, one, evidence) for one in reversed(book.in_force())]
    if not layers:
        nothing = np.empty(0, np.int64)
        return Curve(nothing, nothing, nothing, NOBODY)
    while len(layers) > 1:  # by pairs, so that few rows are sorted often
        layers = [_above(*layers[number : number + 2]) for number in range(0, len(layers), 2)]
    return layers[0]


def _layer(book: Book, one: InForce, evidence: Evidence) -> Curve:
    """This is the definition's index while it is in force and its scope applies, else NOBODY."""
    applies = _applies(book.definitions[one.index].scope, evidence)
    if applies is None:
        applies = _between(one.start, one.end, evidence.facts.people)
    else:
        up = spans(applies)
        start, end = np.maximum(up.start, one.start), np.minimum(up.end, one.end)
        some = start < end
        applies = holding(Spans(up.person[some], start[some], end[some]))
    value = np.where(applies.value == 1, one.index, NOBODY)
    return Curve(applies.person, applies.at, value, one.index if applies.base else NOBODY)


def _between(start: int, end: int, people: int) -> Curve:
    """This is 1 for everybody in [start, end)."""
    ends = [(at, value) for at, value in ((start, 1), (end, 0)) if ALWAYS < at < NEVER]
    person = np.repeat(np.arange(people, dtype=np.int64), len(ends))
    at = np.tile(np.array([at for at, _ in ends], np.int64), people)
    value = np.tile(np.array([value for _, value in ends], np.int64), people)
    return Curve(person, at, value, int(start <= ALWAYS))


def _applies(scope: Scope, evidence: Evidence) -> Curve | None:
    """This is 1 while the scope is about her; None where it is about everybody, always."""
    partners = evidence.context.partners
    if scope.kind == "partner":
        return _held([number for number, one in enumerate(partners) if one.slug == scope.name], evidence)
    if scope.kind == "tier":
        return _held([number for number, one in enumerate(partners) if one.tier == scope.name], evidence)
    if scope.match is None or scope.kind == "own":
        return None
    machine = MachineClicks()  # not asked again: the machine clicks are known
    timeline = Timeline(evidence.facts, machine, evidence.context, resets=(), voided=evidence.voided)
    return holds(Did(scope.match, EACH, scope.lasts), Ground(evidence.facts, timeline, evidence.context))


def _held(partners: Sequence[int], evidence: Evidence) -> Curve:
    claims = evidence.claims
    mine = claims.wins & np.isin(claims.partner, partners)
    return holding(Spans(claims.person[mine], claims.at[mine], claims.until[mine]))


def _above(below: Curve, top: Curve | None = None) -> Curve:
    """This is the upper one where it names a definition, else the lower one."""
    if top is None or (not len(top.at) and top.base == NOBODY):
        return below
    if not len(top.at):
        return top
    size = 1 + max(int(below.value.max(initial=0)), below.base) + 1
    both = total(
        [
            Curve(below.person, below.at, below.value + 1, below.base + 1),
            Curve(top.person, top.at, (top.value + 1) * size, (top.base + 1) * size),
        ]
    )
    lower, upper = both.value % size - 1, both.value // size - 1
    base = both.base // size - 1 if both.base >= size else both.base - 1
    return changes(both.person, both.at, np.where(upper >= 0, upper, lower), base)


def _start(definition: Definition) -> int:
    return definition.terms.effective_at or ALWAYS


def _turn(definition: Definition) -> tuple[str, int, list[tuple[int, str]], str]:
    """Versions follow each other by date; of two with one date the higher version holds."""
    parts = [(int(part), "") if part.isdigit() else (0, part) for part in _DIGITS.split(definition.version)]
    return definition.name, _start(definition), parts, definition.fingerprint
