"""Rows become records and touches; what cannot be understood is kept with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import orjson

from connectors.records import Record, Touch, Unread
from connectors.salesforce.ids import long_id
from connectors.salesforce.streams import Row, Source


class Understood(NamedTuple):
    """What some rows became. `withdrawn` are touches that are taken back: their rows tell nothing any more.
    They were deleted, are open again, or speak of nobody now."""

    records: list[Record]
    touches: list[Touch]
    unread: list[Unread]
    withdrawn: tuple[str, ...]


def understood(source: Source, found: Sequence[Row]) -> Understood:
    """This reads rows in their order. Each is taken by itself: an odd one costs the others nothing."""
    records: list[Record] = []
    touches: list[Touch] = []
    unread: list[Unread] = []
    record, besides, told = source.record, source.besides, source.touches
    names = _names(source, found)
    for row in found:
        try:
            if record:
                made = record(row)
                records.append(made)
                if besides:
                    touches += besides(row, made)
            if told:
                touches += told(row)
        except (ValueError, TypeError, AttributeError, OverflowError) as error:
            unread.append(_unread(source, row, error))
    names.difference_update(touch.source_id for touch in touches)
    names.difference_update(f"{source.told_as}:{each.id}" for each in unread)
    return Understood(records, touches, unread, tuple(sorted(names)))


def _names(source: Source, found: Iterable[Row]) -> set[str]:
    """So their touches are called, where they may be taken back."""
    if not source.told_as:
        return set()
    return {f"{source.told_as}:{row_id}" for row in found if (row_id := id_of(row))}


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
