"""The query that reads the next page of a stream.

The address of a request may be 16,384 bytes long, headers included. A field list that does not fit is
asked in parts, and the rows are put together by their ids.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar
from urllib.parse import quote

from connectors.salesforce import soql
from connectors.salesforce.org import Org, Rows
from connectors.salesforce.streams import Row, Source
from connectors.salesforce.window import Walk

T = TypeVar("T")

ADDRESS_MAX = 13_000  # bytes of a query as it travels: headers and path need the rest
PLACE = ("Id", "SystemModstamp", "CreatedDate")  # every part says where its rows stand


def question(org: Org, source: Source, walk: Walk, *, limit: int = soql.LIMIT, bulk: bool = False) -> str:
    """This asks for all fields at once. A bulk query has neither order nor end."""
    wanted = org.visible(source.object, source.fields)
    where = source.narrowed(walk.where_by(source.stamp))
    if bulk:
        return soql.select(wanted, source.object, where)
    return soql.select(wanted, source.object, where, order=walk.order_by(source.stamp), limit=limit)


def answered(org: Org, source: Source, walk: Walk, take: Callable[[list[Row]], T]) -> Rows[T]:
    """This asks for a page and gives its rows to `take`, some at a time. Where the address would be too
    long, it is asked in parts."""
    text = question(org, source, walk)
    if len(quote(text)) <= ADDRESS_MAX:
        return org.taken(text, take)
    wanted = org.visible(source.object, source.fields)
    where = source.narrowed(walk.where_by(source.stamp))
    order = walk.order_by(source.stamp)
    room = ADDRESS_MAX - len(quote(soql.select(PLACE, source.object, where, order=order, limit=soql.LIMIT)))
    parts = [
        org.query(
            soql.select((*place, *names), source.object, where, order=order, limit=soql.LIMIT),
            with_deleted=True,
        )
        for place, names in _parts(wanted, room)
    ]
    return joined(parts).taken_by(take)


def joined(parts: Sequence[Rows[Row]]) -> Rows[Row]:
    """These are the rows that all parts hold, up to where the shortest part ends. A row that changed
    meanwhile has left the window in some of them; the next walk meets it."""
    shortest = min(parts, key=lambda part: len(part.rows))
    others = [{row.get("Id"): row for row in part.rows} for part in parts if part is not shortest]
    rows: list[Row] = []
    for row in shortest.rows:
        held = [other.get(row.get("Id")) for other in others]
        if all(each is not None for each in held):
            merged = dict(row)
            for each in held:
                merged.update(each or {})
            rows.append(merged)
    is_all = all(part.is_all for part in parts)
    return Rows(rows, max(part.total for part in parts), is_all)


def _parts(wanted: Sequence[str], room: int) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    place = tuple(name for name in PLACE if name in wanted)
    names: list[str] = []
    size = 0
    for name in wanted:
        if name in place:
            continue
        if names and size + len(quote(name)) + 3 > room:
            yield place, names
            names, size = [], 0
        names.append(name)
        size += len(quote(name)) + 3
    yield place, names
