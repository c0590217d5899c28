"""One page of a stream: ask from where the cursor stands, understand each row, say where to go on.

`queryAll` also shows deleted rows: a deletion moves the stamp, so it arrives like any other change.
A page ends the walk only if the org says that its answer is complete *and* it holds fewer rows than
were asked for. Salesforce shortens pages of wide rows as it likes, so a short page alone says nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from connectors.calling import Declined
from connectors.errors import Unreachable
from connectors.protocol import Known
from connectors.records import PERSON_KINDS, Page, Unread
from connectors.salesforce import own_tasks, rows, window
from connectors.salesforce.bundle import Asked
from connectors.salesforce.companions import companions
from connectors.salesforce.instants import SECOND, written
from connectors.salesforce.org import OPTIONAL, Org, Rows
from connectors.salesforce.questions import answered
from connectors.salesforce.reading import id_of, understood
from connectors.salesforce.shapes import renewed
from connectors.salesforce.streams import Row, Source
from connectors.salesforce.window import Job, Walk

# A first load that ended longer ago than this has something new behind it by now.
FRESH = 60 * SECOND
# An org that has lost a field calls the query malformed in places, an unknown field in others.
FIELD_CODES = frozenset({"INVALID_FIELD", "MALFORMED_QUERY"})


def page(
    org: Org, source: Source, cursor: str, known: Known, asked: Asked | None = None, *, bulk_from: int = 0
) -> Page:
    """This reads the next page of a stream; `asked` is its answer, where it came with others."""
    walk = asked.walk if asked else renewed(org, source, window.read(cursor)).begun(org.server_now())
    try:
        found = asked.rows if asked else _ask(org, source, walk)
    except Declined as error:
        if "INVALID_TYPE" in error.codes or (FIELD_CODES & error.codes and source.kind not in PERSON_KINDS):
            return _hidden(source, cursor, error)
        raise
    walk = walk.met(recent(found.rows, walk, source.stamp))
    following = walk.ended() if found.is_end else _moved(walk, source, found.rows)
    if walk.is_first_load and not walk.id and not found.is_end:
        where = source.narrowed(walk.where_by(source.stamp))
        following = replace(following, expected=org.count(source.object, where))
        if bulk_from and following.expected >= bulk_from:
            following = replace(following, job=Job())
    fresh = found.rows if walk.is_first_load else _unknown(source, found.rows, known)
    company = companions(org, source, fresh)
    tasks = own_tasks.seen(fresh) if source.object == "Task" else ()
    clear = [source.object]  # it may have been hidden from our user
    if not source.record:
        clear += filter(None, map(id_of, fresh))
    records, touches, unread, gone = understood(source, fresh)
    touches += company
    return Page(
        cursor=window.written(following),
        caught_up=found.is_end and (not walk.is_first_load or org.server_now() - walk.until < FRESH),
        records=tuple(records),
        touches=tuple(touches),
        unread=tuple(unread),
        expected=following.expected,
        understood=tuple(clear),
        withdrawn=gone,
        tasks=tasks,
    )


def recent(found: Sequence[Row], walk: Walk, stamp: str) -> int:
    """This counts the rows that changed shortly before the walk's end. It decides what a poll costs,
    not what it finds, so the text of a stamp, which is in UTC, is good enough."""
    edge = written(walk.recent_from)
    try:
        return sum([row[stamp] >= edge for row in found])
    except (TypeError, KeyError):  # an odd one is among them, which will be put aside
        stamps = [row.get(stamp) for row in found if isinstance(row, dict)]
        return sum([each >= edge for each in stamps if isinstance(each, str)])


def _ask(org: Org, source: Source, walk: Walk) -> Rows:
    """A field that the org refuses (it is not that kind of org, the field was deleted, or is hidden from
    our user) is left out from then on; so are those of a parent object that our user may not see."""
    optional = (lambda: org.leave_out_optional(source.object),)
    remedies: tuple[Callable[[], object], ...] = (
        *(optional if not OPTIONAL.isdisjoint(source.fields) else ()),
        lambda: org.describe(source.object, fresh=True),
        lambda: org.leave_out_parents(source.object),
    )
    for remedy in remedies:
        try:
            return answered(org, source, walk)
        except Declined as error:
            if not FIELD_CODES & error.codes:
                raise
        remedy()
    return answered(org, source, walk)


def _moved(walk: Walk, source: Source, found: Sequence[Row]) -> Walk:
    """This is where the next page begins: behind the last row that says where it stands."""
    for row in reversed(found):
        try:
            stamp, row_id = rows.position(row, source.stamp)
        except (ValueError, TypeError, AttributeError):
            continue
        if (stamp, row_id) == (walk.stamp, walk.id):
            break
        return walk.moved_to(stamp, row_id)
    raise Unreachable(f"salesforce {source.object}: a page came that leads nowhere")


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


def _hidden(source: Source, cursor: str, error: Declined) -> Page:
    """The object does not exist for our user, or has other fields in this org: that costs this stream, not
    the run. (Without people there is nothing to run for.)"""
    reason = f"our user may not see {source.object}: {error.words}"
    return Page(cursor, caught_up=True, unread=(Unread(source.stream.name, source.object, reason, b""),))
