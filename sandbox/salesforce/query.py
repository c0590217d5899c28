"""Runs a parsed query over the org: which rows fit, in which order, and what each one shows."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sandbox.salesforce import filters
from sandbox.salesforce.filters import Column
from sandbox.salesforce.objects import NAMED
from sandbox.salesforce.org import BY_PREFIX, Org
from sandbox.salesforce.refusals import NO_SUCH_COLUMN, NO_SUCH_RELATIONSHIP, NO_SUCH_TYPE
from sandbox.salesforce.schema import TEXTS, Field, SObject
from sandbox.salesforce.soql import Name, Order, Query, SoqlError
from sandbox.salesforce.tables import Row, Table, Window

Shown = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """The numbers of all rows that fit, in order, and how each is shown. Fetch rows as late as you like."""

    numbers: array[int]
    show: Callable[[int], Shown | None]
    width: int  # fields asked for
    is_count: bool


def run(org: Org, query: Query, *, version: str, with_deleted: bool) -> Found:
    """This finds the rows or raises `SoqlError`."""
    sobject = org.sobject(query.table.path)
    if sobject is None:
        raise SoqlError("INVALID_TYPE", NO_SUCH_TYPE.format(object=query.table.path), query.table.at)
    view = View(org, sobject)
    show = _shown(view, query.fields, version)
    matching = _matching(view, query, with_deleted=with_deleted)
    numbers = array("q", islice(matching, query.limit))
    return Found(numbers, show, len(query.fields), is_count=not query.fields)


class View:
    """One object as a query sees it: what its names mean."""

    def __init__(self, org: Org, sobject: SObject) -> None:
        self.org = org
        self.sobject = sobject
        self.table: Table = org.tables[sobject.name]

    def column(self, name: Name) -> Column:
        """This is what a field name, or `Parent.Field`, stands for."""
        first, _, rest = name.path.partition(".")
        if rest and first.lower() == self.sobject.name.lower():  # Lead.Email FROM Lead
            first, _, rest = rest.partition(".")
        if not rest:
            field = self._field(self.sobject, first, name.at)
            key = field.name
            return Column(field, lambda row: row.get(key), is_own=True)
        reference, parent = self._parent(first, name.at)
        field = self._field(parent, rest, name.at)
        return Column(field, lambda row: self.parent_value(row, reference, field.name), is_own=False)

    def _field(self, sobject: SObject, name: str, at: int) -> Field:
        field = sobject.field(name)
        if field is None:
            raise SoqlError("INVALID_FIELD", NO_SUCH_COLUMN.format(field=name, object=sobject.name), at)
        return field

    def _parent(self, relationship: str, at: int) -> tuple[Field, SObject]:
        reference = self.sobject.relation(relationship)
        if reference is None:
            raise SoqlError("INVALID_FIELD", NO_SUCH_RELATIONSHIP.format(name=relationship), at)
        if reference.polymorphic:
            return reference, NAMED
        parent = self.org.sobject(reference.refers[0])
        if parent is None:
            raise SoqlError("INVALID_FIELD", NO_SUCH_RELATIONSHIP.format(name=relationship), at)
        return reference, parent

    def parent(self, row: Row, reference: Field) -> tuple[str, Row] | None:
        """This is the row that a reference leads to."""
        record_id = row.get(reference.name)
        return self.org.find(record_id) if record_id else None

    def parent_value(self, row: Row, reference: Field, name: str) -> Any:
        found = self.parent(row, reference)
        if found is None:
            return None
        return found[0] if reference.polymorphic and name == "Type" else found[1].get(name)

    def number_of(self, record_id: str) -> int:
        return self.table.number_of(record_id)

    def near(self, field: Field, record_id: str) -> tuple[range, ...] | None:
        """Seeded rows refer to this record only from here; records of another kind are never referred to."""
        if field.refers and BY_PREFIX.get(record_id[:3]) not in field.refers:
            return ()
        return self.table.seed.near(record_id)

    def reference_behind(self, name: Name) -> Field | None:
        """This is the reference that a path begins with, if it is one."""
        first, _, rest = name.path.partition(".")
        return self.sobject.relation(first) if rest else None


def _matching(view: View, query: Query, *, with_deleted: bool) -> Iterator[int]:
    window: Window = filters.window(query.where, view) if query.where else Window(is_exact=True)
    tests = [filters.test(query.where, view)] if query.where else []
    is_exact = window.is_exact and with_deleted
    if not with_deleted and view.sobject.field("IsDeleted"):
        tests.append(lambda row: not row.get("IsDeleted"))
    elif not with_deleted:
        is_exact = window.is_exact
    keys = [(key.field.path.lower(), key.descending) for key in query.order]
    by_stamp = keys[:1] == [("systemmodstamp", False)] and keys[1:] in ([], [("id", False)])
    scanned = view.table.scan(window, by_stamp=by_stamp)
    fitting = scanned if is_exact else (number for number in scanned if _fits(view.table, number, tests))
    if by_stamp or not keys or keys == [("id", False)]:
        return fitting
    return iter(_sorted(view, list(fitting), query.order))


def _fits(table: Table, number: int, tests: list[filters.Test]) -> bool:
    row = table.get(number)
    return row is not None and all(test(row) for test in tests)


def _sorted(view: View, numbers: list[int], order: tuple[Order, ...]) -> list[int]:
    rows = {number: view.table.get(number) or {} for number in numbers}
    for key in reversed(order):
        column = view.column(key.field)
        if not column.field.filterable:
            message = f"field '{column.field.name}' can not be sorted in a query call"
            raise SoqlError("INVALID_FIELD", message, key.field.at)
        _sort_by(numbers, rows, column, key)
    return numbers


def _sort_by(numbers: list[int], rows: dict[int, Row], column: Column, key: Order) -> None:
    def place(number: int) -> tuple[bool, Any]:
        value = filters.comparable(column.field, column.get(rows[number]))
        nulls_high = key.nulls_last != key.descending
        empty: Any = "" if column.field.type in (*TEXTS, "date", "datetime") else 0
        return (value is None) == nulls_high, empty if value is None else value

    numbers.sort(key=place, reverse=key.descending)


def _shown(view: View, fields: tuple[Name, ...], version: str) -> Callable[[int], Shown | None]:
    """This prepares how a row is shown: fields in the order of the query, parents as nested records."""
    own: list[tuple[str, str, Field | None]] = []
    seen: set[str] = set()
    nested: dict[str, list[str]] = {}
    for name in fields:
        column = view.column(name)
        if name.path.lower() in seen:
            raise SoqlError("INVALID_FIELD", f"duplicate field selected: {name.path}", name.at)
        seen.add(name.path.lower())
        reference = None if column.is_own else view.reference_behind(name)
        if reference is None:
            own.append((column.field.name, column.field.name, None))
        elif reference.relationship:
            if reference.relationship not in nested:
                own.append((reference.relationship, "", reference))
            nested.setdefault(reference.relationship, []).append(column.field.name)

    def show(number: int) -> Shown | None:
        row = view.table.get(number)
        if row is None:
            return None
        shown = attributes(view.sobject.name, row["Id"], version)
        for name, key, reference in own:
            shown[name] = (
                row.get(key) if reference is None else _nested(view, row, reference, nested[name], version)
            )
        return shown

    return show


def _nested(view: View, row: Row, reference: Field, names: list[str], version: str) -> Shown | None:
    found = view.parent(row, reference)
    if found is None:
        return None
    shown = attributes(found[0], found[1]["Id"], version, kind="Name" if reference.polymorphic else "")
    for name in names:
        shown[name] = view.parent_value(row, reference, name)
    return shown


def attributes(name: str, record_id: str, version: str, *, kind: str = "") -> Shown:
    url = f"/services/data/{version}/sobjects/{name}/{record_id}"
    return {"attributes": {"type": kind or name, "url": url}}
