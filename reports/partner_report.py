"""What one partner may see: the leads that it brought, and what became of them. Nothing else enters here.

A lead is in it while the partner holds the claim, and stays when the claim ends by itself; once another
claim holds her, she is in no report of this partner's. Of her, only what `shares` names is told, and only
spells as MQL that began while the claim held count. A text that names another partner is not shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from reports.csv_text import csv_text
from reports.intervals import wilson

SECOND = 1_000_000
STAGES = ("lead", "MQL", "accepted by sales", "opportunity", "won")
LEAD, MQL, ACCEPTED, OPPORTUNITY, WON = range(5)
HIDDEN = "(not shown)"
LABELS = {
    "lead": "Lead",
    "company": "Company",
    "country": "Country",
    "status": "Status",
    "claimed_at": "Yours since",
    "claim_until": "Yours until",
    "evidence": "Evidence",
    "campaign": "Campaign",
    "qualified_at": "MQL since",
    "ended_at": "MQL until",
    "outcome": "Outcome",
    "email": "E-mail",
    "title": "Title",
    "score": "Score",
    "grade": "Grade",
    "reason": "Reason",
}
_DAYS = ("claimed_at", "claim_until", "qualified_at", "ended_at")


@dataclass(frozen=True, slots=True, eq=False)
class Brought:
    """One lead that the partner brought. `values` may hold more than is shared; `stage` is the furthest that
    she came, `campaigns` are the partner's own in which she met us."""

    person: int
    stage: int
    values: Mapping[str, str | int]
    campaigns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Promises:
    """How promises of follow-up on this partner's leads stand: spells by state."""

    met: int
    breached: int
    running: int


@dataclass(frozen=True, slots=True)
class Rate:
    """How many of those who came to one stage came to the next, with a 95 % interval; None of nobody."""

    name: str
    reached: int
    of: int

    @property
    def share(self) -> float | None:
        return self.reached / self.of if self.of else None

    @property
    def text(self) -> str:
        if self.share is None:
            return "none yet"
        low, high = wilson(self.reached, self.of)
        return f"{self.share:.1%} ({low:.1%} to {high:.1%})"


@dataclass(frozen=True, slots=True)
class Group:
    """Leads that came the same way: how many, and how far they came."""

    name: str
    leads: int
    mqls: int
    accepted: int
    won: int


@dataclass(frozen=True, slots=True)
class PartnerReport:
    """What one partner is sent. `rows` have the cells of `columns`; `promises` None: nobody promised."""

    name: str
    as_of: int
    columns: tuple[str, ...]
    rows: tuple[tuple[str | int, ...], ...]
    rates: tuple[Rate, ...]
    campaigns: tuple[Group, ...]
    evidence: tuple[Group, ...]
    promises: Promises | None

    @property
    def header(self) -> list[str]:
        return [LABELS[one] for one in self.columns]

    def leads_csv(self) -> str:
        return csv_text(self.header, self.rows)

    def results_csv(self) -> str:
        """This is every figure in one table: what, of what, how many, of how many, share."""
        rows: list[tuple[str | int | None, ...]] = [
            ("conversion", one.name, one.reached, one.of, _percent(one)) for one in self.rates
        ]
        for kind, groups in (("campaign", self.campaigns), ("evidence", self.evidence)):
            for one in groups:
                rows += [
                    (kind, f"{one.name}: {word}", count, one.leads, _percent(Rate("", count, one.leads)))
                    for word, count in (("MQL", one.mqls), ("accepted", one.accepted), ("won", one.won))
                ]
        if self.promises:
            states = {"met": self.promises.met, "breached": self.promises.breached}
            done = sum(states.values())
            rows += [
                ("follow-up", state, n, done, _percent(Rate("", n, done))) for state, n in states.items()
            ]
            rows.append(("follow-up", "running", self.promises.running, None, None))
        return csv_text(("what", "of", "count", "out of", "percent"), rows)


def partner_report(
    name: str,
    leads: Iterable[Brought],
    *,
    shares: Sequence[str],
    others: Sequence[str],
    promises: Promises | None,
    as_of: int,
) -> PartnerReport:
    """This puts a partner's report together. `others` are words that name other partners."""
    told = sorted(leads, key=lambda one: (-int(one.values.get("claimed_at", 0)), one.person))
    secret = _secret(others)
    columns = ("lead", *(one for one in LABELS if one in shares))
    return PartnerReport(
        name=name,
        as_of=as_of,
        columns=columns,
        rows=tuple(tuple(_cell(column, one, secret) for column in columns) for one in told),
        rates=_rates(told),
        campaigns=_groups({one: _open(one.campaigns, secret) for one in told}),
        evidence=_groups({one: (str(one.values.get("evidence", "")),) for one in told}),
        promises=promises,
    )


def _secret(others: Sequence[str]) -> re.Pattern[str] | None:
    words = sorted({word.casefold() for word in others if word}, key=len, reverse=True)
    joined = "|".join(re.escape(word) for word in words)
    return re.compile(rf"(?<![^\W_])(?:{joined})(?![^\W_])", re.IGNORECASE) if words else None


def _open(texts: Iterable[str], secret: re.Pattern[str] | None) -> tuple[str, ...]:
    return tuple(text for text in texts if not (secret and secret.search(text)))


def _cell(column: str, one: Brought, secret: re.Pattern[str] | None) -> str | int:
    if column == "lead":
        return one.person
    if column == "campaign":
        return "; ".join(_open(one.campaigns, secret))
    value = one.values.get(column, "")
    if column in _DAYS:
        return day(int(value or 0))
    if isinstance(value, str) and secret and secret.search(value):
        return HIDDEN
    return value


def _rates(leads: Sequence[Brought]) -> tuple[Rate, ...]:
    reached = [sum(one.stage >= stage for one in leads) for stage in range(len(STAGES))]
    steps = [
        Rate(f"{STAGES[stage - 1]} to {STAGES[stage]}", reached[stage], reached[stage - 1])
        for stage in range(1, len(STAGES))
    ]
    return (*steps, Rate("lead to won", reached[WON], reached[LEAD]))


def _groups(leads: Mapping[Brought, Sequence[str]]) -> tuple[Group, ...]:
    """A lead of several campaigns counts in each of them."""
    stages: dict[str, list[int]] = {}
    for one, names in leads.items():
        for name in filter(None, names):
            stages.setdefault(name, []).append(one.stage)
    return tuple(
        Group(name, len(some), *(sum(stage >= least for stage in some) for least in (MQL, ACCEPTED, WON)))
        for name, some in sorted(stages.items(), key=lambda item: (-len(item[1]), item[0]))
    )


def _percent(rate: Rate) -> str | None:
    return None if rate.share is None else f"{100 * rate.share:.1f}"


def day(at: int) -> str:
    """This is the day of an instant, UTC; "" for none."""
    return datetime.fromtimestamp(at / SECOND, tz=UTC).date().isoformat() if at else ""
