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
    """A host is one of these, on one of the lists, or below one; `*` is any run of characters (`*.edu`)."""

    hosts: tuple[str, ...] = ()
    lists: tuple[HostList, ...] = ()


Test = Words | Between | Domains


@dataclass(frozen=True, slots=True)
class Match:
    """Which touches are meant: any of these kinds, and where given any of these patterns.

    A pattern is compared with the whole text, ignoring case; `*` stands for any run of characters,
    `?` for one. No pattern means any value. `partners` asks for evidence of one of these partners: a
    link or landing page of theirs, or content made with them; `*` is any partner.
    """

    kinds: tuple[str, ...]
    pages: tuple[str, ...] = ()
    assets: tuple[str, ...] = ()
    campaigns: tuple[str, ...] = ()
    partners: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Each:
    """Every matching touch is a moment, and none ends by itself."""


EACH = Each()


@dataclass(frozen=True, slots=True)
class Repeated:
    """At least so many (one or more) touches lie within the span.

    A touch lies in it for [at, at + within). The moment is the touch that makes them enough; while
    there are enough, further touches are no moments. It ends when too few are left.
    """

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
    """The touches within the span add up to at least so many (one or more) seconds, or pages viewed.

    A touch without a page views none; the same page viewed twice is two (different pages: `Distinct`).
    """

    least: int
    within: int
    of: Literal["seconds", "pages"] = "seconds"


@dataclass(frozen=True, slots=True)
class Sequence:
    """A matching touch, then one of each further step in this order, all within the span.

    One touch is one step; of two at one instant the smaller id came first. The moment is the touch that
    completes it; it ends when the latest beginning that still leads to the end leaves the span.
    """

    then: tuple[Match, ...]
    within: int


@dataclass(frozen=True, slots=True)
class First:
    """The first matching touch of the epoch; later ones are no moments. It does not end by itself."""


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing that matches for so long: it rises `after` the latest touch and ends with the next one.

    Who never did anything that matches is not silent: there is nothing to fall silent after.
    """

    after: int


@dataclass(frozen=True, slots=True)
class Return:
    """A matching touch that comes after at least so long a silence. It does not end by itself."""

    after: int


@dataclass(frozen=True, slots=True)
class Committee:
    """So many different people of one company have matching touches within the span.

    With `roles`, only people whose attribute `field` passes the test at their touch count. The moment
    belongs to everybody at the company in whose epoch it rises; it falls when too few people are left
    within the span. A touch counts until its person's epoch ends. The company is today's
    (`Facts.company`); people without one are in no committee.
    """

    people: int
    within: int
    field: str = "buying_role"
    roles: Test | None = None


@dataclass(frozen=True, slots=True)
class FieldIs:
    """An attribute passes the test: from the instant it does until its next value that does not.

    The rule's `match` is not used. The moment belongs to the epoch in which it rises, as a touch does: a
    value that already passed before a rejection gives nothing after it. What is known without a date
    rose before everything, so nothing is left of a window or a half-life.
    """

    field: str
    test: Test


How = Each | Repeated | Distinct | Depth | Sequence | First | Silence | Return | Committee | FieldIs
