"""Our properties in the portal: created where they are missing, never deleted, never renamed.

An archived name may be lost for good, and what people built on a property is theirs. A property that
exists with another type is reported and left alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.calling import Declined, Request
from connectors.hubspot import client, fields
from connectors.hubspot.client import Portal
from connectors.labels import label_of
from connectors.own import OWN_FIELDS, OwnField
from connectors.protocol import Finding

_TYPES = {
    "text": ("string", "text"),
    "number": ("number", "number"),
    "instant": ("datetime", "date"),
    "choice": ("enumeration", "select"),
}
EXISTS = frozenset({409})
OTHER_TYPE = "Rename that property in HubSpot, then run `mqlsync provision` again."


def provision(portal: Portal) -> list[Finding]:
    """This creates what is missing; doing it again changes nothing."""
    return _contact_properties(portal) + _task_key(portal)


def definitions(portal: Portal, object_type: str) -> dict[str, Mapping[str, Any]]:
    """These are all properties of an object type, by name."""
    path = client.properties(object_type)
    rows = portal.call(Request("GET", path, required={"results": list})).data["results"]
    return {str(row["name"]): row for row in rows if isinstance(row, dict) and row.get("name")}


def objection(field: OwnField, there: Mapping[str, Any]) -> str:
    """This says why a property of the portal cannot hold our field, "" if it can."""
    wire_type = _TYPES[field.type][0]
    if there.get("type") != wire_type:
        return f"is of type {there.get('type')} instead of {wire_type}"
    metadata = there.get("modificationMetadata")
    if isinstance(metadata, dict) and metadata.get("readOnlyValue") is True:
        return "is read-only"
    missing = missing_choices(field, there)
    return f"lacks the options {', '.join(missing)}" if missing else ""


def missing_choices(field: OwnField, there: Mapping[str, Any]) -> tuple[str, ...]:
    options = there.get("options")
    held = {each.get("value") for each in options or () if isinstance(each, dict)}
    return tuple(choice for choice in field.choices if choice not in held)


def _contact_properties(portal: Portal) -> list[Finding]:
    there = definitions(portal, "contacts")
    missing = [field for field in OWN_FIELDS if fields.own_name(field) not in there]
    findings: list[Finding] = []
    if missing:
        _group(portal, "contacts")
        findings += _created(portal, "contacts", [_definition(field) for field in missing])
    for field in OWN_FIELDS:
        name = fields.own_name(field)
        if name in there:
            findings.append(_checked(portal, field, there[name]))
    return findings


def _checked(portal: Portal, field: OwnField, there: Mapping[str, Any]) -> Finding:
    subject = f"contacts.{fields.own_name(field)}"
    missing = missing_choices(field, there) if field.choices and there.get("type") == "enumeration" else ()
    if missing:
        held = [each for each in there.get("options") or () if isinstance(each, dict)]
        body = {"options": held + _options(field, missing, len(held))}
        portal.call(Request("PATCH", client.properties("contacts", fields.own_name(field)), body=body))
        return Finding(subject, "changed", f"options added: {', '.join(missing)}")
    wrong = objection(field, there)
    if wrong:
        return Finding(subject, "error", wrong, OTHER_TYPE)
    return Finding(subject, "ok", "exists")


def _task_key(portal: Portal) -> list[Finding]:
    """A unique property of tasks is a luxury: where a portal refuses it, tasks are looked up instead."""
    subject = f"tasks.{fields.TASK_KEY}"
    there = definitions(portal, "tasks").get(fields.TASK_KEY)
    if there is not None:
        if there.get("hasUniqueValue") is True:
            return [Finding(subject, "ok", "exists and is unique")]
        return [Finding(subject, "warning", "exists but is not unique: tasks are looked up by their text")]
    definition = {
        "name": fields.TASK_KEY,
        "label": "MQL task key",
        "type": "string",
        "fieldType": "text",
        "groupName": fields.GROUP,
        "description": "Keeps a task from being created twice.",
        "hasUniqueValue": True,
    }
    try:
        _group(portal, "tasks")
        return _created(portal, "tasks", [definition])
    except Declined as refusal:
        text = f"this portal refuses it ({refusal.words}): tasks are looked up by their text instead"
        return [Finding(subject, "warning", text)]


def _group(portal: Portal, object_type: str) -> None:
    body = {"name": fields.GROUP, "label": "mqlsync"}
    path = client.properties(object_type, "groups")
    # making it twice is answered 409, so repeating it is safe
    portal.call(Request("POST", path, body=body, allowed=EXISTS))


def _created(portal: Portal, object_type: str, wanted: Sequence[Mapping[str, Any]]) -> list[Finding]:
    """This creates properties; one that appeared meanwhile is no failure."""
    path = client.properties(object_type, "batch/create")
    request = Request("POST", path, body={"inputs": list(wanted)}, required={"results": list}, allowed=EXISTS)
    portal.call(request)
    there = definitions(portal, object_type)
    findings = []
    for each in wanted:
        subject = f"{object_type}.{each['name']}"
        if each["name"] in there:
            findings.append(Finding(subject, "changed", "created"))
        else:
            remedy = "Create it in HubSpot by hand, or ask for its limit of custom properties."
            findings.append(Finding(subject, "error", "HubSpot did not create it", remedy))
    return findings


def _definition(field: OwnField) -> dict[str, Any]:
    wire_type, field_type = _TYPES[field.type]
    return {
        "name": fields.own_name(field),
        "label": field.label,
        "type": wire_type,
        "fieldType": field_type,
        "groupName": fields.GROUP,
        "description": field.description,
        "options": _options(field, field.choices, 0),
    }


def _options(field: OwnField, choices: Sequence[str], start: int) -> list[dict[str, Any]]:
    return [
        {
            "label": label_of(field.name, choice),
            "value": choice,
            "displayOrder": start + order,
            "hidden": False,
        }
        for order, choice in enumerate(choices)
    ]
