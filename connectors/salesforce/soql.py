"""SOQL text. Values enter a query here and nowhere else, so that no name of a person can end one.

Inside single quotes only the backslash and the quote have a meaning; line breaks and the like are
written as escapes because a query is one line. Datetimes stand unquoted and in Z, for the `+` of an
offset would have to survive URL encoding.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from connectors.salesforce.instants import written

LIMIT = 2_000  # no answer holds more rows
_NAME = re.compile(r"[A-Za-z]\w*(?:\.[A-Za-z]\w*)?", re.ASCII)
_ESCAPES = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\f": "\\f", "\b": "\\b"}


def quoted(text: str) -> str:
    """This is a string literal; NUL, which Salesforce stores nowhere, is left out."""
    return "'" + "".join(_ESCAPES.get(letter, letter) for letter in text if letter != "\0") + "'"


def any_of(field: str, values: Iterable[str]) -> str:
    """This is true where the field holds one of the values."""
    return f"{_named(field)} IN ({','.join(quoted(value) for value in values)})"


def equal(field: str, value: str) -> str:
    return f"{_named(field)} = {quoted(value)}"


def select(
    fields: Sequence[str], source: str, where: str, *, order: Sequence[str] = (), limit: int = 0
) -> str:
    names = ",".join(_named(field) for field in fields)
    text = f"SELECT {names} FROM {_named(source)} WHERE {where}"  # noqa: S608 (names checked, values quoted)
    if order:
        text += f" ORDER BY {','.join(_named(field) for field in order)}"
    return f"{text} LIMIT {limit:d}" if limit else text


def count(source: str, where: str) -> str:
    return f"SELECT COUNT() FROM {_named(source)} WHERE {where}"  # noqa: S608 (as above)


def window(*, since: int, until: int, after: tuple[int, str] | None, by: str = "SystemModstamp") -> str:
    """This holds for rows stamped from `since` to `until`, behind the position `after`.

    Bulk changes give thousands of rows one stamp, and a page may end inside such a tie: the id says
    where. Order by (SystemModstamp, Id).
    """
    end = f"{_named(by)} <= {written(until)}"
    if after is None:
        return f"{by} >= {written(since)} AND {end}"
    stamp, row_id = written(after[0]), quoted(after[1])
    return f"({by} > {stamp} OR ({by} = {stamp} AND Id > {row_id})) AND {end}"


def first_load(*, until: int, after_id: str, by: str = "SystemModstamp") -> str:
    """This holds for all rows that stood still since `until`, behind an id. Order by Id."""
    end = f"{_named(by)} <= {written(until)}"
    return f"Id > {quoted(after_id)} AND {end}" if after_id else end


def _named(name: str) -> str:
    """Field names come from settings: what is no name is no part of a query."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no field name")
    return name
