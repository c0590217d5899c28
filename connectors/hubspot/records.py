"""Streams of records: a backfill by list, then windows of changes.

The backfill walks the list by id and can be resumed at any page. Its bookmark is the portal's time at
its first page, so that whatever changes meanwhile is in the first window.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from zlib import crc32

from connectors.hubspot import client, fields, people, reading, rows, sales, signals, vanished, windows
from connectors.hubspot.client import Portal
from connectors.hubspot.rows import UNREADABLE, Row
from connectors.hubspot.windows import State
from connectors.meanings import Meanings
from connectors.protocol import Known
from connectors.records import Page, Record, Touch, Unread

# One row with the ids of its contacts: what it is, and what it says that people did.
Reader = Callable[[Row, tuple[str, ...]], tuple[Record | None, Iterable[Touch]]]
# What rows, read as records, say besides.
Further = Callable[[Portal, Known, Sequence[Row], Page], Page]


def _nothing(portal: Portal, known: Known, found: Sequence[Row], page: Page) -> Page:  # noqa: ARG001
    return page


@dataclass(frozen=True, slots=True)
class Objects:
    """One kind of record. `kind` is ours, "" where a row is only what somebody did. A row changed when
    any of its `dates` did. Where the `shape` of what is asked for is another than last time, all rows are
    read again: a row does not change because somebody wants more of it."""

    stream: str
    object_type: str
    kind: str
    dates: tuple[str, ...]
    properties: tuple[str, ...]
    read: Reader
    with_contacts: bool = False
    further: Further = _nothing
    shape: str = ""

    def page(self, portal: Portal, state: State, known: Known) -> tuple[State, Page]:
        """This reads the next page; the state is the bookmark behind it."""
        if state.get("shape", "") != self.shape:
            state = {}
        step, page = self._page(portal, state, known)
        return ({**step, "shape": self.shape} if self.shape else step), page

    def _page(self, portal: Portal, state: State, known: Known) -> tuple[State, Page]:
        if "bookmark" in state:
            return self._changes(portal, state, known)
        start = int(state.get("start") or portal.now())
        after, page = self.listed(portal, str(state.get("after", "")), known)
        return {"start": start, "after": after} if after else {"bookmark": start}, page

    def listed(self, portal: Portal, after: str, known: Known) -> tuple[str, Page]:
        """This reads one page of the list, with the mark of the next one ("" = it was the last)."""
        query = [("properties", ",".join(self.properties)), ("archived", "false")]
        if self.with_contacts:
            query.append(("associations", "contacts"))
        got = reading.listed(portal, client.objects(self.object_type), query, after)
        return got.after, self.understood(portal, known, got.rows)

    def those(self, portal: Portal, known: Known, ids: Sequence[str]) -> tuple[Page, set[str]]:
        """This reads rows by id and says which of them are not there."""
        fresh = reading.batch(portal, self.object_type, ids, self.properties) if ids else []
        contacts = None
        if self.with_contacts and fresh:
            contacts = reading.linked(portal, self.object_type, "contacts", ids)
        missing = set(ids) - {str(row.get("id")) for row in fresh if isinstance(row, dict)}
        return self.understood(portal, known, fresh, contacts), missing

    def without(self, portal: Portal, page: Page, missing: Mapping[str, int]) -> Page:
        """This adds what became of rows that are not there any more; each with its last known stamp."""
        gone = vanished.fates(portal, self, missing)
        return replace(page, records=page.records + gone.records, erased=page.erased + gone.erased)

    def _changes(self, portal: Portal, state: State, known: Known) -> tuple[State, Page]:
        window = windows.window_of(portal, state)
        got = reading.found(portal, self.object_type, self.dates, window)
        changed, odd = windows.stamps(got.rows, self.dates, window, self.stream)
        step = windows.advanced(portal, state, window, got, changed)
        if self.kind:
            held = known(self.kind, list(changed.items())) if changed else frozenset()
        else:
            held, step = windows.remembered(state, step, changed, window)
        page, missing = self.those(portal, known, [each for each in changed if each not in held])
        if missing and self.kind:
            page = self.without(portal, page, {each: changed[each] for each in missing})
        caught_up = "last" not in step
        return step, replace(page, caught_up=caught_up, unread=page.unread + odd, expected=got.total)

    def understood(
        self,
        portal: Portal,
        known: Known,
        found: Sequence[Any],
        contacts: Mapping[str, tuple[str, ...]] | None = None,
    ) -> Page:
        """This reads rows, each by itself; whose they are stands in the row unless `contacts` says it."""
        records: list[Record] = []
        touches: list[Touch] = []
        unread: list[Unread] = []
        names: list[str] = []
        readable: list[Row] = []
        read, with_contacts = self.read, self.with_contacts
        for row in found:
            try:
                whose: tuple[str, ...] = ()
                if with_contacts:
                    whose = (
                        rows.associated(row, "contacts") if contacts is None else contacts.get(row["id"], ())
                    )
                record, said = read(row, whose)
                said = tuple(said)
            except UNREADABLE as error:
                unread.append(reading.unread(self.stream, row, error))
                continue
            if record is not None:
                records.append(record)
                readable.append(row)
            else:
                names.append(reading.name_of(row))
            touches += said
        page = Page("", False, tuple(records), tuple(touches), tuple(unread), understood=tuple(names))
        return self.further(portal, known, readable, page)


def unheld(records: Sequence[Record], kind: str, known: Known) -> tuple[Record, ...]:
    """These are the records that the store does not hold as they are."""
    held = known(kind, [(each.id, each.stamp) for each in records]) if records else frozenset()
    return tuple(each for each in records if each.id not in held)


def _contact(row: Row, _: tuple[str, ...], meanings: Meanings) -> tuple[Record, Iterable[Touch]]:
    record = rows.contact(row, meanings.attributes)
    return record, signals.of_contact(record, row)


def _company(row: Row, _: tuple[str, ...]) -> tuple[Record, Iterable[Touch]]:
    return rows.company(row), ()


def _deal(row: Row, contacts: tuple[str, ...], meanings: Meanings) -> tuple[Record, Iterable[Touch]]:
    record = rows.deal(row)
    return record, signals.of_deal(record, contacts, meanings)


def _doing(
    row: Row, contacts: tuple[str, ...], said: Callable[[Row, tuple[str, ...]], Iterable[Touch]]
) -> tuple[None, Iterable[Touch]]:
    return None, said(row, contacts)


def contacts(meanings: Meanings) -> Objects:
    further = dict(meanings.attributes)
    return Objects(
        "contacts",
        "contacts",
        "contact",
        fields.CONTACT_DATES,
        tuple(dict.fromkeys((*fields.CONTACT_PROPERTIES, *meanings.utm_names, *further))),
        partial(_contact, meanings=meanings),
        further=partial(people.said, meanings),
        shape=f"{crc32(repr(sorted(further)).encode()):x}" if further else "",
    )


def companies() -> Objects:
    dates, properties = (fields.MODIFIED,), fields.COMPANY_PROPERTIES
    return Objects("companies", "companies", "company", dates, properties, _company)


def deals(meanings: Meanings) -> Objects:
    read, dates = partial(_deal, meanings=meanings), (fields.MODIFIED,)
    return Objects("deals", "deals", "deal", dates, fields.DEAL_PROPERTIES, read, with_contacts=True)


def doings(meanings: Meanings) -> tuple[Objects, ...]:
    """These are rows that are only what sales did with somebody."""
    told: tuple[tuple[str, tuple[str, ...], Callable[..., Iterable[Touch]]], ...] = (
        ("calls", fields.CALL, sales.of_call),
        ("meetings", fields.MEETING, sales.of_meeting),
        ("emails", fields.EMAIL, sales.of_email),
        ("sales_tasks", fields.TASK, sales.of_task),
        ("leads", fields.LEAD, partial(sales.of_lead, meanings=meanings)),
    )
    return tuple(
        Objects(
            *(name, name.removeprefix("sales_"), "", (fields.MODIFIED,), properties),
            partial(_doing, said=said),
            with_contacts=True,
        )
        for name, properties, said in told
    )
