"""What else in an org decides about our writes: who we are there, its rules, and HubSpot's own link.

None of it is needed for working, and our user may not be allowed to see it. So each look stands alone,
and what cannot be seen is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors.calling import Declined, Request
from connectors.protocol import Finding
from connectors.salesforce import soql
from connectors.salesforce.client import DATA
from connectors.salesforce.org import Org

LOOKED_AT = ("Lead", "Contact", "Task")
NAMES_MAX = 8  # of rules in one line
# What our user needs, as the org calls it, and what goes wrong without it.
NEEDED: Mapping[str, str] = {
    "PermissionsApiEnabled": "API Enabled: nothing works without it",
    "PermissionsEditTask": "Edit Tasks: no task can be made",
}
HELPFUL: Mapping[str, str] = {
    "PermissionsViewSetup": "View Setup and Configuration: rules that refuse our writes stay unseen",
}
UNSEEN = "Grant our user View Setup and Configuration to have this looked at."


def permissions(org: Org) -> Iterator[Finding]:
    """This says what our user may do besides seeing objects and fields."""
    text = f"SELECT {','.join((*NEEDED, *HELPFUL))} FROM UserPermissionAccess LIMIT 1"  # noqa: S608 (our own names)
    try:
        rows = org.query(text).rows
    except Declined as error:
        yield Finding("permissions", "warning", f"not visible: {error.words}", UNSEEN)
        return
    held = rows[0] if rows else {}
    for name, what in NEEDED.items():
        if not held.get(name):
            label = what.partition(":")[0]
            yield Finding("permissions", "error", f"our user lacks {what}", f"Grant our user {label}.")
    for name, what in HELPFUL.items():
        if not held.get(name):
            label = what.partition(":")[0]
            yield Finding("permissions", "warning", f"our user lacks {what}", f"Grant our user {label}.")
    if all(held.get(name) for name in (*NEEDED, *HELPFUL)):
        yield Finding("permissions", "ok", f"{len(NEEDED) + len(HELPFUL)} are granted")


def duplicate_rules(org: Org) -> Iterator[Finding]:
    """Whether a rule blocks or alerts cannot be read, so that each active one is named."""
    where = f"IsActive = TRUE AND {soql.any_of('SobjectType', ('Contact', 'Lead'))}"
    try:
        rows = org.query(soql.select(("DeveloperName", "SobjectType"), "DuplicateRule", where)).rows
    except Declined as error:
        yield Finding("duplicate rules", "warning", f"not visible: {error.words}", UNSEEN)
        return
    names = [f"{row.get('SobjectType')}.{row.get('DeveloperName')}" for row in rows]
    text = f"{_listed(names)}; an alert is passed, a rule that blocks edits refuses ours" if names else "none"
    yield Finding("duplicate rules", "ok", text)


def validation_rules(org: Org) -> Iterator[Finding]:
    """A rule says no in its own words, which become the reason of a refused write."""
    where = f"Active = TRUE AND {soql.any_of('EntityDefinition.QualifiedApiName', LOOKED_AT)}"
    fields = ("ValidationName", "EntityDefinition.QualifiedApiName")
    request = Request(
        *("GET", f"{DATA}/tooling/query"),
        query=(("q", soql.select(fields, "ValidationRule", where)),),
        required={"records": list},
    )
    try:
        rows = org.call(request).data["records"]
    except Declined as error:
        yield Finding("validation rules", "warning", f"not visible: {error.words}", UNSEEN)
        return
    names = [f"{_entity(row)}.{row.get('ValidationName')}" for row in rows if isinstance(row, dict)]
    if not names:
        yield Finding("validation rules", "ok", "none")
        return
    remedy = "Exempt our user in those that other people's old data would break."
    text = f"{_listed(names)}: each may refuse a write to a record that breaks it"
    yield Finding("validation rules", "warning", text, remedy)


def vendor_link(described: Mapping[str, Mapping[str, Any]]) -> Iterator[Finding]:
    """HubSpot's own integration leaves fields behind where it writes. `described` holds the fields of the
    people's objects, by object."""
    marks = [
        f"{source}.{name}"
        for source, fields in described.items()
        for name in fields
        if name.lower().startswith("hubspot")
    ]
    if marks:
        text = f"HubSpot's own integration writes here, too: {_listed(sorted(marks))}"
        remedy = "Leave our MQL fields out of its field mappings: each CRM gets them from us."
        yield Finding("link to HubSpot", "warning", text, remedy)
    else:
        yield Finding("link to HubSpot", "ok", "no trace of HubSpot's own integration")


def person_accounts(org: Org) -> Iterator[Finding]:
    """A person who is an account has a contact that can be read; what is written must go to the account."""
    if "IsPersonAccount" in org.describe("Account").fields:
        text = "this org has person accounts: their contacts are read, our fields are not written to them"
        remedy = "Keep people whom sales should follow up as leads, or as contacts of a company."
        yield Finding("person accounts", "warning", text, remedy)


def _entity(row: Mapping[str, Any]) -> str:
    parent = row.get("EntityDefinition")
    return str(parent.get("QualifiedApiName")) if isinstance(parent, dict) else "?"


def _listed(names: Sequence[str]) -> str:
    more = len(names) - NAMES_MAX
    return ", ".join(names[:NAMES_MAX]) + (f" and {more} more" if more > 0 else "")
