"""Rows of Salesforce objects as records in our words. A row that is not what it claims to be raises
`ValueError`; the caller keeps it for people to look at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from connectors.records import Record, Value, email_key, key_of
from connectors.salesforce import fields
from connectors.salesforce.ids import long_id
from connectors.salesforce.instants import instant, instant_or_zero

Row = Mapping[str, Any]
Pairs = Iterable[tuple[str, str]]

CRM = "salesforce"
_TEXT = frozenset({str})
_FLAGS = {True: "true", False: "false"}


def position(row: Row) -> tuple[int, str]:
    """This is the stamp and id of a row: where it stands in its stream."""
    return instant(_required(row, "SystemModstamp")), long_id(row.get("Id"))


def lead(row: Row, origin: Pairs) -> Record:
    attributes = texts(row, (*fields.LEAD_TEXTS, *origin))
    attributes.update(numbers(row, fields.SIZES))
    attributes.update(flags(row, (("HasOptedOutOfEmail", "opted_out"), ("IsConverted", "converted"))))
    attributes.update(references(row, (("OwnerId", "owner_id"),)))
    return _person(row, "lead", attributes, linked(row, "ConvertedContactId", "contact"))


def contact(row: Row, origin: Pairs) -> Record:
    account = parent(row, "Account")
    attributes = texts(account, fields.ACCOUNT_TEXTS)
    attributes.update(numbers(account, fields.SIZES))
    attributes.update(texts(row, (*fields.CONTACT_TEXTS, *origin)))
    attributes.update(flags(row, (("HasOptedOutOfEmail", "opted_out"),)))
    attributes.update(references(row, (("OwnerId", "owner_id"), ("AccountId", "company_id"))))
    company_id = attributes.get("company_id")
    if company_id:
        attributes["company_key"] = key_of(CRM, "company", str(company_id))
    return _person(row, "contact", attributes)


def company(row: Row) -> Record:
    attributes = texts(row, fields.COMPANY_TEXTS) | numbers(row, fields.SIZES)
    attributes |= references(row, (("OwnerId", "owner_id"),))
    return _record(row, "company", attributes, [linked(row, "MasterRecordId", "company")])


def owner(row: Row) -> Record:
    attributes = texts(row, (("Email", "email"), ("Name", "name"), ("TimeZoneSidKey", "time_zone")))
    attributes |= flags(row, (("IsActive", "active"),))
    return _record(row, "owner", attributes, [])


def campaign(row: Row) -> Record:
    pairs = (("Name", "name"), ("Type", "type"), ("Status", "status"))
    days = (("StartDate", "starts_on"), ("EndDate", "ends_on"))
    attributes = texts(row, pairs) | texts(row, days) | flags(row, (("IsActive", "active"),))
    attributes |= numbers(row, (("ActualCost", "cost"), ("BudgetedCost", "budget")))
    attributes |= _keys(row, (("ParentId", "parent_key", "campaign"),))
    return _record(row, "campaign", attributes, [])


def deal(row: Row) -> Record:
    pairs = (
        ("Name", "name"),
        ("StageName", "stage"),
        ("CloseDate", "closes_on"),
        ("LeadSource", "lead_source"),
    )
    attributes = texts(row, pairs) | numbers(row, (("Amount", "amount"),))
    attributes |= flags(row, (("IsClosed", "is_closed"), ("IsWon", "is_won")))
    attributes |= references(row, (("OwnerId", "owner_id"),))
    attributes |= _keys(
        row, (("AccountId", "company_key", "company"), ("CampaignId", "campaign_key", "campaign"))
    )
    return _record(row, "deal", attributes, [])


def texts(row: Row, pairs: Pairs) -> dict[str, Value]:
    get = row.get
    found: dict[str, Value] = {name: value for api_name, name in pairs if (value := get(api_name))}
    if not _TEXT.issuperset(map(type, found.values())):
        odd = next(name for name, value in found.items() if not isinstance(value, str))
        raise ValueError(f"{odd}: {type(found[odd]).__name__} instead of text")
    return found


def numbers(row: Row, pairs: Pairs) -> dict[str, Value]:
    return {name: fields.whole(value) for api, name in pairs if (value := row.get(api)) is not None}


def flags(row: Row, pairs: Pairs) -> dict[str, Value]:
    """Flags are the words that rules compare with: `true`, `false`."""
    return {name: _FLAGS[flag(row, api)] for api, name in pairs if row.get(api) is not None}


def flag(row: Row, api_name: str) -> bool:
    value = row.get(api_name)
    if value is not None and not isinstance(value, bool):
        raise ValueError(f"{api_name}: {value!r} is neither true nor false")
    return bool(value)


def references(row: Row, pairs: Pairs) -> dict[str, Value]:
    return {name: long_id(value) for api_name, name in pairs if (value := row.get(api_name))}


def parent(row: Row, name: str) -> Row:
    """This is the row that a relationship points to, empty where there is none or we may not see it."""
    held = row.get(name) or {}
    if not isinstance(held, Mapping):
        raise ValueError(f"{name}: {type(held).__name__} instead of a row")
    return held


def linked(row: Row, api_name: str, kind: str) -> str:
    """This is the key of the row that a reference field names, "" where it names none."""
    value = row.get(api_name)
    return key_of(CRM, kind, long_id(value)) if value else ""


def _keys(row: Row, triples: Iterable[tuple[str, str, str]]) -> dict[str, Value]:
    return {name: key for api, name, kind in triples if (key := linked(row, api, kind))}


def _person(row: Row, kind: str, attributes: dict[str, Value], *keys: str) -> Record:
    address = email_key(str(attributes.get("email", "")))
    return _record(row, kind, attributes, [address, *keys, linked(row, "MasterRecordId", kind)])


def _record(row: Row, kind: str, attributes: dict[str, Value], keys: list[str]) -> Record:
    stamp, row_id = position(row)
    return Record(
        kind=kind,
        id=row_id,
        stamp=stamp,
        created_at=instant_or_zero(row.get("CreatedDate")),
        deleted=flag(row, "IsDeleted"),
        attributes=attributes,
        own=fields.own_values(row) if kind in {"lead", "contact"} else {},
        keys=tuple(filter(None, keys)),
    )


def _required(row: Row, api_name: str) -> str:
    value = row.get(api_name)
    if not isinstance(value, str):
        raise ValueError(f"{api_name} is missing")
    return value
