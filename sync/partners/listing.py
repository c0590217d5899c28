"""Every partner at a glance: what is agreed, whom it holds, what it lost, what it listed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, text

from config.settings import Settings
from sync.store.partner_leads import listed_by

_HELD = text("SELECT partner, COUNT(*) AS n FROM verdict WHERE partner <> '' GROUP BY partner")
_MQLS = text(
    "SELECT partner, COUNT(*) AS n FROM verdict WHERE partner <> '' AND status = 'mql' GROUP BY partner"
)
_LOST = text(
    "SELECT partner, COUNT(DISTINCT person) AS n FROM partner_claim WHERE rival <> '' AND rival <> partner "
    "GROUP BY partner"
)


@dataclass(frozen=True, slots=True)
class Listed:
    """One partner. `definition` is the one about it or its tier that counts, with its state."""

    partner: str
    name: str
    tier: str
    specialisation: str
    definition: str
    contacts: int
    holds: int
    mqls: int
    lost: int
    listed: int

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def lines(self) -> Iterator[str]:
        kind = f", {self.specialisation.replace('_', ' ')}" if self.specialisation else ""
        yield f"{self.partner}  {self.name} ({self.tier}{kind})"
        yield (
            f"  holds {self.holds} people, {self.mqls} MQL; lost {self.lost} to others; "
            f"listed {self.listed}; judged by {self.definition or 'our own definition'}; "
            f"{self.contacts} contacts"
        )


def listed(settings: Settings, tx: Connection | None) -> list[Listed]:
    """This is every partner of the registry, in its order; without a store nothing is counted."""

    def counts(statement: Any) -> dict[str, int]:
        return {row.partner: row.n for row in tx.execute(statement)} if tx is not None else {}

    held, mqls, lost = counts(_HELD), counts(_MQLS), counts(_LOST)
    told = listed_by(tx) if tx is not None else {}
    written = [one.definition for one in settings.definitions()]
    found = []
    for account in settings.registry().accounts.values():
        about = {("partner", account.slug): 2, ("tier", account.tier): 1}
        mine = [one for one in written if (one.scope.kind, one.scope.name) in about]
        best = max(mine, key=lambda one: about[one.scope.kind, one.scope.name], default=None)
        found.append(
            Listed(
                *(account.slug, account.name, account.tier, account.specialisation),
                definition=f"{best.name} {best.version} ({best.terms.state})" if best else "",
                contacts=len(account.contacts),
                holds=held.get(account.slug, 0),
                mqls=mqls.get(account.slug, 0),
                lost=lost.get(account.slug, 0),
                listed=told.get(account.slug, 0),
            )
        )
    return found
