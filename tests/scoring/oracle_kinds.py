"""Every rule kind the slow and obvious way: what did she do, does it hold now, when did it begin to?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from scoring.definitions.kinds import (
    Committee,
    Depth,
    Distinct,
    Each,
    FieldIs,
    First,
    How,
    Match,
    Repeated,
    Return,
    Sequence,
    Silence,
    Test,
)
from scoring.partner import Partner
from scoring.patterns import glob, passes
from scoring.touches import ALWAYS, DAY

if TYPE_CHECKING:
    from oracle import Person

ENDLESS = (Each, First, Return)  # moments of these kinds hold on; of the others, while the condition does
OWN_SITE = "https://own.example/"
P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Deed:
    """One touch of the person."""

    id: int
    at: int
    kind: str
    asset: str = ""
    page: str = ""
    url: str = ""
    campaign: str = ""
    referrer: str = ""
    seconds: int = 0
    is_machine: bool = False


@dataclass(frozen=True)
class Query:
    """What is looked for, in the present epoch or in the whole life."""

    match: Match
    how: How
    once_per_day: bool = False
    whole_life: bool = False


@dataclass(frozen=True)
class Moment:
    at: int
    deed: Deed | None


def remembered(function: Callable[P, T]) -> Callable[P, T]:
    """The first argument, a person, remembers the answer: the same is asked for very many instants."""

    def wrapper(*args: P.args, **_: P.kwargs) -> T:
        person, *rest = args
        key = (function.__name__, *rest)
        if key not in person.memory:
            person.memory[key] = function(*args)
        return person.memory[key]

    return wrapper


def chosen(person: Person, query: Query, match: Match, since: int, at: int) -> list[Deed]:
    """What she did that matches, from `since` to `at`."""
    found, days = [], set()
    for deed in matched(person, match):
        if not since <= deed.at <= at:
            continue
        day = (deed.asset or "page:" + deed.page, deed.at // DAY)
        if query.once_per_day and day in days:
            continue
        days.add(day)
        found.append(deed)
    return found


@remembered
def matched(person: Person, match: Match) -> list[Deed]:
    def fits(deed: Deed) -> bool:
        named = (
            (deed.page, match.pages),
            (deed.asset, match.assets),
            (deed.campaign, match.campaigns),
        )
        return (
            deed.kind in match.kinds
            and all(not patterns or glob(patterns).fullmatch(text) for text, patterns in named)
            and (not match.partners or is_evidence(deed, match.partners, person.context.partners))
        )

    return [deed for deed in person.real if fits(deed)]


def is_evidence(deed: Deed, slugs: tuple[str, ...], partners: tuple[Partner, ...]) -> bool:
    linked = [one for one in partners if any(f"utm_source={s}" in deed.url for s in one.utm_sources)]
    landed = [one for one in partners if one.landing_pages and glob(one.landing_pages).fullmatch(deed.page)]
    whose = linked + landed
    if deed.referrer == OWN_SITE:
        whose = []  # our own links bring nobody
    whose = whose + [one for one in partners if one.content and glob(one.content).fullmatch(deed.asset)]
    return any(glob(slugs).fullmatch(one.slug) for one in whose)


def within(deeds: list[Deed], at: int, span: int) -> list[Deed]:
    return [deed for deed in deeds if deed.at <= at < deed.at + span]


@remembered
def holds(person: Person, query: Query, since: int, at: int) -> bool:
    """Whether the condition holds at `at`, of what she did since `since`."""
    how = query.how
    if isinstance(how, FieldIs):
        return has(person, how.field, how.test, at)
    if isinstance(how, Committee):
        return sum(is_active(one, query, how, at) for one in person.colleagues) >= how.people
    deeds = chosen(person, query, query.match, since, at)
    if isinstance(how, Silence):
        return bool(deeds) and at - deeds[-1].at >= how.after
    if isinstance(how, Sequence):
        return completing(person, query, how, since, at) is not None
    assert isinstance(how, Repeated | Distinct | Depth)
    deeds = within(deeds, at, how.within)
    if isinstance(how, Repeated):
        return len(deeds) >= how.times
    if isinstance(how, Distinct):
        return len({getattr(deed, how.of) for deed in deeds} - {""}) >= how.times
    return (
        sum(max(deed.seconds, 0) if how.of == "seconds" else bool(deed.page) for deed in deeds) >= how.least
    )


def has(person: Person, field: str, test: Test, at: int) -> bool:
    value = person.value(field, at)
    return bool(value.strip()) and passes(test, value)


def is_active(person: Person, query: Query, how: Committee, at: int) -> bool:
    """Whether this colleague has a touch within the span, made in a role that counts, in her own epoch."""
    deeds = chosen(person, query, query.match, person.since(query, at), at)
    return any(
        how.roles is None or has(person, how.field, how.roles, deed.at)
        for deed in within(deeds, at, how.within)
    )


def completing(person: Person, query: Query, how: Sequence, since: int, at: int) -> Deed | None:
    """The touch that first completes the steps in order, of the touches within the span."""
    last = None
    for match in (query.match, *how.then):
        deeds = within(chosen(person, query, match, since, at), at, how.within)
        later = [deed for deed in deeds if last is None or (deed.at, deed.id) > (last.at, last.id)]
        if not later:
            return None
        last = later[0]
    return last


def moments(person: Person, query: Query, at: int) -> list[Moment]:
    """The moments up to `at` of the epoch that `at` lies in."""
    since = person.since(query, at)
    how = query.how
    deeds = chosen(person, query, query.match, since, at)
    if isinstance(how, Each):
        return [Moment(deed.at, deed) for deed in deeds]
    if isinstance(how, First):
        return [Moment(deed.at, deed) for deed in deeds[:1]]
    if isinstance(how, Return):
        return [Moment(two.at, two) for one, two in pairwise(deeds) if two.at - one.at >= how.after]
    starts = {start for start in candidates(person, query) if since <= start <= at}
    return [
        Moment(start, cause(person, query, since, start))
        for start in sorted(starts)
        if holds(person, query, since, start) and not holds(person, query, since, start - 1)
    ]


def candidates(person: Person, query: Query) -> set[int]:
    """The instants at which such a condition can begin to hold."""
    if isinstance(query.how, FieldIs):
        return {row.at for row in person.known}
    if isinstance(query.how, Silence):
        return {deed.at + query.how.after for deed in person.real}
    if isinstance(query.how, Committee):
        return {deed.at for one in person.colleagues for deed in one.real}
    return {deed.at for deed in person.real}


def cause(person: Person, query: Query, since: int, at: int) -> Deed | None:
    """The touch that made the condition hold at `at`."""
    how = query.how
    if isinstance(how, FieldIs | Committee):
        return None
    if isinstance(how, Sequence):
        return completing(person, query, how, since, at)
    deeds = chosen(person, query, query.match, since, at)
    if isinstance(how, Repeated):
        deeds = within(deeds, at, how.within)
        enough = deeds[how.times - 1]
        return enough if enough.at == at else deeds[-1]
    if isinstance(how, Distinct):
        deeds = [deed for deed in deeds if getattr(deed, how.of)]
    if isinstance(how, Depth):
        deeds = [deed for deed in deeds if (deed.seconds > 0 if how.of == "seconds" else deed.page)]
    return deeds[-1]


def standing(person: Person, query: Query, at: int) -> list[Moment]:
    """The moments that hold still: an endless kind's all, else the latest while the condition holds."""
    found = moments(person, query, at)
    if isinstance(query.how, ENDLESS):
        return found
    return found[-1:] if found and holds(person, query, person.since(query, at), at) else []


def span_of(how: How) -> int:
    """How long behind a touch this kind can change by itself."""
    if isinstance(how, Each | First | FieldIs):
        return 0
    return how.after if isinstance(how, Silence | Return) else how.within


def epoch(deeds: list[Deed], resets: tuple[str, ...], at: int) -> int:
    return max((deed.at for deed in deeds if deed.kind in resets and deed.at <= at), default=ALWAYS)
