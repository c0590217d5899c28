"""What opportunities say about the people in them: row in, touches out, nothing else touched.

Source ids are built from record ids, so that a row read twice is one touch.
"""

from __future__ import annotations

from collections.abc import Iterator

from connectors.records import Touch
from connectors.salesforce.ids import long_id
from connectors.salesforce.instants import day
from connectors.salesforce.rows import Row, flag, linked, parent, time_of


def of_stage(row: Row) -> Iterator[Touch]:
    """A deal came to the stage in which it is closed now: that is when it was won or lost, whatever its
    CloseDate says. The contact is the deal's primary one."""
    yield from _closing(row, linked(parent(row, "Opportunity"), "ContactId", "contact"))


def of_role_at_stage(role: Row, row: Row) -> Iterator[Touch]:
    """So it was for everybody else who had a role in it."""
    if not flag(role, "IsDeleted"):
        yield from _closing(row, linked(role, "ContactId", "contact"))


def closes(row: Row) -> bool:
    """This says whether a step in a deal's history is the one that closed it. The history of a deleted deal
    is deleted, too."""
    deal = parent(row, "Opportunity")
    is_there = not flag(row, "IsDeleted")
    return is_there and flag(deal, "IsClosed") and row.get("StageName") == deal.get("StageName")


def _closing(row: Row, key: str) -> Iterator[Touch]:
    if not key or not closes(row):
        return
    deal, deal_id = parent(row, "Opportunity"), long_id(row.get("OpportunityId"))
    at = time_of(row, "CreatedDate")
    kind = "deal_won" if flag(deal, "IsWon") else "deal_lost"
    yield Touch(
        key=key,
        source_id=f"opportunity:{deal_id}:{kind}:{key.rpartition(':')[2]}",
        kind=kind,
        occurred_at=at,
        recorded_at=at,
        asset=str(deal.get("Name") or ""),
        provenance="opportunity",
    )


def of_role(role: Row, opportunity: Row) -> Iterator[Touch]:
    """A contact with a role in an opportunity was there when it was created, won or lost."""
    key = linked(role, "ContactId", "contact")
    if flag(role, "IsDeleted") or flag(opportunity, "IsDeleted") or not key:
        return
    deal_id, contact_id = long_id(role.get("OpportunityId")), long_id(role.get("ContactId"))
    created, name = time_of(opportunity, "CreatedDate"), str(opportunity.get("Name") or "")
    for kind, at in _turns(opportunity, created):
        yield Touch(
            key=key,
            source_id=f"opportunity:{deal_id}:{kind}:{contact_id}",
            kind=kind,
            occurred_at=at,
            asset=name,
            provenance="opportunity",
        )


def _turns(opportunity: Row, created: int) -> Iterator[tuple[str, int]]:
    """CloseDate is a day that people also set ahead: nothing closes before it was created, and what
    is closed was so by its last change."""
    yield "opportunity_created", created
    if flag(opportunity, "IsClosed"):
        closed = max(created, day(opportunity.get("CloseDate")))
        changed = time_of(opportunity, "LastModifiedDate") or closed
        yield ("deal_won" if flag(opportunity, "IsWon") else "deal_lost"), max(created, min(closed, changed))
