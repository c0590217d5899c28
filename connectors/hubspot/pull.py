"""All streams of a portal, in the order in which they should be read first.

A bookmark is compact JSON. A signal that this portal's tier or token does not give is no failure as
long as it never gave any: `check` says what is missing. One that stops is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import orjson

from connectors.calling import Declined
from connectors.errors import MissingScope
from connectors.hubspot import again, rows
from connectors.hubspot.activity import EmailEvents, PageViews
from connectors.hubspot.client import Portal
from connectors.hubspot.forms import FormSubmissions
from connectors.hubspot.history import Dispositions
from connectors.hubspot.lists import ListMemberships
from connectors.hubspot.own_tasks import OwnTasks
from connectors.hubspot.records import Objects, companies, contacts, deals, doings
from connectors.hubspot.reference import Campaigns, Owners
from connectors.hubspot.vanished import Archived
from connectors.hubspot.webinars import Webinars
from connectors.hubspot.windows import State
from connectors.meanings import Meanings
from connectors.protocol import Known, Stream
from connectors.records import Page

HOUR_S = 3_600
OWN_TASKS_S = 300
SALES_S = 300  # of what tells sooner or later how sales got on


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
    """Streams of events come before contacts, whose counters stand in for those that are closed."""
    people, opportunities = contacts(meanings), deals(meanings)
    talks, meets, *others = doings(meanings)
    found = (
        Source(Stream("owners", HOUR_S), Owners()),
        Source(Stream("webinars", 900), Webinars(), is_optional=True),
        Source(Stream("forms"), FormSubmissions(meanings), is_optional=True),
        Source(Stream("email_events"), EmailEvents(), is_optional=True),
        Source(Stream("page_views"), PageViews(meanings), is_optional=True),
        Source(Stream("companies"), companies()),
        Source(Stream("contacts"), people),
        Source(Stream("contacts_again", again.CONTACTS_EVERY_S), again.HeldContacts(people)),
        Source(Stream("lead_status", SALES_S), Dispositions(meanings)),
        Source(Stream("deals"), opportunities, is_optional=True),
        Source(Stream("calls"), talks, is_optional=True),
        Source(Stream("meetings"), meets, is_optional=True),
        *(Source(Stream(each.stream, SALES_S), each, is_optional=True) for each in others),
        *(
            Source(
                Stream(f"{each.stream}_again", again.OTHERS_EVERY_S), again.Relisted(each), is_optional=True
            )
            for each in (opportunities, talks, meets)
        ),
        Source(Stream("tasks", OWN_TASKS_S), OwnTasks(), is_optional=True),
        Source(Stream("lists", 900), ListMemberships(meanings), is_optional=True),
        Source(Stream("campaigns", HOUR_S), Campaigns(), is_optional=True),
        Source(Stream("contacts_archived", 6 * HOUR_S), Archived()),
    )
    return {source.stream.name: source for source in found}


def page(portal: Portal, source: Source, cursor: str, known: Known) -> Page:
    """This reads the next page behind a bookmark of ours, "" = from the beginning.

    The bookmark of a signal that is closed to us is the time at which it last was: where it is opened
    one day, what counters told until then is not read once more.
    """
    state: State = orjson.loads(cursor) if cursor else {}
    try:
        step, read = source.pages.page(portal, state, known)
    except (MissingScope, Declined) as error:
        if source.is_optional and _is_closed(error) and (not state or "closed" in state):
            portal.gives[source.stream.name] = False
            return Page(orjson.dumps({"closed": portal.now()}).decode(), True)
        raise
    portal.gives[source.stream.name] = True
    return replace(read, cursor=orjson.dumps(step).decode() if step else "")


def _is_closed(error: MissingScope | Declined) -> bool:
    """A portal without a feature may not even know the name of its records."""
    if isinstance(error, MissingScope):
        return True
    return error.status in {403, 404} or (error.status == 400 and "object type" in error.words)


def look(portal: Portal, source: Source, ids: Sequence[str], account: str, known: Known) -> Page:
    """This reads records by id, if they are this portal's and it lets us. One that lost a merge leads to the
    winner, whatever is known of that one."""
    try:
        if isinstance(source.pages, Objects) and (not account or account == portal.id()):
            page, missing = source.pages.those(portal, known, ids)
            page = source.pages.without(portal, page, dict.fromkeys(missing, portal.now()))
            read = {record.id for record in page.records}
            losers = [record for record in page.records if record.deleted]
            winners = {each for loser in losers for each in rows.merged_with(loser)} - read
            return _both(page, source.pages.those(portal, known, sorted(winners))[0]) if winners else page
    except (MissingScope, Declined):
        if not source.is_optional:
            raise
    return Page("", False)


def _both(page: Page, more: Page) -> Page:
    return replace(
        page,
        records=page.records + more.records,
        touches=page.touches + more.touches,
        unread=page.unread + more.unread,
        understood=page.understood + more.understood,
    )
