"""Rows of other objects that a changed row speaks of: who was in a deal, who else was in a call.

A deal's row changes when it is won, its contact roles do not; a shared task's row changes when it is
done, the relations to its other contacts do not. So they are asked for with the row that changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from connectors.calling import Declined
from connectors.records import Touch
from connectors.salesforce import soql
from connectors.salesforce.activity_signals import of_event_relation, of_task_relation
from connectors.salesforce.deal_signals import closes, of_role, of_role_at_stage
from connectors.salesforce.ids import long_id
from connectors.salesforce.org import Org
from connectors.salesforce.reading import id_of
from connectors.salesforce.streams import Row, Source

IDS_PER_QUERY = 400  # an address may be 16,384 bytes long, an id takes 23 of them
PAGES_MAX = 400  # of one query; a deal has a few roles


@dataclass(frozen=True, slots=True)
class Companion:
    """The object that is asked, its field that names what changed and that thing's own name for it, which
    rows have company at all, and what both say together."""

    object: str
    field: str
    fields: tuple[str, ...]
    touches: Callable[[Row, Row], Iterator[Touch]]
    has_company: Callable[[Row], bool]
    only: str = ""
    of: str = "Id"
    has_stream: bool = False  # of its own, which says the same in a first load: by bulk, it alone is asked


def _is_there(row: Row) -> bool:
    return row.get("IsDeleted") is False


def _is_shared(row: Row) -> bool:
    """Without shared activities there is no WhoCount, and a task is about one person at most."""
    count = row.get("WhoCount")
    return _is_there(row) and isinstance(count, int) and count > 1


_ROLES = ("OpportunityContactRole", "OpportunityId", ("Id", "OpportunityId", "ContactId", "SystemModstamp"))
# By the names of streams.
_OF: Mapping[str, Companion] = {
    "opportunities": Companion(*_ROLES, of_role, _is_there, has_stream=True),
    "opportunity_history": Companion(*_ROLES, of_role_at_stage, closes, of="OpportunityId"),
    "tasks": Companion(
        *("TaskRelation", "TaskId", ("Id", "TaskId", "RelationId", "IsWhat")),
        *(of_task_relation, _is_shared, "IsWhat = false"),
    ),
    "events": Companion(
        *("EventRelation", "EventId", ("Id", "EventId", "RelationId", "IsWhat")),
        *(of_event_relation, _is_shared, "IsWhat = false"),
    ),
}


def touches(org: Org, source: Source, changed: Mapping[str, Row]) -> list[Touch]:
    """These touches follow from rows that hang on the changed ones. (What joins later arrives by its own
    stream, where it has one.)"""
    companion = _OF.get(source.stream.name)
    if companion is None:
        return []
    told: list[Touch] = []
    ids = sorted(changed)
    for start in range(0, len(ids), IDS_PER_QUERY):
        told += _asked(org, companion, changed, ids[start : start + IDS_PER_QUERY])
    return told


def leading(source: Source, found: Iterable[Row], *, is_bulk: bool) -> Mapping[str, Row]:
    """These of the rows have company that is to be asked for, by the id that it names them by. Of two steps
    that closed one deal the first one counts."""
    companion = _OF.get(source.stream.name)
    changed: dict[str, Row] = {}
    if companion is None or (is_bulk and companion.has_stream):
        return changed
    for row in found:
        try:
            if companion.has_company(row):
                changed.setdefault(long_id(row.get(companion.of)), row)
        except (ValueError, TypeError, AttributeError):
            continue  # it was put aside when it was read
    return changed


def _asked(org: Org, companion: Companion, changed: Mapping[str, Row], ids: Sequence[str]) -> list[Touch]:
    told: list[Touch] = []
    last = ""
    for _ in range(PAGES_MAX):
        where = soql.any_of(companion.field, ids) + (f" AND {companion.only}" if companion.only else "")
        where += f" AND Id > {soql.quoted(last)}" if last else ""
        text = soql.select(companion.fields, companion.object, where, order=("Id",), limit=soql.LIMIT)
        try:
            found = org.query(text)
        except Declined as error:
            if {"INVALID_TYPE", "INVALID_FIELD"} & error.codes:
                return told  # our user may not see them; the row itself was read
            raise
        for row in found.rows:
            try:
                told += companion.touches(row, changed[long_id(row.get(companion.field))])
            except (ValueError, TypeError, AttributeError, KeyError):
                continue  # a stream of their own, where there is one, keeps what cannot be read
        if found.is_end or not found.rows:
            break
        last = id_of(found.rows[-1])
    return told
