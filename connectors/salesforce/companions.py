"""Rows of other objects that a changed row speaks of: who was in a deal, who else was in a call.

A deal's row changes when it is won, its contact roles do not; a shared task's row changes when it is
done, the relations to its other contacts do not. So they are asked for with the row that changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from connectors.calling import Declined
from connectors.records import Touch
from connectors.salesforce import signals, soql
from connectors.salesforce.ids import long_id
from connectors.salesforce.org import Org
from connectors.salesforce.reading import id_of
from connectors.salesforce.streams import Row, Source

IDS_PER_QUERY = 400  # an address may be 16,384 bytes long, an id takes 23 of them
PAGES_MAX = 400  # of one query; a deal has a few roles


@dataclass(frozen=True, slots=True)
class Companion:
    """The object that is asked, the field that names the changed row, and what both say together."""

    object: str
    field: str
    fields: tuple[str, ...]
    touches: Callable[[Row, Row], Iterator[Touch]]
    only: str = ""


_OF: Mapping[str, Companion] = {
    "Opportunity": Companion(
        *("OpportunityContactRole", "OpportunityId"),
        ("Id", "OpportunityId", "ContactId", "SystemModstamp"),
        signals.of_role,
    ),
    "Task": Companion(
        *("TaskRelation", "TaskId", ("Id", "TaskId", "RelationId", "IsWhat")),
        signals.of_task_relation,
        "IsWhat = false",
    ),
    "Event": Companion(
        *("EventRelation", "EventId", ("Id", "EventId", "RelationId", "IsWhat")),
        signals.of_event_relation,
        "IsWhat = false",
    ),
}


def companions(org: Org, source: Source, found: Sequence[Row]) -> list[Touch]:
    """These touches follow from rows that hang on the changed ones. (What joins later arrives by its own
    stream, where it has one.)"""
    companion = _OF.get(source.object)
    if companion is None or (source.object == "Opportunity" and source.kind != "deal"):
        return []
    changed = {row_id: row for row in found if (row_id := id_of(row)) and _has_company(source, row)}
    touches: list[Touch] = []
    ids = sorted(changed)
    for start in range(0, len(ids), IDS_PER_QUERY):
        touches += _asked(org, companion, changed, ids[start : start + IDS_PER_QUERY])
    return touches


def _has_company(source: Source, row: Row) -> bool:
    """Without shared activities there is no WhoCount, and a task is about one person at most."""
    if row.get("IsDeleted") is not False:
        return False
    count = row.get("WhoCount")
    return source.kind == "deal" or (isinstance(count, int) and count > 1)


def _asked(org: Org, companion: Companion, changed: Mapping[str, Row], ids: Sequence[str]) -> list[Touch]:
    touches: list[Touch] = []
    last = ""
    for _ in range(PAGES_MAX):
        where = soql.any_of(companion.field, ids) + (f" AND {companion.only}" if companion.only else "")
        where += f" AND Id > {soql.quoted(last)}" if last else ""
        text = soql.select(companion.fields, companion.object, where, order=("Id",), limit=soql.LIMIT)
        try:
            found = org.query(text)
        except Declined as error:
            if {"INVALID_TYPE", "INVALID_FIELD"} & error.codes:
                return touches  # our user may not see them; the row itself was read
            raise
        for row in found.rows:
            try:
                touches += companion.touches(row, changed[long_id(row.get(companion.field))])
            except (ValueError, TypeError, AttributeError, KeyError):
                continue  # a stream of their own, where there is one, keeps what cannot be read
        if found.is_end or not found.rows:
            break
        last = id_of(found.rows[-1])
    return touches
