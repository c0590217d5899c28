"""Creates the fields that are ours, completes their choices, and lets our own user see them. It takes
nothing away.

A field made through the API is visible to nobody until a permission set grants it, so three things
belong together: the field, the grant, and the assignment of the permission set to our user. Each may
be there already; Salesforce then says DUPLICATE, which is what we wanted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.calling import Declined
from connectors.errors import Refused
from connectors.own import TEXT_MAX, OwnField
from connectors.protocol import Finding
from connectors.salesforce import soql
from connectors.salesforce.choices import added_choices, values_of
from connectors.salesforce.fields import OWN_PAIRS, TASK_KEY_FIELD, TASK_KEY_MAX
from connectors.salesforce.ids import long_id
from connectors.salesforce.org import ROWS_MAX, Org

PERMISSION_SET, PERMISSION_SET_LABEL = "MQL_Sync", "MQL Sync"
PEOPLE = ("Lead", "Contact")
KEY_METADATA: Mapping[str, Any] = {
    "type": "Text",
    "label": "MQL key",
    "description": "Names the reason for this task, so that no reason makes two tasks.",
    "length": TASK_KEY_MAX,
    "unique": True,
    "externalId": True,
    "caseSensitive": True,
}
MAPPING_REMEDY = (
    "Setup, Object Manager, Lead, Map Lead Fields: map each MQL field to the contact field of the same name."
)


def provision(org: Org) -> list[Finding]:
    """This creates what is missing and says what it did, one line per object."""
    org.forget_descriptions()
    findings: list[Finding] = []
    try:
        created = [*_person_fields(org), *_key_field(org)]
        findings += [Finding(name, "changed", "created") for name in created]
        granted = _granted(org)
        findings += [Finding(name, "changed", f"granted by {PERMISSION_SET}") for name in granted]
        org.forget_descriptions()
        for source in PEOPLE:
            findings += added_choices(org, source)
    except Declined as error:
        remedy = (
            "Let our user customise the application and manage permission sets, or have an admin run this."
        )
        return [*findings, Finding("salesforce", "error", error.words, remedy)]
    finally:
        org.forget_descriptions()
    if created:
        text = "a converted lead keeps its MQL values only in mapped fields"
        findings.append(Finding("lead conversion", "warning", text, MAPPING_REMEDY))
    return [*findings, *_verified(org)]


def metadata(field: OwnField) -> dict[str, Any]:
    """This is how the Tooling API wants one of our fields described."""
    said: dict[str, Any] = {"label": field.label, "description": field.description}
    match field.type:
        case "text":
            return said | {"type": "Text", "length": TEXT_MAX}
        case "number":
            return said | {"type": "Number", "precision": 18, "scale": 0}
        case "instant":
            return said | {"type": "DateTime"}
        case "choice":
            definition = {"sorted": False, "value": values_of(field, field.choices)}
            return said | {
                "type": "Picklist",
                "valueSet": {"restricted": True, "valueSetDefinition": definition},
            }


def _person_fields(org: Org) -> Iterator[str]:
    for source in PEOPLE:
        seen = org.describe(source).fields
        for name, field in OWN_PAIRS:
            if name not in seen and _create_field(org, f"{source}.{name}", metadata(field)):
                yield f"{source}.{name}"


def _key_field(org: Org) -> Iterator[str]:
    """Custom fields of tasks live on Activity, which tasks and events share."""
    if TASK_KEY_FIELD not in org.describe("Task").fields and _create_field(
        org, f"Activity.{TASK_KEY_FIELD}", KEY_METADATA
    ):
        yield f"Activity.{TASK_KEY_FIELD}"


def _create_field(org: Org, full_name: str, described: Mapping[str, Any]) -> bool:
    return bool(_created(org, "tooling/sobjects/CustomField", {"FullName": full_name, "Metadata": described}))


def _granted(org: Org) -> list[str]:
    """This grants our fields to the permission set, and the set to our user."""
    wanted = [(source, f"{source}.{name}") for source in PEOPLE for name, _ in OWN_PAIRS]
    wanted.append(("Task", f"Task.{TASK_KEY_FIELD}"))
    set_id = _permission_set(org)
    where = soql.equal("ParentId", set_id)
    held = {
        str(row.get("Field"))
        for row in org.query(soql.select(("SobjectType", "Field"), "FieldPermissions", where)).rows
    }
    missing = [
        {
            "attributes": {"type": "FieldPermissions"},
            "ParentId": set_id,
            "SobjectType": source,
            "Field": name,
            "PermissionsRead": True,
            "PermissionsEdit": True,
        }
        for source, name in wanted
        if name not in held
    ]
    granted: list[str] = []
    for start in range(0, len(missing), ROWS_MAX):
        batch = missing[start : start + ROWS_MAX]
        answers = org.write("POST", batch)
        granted += [
            str(row["Field"]) for row, said in zip(batch, answers, strict=True) if said.get("success")
        ]
    _assign(org, set_id)
    return granted


def _permission_set(org: Org) -> str:
    found = org.query(soql.select(("Id",), "PermissionSet", soql.equal("Name", PERMISSION_SET))).rows
    if found:
        return long_id(found[0].get("Id"))
    label = {
        "Name": PERMISSION_SET,
        "Label": PERMISSION_SET_LABEL,
        "Description": "Fields that mqlsync reads and writes.",
    }
    return long_id(org.create("sobjects/PermissionSet", label))


def _assign(org: Org, set_id: str) -> None:
    user_id = org.token().user_id
    if not user_id:
        raise Refused("salesforce: the token does not say which user we are")
    where = f"{soql.equal('AssigneeId', user_id)} AND {soql.equal('PermissionSetId', set_id)}"
    if not org.query(soql.select(("Id",), "PermissionSetAssignment", where)).rows:
        row = {"AssigneeId": user_id, "PermissionSetId": set_id}
        _created(org, "sobjects/PermissionSetAssignment", row)


def _created(org: Org, path: str, body: Mapping[str, Any]) -> str:
    """This is the id of the new row, "" where it was there already."""
    try:
        return org.create(path, body)
    except Declined as error:
        if any(code.startswith("DUPLICATE") for code in error.codes):
            return ""
        raise


def _verified(org: Org) -> list[Finding]:
    """This looks again: a field that is still hidden was not granted, whatever the answers said."""
    findings: list[Finding] = []
    for source, names in (
        *((each, [name for name, _ in OWN_PAIRS]) for each in PEOPLE),
        ("Task", [TASK_KEY_FIELD]),
    ):
        hidden = [name for name in names if name not in org.describe(source).fields]
        if hidden:
            text = f"still hidden from our user: {', '.join(hidden)}"
            findings.append(
                Finding(
                    source, "error", text, f"Assign the permission set {PERMISSION_SET} to our user by hand."
                )
            )
        else:
            findings.append(Finding(source, "ok", f"{len(names)} fields of ours are there"))
    return findings
