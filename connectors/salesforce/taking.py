"""Rows on their way into a page: each piece of an answer is read, and let go, while it is at hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from connectors.protocol import Known
from connectors.records import Page, TaskSeen
from connectors.salesforce import companions, own_tasks, rows, window
from connectors.salesforce.instants import written
from connectors.salesforce.org import Org
from connectors.salesforce.reading import Understood, id_of, understood
from connectors.salesforce.streams import Row, Source
from connectors.salesforce.window import Walk


class Taken(NamedTuple):
    """What some rows became. `recent` of them changed shortly before the walk's end. `place` is where the
    last one stands that says where. `ids` are those of rows that become no records, `company` the rows
    whose company is to be asked for, `tasks` our own ones."""

    understood: Understood
    recent: int
    place: tuple[int, str] | None
    ids: tuple[str, ...]
    company: Mapping[str, Row]
    tasks: tuple[TaskSeen, ...]


Take = Callable[[list[Row]], Taken]


def taker(source: Source, walk: Walk, known: Known) -> Take:
    """This takes rows of one walk: in a first load all, later those that the store does not hold as they
    are."""
    edge, is_task = written(walk.recent_from), source.object == "Task"

    def take(found: list[Row]) -> Taken:
        recent, place = _recent(found, edge, source.stamp), _place(source, found)
        fresh = found if walk.is_first_load else _unknown(source, found, known)
        ids = () if source.record else tuple(filter(None, map(id_of, fresh)))
        company = companions.leading(source, fresh, is_bulk=walk.job is not None)
        tasks = own_tasks.seen(fresh) if is_task else ()
        return Taken(understood(source, fresh), recent, place, ids, company, tasks)

    return take


def recent_in(taken: Sequence[Taken]) -> int:
    return sum(each.recent for each in taken)


def last_place(taken: Sequence[Taken]) -> tuple[int, str] | None:
    """This is where the last row stands that says where."""
    return next((each.place for each in reversed(taken) if each.place), None)


def page_of(org: Org, source: Source, walk: Walk, taken: Sequence[Taken], *, caught_up: bool = False) -> Page:
    """This is the page that pieces make, with what hangs on their rows; `walk` goes on behind it."""
    company: dict[str, Row] = {}
    for each in reversed(taken):
        company |= each.company  # of two rows that lead the same company, the first counts
    touches = [touch for each in taken for touch in each.understood.touches]
    touches += companions.touches(org, source, company)
    return Page(
        cursor=window.written(walk),
        caught_up=caught_up,
        records=tuple([record for each in taken for record in each.understood.records]),
        touches=tuple(touches),
        unread=tuple([row for each in taken for row in each.understood.unread]),
        expected=walk.expected,
        # the object itself may have been hidden from our user
        understood=(source.object, *(row_id for each in taken for row_id in each.ids)),
        withdrawn=tuple(sorted(name for each in taken for name in each.understood.withdrawn)),
        tasks=tuple([task for each in taken for task in each.tasks]),
    )


def _recent(found: Sequence[Any], edge: str, stamp: str) -> int:
    """This counts the rows that changed shortly before the walk's end. It decides what a poll costs,
    not what it finds, so the text of a stamp, which is in UTC, is good enough."""
    try:
        return sum([row[stamp] >= edge for row in found])
    except (TypeError, KeyError):  # an odd one is among them, which will be put aside
        stamps = [row.get(stamp) for row in found if isinstance(row, dict)]
        return sum([each >= edge for each in stamps if isinstance(each, str)])


def _place(source: Source, found: Sequence[Any]) -> tuple[int, str] | None:
    for row in reversed(found):
        try:
            return rows.position(row, source.stamp)
        except (ValueError, TypeError, AttributeError):
            continue
    return None


def _unknown(source: Source, found: list[Row], known: Known) -> list[Row]:
    """These rows the store does not hold as they are; only records have a stamp there."""
    if not source.record or not found:
        return found
    placed: dict[str, int] = {}
    for row in found:
        try:
            stamp, row_id = rows.position(row)
        except (ValueError, TypeError, AttributeError):
            continue
        placed[row_id] = stamp
    held = known(source.kind, list(placed.items()))
    if not held:
        return found
    return [row for row in found if id_of(row) not in held]
