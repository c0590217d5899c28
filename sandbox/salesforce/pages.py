"""Answers to queries, cut into pages behind opaque locators.

Salesforce makes pages of wide rows smaller and does not say so: only `done` tells the end. A locator
holds the ids of the result, not its values, so a row shows what it is when its page is fetched.
"""

from __future__ import annotations

from collections import OrderedDict
from itertools import count
from typing import Any

from sandbox.salesforce import ids
from sandbox.salesforce.query import Found
from sandbox.salesforce.refusals import RequestRefused

PAGE_MAX, PAGE_MIN = 2_000, 200
# A recorded query for 13 fields came in pages of 2,000, one for 20 fields in pages of 1,000.
WIDE, WIDER = 18, 100
LOCATORS_MAX = 200  # in memory; Salesforce keeps them for two days


class Pages:
    """The open results."""

    def __init__(self) -> None:
        self._open: OrderedDict[str, tuple[Found, int]] = OrderedDict()
        self._next = count(1)

    def first(self, found: Found, version: str, *, batch_size: int = PAGE_MAX) -> dict[str, Any]:
        """This is the first page; if there are more, the result stays open."""
        total = len(found.numbers)
        if found.is_count:
            return {"totalSize": total, "done": True, "records": []}
        size = max(PAGE_MIN, min(batch_size, page_size(found.width)))
        locator = ""
        if total > size:
            locator = "0r8" + ids.encode("xx0", next(self._next))[3:15]
            self._open[locator] = (found, size)
            if len(self._open) > LOCATORS_MAX:
                self._open.popitem(last=False)
        return _page(found, 0, size, locator, version)

    def further(self, text: str, version: str) -> dict[str, Any]:
        """This is the page that a locator (`0r8…-2000`) names, as often as it is asked for."""
        locator, _, offset = text.rpartition("-")
        held = self._open.get(locator)
        if held is None or not offset.isdigit() or int(offset) >= len(held[0].numbers):
            raise RequestRefused(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        self._open.move_to_end(locator)
        return _page(held[0], int(offset), held[1], locator, version)


def page_size(width: int) -> int:
    return PAGE_MAX if width < WIDE else PAGE_MAX // 2 if width < WIDER else PAGE_MIN


def _page(found: Found, start: int, size: int, locator: str, version: str) -> dict[str, Any]:
    stop = min(start + size, len(found.numbers))
    shown = (found.show(number) for number in found.numbers[start:stop])
    page: dict[str, Any] = {"totalSize": len(found.numbers), "done": stop == len(found.numbers)}
    if not page["done"]:
        page["nextRecordsUrl"] = f"/services/data/{version}/query/{locator}-{stop}"
    return page | {"records": [row for row in shown if row is not None]}
