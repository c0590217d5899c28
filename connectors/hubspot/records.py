"""Streams of records: a backfill by list, then windows of changes.

The backfill walks the list by id and can be resumed at any page. Its bookmark is the portal's time at
its first page, so that whatever changes meanwhile is in the first window. A window ends at the
portal's now; only the bookmark stays back, because rows may show up late in the index.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from connectors.errors import Unreachable
from connectors.hubspot import client, fields, reading, rows, signals, values
from connectors.hubspot.client import CRM, Portal
from connectors.hubspot.reading import Rows, Window
from connectors.hubspot.rows import UNREADABLE, Row
from connectors.meanings import Meanings
from connectors.protocol import Known
from connectors.records import Page, Record, Touch, Unread

# The search index lags its own writes by half a minute at times; reading a row twice is harmless.
OVERLAP = 10 * values.MINUTE
EMPTY_PAGES_MAX = 50
REMEMBERED_MAX = 1_000

State = Mapping[str, Any]
# One row with the ids of its contacts: what it is, and what it says that people did.
Reader = Callable[[Row, tuple[str, ...]], tuple[Record | None, Iterable[Touch]]]


@dataclass(frozen=True, slots=True)
class Objects:
    """One kind of record. `kind` is ours, "" where a row is only what somebody did."""

    stream: str
    object_type: str
    kind: str
    modified: str
    properties: tuple[str, ...]
    read: Reader
    with_contacts: bool = False

    def page(self, portal: Portal, state: State, known: Known) -> tuple[State, Page]:
        """This reads the next page; the state is the bookmark behind it."""
        if "bookmark" in state:
            return self._changes(portal, state, known)
        return self._backfill(portal, state)

    def _backfill(self, portal: Portal, state: State) -> tuple[State, Page]:
        query = [("properties", ",".join(self.properties)), ("archived", "false")]
        if self.with_contacts:
            query.append(("associations", "contacts"))
        got = reading.listed(portal, client.objects(self.object_type), query, str(state.get("after", "")))
        start = int(state.get("start") or portal.now())
        page = self._read(got.rows, None)
        if got.after:
            return {"start": start, "after": got.after}, page
        return {"bookmark": start}, page

    def _changes(self, portal: Portal, state: State, known: Known) -> tuple[State, Page]:
        window = window_of(portal, state)
        got = reading.found(portal, self.object_type, self.modified, window)
        step = advanced(portal, state, window, got)
        changed, odd = _stamps(got.rows, self.modified, window, self.stream)
        if self.kind:
            held = known(self.kind, list(changed.items())) if changed else frozenset()
        else:
            held, step = _remembered(state, step, changed, window)
        wanted = [each for each in changed if each not in held]
        fresh = reading.batch(portal, self.object_type, wanted, self.properties) if wanted else []
        contacts = None
        if self.with_contacts and fresh:
            contacts = reading.linked(portal, self.object_type, "contacts", wanted)
        page = self._read(fresh, contacts)
        missing = set(wanted) - {str(row.get("id")) for row in fresh if isinstance(row, dict)}
        gone = self._gone(portal, missing, changed) if missing and self.kind else ()
        return step, Page(
            cursor="",
            caught_up="last" not in step,
            records=page.records + tuple(gone),
            touches=page.touches,
            unread=page.unread + odd,
            expected=got.total,
            understood=page.understood,
        )

    def _read(self, found: Sequence[Any], contacts: Mapping[str, tuple[str, ...]] | None) -> Page:
        records: list[Record] = []
        touches: list[Touch] = []
        unread: list[Unread] = []
        understood: list[str] = []
        read, with_contacts = self.read, self.with_contacts
        for row in found:
            try:
                people: tuple[str, ...] = ()
                if with_contacts:
                    people = (
                        rows.associated(row, "contacts") if contacts is None else contacts.get(row["id"], ())
                    )
                record, said = read(row, people)
                said = tuple(said)
            except UNREADABLE as error:
                unread.append(reading.unread(self.stream, row, error))
                continue
            if record is not None:
                records.append(record)
            else:
                understood.append(reading.name_of(row))
            touches += said
        return Page("", False, tuple(records), tuple(touches), tuple(unread), understood=tuple(understood))

    def _gone(self, portal: Portal, missing: set[str], changed: Mapping[str, int]) -> Iterator[Record]:
        """What the index knows and the database does not was archived, merged away or purged. A second
        look, into the archive, makes sure that one odd answer deletes nobody."""
        archived = reading.batch(portal, self.object_type, sorted(missing), self.properties, archived=True)
        stamps = {str(row["id"]): rows.stamp(row, self.modified) for row in archived}
        for each in sorted(missing):
            yield rows.gone(self.kind, each, stamps.get(each) or changed[each])


@dataclass(frozen=True, slots=True)
class LeadStatus:
    """What sales made of contacts, from the history of the lead status; dates come with it."""

    meanings: Meanings
    stream: str = field(default="lead_status")

    def page(self, portal: Portal, state: State, known: Known) -> tuple[State, Page]:  # noqa: ARG002
        statuses = sorted(self.meanings.accepted_statuses | self.meanings.rejected_statuses)
        window = window_of(portal, state)
        more = [{"propertyName": "hs_lead_status", "operator": "IN", "values": statuses}]
        got = reading.found(portal, "contacts", fields.CONTACT_MODIFIED, window, more)
        step = advanced(portal, state, window, got)
        changed, odd = _stamps(got.rows, fields.CONTACT_MODIFIED, window, self.stream)
        held, step = _remembered(state, step, changed, window)
        wanted = [each for each in changed if each not in held]
        found = reading.batch(portal, "contacts", wanted, ["hs_lead_status"], histories=["hs_lead_status"])
        touches: list[Touch] = []
        unread = list(odd)
        understood: list[str] = []
        for row in found:
            try:
                touches += tuple(signals.of_status_history(row, self.meanings))
                understood.append(reading.name_of(row))
            except UNREADABLE as error:
                unread.append(reading.unread(self.stream, row, error))
        return step, Page(
            cursor="",
            caught_up="last" not in step,
            touches=tuple(touches),
            unread=tuple(unread),
            expected=got.total,
            understood=tuple(understood),
        )


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
        fresh = unheld(records, "contact", known)
        step: State = {"after": got.after} if got.after else {}
        return step, Page("", not got.after, records=fresh, unread=tuple(unread))


def window_of(portal: Portal, state: State) -> Window:
    """This continues the window of a run, or opens one from the bookmark to the portal's now."""
    if "last" in state:
        return Window(state["since"], state["until"], state["last"], state.get("after", ""))
    return Window(max(0, int(state.get("bookmark", 0)) - OVERLAP), portal.now())


def advanced(portal: Portal, state: State, window: Window, got: Rows) -> State:
    """This is where the run goes on behind a page of a window, or the bookmark at its end.

    An empty page with a next one is not the end: the index is behind itself. But it must end.
    """
    last = max((number for row in got.rows if (number := _number(row)) > window.last_id), default=0)
    if not got.after:
        # our clock may run ahead of the portal's, and its answer has just told the time
        return {"bookmark": min(window.until, portal.now())}
    going = {"since": window.since, "until": window.until, "bookmark": state.get("bookmark", 0)}
    if last:
        return going | {"last": last}
    empty = int(state.get("empty", 0)) + 1
    if empty > EMPTY_PAGES_MAX:
        raise Unreachable(f"{CRM}: the search gives only empty pages")
    return going | {"last": window.last_id, "after": got.after, "empty": empty}


def _remembered(
    state: State, step: State, changed: Mapping[str, int], window: Window
) -> tuple[frozenset[str], State]:
    """Rows that are only what somebody did are not in the store by id, so the bookmark itself names
    those of the overlap; they need not be read again."""
    seen: Mapping[str, int] = state.get("seen", {})
    held = frozenset(each for each, at in changed.items() if seen.get(each) == at)
    recent = {each: at for each, at in {**seen, **changed}.items() if at >= window.until - OVERLAP}
    newest = sorted(recent, key=recent.__getitem__)[-REMEMBERED_MAX:]
    return held, {**step, "seen": {each: recent[each] for each in newest}}


def unheld(records: Sequence[Record], kind: str, known: Known) -> tuple[Record, ...]:
    """These are the records that the store does not hold as they are."""
    held = known(kind, [(each.id, each.stamp) for each in records]) if records else frozenset()
    return tuple(each for each in records if each.id not in held)


def _number(row: Any) -> int:
    text = str(row.get("id", "")) if isinstance(row, dict) else ""
    return int(text) if text.isdecimal() else 0


def _stamps(
    found: Sequence[Any], modified: str, window: Window, stream: str
) -> tuple[dict[str, int], tuple[Unread, ...]]:
    """These are the rows that are in the window by their own account; the index may be wrong."""
    stamps: dict[str, int] = {}
    odd: list[Unread] = []
    for row in found:
        try:
            at = rows.stamp(row, modified)
            if at >= window.since:
                stamps[values.record_id(row["id"])] = at
        except UNREADABLE as error:
            odd.append(reading.unread(stream, row, error))
    return stamps, tuple(odd)


def _contact(row: Row, _: tuple[str, ...]) -> tuple[Record, Iterable[Touch]]:
    record = rows.contact(row)
    return record, signals.of_contact(record) if "first_url" in record.attributes else ()


def _company(row: Row, _: tuple[str, ...]) -> tuple[Record, Iterable[Touch]]:
    return rows.company(row), ()


def _deal(row: Row, contacts: tuple[str, ...], meanings: Meanings) -> tuple[Record, Iterable[Touch]]:
    record = rows.deal(row)
    return record, signals.of_deal(record, contacts, meanings)


def _call(row: Row, contacts: tuple[str, ...]) -> tuple[None, Iterable[Touch]]:
    return None, signals.of_call(row, contacts)


def _meeting(row: Row, contacts: tuple[str, ...]) -> tuple[None, Iterable[Touch]]:
    return None, signals.of_meeting(row, contacts)


def contacts() -> Objects:
    return Objects(
        "contacts", "contacts", "contact", fields.CONTACT_MODIFIED, fields.CONTACT_PROPERTIES, _contact
    )


def companies() -> Objects:
    return Objects("companies", "companies", "company", fields.MODIFIED, fields.COMPANY_PROPERTIES, _company)


def deals(meanings: Meanings) -> Objects:
    read = partial(_deal, meanings=meanings)
    return Objects(
        "deals", "deals", "deal", fields.MODIFIED, fields.DEAL_PROPERTIES, read, with_contacts=True
    )


def calls() -> Objects:
    return Objects("calls", "calls", "", fields.MODIFIED, fields.CALL, _call, with_contacts=True)


def meetings() -> Objects:
    return Objects("meetings", "meetings", "", fields.MODIFIED, fields.MEETING, _meeting, with_contacts=True)
