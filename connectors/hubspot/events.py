"""Rows that are events, read one by one, so that a bad one costs only itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from connectors.hubspot import reading
from connectors.hubspot.rows import UNREADABLE, Row
from connectors.records import Page, Touch, Unread


def read(
    stream: str, found: Sequence[Any], touches_of: Callable[[Row], Iterable[Touch]], *, ended: bool = False
) -> Page:
    """This reads the rows of one page as touches."""
    touches: list[Touch] = []
    unread: list[Unread] = []
    understood: list[str] = []
    for row in found:
        try:
            touches += tuple(touches_of(row))
            understood.append(reading.name_of(row))
        except UNREADABLE as error:
            unread.append(reading.unread(stream, row, error))
    return Page("", ended, touches=tuple(touches), unread=tuple(unread), understood=tuple(understood))
