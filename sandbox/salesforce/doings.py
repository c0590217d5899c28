"""What hangs on a person: calls and e-mails (Task), meetings (Event), campaign members, deals and roles."""

from __future__ import annotations

from sandbox.behaviour import Activity
from sandbox.clock import HOUR, MINUTE
from sandbox.people import Person
from sandbox.salesforce import cast, derived
from sandbox.salesforce.cast import SITE_FORMS, Campaigns
from sandbox.salesforce.prospects import Story
from sandbox.salesforce.tables import Row

WEBINAR_STATUSES = {
    "webinar_registered": "Registered",
    "webinar_attended": "Attended",
    "webinar_missed": "No Show",
    "webinar_cancelled": "Cancelled",
}
FORM_KEYS = frozenset(form.key for form in SITE_FORMS)
CALL_S = 420


def tasks(told: Story) -> list[Row]:
    """A call is one task; so is the first e-mail that sales writes after taking a lead on."""
    rows: list[Row] = []
    for each in told.activities:
        if each.kind == "call":
            more = {"CallDurationInSeconds": CALL_S, "CallType": "Outbound", "CallDisposition": "Connected"}
            rows.append(_task(told, each, "Call", f"Call with {told.person.first_name}") | more)
        elif each.kind == "accepted":
            rows.append(_task(told, each, "Email", "Email: Following up on your interest"))
    return rows


def events(told: Story) -> list[Row]:
    """A meeting in the calendar of the salesperson, entered a day ahead."""
    owner = cast.sales_owner(told.person)
    return [
        {
            **_activity(told, owner),
            "Subject": f"Meeting with {told.person.first_name} {told.person.last_name}",
            "ActivityDate": cast.day(each.at),
            "ActivityDateTime": cast.stamp(each.at),
            "StartDateTime": cast.stamp(each.at),
            "EndDateTime": cast.stamp(each.at + HOUR),
            "DurationInMinutes": HOUR // MINUTE,
            "Type": "Meeting",
            "EventSubtype": "Event",
            "ShowAs": "Busy",
            "IsAllDayEvent": False,
            "IsPrivate": False,
            "IsChild": False,
            "IsGroupEvent": False,
            **cast.made(max(each.at - 24 * HOUR, told.created_at), owner, each.at),
        }
        for each in told.activities
        if each.kind == "meeting"
    ]


def members(told: Story, campaigns: Campaigns) -> list[Row]:
    """One row per person and campaign; what happens later changes its status."""
    rows: dict[str, Row] = {}
    for each in told.activities:
        key, status, responded = _membership(told.person, each)
        if key not in campaigns.ids:
            continue
        row = rows.get(key) or _member(told, each, campaigns.ids[key])
        row["Status"] = status
        row["LastModifiedDate"] = cast.stamp(each.at)
        if responded and not row["HasResponded"]:
            row |= {"HasResponded": True, "FirstRespondedDate": cast.day(each.at)}
        rows[key] = row
    return list(rows.values())


def _membership(person: Person, activity: Activity) -> tuple[str, str, bool]:
    """This names the campaign, the status and whether it is a response; "" for no campaign."""
    if activity.kind in WEBINAR_STATUSES:
        return activity.campaign, WEBINAR_STATUSES[activity.kind], activity.kind != "webinar_cancelled"
    if activity.kind == "form":
        key = activity.asset
        if key.startswith("lp_"):
            return f"{key.removeprefix('lp_')}-co-marketing", "Responded", True
        # Where HubSpot knows the person, it knows forms and clicks; elsewhere the site writes a member.
        if key in FORM_KEYS and not person.in_hubspot:
            return f"form:{key}", "Responded", True
    if activity.kind == "page_view" and "utm_medium=cpc" in activity.url:
        return activity.campaign, "Sent" if person.in_hubspot else "Responded", not person.in_hubspot
    return "", "", False


def _member(told: Story, activity: Activity, campaign_id: str) -> Row:
    index = told.person.index
    return {
        "IsDeleted": False,
        "CampaignId": campaign_id,
        "LeadId": cast.lead_id(index) if told.is_lead else None,
        "ContactId": cast.contact_id(index) if told.is_contact else None,
        "Type": "Contact" if told.is_contact else "Lead",
        "Name": f"{told.person.first_name} {told.person.last_name}".strip(),
        "HasResponded": False,
        "FirstRespondedDate": None,
        **cast.made(activity.at, cast.user_id(0), activity.at),
    }


def opportunities(told: Story) -> list[Row]:
    """A deal, as far as it has come. CloseDate of an open one is a hope."""
    created = told.first("deal_created")
    if created is None:
        return []
    closed = told.last("deal_won", "deal_lost")
    stage = (
        "Negotiation/Review"
        if closed is None
        else "Closed Won"
        if closed.kind == "deal_won"
        else "Closed Lost"
    )
    owner = cast.sales_owner(told.person)
    company = told.person.company
    row: Row = {
        "IsDeleted": False,
        "Name": f"{company.name if company else told.person.last_name} - Analytics"[:120],
        "AccountId": cast.account_id(company),
        "StageName": stage,
        "Amount": float(created.detail) if created.detail else None,
        "CloseDate": cast.day(closed.at if closed else created.at + 90 * 24 * HOUR),
        "Type": "New Customer",
        "LeadSource": "Partner Referral" if told.person.partner else "Web",
        "ContactId": cast.contact_id(told.person.index) if told.is_contact else None,
        "OwnerId": owner,
        **cast.made(created.at, owner, closed.at if closed else created.at),
    }
    derived.complete_opportunity(row)
    return [row]


def roles(told: Story, colleague: int | None) -> list[Row]:
    """Who was in the deal: the person, and a colleague where one is a contact too."""
    created = told.first("deal_created")
    if created is None or not told.is_contact:
        return []
    people = [
        (told.person.index, "Decision Maker"),
        *([] if colleague is None else [(colleague, "Influencer")]),
    ]
    return [
        {
            "IsDeleted": False,
            "OpportunityId": cast.opportunity_id(told.person.index),
            "ContactId": cast.contact_id(index),
            "Role": role,
            "IsPrimary": index == told.person.index,
            **cast.made(created.at, cast.sales_owner(told.person), created.at),
        }
        for index, role in people
    ]


def stages(told: Story) -> list[Row]:
    """Each stage that a deal came to, and when."""
    deals = opportunities(told)
    if not deals:
        return []
    steps = [("Prospecting", told.first("deal_created"))]
    if deals[0]["IsClosed"]:
        steps.append((deals[0]["StageName"], told.last("deal_won", "deal_lost")))
    return [
        {
            "IsDeleted": False,
            "OpportunityId": cast.opportunity_id(told.person.index),
            "StageName": stage,
            "Amount": deals[0]["Amount"],
            "Probability": derived.PROBABILITIES[stage],
            "CloseDate": deals[0]["CloseDate"],
            "CreatedDate": cast.stamp(each.at),
            "CreatedById": cast.sales_owner(told.person),
        }
        for stage, each in steps
        if each
    ]


def statuses(told: Story) -> list[Row]:
    """Each status that sales gave a lead by hand, and when; the org tracks this field and no other."""
    if not told.is_lead:
        return []
    names = {"accepted": "Working - Contacted", "rejected": "Closed - Not Converted"}
    steps = [(each.at, names[each.kind]) for each in told.activities if each.kind in names]
    rows: list[Row] = []
    old = "Open - Not Contacted"
    for at, status in steps:
        if status != old:
            rows.append(
                {
                    "IsDeleted": False,
                    "LeadId": cast.lead_id(told.person.index),
                    "Field": "Status",
                    "OldValue": old,
                    "NewValue": status,
                    "CreatedDate": cast.stamp(at),
                    "CreatedById": cast.sales_owner(told.person),
                }
            )
        old = status
    return rows


def _task(told: Story, activity: Activity, kind: str, subject: str) -> Row:
    owner = cast.sales_owner(told.person)
    return {
        **_activity(told, owner),
        "Subject": subject,
        "ActivityDate": cast.day(activity.at),
        "Status": "Completed",
        "Priority": "Normal",
        "IsClosed": True,
        "IsHighPriority": False,
        "Type": kind,
        "TaskSubtype": kind,
        "CompletedDateTime": cast.stamp(activity.at),
        **cast.made(activity.at, owner, activity.at),
    }


def _activity(told: Story, owner: str) -> Row:
    return {
        "IsDeleted": False,
        "WhoId": told.who,
        "AccountId": cast.account_id(told.person.company) if told.is_contact else None,
        "OwnerId": owner,
        "IsArchived": False,
        "IsReminderSet": False,
    }
