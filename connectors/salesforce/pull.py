"""One page of a stream: ask from where the cursor stands, understand each row, say where to go on.

`queryAll` also shows deleted rows: a deletion moves the stamp, so it arrives like any other change.
A page ends the walk only if the org says that its answer is complete *and* it holds fewer rows than
were asked for. Salesforce shortens pages of wide rows as it likes, so a short page alone says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson

from connectors.calling import Declined
from connectors.errors import Unreachable
from connectors.protocol import Known
from connectors.records import Page, Record, Touch, Unread
from connectors.salesforce import rows, signals, soql, window
from connectors.salesforce.ids import long_id
from connectors.salesforce.instants import SECOND, written
from connectors.salesforce.org import Org, Rows
from connectors.salesforce.streams import Row, Source
from connectors.salesforce.window import Walk

# A first load that ended longer ago than this has something new behind it by now.
FRESH = 60 * SECOND
ROLES_PER_QUERY = 400  # an address may be 16,384 bytes long, an id takes 23 of them


def page(org: Org, source: Source, cursor: str, known: Known) -> Page:
    """This reads the next page of a stream."""
    walk = window.read(cursor).begun(org.server_now())
    try:
        found = _ask(org, source, walk)
    except Declined as error:
        if "INVALID_TYPE" in error.codes:
            return _hidden(source, cursor, error)
        raise
    walk = walk.met(_recent(found.rows, walk))
    is_end = found.is_all and found.total < soql.LIMIT
    following = walk.ended() if is_end else _moved(walk, source, found.rows)
    if walk.is_first_load and not walk.id and not is_end:
        following = replace(following, expected=org.count(source.object, walk.where))
    fresh = found.rows if walk.is_first_load else _unknown(source, found.rows, known)
    records, touches, unread = _understood(source, fresh)
    touches += _roles(org, source, fresh)
    understood = [source.object]  # it may have been hidden from our user
    if not source.record:
        understood += filter(None, map(_id_of, fresh))
    return Page(
        cursor=window.written(following),
        caught_up=is_end and (not walk.is_first_load or org.server_now() - walk.until < FRESH),
        records=tuple(records),
        touches=tuple(touches),
        unread=tuple(unread),
        expected=following.expected,
        understood=tuple(understood),
    )


def _ask(org: Org, source: Source, walk: Walk) -> Rows:
    """A field that the org refuses (deleted, or hidden from our user) is left out from then on;
    so are the fields of a parent object that our user may not see."""
    remedies = (
        lambda: org.describe(source.object, fresh=True),
        lambda: org.leave_out_parents(source.object),
    )
    for remedy in remedies:
        try:
            return _query(org, source, walk)
        except Declined as error:
            if "INVALID_FIELD" not in error.codes:
                raise
        remedy()
    return _query(org, source, walk)


def _query(org: Org, source: Source, walk: Walk) -> Rows:
    wanted = org.visible(source.object, source.fields)
    text = soql.select(wanted, source.object, walk.where, order=walk.order, limit=soql.LIMIT)
    return org.query(text, with_deleted=True)


def _moved(walk: Walk, source: Source, found: Sequence[Row]) -> Walk:
    """This is where the next page begins: behind the last row that says where it stands."""
    for row in reversed(found):
        try:
            stamp, row_id = rows.position(row)
        except (ValueError, TypeError, AttributeError):
            continue
        if (stamp, row_id) == (walk.stamp, walk.id):
            break
        return walk.moved_to(stamp, row_id)
    raise Unreachable(f"salesforce {source.object}: a page came that leads nowhere")


def _recent(found: Sequence[Row], walk: Walk) -> int:
    """This counts the rows that changed shortly before the walk's end. It decides what a poll costs,
    not what it finds, so the text of a stamp, which is in UTC, is good enough."""
    edge = written(walk.recent_from)
    return sum(str(row.get("SystemModstamp")) >= edge for row in found if isinstance(row, dict))


def _unknown(source: Source, found: Sequence[Row], known: Known) -> Sequence[Row]:
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
    return [row for row in found if _id_of(row) not in held]


def _understood(source: Source, found: Sequence[Row]) -> tuple[list[Record], list[Touch], list[Unread]]:
    records: list[Record] = []
    touches: list[Touch] = []
    unread: list[Unread] = []
    for row in found:
        try:
            if source.record:
                records.append(source.record(row))
            if source.touches:
                touches += list(source.touches(row))
        except (ValueError, TypeError, AttributeError, OverflowError) as error:
            unread.append(_unread(source, row, error))
    return records, touches, unread


def _roles(org: Org, source: Source, found: Sequence[Row]) -> list[Touch]:
    """A changed opportunity speaks of the contacts in it, who are rows of another object. (A contact
    who joins later arrives by that object's own stream.)"""
    if source.kind != "deal":
        return []
    changed = {row_id: row for row in found if (row_id := _id_of(row)) and row.get("IsDeleted") is False}
    touches: list[Touch] = []
    ids = sorted(changed)
    for start in range(0, len(ids), ROLES_PER_QUERY):
        touches += _roles_of(org, changed, ids[start : start + ROLES_PER_QUERY])
    return touches


def _roles_of(org: Org, changed: Mapping[str, Row], ids: Sequence[str]) -> list[Touch]:
    touches: list[Touch] = []
    last = ""
    for _ in range(ROLES_PER_QUERY):  # pages; a deal has a few roles
        where = soql.any_of("OpportunityId", ids) + (f" AND Id > {soql.quoted(last)}" if last else "")
        wanted = ("Id", "OpportunityId", "ContactId", "SystemModstamp")
        text = soql.select(wanted, "OpportunityContactRole", where, order=("Id",), limit=soql.LIMIT)
        found = org.query(text)
        for role in found.rows:
            try:
                touches += signals.of_role(role, changed[long_id(role.get("OpportunityId"))])
            except (ValueError, TypeError, AttributeError, KeyError):
                continue  # the role's own stream keeps what cannot be read
        if (found.is_all and found.total < soql.LIMIT) or not found.rows:
            break
        last = _id_of(found.rows[-1])
    return touches


def _id_of(row: Any) -> str:
    try:
        return long_id(row.get("Id"))
    except (ValueError, TypeError, AttributeError):
        return ""


def _unread(source: Source, row: Any, error: Exception) -> Unread:
    return Unread(
        stream=source.stream.name,
        id=_id_of(row),
        reason=str(error) or type(error).__name__,
        raw=_raw(row),
    )


def _raw(row: Any) -> bytes:
    try:
        return orjson.dumps(row)
    except TypeError:  # a number beyond 64 bits
        return repr(row).encode()


def _hidden(source: Source, cursor: str, error: Declined) -> Page:
    """The object does not exist for our user: that costs this stream, not the run."""
    reason = f"our user may not see {source.object}: {error.words}"
    return Page(cursor, caught_up=True, unread=(Unread(source.stream.name, source.object, reason, b""),))
