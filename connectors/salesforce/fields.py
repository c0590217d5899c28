"""Which Salesforce fields we read and own, and how their values are written.

Left of each pair stands the field's API name, right of it our canonical name. Custom fields may be
absent from an org, or hidden from our user: a row without them reads as empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from connectors.own import OWN_FIELDS, TEXT_MAX, OwnField
from connectors.records import Value
from connectors.salesforce.instants import EARLIEST, LATEST, SECOND, instant, written

WHOLE_MAX = 10**15  # JSON numbers are exact up to here
TASK_KEY_FIELD = "MQL_Key__c"
TASK_KEY_MAX = 255


@dataclass(frozen=True, slots=True)
class OriginFields:
    """The custom fields in which this org keeps where a lead came from. An empty name means: nowhere."""

    utm_source: str = "UTM_Source__c"
    utm_medium: str = "UTM_Medium__c"
    utm_campaign: str = "UTM_Campaign__c"
    utm_content: str = "UTM_Content__c"
    utm_term: str = "UTM_Term__c"
    landing_page: str = "Landing_Page__c"

    def pairs(self) -> tuple[tuple[str, str], ...]:
        named = ((getattr(self, field.name), field.name) for field in fields(self))
        return tuple((api_name, name) for api_name, name in named if api_name)


LEAD_TEXTS = (
    ("Email", "email"),
    ("FirstName", "first_name"),
    ("LastName", "last_name"),
    ("Title", "title"),
    ("Company", "company"),
    ("Industry", "industry"),
    ("Country", "country"),
    ("City", "city"),
    ("State", "region"),
    ("PostalCode", "postcode"),
    ("Website", "website"),
    ("Phone", "phone"),
    ("Status", "lead_status"),
    ("LeadSource", "lead_source"),
)
CONTACT_TEXTS = (
    ("Email", "email"),
    ("FirstName", "first_name"),
    ("LastName", "last_name"),
    ("Title", "title"),
    ("MailingCountry", "country"),
    ("MailingCity", "city"),
    ("MailingState", "region"),
    ("MailingPostalCode", "postcode"),
    ("Phone", "phone"),
    ("LeadSource", "lead_source"),
)
COMPANY_TEXTS = (
    ("Name", "name"),
    ("Industry", "industry"),
    ("BillingCountry", "country"),
    ("BillingCity", "city"),
    ("BillingState", "region"),
    ("BillingPostalCode", "postcode"),
    ("Website", "website"),
    ("Phone", "phone"),
    ("Type", "type"),
)
SIZES = (("NumberOfEmployees", "employees"), ("AnnualRevenue", "revenue"))
# What a contact takes over from its account. It is as old as the contact's own stamp: a change of the
# account alone moves only the account, which is read as a company of its own.
ACCOUNT_TEXTS = (("Name", "company"), ("Industry", "industry"), ("Website", "website"))


def own_name(field: OwnField) -> str:
    """This is what Salesforce calls one of our fields: `MQL_First_Channel__c`."""
    return "MQL_" + "_".join(word.capitalize() for word in field.name.split("_")) + "__c"


OWN_BY_NAME: Mapping[str, OwnField] = {field.name: field for field in OWN_FIELDS}
OWN_PAIRS: tuple[tuple[str, OwnField], ...] = tuple((own_name(field), field) for field in OWN_FIELDS)


def fits(field: OwnField, value: Value) -> bool:
    """This says whether Salesforce gives the value back as it was: it trims text and keeps no empty one."""
    match field.type:
        case "text":
            return isinstance(value, str) and 0 < len(value) <= TEXT_MAX and value == _trimmed(value)
        case "choice":
            return value in field.choices
        case "number":
            return isinstance(value, int) and not isinstance(value, bool) and abs(value) < WHOLE_MAX
        case "instant":
            return isinstance(value, int) and EARLIEST <= value <= LATEST and value % SECOND == 0


def encode(field: OwnField, value: Value | None, length_max: int = TEXT_MAX) -> Value | None:
    """This is the JSON value for one of our fields; None clears it. A text that is too long is cut, and
    ends with a mark."""
    if value is None or value == "":
        return None
    match field.type:
        case "text":
            text = _trimmed(str(value))
            return text if len(text) <= length_max else text[: length_max - 1].rstrip() + "…"
        case "instant":
            return written(int(value))
        case "choice" | "number":
            return value


def decode(field: OwnField, value: Any) -> Value:
    """This reads one of our fields. What somebody else put there and we cannot read is a `ValueError`."""
    if field.type in {"text", "choice"} and isinstance(value, str):
        return value
    if field.type == "instant" and isinstance(value, str):
        return instant(value)
    if field.type == "number":
        return whole(value)
    raise ValueError(f"{own_name(field)}: {value!r} is no {field.type}")


def whole(value: Any) -> int | float:
    """This reads a number: Salesforce writes 85 as 85.0."""
    kind = type(value)
    if kind is float:
        return int(value) if value.is_integer() else float(value)
    if kind is int:
        return int(value)
    raise ValueError(f"{value!r} is no number")


def _trimmed(text: str) -> str:
    return text.replace("\0", "").strip()
