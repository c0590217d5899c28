"""What may have to hold for somebody to qualify, or to be excluded. Values only; `holds` answers them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scoring.definitions.kinds import EACH, How, Match, Test

GRADES = ("A", "B", "C", "D")  # best first; the last is what remains


@dataclass(frozen=True, slots=True)
class Reaches:
    """A score is at least so much: of `score`, `engagement`, `fit`, or one group (`group:NAME`)."""

    what: str
    least: int


@dataclass(frozen=True, slots=True)
class GradeIs:
    """The fit grade is this one or better."""

    least: str


@dataclass(frozen=True, slots=True)
class HasAttribute:
    """The attribute passes the test; `unknown` says whether silence passes."""

    field: str
    test: Test
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class Did:
    """A moment of this kind came and holds still: as its kind says, and at most for `lasts` (0: no limit)."""

    match: Match
    how: How = EACH
    lasts: int = 0


@dataclass(frozen=True, slots=True)
class IsOwnStaff:
    """The mail domain is one of ours."""


@dataclass(frozen=True, slots=True)
class IsPartnerStaff:
    """The mail domain is a partner's."""


@dataclass(frozen=True, slots=True)
class IsMachine:
    """Only machine clicks so far: nothing yet that a human did."""


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every one of these holds."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of these holds."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AtLeast:
    """So many of these hold."""

    count: int
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class NotOf:
    """This does not hold."""

    condition: Condition


Condition = (
    Reaches
    | GradeIs
    | HasAttribute
    | Did
    | IsOwnStaff
    | IsPartnerStaff
    | IsMachine
    | AllOf
    | AnyOf
    | AtLeast
    | NotOf
)


def scored(score: int, engagement: int = 0, grade: str = GRADES[-1]) -> Condition:
    """This is the common condition: so many points in all, so many of them by engagement, and a grade."""
    return AllOf((Reaches("score", score), Reaches("engagement", engagement), GradeIs(grade)))


def leaves(condition: Condition) -> Iterator[Condition]:
    """These are the conditions that hold no others, in the order in which they are written."""
    match condition:
        case AllOf(parts) | AnyOf(parts) | AtLeast(_, parts):
            for part in parts:
                yield from leaves(part)
        case NotOf(part):
            yield from leaves(part)
        case _:
            yield condition


def asked(condition: Condition) -> Iterator[Condition]:
    """These are the leaves that speak for somebody where they hold: those that no `NotOf` turns around."""
    match condition:
        case AllOf(parts) | AnyOf(parts) | AtLeast(_, parts):
            for part in parts:
                yield from asked(part)
        case NotOf(part):
            yield from _asked_not(part)
        case _:
            yield condition


def asked_deeds(condition: Condition) -> tuple[Did, ...]:
    """These are the deeds that speak for somebody, each once."""
    return tuple(dict.fromkeys(one for one in asked(condition) if isinstance(one, Did)))


def _asked_not(condition: Condition) -> Iterator[Condition]:
    match condition:
        case AllOf(parts) | AnyOf(parts) | AtLeast(_, parts):
            for part in parts:
                yield from _asked_not(part)
        case NotOf(part):
            yield from asked(part)
