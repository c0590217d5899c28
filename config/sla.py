"""`sla:` and `territories:` as values: calendars with their holidays, who is away, who takes what.

Public holidays come from a package that others keep up. It is asked for the years below; later ones
are known by a later release of ours, long before they begin.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from config.errors import ConfigError, Problem, nearest
from config.sla_model import CalendarModel, OwnerModel, PromiseModel, SlaModel, TerritoryModel
from config.yaml_lines import Document, Place
from config.zones import shifts_of
from scoring.handoff.calendars import Calendar, Span
from scoring.handoff.sla import Owner, Sla, Slas
from scoring.handoff.territory import Territory, hidden_by
from scoring.partner import Partner
from scoring.touches import HOUR, SECOND

YEARS = range(2020, 2046)
_LINES = ("countries", "regions", "postcodes", "industries", "accounts", "partners", "languages")


def sla_problems(
    document: Document, sla: SlaModel | None, territories: Sequence[TerritoryModel]
) -> list[Problem]:
    """This is what is wrong between the lines: calendars that nobody wrote, territories that get no lead."""
    calendars = sla.calendars if sla else {}
    found = [
        document.problem(place, f"there is no calendar `{name}`", _remedy(name, calendars))
        for place, name in _named_calendars(sla, territories)
        if name not in calendars
    ]
    for promise, place in _promises(sla):
        if (promise.attempts is None) != (promise.attempts_within_hours is None):
            what = "attempts need a number and a time"
            found.append(document.problem(place, what, "write `attempts` and `attempts_within_hours`"))
    values = territories_of(territories)
    for number, one in enumerate(values):
        place = ("territories", number, "name")
        if any(other.name == one.name for other in values[:number]):
            found.append(document.problem(place, f"`{one.name}` stands twice", "choose another name"))
        elif (hidden := hidden_by(one, values[:number])) is not None:
            what = f"never gets a lead: `{hidden.name}` before it takes them all"
            found.append(document.problem(place, what, "put the narrower one first"))
    return found


def _named_calendars(
    sla: SlaModel | None, territories: Sequence[TerritoryModel]
) -> Iterator[tuple[Place, str]]:
    named: list[tuple[Place, str | None]] = [
        (("territories", number, "calendar"), one.calendar) for number, one in enumerate(territories)
    ]
    named += [((*place, "calendar"), promise.calendar) for promise, place in _promises(sla)]
    owners = sla.owners if sla else {}
    named += [(("sla", "owners", name, "calendar"), one.calendar) for name, one in owners.items()]
    yield from ((place, name) for place, name in named if name is not None)


def _promises(sla: SlaModel | None) -> Iterator[tuple[PromiseModel, Place]]:
    if sla:
        yield sla.default, ("sla", "default")
        yield from ((one, ("sla", "tiers", name)) for name, one in sla.tiers.items())
        yield from ((one, ("sla", "partners", name)) for name, one in sla.partners.items())


def _remedy(name: str, calendars: Mapping[str, object]) -> str:
    return nearest(name, calendars) if calendars else "write it under `sla: calendars:`"


def unknown_partners(
    document: Document, territories: Sequence[Territory], slugs: Collection[str]
) -> list[Problem]:
    """These are partners that territories name and the registry, which has these slugs, does not."""
    remedy = "add it to the partner registry"
    return [
        document.problem(
            ("territories", number, "partners"),
            f"no partner is `{name}`",
            nearest(name, slugs) if slugs else remedy,
        )
        for number, one in enumerate(territories)
        for name in one.partners
        if name not in slugs
    ]


def territories_of(models: Iterable[TerritoryModel]) -> tuple[Territory, ...]:
    """These are the territories in their order."""
    return tuple(
        Territory(
            name=one.name,
            owners=one.owners,
            **{line: getattr(one, line) for line in _LINES},
            employees_min=one.employees_min,
            employees_below=one.employees_below,
        )
        for one in models
    )


def slas_of(
    document: Document, sla: SlaModel, territories: Sequence[TerritoryModel], partners: Sequence[Partner]
) -> Slas:
    """This is every SLA with its calendars; an unknown country, region, tier or partner is refused."""
    tier_of = {one.slug: one.tier for one in partners}
    found = _unknown(document, sla, tier_of)
    calendars: dict[str, Calendar] = {}
    for name, one in sla.calendars.items():
        try:
            calendars[name] = _calendar(one)
        except NotImplementedError:
            key = "country" if one.region is None else "region"
            what = f"the package `holidays` knows no {one.country} {one.region or ''}".rstrip()
            remedy = "write codes such as DE and BE, or list the days in `closed`"
            found.append(document.problem(("sla", "calendars", name, key), what, remedy))
    if found:
        raise ConfigError(found)
    default = [sla.default]
    return Slas(
        _sla(default, calendars),
        {tier: _sla([one, *default], calendars) for tier, one in sla.tiers.items()},
        {
            slug: _sla(
                [one, *([wider] if (wider := sla.tiers.get(tier_of[slug])) else []), *default], calendars
            )
            for slug, one in sla.partners.items()
        },
        _owners(sla, territories, calendars),
        sla.hold_statuses,
    )


def _unknown(document: Document, sla: SlaModel, tier_of: Mapping[str, str]) -> list[Problem]:
    known = {"partner": (sla.partners, set(tier_of)), "tier": (sla.tiers, set(tier_of.values()))}
    return [
        document.problem(
            ("sla", f"{what}s", name),
            f"no partner is `{name}`" if what == "partner" else f"no partner has the tier `{name}`",
            nearest(name, valid) if valid else "add it to the partner registry",
        )
        for what, (written, valid) in known.items()
        for name in written
        if name not in valid
    ]


def _calendar(model: CalendarModel) -> Calendar:
    shifts = tuple(shift for text in model.shifts for shift in shifts_of(text))
    free = public_holidays(model.country, model.region) if model.country else frozenset()
    return Calendar(ZoneInfo(model.zone), shifts, free | frozenset(model.closed))


@lru_cache(maxsize=64)
def public_holidays(country: str, region: str | None) -> frozenset[date]:
    """These are a country's days off; `NotImplementedError` where the package knows no such place.

    The package is imported late, since it takes a while.
    """
    from holidays import country_holidays  # noqa: PLC0415

    return frozenset(country_holidays(country, subdiv=region, years=YEARS))


def _sla(narrow_first: Sequence[PromiseModel], calendars: Mapping[str, Calendar]) -> Sla:
    line: dict[str, object] = {}
    for one in reversed(narrow_first):
        line |= one.model_dump(exclude_none=True)
    model = PromiseModel.model_validate(line)
    return Sla(
        calendars[model.calendar or ""],
        first_touch=_working(model.first_touch_hours),
        attempts=model.attempts or 0,
        attempts_within=_working(model.attempts_within_hours),
        attempts_apart=_working(model.attempts_apart_hours),
        decision=_working(model.decision_hours),
        restarts_with_owner=bool(model.restarts_with_owner),
    )


def _working(hours: float | None) -> int:
    return round((hours or 0) * HOUR)


def _owners(
    sla: SlaModel, territories: Sequence[TerritoryModel], calendars: Mapping[str, Calendar]
) -> dict[str, Owner]:
    """An owner keeps her own hours, else those of the first of her territories that has some."""
    hours: dict[str, str] = {}
    for territory in territories:
        for owner in territory.owners if territory.calendar else ():
            hours.setdefault(owner, territory.calendar or "")
    hours |= {owner: one.calendar for owner, one in sla.owners.items() if one.calendar}
    zone = calendars[sla.default.calendar].zone
    found = {}
    for owner in {**hours, **sla.owners}:
        calendar = calendars[hours[owner]] if owner in hours else None
        leave = _leave(
            sla.owners.get(owner, OwnerModel()), ZoneInfo(str(calendar.zone if calendar else zone))
        )
        found[owner] = Owner(calendar, leave)
    return found


def _leave(owner: OwnerModel, zone: ZoneInfo) -> tuple[Span, ...]:
    return tuple(
        (_midnight(one.first, zone), _midnight(one.last + timedelta(1), zone)) for one in owner.leave
    )


def _midnight(day: date, zone: ZoneInfo) -> int:
    return int(datetime.combine(day, time(), zone).timestamp()) * SECOND
