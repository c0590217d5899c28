"""What rules and conditions look for: tests of texts, matches of touches, kinds of moments. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


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
class HostList:
    """A named list of hosts that is kept up elsewhere: its name belongs to a meaning, its content does not.

    Lists have thousands of hosts and are looked up often, so their hash does not read them.
    """

    name: str
    listed: tuple[str, ...]

    def __hash__(self) -> int:
        return hash((self.name, len(self.listed)))


@dataclass(frozen=True, slots=True)
class Domains:
    """A host is one of these, or on one of the lists, or below one; `*` stands for any characters (`*.edu`)."""

    hosts: tuple[str, ...] = ()
    lists: tuple[HostList, ...] = ()


Test = Words | Between | Domains


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
    partners: tuple[str, ...] = ()  # touches with evidence of one of these partners; `*` is any partner


@dataclass(frozen=True, slots=True)
class Each:
    """Every matching touch is a moment."""


EACH = Each()


@dataclass(frozen=True, slots=True)
class Repeated:
    """The moment is the `times`-th touch within the span; the condition ends when the oldest leaves."""

    times: int
    within: int


@dataclass(frozen=True, slots=True)
class Distinct:
    """Like `Repeated`, but it counts different assets, pages or campaigns; a touch without one is none."""

    times: int
    within: int
    of: Literal["asset", "page", "campaign"] = "asset"


@dataclass(frozen=True, slots=True)
class Depth:
    """The touches within the span add up to at least so many seconds, or pages viewed."""

    least: int
    within: int
    of: Literal["seconds", "pages"] = "seconds"


@dataclass(frozen=True, slots=True)
class Sequence:
    """A matching touch, then one of each further step in this order, all within the span.

    The moment is the touch that completes it; the condition ends when its first touch leaves the span.
    """

    then: tuple[Match, ...]
    within: int


@dataclass(frozen=True, slots=True)
class First:
    """The first matching touch of the epoch; later ones are no moments."""


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing that matches for so long: it rises `after` the latest touch and ends with the next one."""

    after: int


@dataclass(frozen=True, slots=True)
class Return:
    """A matching touch that comes after at least so long a silence."""

    after: int


@dataclass(frozen=True, slots=True)
class Committee:
    """So many different people of one company have matching touches within the span.

    With `roles`, only people whose attribute `field` passes the test at their touch count. The moment
    belongs to everybody at the company; it falls when too few people are left within the span.
    """

    people: int
    within: int
    field: str = "buying_role"
    roles: Test | None = None


@dataclass(frozen=True, slots=True)
class FieldIs:
    """An attribute passes the test: from the instant it does until its next value that does not.

    The rule's `match` is not used.
    """

    field: str
    test: Test


How = Each | Repeated
