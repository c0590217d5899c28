"""Up to 200 records in one call: each has its own result, in the order of the request.

The status is 200 even if every record failed. With `allOrNone` one failure takes back all the others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sandbox.salesforce import filters, ids, query, soql, writes
from sandbox.salesforce.org import Org
from sandbox.salesforce.refusals import NO_SUCH_TYPE, RecordRefused, RequestRefused, not_found
from sandbox.salesforce.rules import Rules
from sandbox.salesforce.schema import Field, SObject
from sandbox.salesforce.tables import EVERYWHERE
from sandbox.salesforce.values import accepted
from sandbox.salesforce.writes import Written

RECORDS_MAX = 200
CHUNKS_MAX = 10
NO_ATTRIBUTES = (
    "Nested object for polymorphic foreign key must have an attributes field before any other fields."
)
ROLLED_BACK = (
    "Record rolled back because not all records were valid and the request was using AllOrNone header"
)

Record = Mapping[str, Any]
Write = Callable[[Record], Written]


def records_of(body: Any) -> Sequence[Record]:
    """These are the records of a request body, or the refusal of the whole."""
    records = body.get("records") if isinstance(body, Mapping) else None
    if not isinstance(records, list) or not records:
        raise RequestRefused(400, "REQUIRED_FIELD_MISSING", "At least 1 record is required")
    if len(records) > RECORDS_MAX:
        message = f"record limit reached. cannot submit more than {RECORDS_MAX} records into this call"
        raise RequestRefused(400, "EXCEEDED_ID_LIMIT", message)
    if not all(isinstance(record, Mapping) for record in records):
        raise RequestRefused(400, "JSON_PARSER_ERROR", "Cannot deserialize instance of SObject from VALUE")
    if len(list(groupby(_type(record) for record in records))) > CHUNKS_MAX:
        message = (
            f"Cannot have more than {CHUNKS_MAX} chunks in a single operation. Please rearrange the data to"
            " reduce chunking."
        )
        raise RequestRefused(400, "LIMIT_EXCEEDED", message)
    return records


@dataclass(frozen=True, slots=True)
class Under:
    """The rules that hold for one call, and what its header says about alerts of duplicates."""

    rules: Rules
    duplicate_header: str = ""


def run(org: Org, body: Any, write: Write, under: Under, *, upsert: bool = False) -> list[dict[str, Any]]:
    """This writes the records and tells of each one."""
    records = records_of(body)
    broken = under.rules.refuse_batch(records)
    all_or_none = body.get("allOrNone") is True
    settled: list[Written | RecordRefused] = []
    seen: set[str] = set()
    for record in records:
        try:
            _once(record, seen)
            if broken:
                raise broken
            under.rules.check(record, under.duplicate_header)
            settled.append(write(record))
        except RecordRefused as refused:
            settled.append(refused)
    if all_or_none and any(isinstance(each, RecordRefused) for each in settled):
        for each in reversed(settled):
            if isinstance(each, Written):
                writes.take_back(org, each)
        rolled_back = RecordRefused("ALL_OR_NONE_OPERATION_ROLLED_BACK", ROLLED_BACK)
        settled = [each if isinstance(each, RecordRefused) else rolled_back for each in settled]
    return [result(each, upsert=upsert) for each in settled]


def result(settled: Written | RecordRefused, *, upsert: bool) -> dict[str, Any]:
    """This is one record's part of the answer. A failed one has no id: its place says which it is."""
    if isinstance(settled, RecordRefused):
        created = {"created": False} if upsert else {}
        return {"success": False, "errors": [settled.as_result()], **created}
    created = {"created": settled.created} if upsert else {}
    return {"id": settled.id, "success": True, "errors": [], **created}


def create(org: Org, record: Record, *, assign: bool) -> Written:
    return writes.create(org, sobject_of(org, record), record, assign=assign)


def update(org: Org, record: Record, *, assign: bool) -> Written:
    return writes.update(org, sobject_of(org, record), _id(record), record, assign=assign)


def upsert(org: Org, sobject: SObject, key: Field, record: Record, *, assign: bool) -> Written:
    """This updates the row that has the record's value in the key field, or makes it."""
    if sobject_of(org, record).name != sobject.name:
        raise RecordRefused("INVALID_TYPE", f"all records must be of type {sobject.name}")
    value = next((held for name, held in record.items() if name.lower() == key.name.lower()), None)
    if value in (None, ""):
        if key.type == "id":
            return writes.create(org, sobject, record, assign=assign)
        raise RecordRefused("MISSING_ARGUMENT", f"{key.name} not specified")
    holders = [str(value)] if key.type == "id" else _holders(org, sobject, key, value)
    if len(holders) > 1:
        shown = ", ".join(holders)
        message = f"{key.label}: more than one record found for external id field: [{shown}]"
        raise RecordRefused("DUPLICATE_EXTERNAL_ID", message, [key.name])
    if not holders:
        return writes.create(org, sobject, record, assign=assign)
    values = {name: held for name, held in record.items() if name.lower() != key.name.lower()}
    return writes.update(org, sobject, holders[0], values, assign=assign)


def key_field(org: Org, object_name: str, field_name: str) -> tuple[SObject, Field]:
    """This is the field by which records may be upserted."""
    sobject = org.sobject(object_name)
    if sobject is None:
        raise not_found()
    field = sobject.field(field_name)
    if field is None or not (field.unique or field.type in ("id", "email")):
        raise not_found(f"Provided external ID field does not exist or is not accessible: {field_name}")
    return sobject, field


def sobject_of(org: Org, record: Record) -> SObject:
    name = _type(record)
    if not name:
        raise RecordRefused("JSON_PARSER_ERROR", NO_ATTRIBUTES)
    sobject = org.sobject(name)
    if sobject is None:
        raise RecordRefused("INVALID_TYPE", NO_SUCH_TYPE.format(object=name))
    return sobject


def _holders(org: Org, sobject: SObject, key: Field, value: Any) -> list[str]:
    table = org.tables[sobject.name]
    if key.unique:
        holder = table.holder(key.name, accepted(key, value))
        return [holder] if holder else []
    where = soql.Comparison(soql.Name(key.name, 0), "=", str(value))
    fits = filters.test(where, query.View(org, sobject))
    rows = (table.get(number) for number in table.scan(EVERYWHERE, by_stamp=False))
    return [str(row["Id"]) for row in rows if row and fits(row) and not row.get("IsDeleted")]


def _type(record: Record) -> str:
    attributes = record.get("attributes")
    name = attributes.get("type") if isinstance(attributes, Mapping) else None
    return name if isinstance(name, str) else ""


def _id(record: Record) -> Any:
    return next((value for name, value in record.items() if name.lower() == "id"), None)


def _once(record: Record, seen: set[str]) -> None:
    """One record may be in a collection once."""
    record_id = _id(record)
    full_id = ids.canonical(record_id) if isinstance(record_id, str) else None
    if full_id and full_id in seen:
        raise RecordRefused("DUPLICATE_VALUE", f"duplicate id specified: {full_id}")
    if full_id:
        seen.add(full_id)
