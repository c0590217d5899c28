"""Lists of contacts that mean something: who was put on one, and when.

Only lists that the configuration names are read, each whole, and again when its size or its last
addition moves. Leaving a list tells nothing: dynamic lists change silently.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from connectors.calling import Request
from connectors.hubspot import client, reading, values
from connectors.hubspot.client import CRM, Portal
from connectors.hubspot.rows import UNREADABLE, Row
from connectors.hubspot.windows import State
from connectors.meanings import Meanings
from connectors.protocol import Known
from connectors.records import Page, Touch, Unread, key_of

MEMBERS_MAX = 250
LISTS_MAX = 500  # of one answer
SEARCHES_MAX = 20
CONTACTS = "0-1"


@dataclass(frozen=True, slots=True)
class ListMemberships:
    """Who joined the lists that mean something, in the order of joining."""

    meanings: Meanings
    stream: str = field(default="lists")

    def page(self, portal: Portal, state: State, known: Known) -> tuple[State, Page]:  # noqa: ARG002
        if not self.meanings.lists:
            return {}, Page("", True)
        if "queue" not in state:
            return self._search(portal, state)
        (list_id, name, mark), *rest = state["queue"]
        path = f"{client.LISTS}/{list_id}/memberships/join-order"
        after = str(state.get("after", ""))
        got = reading.listed(portal, path, (), after, limit=MEMBERS_MAX, allowed=reading.GONE)
        touches: list[Touch] = []
        unread: list[Unread] = []
        for row in got.rows:
            try:
                touches += self._joined(row, list_id, name)
            except UNREADABLE as error:
                unread.append(reading.unread(self.stream, row, error))
        page = Page("", not (got.after or rest), touches=tuple(touches), unread=tuple(unread))
        if got.after:
            return {**state, "after": got.after}, page
        read = {**state["read"], list_id: mark}
        return ({"read": read, "queue": rest} if rest else {"read": read}), page

    def _search(self, portal: Portal, state: State) -> tuple[State, Page]:
        """This looks which of the lists that mean something have moved since they were read."""
        read, queue, offset = dict(state.get("read", {})), [], 0
        unread: list[Unread] = []
        for _ in range(SEARCHES_MAX):
            body = {"offset": offset, "count": LISTS_MAX}
            request = Request("POST", f"{client.LISTS}/search", body=body, required={"lists": list})
            data = portal.call(request).data
            for row in data["lists"]:
                try:
                    queue += [one for one in self._meant(row) if read.get(one[0]) != one[2]]
                except UNREADABLE as error:
                    unread.append(reading.unread(self.stream, row, error))
            offset = int(data.get("offset") or 0)
            if data.get("hasMore") is not True or not data["lists"]:
                break
        step: State = {"read": read, "queue": queue} if queue else {"read": read}
        return step, Page("", not queue, unread=tuple(unread))

    def _meant(self, row: Row) -> Iterator[list[str]]:
        """This is a list's id and name and the mark by which its next addition is noticed."""
        name = values.text(row.get("name") or "")
        if self.meanings.list_kind(name) and row.get("objectTypeId", CONTACTS) == CONTACTS:
            more: dict[str, Any] = row.get("additionalProperties") or {}
            mark = f"{more.get('hs_list_size', '')}/{more.get('hs_last_record_added_at', '')}"
            yield [values.record_id(row["listId"]), name, mark]

    def _joined(self, row: Row, list_id: str, name: str) -> Iterator[Touch]:
        record_id, at = values.record_id(row["recordId"]), values.instant(row["membershipTimestamp"])
        yield Touch(
            key=key_of(CRM, "contact", record_id),
            source_id=f"list:{list_id}:{record_id}:{at // values.MS}",
            kind=self.meanings.list_kind(name),
            occurred_at=at,
            recorded_at=at,
            asset=name,
            provenance="list_memberships",
        )
