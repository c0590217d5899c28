"""The calls that read records: list, search, batch read, associations; one page each.

Search is an index that lags and lies a little (its totals, its empty pages, its bodies), so it is
asked for ids only, and every row is then read from the database by batch.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import orjson

from connectors.calling import Request
from connectors.errors import Unreachable
from connectors.hubspot import client, values
from connectors.hubspot.client import Portal
from connectors.hubspot.rows import UNREADABLE, Row
from connectors.records import Unread

LIST_MAX = 100
SEARCH_MAX = 200
BATCH_MAX = 100
HISTORY_MAX = 50
ASSOCIATIONS_MAX = 1_000
RESULTS = {"results": list}
GONE = frozenset({404})
_ID = re.compile(r"(?<=/)(?:\d+|[0-9a-fA-F]{8}-[0-9a-fA-F-]{27})(?=/|$)")


@dataclass(frozen=True, slots=True)
class Rows:
    """One page: its rows, the opaque mark of the next one ("" = no more), the portal's own count."""

    rows: list[Any]
    after: str
    total: int = 0


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of modification dates, walked by ascending id.

    The id, not an offset, marks the place: bulk jobs give more than 10,000 rows one stamp, searches
    end after 10,000, and a row that changes in between would shift all offsets behind it.
    """

    since: int
    until: int
    last_id: int = 0
    after: str = ""


def listed(
    portal: Portal,
    path: str,
    query: Iterable[tuple[str, str]],
    after: str,
    *,
    limit: int = LIST_MAX,
    allowed: frozenset[int] = frozenset(),
) -> Rows:
    """This reads one page of a list; `paging.next` alone says whether there is another. An answer with
    an `allowed` status (404: what the list belongs to is gone) is an empty list."""
    pairs = [("limit", str(limit)), *query, *([("after", after)] if after else [])]
    template = _ID.sub("{id}", path)
    request = Request("GET", path, template, query=tuple(pairs), required=RESULTS, allowed=allowed)
    data = portal.call(request).data
    return Rows([], "") if data is None else _rows(data)


def found(
    portal: Portal,
    object_type: str,
    dates: Sequence[str],
    window: Window,
    more: Sequence[dict[str, Any]] = ({},),
) -> Rows:
    """This reads one page of ids with their dates out of a window: rows any of whose `dates` is in it and,
    where there are `more` conditions, for which any of these holds."""
    behind = {"propertyName": "hs_object_id", "operator": "GT", "value": str(window.last_id)}
    body: dict[str, Any] = {
        "filterGroups": [
            {"filters": [_between(date, window), behind, *([condition] if condition else [])]}
            for date in dates
            for condition in more
        ],
        "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
        "properties": list(dates),
        "limit": SEARCH_MAX,
    }
    if window.after:
        body["after"] = window.after
    path = client.objects(object_type, "search")
    reply = portal.call(Request("POST", path, body=body, budget=client.SEARCH, required=RESULTS))
    return _rows(reply.data)


def _between(date: str, window: Window) -> dict[str, Any]:
    since, until = str(window.since // values.MS), str(window.until // values.MS)
    return {"propertyName": date, "operator": "BETWEEN", "value": since, "highValue": until}


def batch(
    portal: Portal,
    object_type: str,
    ids: Sequence[str],
    properties: Sequence[str],
    *,
    histories: Sequence[str] = (),
    archived: bool = False,
) -> list[Any]:
    """This reads rows by id, in whatever order; what is not there is missing from the answer."""
    rows: list[Any] = []
    for some in chunks(ids, HISTORY_MAX if histories else BATCH_MAX):
        body: dict[str, Any] = {"inputs": [{"id": each} for each in some], "properties": list(properties)}
        if histories:
            body["propertiesWithHistory"] = list(histories)
        query = (("archived", "true"),) if archived else ()
        path = client.objects(object_type, "batch/read")
        rows += portal.call(Request("POST", path, query=query, body=body, required=RESULTS)).data["results"]
    return rows


def linked(portal: Portal, from_type: str, to_type: str, ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """This reads who belongs to whom. A row without links comes back as an error, which is none."""
    links: dict[str, tuple[str, ...]] = {}
    for some in chunks(ids, ASSOCIATIONS_MAX):
        body = {"inputs": [{"id": each} for each in some]}
        path = client.associations(from_type, to_type, "read")
        for result in portal.call(Request("POST", path, body=body, required=RESULTS)).data["results"]:
            try:
                others = (values.record_id(each["toObjectId"]) for each in result["to"])
                links[values.record_id(result["from"]["id"])] = tuple(dict.fromkeys(others))
            except UNREADABLE as error:
                # passing over it would say "linked to nobody", and make a task a second time
                raise Unreachable(f"{client.CRM} {path}: associations of an unknown shape") from error
    return links


def unread(stream: str, row: Any, error: Exception) -> Unread:
    """This keeps a row that could not be understood."""
    return Unread(stream, name_of(row), f"{type(error).__name__}: {error}", _raw(row))


def name_of(row: Any) -> str:
    """This is what a row is set aside under: its id or, without one, its content."""
    row_id = row.get("id") or row.get("conversionId") if isinstance(row, dict) else None
    return str(row_id) if row_id else hashlib.sha256(_raw(row)).hexdigest()[:32]


def _raw(row: Any) -> bytes:
    return orjson.dumps(row, option=orjson.OPT_NON_STR_KEYS)


def chunks(items: Sequence[str], size: int) -> Iterable[list[str]]:
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some


def next_after(data: Row) -> str:
    """This is the opaque mark of the next page, "" at the end."""
    paging = data.get("paging")
    following = paging.get("next") if isinstance(paging, dict) else None
    return str(following.get("after") or "") if isinstance(following, dict) else ""


def _rows(data: Row) -> Rows:
    total = data.get("total")
    return Rows(data["results"], next_after(data), total if isinstance(total, int) else 0)
