"""Reading again what nobody announces: values that HubSpot works out anew, links, and who is gone.

Calculated properties, associations and deletions leave the date of the last change where it was. So
what is held is read again in turn, a few pages at a time, whatever its dates say. How long a whole turn
takes follows from the size of the portal: with these numbers 86,400 contacts a day, and 14,400 deals,
calls and meetings each.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from connectors.holdings import Holdings
from connectors.hubspot import reading
from connectors.hubspot.client import Portal
from connectors.hubspot.records import Objects, unheld
from connectors.hubspot.windows import State
from connectors.protocol import Known
from connectors.records import Page

PAGES_MAX = 3
CONTACTS_EVERY_S = 300
OTHERS_EVERY_S = 1_800


@dataclass(frozen=True, slots=True)
class HeldContacts:
    """Contacts that the store holds, by id. Who is held and not there any more has merged or is wiped."""

    contacts: Objects

    def page(self, portal: Portal, state: State, known: Known) -> tuple[State, Page]:
        if not state or not isinstance(known, Holdings):
            return {"behind": ""}, Page("", True)  # whatever is held was read just now
        ids = known.ids("contact", str(state.get("behind", "")), reading.BATCH_MAX)
        page, missing = self.contacts.those(portal, known, ids)
        page = self.contacts.without(portal, page, dict.fromkeys(missing, portal.now()))
        behind = ids[-1] if len(ids) == reading.BATCH_MAX else ""
        return _turned(state, "behind", behind, page)


@dataclass(frozen=True, slots=True)
class Relisted:
    """Rows of one kind, by their list, which gives their contacts along with them."""

    objects: Objects

    def page(self, portal: Portal, state: State, known: Known) -> tuple[State, Page]:
        if not state:
            return {"after": ""}, Page("", True)
        after, page = self.objects.listed(portal, str(state.get("after", "")), known)
        page = replace(page, records=unheld(page.records, self.objects.kind, known))
        return _turned(state, "after", after, page)


def _turned(state: State, name: str, mark: str, page: Page) -> tuple[State, Page]:
    """This rests after a few pages, and at the end before it begins anew."""
    pages = int(state.get("pages", 0)) + 1
    if mark and pages < PAGES_MAX:
        return {name: mark, "pages": pages}, page
    return {name: mark}, replace(page, caught_up=True)
