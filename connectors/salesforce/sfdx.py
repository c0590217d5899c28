"""What an administrator deploys instead of letting us create it: our fields and a permission set, as files.

The folder is a Salesforce DX project. It asks for nothing but our own fields, the right to read what we
read, and tasks; whoever deploys it can read every line first. Pure: no org is asked.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

from connectors.salesforce.client import API_VERSION
from connectors.salesforce.fields import OWN_PAIRS, TASK_KEY_FIELD
from connectors.salesforce.provision import (
    KEY_METADATA,
    MAPPING_REMEDY,
    PEOPLE,
    PERMISSION_SET,
    PERMISSION_SET_LABEL,
    metadata,
)

PROJECT = "sfdx-project.json"
MANIFEST = "manifest/package.xml"
SOURCE = "force-app/main/default"
SALES_SET = f"{PERMISSION_SET}_Sales"
NAMESPACE = "http://soap.sforce.com/2006/04/metadata"

# Standard fields that a minimal profile hides. Addresses are granted as a whole; what every record must
# have (last name, company, status, owner) cannot be granted at all, because nobody can be denied it.
READ: Mapping[str, tuple[str, ...]] = {
    "Lead": (
        *("Address", "AnnualRevenue", "Email", "HasOptedOutOfEmail", "Industry", "LeadSource"),
        *("NumberOfEmployees", "Phone", "Title", "Website"),
    ),
    "Contact": (
        *("AccountId", "Email", "HasOptedOutOfEmail", "LeadSource", "MailingAddress", "Phone", "Title"),
    ),
    "Account": (
        *("AnnualRevenue", "BillingAddress", "Industry", "NumberOfEmployees", "Phone", "Type", "Website"),
    ),
}
EDITED = frozenset(PEOPLE)
OBJECTS = ("Account", "Campaign", "Contact", "Lead", "Opportunity")
USER_PERMISSIONS = ("ActivitiesAccess", "ApiEnabled", "EditTask")


def files() -> dict[str, str]:
    """These are all files of the project, by their path in its folder."""
    found = {
        PROJECT: _project(),
        MANIFEST: _manifest(),
        f"{SOURCE}/permissionsets/{PERMISSION_SET}.permissionset-meta.xml": _permission_set(),
        f"{SOURCE}/permissionsets/{SALES_SET}.permissionset-meta.xml": _permission_set_of_sales(),
        "README.md": _read_me(),
    }
    for source, name, described in _fields():
        path = f"{SOURCE}/objects/{source}/fields/{name}.field-meta.xml"
        found[path] = _xml("CustomField", {"fullName": name, **described})
    return found


def _fields() -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Custom fields of tasks live on Activity, which tasks and events share."""
    for source in PEOPLE:
        for name, own in OWN_PAIRS:
            yield source, name, metadata(own)
    yield "Activity", TASK_KEY_FIELD, KEY_METADATA


def _project() -> str:
    said = {
        "packageDirectories": [{"path": "force-app", "default": True}],
        "name": "mqlsync",
        "namespace": "",
        "sfdcLoginUrl": "https://login.salesforce.com",
        "sourceApiVersion": API_VERSION,
    }
    return json.dumps(said, indent=2) + "\n"


def _manifest() -> str:
    members = [f"{source}.{name}" for source, name, _ in _fields()]
    types = [
        {"members": members, "name": "CustomField"},
        {"members": [PERMISSION_SET, SALES_SET], "name": "PermissionSet"},
    ]
    return _xml("Package", {"types": types, "version": API_VERSION})


def _permission_set() -> str:
    """This is for our own user: it may change what we write, and read what we read."""
    written = [f"{source}.{name}" for source in PEOPLE for name, own in OWN_PAIRS if not own.is_theirs]
    read = [f"{source}.{name}" for source, names in READ.items() for name in names]
    return _xml(
        "PermissionSet",
        {
            "description": "What mqlsync reads and writes.",
            "fieldPermissions": _grants([*written, f"Task.{TASK_KEY_FIELD}"], [*read, *_of_sales()]),
            "hasActivationRequired": False,
            "label": PERMISSION_SET_LABEL,
            "objectPermissions": [_object(name) for name in OBJECTS],
            "userPermissions": [{"enabled": True, "name": name} for name in USER_PERMISSIONS],
        },
    )


def _permission_set_of_sales() -> str:
    """This is for people in sales: they see what we write, and fill in what we ask them. It gives them no
    object that they do not have."""
    ours = [f"{source}.{name}" for source in PEOPLE for name, own in OWN_PAIRS if not own.is_theirs]
    return _xml(
        "PermissionSet",
        {
            "description": "The fields of mqlsync, for people in sales.",
            "fieldPermissions": _grants(_of_sales(), ours),
            "hasActivationRequired": False,
            "label": f"{PERMISSION_SET_LABEL} for sales",
        },
    )


def _of_sales() -> list[str]:
    return [f"{source}.{name}" for source in PEOPLE for name, own in OWN_PAIRS if own.is_theirs]


def _grants(edited: Sequence[str], read: Sequence[str]) -> list[Mapping[str, Any]]:
    may_edit = dict.fromkeys(read, False) | dict.fromkeys(edited, True)
    return [
        {"editable": editable, "field": name, "readable": True} for name, editable in sorted(may_edit.items())
    ]


def _object(name: str) -> Mapping[str, Any]:
    return {
        "allowCreate": False,
        "allowDelete": False,
        "allowEdit": name in EDITED,
        "allowRead": True,
        "modifyAllRecords": False,
        "object": name,
        "viewAllRecords": True,
    }


def _read_me() -> str:
    return f"""# Fields and permissions of mqlsync

1. `sf project deploy start --manifest {MANIFEST} --target-org YOUR-ORG` (add `--dry-run` to look first).
2. `sf org assign permset --name {PERMISSION_SET} --on-behalf-of USERNAME`, with the user of the integration.
3. Assign `{SALES_SET}` to the people in sales who work these leads: they see our fields, and fill in theirs.
4. {MAPPING_REMEDY}
5. `mqlsync check` says what is still missing.

Deploying it again changes nothing. To take it back, delete the permission sets and the fields.
"""


def _xml(root: str, content: Mapping[str, Any]) -> str:
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f'<{root} xmlns="{NAMESPACE}">']
    return "\n".join([*lines, *_elements(content, 1), f"</{root}>", ""])


def _elements(content: Mapping[str, Any], depth: int) -> Iterator[str]:
    """A list is the same element again and again. The order is the one in which Salesforce itself writes
    them, so that a later retrieval shows no difference."""
    indent = "    " * depth
    for name, value in sorted(content.items()):
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, Mapping):
                yield f"{indent}<{name}>"
                yield from _elements(each, depth + 1)
                yield f"{indent}</{name}>"
            else:
                text = str(each).lower() if isinstance(each, bool) else escape(str(each))
                yield f"{indent}<{name}>{text}</{name}>"
