"""What each campaign of the CRM led to, as rows that the CRM can take in again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from reports.csv_text import Value, csv_text
from scoring.models.conversions import TYPES
from scoring.models.credit import Money
from scoring.models.dimensions import NONE, UNKNOWN
from scoring.models.shares import WHOLE
from scoring.models.tally import Tally

ROI_PLACES = Decimal("0.0001")
COUNTS = dict(zip(TYPES, ("leads", "mqls", "sals", "sqls", "won"), strict=True))


@dataclass(frozen=True, slots=True)
class Campaign:
    """One campaign of a CRM; `names` are what touches call it: its name, its utm_campaign, its id.

    `cost` is what it cost, None where the CRM does not say.
    """

    crm: str
    id: str
    name: str
    names: frozenset[str]
    cost: Money | None = None


def shared_names(campaigns: Sequence[Campaign]) -> dict[str, list[Campaign]]:
    """These are names that several campaigns of one CRM go by: nobody knows which of them is meant."""
    found: dict[tuple[str, str], list[Campaign]] = {}
    for one in campaigns:
        for name in one.names:
            found.setdefault((one.crm, name), []).append(one)
    return {name: several for (_, name), several in sorted(found.items()) if len(several) > 1}


def one_name(campaigns: Sequence[Campaign]) -> dict[str, str]:
    """This gives all names of a campaign, and of its twin in the other CRM, one name."""
    shared = shared_names(campaigns)
    leader: dict[str, str] = {}

    def of(name: str) -> str:
        while leader.get(name, name) != name:
            name = leader[name]
        return name

    for one in campaigns:
        first, *others = sorted({of(name) for name in one.names if name not in shared}) or [""]
        for other in others:
            leader[other] = first
    return {name: of(name) for one in campaigns for name in one.names if name not in shared}


def campaigns_csv(tally: Tally, model: str, campaigns: Sequence[Campaign], called: Mapping[str, str]) -> str:
    """This has a row for each campaign: how many it had a part in, its credit, its money by currency, and
    what came back of its cost: 1 is twice the cost, -1 is nothing."""
    currencies = sorted({key[3] for key in tally.money})
    header = [
        *("crm", "campaign_id", "campaign", "model"),
        *COUNTS.values(),
        *(f"{kind}_credit" for kind in TYPES),
        *(f"won_amount_{coin}" if coin else "won_amount" for coin in currencies),
        *("cost", "cost_currency", "roi"),
    ]
    rows: list[Sequence[Value]] = []
    for one in sorted(campaigns, key=lambda one: (one.crm, one.id)):
        label = next((called[name] for name in sorted(one.names) if name in called), "")
        rows.append(
            (
                *(one.crm, one.id, one.name, model),
                *(tally.touched[kind, label] for kind in TYPES),
                *(Decimal(tally.credit[kind, model, label]) / WHOLE for kind in TYPES),
                *(tally.money.get(("won", model, label, coin), Decimal(0)) for coin in currencies),
                *_cost(one, tally, model, label),
            )
        )
    return csv_text(header, rows)


def _cost(one: Campaign, tally: Tally, model: str, label: str) -> tuple[Value, Value, Value]:
    """Money of another currency than the cost's says nothing of what came back."""
    if one.cost is None or one.cost.amount <= 0:
        return None, None, None
    cost, coin = one.cost.amount, one.cost.currency
    back = tally.money.get(("won", model, label, coin), Decimal(0))
    return cost, coin, ((back - cost) / cost).quantize(ROI_PLACES)


def strangers(tally: Tally, called: Mapping[str, str]) -> list[str]:
    """These are campaigns of links that no campaign of a CRM goes by."""
    ours = {NONE, UNKNOWN, *called.values()}
    return sorted({label for _, label in tally.touched if label not in ours})
