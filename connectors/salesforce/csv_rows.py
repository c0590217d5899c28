"""Results of the Bulk API as rows of the shape that REST gives: typed values, parents within. Fields that are
empty are left out: most fields of most rows are.

A real CSV reader reads them: texts hold line breaks, quotes and NUL. What is no number although its
column says so stays text, so that whoever reads the row puts it aside with its own reason.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

CELL_MAX = 16 * 1024 * 1024  # the longest text field of Salesforce holds 131,072 characters

Types = Mapping[str, str]  # a column's type as describe says it; text where nothing is said
_Put = Callable[[str], Any]


def rows(body: bytes, types: Types) -> Iterator[dict[str, Any]]:
    """These are the rows of one CSV answer, one at a time."""
    csv.field_size_limit(CELL_MAX)
    # newline="": a line break inside of a text is the reader's business
    whole = body.replace(b"\0", "\ufffd".encode()) if b"\0" in body else body
    lines = csv.reader(io.TextIOWrapper(io.BytesIO(whole), "utf-8", "replace", newline=""))
    header = next(lines, [])
    own = [(place, name) for place, name in enumerate(header) if "." not in name]
    names, places = [name for _, name in own], [place for place, _ in own]
    typed = [(place, name, put) for place, name in own if (put := _put(types.get(name, "")))]
    parents = _parents(header, types)
    width = len(header)
    for cells in lines:
        if len(cells) != width:
            yield {"Id": cells[0] if cells else None, "cells": cells}  # it will be put aside
            continue
        held = map(cells.__getitem__, places)
        row: dict[str, Any] = {name: cell for name, cell in zip(names, held, strict=True) if cell}
        for place, name, put in typed:
            if cell := cells[place]:
                row[name] = put(cell)
        for name, fields in parents:
            row[name] = {field: put(cell) for place, field, put in fields if (cell := cells[place])} or None
        yield row


def _parents(header: Sequence[str], types: Types) -> list[tuple[str, list[tuple[int, str, _Put]]]]:
    found: dict[str, list[tuple[int, str, _Put]]] = {}
    for place, path in enumerate(header):
        parent, dot, field = path.partition(".")
        if dot:
            found.setdefault(parent, []).append((place, field, _put(types.get(path, "")) or str))
    return list(found.items())


def _put(type_: str) -> _Put | None:
    """This makes a value of a cell; None where the cell is the value."""
    match type_:
        case "boolean":
            return _boolean
        case "int" | "double" | "currency" | "percent" | "long":
            return _number
    return None


def _boolean(cell: str) -> bool | str:
    return {"true": True, "false": False}.get(cell.lower(), cell)


def _number(cell: str) -> int | float | str:
    try:
        return int(cell) if cell.lstrip("-").isdecimal() else float(cell)
    except ValueError:
        return cell
