"""What an org takes of our values, by its own description of our fields.

Salesforce refuses the whole record for one field that is hidden, read-only or does not know a value.
So each field is looked at before the first write; what cannot be written is left out and named, and
the rest goes out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.own import TEXT_MAX, OwnField
from connectors.records import Value
from connectors.salesforce.fields import OWN_BY_NAME, encode, own_name


@dataclass(frozen=True, slots=True)
class Fitted:
    """The values under the org's names for them, and why the others are not among them."""

    values: Mapping[str, Value | None]
    left_out: tuple[str, ...] = ()


def fitted(fields: Mapping[str, Value | None], described: Mapping[str, Mapping[str, Any]]) -> Fitted:
    """This encodes our fields for an object that is described so. An unknown field is a `KeyError`."""
    values: dict[str, Value | None] = {}
    left_out: list[str] = []
    for name, value in fields.items():
        own = OWN_BY_NAME[name]
        api_name = own_name(own)
        encoded = encode(own, value, length_max(own, described.get(api_name, {})))
        why = _why_not(encoded, described.get(api_name))
        if why:
            left_out.append(f"{api_name} {why}")
        else:
            values[api_name] = encoded
    return Fitted(values, tuple(left_out))


def length_max(own: OwnField, described: Mapping[str, Any]) -> int:
    """This is how long a text may be here: somebody may have made our field shorter than we do."""
    length = described.get("length")
    return min(length, TEXT_MAX) if own.type == "text" and isinstance(length, int) and length else TEXT_MAX


def active_values(described: Mapping[str, Any]) -> list[str]:
    """These are the values of a picklist that can be chosen, in the org's own order."""
    rows = described.get("picklistValues") or ()
    return [str(each.get("value")) for each in rows if isinstance(each, dict) and each.get("active")]


def _why_not(value: Value | None, described: Mapping[str, Any] | None) -> str:
    if described is None:
        return "is missing or hidden from our user"
    if described.get("updateable") is False:
        return "is read-only for our user"
    if value is not None and described.get("restrictedPicklist") and value not in active_values(described):
        return f"does not know the value {value!r}"
    return ""
