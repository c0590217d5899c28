"""Whose every field is that mqlsync touches: what it writes, what it only moves, what sales writes to it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from connectors.hubspot.fields import PREFIX
from connectors.own import OWN_FIELDS
from connectors.salesforce.fields import own_name

OURS = ("mqlsync", "reported by `mqlsync drift`, then set right")
THEIRS = ("sales", "read as the word of sales: we never write it")
ONCE = ("sales", "left as it is: we move it forward once, when somebody becomes MQL, and only if configured")


@dataclass(frozen=True, slots=True)
class Owned:
    """One field by its names in the CRMs ("" where a CRM has none), whose it is, and what a change by
    somebody else leads to."""

    label: str
    hubspot: str
    salesforce: str
    owner: str
    changed_by_others: str


STANDARD = (
    Owned("Lifecycle stage", "lifecyclestage", "", *ONCE),
    Owned("Lead status", "hs_lead_status", "Lead.Status", *ONCE),
)


@dataclass(frozen=True, slots=True)
class Ownership:
    """The whole table."""

    fields: tuple[Owned, ...]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def lines(self) -> list[str]:
        """This is the table for people, one field a line."""
        return [
            f"{one.label:30} {one.hubspot or '–':32} {one.salesforce or '–':32} "
            f"{one.owner}: {one.changed_by_others}"
            for one in self.fields
        ]


def ownership() -> Ownership:
    """These are all fields that are ever written, and those that we made for sales to write."""
    made = (
        Owned(one.label, PREFIX + one.name, own_name(one), *(THEIRS if one.is_theirs else OURS))
        for one in OWN_FIELDS
    )
    return Ownership((*made, *STANDARD))
