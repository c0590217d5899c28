"""Search: filters over an index that runs behind the database.

The index decides which rows match and in which order; the rows themselves come from the database. So a
search may find a row by its old address and show the new one, and count a row it no longer shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fnmatch import fnmatchcase
from typing import Any

from sandbox.clock import instant
from sandbox.hubspot.properties import Property
from sandbox.hubspot.refusals import invalid
from sandbox.hubspot.rows import Row
from sandbox.hubspot.tables import Table

GROUPS_MAX, FILTERS_MAX, FILTERS_ALL = 5, 6, 18
PAGE_MAX, PAGE_DEFAULT = 200, 10
RESULTS_MAX = 10_000
BODY_MAX = 3_000
FAR = 1 << 62
ASSOCIATED = "associations."

Linked = Callable[[str, int], Iterable[int]]  # object type, id → ids of the searched type


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition. `values` are as given, `operands` as they are compared."""

    name: str
    operator: str
    values: tuple[str, ...]
    operands: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Search:
    """What is asked for: groups joined by OR, filters inside a group by AND."""

    groups: tuple[tuple[Filter, ...], ...]
    sort: str
    descending: bool
    limit: int
    offset: int
    properties: tuple[str, ...]


OPERANDS: Mapping[str, int | None] = {
    "EQ": 1, "NEQ": 1, "GT": 1, "GTE": 1, "LT": 1, "LTE": 1, "BETWEEN": 2, "IN": None, "NOT_IN": None,
    "HAS_PROPERTY": 0, "NOT_HAS_PROPERTY": 0, "CONTAINS_TOKEN": 1, "NOT_CONTAINS_TOKEN": 1,
}  # fmt: skip


def parse(body: Any, size: int, named: Mapping[str, Property]) -> Search:
    """This reads the body of a search; what HubSpot would not take is refused."""
    if size > BODY_MAX:
        raise invalid(f"The request body is too long: {size} characters, {BODY_MAX} are allowed")
    if not isinstance(body, dict):
        raise invalid("Invalid input JSON")
    groups = [objects(group.get("filters")) for group in objects(body.get("filterGroups"))]
    if body.get("filters"):
        groups.append(objects(body["filters"]))
    if len(groups) > GROUPS_MAX or any(len(g) > FILTERS_MAX for g in groups):
        raise invalid(f"At most {GROUPS_MAX} filter groups of {FILTERS_MAX} filters are allowed")
    if sum(map(len, groups)) > FILTERS_ALL:
        raise invalid(f"At most {FILTERS_ALL} filters are allowed")
    sorts = objects(body.get("sorts"))
    if len(sorts) > 1:
        raise invalid("Only one sort is allowed")
    sort = sorts[0] if sorts else {}
    limit, offset = _whole(body.get("limit", PAGE_DEFAULT)), _whole(body.get("after") or 0)
    if not 0 <= limit <= PAGE_MAX:
        raise invalid(f"The limit is {limit}, at most {PAGE_MAX} is allowed")
    if offset < 0 or offset + limit > RESULTS_MAX:
        raise invalid(f"Paging ends at {RESULTS_MAX} results: after + limit must not exceed it")
    return Search(
        groups=tuple(tuple(_filter(f, named) for f in group) for group in groups if group),
        sort=str(sort.get("propertyName", "hs_object_id")),
        descending=sort.get("direction") == "DESCENDING",
        limit=limit,
        offset=offset,
        properties=tuple(body.get("properties") or ()),
    )


def objects(value: Any) -> list[dict[str, Any]]:
    """This is a list of JSON objects; whatever else was sent is refused."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise invalid("Invalid input JSON: a list of objects was expected")
    return value


def _whole(value: Any) -> int:
    try:
        return int(str(value))
    except ValueError:
        raise invalid(f"{value} is no whole number") from None


def _filter(asked: Any, named: Mapping[str, Property]) -> Filter:
    name, operator = str(asked.get("propertyName", "")), str(asked.get("operator", ""))
    if name not in named and not name.startswith(ASSOCIATED):
        text = f"There was a problem with the request. Property {name} does not exist."
        raise invalid(text, errors=[{"message": f"Property {name} does not exist"}])
    if operator not in OPERANDS:
        raise invalid(f"Unknown filter operator {operator}")
    if operator in ("IN", "NOT_IN"):
        given = asked.get("values") or []
    elif operator == "BETWEEN":
        given = [asked.get("value"), asked.get("highValue")]
    else:
        given = [asked["value"]] if asked.get("value") is not None else []
    operands = OPERANDS[operator]
    if None in given or (operands is not None and len(given) < operands) or (operands is None and not given):
        raise invalid(f"Filter on {name}: {operator} lacks its value")
    if name.startswith(ASSOCIATED) and operator not in ("EQ", "IN"):
        raise invalid(f"{operator} is not supported for {name}")
    values = tuple(str(value) for value in given[: operands or None] if operands != 0)
    known = named.get(name)
    if known is None or "TOKEN" in operator:
        return Filter(name, operator, values)
    return Filter(name, operator, values, tuple(comparable(known.type, value) for value in values))


def comparable(kind: str, value: str) -> Decimal | int | str:
    """This is a value in the form in which its type is compared; text without regard to case."""
    try:
        if kind == "number":
            return Decimal(value)
        if kind in ("date", "datetime"):
            return instant(value)
    except (InvalidOperation, ValueError, OverflowError):
        raise invalid(f"{value} is no {kind}") from None
    return value.casefold()


class Index:
    """The search index of one table as it stood at an instant."""

    def __init__(self, table: Table, at: int, linked: Linked) -> None:
        self.table = table
        self.at = at
        self.linked = linked
        self._rows: dict[int, Row | None] = {}

    def matches(self, search: Search) -> list[int]:
        """These are the ids of all matching rows, in the order asked for."""
        groups = search.groups or ((),)
        found = dict.fromkeys(i for group in groups for i in self._candidates(group) if self._fits(i, group))
        if search.sort == "hs_object_id":
            return sorted(found, reverse=search.descending)
        ordered = sorted(found)  # ties stay in order of id, whatever the direction
        return sorted(ordered, key=lambda i: self._sort_key(i, search.sort), reverse=search.descending)

    def _candidates(self, group: tuple[Filter, ...]) -> Iterator[int]:
        """These ids include every match: as few as the filters on ids, stamps or addresses allow."""
        for one in group:
            if one.name.startswith(ASSOCIATED) and one.operator in ("EQ", "IN"):
                object_type = one.name.removeprefix(ASSOCIATED)
                return (i for value in one.values for i in self.linked(object_type, _whole(value)))
            if one.name == "hs_object_id" and one.operator in ("EQ", "IN"):
                return iter([_whole(value) for value in one.values])
            if one.name == "email" and one.operator in ("EQ", "IN"):
                found = (self.table.source.find("email", value) for value in one.values)
                return iter([*(i for i in found if i is not None), *self.table.written])
        since, until, start = 0, FAR, 0
        for one in group:
            bounds = (0, FAR)
            if one.name in (self.table.kind.modified, "hs_object_id"):
                bounds = _bounds(one, instant if one.name == self.table.kind.modified else _whole)
            if one.name == self.table.kind.modified:
                since, until = max(since, bounds[0]), min(until, bounds[1])
            elif one.name == "hs_object_id":
                start = max(start, bounds[0])
        if (since, until) == (0, FAR):
            dated = self._dated(group)
            return self.table.ids(start) if dated is None else dated
        return iter(
            [*(i for i in self.table.source.modified(since, until) if i >= start), *self.table.written]
        )

    def _dated(self, group: tuple[Filter, ...]) -> Iterator[int] | None:
        """These ids include every match of a filter on another date, where the table knows its order."""
        for one in group:
            bounds = _bounds(one, instant) if one.operands and isinstance(one.operands[0], int) else (0, FAR)
            found = None if bounds == (0, FAR) else self.table.source.dated(one.name, *bounds)
            if found is not None:
                return iter(dict.fromkeys([*found, *self.table.written]))
        return None

    def _fits(self, record_id: int, group: tuple[Filter, ...]) -> bool:
        if not self._indexed(record_id):
            return False
        return all(self._holds(record_id, one) for one in group)

    def _indexed(self, record_id: int) -> bool:
        """This says whether the index knows the row, and knows nothing of its end."""
        if not self.table.stamp(record_id, self.at):
            return False
        return not self.table.archived_at(record_id, self.at)

    def _holds(self, record_id: int, one: Filter) -> bool:
        if one.name.startswith(ASSOCIATED):
            object_type = one.name.removeprefix(ASSOCIATED)
            return any(record_id in self.linked(object_type, _whole(value)) for value in one.values)
        if one.name == self.table.kind.modified and one.operands:
            stamp = self.table.stamp(record_id, self.at)
            return COMPARE[one.operator](stamp, one.operands)
        value = self._value(record_id, one.name)
        if one.operator in ("HAS_PROPERTY", "NOT_HAS_PROPERTY"):
            return (value is None) == one.operator.startswith("NOT")
        if one.operator.endswith("CONTAINS_TOKEN"):
            return _contains(value, one.values[0]) != one.operator.startswith("NOT")
        if value is None:
            return one.operator in ("NEQ", "NOT_IN")
        kind = self.table.properties.named[one.name].type
        return COMPARE[one.operator](comparable(kind, value), one.operands)

    def _value(self, record_id: int, name: str) -> str | None:
        """This is an indexed value; id and stamp are known without computing the row."""
        if name == "hs_object_id":
            return str(record_id)
        if name == self.table.kind.modified:
            return str(self.table.stamp(record_id, self.at) // 1000)
        if record_id not in self._rows:
            self._rows[record_id] = self.table.row(record_id, self.at)
        row = self._rows[record_id]
        return row.properties.get(name) if row else None

    def _sort_key(self, record_id: int, name: str) -> tuple[bool, Any]:
        value = self._value(record_id, name)
        known = self.table.properties.named.get(name)
        if value is None or known is None:
            return (False, 0)
        return (True, comparable(known.type, value))


def _bounds(one: Filter, read: Callable[[str], int]) -> tuple[int, int]:
    """This is the half-open range outside of which nothing can match the filter."""
    match one.operator:
        case "GT" | "GTE":
            return read(one.values[0]), FAR
        case "LT" | "LTE":
            return 0, read(one.values[0]) + 1
        case "BETWEEN":
            return read(one.values[0]), read(one.values[1]) + 1
        case "EQ":
            return read(one.values[0]), read(one.values[0]) + 1
        case _:
            return 0, FAR


COMPARE: Mapping[str, Callable[[Any, tuple[Any, ...]], bool]] = {
    "EQ": lambda value, others: bool(value == others[0]),
    "NEQ": lambda value, others: bool(value != others[0]),
    "GT": lambda value, others: bool(value > others[0]),
    "GTE": lambda value, others: bool(value >= others[0]),
    "LT": lambda value, others: bool(value < others[0]),
    "LTE": lambda value, others: bool(value <= others[0]),
    "BETWEEN": lambda value, others: bool(others[0] <= value <= others[1]),
    "IN": lambda value, others: value in others,
    "NOT_IN": lambda value, others: value not in others,
}


def _contains(value: str | None, token: str) -> bool:
    """This looks for a whole word; an asterisk stands for anything."""
    words = "".join(c if c.isalnum() else " " for c in (value or "").casefold()).split()
    wanted = token.casefold()
    return any(fnmatchcase(word, wanted) for word in [*words, (value or "").casefold()])
