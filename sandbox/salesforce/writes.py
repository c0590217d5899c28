"""One record is created, changed or deleted: what Salesforce checks, derives and stamps.

A refusal names the first thing that is wrong, in the platform's own order: the record itself, then
its fields, then their values, then the records it refers to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.salesforce import deletions, derived, ids, permissions
from sandbox.salesforce.org import Org
from sandbox.salesforce.refusals import NOT_WRITABLE, RecordRefused
from sandbox.salesforce.schema import Field, SObject
from sandbox.salesforce.tables import Row
from sandbox.salesforce.values import accepted

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Written:
    """What a write did; `old` is the row before, so that it can be taken back."""

    object: str
    id: str
    created: bool
    old: Row | None


def create(org: Org, sobject: SObject, values: Values, *, assign: bool) -> Written:
    """This makes a new row. `assign`: a lead without an owner is given one by the assignment rule."""
    fields = _fields(org, sobject, values, creating=True)
    _required(sobject, fields)
    row = _defaults(org, sobject) | fields
    _check_references(org, sobject, fields)
    _check_unique(org, sobject, fields, "")
    if sobject.name == "Lead" and assign and "OwnerId" not in fields:
        row["OwnerId"] = derived.assigned_owner(org, row["OwnerId"])
    permissions.check(org, sobject.name, row)
    derived.complete(org, sobject.name, row, None)
    now = org.stamp()
    row |= {"CreatedDate": now, "CreatedById": org.user_id} | _touched(org)
    visible_at = org.now() / 1_000_000 + org.lag_s
    record_id = org.tables[sobject.name].add(
        _known(sobject, row), visible_at=visible_at if org.lag_s else 0.0
    )
    _done(org, sobject.name)
    return Written(sobject.name, record_id, created=True, old=None)


def update(org: Org, sobject: SObject, record_id: Any, values: Values, *, assign: bool) -> Written:
    """This changes a row. Every accepted update moves its stamp, also one that changes nothing."""
    old = existing(org, sobject, record_id)
    if old.get("IsConverted"):
        raise RecordRefused("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")
    fields = _fields(org, sobject, values, creating=False)
    _not_emptied(sobject, fields)
    _check_references(org, sobject, fields)
    _check_unique(org, sobject, fields, old["Id"])
    row = old | fields
    if sobject.name == "Lead" and assign:
        row["OwnerId"] = derived.assigned_owner(org, row.get("OwnerId", ""))
    derived.complete(org, sobject.name, row, old)
    row |= _touched(org)
    org.tables[sobject.name].put(_known(sobject, row))
    _done(org, sobject.name)
    return Written(sobject.name, old["Id"], created=False, old=old)


def delete(org: Org, record_id: Any) -> Written:
    """This puts a row into the recycle bin: queries hide it, queryAll shows it with a new stamp."""
    full_id = ids.canonical(record_id) if isinstance(record_id, str) else None
    if full_id is None:
        raise RecordRefused("MALFORMED_ID", f"malformed id {record_id}")
    found = org.find(full_id)
    sobject = org.sobject(found[0]) if found else None
    if found is None or sobject is None:
        raise RecordRefused("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
    old = existing(org, sobject, full_id)
    deletions.bin_row(org, sobject.name, old | _touched(org))
    _done(org, sobject.name)
    return Written(sobject.name, full_id, created=False, old=old)


def existing(org: Org, sobject: SObject, record_id: Any) -> Row:
    """This is the live row that a write aims at."""
    if not record_id:
        raise RecordRefused("MISSING_ARGUMENT", "Id not specified in an update call")
    full_id = ids.canonical(record_id) if isinstance(record_id, str) else None
    if full_id is None:
        raise RecordRefused("MALFORMED_ID", f"malformed id {record_id}")
    row = org.tables[sobject.name].find(full_id)
    if row is None:
        raise RecordRefused("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
    if row.get("IsDeleted"):
        raise RecordRefused("ENTITY_IS_DELETED", "entity is deleted")
    return row


def take_back(org: Org, written: Written) -> None:
    """This undoes a write, because a neighbour failed and all or none was asked for."""
    org.tables[written.object].undo(written.id, written.old)
    org.writes[written.object] -= 1
    permissions.changed(org, written.object)


def _fields(org: Org, sobject: SObject, values: Values, *, creating: bool) -> dict[str, Any]:
    """These are the values under their real names, each checked against its field."""
    known: list[tuple[Field, Any]] = []
    locked: list[str] = []
    for name, value in values.items():
        if name.lower() in ("attributes", "id"):
            continue
        field = sobject.field(name)
        if field is None and not org.hidden(sobject.name, name):
            raise RecordRefused("INVALID_FIELD", f"No such column '{name}' on sobject of type {sobject.name}")
        if field is None or not (field.createable if creating else field.updateable):
            locked.append(field.name if field else name)
        else:
            known.append((field, value))
    if locked:
        code = "INVALID_FIELD_FOR_INSERT_UPDATE"
        raise RecordRefused(code, NOT_WRITABLE.format(fields=", ".join(locked)), locked)
    return {field.name: accepted(field, value) for field, value in known}


def _defaults(org: Org, sobject: SObject) -> Row:
    row: Row = {}
    for field in sobject.fields.values():
        if field.type == "boolean":
            row[field.name] = False
        elif field.default is not None and field.defaulted:
            row[field.name] = field.default
    if sobject.field("OwnerId"):
        row["OwnerId"] = org.user_id
    return row


def _required(sobject: SObject, fields: Values) -> None:
    missing = [
        field.name
        for field in sobject.fields.values()
        if field.createable and not field.nillable and not field.defaulted and fields.get(field.name) is None
    ]
    if missing:
        raise RecordRefused(
            "REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(missing)}]", missing
        )


def _not_emptied(sobject: SObject, fields: Values) -> None:
    emptied = [name for name, value in fields.items() if value is None and not _field(sobject, name).nillable]
    if emptied:
        raise RecordRefused(
            "REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(emptied)}]", emptied
        )


def _field(sobject: SObject, name: str) -> Field:
    return sobject.fields[name.lower()]


def _check_references(org: Org, sobject: SObject, fields: Values) -> None:
    for name, value in fields.items():
        field = _field(sobject, name)
        if field.type != "reference" or value is None or not field.refers:
            continue
        found = org.find(value)
        if found is None or found[0] not in field.refers:
            raise RecordRefused("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
        kind, row = found
        if row.get("IsDeleted"):
            raise RecordRefused("ENTITY_IS_DELETED", "entity is deleted")
        if row.get("IsConverted"):
            raise RecordRefused("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")
        if name == "OwnerId" and kind == "User" and not row["IsActive"]:
            message = (
                f"operation performed with inactive user [{value[:15]}] as owner of {sobject.name.lower()}"
            )
            raise RecordRefused("INACTIVE_OWNER_OR_USER", message)


def _check_unique(org: Org, sobject: SObject, fields: Values, own_id: str) -> None:
    table = org.tables[sobject.name]
    for name, value in fields.items():
        holder = table.holder(name, value)
        if holder and holder != own_id:
            message = f"duplicate value found: {name} duplicates value on record with id: {holder[:15]}"
            raise RecordRefused("DUPLICATE_VALUE", message)


def _done(org: Org, name: str) -> None:
    org.writes[name] += 1
    permissions.changed(org, name)


def _touched(org: Org) -> Row:
    now = org.stamp()
    return {"LastModifiedDate": now, "LastModifiedById": org.user_id, "SystemModstamp": now}


def _known(sobject: SObject, row: Row) -> Row:
    """Rows of objects without an owner or a modifier do not carry them. Hidden fields stay."""
    absent = [
        name
        for name in ("OwnerId", "CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById")
        if sobject.field(name) is None
    ]
    return {name: value for name, value in row.items() if name not in absent}
