"""All streams of a portal, in the order in which they should be read first.

A bookmark is compact JSON. A signal that this portal's tier or token does not give is no failure as
long as it never gave any: `check` says what is missing. One that stops is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import orjson

from connectors.calling import Declined
from connectors.errors import MissingScope
from connectors.hubspot.activity import EmailEvents, FormSubmissions, PageViews, Webinars
from connectors.hubspot.client import Portal
from connectors.hubspot.records import (
    Archived,
    LeadStatus,
    State,
    calls,
    companies,
    contacts,
    deals,
    meetings,
)
from connectors.hubspot.reference import Campaigns, Owners
from connectors.meanings import Meanings
from connectors.protocol import Known, Stream
from connectors.records import Page

HOUR_S = 3_600


class Pages(Protocol):
    """Reads one page behind a state and says where the next one begins."""

    def page(self, portal: Portal, state: State, known: Known) -> tuple[State, Page]: ...


@dataclass(frozen=True, slots=True)
class Source:
    """A stream and who reads it. An optional one may be closed to us from the start."""

    stream: Stream
    pages: Pages
    is_optional: bool = False


def sources(meanings: Meanings) -> Mapping[str, Source]:
    found = (
        Source(Stream("owners", HOUR_S), Owners()),
        Source(Stream("companies"), companies()),
        Source(Stream("contacts"), contacts()),
        Source(Stream("lead_status"), LeadStatus(meanings)),
        Source(Stream("deals"), deals(meanings), is_optional=True),
        Source(Stream("webinars", 900), Webinars(), is_optional=True),
        Source(Stream("forms"), FormSubmissions(meanings), is_optional=True),
        Source(Stream("email_events"), EmailEvents(), is_optional=True),
        Source(Stream("page_views"), PageViews(meanings), is_optional=True),
        Source(Stream("calls"), calls(), is_optional=True),
        Source(Stream("meetings"), meetings(), is_optional=True),
        Source(Stream("campaigns", HOUR_S), Campaigns(), is_optional=True),
        Source(Stream("contacts_archived", 6 * HOUR_S), Archived()),
    )
    return {source.stream.name: source for source in found}


def page(portal: Portal, source: Source, cursor: str, known: Known) -> Page:
    """This reads the next page behind a bookmark of ours, "" = from the beginning."""
    state: State = orjson.loads(cursor) if cursor else {}
    try:
        step, read = source.pages.page(portal, state, known)
    except (MissingScope, Declined) as error:
        closed = isinstance(error, MissingScope) or error.status in {403, 404}
        if source.is_optional and closed and not state:
            return Page("", True)
        raise
    return replace(read, cursor=orjson.dumps(step).decode() if step else "")
