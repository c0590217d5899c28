"""What holds of people over time: each definition's history, and the one that counts at each instant."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from scoring.curves import Curve, Index, changes, hold, next_marked, reaches, value_at
from scoring.definitions.book import NOBODY, Book, Evidence, judges
from scoring.definitions.conditions import GRADES
from scoring.definitions.definition import CELLS, Definition, MachineClicks
from scoring.definitions.switch import chosen
from scoring.history import History, first_known, history
from scoring.lifecycle import Lifecycle, lifecycle
from scoring.touches import NEVER, Bools, Facts


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """One definition's history of the people whom it judges; `rows` are the touches it looked at."""

    history: History
    rows: Index


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """Curves of people 0..people-1, at each instant by the definition that judges then.

    `judge` is its index in the book, `pasts` has the whole history of each that ever judges. `reason`
    is an index into the book's reasons (-1: none), `cell` a code of CELLS.
    """

    judge: Curve
    pasts: Mapping[int, Past]
    engagement: Curve
    fit: Curve
    score: Curve
    grade: Curve
    cell: Curve
    reason: Curve
    life: Lifecycle


def course(evidence: Evidence, book: Book, as_of: int) -> Course:
    """This computes every history that counts and puts them together."""
    judge = judges(book, evidence)
    ours = {rule for _, rule in book.machines()}
    pasts = {number: _past(evidence, book, number, judge, as_of, ours) for number in _indices(judge)}

    def by_turns(of: Callable[[int, History], Curve], otherwise: int = 0) -> Curve:
        return chosen(judge, {number: of(number, past.history) for number, past in pasts.items()}, otherwise)

    qualified = by_turns(lambda _, past: past.qualified)
    reason = by_turns(lambda number, past: _shared(past.reason, book, number), -1)
    held = chosen(judge, _held(qualified, book, judge), 0)
    return Course(
        judge=judge,
        pasts=pasts,
        engagement=by_turns(lambda _, past: past.engagement),
        fit=by_turns(lambda _, past: past.fit),
        score=by_turns(lambda _, past: past.score),
        grade=by_turns(lambda _, past: past.grade, len(GRADES) - 1),
        cell=by_turns(lambda number, past: _cell(past.engagement, book.definitions[number]), len(CELLS) - 1),
        reason=reason,
        life=lifecycle(evidence, qualified, reaches(reason, 0), held, judge),
    )


def _indices(judge: Curve) -> list[int]:
    return sorted({judge.base, *np.unique(judge.value).tolist()} - {NOBODY})


def _past(
    evidence: Evidence, book: Book, number: int, judge: Curve, as_of: int, ours: set[MachineClicks]
) -> Past:
    facts, definition = evidence.facts, book.definitions[number]
    who = _whom(facts, judge, number, as_of)
    rows = np.flatnonzero(who[facts.touches.person])
    voided = evidence.voided[rows] if ours == {definition.machine} else None
    if not who.all():
        facts = facts.of_marked(who)
    return Past(history(facts, definition, evidence.context, as_of, voided=voided), rows)


def _whom(facts: Facts, judge: Curve, number: int, as_of: int) -> Bools:
    """This marks the people whom this definition judges now, or ever since something is known of them."""
    who: Bools = value_at(judge, facts.people, as_of) == number
    if who.all():
        return who
    first = first_known(facts)
    if judge.base == number:
        who |= next_marked(judge.person, judge.at, np.ones(len(judge.at), np.bool_), facts.people) > first
    ends = np.append(judge.at, NEVER)[1:]
    ends[judge.person != np.append(judge.person, NOBODY)[1:]] = NEVER
    turned = judge.value == number
    who[judge.person[turned]] |= ends[turned] > first[judge.person[turned]]
    return who


def _shared(reason: Curve, book: Book, number: int) -> Curve:
    """This counts reasons as the whole book does."""
    index = {text: code for code, text in enumerate(book.reasons)}
    codes = np.array([index[one.reason] for one in book.definitions[number].exclusions] + [-1], np.int64)
    return changes(reason.person, reason.at, codes[reason.value], int(codes[reason.base]))


def _cell(engagement: Curve, definition: Definition) -> Curve:
    value = sum((engagement.value < least).astype(np.int64) for least in definition.bands)
    base = sum(engagement.base < least for least in definition.bands)
    return changes(engagement.person, engagement.at, np.asarray(value), base)


def _held(qualified: Curve, book: Book, judge: Curve) -> dict[int, Curve]:
    """This is 1 until the condition has been false for as long as each definition bears it."""
    nothing = np.empty(0, np.int64)
    held = {0: Curve(nothing, nothing, nothing, 1)}
    found = {}
    for number in _indices(judge):
        after = book.definitions[number].expires_after
        if after not in held:
            held[after] = hold(qualified, after)
        found[number] = held[after]
    return found
