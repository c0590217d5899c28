"""Rows become records and touches; what cannot be understood is kept with the reason."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from connectors.records import Record, Touch, Unread
from connectors.salesforce.ids import long_id
from connectors.salesforce.streams import Row, Source

Understood = tuple[list[Record], list[Touch], list[Unread]]


def understood(source: Source, found: Iterable[Row]) -> Understood:
    """These are the records and touches of some rows, and the rows that are neither."""
    records: list[Record] = []
    touches: list[Touch] = []
    unread: list[Unread] = []
    record, told = source.record, source.touches
    for row in found:
        try:
            if record:
                records.append(record(row))
            if told:
                touches += told(row)
        except (ValueError, TypeError, AttributeError, OverflowError) as error:
            unread.append(_unread(source, row, error))
    return records, touches, unread


def withdrawn(source: Source, found: Iterable[Row], said: Understood) -> tuple[str, ...]:
    """These touches are taken back: their rows tell nothing any more. They were deleted, are open again, or
    speak of nobody now."""
    if not source.told_as:
        return ()
    _, touches, unread = said
    names = {f"{source.told_as}:{row_id}" for row in found if (row_id := id_of(row))}
    names.difference_update(touch.source_id for touch in touches)
    return tuple(sorted(names.difference(f"{source.told_as}:{each.id}" for each in unread)))


def id_of(row: Any) -> str:
    """This is the id of a row, "" where it has none."""
    try:
        return long_id(row.get("Id"))
    except (ValueError, TypeError, AttributeError):
        return ""


def _unread(source: Source, row: Any, error: Exception) -> Unread:
    return Unread(
        stream=source.stream.name,
        id=id_of(row),
        reason=str(error) or type(error).__name__,
        raw=_raw(row),
    )


def _raw(row: Any) -> bytes:
    try:
        return orjson.dumps(row)
    except TypeError:  # a number beyond 64 bits
        return repr(row).encode()
