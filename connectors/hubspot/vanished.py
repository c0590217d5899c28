"""Rows that are not there any more: archived, merged into another, or wiped for somebody's privacy.

Only the last of these is for ever, so nobody is taken for wiped by one look. A contact that no batch
read gives is looked for in the archive and then asked for by its own id: a merged one answers with the
winner, a wiped one is 404. If very many vanish from one page, something else is wrong, and they are
only marked as deleted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from connectors.calling import Request
from connectors.hubspot import client, fields, reading, rows, values
from connectors.hubspot.client import CRM, Portal
from connectors.hubspot.rows import UNREADABLE
from connectors.hubspot.windows import State
from connectors.protocol import Known
from connectors.records import Page, Record, Unread, key_of

WIPED_MAX = 20  # of one page; wishes to be forgotten come one by one


class Kind(Protocol):
    """What must be known of a kind of record to look for it."""

    @property
    def object_type(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def dates(self) -> tuple[str, ...]: ...


def fates(portal: Portal, of: Kind, missing: Mapping[str, int]) -> Page:
    """This says what became of rows, each given with its last known stamp."""
    if not missing:
        return Page("", False)
    archived = reading.batch(portal, of.object_type, sorted(missing), of.dates, archived=True)
    stamps = {str(row["id"]): rows.stamp(row, *of.dates) for row in archived}
    records = [rows.gone(of.kind, each, stamps[each]) for each in sorted(missing) if each in stamps]
    lost = [each for each in sorted(missing) if each not in stamps]
    if of.kind != "contact" or len(lost) > WIPED_MAX:
        return Page(
            "", False, tuple(records) + tuple(rows.gone(of.kind, each, missing[each]) for each in lost)
        )
    erased: list[str] = []
    for each in lost:
        found = _by_itself(portal, each)
        if found is None:
            erased.append(key_of(CRM, of.kind, each))
        elif found != each:
            records.append(rows.gone(of.kind, each, missing[each], into=key_of(CRM, of.kind, found)))
    return Page("", False, tuple(records), erased=tuple(erased))


def _by_itself(portal: Portal, contact_id: str) -> str | None:
    """This is the contact that answers to an id, live or archived; None if none does."""
    path, template = client.objects("contacts", contact_id), client.objects("contacts", "{id}")
    for archived in ("false", "true"):
        query = (("archived", archived),)
        request = Request("GET", path, template, query, required={"id": str}, allowed=reading.GONE)
        data = portal.call(request).data
        if data is not None:
            return values.record_id(data["id"])
    return None


@dataclass(frozen=True, slots=True)
class Archived:
    """The archive of contacts, walked whole now and then: search never shows it, and it has no dates."""

    stream: str = field(default="contacts_archived")

    def page(self, portal: Portal, state: State, known: Known) -> tuple[State, Page]:
        query = [("properties", fields.CONTACT_MODIFIED), ("archived", "true")]
        got = reading.listed(portal, client.objects("contacts"), query, str(state.get("after", "")))
        records: list[Record] = []
        unread: list[Unread] = []
        for row in got.rows:
            try:
                at = rows.stamp(row, fields.CONTACT_MODIFIED)
                records.append(rows.gone("contact", values.record_id(row["id"]), at))
            except UNREADABLE as error:
                unread.append(reading.unread(self.stream, row, error))
        held = known("contact", [(each.id, each.stamp) for each in records]) if records else frozenset()
        fresh = tuple(each for each in records if each.id not in held)
        step: State = {"after": got.after} if got.after else {}
        return step, Page("", not got.after, records=fresh, unread=tuple(unread))
