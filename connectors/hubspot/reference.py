"""Streams of short lists: who can own records, and the campaigns of marketing."""

from __future__ import annotations

from dataclasses import dataclass, field

from connectors.hubspot import client, reading, rows
from connectors.hubspot.client import Portal
from connectors.hubspot.records import unheld
from connectors.hubspot.rows import UNREADABLE
from connectors.hubspot.windows import State
from connectors.protocol import Known
from connectors.records import Page, Record, Unread

CAMPAIGN_PROPERTIES = ("hs_name", "hs_utm", "hs_campaign_status")


@dataclass(frozen=True, slots=True)
class Owners:
    """First those who are here, then those who left: their records still name them."""

    stream: str = field(default="owners")

    def page(self, portal: Portal, state: State, known: Known) -> tuple[State, Page]:
        left = bool(state.get("left"))
        query = [("archived", "true" if left else "false")]
        got = reading.listed(portal, client.OWNERS, query, str(state.get("after", "")))
        records: list[Record] = []
        unread: list[Unread] = []
        for row in got.rows:
            try:
                records.append(rows.owner(row))
            except UNREADABLE as error:
                unread.append(reading.unread(self.stream, row, error))
        step: State = {"left": left, "after": got.after} if got.after else {} if left else {"left": True}
        return step, Page("", not step, records=unheld(records, "owner", known), unread=tuple(unread))


@dataclass(frozen=True, slots=True)
class Campaigns:
    """Campaigns have no filter by date and are few: all of them are looked at, on a slow clock."""

    stream: str = field(default="campaigns")

    def page(self, portal: Portal, state: State, known: Known) -> tuple[State, Page]:
        query = [("properties", name) for name in CAMPAIGN_PROPERTIES]
        got = reading.listed(portal, client.CAMPAIGNS, query, str(state.get("after", "")))
        records: list[Record] = []
        unread: list[Unread] = []
        for row in got.rows:
            try:
                records.append(rows.campaign(row))
            except UNREADABLE as error:
                unread.append(reading.unread(self.stream, row, error))
        step: State = {"after": got.after} if got.after else {}
        return step, Page("", not step, records=unheld(records, "campaign", known), unread=tuple(unread))
