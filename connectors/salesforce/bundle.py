"""Polls that are asked together. Up to five queries of one call count as a single call of the org's day.

The store asks for one stream after the other. When it asks for what it was last handed, the streams of
the same clock are asked with it, each at its own bookmark, and their answers wait until the store comes
for them. An answer is as of the instant at which it was asked, so that waiting makes nothing wrong; one
that waited too long, or was refused, is asked again alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from connectors.calling import Declined
from connectors.errors import Unreachable
from connectors.records import Page
from connectors.salesforce import window
from connectors.salesforce.org import Org, Rows, rows_of
from connectors.salesforce.questions import question
from connectors.salesforce.shapes import renewed
from connectors.salesforce.streams import Row, Source
from connectors.salesforce.window import Walk

QUERIES_MAX = 5  # in one call
ROWS_MAX = 1_000  # of each query: five pages are in memory at once
QUERY_MAX = 4_000  # characters; a longer one is asked alone
FRESH_S = 30.0
FRESH_SHARE = 0.1  # of a stream's interval: what is read once an hour may be some minutes old


@dataclass(frozen=True, slots=True)
class Asked:
    """An answer that waits to be fetched."""

    cursor: str
    walk: Walk
    rows: Rows[Row]
    at_s: float


class Bundle:
    """What was handed out last for each stream, and what was asked ahead."""

    def __init__(self, org: Org, sources: Mapping[str, Source]) -> None:
        self._org, self._sources = org, sources
        self._cursors: dict[str, str] = {}
        self._waiting: dict[str, Asked] = {}
        self._is_refused = False

    def remember(self, name: str, page: Page) -> None:
        """The next poll of this stream will come with this bookmark."""
        if page.caught_up and page.cursor:
            self._cursors[name] = page.cursor
        else:
            self._cursors.pop(name, None)

    def settled(self, names: Iterable[str]) -> int:
        """Up to here all of these streams were read, and nothing shows up late; 0 = not known."""
        if not all(name in self._cursors for name in names):
            return 0
        return min(window.read(self._cursors[name]).settled for name in names)

    def take(self, name: str, cursor: str) -> Asked | None:
        """This is the answer for a stream at a bookmark, if it could be asked with others."""
        if self._is_refused or self._cursors.get(name) != cursor:
            return None
        walk = window.read(cursor)
        if renewed(self._org, self._sources[name], walk) != walk:
            return None
        waiting = self._waiting.pop(name, None)
        if waiting is None or waiting.cursor != cursor or self._is_stale(name, waiting):
            group = self._group(name)
            if len(group) > 1:
                self._ask(group)
            waiting = self._waiting.pop(name, None)
        return waiting if waiting and waiting.cursor == cursor else None

    def _is_stale(self, name: str, waiting: Asked) -> bool:
        fresh_s = FRESH_S + FRESH_SHARE * self._sources[name].stream.every_s
        return self._org.monotonic() - waiting.at_s > fresh_s

    def _group(self, name: str) -> list[str]:
        """These streams have the same clock and come after this one; the store goes by their order."""
        every_s = self._sources[name].stream.every_s
        names = list(self._sources)
        after = names[names.index(name) :]
        some = [each for each in after if self._sources[each].stream.every_s == every_s]
        return [each for each in some if each in self._cursors and not self._waits(each)][:QUERIES_MAX]

    def _waits(self, name: str) -> bool:
        held = self._waiting.get(name)
        return held is not None and held.cursor == self._cursors[name] and not self._is_stale(name, held)

    def _ask(self, names: Iterable[str]) -> None:
        now = self._org.server_now()
        walks = {name: window.read(self._cursors[name]).begun(now) for name in names}
        texts = {
            name: question(self._org, self._sources[name], walk, limit=ROWS_MAX)
            for name, walk in walks.items()
        }
        paths = {name: f"queryAll?q={quote(text)}" for name, text in texts.items() if len(text) <= QUERY_MAX}
        try:
            answers = self._org.together(paths) if len(paths) > 1 else {}
        except Declined:
            self._is_refused = True  # it costs more calls, nothing else
            return
        at_s = self._org.monotonic()
        for name, said in answers.items():
            rows = _believed(said, name)
            if rows is not None:
                self._waiting[name] = Asked(self._cursors[name], walks[name], rows, at_s)


def _believed(said: Any, name: str) -> Rows[Row] | None:
    try:
        rows = rows_of(said, name, limit=ROWS_MAX)
    except (Unreachable, KeyError, TypeError):
        return None
    is_sane = isinstance(said["records"], list) and type(rows.total) is int and type(rows.is_all) is bool
    return rows if is_sane else None
