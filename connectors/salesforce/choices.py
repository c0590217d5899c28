"""Adds values to picklists of ours that were made by an earlier version. It takes none away.

A restricted picklist refuses what it does not know, and a field's metadata can only be written whole: so it
is read first, and everything that somebody else put there stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors.calling import Request
from connectors.labels import label_of
from connectors.own import OwnField
from connectors.protocol import Finding
from connectors.salesforce import soql
from connectors.salesforce.client import DATA
from connectors.salesforce.fields import OWN_PAIRS
from connectors.salesforce.org import Org

BY_HAND = "Add them in Setup, Object Manager, to the field's values."


def missing_choices(field: OwnField, described: Mapping[str, Any]) -> tuple[str, ...]:
    """These are our choices that a picklist of the org does not offer."""
    held = {str(each.get("value")) for each in described.get("picklistValues") or () if each.get("active")}
    return tuple(choice for choice in field.choices if choice not in held)


def added_choices(org: Org, source: str) -> Iterator[Finding]:
    """This completes our picklists of one object, and says which."""
    seen = org.describe(source).fields
    for name, field in OWN_PAIRS:
        described = seen.get(name, {})
        missing = missing_choices(field, described) if described.get("type") == "picklist" else ()
        if missing:
            yield _completed(org, f"{source}.{name}", field, missing)


def _completed(org: Org, full_name: str, field: OwnField, missing: Sequence[str]) -> Finding:
    field_id = _id(org, full_name)
    path = f"{DATA}/tooling/sobjects/CustomField/{field_id}"
    template = f"{DATA}/tooling/sobjects/CustomField/id"
    held: dict[str, Any] = {}
    if field_id:
        reply = org.call(Request("GET", path, template, required={"Metadata": dict}))
        held = dict(reply.data["Metadata"])
    whole = with_values(held, values_of(field, missing))
    if whole is None:
        text = f"lacks the values {', '.join(missing)}, and its values cannot be written from here"
        return Finding(full_name, "error", text, BY_HAND)
    body = {"FullName": full_name, "Metadata": whole}
    org.call(Request("PATCH", path, template, body=body, may_be_empty=True))
    return Finding(full_name, "changed", f"values added: {', '.join(missing)}")


def values_of(field: OwnField, choices: Sequence[str]) -> list[dict[str, Any]]:
    """These are choices as the metadata of a picklist has them."""
    return [{"fullName": name, "label": label_of(field.name, name), "default": False} for name in choices]


def with_values(metadata: Mapping[str, Any], new: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """This is the metadata with further values; None where the field has no values of its own."""
    values = metadata.get("valueSet")
    definition = values.get("valueSetDefinition") if isinstance(values, dict) else None
    held = definition.get("value") if isinstance(definition, dict) else None
    if not isinstance(values, dict) or not isinstance(definition, dict) or not isinstance(held, list):
        return None
    return {**metadata, "valueSet": {**values, "valueSetDefinition": {**definition, "value": [*held, *new]}}}


def _id(org: Org, full_name: str) -> str:
    """This is the id of a custom field, "" where our user may not see its definition."""
    source, _, name = full_name.partition(".")
    where = (
        f"{soql.equal('TableEnumOrId', source)} AND {soql.equal('DeveloperName', name.removesuffix('__c'))}"
    )
    query = (("q", soql.select(("Id",), "CustomField", where)),)
    request = Request("GET", f"{DATA}/tooling/query", query=query, required={"records": list})
    rows = org.call(request).data["records"]
    return str(rows[0]["Id"]) if rows and isinstance(rows[0], dict) else ""
