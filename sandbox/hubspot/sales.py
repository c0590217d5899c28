"""Companies, deals, calls and meetings: the rows of the portal that are not people.

What sales does about somebody whom Salesforce knows stands in Salesforce; here are the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from uuid import UUID

from sandbox.behaviour import Activity, Kind
from sandbox.clock import MINUTE, iso
from sandbox.hubspot import ids
from sandbox.hubspot.rows import History, Row, Source, Values, text
from sandbox.people import COMPANY_SIZE, REGIONS
from sandbox.world import World

CONNECTED = str(UUID("f240bbac-87c9-4f6e-bf70-924b57d47db7"))  # how a call that got through is marked
DEAL_STEPS: Mapping[Kind, str] = {
    "deal_created": "appointmentscheduled",
    "deal_won": "closedwon",
    "deal_lost": "closedlost",
}


class Companies(Source):
    """The companies of the world. A company's stamp is that of its first member."""

    def __init__(self, world: World) -> None:
        self.world = world

    def row(self, record_id: int) -> Row | None:
        number = ids.COMPANY.place(record_id)
        if number is None or number >= self.world.companies:
            return None
        company = self.world.company(number)
        stamp = self.stamp(record_id, 0)
        values: dict[str, object] = {
            "name": company.name,
            "domain": company.domain,
            "website": company.domain,
            "industry": company.industry,
            "numberofemployees": company.employees or None,
            "annualrevenue": company.revenue or None,
            "country": company.country,
            "city": company.city,
            "state": REGIONS[company.city][0],
            "zip": REGIONS[company.city][1],
            "lifecyclestage": "lead",
            "createdate": iso(min(stamp, self.world.start)),
            "hs_object_source": "CRM_UI",
            "hs_pipeline": "companies-lifecycle-pipeline",
        }
        properties = {name: text(value) for name, value in values.items()}
        return Row(record_id, properties, min(stamp, self.world.start), stamp)

    def stamp(self, record_id: int, known_at: int) -> int:  # noqa: ARG002 (companies never move)
        number = ids.COMPANY.place(record_id)
        if number is None or number >= self.world.companies:
            return 0
        return self.world.modified_at(number * COMPANY_SIZE)

    def ids(self, start: int) -> Iterator[int]:
        for number in range(ids.COMPANY.first_place(start), self.world.companies):
            yield ids.COMPANY.of(number)

    def modified(self, since: int, until: int) -> Iterator[int]:
        window = self.world.modified_between(since, until)
        for number in range(window.start // COMPANY_SIZE, -(-window.stop // COMPANY_SIZE)):
            yield ids.COMPANY.of(number)


class Deals(Source):
    """One deal per person at most, made from the steps of its journey."""

    def __init__(self, world: World) -> None:
        self.world = world

    def steps(self, record_id: int) -> list[Activity]:
        """These are the activities that made the deal, none if there is none."""
        index = ids.DEAL.place(record_id)
        if index is None or index >= self.world.people or self.world.residence(index)[0] != "hubspot":
            return []
        return [a for a in self.world.activities(index) if a.kind in DEAL_STEPS]

    def row(self, record_id: int) -> Row | None:
        steps = self.steps(record_id)
        if not steps:
            return None
        person = self.world.person(ids.DEAL.first_place(record_id))
        last = steps[-1]
        closed = last.kind != "deal_created"
        values: dict[str, object] = {
            "dealname": f"{person.company_name or person.last_name} – annual licence",
            "amount": last.detail,
            "dealstage": DEAL_STEPS[last.kind],
            "pipeline": "default",
            "closedate": iso(last.at) if closed else None,
            "createdate": iso(steps[0].at),
            "deal_currency_code": "USD",
            "hs_is_closed": closed,
            "hs_is_closed_won": last.kind == "deal_won",
            "hubspot_owner_id": ids.OWNER.of(max(person.owner, 0)),
        }
        properties = {name: text(value) for name, value in values.items()}
        return Row(record_id, properties, steps[0].at, last.at)

    def stamp(self, record_id: int, known_at: int) -> int:  # noqa: ARG002
        steps = self.steps(record_id)
        return steps[-1].at if steps else 0

    def ids(self, start: int) -> Iterator[int]:
        for index in self.world.dealt_with(ids.DEAL.first_place(start)):
            if self.steps(ids.DEAL.of(index)):
                yield ids.DEAL.of(index)

    def modified(self, since: int, until: int) -> Iterator[int]:
        for _, index, _ in self.world.timeline.between(set(DEAL_STEPS), since, until):
            if self.world.residence(index)[0] == "hubspot":
                yield ids.DEAL.of(index)

    def history(self, record_id: int, name: str) -> History:
        if name != "dealstage":
            return ()
        return [(step.at, DEAL_STEPS[step.kind], "CRM_UI") for step in self.steps(record_id)]


class Engagements(Source):
    """Calls or meetings: each is one activity of one person."""

    def __init__(self, world: World, kind: Kind, numbering: ids.Ids) -> None:
        self.world = world
        self.kind = kind
        self.numbering = numbering

    def activity(self, record_id: int) -> tuple[int, Activity] | None:
        """This is whose it is and what happened."""
        place = self.numbering.place(record_id)
        if place is None:
            return None
        index, n = ids.person_and_number(place)
        if index >= self.world.people or self.world.residence(index)[0] != "hubspot":
            return None
        found = (a for a in self.world.activities(index) if a.n == n and a.kind == self.kind)
        activity = next(found, None)
        return (index, activity) if activity else None

    def row(self, record_id: int) -> Row | None:
        found = self.activity(record_id)
        if found is None:
            return None
        index, activity = found
        person = self.world.person(index)
        values: dict[str, object] = {
            "hs_timestamp": iso(activity.at),
            "hs_createdate": iso(activity.at),
            "hubspot_owner_id": ids.OWNER.of(max(person.owner, 0)),
            "hs_object_source": "CRM_UI",
        }
        values |= _call(activity) if self.kind == "call" else _meeting(activity)
        properties: Values = {name: text(value) for name, value in values.items()}
        return Row(record_id, properties, activity.at, activity.at)

    def stamp(self, record_id: int, known_at: int) -> int:  # noqa: ARG002
        found = self.activity(record_id)
        return found[1].at if found else 0

    def ids(self, start: int) -> Iterator[int]:
        first, _ = ids.person_and_number(self.numbering.first_place(start))
        for index in self.world.dealt_with(first):
            yield from (i for i in self.of_person(index) if i >= start)

    def of_person(self, index: int) -> list[int]:
        """These are the ids of one person's calls or meetings."""
        if self.world.residence(index)[0] != "hubspot":
            return []
        places = (ids.activity_place(index, a.n) for a in self.world.activities(index) if a.kind == self.kind)
        return sorted(self.numbering.of(place) for place in places)

    def modified(self, since: int, until: int) -> Iterator[int]:
        for _, index, activity in self.world.timeline.between({self.kind}, since, until):
            if self.world.residence(index)[0] == "hubspot":
                yield self.numbering.of(ids.activity_place(index, activity.n))


class Written(Source):
    """The world begins without tasks, one-to-one e-mails and leads; every one is written by a client."""

    def row(self, record_id: int) -> Row | None:  # noqa: ARG002
        return None

    def stamp(self, record_id: int, known_at: int) -> int:  # noqa: ARG002
        return 0

    def ids(self, start: int) -> Iterator[int]:  # noqa: ARG002
        return iter(())

    def modified(self, since: int, until: int) -> Iterator[int]:  # noqa: ARG002
        return iter(())


def _call(activity: Activity) -> dict[str, object]:
    return {
        "hs_call_title": "Call",
        "hs_call_direction": "OUTBOUND",
        "hs_call_status": "COMPLETED",
        "hs_call_disposition": CONNECTED if activity.detail == "CONNECTED" else None,
        "hs_call_duration": 240_000,
        "hs_call_body": "Talked about the next steps.",
    }


def _meeting(activity: Activity) -> dict[str, object]:
    return {
        "hs_meeting_title": "Product walk-through",
        "hs_meeting_outcome": activity.detail or "COMPLETED",
        "hs_meeting_start_time": iso(activity.at),
        "hs_meeting_end_time": iso(activity.at + 30 * MINUTE),
        "hs_meeting_source": "CRM_UI",
    }
