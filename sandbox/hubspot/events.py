"""Webinars as marketing events, campaigns, owners and the account: the short lists of the portal."""

from __future__ import annotations

from typing import Any
from uuid import uuid5

from sandbox.behaviour import Activity, Kind
from sandbox.clock import DAY, HOUR, MILLISECOND, Clock, iso
from sandbox.crm import Request, Response, answer
from sandbox.hubspot import ids
from sandbox.hubspot.contacts import email_of
from sandbox.hubspot.envelopes import limit_of, opened, page, sealed
from sandbox.hubspot.refusals import invalid, no_such_thing
from sandbox.hubspot.rows import PORTAL
from sandbox.hubspot.streams import NAMESPACE, Entry, Streams
from sandbox.marketing import ADS, PARTNERS, WEBINAR_EVERY, Webinar, webinar, webinar_before
from sandbox.people import OWNERS, Owner
from sandbox.world import World

STATES: dict[Kind, str] = {
    "webinar_registered": "REGISTERED",
    "webinar_attended": "ATTENDED",
    "webinar_missed": "NO_SHOW",
    "webinar_cancelled": "CANCELLED",
}
UPCOMING = 2  # webinars are announced this many ahead


class MarketingEvents:
    """The webinars of the timetable and who took part: one participation per person and state."""

    def __init__(self, world: World, clock: Clock, streams: Streams) -> None:
        self.world = world
        self.clock = clock
        self.streams = streams

    def webinars(self) -> list[Webinar]:
        first = self.world.start // WEBINAR_EVERY
        last = webinar_before(self.clock.now()).number + UPCOMING
        return [webinar(number) for number in range(first, last + 1)]

    def listed(self, request: Request) -> Response:
        limit, skip = limit_of(request.parameter("limit"), 10, 100), opened(request.parameter("after")) or 0
        events = self.webinars()
        after = sealed(skip + limit) if skip + limit < len(events) else ""
        return page([self._event(event) for event in events[skip : skip + limit]], after)

    def participations(self, request: Request, object_id: str) -> Response:
        place = ids.MARKETING_EVENT.place(int(object_id)) if object_id.isdigit() else None
        event = next((event for event in self.webinars() if event.number == place), None)
        if event is None:
            raise no_such_thing(f"Marketing event {object_id} does not exist")
        wanted = request.parameter("state").upper()
        if wanted and wanted not in STATES.values():
            raise invalid(f"{wanted} is not an attendance state")
        limit, behind = limit_of(request.parameter("limit"), 10, 100), opened(request.parameter("after"))
        kinds = {kind for kind, state in STATES.items() if wanted in ("", state)}
        found = self._entries(event, kinds)
        rest = [entry for entry in found if behind is None or entry[0] > behind]
        results = [self._participation(event, entry) for entry in rest[:limit]]
        after = sealed(rest[limit - 1][0]) if len(rest) > limit else ""
        return page(results, after, total=len(found))

    def _entries(self, event: Webinar, kinds: set[Kind]) -> list[Entry]:
        """Within a fortnight around the webinar, and whatever happened while the sandbox runs."""
        since, until = event.starts_at - 14 * DAY, event.ends_at + HOUR
        past = self.streams.entries(kinds, since, until, newest_first=False, behind=None)
        live = [
            entry
            for entry in self.world.timeline.live(kinds)
            if not since <= entry[2].at < until and self.world.residence(entry[1])[0] != "salesforce"
        ]
        return sorted(entry for entry in (*past, *live) if entry[2].asset == str(event.number))

    def _event(self, event: Webinar) -> dict[str, Any]:
        over = event.ends_at <= self.clock.now()
        created_at = event.starts_at - 60 * DAY
        return {
            "objectId": str(ids.MARKETING_EVENT.of(event.number)),
            "externalEventId": event.campaign,
            "eventName": event.title,
            "eventType": "WEBINAR",
            "eventOrganizer": "Acme Analytics",
            "eventDescription": "",
            "eventUrl": "https://www.acme-analytics.example/webinars",
            "eventCancelled": False,
            "eventCompleted": over,
            "eventStatus": "PAST" if over else "UPCOMING",
            "startDateTime": iso(event.starts_at),
            "endDateTime": iso(event.ends_at),
            "registrants": None,
            "attendees": None,
            "cancellations": None,
            "noShows": None,
            "customProperties": [],
            "appInfo": {"id": "35161", "name": "Webinar tool"},
            "createdAt": iso(created_at),
            "updatedAt": iso(event.ends_at if over else created_at),
        }

    def _participation(self, event: Webinar, entry: Entry) -> dict[str, Any]:
        _, index, activity = entry
        person = self.world.person(index)
        return {
            "id": str(uuid5(NAMESPACE, f"{self.world.seed}:{index}:{activity.n}:participation")),
            "createdAt": iso(activity.at),
            "associations": {
                "marketingEvent": {
                    "marketingEventId": str(ids.MARKETING_EVENT.of(event.number)),
                    "name": event.title,
                    "externalAccountId": str(PORTAL),
                    "externalEventId": event.campaign,
                },
                "contact": {
                    "contactId": str(ids.CONTACT.of(index)),
                    "email": email_of(person),
                    "firstname": person.first_name,
                    "lastname": person.last_name,
                },
            },
            "properties": {
                "occurredAt": activity.at // MILLISECOND,
                "attendanceState": STATES[activity.kind],
                **_attendance(event, activity),
            },
        }


def _attendance(event: Webinar, activity: Activity) -> dict[str, Any]:
    if activity.kind != "webinar_attended":
        return {"attendanceDurationSeconds": None, "attendancePercentage": None}
    length = event.ends_at - event.starts_at
    stayed = min(length, max(0, event.ends_at - activity.at))
    return {
        "attendanceDurationSeconds": stayed // 1_000_000,
        "attendancePercentage": f"{stayed / length:.2f}",
    }


def campaigns(world: World, request: Request) -> Response:
    """These are the campaigns of marketing; the properties are those asked for."""
    names = [*(ad.campaign for ad in ADS), *(partner.campaign for partner in PARTNERS)]
    limit, skip = limit_of(request.parameter("limit"), 50, 100), opened(request.parameter("after")) or 0
    asked = request.parameters("properties") or ["hs_name"]
    shown = [_campaign(world, name, asked) for name in names]
    after = sealed(skip + limit) if skip + limit < len(shown) else ""
    link = f"https://api.hubapi.com/marketing/campaigns/2026-09?limit={limit}"
    return page(shown[skip : skip + limit], after, link, total=len(shown))


def _campaign(world: World, name: str, asked: list[str]) -> dict[str, Any]:
    known = {
        "hs_name": name,
        "hs_utm": name,
        "hs_notes": f"All links carry utm_campaign={name}",
        "hs_budget_items_sum_amount": "2000.0",
    }
    return {
        "id": str(uuid5(NAMESPACE, f"campaign:{name}")),
        "properties": {key: known[key] for key in asked if key in known},
        "createdAt": iso(world.start),
        "updatedAt": iso(world.start + DAY),
        "businessUnits": [{"id": 0}],
    }


def owners(world: World, request: Request) -> Response:
    """Active owners, or with `archived=true` those who have left."""
    limit = limit_of(request.parameter("limit"), 100, 500)
    after, email = request.parameter("after"), request.parameter("email").casefold()
    archived = request.parameter("archived") == "true"
    found = [o for o in OWNERS if o.active != archived and email in ("", o.email)]
    rest = [o for o in found if not after.isdigit() or ids.OWNER.of(o.number) > int(after)]
    results = [_owner(world, owner) for owner in rest[:limit]]
    link = f"https://api.hubapi.com/crm/owners/2026-09?limit={limit}"
    return page(results, results[-1]["id"] if len(rest) > limit else "", link)


def _owner(world: World, owner: Owner) -> dict[str, Any]:
    user = ids.USER.of(owner.number)
    return {
        "id": str(ids.OWNER.of(owner.number)),
        "email": owner.email,
        "type": "PERSON",
        "firstName": owner.first_name,
        "lastName": owner.last_name,
        "userId": user if owner.active else None,
        "userIdIncludingInactive": user,
        "createdAt": iso(world.start),
        "updatedAt": iso(world.start),
        "archived": not owner.active,
    }


def account() -> Response:
    return answer(
        {
            "portalId": PORTAL,
            "accountType": "STANDARD",
            "timeZone": "US/Eastern",
            "companyCurrency": "USD",
            "additionalCurrencies": [],
            "utcOffset": "-05:00",
            "utcOffsetMilliseconds": -18_000_000,
            "uiDomain": "app.hubspot.com",
            "dataHostingLocation": "na1",
        }
    )
