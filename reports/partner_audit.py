"""Do a partner and we call the same leads qualified? Both, only we, only they, why, and what became of them.

Agreement is Cohen's kappa over leads that both of us know: those of whom the partner has evidence, and those
of its list whom we know. Leads of the list that are in none of our CRMs cannot be compared; they are
counted and listed apart. Kappa compares with the agreement that chance would bring, so it is not defined
where there are no leads, nor where chance alone would agree on everybody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any, Literal

from reports.csv_text import csv_text

LISTED_MAX = 20
SECOND = 1_000_000
Place = Literal["both", "only ours", "only theirs", "neither", "not known to us"]
HEADER = ("lead", "row", "place", "since", "why", "outcome")


@dataclass(frozen=True, slots=True)
class Lead:
    """One lead that the partner brought or listed. `person` 0: we know nobody of that name; `row` 0: the
    partner's list does not have it. `at` is the earliest that either of us says of it.
    """

    person: int
    row: int
    at: int
    ours: bool
    theirs: bool
    why: str
    outcome: str

    @property
    def place(self) -> Place:
        if not self.person:
            return "not known to us"
        if self.ours and self.theirs:
            return "both"
        if self.ours:
            return "only ours"
        return "only theirs" if self.theirs else "neither"


@dataclass(frozen=True, slots=True)
class Agreement:
    """How often both said the same. `kappa` is None where it is not defined, and `undefined` says why.

    `outcomes` are what became of the leads, by place: how many of them came to each.
    """

    both: int
    only_ours: int
    only_theirs: int
    neither: int
    unknown: int
    kappa: float | None
    undefined: str
    outcomes: Mapping[str, Mapping[str, int]]

    @property
    def leads(self) -> int:
        return self.both + self.only_ours + self.only_theirs + self.neither


@dataclass(frozen=True, slots=True)
class Audit:
    """One partner's list beside our verdicts; `before` and `after` the day on which both agreed on what
    qualifies (`aligned_at`, 0 where nobody knows it: then everything is in `whole` alone)."""

    partner: str
    name: str
    aligned_at: int
    whole: Agreement
    before: Agreement | None
    after: Agreement | None
    leads: tuple[Lead, ...]

    def as_dict(self) -> dict[str, Any]:
        return {
            "partner": self.partner,
            "name": self.name,
            "aligned_on": _day(self.aligned_at) or None,
            "all": _dict(self.whole),
            "before": self.before and _dict(self.before),
            "after": self.after and _dict(self.after),
            "leads": [dict(zip(HEADER, _row(one), strict=True)) for one in self.leads],
        }


def audit(partner: str, name: str, leads: Sequence[Lead], aligned_at: int) -> Audit:
    """This compares; a lead belongs to the time before if either of us had it by then."""
    told = tuple(sorted(leads, key=lambda one: (one.at, one.person, one.row)))
    before = [one for one in told if one.at < aligned_at]
    after = [one for one in told if one.at >= aligned_at]
    return Audit(
        partner=partner,
        name=name,
        aligned_at=aligned_at,
        whole=agreement(told),
        before=agreement(before) if aligned_at else None,
        after=agreement(after) if aligned_at else None,
        leads=told,
    )


def agreement(leads: Sequence[Lead]) -> Agreement:
    """This counts and computes kappa, exactly."""
    count = {place: sum(one.place == place for one in leads) for place in {one.place for one in leads}}
    both, ours, theirs, neither = (
        count.get(place, 0) for place in ("both", "only ours", "only theirs", "neither")
    )
    kappa, undefined = _kappa(both, ours, theirs, neither)
    outcomes = {place: _outcomes(leads, place) for place in ("both", "only ours", "only theirs")}
    return Agreement(both, ours, theirs, neither, count.get("not known to us", 0), kappa, undefined, outcomes)


def _outcomes(leads: Sequence[Lead], place: str) -> dict[str, int]:
    found = Counter(one.outcome or "nothing yet" for one in leads if one.place == place)
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def _kappa(both: int, ours: int, theirs: int, neither: int) -> tuple[float | None, str]:
    leads = both + ours + theirs + neither
    if not leads:
        return None, "there are no leads that both know"
    agreed = Fraction(both + neither, leads)
    we, they = Fraction(both + ours, leads), Fraction(both + theirs, leads)
    chance = we * they + (1 - we) * (1 - they)
    if chance == 1:
        return None, "both call all of them qualified" if both else "both call none of them qualified"
    return float((agreed - chance) / (1 - chance)), ""


def lines(told: Audit, *, everything: bool = False) -> Iterator[str]:
    """This is the audit for a terminal; lists are cut to the newest unless `everything` is asked for."""
    yield f"{told.name} ({told.partner}): our MQLs beside the partner's list"
    yield from _counts("all", told.whole)
    if told.before and told.after:
        yield from _counts(f"before {_day(told.aligned_at)}", told.before)
        yield from _counts(f"from {_day(told.aligned_at)} on", told.after)
    else:
        yield "  no day of agreement is known: give one by --aligned-on"
    for place in ("only ours", "only theirs", "not known to us", "both"):
        some = [one for one in told.leads if one.place == place][::-1]
        if some:
            yield ""
            yield f"{place} ({len(some)})"
        shown = some if everything else some[:LISTED_MAX]
        yield from (f"  {_line(one)}" for one in shown)
        if len(shown) < len(some):
            yield f"  … and {len(some) - len(shown)} more; --all shows them"


def table(told: Audit) -> str:
    """This is every lead as CSV."""
    return csv_text(HEADER, [_row(one) for one in told.leads])


def _counts(when: str, found: Agreement) -> Iterator[str]:
    kappa = f"{found.kappa:.2f}" if found.kappa is not None else f"not defined: {found.undefined}"
    unknown = f", not known to us {found.unknown}" if found.unknown else ""
    yield (
        f"  {when}: both {found.both}, only ours {found.only_ours}, only theirs {found.only_theirs}, "
        f"neither {found.neither}{unknown}; agreement (kappa) {kappa}"
    )
    for place, outcomes in found.outcomes.items():
        if outcomes:
            told = ", ".join(f"{outcome} {count}" for outcome, count in outcomes.items())
            yield f"    what became of them, {place}: {told}"


def _line(one: Lead) -> str:
    who = f"person {one.person}" if one.person else "nobody"
    row = f", row {one.row}" if one.row else ""
    why = f": {one.why}" if one.why else ""
    return f"{who}{row}, since {_day(one.at)}{why}{f'; {one.outcome}' if one.outcome else ''}"


def _row(one: Lead) -> tuple[str | int | None, ...]:
    return one.person or None, one.row or None, one.place, _day(one.at), one.why, one.outcome


def _dict(found: Agreement) -> dict[str, Any]:
    return {
        "both": found.both,
        "only_ours": found.only_ours,
        "only_theirs": found.only_theirs,
        "neither": found.neither,
        "not_known_to_us": found.unknown,
        "kappa": found.kappa,
        "kappa_undefined": found.undefined or None,
        "outcomes": {place: dict(outcomes) for place, outcomes in found.outcomes.items()},
    }


def _day(at: int) -> str:
    return datetime.fromtimestamp(at / SECOND, tz=UTC).date().isoformat() if at else ""
