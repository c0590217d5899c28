"""Lists of contacts and who joined them when, in the order of joining."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.clock import Clock, iso
from sandbox.crm import Request, Response, answer
from sandbox.hubspot import ids
from sandbox.hubspot.contacts import Contacts
from sandbox.hubspot.envelopes import limit_of, opened, page, sealed
from sandbox.hubspot.refusals import no_such_thing

COUNT_DEFAULT, COUNT_MAX = 20, 500


@dataclass(frozen=True, slots=True)
class List:
    """One list. Every `every`-th person is on it, from `first` on, since the end of her journey."""

    id: str
    name: str
    processing: str
    every: int
    first: int


LISTS = (
    List("584", "Conference Berlin 2026 - attendees", "MANUAL", 29, 3),
    List("585", "Contacts with a phone number", "DYNAMIC", 2, 0),
)


class Lists:
    """This answers /crm/lists."""

    def __init__(self, contacts: Contacts, clock: Clock) -> None:
        self.contacts = contacts
        self.clock = clock

    def search(self, request: Request) -> Response:
        """All lists whose name has the text; paging by offset and hasMore."""
        body = request.json() if request.body else {}
        wanted = str(body.get("query") or "").casefold()
        found = [one for one in LISTS if wanted in one.name.casefold()]
        offset = int(body.get("offset") or 0)
        count = min(int(body.get("count") or COUNT_DEFAULT), COUNT_MAX)
        some = found[offset : offset + count]
        return answer(
            {
                "offset": offset + len(some),
                "hasMore": offset + count < len(found),
                "total": len(found),
                "lists": [self._shown(one) for one in some],
            }
        )

    def joined(self, request: Request, list_id: str) -> Response:
        """Who is on the list, the first to join first."""
        one = next((one for one in LISTS if one.id == list_id), None)
        if one is None:
            raise no_such_thing(f"List does not exist with ID {list_id}.")
        limit, skip = limit_of(request.parameter("limit"), 100, 250), opened(request.parameter("after")) or 0
        members = self._members(one)
        some = members[skip : skip + limit]
        results = [{"recordId": str(record_id), "membershipTimestamp": iso(at)} for at, record_id in some]
        after = sealed(skip + limit) if skip + limit < len(members) else ""
        return page(results, after, "?", total=len(members))

    def _members(self, one: List) -> list[tuple[int, int]]:
        world = self.contacts.world
        found = (ids.CONTACT.of(index) for index in range(one.first, world.people, one.every))
        now = self.clock.now()
        there = ((self.contacts.index(i), i) for i in found)
        return sorted((world.last_at(index), i) for index, i in there if index is not None and
                      world.last_at(index) <= now)  # fmt: skip

    def _shown(self, one: List) -> dict[str, Any]:
        made = iso(self.contacts.world.start)
        return {
            "listId": one.id,
            "listVersion": 1,
            "createdAt": made,
            "updatedAt": made,
            "filtersUpdatedAt": made,
            "processingStatus": "COMPLETE",
            "createdById": str(ids.USER.of(0)),
            "updatedById": str(ids.USER.of(0)),
            "processingType": one.processing,
            "objectTypeId": "0-1",
            "name": one.name,
            "additionalProperties": {
                "hs_list_size": str(len(self._members(one))),
                "hs_list_reference_count": "0",
                "hs_last_record_added_at": str(self.contacts.world.now // 1000),
            },
        }
