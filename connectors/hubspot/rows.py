"""HubSpot rows as records: row in, `Record` out, nothing else touched.

A reader raises `ValueError`, `TypeError` or `KeyError` for a row that it cannot understand; the page
sets that row aside and reads on. The contact reader is the hot path of a backfill.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.hubspot import fields, values
from connectors.hubspot.client import CRM
from connectors.records import Record, Value, email_key, key_of

Row = Mapping[str, Any]
UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, OverflowError)


@dataclass(frozen=True, slots=True)
class _Columns:
    """What to take from the properties of a row: those that are plain text, which are most and need
    no reader, and the others. Each starts with the property's name and ours."""

    texts: tuple[tuple[str, str], ...]
    others: tuple[tuple[str, str, fields.Reader], ...]


def _columns(readable: Mapping[str, tuple[str, fields.Reader]]) -> _Columns:
    every = [(wire, name, reader) for wire, (name, reader) in readable.items()]
    return _Columns(
        tuple((wire, name) for wire, name, reader in every if reader is values.text),
        tuple(each for each in every if each[2] is not values.text),
    )


_CONTACT, _COMPANY, _DEAL = map(_columns, (fields.CONTACT, fields.COMPANY, fields.DEAL))
_OWN = frozenset(fields.OWN)
_TEXT = frozenset({str})

_SALESFORCE = "salesforce"  # the vendor's own link between both CRMs names rows over there
_ID_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def contact(row: Row, further: Iterable[tuple[str, str]] = ()) -> Record:
    """This is a contact with every name it has, or had before it was merged. `further` are properties that
    somebody wants besides, with their names in a record."""
    properties = _properties(row)
    attributes = _read(properties, _CONTACT)
    attributes.update((name, values.text(value)) for wire, name in further if (value := properties.get(wire)))
    record_id = values.record_id(row["id"])
    company_id = attributes.get("company_id")
    if company_id:
        attributes["company_key"] = key_of(CRM, "company", str(company_id))
    return Record(
        kind="contact",
        id=record_id,
        stamp=stamp(row, *fields.CONTACT_DATES),
        created_at=_created(row, properties),
        deleted=row.get("archived") is True,
        attributes=attributes,
        own=_own(properties),
        keys=_contact_keys(record_id, properties),
    )


def company(row: Row) -> Record:
    return _record("company", row, _read(_properties(row), _COMPANY))


def deal(row: Row) -> Record:
    """This is a deal; whose it is stands in the touches of its contacts."""
    attributes = _read(_properties(row), _DEAL)
    company_ids = associated(row, "companies")
    if company_ids:
        attributes["company_key"] = key_of(CRM, "company", company_ids[0])
    return _record("deal", row, attributes)


def owner(row: Row) -> Record:
    """This is somebody who can own records. One who left is archived and has no user any more."""
    names = (str(row.get(part) or "") for part in ("firstName", "lastName"))
    active = row.get("archived") is not True and row.get("userId") is not None
    attributes: dict[str, Value] = {"active": "true" if active else "false"}
    for name, value in (("email", row.get("email")), ("name", " ".join(part for part in names if part))):
        if value:
            attributes[name] = values.text(value)
    changed = values.instant(row.get("updatedAt"))
    # deactivating need not move the stamp, and must not look like a row that is held already
    return Record(
        kind="owner",
        id=values.record_id(row["id"]),
        stamp=changed if active else changed + 1,
        created_at=values.instant(row.get("createdAt")),
        attributes=attributes,
    )


def campaign(row: Row) -> Record:
    found = {
        name: values.text(value)
        for wire, name in (("hs_name", "name"), ("hs_utm", "utm_campaign"), ("hs_campaign_status", "status"))
        if (value := _properties(row).get(wire))
    }
    return _record("campaign", row, dict(found))


def gone(kind: str, record_id: str, at: int, into: str = "") -> Record:
    """This is all that is left of a row that the portal purged, or merged `into` another one."""
    keys = (into,) if into else ()
    return Record(kind=kind, id=record_id, stamp=at, created_at=0, deleted=True, keys=keys)


def merged_with(record: Record) -> tuple[str, ...]:
    """These are the ids that were merged into a record; of a loser, that of its winner."""
    prefix = key_of(CRM, record.kind, "")
    return tuple(key.removeprefix(prefix) for key in record.keys if key.startswith(prefix))


def stamp(row: Row, *dates: str) -> int:
    """This is when a row last changed, by the latest of its dates. Archiving comes after the last change."""
    get = _properties(row).get
    changed = max(values.instant(get(date)) for date in dates) or values.instant(row.get("updatedAt"))
    return max(changed, values.instant(row.get("archivedAt"))) if row.get("archived") is True else changed


def associated(row: Row, plural: str) -> tuple[str, ...]:
    """These are the ids of the rows of another kind that a list gave along with this one."""
    held = (row.get("associations") or {}).get(plural) or {}
    return tuple(dict.fromkeys(values.record_id(each["id"]) for each in held.get("results", ())))


def _record(kind: str, row: Row, attributes: dict[str, Value]) -> Record:
    return Record(
        kind=kind,
        id=values.record_id(row["id"]),
        stamp=stamp(row, fields.MODIFIED),
        created_at=_created(row, _properties(row)),
        deleted=row.get("archived") is True,
        attributes=attributes,
    )


def _read(properties: Mapping[str, Any], columns: _Columns) -> dict[str, Value]:
    get = properties.get
    found: dict[str, Value] = {
        name: value for wire, name in columns.texts if (value := get(wire)) is not None and value != ""
    }
    if not _TEXT.issuperset(map(type, found.values())):
        found = {name: values.text(value) for name, value in found.items()}
    for wire, name, reader in columns.others:
        value = get(wire)
        if value is not None and value != "":
            found[name] = reader(value)
    return found


def _properties(row: Row) -> Mapping[str, Any]:
    properties = row["properties"]
    if not isinstance(properties, dict):
        raise TypeError("a row without properties")
    return properties


def _created(row: Row, properties: Mapping[str, Any]) -> int:
    return values.instant(properties.get("createdate") or row.get("createdAt"))


def _own(properties: Mapping[str, Any]) -> dict[str, Value]:
    """What we cannot read in a field of ours reads as empty, so that the next plan restores it."""
    own: dict[str, Value] = {}
    for name in _OWN.intersection(properties):
        value = properties[name]
        if value is None or value == "":
            continue
        field = fields.OWN[name]
        try:
            own[field.name] = fields.decode(field, value)
        except UNREADABLE:
            continue
    return own


def _contact_keys(record_id: str, properties: Mapping[str, Any]) -> tuple[str, ...]:
    get = properties.get
    keys = [email_key(values.text(get("email") or ""))]
    more = get("hs_additional_emails")
    if more:
        keys += map(email_key, values.listed(more))
    merged = get("hs_merged_object_ids")
    if merged:
        keys += (key_of(CRM, "contact", each) for each in values.listed(merged) if each != record_id)
    for name, kind in (("salesforceleadid", "lead"), ("salesforcecontactid", "contact")):
        linked = get(name)
        if linked:
            keys.append(key_of(_SALESFORCE, kind, _long_id(values.text(linked))))
    return tuple(dict.fromkeys(filter(None, keys)))


def _long_id(text: str) -> str:
    """This is the 18-character form of a Salesforce id: the last three letters say which of the
    others are capitals."""
    if len(text) != 15:
        return text
    parts = (text[start : start + 5] for start in (0, 5, 10))
    return text + "".join(
        _ID_LETTERS[sum(1 << place for place, letter in enumerate(part) if "A" <= letter <= "Z")]
        for part in parts
    )
