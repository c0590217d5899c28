"""Custom fields made through the Tooling API: metadata in, a field that nobody sees yet."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sandbox.salesforce.objects import OBJECTS
from sandbox.salesforce.org import ACTIVITIES, Org
from sandbox.salesforce.refusals import RequestRefused
from sandbox.salesforce.schema import Field

FULL_NAME = re.compile(r"(?P<object>[A-Za-z]\w*)\.(?P<name>[A-Za-z](?:\w*[A-Za-z0-9])?)__c", re.ASCII)
FROM_FIELDS = re.compile(r"\bFROM\s+CustomField\b", re.IGNORECASE)
BY_NAME = re.compile(r"TableEnumOrId = '(?P<object>\w+)' AND DeveloperName = '(?P<name>\w+)'", re.IGNORECASE)
TYPES = {
    "Text": "string",
    "TextArea": "textarea",
    "LongTextArea": "textarea",
    "Number": "double",
    "Checkbox": "boolean",
    "Date": "date",
    "DateTime": "datetime",
    "Picklist": "picklist",
    "Url": "url",
    "Email": "email",
}
LENGTHS = {"TextArea": 255, "Url": 255, "Email": 80, "Picklist": 255}
TEXT_MAX, LONG_TEXT_MAX, DIGITS_MAX = 255, 131_072, 18


def create_field(org: Org, body: Any) -> str:
    """This adds the field that `{"FullName": …, "Metadata": {…}}` describes, and names its id."""
    if not isinstance(body, Mapping) or not isinstance(body.get("Metadata"), Mapping):
        raise RequestRefused(
            400, "REQUIRED_FIELD_MISSING", "Required fields are missing: [Metadata]", ["Metadata"]
        )
    full_name = body.get("FullName")
    match = FULL_NAME.fullmatch(full_name) if isinstance(full_name, str) else None
    if match is None or "__" in match["name"]:
        raise RequestRefused(
            400, "FIELD_INTEGRITY_EXCEPTION", f"Invalid custom field name: {full_name}", ["FullName"]
        )
    target = "Task" if match["object"] == "Activity" else match["object"]
    if target not in OBJECTS or match["object"] in ACTIVITIES:
        message = f"Entity Enumeration Or ID: bad value for restricted picklist field: {match['object']}"
        raise RequestRefused(400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, ["TableEnumOrId"])
    name = f"{match['name']}__c"
    if name.lower() in org.custom.get(target, {}) or OBJECTS[target].field(name):
        message = f"There is already a field named {match['name']} on {match['object']}."
        raise RequestRefused(400, "DUPLICATE_DEVELOPER_NAME", message, ["DeveloperName"])
    record_id = org.add_field(match["object"], _field(name, body["Metadata"]))
    org.made[record_id] = f"{match['object']}.{name}", body["Metadata"]
    return record_id


def asks_for_fields(text: str) -> bool:
    """This tells whether a question of a tool is about custom fields."""
    return FROM_FIELDS.search(text) is not None


def find_fields(org: Org, text: str) -> dict[str, Any]:
    """This finds the custom field of one object and name; it knows no other question about them."""
    match = BY_NAME.search(text)
    if match is None:
        raise RequestRefused(400, "MALFORMED_QUERY", "name the object and the field that you look for")
    wanted = f"{match['object']}.{match['name']}__c"
    rows = [
        {"attributes": {"type": "CustomField"}, "Id": key}
        for key, (full_name, _) in org.made.items()
        if full_name == wanted
    ]
    return {
        "size": len(rows), "totalSize": len(rows), "done": True, "queryLocator": None,
        "entityTypeName": "CustomField", "records": rows,
    }  # fmt: skip


def read_field(org: Org, record_id: str) -> dict[str, Any]:
    """This is a custom field with its whole metadata."""
    if record_id not in org.made:
        raise RequestRefused(404, "NOT_FOUND", "The requested resource does not exist")
    full_name, metadata = org.made[record_id]
    return {"Id": record_id, "FullName": full_name, "Metadata": metadata}


def change_field(org: Org, record_id: str, body: Any) -> None:
    """This writes the metadata of a custom field anew, as a whole."""
    full_name = read_field(org, record_id)["FullName"]
    if not isinstance(body, Mapping) or not isinstance(body.get("Metadata"), Mapping):
        raise RequestRefused(
            400, "REQUIRED_FIELD_MISSING", "Required fields are missing: [Metadata]", ["Metadata"]
        )
    source, _, name = full_name.partition(".")
    org.change_field(source, _field(name, body["Metadata"]))
    org.made[record_id] = full_name, body["Metadata"]


def _field(name: str, metadata: Mapping[str, Any]) -> Field:
    kind, label = metadata.get("type"), metadata.get("label")
    if kind not in TYPES:
        raise _wrong("Type", f"{kind} is not a field type")
    if not isinstance(label, str) or not 0 < len(label) <= 40:
        raise _wrong("MasterLabel", "Label: a label of 1 to 40 characters is required")
    is_unique = metadata.get("unique") is True
    if is_unique and kind not in ("Text", "Number", "Email"):
        raise _wrong("Unique", f"Can not specify 'unique' for a CustomField of type {kind}")
    values = _values(metadata) if kind == "Picklist" else ()
    is_restricted = kind == "Picklist" and (metadata.get("valueSet") or {}).get("restricted") is True
    precision, scale = _digits(metadata) if kind == "Number" else (0, 0)
    is_long = kind == "LongTextArea"
    flags = (
        "cu" + ("d" if kind == "Checkbox" else "n") + "r" * is_restricted + "x" * is_unique + "f" * is_long
    )
    return Field(
        name=name,
        type=TYPES[kind],
        label=label,
        length=_length(kind, metadata),
        flags=flags,
        values=values,
        precision=precision,
        scale=scale,
        case_sensitive=metadata.get("caseSensitive") is True,
    )


def _wrong(field: str, message: str) -> RequestRefused:
    return RequestRefused(400, "FIELD_INTEGRITY_EXCEPTION", message, [field])


def _length(kind: str, metadata: Mapping[str, Any]) -> int:
    if kind not in ("Text", "LongTextArea"):
        return LENGTHS.get(kind, 0)
    least, most = (1, TEXT_MAX) if kind == "Text" else (256, LONG_TEXT_MAX)
    length = metadata.get("length")
    if not isinstance(length, int) or length < least:
        raise _wrong("Length", f"Invalid length, minimum is: {least}")
    if length > most:
        raise _wrong("Length", f"Invalid length, maximum is: {most}")
    return length


def _digits(metadata: Mapping[str, Any]) -> tuple[int, int]:
    precision, scale = metadata.get("precision"), metadata.get("scale")
    if (
        not isinstance(precision, int)
        or not isinstance(scale, int)
        or not 0 <= scale <= precision <= DIGITS_MAX
    ):
        raise _wrong("Precision", "Number fields need a precision of up to 18 digits and a scale within it")
    return precision, scale


def _values(metadata: Mapping[str, Any]) -> tuple[str, ...]:
    try:
        values = metadata["valueSet"]["valueSetDefinition"]["value"]
        names = tuple(str(each["fullName"]) for each in values)
    except (KeyError, TypeError):
        raise _wrong("ValueSet", "A picklist needs a value set") from None
    if not names or len({name.lower() for name in names}) != len(names):
        raise _wrong("ValueSet", "A picklist needs values, each one once")
    return names
