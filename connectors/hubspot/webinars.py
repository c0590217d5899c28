"""Webinars, which HubSpot calls marketing events: who registered and who came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.calling import Request
from connectors.hubspot import client, events, reading, signals, values
from connectors.hubspot.client import Portal
from connectors.hubspot.reading import Rows
from connectors.hubspot.rows import UNREADABLE, Row
from connectors.hubspot.windows import State
from connectors.protocol import Known
from connectors.records import Page, Unread

TAIL = values.DAY  # attendance is reported for so long after the end


@dataclass(frozen=True, slots=True)
class Webinars:
    """An event is read again while its counters move or, where it has none, until a while after its end."""

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
        told = bool(state["told"]) if "told" in state else _registrations_are_told(portal, path, got)
        rest = queue[1:]
        page = events.read(
            self.stream,
            got.rows,
            lambda row: signals.of_participation(row, event_id, name, registrations_are_told=told),
            ended=not (got.after or rest),
        )
        if got.after:
            return {**state, "after": got.after, "told": int(told)}, page
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


def any_of(portal: Portal) -> bool:
    """This says whether there are marketing events; a portal that may not have them has none."""
    path = client.MARKETING_EVENTS
    allowed = frozenset({400, 403, 404})
    request = Request("GET", path, query=(("limit", "1"),), required=reading.RESULTS, allowed=allowed)
    data = portal.call(request).data
    return bool(data and data["results"])


def _registrations_are_told(portal: Portal, path: str, first: Rows) -> bool:
    """This says whether registrations have rows of their own. Only where the first page leaves it open is
    it asked, because the time of one registration must not depend on the page that tells it."""
    states = {signals.attendance_state(row) for row in first.rows}
    if signals.REGISTERED in states or not states & signals.REGISTERED_BEFORE:
        return signals.REGISTERED in states
    asked = [("state", signals.REGISTERED)]
    found = reading.listed(portal, path, asked, "", limit=1, allowed=reading.GONE)
    return any(signals.attendance_state(row) == signals.REGISTERED for row in found.rows)


def _webinar(row: Row, now: int) -> list[str]:
    """This is an event's id, name, and the mark by which a change is noticed ("" = look every time)."""
    counters: list[Any] = [row.get(name) for name in ("registrants", "attendees", "noShows", "cancellations")]
    if any(isinstance(count, int) for count in counters):
        mark = "/".join(str(count) for count in counters)
    else:
        end = values.instant(row.get("endDateTime") or row.get("startDateTime"))
        mark = "past" if end and end + TAIL < now else ""
    return [values.record_id(row["objectId"]), values.text(row.get("eventName") or ""), mark]
