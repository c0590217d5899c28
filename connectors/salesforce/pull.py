"""One page of a stream: ask from where the cursor stands, understand each row, say where to go on.

`queryAll` also shows deleted rows: a deletion moves the stamp, so it arrives like any other change.
A page ends the walk only if the org says that its answer is complete *and* it holds fewer rows than
were asked for. Salesforce shortens pages of wide rows as it likes, so a short page alone says nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from connectors.calling import Declined
from connectors.errors import Unreachable
from connectors.protocol import Known
from connectors.records import PERSON_KINDS, Page, Unread
from connectors.salesforce import window
from connectors.salesforce.bundle import Asked
from connectors.salesforce.instants import SECOND
from connectors.salesforce.org import OPTIONAL, Org, Rows
from connectors.salesforce.questions import answered
from connectors.salesforce.shapes import renewed
from connectors.salesforce.streams import Source
from connectors.salesforce.taking import Take, Taken, last_place, page_of, recent_in, taker
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
    take = taker(source, walk, known)
    try:
        found = asked.rows.taken_by(take) if asked else _ask(org, source, walk, take)
    except Declined as error:
        if "INVALID_TYPE" in error.codes or (FIELD_CODES & error.codes and source.kind not in PERSON_KINDS):
            return _hidden(source, cursor, error)
        raise
    walk = walk.met(recent_in(found.rows))
    following = walk.ended() if found.is_end else _moved(walk, source, last_place(found.rows))
    if walk.is_first_load and not walk.id and not found.is_end:
        where = source.narrowed(walk.where_by(source.stamp))
        following = replace(following, expected=org.count(source.object, where))
        if bulk_from and following.expected >= bulk_from:
            following = replace(following, job=Job())
    is_now = not walk.is_first_load or org.server_now() - walk.until < FRESH
    return page_of(org, source, following, found.rows, caught_up=found.is_end and is_now)


def _ask(org: Org, source: Source, walk: Walk, take: Take) -> Rows[Taken]:
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
            return answered(org, source, walk, take)
        except Declined as error:
            if not FIELD_CODES & error.codes:
                raise
        remedy()
    return answered(org, source, walk, take)


def _moved(walk: Walk, source: Source, place: tuple[int, str] | None) -> Walk:
    """This is where the next page begins: behind the last row that says where it stands."""
    if place is None or place == (walk.stamp, walk.id):
        raise Unreachable(f"salesforce {source.object}: a page came that leads nowhere")
    return walk.moved_to(*place)


def _hidden(source: Source, cursor: str, error: Declined) -> Page:
    """The object does not exist for our user, or has other fields in this org: that costs this stream, not
    the run. (Without people there is nothing to run for.)"""
    reason = f"our user may not see {source.object}: {error.words}"
    return Page(cursor, caught_up=True, unread=(Unread(source.stream.name, source.object, reason, b""),))
