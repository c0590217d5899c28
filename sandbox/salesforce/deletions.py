"""What people do with rows that the API shows only afterwards: delete for good, take back, merge, convert.

A deleted row stays in the recycle bin, where queryAll sees it; the log of deletions knows it also after
the bin was emptied, but for 15 days at most.
"""

from __future__ import annotations

from typing import Any

from sandbox.salesforce import ids, instants
from sandbox.salesforce.org import Org
from sandbox.salesforce.refusals import RequestRefused
from sandbox.salesforce.tables import Row

DAY_S = 86_400
LOG_DAYS = 15
CHILDREN = (("Task", "WhoId"), ("Event", "WhoId"), ("CampaignMember", "LeadId"))
CHILDREN_OF_CONTACT = (
    ("Task", "WhoId"),
    ("Event", "WhoId"),
    ("CampaignMember", "ContactId"),
    ("OpportunityContactRole", "ContactId"),
)


def deleted(org: Org, name: str, start: str, end: str) -> dict[str, Any]:
    """This is the log of deletions in a span of time, as `sobjects/<name>/deleted` shows it."""
    now = org.now() // 1_000_000
    try:
        since, until = instants.seconds(start), instants.seconds(end)
    except ValueError:
        raise RequestRefused(400, "MALFORMED_ID", f"invalid date: {start} {end}") from None
    if since < now - LOG_DAYS * DAY_S:
        message = "startDate must be within the last 15 days"
        raise RequestRefused(400, "INVALID_REPLICATION_DATE", message)
    if until <= since:
        message = "endDate must chronologically follow the startDate"
        raise RequestRefused(400, "INVALID_REPLICATION_DATE", message)
    log = [
        {"deletedDate": instants.stamped(at), "id": record_id}
        for record_id, at in org.deleted.get(name, {}).items()
        if since <= at < until
    ]
    earliest = max(org.log_from, now - LOG_DAYS * DAY_S)
    return {
        "deletedRecords": log,
        "earliestDateAvailable": instants.stamped(earliest),
        "latestDateCovered": instants.stamped(until),
    }


def bin_row(org: Org, name: str, old: Row, **more: Any) -> None:
    """This puts a row into the recycle bin and writes the log."""
    stamp = org.stamp()
    touched = {"IsDeleted": True, "SystemModstamp": stamp}
    org.tables[name].put(old | touched | more)
    org.deleted.setdefault(name, {})[old["Id"]] = instants.seconds(stamp)


def purge(org: Org, record_id: str) -> None:
    """This empties the row out of the bin: no query shows it any more."""
    name, row = _found(org, record_id)
    org.deleted.setdefault(name, {}).setdefault(row["Id"], org.now() // 1_000_000)
    org.tables[name].purge(row["Id"])


def undelete(org: Org, record_id: str) -> None:
    """This takes a row out of the bin again, with a new stamp."""
    name, row = _found(org, record_id)
    org.tables[name].put(row | {"IsDeleted": False, "MasterRecordId": None, "SystemModstamp": org.stamp()})
    org.deleted.get(name, {}).pop(row["Id"], None)


def merge(org: Org, winner_id: str, loser_id: str) -> None:
    """The loser points to the winner, who gets what hung on the loser."""
    name, loser = _found(org, loser_id)
    winner = _found(org, winner_id)[1]
    bin_row(org, name, loser, MasterRecordId=winner["Id"])
    _move(org, CHILDREN if name == "Lead" else CHILDREN_OF_CONTACT, loser["Id"], winner["Id"])
    org.tables[name].put(winner | {"SystemModstamp": org.stamp()})


def convert(org: Org, lead_id: str, contact_id: str, opportunity_id: str | None = None) -> None:
    """The lead stays, read-only; its activities move to the contact."""
    _, lead = _found(org, lead_id)
    contact = _found(org, contact_id)[1]
    stamp = org.stamp()
    converted = {
        "IsConverted": True,
        "Status": "Closed - Converted",
        "ConvertedDate": stamp[:10],
        "ConvertedContactId": contact["Id"],
        "ConvertedAccountId": contact.get("AccountId"),
        "ConvertedOpportunityId": opportunity_id,
        "LastModifiedDate": stamp,
        "SystemModstamp": stamp,
    }
    org.tables["Lead"].put(lead | converted)
    _move(org, (("Task", "WhoId"), ("Event", "WhoId")), lead["Id"], contact["Id"])
    for row in list(org.tables["CampaignMember"].written()):
        if row.get("LeadId") == lead["Id"]:
            org.tables["CampaignMember"].put(row | {"ContactId": contact["Id"], "SystemModstamp": stamp})


def _move(org: Org, places: tuple[tuple[str, str], ...], old_id: str, new_id: str) -> None:
    for name, field in places:
        for row in list(org.tables[name].written()):
            if row.get(field) == old_id:
                org.tables[name].put(row | {field: new_id, "SystemModstamp": org.stamp()})


def _found(org: Org, record_id: str) -> tuple[str, Row]:
    found = org.find(ids.canonical(record_id) or "")
    if found is None:
        raise LookupError(record_id)
    return found
