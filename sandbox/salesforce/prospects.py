"""Leads and contacts as rows: what sales sees of a person.

A person of kind "lead" becomes a contact when a deal starts; some of kind "contact" were leads once.
The converted lead stays in the org, read-only, and points to the contact.
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.behaviour import Activity, Kind
from sandbox.clock import DAY
from sandbox.people import REGIONS, Person, need
from sandbox.salesforce import cast
from sandbox.salesforce.tables import Row
from sandbox.world import LIVE_FROM, World

Activities = tuple[Activity, ...]
DISPOSITIONS: tuple[Kind, ...] = ("accepted", "rejected")
FORMER_LEADS = 8  # one contact in so many, of those with a company, came in as a lead


@dataclass(frozen=True, slots=True)
class Story:
    """A person and what is known of her, in the order in which it became known."""

    person: Person
    activities: Activities

    def first(self, *kinds: Kind) -> Activity | None:
        return next((each for each in self.activities if each.kind in kinds), None)

    def last(self, *kinds: Kind) -> Activity | None:
        return next((each for each in reversed(self.activities) if each.kind in kinds), None)

    @property
    def before(self) -> Story:
        """This is what had happened when the sandbox started: what comes later moves no row's birthday."""
        return Story(self.person, tuple(each for each in self.activities if each.n < LIVE_FROM))

    @property
    def created_at(self) -> int:
        """This is when somebody left an address; lists are imported at the first visit."""
        told = self.before
        known = told.first("form", "webinar_registered") or told.first("mail_sent") or told.activities[0]
        return known.at

    @property
    def converted_at(self) -> int:
        """This is when the lead became a contact, 0 if it did not or never was one."""
        deal = self.first("deal_created")
        if self.person.salesforce_kind == "lead":
            return deal.at if deal and self.person.company else 0
        if self.person.company and self.person.index % FORMER_LEADS == 0:
            return deal.at if deal else min(self.created_at + 3 * DAY, self.before.activities[-1].at)
        return 0

    @property
    def is_lead(self) -> bool:
        """This says whether a lead row exists, converted or not."""
        return self.person.salesforce_kind == "lead" or self.converted_at > 0

    @property
    def is_contact(self) -> bool:
        return self.person.salesforce_kind == "contact" or self.converted_at > 0

    @property
    def who(self) -> str:
        """This is the row that activities hang on: they move to the contact on conversion."""
        return cast.contact_id(self.person.index) if self.is_contact else cast.lead_id(self.person.index)


def story(world: World, index: int, *, live: bool = False) -> Story:
    """This tells of a person; with `live` also what happened while the sandbox runs."""
    activities = world.activities(index) if live else world.journey(index)
    return Story(world.person(index), tuple(sorted(activities, key=lambda each: each.n)))


def leads(told: Story) -> list[Row]:
    if not told.is_lead:
        return []
    person, company = told.person, told.person.company
    owner = cast.user_id(person.owner) if person.owner >= 0 else cast.queue_id()
    disposed = told.last(*DISPOSITIONS)
    changed_at = told.converted_at or (disposed.at if disposed else told.created_at)
    row = _shared(told) | {
        "Company": person.company_name or person.email.partition("@")[2],
        "City": person.city,
        "State": REGIONS[person.city][0],
        "PostalCode": REGIONS[person.city][1],
        "Country": person.country,
        "Website": f"https://www.{company.domain}" if company else None,
        "Industry": cast.INDUSTRIES.get(company.industry) if company else None,
        "AnnualRevenue": float(company.revenue) if company and company.revenue else None,
        "NumberOfEmployees": company.employees or None if company else None,
        "Status": _status(told, disposed),
        "Rejection_Reason__c": disposed.detail if disposed and disposed.kind == "rejected" else None,
        "OwnerId": owner,
        "IsConverted": told.converted_at > 0,
        "IsUnreadByOwner": disposed is None,
        **cast.made(told.created_at, cast.user_id(0), changed_at, cast.sales_owner(person)),
    }
    if told.converted_at:
        deal = told.first("deal_created")
        row |= {
            "ConvertedDate": cast.day(told.converted_at),
            "ConvertedAccountId": cast.account_id(company),
            "ConvertedContactId": cast.contact_id(person.index),
            "ConvertedOpportunityId": cast.opportunity_id(person.index) if deal else None,
        }
    return [row]


def contacts(told: Story) -> list[Row]:
    if not told.is_contact:
        return []
    person = told.person
    created_at = told.converted_at or told.created_at
    owner = cast.sales_owner(person)
    unsubscribed = told.last("mail_unsubscribed")
    changed_at = unsubscribed.at if unsubscribed else created_at
    return [
        _shared(told)
        | {
            "AccountId": cast.account_id(person.company),
            "MailingCity": person.city,
            "MailingState": REGIONS[person.city][0],
            "MailingPostalCode": REGIONS[person.city][1],
            "MailingCountry": person.country,
            "OwnerId": owner,
            "IsEmailBounced": False,
            **cast.made(created_at, owner, changed_at),
        }
    ]


def _status(told: Story, disposed: Activity | None) -> str:
    if told.converted_at:
        return "Closed - Converted"
    if disposed is None:
        return "Open - Not Contacted"
    return "Working - Contacted" if disposed.kind == "accepted" else "Closed - Not Converted"


def _shared(told: Story) -> Row:
    person = told.person
    return {
        "IsDeleted": False,
        "MasterRecordId": None,
        "FirstName": person.first_name or None,
        "LastName": person.last_name,
        "Name": f"{person.first_name} {person.last_name}".strip(),
        "Title": person.title or None,
        "Email": person.email,
        "Phone": person.phone or None,
        "LeadSource": _source(told),
        "HasOptedOutOfEmail": told.last("mail_unsubscribed") is not None,
        "DoNotCall": False,
        "LastActivityDate": cast.day(last.at) if (last := told.last("call", "meeting")) else None,
        "Need__c": need(person.index) or None,
        **cast.origin(told.activities),
    }


def _source(told: Story) -> str:
    if told.person.partner:
        return "Partner Referral"
    first = told.activities[0].url
    return "Advertisement" if "utm_medium=cpc" in first else "Web"
