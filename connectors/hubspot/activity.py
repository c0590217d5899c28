"""Streams of what people did: form submissions, e-mail events, page views, webinars.

None of them has a dependable change date. Each is read back to a little before its bookmark; what is
read twice falls to its source id. Their bookmarks may live for months, so they hold little.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from connectors.calling import Request
from connectors.hubspot import client, reading, signals, values
from connectors.hubspot.client import Portal
from connectors.hubspot.records import OVERLAP, State
from connectors.hubspot.rows import UNREADABLE, Row
from connectors.meanings import Meanings
from connectors.protocol import Known
from connectors.records import Page, Touch, Unread

FORMS_MAX = 5_000
SUBMISSIONS_MAX = 50
EMAIL_EVENTS_MAX = 1_000
FORMS_EVERY = 60 * values.MINUTE  # a new form is noticed within this time
MAIL_OVERLAP = 30 * values.MINUTE  # e-mail events arrive late
WEBINAR_TAIL = values.DAY  # attendance is reported for so long after the end


@dataclass(frozen=True, slots=True)
class FormSubmissions:
    """Submissions come newest first, per form, without a date filter: read down to the bookmark."""

    meanings: Meanings
    stream: str = field(default="forms")

    def page(self, portal: Portal, state: State, known: Known) -> tuple[State, Page]:  # noqa: ARG002
        at = int(state.get("at", 0))
        if "turn" not in state and portal.now() - int(state.get("listed", 0)) >= FORMS_EVERY:
            return self._list(portal, state)
        forms: list[list[Any]] = state.get("forms", [])
        if at >= len(forms):
            return self._rested(state), Page("", True)
        return self._submissions(portal, state, forms, at)

    def _list(self, portal: Portal, state: State) -> tuple[State, Page]:
        """This reads the names of the forms, keeping the bookmarks of those that are known."""
        bookmarks = {form[0]: form[2] for form in state.get("forms", [])}
        unread: list[Unread] = []
        forms: list[list[Any]] = []
        after = ""
        for _ in range(FORMS_MAX // reading.LIST_MAX):
            got = reading.listed(portal, client.FORMS, (), after)
            for row in got.rows:
                try:
                    form_id = values.record_id(row["id"])
                    forms.append([form_id, values.text(row.get("name") or ""), bookmarks.get(form_id, 0)])
                except UNREADABLE as error:
                    unread.append(reading.unread(self.stream, row, error))
            after = got.after
            if not after:
                break
        if portal.has_webinars is None:
            portal.has_webinars = bool(_webinars_or_none(portal))
        listed = {"forms": forms, "listed": portal.now(), "turn": 1, "at": 0}
        return listed, Page(
            "", not forms, unread=tuple(unread), understood=tuple(str(form[0]) for form in forms)
        )

    def _submissions(
        self, portal: Portal, state: State, forms: Sequence[Sequence[Any]], at: int
    ) -> tuple[State, Page]:
        form_id, name, bookmark = forms[at]
        path = f"{client.FORM_SUBMISSIONS}/{form_id}"
        got = reading.listed(
            portal, path, (), str(state.get("after", "")), limit=SUBMISSIONS_MAX, allowed=reading.GONE
        )
        kind = self._kind(portal, name)
        read = _read(self.stream, got.rows, lambda row: (signals.of_submission(row, form_id, name, kind),))
        touches = read.touches
        newest = max((touch.occurred_at for touch in touches), default=0)
        top = max(int(state.get("top", bookmark)), newest)
        fresh = tuple(touch for touch in touches if touch.occurred_at >= bookmark - OVERLAP)
        is_known_from_here = len(fresh) < len(touches)
        page = replace(read, touches=fresh)
        if got.after and not is_known_from_here:
            return {**state, "turn": 1, "at": at, "after": got.after, "top": top}, page
        marked = [[*form[:2], top if place == at else form[2]] for place, form in enumerate(forms)]
        ended = {**state, "forms": marked, "turn": 1, "at": at + 1}
        ended.pop("after", None)
        ended.pop("top", None)
        if at + 1 < len(forms):
            return ended, page
        return self._rested(ended), replace(page, caught_up=True)

    def _rested(self, state: State) -> State:
        return {"forms": state.get("forms", []), "listed": state.get("listed", 0)}

    def _kind(self, portal: Portal, name: str) -> str:
        """Where webinars are marketing events, those tell who registered; the form would tell it twice."""
        kind = self.meanings.form_kind(name)
        if kind == "webinar_registration" and portal.has_webinars is None:
            portal.has_webinars = bool(_webinars_or_none(portal))
        return "form_submission" if kind == "webinar_registration" and portal.has_webinars else kind


@dataclass(frozen=True, slots=True)
class EmailEvents:
    """Deliveries, opens, clicks and unsubscribes of marketing e-mail, for the whole portal."""

    stream: str = field(default="email_events")

    def page(self, portal: Portal, state: State, known: Known) -> tuple[State, Page]:  # noqa: ARG002
        since = int(state.get("since", max(0, int(state.get("bookmark", 0)) - MAIL_OVERLAP)))
        until = int(state.get("until", portal.now()))
        query = [
            ("startTimestamp", str(since // values.MS)),
            ("endTimestamp", str(until // values.MS)),
            ("limit", str(EMAIL_EVENTS_MAX)),
            *([("offset", state["offset"])] if "offset" in state else []),
        ]
        request = Request("GET", client.EMAIL_EVENTS, query=tuple(query), required={"events": list})
        data = portal.call(request).data
        going = data.get("hasMore") is True and bool(data.get("offset"))
        page = _read(self.stream, data["events"], _email_event, ended=not going)
        if going:
            step = {"bookmark": state.get("bookmark", 0), "since": since, "until": until}
            return {**step, "offset": str(data["offset"])}, page
        return {"bookmark": min(until, portal.now())}, page


@dataclass(frozen=True, slots=True)
class PageViews:
    """Visits of the web site by known contacts, for the whole portal (Enterprise only)."""

    meanings: Meanings
    stream: str = field(default="page_views")

    def page(self, portal: Portal, state: State, known: Known) -> tuple[State, Page]:  # noqa: ARG002
        since = int(state.get("since", max(0, int(state.get("bookmark", 0)) - OVERLAP)))
        until = int(state.get("until", portal.now()))
        query = [
            ("eventType", "e_visited_page"),
            ("occurredAfter", values.iso(since)),
            ("occurredBefore", values.iso(until)),
        ]
        got = reading.listed(portal, client.EVENT_OCCURRENCES, query, str(state.get("after", "")))
        page = _read(
            self.stream,
            got.rows,
            lambda row: signals.of_page_view(row, self.meanings),
            ended=not got.after,
        )
        if got.after:
            step = {"bookmark": state.get("bookmark", 0), "since": since, "until": until}
            return {**step, "after": got.after}, page
        return {"bookmark": min(until, portal.now())}, page


@dataclass(frozen=True, slots=True)
class Webinars:
    """Who registered for marketing events and who came. An event is read again while its counters
    move or, where it has none, until a while after its end."""

    stream: str = field(default="webinars")

    def page(self, portal: Portal, state: State, known: Known) -> tuple[State, Page]:  # noqa: ARG002
        if "queue" not in state:
            return self._list(portal, state)
        queue: list[list[str]] = state["queue"]
        if not queue:
            return {"read": state["read"]}, Page("", True)
        event_id, name, mark = queue[0]
        path = f"{client.MARKETING_EVENTS}/participations/{event_id}/breakdown"
        got = reading.listed(portal, path, (), str(state.get("after", "")), allowed=reading.GONE)
        rest = queue[1:]
        page = _read(
            self.stream,
            got.rows,
            lambda row: signals.of_participation(row, event_id, name),
            ended=not (got.after or rest),
        )
        if got.after:
            return {**state, "after": got.after}, page
        read = {**state["read"], event_id: mark}
        step: State = {"read": read, "queue": rest} if rest else {"read": read}
        return step, page

    def _list(self, portal: Portal, state: State) -> tuple[State, Page]:
        read: Mapping[str, str] = state.get("read", {})
        queue: list[list[str]] = state.get("found", [])
        unread: list[Unread] = []
        got = reading.listed(portal, client.MARKETING_EVENTS, (), str(state.get("after", "")))
        for row in got.rows:
            try:
                event = _webinar(row, portal.now())
                if event[2] == "" or read.get(event[0]) != event[2]:
                    queue = [*queue, event]
            except UNREADABLE as error:
                unread.append(reading.unread(self.stream, row, error))
        portal.has_webinars = bool(portal.has_webinars or got.rows or read)
        if got.after:
            step: State = {"read": read, "found": queue, "after": got.after}
            return step, Page("", False, unread=tuple(unread))
        if not queue:
            return {"read": read}, Page("", True, unread=tuple(unread))
        return {"read": read, "queue": queue}, Page("", False, unread=tuple(unread))


def _webinar(row: Row, now: int) -> list[str]:
    """This is an event's id, name, and the mark by which a change is noticed ("" = look every time)."""
    counters = [row.get(name) for name in ("registrants", "attendees", "noShows", "cancellations")]
    if any(isinstance(count, int) for count in counters):
        mark = "/".join(str(count) for count in counters)
    else:
        end = values.instant(row.get("endDateTime") or row.get("startDateTime"))
        mark = "past" if end and end + WEBINAR_TAIL < now else ""
    return [values.record_id(row["objectId"]), values.text(row.get("eventName") or ""), mark]


def _webinars_or_none(portal: Portal) -> list[Any]:
    """This looks for marketing events; a portal that may not have them has none."""
    path = client.MARKETING_EVENTS
    allowed = frozenset({400, 403, 404})
    request = Request("GET", path, query=(("limit", "1"),), required=reading.RESULTS, allowed=allowed)
    data = portal.call(request).data
    return list(data["results"]) if data else []


def _email_event(row: Row) -> tuple[Touch, ...]:
    touch = signals.of_email_event(row)
    return (touch,) if touch else ()


def _read(
    stream: str, found: Sequence[Any], touches_of: Callable[[Row], Iterable[Touch]], *, ended: bool = False
) -> Page:
    """This reads rows one by one, so that a bad one costs only itself."""
    touches: list[Touch] = []
    unread: list[Unread] = []
    understood: list[str] = []
    for row in found:
        try:
            touches += tuple(touches_of(row))
            understood.append(reading.name_of(row))
        except UNREADABLE as error:
            unread.append(reading.unread(stream, row, error))
    return Page("", ended, touches=tuple(touches), unread=tuple(unread), understood=tuple(understood))
