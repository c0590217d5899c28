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
from itertools import pairwise
from typing import Literal

from scoring.definitions.conditions import Condition, Reaches, leaves
from scoring.definitions.kinds import EACH, How, Match, Test
from scoring.touches import DAY, HOUR, MINUTE, SECOND

POINT = 1_000
LEVELS_MAX = 8  # a pulse takes at most so many levels as it fades
# What a definition says beside its meaning; `listed` is kept up elsewhere, as partners are.
NOT_MEANT = ("version", "terms", "listed")


@dataclass(frozen=True, slots=True)
class Rule:
    """So many points for a moment, from its instant on.

    They halve every `half_life` until below one point, or take the values of `steps` ((after, points),
    after rising) as time goes by; they end after `window`, and give way when `at_most` newer moments have
    come. 0 means: no such limit. Without a half-life and a window, the points stand as long as the
    condition holds (for `Each`: for ever), also with `steps`: the last of them is what remains.
    In this order: select touches, drop all but the first per asset and day (`once_per_day`), find the
    moments, cap to the newest (`at_most`), fade.
    """

    name: str
    label: str
    match: Match
    points: int
    group: str
    how: How = EACH
    half_life: int = 0
    window: int = 0
    at_most: int = 0
    once_per_day: bool = False
    steps: tuple[tuple[int, int], ...] = ()

    def __post_init__(self) -> None:
        """Fading is written down in one way, and in few steps."""
        after = [0, *(after for after, _ in self.steps)]
        if self.steps and self.half_life:
            raise ValueError(f"rule {self.name}: points fade by steps or by a half-life, not both")
        if len(after) > LEVELS_MAX or any(one >= two for one, two in pairwise(after)):
            raise ValueError(f"rule {self.name}: at most {LEVELS_MAX - 1} steps, each later than the last")


@dataclass(frozen=True, slots=True)
class Group:
    """Rules whose points add up and are clipped together; None means no limit."""

    name: str
    cap: int | None = None
    floor: int | None = None


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
class Exclusion:
    """Who never qualifies, with the reason that people read. Any one cause suffices.

    Causes look at the whole life, not only at the present epoch, and never at scores or grades.
    """

    reason: str
    causes: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class MachineClicks:
    """What tells that a program followed the links of a mail, not a human. Any one sign suffices; 0 is off.

    `links` different ones within less than `within`. Every link of a mail that has at least `every_link`
    of them, within less than `every_link_within`. A click less than `after_delivery` from the delivery of
    its mail. And what the CRM itself says, or the name by which a scanner goes (`crm_says`).
    """

    links: int = 3
    within: int = 2 * SECOND
    every_link: int = 4
    every_link_within: int = MINUTE
    after_delivery: int = 3 * SECOND
    crm_says: bool = True


EVERYBODY_IS_HUMAN = MachineClicks(links=0, every_link=0, after_delivery=0, crm_says=False)


@dataclass(frozen=True, slots=True)
class Scope:
    """Whom a definition is about. Of several that apply, the highest counts (SCOPES, lowest first).

    `own` is everybody. `product` and `programme` concern people from their first touch that matches,
    for `lasts` after the latest one (0: for ever). `tier` and `partner` concern people whom a partner of
    that tier, or that partner (`name`), holds.
    """

    kind: Literal["own", "product", "programme", "tier", "partner"] = "own"
    name: str = ""
    match: Match | None = None
    lasts: int = 0


SCOPES = ("own", "product", "programme", "tier", "partner")
CELLS = ("1", "2", "3")  # the engagement half of the fit and engagement grid, best first


@dataclass(frozen=True, slots=True)
class Terms:
    """What was agreed about a definition, beside its meaning. Dates are instants; 0 = not stated.

    A draft is computed beside the others and never counts; an agreed one counts in
    [effective_at, retired_at). `trial` keeps even an agreed one from counting.
    """

    state: Literal["draft", "agreed", "retired"] = "agreed"
    agreed_by: tuple[str, ...] = ()
    agreed_at: int = 0
    effective_at: int = 0
    retired_at: int = 0
    trial: bool = False


@dataclass(frozen=True, slots=True)
class Definition:
    """Qualified: the condition holds and no exclusion applies.

    Score = engagement + fit, clipped to `floor` and `cap`. An MQL whose condition has been false for
    `expires_after` without interruption is none any more (0: it never expires by itself). `bands` are
    the least engagement for 1 and 2 in the fit and engagement grid (A1 … D3).
    """

    name: str
    version: str
    label: str
    qualified: Condition
    rules: tuple[Rule, ...]
    groups: tuple[Group, ...]
    fit: Fit = Fit()
    exclusions: tuple[Exclusion, ...] = ()
    machine: MachineClicks = MachineClicks()
    scope: Scope = Scope()
    bands: tuple[int, int] = (60 * POINT, 20 * POINT)
    floor: int | None = 0
    cap: int | None = None
    expires_after: int = 30 * DAY
    follow_up: int = 24 * HOUR
    terms: Terms = Terms()

    @property
    def threshold(self) -> int:
        """This is the score that the condition asks for first, 0 if it asks for none."""
        parts = (one for one in leaves(self.qualified) if isinstance(one, Reaches) and one.what == "score")
        return next((one.least for one in parts), 0)

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
        field.name: _plain(getattr(value, field.name))
        for field in fields(value)
        if field.name not in NOT_MEANT
    }
    return {type(value).__name__: plain}
