"""How somebody came to be what she is: every change of state with its instant, its cause and who made it.

What sales or a program said and what changed nothing is told, too: whoever asks why a word had no effect
finds it here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from scoring.context import Context
from scoring.handoff.custody import ENDED_BY, SOURCES
from scoring.handoff.reasons import UNHEARD, heard
from scoring.handoff.states import EVENTS, LABELS, NAMES
from scoring.ledger import TouchLine, touch_line
from scoring.touches import SALES_KINDS, Facts
from scoring.verdicts import Verdicts

WORDS_FOR: Mapping[str, str] = {
    "done": "its task was completed",
    "rose": "the condition rose",
    "rested": "the time of nurture was over",
    "silence": "nobody refused in time",
    "expired": "the condition was false for too long",
    "excluded": "an exclusion began",
}
NOTHING = "changed nothing"


@dataclass(frozen=True, slots=True)
class Turn:
    """One change: what she became, by what, for what reason, and who said so ("": nobody did)."""

    at: int
    became: str
    event: str
    reason: str = ""
    who: str = ""
    touch: TouchLine | None = None


def turns_of(facts: Facts, verdicts: Verdicts, context: Context) -> tuple[Turn, ...]:
    """These are the turns of person 0 up to the instant of the verdicts, in order of time."""
    facts = heard(facts.of_people(0, 1), context.feedback)
    found = [*_steps(facts, verdicts), *_custodies(facts, verdicts), *_unmoved(facts, verdicts)]
    return tuple(sorted(found, key=lambda one: one.at))


def _steps(facts: Facts, verdicts: Verdicts) -> Iterator[Turn]:
    steps = verdicts.steps
    for at, after, event, row in zip(
        *(column.tolist() for column in (steps.at, steps.after, steps.event, steps.touch)), strict=True
    ):
        name = EVENTS[event]
        yield _turn(facts, row, LABELS[NAMES[after]], WORDS_FOR.get(name, name), at)


def _custodies(facts: Facts, verdicts: Verdicts) -> Iterator[Turn]:
    given = verdicts.custodies
    columns = (given.given_at, given.ended_at, given.partner, given.source, given.ended_by, given.touch)
    for at, ended, partner, source, by, row in zip(*(column.tolist() for column in columns), strict=True):
        slug = verdicts.partners[partner] if partner >= 0 else "an unknown partner"
        yield _turn(facts, row, f"With {slug}", f"custody by {SOURCES[source]}", at)
        if ended <= verdicts.as_of:
            yield Turn(ended, f"No longer with {slug}", ENDED_BY[by])


def _unmoved(facts: Facts, verdicts: Verdicts) -> Iterator[Turn]:
    """These are words of sales, and of programs in its name, by which nobody moved."""
    touches = facts.touches
    kinds = [code for code, label in enumerate(touches.labels) if label in (*SALES_KINDS, UNHEARD)]
    moved = {*verdicts.steps.touch.tolist(), *verdicts.custodies.touch.tolist()}
    rows = np.flatnonzero(np.isin(touches.kind, kinds) & (touches.at <= verdicts.as_of))
    for row in rows.tolist():
        if row not in moved:
            kind = touches.labels[touches.kind[row]].replace("_", " ")
            yield _turn(facts, row, NOTHING, kind, int(touches.at[row]))


def _turn(facts: Facts, row: int, became: str, event: str, at: int) -> Turn:
    if row < 0:
        return Turn(at, became, event)
    touches = facts.touches
    asset, who = touches.labels[touches.asset[row]], touches.labels[touches.referrer[row]]
    return Turn(at, became, event, asset.replace("_", " "), who, touch_line(touches, row))
