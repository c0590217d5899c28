"""What a WHERE clause means: a test for one row, and the window in which such rows must lie.

Texts compare without regard to case, ids with it. Nothing is smaller or greater than null, and
`!=` holds for null too. A literal must have the type of its field: Salesforce refuses the query
otherwise, and so do we, with its words.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Protocol, assert_never

from sandbox.salesforce import ids, instants
from sandbox.salesforce.schema import NUMBERS, TEXTS, Field
from sandbox.salesforce.soql import All, Comparison, Condition, Either, Literal, Name, Pattern, SoqlError
from sandbox.salesforce.tables import EVERYWHERE, FAR, Row, Window, at_number

Getter = Callable[[Row], Any]
Test = Callable[[Row], bool]


@dataclass(frozen=True, slots=True)
class Column:
    """A field that a query names: what it is, and how its value is got from a row."""

    field: Field
    get: Getter
    is_own: bool  # of the row itself, not of a parent


class Columns(Protocol):
    """Who runs the query knows what its names mean."""

    def column(self, name: Name) -> Column: ...

    def number_of(self, record_id: str) -> int: ...

    def near(self, field: Field, record_id: str) -> tuple[range, ...] | None: ...


def test(condition: Condition, columns: Columns) -> Test:
    """This says of a row whether it fits."""
    match condition:
        case Comparison():
            return _comparison(condition, columns.column(condition.field))
        case All(parts):
            every = [test(part, columns) for part in parts]
            return lambda row: all(each(row) for each in every)
        case Either(parts):
            some = [test(part, columns) for part in parts]
            return lambda row: any(each(row) for each in some)
    assert_never(condition)


def window(condition: Condition, columns: Columns) -> Window:
    """This says where rows that fit must lie."""
    match condition:
        case Comparison():
            return _place(condition, columns)
        case All(parts):
            found = replace(EVERYWHERE, is_exact=True)
            for part in parts:
                found = found.both(window(part, columns))
            return found
        case Either(parts):
            first, *rest = (window(part, columns) for part in parts)
            for each in rest:
                first = first.either(each)
            return first
    assert_never(condition)


def _comparison(comparison: Comparison, column: Column) -> Test:
    field, get = column.field, column.get
    if not field.filterable:
        message = f"field '{field.name}' can not be filtered in a query call"
        raise SoqlError("INVALID_FIELD", message, comparison.field.at)
    value = comparison.value
    if isinstance(value, Pattern):
        return _like(field, get, value, comparison.field.at)
    if isinstance(value, tuple):
        wanted = {_operand(field, each, comparison.field.at) for each in value}
        is_in = comparison.operator == "IN"
        return lambda row: (comparable(field, get(row)) in wanted) == is_in
    return _against(field, get, comparison.operator, _operand(field, value, comparison.field.at), comparison)


def _against(field: Field, get: Getter, operator: str, wanted: Any, comparison: Comparison) -> Test:
    if operator == "=":
        return lambda row: bool(comparable(field, get(row)) == wanted)
    if operator == "!=":
        return lambda row: bool(comparable(field, get(row)) != wanted)
    if field.type == "boolean":
        raise SoqlError(
            "INVALID_QUERY_FILTER_OPERATOR", "invalid operator on boolean field", comparison.field.at
        )
    holds: dict[str, Callable[[Any], bool]] = {
        "<": lambda value: bool(value < wanted),
        "<=": lambda value: bool(value <= wanted),
        ">": lambda value: bool(value > wanted),
        ">=": lambda value: bool(value >= wanted),
    }
    compare = holds[operator]

    def ordered(row: Row) -> bool:
        value = comparable(field, get(row))
        return value is not None and wanted is not None and compare(value)

    return ordered


def comparable(field: Field, value: Any) -> Any:
    """This is a wire value in a form in which `==` and `<` mean what Salesforce means."""
    if value is None or field.type in ("id", "reference") or field.case_sensitive:
        return value
    return value.casefold() if isinstance(value, str) and field.type in TEXTS else value


def _operand(field: Field, value: Literal, at: int) -> Any:
    """This brings a literal into the same form as the values it meets."""
    if value is None:
        return None
    match field.type, value:
        case "id" | "reference", str():
            operand: Any = ids.canonical(value)
            if operand is None:
                raise SoqlError("INVALID_QUERY_FILTER_OPERATOR", f"invalid ID field: {value}", at)
        case "boolean", bool():
            operand = value
        case "datetime", datetime():
            operand = instants.written(value)
        case "date", date() if not isinstance(value, datetime):
            operand = value.isoformat()
        case kind, str() if kind in TEXTS:
            operand = comparable(field, value)
        case kind, int() | float() if kind in NUMBERS and not isinstance(value, bool):
            operand = value
        case _:
            raise SoqlError("INVALID_FIELD", _wrong_type(field), at)
    return operand


def _wrong_type(field: Field) -> str:
    quotes = "should be enclosed in quotes" if field.type in TEXTS else "should not be enclosed in quotes"
    kind = {"datetime": "dateTime"}.get(field.type, "string" if field.type in TEXTS else field.type)
    return f"value of filter criterion for field '{field.name}' must be of type {kind} and {quotes}"


def _like(field: Field, get: Getter, pattern: Pattern, at: int) -> Test:
    if field.type not in TEXTS or field.type in ("id", "reference"):
        message = f"invalid operator on {field.type} field"
        raise SoqlError("INVALID_QUERY_FILTER_OPERATOR", message, at)
    wild = {"%": ".*", "_": "."}
    text = "".join(wild.get(piece) or re.escape(piece[1:]) for piece in pattern.pieces)
    matcher = re.compile(text, re.DOTALL | (0 if field.case_sensitive else re.IGNORECASE))

    def fits(row: Row) -> bool:
        value = get(row)
        return value is not None and matcher.fullmatch(value) is not None

    return fits


def _place(comparison: Comparison, columns: Columns) -> Window:
    column = columns.column(comparison.field)
    operator, value = comparison.operator, comparison.value
    found = EVERYWHERE
    if not column.is_own:
        return found
    if column.field.name == "SystemModstamp" and isinstance(value, datetime):
        found = _stamps(operator, value)
    elif column.field.name == "CreatedDate" and isinstance(value, datetime) and operator in (">", ">=", "="):
        # no row changed before it was made
        found = replace(_stamps(">=", value), is_exact=False)
    elif column.field.name == "Id" and isinstance(value, str) and operator in ("<", ">", "<=", ">="):
        number = columns.number_of(ids.canonical(value) or "")
        found = _numbers(operator, number) if number >= 0 else EVERYWHERE
    elif column.field.type in ("id", "reference") and operator in ("=", "IN"):
        found = _records(column.field, value if isinstance(value, tuple) else (value,), columns)
    return found


def _records(field: Field, values: tuple[Literal | Pattern, ...], columns: Columns) -> Window:
    """Rows that are, or refer to, one of these records."""
    found: list[Window] = []
    for value in values:
        record_id = ids.canonical(value) if isinstance(value, str) else None
        if record_id is None:
            return EVERYWHERE
        if field.name == "Id":
            found.append(at_number(columns.number_of(record_id)))
            continue
        near = columns.near(field, record_id)
        found.append(EVERYWHERE if near is None else replace(EVERYWHERE, places=near))
    first, *rest = found
    for each in rest:
        first = first.either(each)
    return first


def _stamps(operator: str, moment: datetime) -> Window:
    """Stamps are whole seconds, a literal may lie between two of them."""
    at = (moment - instants.EPOCH).total_seconds()
    low, high = math.ceil(at), math.floor(at)
    match operator:
        case "=":
            return Window(low, high, is_exact=True)
        case "<":
            return Window(-FAR, low - 1, is_exact=True)
        case "<=":
            return Window(-FAR, high, is_exact=True)
        case ">":
            return Window(high + 1, FAR, is_exact=True)
        case ">=":
            return Window(low, FAR, is_exact=True)
    return EVERYWHERE


def _numbers(operator: str, number: int) -> Window:
    match operator:
        case "<":
            return Window(number_to=number - 1, is_exact=True)
        case "<=":
            return Window(number_to=number, is_exact=True)
        case ">":
            return Window(number_from=number + 1, is_exact=True)
    return Window(number_from=number, is_exact=True)
