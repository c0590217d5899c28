"""Results by campaign: the campaigns of the CRMs beside what links and members call them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from sqlalchemy import Connection, text

from reports.campaigns import Campaign
from sync.store.deals import worth

_CAMPAIGNS = text(
    "SELECT connection, record_id, attributes FROM record "
    "WHERE kind = 'campaign' AND NOT deleted ORDER BY key"
)


def load_campaigns(tx: Connection, currency: str = "") -> list[Campaign]:
    """These are all campaigns that the CRMs have; `currency` is that of costs that name none."""
    found = []
    for row in tx.execute(_CAMPAIGNS):
        attributes = orjson.loads(row.attributes)
        name = str(attributes.get("name", "")) or row.record_id
        names = frozenset(_names(row.record_id, attributes))
        cost, _ = worth(attributes, "cost", currency)
        found.append(Campaign(row.connection, row.record_id, name, names, cost))
    return found


def _names(record_id: str, attributes: Mapping[str, Any]) -> Iterator[str]:
    """Links may carry the name, the utm_campaign or the whole id."""
    for told in (attributes.get("name"), attributes.get("utm_campaign"), record_id):
        if told:
            yield " ".join(str(told).casefold().split())
