"""What can be read from an org: one line per stream, and how each row of it is understood."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.protocol import Stream
from connectors.records import Record, Touch
from connectors.salesforce import activity_signals, deal_signals, fields, lead_signals, rows
from connectors.salesforce.fields import OriginFields
from connectors.salesforce.meanings import Meanings

Row = Mapping[str, Any]

# People and what they do are read in every cycle. A Developer org has 15,000 calls a day: the rest waits.
SELDOM_S = 3600  # users and campaigns change by hand
AT_TIMES_S = 300

IDENTITY = ("Id", "CreatedDate", "SystemModstamp")
DELETABLE = (*IDENTITY, "IsDeleted")


@dataclass(frozen=True, slots=True)
class Options:
    """What differs from org to org."""

    origin: OriginFields = OriginFields()  # noqa: RUF009 (frozen)
    meanings: Meanings = Meanings()  # noqa: RUF009 (frozen)
    day_share: float = 0.8
    own_share: float = 0.5  # of the org's calls; an org with 5,000 needs a third to be asked each minute
    bulk_from: int = 50_000  # a first load of so many rows goes by the Bulk API; 0 = never
    bulk_piece: int = 20_000  # rows of one answer then: some 8 MB, held while its rows are handed over
    default_owner: str = ""  # the user who gets tasks of queues and of people who left
    attributes: tuple[tuple[str, str], ...] = ()  # further fields of people, with their names in a record
    lead_status: str = ""  # where a lead moves on to when it becomes MQL; "" = its status is not ours


@dataclass(frozen=True, slots=True)
class Source:
    """One object: which fields are asked for, and what a row becomes: a record, and what this one's row tells
    besides, or touches alone."""

    stream: Stream
    object: str
    fields: tuple[str, ...]
    record: Callable[[Row], Record] | None = None
    besides: Callable[[Row, Record], Iterable[Touch]] | None = None
    touches: Callable[[Row], Iterable[Touch]] | None = None
    kind: str = ""
    stamp: str = "SystemModstamp"  # what says when a row changed; rows of histories never do
    only: str = ""  # a condition that all rows of the stream fulfil
    told_as: str = ""  # what its touches are called before the row's id, where they may be taken back

    def narrowed(self, where: str) -> str:
        return f"{where} AND {self.only}" if self.only else where


def _api_names(*groups: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    return tuple(api_name for group in groups for api_name, _ in group)


def _once(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def sources(options: Options) -> dict[str, Source]:
    """These are all streams, in the order in which they should be read first."""
    every = (
        *_staff(),
        *_reference(),
        *_histories(options),
        *_people(options),
        *_activities(options),
        *_deals(),
    )
    return {source.stream.name: source for source in every}


def _staff() -> tuple[Source, ...]:
    """Who owns records, and when they work."""
    return (
        Source(
            Stream("users", SELDOM_S),
            "User",
            (*IDENTITY, "Email", "Name", "IsActive", "TimeZoneSidKey", "ManagerId"),
            rows.owner,
            kind="owner",
        ),
        Source(
            Stream("queues", SELDOM_S),
            "Group",
            (*IDENTITY, "Name", "Email"),
            rows.queue,
            kind="owner",
            only="Type = 'Queue'",
        ),
        Source(
            Stream("business_hours", SELDOM_S),
            "BusinessHours",
            (*IDENTITY, "Name", "IsActive", "IsDefault", "TimeZoneSidKey", *_api_names(rows.HOURS)),
            rows.calendar,
            kind="calendar",
        ),
        Source(
            Stream("holidays", SELDOM_S),
            "Holiday",
            (*IDENTITY, "Name", "ActivityDate", "IsAllDay", "IsRecurrence"),
            rows.holiday,
            kind="holiday",
        ),
    )


def _reference() -> tuple[Source, ...]:
    return (
        Source(
            Stream("accounts", AT_TIMES_S),
            "Account",
            (*DELETABLE, "MasterRecordId", "OwnerId", *_api_names(fields.COMPANY_TEXTS, fields.SIZES)),
            rows.company,
            kind="company",
        ),
        Source(
            Stream("campaigns", SELDOM_S),
            "Campaign",
            (
                *(*DELETABLE, "Name", "Type", "Status", "StartDate", "EndDate", "IsActive"),
                *("ActualCost", "BudgetedCost", "CurrencyIsoCode", "ParentId"),
            ),
            rows.campaign,
            kind="campaign",
        ),
    )


def _histories(options: Options) -> tuple[Source, ...]:
    """When sales decided, to the second, where the org tracks it. They come before the rows they are
    about, because of two dates for one decision the first that was seen stands."""
    return (
        Source(
            Stream("lead_history", AT_TIMES_S),
            "LeadHistory",
            ("Id", "LeadId", "CreatedDate", "CreatedById", "NewValue", "IsDeleted"),
            touches=lambda row: lead_signals.of_lead_history(row, options.meanings),
            stamp="CreatedDate",
            only="Field = 'Status'",
        ),
        Source(
            Stream("opportunity_history", AT_TIMES_S),
            "OpportunityHistory",
            (
                *(*DELETABLE, "OpportunityId", "StageName"),
                *(f"Opportunity.{name}" for name in ("ContactId", "Name", "StageName", "IsClosed", "IsWon")),
            ),
            touches=deal_signals.of_stage,
        ),
    )


def _people(options: Options) -> tuple[Source, ...]:
    origin = options.origin.pairs()
    further = options.attributes
    custom = (*_api_names(origin), *(api_name for api_name, _ in fields.OWN_PAIRS), *_api_names(further))
    shared = (
        *DELETABLE,
        "LastModifiedDate",
        "LastModifiedById",
        "MasterRecordId",
        "OwnerId",
        "HasOptedOutOfEmail",
    )
    conversion = ("IsConverted", "ConvertedDate", "ConvertedContactId", "ConvertedOpportunityId")
    return (
        Source(
            Stream("leads"),
            "Lead",
            _once((*shared, *conversion, *_api_names(fields.LEAD_TEXTS, fields.SIZES), *custom)),
            rows.lead_reader(origin, further),
            besides=lead_signals.lead_teller(options.meanings, origin),
            kind="lead",
        ),
        Source(
            Stream("contacts"),
            "Contact",
            (
                *_once((*shared, "AccountId", *_api_names(fields.CONTACT_TEXTS), *custom)),
                *(f"Account.{name}" for name in _api_names(fields.ACCOUNT_TEXTS, fields.SIZES)),
            ),
            rows.contact_reader(origin, further),
            kind="contact",
        ),
    )


def _activities(options: Options) -> tuple[Source, ...]:
    activity = (*DELETABLE, "WhoId", "WhoCount", "OwnerId", "Subject", "ActivityDate")
    return (
        Source(
            Stream("campaign_members"),
            "CampaignMember",
            (
                *(*DELETABLE, "LeadId", "ContactId", "Status", "HasResponded", "FirstRespondedDate"),
                *("CampaignId", "Campaign.Name", "Campaign.Type"),
            ),
            touches=lambda row: activity_signals.of_member(row, options.meanings),
        ),
        Source(
            Stream("tasks"),
            "Task",
            (
                *(*activity, "IsClosed", "Status", "TaskSubtype", "Type", "CompletedDateTime"),
                fields.TASK_KEY_FIELD,
            ),
            touches=activity_signals.of_task,
            told_as="task",
        ),
        Source(
            Stream("events"),
            "Event",
            (*activity, "StartDateTime", "IsChild"),
            touches=activity_signals.of_event,
            told_as="event",
        ),
    )


def _deals() -> tuple[Source, ...]:
    turns = ("CreatedDate", "LastModifiedDate", "IsDeleted", "Name", "CloseDate", "IsClosed", "IsWon")
    return (
        Source(
            Stream("opportunities", AT_TIMES_S),
            "Opportunity",
            (
                *dict.fromkeys((*DELETABLE, *turns)),
                *(
                    "StageName",
                    "Amount",
                    "CurrencyIsoCode",
                    "AccountId",
                    "CampaignId",
                    "OwnerId",
                    "LeadSource",
                ),
            ),
            rows.deal,
            kind="deal",
        ),
        Source(
            Stream("opportunity_roles", AT_TIMES_S),
            "OpportunityContactRole",
            (*DELETABLE, "OpportunityId", "ContactId", *(f"Opportunity.{name}" for name in turns)),
            touches=lambda row: deal_signals.of_role(row, rows.parent(row, "Opportunity")),
        ),
    )
