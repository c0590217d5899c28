"""The world as rows: which numbers each object's rows have, and when they changed last.

Everything about a person is numbered by the person's index and stamped like the person, so ids and
stamps rise together and a window of stamps is a range of people. How many rows a person has is looked
up once and remembered in one byte.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, partial

from sandbox.behaviour import RECENT, may_be_called
from sandbox.clock import SECOND
from sandbox.people import COMPANY_SIZE, REGIONS
from sandbox.salesforce import cast, doings, ids
from sandbox.salesforce.cast import Campaigns
from sandbox.salesforce.prospects import FORMER_LEADS, Story, contacts, leads, story
from sandbox.salesforce.tables import FAR, Row, Seed
from sandbox.world import World

SLOTS = 64  # rows of one object that hang on one person
CACHED = 2_048
UNKNOWN = 255
DUPLICATES = 25  # one lead and one contact in so many was entered twice, and cleaned up since

Make = Callable[[Story], list[Row]]


class PerPerson:
    """Rows that hang on people: number `index * slots + slot + 1`."""

    def __init__(self, world: World, make: Make, *, slots: int = SLOTS, by_sales: bool = False) -> None:
        self._world = world
        self._make = make
        self._slots = slots
        self._by_sales = by_sales
        self._counts = bytearray([UNKNOWN]) * world.people
        self._rows = lru_cache(CACHED)(self._made)
        self.end = world.people * slots + 1

    def of(self, index: int, *, live: bool) -> list[Row]:
        """These are a person's rows in the order of their slots."""
        if live:
            return self._make(story(self._world, index, live=True))[: self._slots]
        return self._rows(index)

    def number(self, index: int, slot: int) -> int:
        return index * self._slots + slot + 1

    def numbers(self, start: int, stop: int) -> Iterator[int]:
        start, stop = max(start, 1), min(stop, self._world.people * self._slots + 1)
        if start >= stop:
            return
        for index in range((start - 1) // self._slots, (stop - 2) // self._slots + 1):
            for slot in range(self._count(index)):
                if start <= self.number(index, slot) < stop:
                    yield self.number(index, slot)

    def stamp(self, number: int) -> int:
        return self._world.modified_at((number - 1) // self._slots) // SECOND

    def first(self, stamp: int) -> int:
        if abs(stamp) >= FAR:
            return 1 if stamp < 0 else self.end
        return self._world.modified_between(stamp * SECOND, FAR).start * self._slots + 1

    def row(self, number: int) -> Row:
        index, slot = divmod(number - 1, self._slots)
        return dict(self._rows(index)[slot])

    def near(self, record_id: str) -> tuple[range, ...] | None:
        """People's ids carry their index. A colleague's role in a deal stands with the deal's owner."""
        number = ids.number(record_id) - 1
        if record_id[:3] in ("00Q", "003", "006"):
            company = number // COMPANY_SIZE
        elif record_id[:3] == "001":
            company = number
        else:
            return None
        people = range(company * COMPANY_SIZE, (company + 1) * COMPANY_SIZE)
        return (range(people.start * self._slots + 1, people.stop * self._slots + 1),)

    def _count(self, index: int) -> int:
        if self._counts[index] == UNKNOWN:
            self._counts[index] = self._counted(index)
        return self._counts[index]

    def _counted(self, index: int) -> int:
        if self._world.residence(index)[0] == "hubspot":
            return 0
        if self._by_sales and not self._called(index):
            return 0
        return len(self._rows(index))

    def _called(self, index: int) -> bool:
        """This is false for those with whom sales never had to do; it costs no journey."""
        recent = self._world.now - self._world.last_at(index) <= RECENT
        return may_be_called(index, recent=recent)

    def _made(self, index: int) -> list[Row]:
        return self._make(story(self._world, index))[: self._slots]


class Prospects(PerPerson):
    """Leads or contacts: one row a person, and behind them the duplicates that were deleted or merged."""

    def __init__(self, world: World, make: Make, kind: str, prefix: str) -> None:
        super().__init__(world, make, slots=1)
        self._kind, self._prefix = kind, prefix  # every person of this kind has a row here
        self._people = world.people
        self.end = world.people + world.people // DUPLICATES + 1

    def numbers(self, start: int, stop: int) -> Iterator[int]:
        yield from super().numbers(start, stop)
        for number in range(max(start, self._people + 1), min(stop, self.end)):
            if self._original(number) is not None:
                yield number

    def stamp(self, number: int) -> int:
        """They were cleaned up all at once, when the world ended: one big tie."""
        return super().stamp(min(number, self._people))

    def first(self, stamp: int) -> int:
        found = super().first(stamp)
        return self.end if found > self._people and stamp > self.stamp(self._people) else min(found, self.end)

    def row(self, number: int) -> Row:
        if number <= self._people:
            return super().row(number)
        original = self._original(number)
        row = super().row((original or 0) + 1)
        merged = (number - self._people) % 2 == 0
        winner = ids.encode(self._prefix, (original or 0) + 1) if merged else None
        return row | {"IsDeleted": True, "MasterRecordId": winner}

    def near(self, record_id: str) -> tuple[range, ...] | None:
        found = super().near(record_id)
        return None if found is None else (*found, range(self._people + 1, self.end))

    def _counted(self, index: int) -> int:
        """This knows without telling the whole story, because everybody is looked at to count leads."""
        kind = self._world.residence(index)[1]
        if kind in ("", self._kind):
            return int(kind == self._kind)
        if kind == "contact":
            return int(index % FORMER_LEADS == 0 and self._world.person(index).company is not None)
        return len(self._rows(index)) if self._called(index) else 0

    def _original(self, number: int) -> int | None:
        """This is the person whom a duplicate is of: the first of the right kind in its stretch."""
        start = (number - self._people - 1) * DUPLICATES
        for index in range(start, min(start + DUPLICATES, self._people)):
            if self._world.residence(index)[1] == self._kind:
                return index
        return None


class Accounts:
    """One account for each company with a contact: number `company + 1`, stamped like its last member."""

    def __init__(self, world: World, people: Prospects) -> None:
        self._world = world
        self._contacts = people
        self.end = world.companies + 1

    def numbers(self, start: int, stop: int) -> Iterator[int]:
        for number in range(max(start, 1), min(stop, self.end)):
            if next(self._people(number), None) is not None:
                yield number

    def stamp(self, number: int) -> int:
        return self._world.modified_at(self._world.members(number - 1).stop - 1) // SECOND

    def first(self, stamp: int) -> int:
        """A company's last member decides: the first one whose member is not older."""
        if abs(stamp) >= FAR:
            return 1 if stamp < 0 else self.end
        index = self._world.modified_between(stamp * SECOND, FAR).start
        return self.end if index >= self._world.people else index // COMPANY_SIZE + 1

    def row(self, number: int) -> Row:
        world, company = self._world, self._world.company(number - 1)
        told = [story(world, index) for index in self._people(number)]
        owner = cast.sales_owner(told[0].person)
        won = any(each.first("deal_won") for each in told)
        created_at = min(each.created_at for each in told)
        return {
            "IsDeleted": False,
            "MasterRecordId": None,
            "Name": company.name,
            "Type": "Customer - Direct" if won else "Prospect",
            "BillingCity": company.city,
            "BillingState": REGIONS[company.city][0],
            "BillingPostalCode": REGIONS[company.city][1],
            "BillingCountry": company.country,
            "Website": f"https://www.{company.domain}",
            "Industry": cast.INDUSTRIES.get(company.industry),
            "AnnualRevenue": float(company.revenue) if company.revenue else None,
            "NumberOfEmployees": company.employees or None,
            "OwnerId": owner,
            **cast.made(created_at, owner, created_at),
        }

    def near(self, record_id: str) -> tuple[range, ...] | None:
        return None if record_id else ()

    def _people(self, number: int) -> Iterator[int]:
        """These members are contacts who work there."""
        for index in self._world.members(number - 1):
            if next(self._contacts.numbers(index + 1, index + 2), None) and self._world.person(index).company:
                yield index


def seeds(world: World) -> tuple[Mapping[str, Seed], Mapping[str, PerPerson]]:
    """These are the seeds of all objects, and those of them that follow what people do."""
    campaigns = Campaigns(world)
    lead, contact = Prospects(world, leads, "lead", "00Q"), Prospects(world, contacts, "contact", "003")
    people: dict[str, PerPerson] = {
        "Lead": lead,
        "Contact": contact,
        "Task": PerPerson(world, doings.tasks, by_sales=True),
        "Event": PerPerson(world, doings.events, by_sales=True),
        "CampaignMember": PerPerson(world, partial(doings.members, campaigns=campaigns)),
        "Opportunity": PerPerson(world, doings.opportunities, slots=1, by_sales=True),
        "LeadHistory": PerPerson(world, doings.statuses, slots=8, by_sales=True),
        "OpportunityHistory": PerPerson(world, doings.stages, slots=2, by_sales=True),
        "OpportunityContactRole": PerPerson(
            world, lambda told: doings.roles(told, _colleague(world, told)), slots=2, by_sales=True
        ),
    }
    return {
        **cast.small(world),
        "Account": Accounts(world, contact),
        "Campaign": campaigns.seed,
        **people,
    }, people


def _colleague(world: World, told: Story) -> int | None:
    """This is somebody else at the same company who is kept as a contact."""
    if told.person.company is None:
        return None
    for index in world.members(told.person.company.number):
        if (
            index != told.person.index
            and world.residence(index)[1] == "contact"
            and world.person(index).company
        ):
            return index
    return None
