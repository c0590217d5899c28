"""Batch reads and writes: what one bad input costs the others.

A bad value or an unknown property refuses the whole batch of a create or an update, and so does an id
given twice. What concerns one row only (a row that is not there, an address that exists) costs that
row, and the error names it by `objectWriteTraceId` where the client sent one. Results come in an
order of their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sandbox.crm import Response
from sandbox.hubspot.envelopes import envelope
from sandbox.hubspot.refusals import bad_values, invalid, refused
from sandbox.hubspot.rows import Row, Values
from sandbox.hubspot.search import objects
from sandbox.hubspot.tables import Table, without_nothing
from sandbox.hubspot.values import completed, required

INPUTS_MAX = 100
ALWAYS_SHOWN = (
    "hs_is_unworked",
    "hs_object_source",
    "hs_object_source_id",
    "hs_object_source_label",
    "hs_pipeline",
    "hs_v2_date_entered_current_stage",
    "hs_v2_time_in_current_stage",
    "lifecyclestage",
    "notes_last_updated",
)

Input = dict[str, Any]


def inputs_of(body: Any) -> list[Input]:
    """These are the inputs of a batch; too many, or none at all, are refused."""
    given = objects(body.get("inputs")) if isinstance(body, dict) else []
    if not given:
        raise invalid("Invalid input JSON: inputs are missing")
    if len(given) > INPUTS_MAX:
        raise invalid(f"The maximum batch size is {INPUTS_MAX}, {len(given)} inputs were given")
    return given


def properties_of(one: Input) -> dict[str, Any]:
    properties = one.get("properties")
    if not isinstance(properties, dict):
        raise invalid("Invalid input JSON: properties are missing")
    return properties


def read(table: Table, body: Any, now: int, moment: str, *, archived: bool = False) -> Response:
    """This reads rows by id or by an identifying property, from the database, in any order: those that
    live, or those in the archive."""
    inputs = inputs_of(body)
    names, histories = body.get("properties") or [], body.get("propertiesWithHistory") or []
    id_property = body.get("idProperty") or ""
    rows: list[Row] = []
    missing: list[str] = []
    for one in inputs:
        given = str(one.get("id", ""))
        record_id = named_by(table, id_property, given, now)
        row = table.row(record_id, now) if record_id is not None else None
        if row is None or bool(row.archived_at) != archived:
            missing.append(given)
        elif all(row.id != other.id for other in rows):
            rows.append(row)
    results = []
    for row in scrambled(rows):
        shown = table.shown(row, names)
        if histories:
            shown["propertiesWithHistory"] = table.histories(row, histories, now)
        results.append(shown)
    return envelope(results, [_not_there(table, missing)] if missing else [], moment, 200)


def update(table: Table, body: Any, now: int, moment: str) -> Response:
    """This writes to rows by id or by an identifying property."""
    inputs = inputs_of(body)
    named = [_named(table, one, now) for one in inputs]
    _refuse_twice([str(one.get("id", "")) for one in inputs])
    values = _accepted(table, [properties_of(one) for one in inputs])
    rows, errors = [], []
    for one, record_id, kept in zip(inputs, named, values, strict=True):
        if record_id is None or table.live(record_id, now) is None:
            errors.append(_not_there(table, [str(one.get("id", ""))], one))
        else:
            rows.append((table.update(record_id, kept, now), kept))
    results = [after_update(table, row, kept) for row, kept in _scrambled_pairs(rows)]
    return envelope(results, errors, moment, 200)


def create(table: Table, body: Any, now: int, moment: str) -> Response:
    """This makes rows. An address that exists refuses all, unless every input carries a trace id."""
    inputs = inputs_of(body)
    traced = all(isinstance(one.get("objectWriteTraceId"), str) for one in inputs)
    values = _accepted(table, [required(table, properties_of(one)) for one in inputs])
    rows, errors = [], []
    seen: set[str] = set()
    existing = [_existing(table, kept, now) for kept in values]
    if not traced and any(existing):
        raise refused(409, f"{table.kind.name.title()} already exists", "CONFLICT")
    for one, kept, existing_id in zip(inputs, values, existing, strict=True):
        address = (kept.get("email") or "").casefold()
        if existing_id or (address and address in seen):
            errors.append(_conflict(table, existing_id, one))
            continue
        seen.add(address)
        rows.append(table.create(completed(table, kept, now), now))
    results = [created(table, row) for row in scrambled(rows)]
    return envelope(results, errors, moment, 201)


def upsert(table: Table, body: Any, now: int, moment: str) -> Response:
    """This writes to the row with that value of an identifying property, or makes it."""
    inputs = inputs_of(body)
    _refuse_twice([str(one.get("id", "")).casefold() for one in inputs])
    traced = all(isinstance(one.get("objectWriteTraceId"), str) for one in inputs)
    results, errors = [], []
    planned: list[tuple[Input, Values]] = []
    for one in inputs:
        id_property, given = str(one.get("idProperty") or ""), str(one.get("id", ""))
        _refuse_ordinary(table, id_property)
        kept, problems = table.properties.accepted({**properties_of(one), id_property: given})
        if problems and not traced:
            raise bad_values(problems)
        if problems:
            errors.append(_error("VALIDATION_ERROR", bad_values(problems).message, {}, one))
        else:
            planned.append((one, kept))
    for one, kept in planned:
        record_id = named_by(table, str(one["idProperty"]), str(one["id"]), now)
        if record_id is None:
            row = table.create(completed(table, dict(required(table, kept)), now), now)
            results.append({**created(table, row), "new": True})
        else:
            row = table.update(record_id, kept, now)
            results.append({**after_update(table, row, kept), "new": False})
    results.sort(key=lambda shown: _scramble(int(shown["id"])))
    return envelope(results, errors, moment, 200)


def named_by(table: Table, id_property: str, given: str, now: int) -> int | None:
    """This is the id of the row that an input means."""
    if id_property:
        _refuse_ordinary(table, id_property)
        return table.find(id_property, given, now)
    if not given.isdigit():
        raise invalid(f"{given} is not a valid object id")
    return int(given)


def created(table: Table, row: Row) -> dict[str, Any]:
    """This is the answer to a create: everything that has a value."""
    shown = table.shown(row, list(without_nothing(row.properties)))
    return {**shown, "properties": without_nothing(shown["properties"])}


def after_update(table: Table, row: Row, kept: Values) -> dict[str, Any]:
    """This is the answer to an update: what was written, and what HubSpot always adds."""
    always = [name for name in ALWAYS_SHOWN if row.properties.get(name) is not None]
    shown = table.shown(row, [*kept, *always])
    properties = {n: v for n, v in shown["properties"].items() if v is not None or n in kept}
    return {**shown, "properties": {n: "" if v is None else v for n, v in properties.items()}}


def scrambled(rows: Sequence[Row]) -> list[Row]:
    """This is the order in which HubSpot answers: not the one in which it was asked."""
    return sorted(rows, key=lambda row: _scramble(row.id))


def _scrambled_pairs(rows: Sequence[tuple[Row, Values]]) -> list[tuple[Row, Values]]:
    return sorted(rows, key=lambda pair: _scramble(pair[0].id))


def _scramble(record_id: int) -> int:
    return record_id * 2_654_435_761 % 2**32


def _named(table: Table, one: Input, now: int) -> int | None:
    return named_by(table, str(one.get("idProperty") or ""), str(one.get("id", "")), now)


def _accepted(table: Table, asked: Sequence[dict[str, Any]]) -> list[Values]:
    """These are the values as kept; one problem anywhere refuses all."""
    kept, problems = [], []
    for values in asked:
        good, bad = table.properties.accepted(values)
        kept.append(good)
        problems.extend(bad)
    if problems:
        raise bad_values(problems)
    return kept


def _refuse_twice(names: Sequence[str]) -> None:
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        message = f"Duplicate IDs found in batch input: [{', '.join(twice)}]. IDs must be unique"
        raise invalid(message, context={"ids": twice})


def _refuse_ordinary(table: Table, id_property: str) -> None:
    """Only the address of a contact, and properties made unique, name a row."""
    known = table.properties.named.get(id_property)
    if not known or not (known.unique or (table.kind.name == "contact" and id_property == "email")):
        raise invalid(f"{id_property or 'idProperty'} is not a unique property of {table.kind.name}")


def _existing(table: Table, kept: Values, now: int) -> int | None:
    """This is the row that already has the address or a unique value of the one to be made."""
    for name, value in kept.items():
        known = table.properties.named[name]
        if value and (known.unique or (table.kind.name == "contact" and name == "email")):
            found = table.find(name, value, now)
            if found is not None:
                return found
    return None


def _error(category: str, message: str, context: dict[str, list[str]], one: Input | None) -> dict[str, Any]:
    trace = (one or {}).get("objectWriteTraceId")
    if isinstance(trace, str):
        context = {"objectWriteTraceId": [trace], **context}
    return {"status": "error", "category": category, "message": message, "context": context}


def _not_there(table: Table, given: list[str], one: Input | None = None) -> dict[str, Any]:
    name = table.kind.name.upper()
    message = (
        f"Could not get some {name} objects, they may be deleted or not exist. Check that ids are valid."
    )
    return _error("OBJECT_NOT_FOUND", message, {"ids": given}, one)


def _conflict(table: Table, existing_id: int | None, one: Input) -> dict[str, Any]:
    message = f"{table.kind.name.title()} already exists."
    context = {}
    if existing_id:
        message, context = f"{message} Existing ID: {existing_id}", {"existingId": [str(existing_id)]}
    return _error("CONFLICT", message, context, one)
