"""Values that come in with a write: checked against the field, and brought into the form that goes out."""

from __future__ import annotations

import math
import re
from typing import Any

from sandbox.salesforce import ids, instants
from sandbox.salesforce.refusals import RecordRefused
from sandbox.salesforce.schema import NUMBERS, TEXTS, Field

EMAIL = re.compile(r"[^@\s,;<>()]+@[^@\s,;<>()]+\.[^@\s,;<>()]+")
INT_MAX = 2**31 - 1


def accepted(field: Field, value: Any) -> Any:
    """This is the value as the row will hold it, or `RecordRefused` with Salesforce's code."""
    if value is None or (value == "" and field.type in TEXTS):
        return False if field.type == "boolean" else None
    if field.type in ("id", "reference"):
        return _reference(field, value)
    if field.type in TEXTS:
        return _text(field, value)
    if field.type in NUMBERS:
        return _number(field, value)
    if field.type == "boolean":
        return _boolean(value)
    return _moment(field, value)


def _unreadable(kind: str, value: Any) -> RecordRefused:
    shape = "STRING" if isinstance(value, str) else "TRUE" if value is True else "OBJECT"
    message = (
        f"Cannot deserialize instance of {kind} from VALUE_{shape} value {value}"
        " or request may be missing a required field at [line:1, column:1]"
    )
    return RecordRefused("JSON_PARSER_ERROR", message)


def _reference(field: Field, value: Any) -> str:
    record_id = ids.canonical(value) if isinstance(value, str) else None
    if record_id is None:
        raise RecordRefused(
            "MALFORMED_ID", f"{field.label}: id value of incorrect type: {value}", [field.name]
        )
    return record_id


def _text(field: Field, value: Any) -> str:
    if isinstance(value, bool | dict | list):
        raise _unreadable("string", value)
    text = str(value).strip() if field.type != "textarea" else str(value)
    if field.length and len(text) > field.length:
        shown = f"{field.label}: data value too large: {text} (max length={field.length})"
        raise RecordRefused("STRING_TOO_LONG", shown, [field.name])
    if field.type == "email" and not EMAIL.fullmatch(text):
        raise RecordRefused(
            "INVALID_EMAIL_ADDRESS", f"{field.label}: invalid email address: {text}", [field.name]
        )
    if field.restricted and text not in field.values:
        message = f"{field.label}: bad value for restricted picklist field: {text}"
        raise RecordRefused("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, [field.name])
    return text


def _number(field: Field, value: Any) -> int | float:
    """Texts that are numbers are taken; digits beyond the field's scale are rounded away."""
    try:
        number = float(value) if not isinstance(value, bool) else None
    except (TypeError, ValueError):
        number = None
    if number is None or not math.isfinite(number):
        raise _unreadable("int" if field.type == "int" else "double", value)
    if field.type == "int":
        if number != int(number):
            raise _unreadable("int", value)
        limit = float(INT_MAX)
    else:
        limit = 10.0 ** (field.precision - field.scale)
    if abs(number) > limit or (field.type != "int" and abs(number) == limit):
        message = f"{field.label}: value outside of valid range on numeric field: {value}"
        raise RecordRefused("NUMBER_OUTSIDE_VALID_RANGE", message, [field.name])
    return int(number) if field.type == "int" else round(number, field.scale)


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise _unreadable("boolean", value)


def _moment(field: Field, value: Any) -> str:
    try:
        if not isinstance(value, str):
            raise ValueError
        return instants.read_day(value) if field.type == "date" else instants.written(instants.read(value))
    except (ValueError, OverflowError):
        raise _unreadable(field.type, value) from None
