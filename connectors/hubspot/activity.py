"""Streams of events of the whole portal: marketing e-mail and page views.

Neither has a dependable change date. Each is read back to a little before its bookmark; what is read
twice falls to its source id. After a mailing to very many that little is read once more later, and not
at each poll (see `windows`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from connectors.calling import Request
from connectors.hubspot import client, events, reading, signals, values, windows
from connectors.hubspot.client import Portal
from connectors.hubspot.rows import UNREADABLE, Row
from connectors.hubspot.windows import OVERLAP, State
from connectors.meanings import Meanings
from connectors.protocol import Known
from connectors.records import Page, Touch

EVENTS_MAX = 1_000
MAIL_OVERLAP = 30 * values.MINUTE  # e-mail events arrive late


@dataclass(frozen=True, slots=True)
class EmailEvents:
    """Deliveries, opens, clicks and unsubscribes of marketing e-mail."""

    stream: str = field(default="email_events")

    def page(self, portal: Portal, state: State, known: Known) -> tuple[State, Page]:  # noqa: ARG002
        since, until = _span(portal, state, MAIL_OVERLAP)
        query = [
            ("startTimestamp", str(since // values.MS)),
            ("endTimestamp", str(until // values.MS)),
            ("limit", str(EVENTS_MAX)),
            *([("offset", state["offset"])] if "offset" in state else []),
        ]
        request = Request("GET", client.EMAIL_EVENTS, query=tuple(query), required={"events": list})
        data = portal.call(request).data
        offset = str(data.get("offset") or "") if data.get("hasMore") is True else ""
        page = events.read(self.stream, data["events"], _email_event, ended=not offset)
        page = replace(page, withdrawn=tuple(_obsolete(data["events"])))
        return _step(portal, state, (since, until), page, {"offset": offset}, MAIL_OVERLAP), page


@dataclass(frozen=True, slots=True)
class PageViews:
    """Visits of the web site by known contacts (Enterprise only)."""

    meanings: Meanings
    stream: str = field(default="page_views")

    def page(self, portal: Portal, state: State, known: Known) -> tuple[State, Page]:  # noqa: ARG002
        since, until = _span(portal, state, OVERLAP)
        query = [
            ("eventType", "e_visited_page"),
            ("occurredAfter", values.iso(since)),
            ("occurredBefore", values.iso(until)),
        ]
        after = str(state.get("after", ""))
        got = reading.listed(portal, client.EVENT_OCCURRENCES, query, after, limit=EVENTS_MAX)
        page = events.read(
            self.stream,
            got.rows,
            lambda row: signals.of_page_view(row, self.meanings),
            ended=not got.after,
        )
        return _step(portal, state, (since, until), page, {"after": got.after}, OVERLAP), page


def _span(portal: Portal, state: State, overlap: int) -> tuple[int, int]:
    """This is the stretch of time that is being read, or the next one."""
    if "until" in state:
        return int(state["since"]), int(state["until"])
    if "bookmark" not in state and "closed" in state:
        state = {"bookmark": state["closed"]}
    return windows.opened(state, portal.now(), overlap), windows.until(portal)


def _step(
    portal: Portal,
    state: State,
    span: tuple[int, int],
    page: Page,
    mark: dict[str, str],
    overlap: int,
) -> State:
    """This is where reading goes on: behind the page, if it left a mark, else behind the stretch."""
    since, until = span
    recent = int(state.get("recent", 0))
    recent += sum(touch.occurred_at >= until - overlap for touch in page.touches)
    if not any(mark.values()):
        return windows.ended(state, portal.now(), until, overlap, is_much=recent > EVENTS_MAX)
    kept: dict[str, Any] = {name: state[name] for name in ("bookmark", "owed") if name in state}
    return {**kept, "since": since, "until": until, "recent": recent, **mark}


def _obsolete(rows: Iterable[Any]) -> Iterator[str]:
    """These events were told before, and another one has taken their place since."""
    for row in rows:
        with suppress(*UNREADABLE):
            if row.get("obsoletedBy"):
                yield signals.email_event_name(row)


def _email_event(row: Row) -> tuple[Touch, ...]:
    touch = signals.of_email_event(row)
    return (touch,) if touch else ()
