"""Who takes a lead: her live owner, else whoever works for her company, else the next in her territory.

Territories are tried in their order and the first that fits takes her. Inside one, turns go round: who
has had the fewest is next, in the order of the list where several have as few. Somebody who was away
catches up; somebody new begins with as many turns as the one present who has fewest, since what was handed
out before she came is nothing that she missed. A lead that was given once is given to the same person again,
so a retry neither moves it nor costs anybody a turn. A lead that nobody can take is told with the cause.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Literal

How = Literal["given before", "owner", "account", "territory"]


@dataclass(frozen=True, slots=True)
class Lead:
    """What routing looks at. `key` is the same at every retry; "" and None are not known.

    `accounts` are the names of her company: its mail domains, and what it is called. `owner_id` owns her
    record, `account_owner_id` works on the same company.
    """

    key: str
    country: str = ""
    region: str = ""
    postcode: str = ""
    industry: str = ""
    employees: int | None = None
    accounts: tuple[str, ...] = ()
    partner: str = ""
    language: str = ""
    owner_id: str = ""
    account_owner_id: str = ""


@dataclass(frozen=True, slots=True)
class Territory:
    """Whose leads these are. Every line that says something must fit; one that is empty fits everybody.

    Texts are compared without regard to case; `postcodes` are beginnings (`10`, `SW1`), `accounts` mail
    domains or names. `employees_min` is included, `employees_below` is not. Where a lead does not tell
    what a line asks for, the line does not fit.
    """

    name: str
    owners: tuple[str, ...]
    countries: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    postcodes: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    partners: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    employees_min: int | None = None
    employees_below: int | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """The lead goes to this owner. `territory` is "" where no territory was asked."""

    owner_id: str
    how: How
    territory: str = ""


@dataclass(frozen=True, slots=True)
class Nobody:
    """Nobody can take the lead. `cause` is for the person who looks after the territories."""

    cause: str
    territory: str = ""


@dataclass(frozen=True, slots=True)
class Roster:
    """Who can take leads now (`present`: active and not away), and what was handed out so far.

    `turns` counts by territory and owner, `given` is the owner of each lead by its key.
    """

    present: Collection[str]
    turns: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Routed:
    """What was decided on each lead, and the roster afterwards."""

    decisions: tuple[Given | Nobody, ...]
    roster: Roster


# What a territory may ask for, and what of a lead answers it.
_LINES = {
    "countries": "country",
    "regions": "region",
    "industries": "industry",
    "accounts": "accounts",
    "partners": "partner",
    "languages": "language",
}


def territory_of(lead: Lead, territories: Iterable[Territory]) -> Territory | None:
    """This is the first territory that fits."""
    return next((one for one in territories if fits(lead, one)), None)


def fits(lead: Lead, territory: Territory) -> bool:
    """This tells whether every line of the territory fits the lead."""
    for line, attribute in _LINES.items():
        asked = {_plain(one) for one in getattr(territory, line)}
        if asked and asked.isdisjoint(_told(getattr(lead, attribute))):
            return False
    if territory.postcodes and not _compact(lead.postcode).startswith(_beginnings(territory)):
        return False
    least, below = territory.employees_min, territory.employees_below
    if least is None and below is None:
        return True
    if lead.employees is None:
        return False
    return (least is None or lead.employees >= least) and (below is None or lead.employees < below)


def route(leads: Iterable[Lead], territories: Sequence[Territory], roster: Roster) -> Routed:
    """This decides on the leads in their order; the next ones are decided on with the roster it returns."""
    turns = {name: dict(counts) for name, counts in roster.turns.items()}
    given = dict(roster.given)
    decisions: list[Given | Nobody] = []
    for lead in leads:
        told = _known_owner(lead, given, roster.present) or _next_owner(
            lead, territories, roster.present, turns
        )
        if isinstance(told, Given):
            given[lead.key] = told.owner_id
        decisions.append(told)
    return Routed(tuple(decisions), Roster(roster.present, turns, given))


def _known_owner(lead: Lead, given: Mapping[str, str], present: Collection[str]) -> Given | None:
    ways: tuple[tuple[How, str], ...] = (
        ("given before", given.get(lead.key, "")),
        ("owner", lead.owner_id),
        ("account", lead.account_owner_id),
    )
    return next((Given(owner, how) for how, owner in ways if owner in present), None)


def _next_owner(
    lead: Lead, territories: Sequence[Territory], present: Collection[str], turns: dict[str, dict[str, int]]
) -> Given | Nobody:
    territory = territory_of(lead, territories)
    if territory is None:
        return Nobody(f"no territory takes {_described(lead)}")
    able = [owner for owner in territory.owners if owner in present]
    if not able:
        return Nobody(f"everybody in `{territory.name}` is away or inactive", territory.name)
    counts = turns.setdefault(territory.name, {})
    known = [counts[owner] for owner in able if owner in counts] or list(counts.values())
    for owner in able:
        counts.setdefault(owner, min(known, default=0))
    chosen = min(able, key=counts.__getitem__)
    counts[chosen] += 1
    return Given(chosen, "territory", territory.name)


def hidden_by(territory: Territory, earlier: Iterable[Territory]) -> Territory | None:
    """This is a territory before this one that takes every lead which this one could take."""
    return next((one for one in earlier if _takes_all_of(one, territory)), None)


def _takes_all_of(wide: Territory, narrow: Territory) -> bool:
    for line in _LINES:
        asked = {_plain(one) for one in getattr(wide, line)}
        if asked and not (getattr(narrow, line) and {_plain(one) for one in getattr(narrow, line)} <= asked):
            return False
    if wide.postcodes:
        wanted = _beginnings(narrow)
        if not wanted or not all(one.startswith(_beginnings(wide)) for one in wanted):
            return False
    return _is_bound(wide.employees_min, narrow.employees_min, 1) and _is_bound(
        wide.employees_below, narrow.employees_below, -1
    )


def _is_bound(wide: int | None, narrow: int | None, sign: int) -> bool:
    return wide is None or (narrow is not None and sign * narrow >= sign * wide)


def _described(lead: Lead) -> str:
    """The key, the accounts and the owners stay out: causes are logged, and a key may hold an address."""
    hidden = {"key", "accounts", "owner_id", "account_owner_id"}
    told = [(one.name, getattr(lead, one.name)) for one in fields(lead) if one.name not in hidden]
    known = [f"{name} {value}" for name, value in told if value not in ("", None)]
    return ", ".join(known) or "a lead of whom nothing is known"


def _told(value: str | tuple[str, ...]) -> Iterator[str]:
    yield from (_plain(one) for one in ((value,) if isinstance(value, str) else value))


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _compact(postcode: str) -> str:
    return "".join(postcode.casefold().split())


def _beginnings(territory: Territory) -> tuple[str, ...]:
    return tuple(_compact(one) for one in territory.postcodes)
