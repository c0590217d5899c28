"""What is agreed with a partner beside how its leads are recognised: people, money, and what it may see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from scoring.touches import NEVER

Period = Literal["month", "quarter", "year", "once"]
Specialisation = Literal["", "top_of_funnel", "late_stage"]

# What a partner can be shown of a lead that it brought. Who somebody is, and how we score, only if allowed.
SHARES = (
    "company",
    "country",
    "status",
    "claimed_at",
    "claim_until",
    "evidence",
    "campaign",
    "qualified_at",
    "ended_at",
    "outcome",
    "email",
    "title",
    "score",
    "grade",
    "reason",
)
SHARED = SHARES[:10]  # where nothing is agreed


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody at the partner's with whom is shared."""

    name: str
    email: str
    role: str = ""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a partner costs: so much each period, in [start, end) (microseconds; a day begins at 0:00 UTC)."""

    amount: Decimal
    currency: str
    per: Period
    start: int
    end: int = NEVER
    why: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """One partner as the registry has it, but for what scoring asks (`scoring.partner.Partner`).

    `columns` name the columns of the partner's own files, `mql_statuses` those of its words for a status
    that mean MQL; without any, whoever is on its list is one.
    """

    slug: str
    name: str
    tier: str
    specialisation: Specialisation = ""
    definition: str = ""
    contacts: tuple[Contact, ...] = ()
    costs: tuple[Cost, ...] = ()
    shares: tuple[str, ...] = SHARED
    columns: Mapping[str, str] = field(default_factory=dict)
    mql_statuses: tuple[str, ...] = ()
