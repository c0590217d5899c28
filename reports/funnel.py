"""The funnel: how many people stand where, who is MQL today and from where, and what became of MQLs.

Numbers come from verdicts and stored spells only, so every MQL counted here has a rule that explains
it. A spell that turned out to be a mistake (its touches were voided) never counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from scoring.verdicts import STATUSES

DAY = 86_400_000_000
WEEK = 7 * DAY
FIRST_MONDAY = 4 * DAY  # 1970 began on a Thursday
WEEKS = 12
NO_CHANNEL, NO_PARTNER = "unknown", "none"

# How a spell ended, in the words of sales. What is missing here is a mistake that was taken back.
_TAKEN = frozenset({"accepted", "silence", "done", "appointment", "opportunity", "won"})
_REFUSED = frozenset({"rejected", "nurture", "recycled", "disqualified", "lost"})
_FADED = frozenset({"expired", "excluded"})


@dataclass(frozen=True, slots=True)
class Mql:
    """Somebody who is MQL today: which definition says so, and where she came from."""

    definition: str
    version: str
    channel: str
    partner: str


@dataclass(frozen=True, slots=True)
class Spell:
    """One time of being MQL. `ended_by` is "" while it lasts."""

    qualified_at: int
    ended_by: str


@dataclass(frozen=True, slots=True)
class Count:
    """So many people share this."""

    name: str
    people: int


@dataclass(frozen=True, slots=True)
class Week:
    """Spells that began in the week from `starts_at` (a Monday, UTC), by what became of them."""

    starts_at: int
    open: int
    taken: int
    refused: int
    faded: int

    @property
    def mqls(self) -> int:
        return self.open + self.taken + self.refused + self.faded


@dataclass(frozen=True, slots=True)
class Funnel:
    """Who stands where. Statuses are in the order of a lead's life, the rest with the largest first."""

    statuses: tuple[Count, ...]
    definitions: tuple[Count, ...]
    channels: tuple[Count, ...]
    partners: tuple[Count, ...]
    weeks: tuple[Week, ...]

    @property
    def judged(self) -> int:
        return sum(one.people for one in self.statuses)


def funnel(
    statuses: Mapping[str, int], mqls: Sequence[Mql], spells: Iterable[Spell], *, as_of: int
) -> Funnel:
    """This counts; weeks are the twelve up to the one that `as_of` lies in, empty ones included."""
    known = [Count(name, statuses[name]) for name in STATUSES if statuses.get(name)]
    other = [Count(name, people) for name, people in sorted(statuses.items()) if name not in STATUSES]
    return Funnel(
        tuple(known + other),
        _counted(f"{one.definition}, version {one.version}" for one in mqls),
        _counted(one.channel or NO_CHANNEL for one in mqls),
        _counted(one.partner or NO_PARTNER for one in mqls),
        _weeks(spells, as_of),
    )


def first_week(as_of: int) -> int:
    """This is where the weeks of a funnel begin: older spells need not be read."""
    return _week_of(as_of) - (WEEKS - 1) * WEEK


def _week_of(at: int) -> int:
    return (at - FIRST_MONDAY) // WEEK * WEEK + FIRST_MONDAY


def _counted(names: Iterable[str]) -> tuple[Count, ...]:
    ranked = sorted(Counter(names).items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(Count(name, people) for name, people in ranked)


def _weeks(spells: Iterable[Spell], as_of: int) -> tuple[Week, ...]:
    begun = Counter((_week_of(one.qualified_at), _became(one.ended_by)) for one in spells)
    starts = range(first_week(as_of), as_of + 1, WEEK)
    kinds = ("open", "taken", "refused", "faded")
    return tuple(Week(start, **{kind: begun[start, kind] for kind in kinds}) for start in starts)


def _became(ended_by: str) -> str:
    if not ended_by:
        return "open"
    if ended_by in _TAKEN:
        return "taken"
    if ended_by in _REFUSED:
        return "refused"
    return "faded" if ended_by in _FADED else ""
