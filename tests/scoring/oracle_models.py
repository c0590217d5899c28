"""Attribution the slow and obvious way: one conversion at a time, fractions, every subset, every path."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from math import factorial

from scoring.touches import MINUTE, NEVER

DIRECT = "Direct"


@dataclass(frozen=True)
class Touch:
    id: int
    person: int
    at: int
    channel: str


@dataclass(frozen=True)
class Goal:
    unit: int
    at: int
    lead: int = NEVER
    opportunity: int = NEVER
    close: int = NEVER


def journey(touches: Sequence[Touch], unit: Sequence[int], goal: Goal, lookback: int | None) -> list[Touch]:
    kept = []
    for touch in touches:
        before = [
            other.at
            for other in touches
            if (other.person, other.channel) == (touch.person, touch.channel)
            and (other.at, other.id) < (touch.at, touch.id)
        ]
        if not before or touch.at - max(before) >= 30 * MINUTE:
            kept.append(touch)
    mine = [one for one in kept if unit[one.person] == goal.unit and one.at <= goal.at]
    mine = [one for one in mine if lookback is None or goal.at - one.at < lookback]
    return sorted(mine, key=lambda one: (one.at, one.id))


def marked(path: Sequence[Touch], goal: Goal, at: int) -> int | None:
    before = [n for n, one in enumerate(path) if one.at <= at <= goal.at]
    return before[-1] if before else None


def exact(name: str, path: Sequence[Touch], goal: Goal, half_life: int) -> list[Fraction]:
    """These are the shares as the books give them, scaled to add up to one."""
    count = len(path)
    if not count:
        return []
    if name == "time_decay":
        return scaled([Fraction(2.0 ** (-(goal.at - one.at) / half_life)) for one in path])
    if name == "position_decay":
        worth = [Fraction(50, 100), *(Fraction(50, 100 * 2**n) for n in range(1, 6))] + [Fraction(0)] * count
        return scaled([worth[count - 1 - n] for n in range(count)])
    if name == "last_non_direct":
        named = [n for n, one in enumerate(path) if one.channel != DIRECT]
        chosen = named[-1] if named else count - 1
        return [Fraction(n == chosen) for n in range(count)]
    if name == "linear":
        return [Fraction(1, count)] * count
    first, last = 0, count - 1
    lead, opened, closed = (marked(path, goal, at) for at in (goal.lead, goal.opportunity, goal.close))
    parts: list[tuple[int | None, str]] = {
        "first": [(first, "1")],
        "last": [(last, "1")],
        "u_first_last": [(first, "0.4"), (last, "0.4")],
        "u_first_lead": [(first, "0.4"), (lead, "0.4")],
        "w": [(first, "0.3"), (lead, "0.3"), (opened, "0.3")],
        "full_path": [(first, "0.225"), (lead, "0.225"), (opened, "0.225"), (closed, "0.225")],
        "j": [(first, "0.2"), (last, "0.6")],
        "inverse_j": [(first, "0.6"), (last, "0.2")],
    }[name]
    found = [Fraction(0)] * count
    for place, part in parts:
        if place is not None:
            found[place] += Fraction(part)
    others = [n for n in range(count) if not found[n]]
    spare = 1 - sum(Fraction(part) for _, part in parts)
    for n in others:
        found[n] = spare / len(others)
    return scaled(found)


def scaled(parts: Sequence[Fraction]) -> list[Fraction]:
    return [part / sum(parts) for part in parts]


def rounded(parts: Sequence[Fraction], whole: int = 1_000_000) -> list[int]:
    found = [int(part * whole) for part in parts]
    order = sorted(range(len(parts)), key=lambda n: (found[n] - parts[n] * whole, n))
    for n in order[: whole - sum(found)] if parts else []:
        found[n] += 1
    return found


def shapley(paths: Sequence[Sequence[str]]) -> dict[str, Fraction]:
    channels = sorted({one for path in paths for one in path})
    sets = Counter(frozenset(path) for path in paths)

    def worth(some: frozenset[str]) -> int:
        return sum(times for needed, times in sets.items() if needed and needed <= some)

    found = dict.fromkeys(channels, Fraction(0))
    for channel in channels:
        others = [one for one in channels if one != channel]
        for size in range(len(channels)):
            weight = Fraction(factorial(size) * factorial(len(others) - size), factorial(len(channels)))
            for some in combinations(others, size):
                with_it = frozenset({*some, channel})
                found[channel] += weight * (worth(with_it) - worth(with_it - {channel}))
    return found


def markov(
    won: Sequence[Sequence[str]], lost: Sequence[Sequence[str]], order: int
) -> tuple[Fraction, dict[str, Fraction]]:
    """This is the chance to convert, and the removal effect of each channel."""
    moves: dict[tuple[str, ...], Counter[object]] = {}
    for path, end in [(path, "won") for path in won if path] + [(path, "lost") for path in lost if path]:
        states = [(), *(tuple(path[max(0, n - order + 1) : n + 1]) for n in range(len(path)))]
        for one, two in zip(states, [*states[1:], end], strict=True):
            moves.setdefault(one, Counter())[two] += 1
    channels = {state[-1] for state in moves if state}
    whole = chance(moves, None)
    effects = {one: 1 - chance(moves, one) / whole if whole else Fraction(0) for one in channels}
    return whole, effects


def chance(moves: dict[tuple[str, ...], Counter[object]], without: str | None) -> Fraction:
    """This eliminates one state after the other until only the start is left."""
    chain: dict[object, dict[object, Fraction]] = {}
    for state, targets in moves.items():
        total = sum(targets.values())
        chain[state] = {
            to: Fraction(times, total)
            for to, times in targets.items()
            if not (isinstance(to, tuple) and to and to[-1] == without)
        }
    for gone in [state for state in chain if state != ()]:
        leaving = chain.pop(gone)
        loop = leaving.pop(gone, Fraction(0))
        for targets in chain.values():
            through = targets.pop(gone, Fraction(0))
            for to, part in leaving.items() if through else ():
                targets[to] = targets.get(to, Fraction(0)) + through * part / (1 - loop)
    start = chain.get((), {})
    return start.get("won", Fraction(0))
