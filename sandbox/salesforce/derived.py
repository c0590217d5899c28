"""Values of a row that follow from others: names, closed and won, the account of an activity, owners."""

from __future__ import annotations

from sandbox.salesforce.org import Org
from sandbox.salesforce.tables import EVERYWHERE, Row

PROBABILITIES = {
    "Prospecting": 10.0, "Qualification": 10.0, "Needs Analysis": 20.0, "Value Proposition": 50.0,
    "Id. Decision Makers": 60.0, "Perception Analysis": 70.0, "Proposal/Price Quote": 75.0,
    "Negotiation/Review": 90.0, "Closed Won": 100.0, "Closed Lost": 0.0,
}  # fmt: skip
MEMBER_RESPONDED = frozenset({"Registered", "Attended", "No Show", "Responded"})


def complete(org: Org, name: str, row: Row, old: Row | None) -> None:
    """This fills in what follows from the rest of the row."""
    if name in ("Lead", "Contact", "User"):
        row["Name"] = " ".join(part for part in (row.get("FirstName"), row.get("LastName")) if part)
    elif name in ("Task", "Event"):
        row["AccountId"] = _account(org, row)
    elif name == "Opportunity":
        complete_opportunity(row)
    elif name == "CampaignMember":
        row["HasResponded"] = row.get("Status") in MEMBER_RESPONDED
        row["Type"] = "Contact" if row.get("ContactId") else "Lead"
        if row["HasResponded"] and not row.get("FirstRespondedDate"):
            row["FirstRespondedDate"] = org.stamp()[:10]
    if name == "Task":
        row["IsClosed"] = row["Status"] == "Completed"
        row["IsHighPriority"] = row["Priority"] == "High"
        row.setdefault("TaskSubtype", "Task")
        was_closed = bool(old and old["IsClosed"])
        if row["IsClosed"] != was_closed:
            row["CompletedDateTime"] = org.stamp() if row["IsClosed"] else None


def complete_opportunity(row: Row) -> None:
    stage = row["StageName"]
    row["IsClosed"] = stage in ("Closed Won", "Closed Lost")
    row["IsWon"] = stage == "Closed Won"
    row["Probability"] = PROBABILITIES.get(stage, row.get("Probability") or 0.0)
    closed = "Closed" if row["IsWon"] else "Omitted"
    row["ForecastCategoryName"] = closed if row["IsClosed"] else "Pipeline"


def _account(org: Org, row: Row) -> str | None:
    for name in ("WhatId", "WhoId"):
        found = org.find(row[name]) if row.get(name) else None
        if found and found[0] == "Account":
            return str(found[1]["Id"])
        if found and found[1].get("AccountId"):
            return str(found[1]["AccountId"])
    return None


def assigned_owner(org: Org, present: str) -> str:
    """This is whom the org's assignment rule gives a lead: the next active user in turn. It runs on
    every create and update of a lead that does not say `Sforce-Auto-Assign: FALSE`."""
    table = org.tables["User"]
    rows = (table.get(number) for number in table.scan(EVERYWHERE, by_stamp=False))
    active = [str(row["Id"]) for row in rows if row and row["IsActive"] and row["Id"] != org.user_id]
    later = [user for user in active if user > present]
    return (later or active or [present])[0]
