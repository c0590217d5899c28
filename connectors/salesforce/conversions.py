"""Where a lead went when sales converted it: its contact, and the account of that contact.

A converted lead can be read and never written again. What was meant for it goes on to the contact,
also when the conversion came between our reading and our writing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from connectors.errors import Unreachable
from connectors.salesforce import soql
from connectors.salesforce.ids import long_id
from connectors.salesforce.org import ROWS_MAX, Org

CONVERTED = "CANNOT_UPDATE_CONVERTED_LEAD"


@dataclass(frozen=True, slots=True)
class Conversion:
    """What a lead became. `account_id` is "" where our user may not see it."""

    contact_id: str
    account_id: str = ""


def conversions(org: Org, lead_ids: Iterable[str]) -> dict[str, Conversion]:
    """These are the converted ones of the leads. Raises `ConnectorError` where the org does not say."""
    found: dict[str, Conversion] = {}
    ids = sorted(set(lead_ids))
    for start in range(0, len(ids), ROWS_MAX):
        where = f"{soql.any_of('Id', ids[start : start + ROWS_MAX])} AND IsConverted = TRUE"
        fields = ("Id", "ConvertedContactId", "ConvertedAccountId")
        for row in org.query(soql.select(fields, "Lead", where), with_deleted=True).rows:
            try:
                account_id = long_id(row["ConvertedAccountId"]) if row.get("ConvertedAccountId") else ""
                if row.get("ConvertedContactId"):
                    found[long_id(row["Id"])] = Conversion(long_id(row["ConvertedContactId"]), account_id)
            except (ValueError, TypeError, KeyError, AttributeError) as error:
                raise Unreachable("salesforce Lead: rows came that are none") from error
    return found
