"""How a spell stands towards what was promised: one word, one date, and when either changes by itself.

A spell has a clock for each promise. Sales sees the worst of them: one that is broken, else one that
runs, else one that stands still. A spell whose promises were kept, or had no time to be broken, owes
nothing any more. The clock from the assignment is only measured: nobody promised anything by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from scoring.handoff.sla import BREACHED, CLOSED, MET, PAUSED, RUNNING, STATES, Clock, due_of, readings
from scoring.touches import NEVER

MEASURED = ("from_assignment",)
_WORST_FIRST = tuple(STATES[state] for state in (BREACHED, RUNNING, PAUSED, MET, CLOSED))


@dataclass(frozen=True, slots=True)
class Reading:
    """One clock as it stands at an instant; `due_at` is NEVER while nothing makes it due."""

    promise: str
    clock: Clock
    state: int
    due_at: int
    worked: int
    passed: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What sales sees of a spell. `due_at` is NEVER where nothing is owed; at `changes_at` it is another."""

    state: str
    due_at: int
    changes_at: int


def read(spells: Sequence[Mapping[str, Clock]], as_of: int) -> list[list[Reading]]:
    """This reads the clocks of many spells at once."""
    clocks = [clock for spell in spells for clock in spell.values()]
    if not clocks:
        return [[] for _ in spells]
    found = readings(clocks, as_of)
    told = iter(
        zip(
            clocks,
            *(column.tolist() for column in (found.state, found.worked, found.passed)),
            strict=True,
        )
    )
    return [[_reading(promise, *next(told)) for promise in spell] for spell in spells]


def _reading(promise: str, clock: Clock, state: int, worked: int, passed: int) -> Reading:
    return Reading(promise, clock, state, due_of(clock), worked, passed)


def standing(spell: Sequence[Reading], as_of: int) -> Standing | None:
    """This is how a spell stands; None if nothing was promised about it."""
    promised = [one for one in spell if one.promise not in MEASURED]
    if not promised:
        return None
    owed = [one.due_at for one in promised if one.state in (RUNNING, BREACHED)]
    changes = [at for one in promised for at in _changes(one) if at > as_of]
    state = worst(STATES[one.state] for one in promised)
    return Standing(state, min(owed, default=NEVER), min(changes, default=NEVER))


def worst(states: Iterable[str]) -> str:
    """This is the state of several clocks together."""
    return min(states, key=_WORST_FIRST.index, default=STATES[CLOSED])


def _changes(one: Reading) -> list[int]:
    """These are the instants at which a clock that is not settled yet may become another."""
    if one.state not in (RUNNING, PAUSED):
        return []
    ends = [at for span in one.clock.pauses for at in span]
    return [one.due_at, one.clock.stop, one.clock.closed, *ends]
