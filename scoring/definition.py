"""What "qualified" means: values only, whoever wrote them down.

Points are integer thousandths and spans are microseconds, so that sums are exact and a definition
means the same on every machine. `fingerprint` names the meaning: two files that differ only in
comments, layout or version have the same one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass

from scoring.touches import DAY, HOUR, SECOND

POINT = 1_000
GRADES = ("A", "B", "C", "D")  # best first; the last is what remains


@dataclass(frozen=True, slots=True)
class Match:
    """Which touches are meant: any of these kinds, and where given any of these patterns.

    A pattern is compared with the whole text, ignoring case; `*` stands for any run of characters,
    `?` for one. No pattern means any value.
    """

    kinds: tuple[str, ...]
    pages: tuple[str, ...] = ()
    assets: tuple[str, ...] = ()
    campaigns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Each:
    """Every matching touch is a moment."""


@dataclass(frozen=True, slots=True)
class Repeated:
    """The moment is the `times`-th touch within the span; the condition ends when the oldest leaves."""

    times: int
    within: int


How = Each | Repeated


@dataclass(frozen=True, slots=True)
class Rule:
    """So many points for a moment, from its instant on.

    They halve every `half_life` until below one point, end after `window`, and give way when `at_most`
    newer moments have come. 0 means: no such limit. Where neither fades nor ends by itself, the points
    stand as long as the condition holds (for `Each`: for ever).
    """

    name: str
    label: str
    match: Match
    points: int
    group: str
    how: How = Each()
    half_life: int = 0
    window: int = 0
    at_most: int = 0
    once_per_day: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Rules whose points add up and are clipped together; None means no limit."""

    name: str
    cap: int | None = None
    floor: int | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """A text contains one of these words or phrases, as whole words; `*` stands for any characters."""

    phrases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Between:
    """A number is at least `low` and less than `below`; None means no limit."""

    low: float | None = None
    below: float | None = None


@dataclass(frozen=True, slots=True)
class Domains:
    """A host is one of these or below it; `*` stands for any characters (`*.edu`)."""

    hosts: tuple[str, ...]


Test = Words | Between | Domains


@dataclass(frozen=True, slots=True)
class Band:
    """What a value is worth. Bands are tried in order; the first that fits counts."""

    label: str
    test: Test
    points: int


@dataclass(frozen=True, slots=True)
class Criterion:
    """One attribute that makes a person fit; `unknown` and `otherwise` say what silence and misses cost."""

    name: str
    label: str
    field: str
    bands: tuple[Band, ...]
    unknown: int = 0
    otherwise: int = 0


@dataclass(frozen=True, slots=True)
class Fit:
    """Who suits us. `grades` are the least points for A, B, C; the rest is D."""

    criteria: tuple[Criterion, ...] = ()
    grades: tuple[int, int, int] = (40 * POINT, 25 * POINT, 10 * POINT)
    cap: int | None = None
    floor: int | None = None


@dataclass(frozen=True, slots=True)
class HasAttribute:
    """The attribute passes the test."""

    field: str
    test: Test


@dataclass(frozen=True, slots=True)
class Did:
    """So many such touches within the span; it holds until the oldest leaves."""

    match: Match
    times: int
    within: int


@dataclass(frozen=True, slots=True)
class IsOwnStaff:
    """The mail domain is one of ours."""


@dataclass(frozen=True, slots=True)
class IsPartnerStaff:
    """The mail domain is a partner's."""


@dataclass(frozen=True, slots=True)
class IsMachine:
    """Only machine clicks so far: nothing yet that a human did."""


Because = HasAttribute | Did | IsOwnStaff | IsPartnerStaff | IsMachine


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Who never qualifies, with the reason that people read. Any one cause suffices."""

    reason: str
    causes: tuple[Because, ...]


@dataclass(frozen=True, slots=True)
class MachineClicks:
    """So many different links of one mail within so short a time were followed by a program."""

    links: int = 3
    within: int = 2 * SECOND


@dataclass(frozen=True, slots=True)
class Definition:
    """Qualified: the score reaches `threshold`, and engagement and grade reach their own least values.

    Score = engagement + fit, clipped to `floor` and `cap`. An MQL whose condition has been false for
    `expires_after` without interruption is none any more (0: it never expires by itself).
    """

    name: str
    version: str
    label: str
    threshold: int
    rules: tuple[Rule, ...]
    groups: tuple[Group, ...]
    fit: Fit = Fit()
    exclusions: tuple[Exclusion, ...] = ()
    machine: MachineClicks = MachineClicks()
    scope: str = "own"
    engagement_min: int = 0
    grade_min: str = "D"
    floor: int | None = 0
    cap: int | None = None
    expires_after: int = 30 * DAY
    follow_up: int = 24 * HOUR

    @property
    def fingerprint(self) -> str:
        """This names the meaning: equal for equal meanings, whatever the version is called."""
        text = json.dumps(_plain(self), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if not is_dataclass(value):
        return value
    plain: Mapping[str, object] = {
        field.name: _plain(getattr(value, field.name)) for field in fields(value) if field.name != "version"
    }
    return {type(value).__name__: plain}
