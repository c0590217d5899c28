"""What Salesforce rows say about what people did: row in, touches out, nothing else touched.

Source ids are built from record ids, so that a row read twice is one touch. A row that is deleted, or
that speaks of nobody, says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from connectors.records import Touch, key_of
from connectors.salesforce.fields import TASK_KEY_FIELD
from connectors.salesforce.ids import CONTACT_PREFIX, LEAD_PREFIX, USER_PREFIX, long_id
from connectors.salesforce.instants import DAY, SECOND, day, instant
from connectors.salesforce.rows import CRM, Row, flag, linked, parent

Pairs = tuple[tuple[str, str], ...]

# How orgs call mails that nobody wrote for one person, in the Type of a task.
_BY_MACHINE = ("auto", "mass", "list", "bulk", "marketing")
_MAIL = frozenset({"email", "e-mail", "listemail"})


@dataclass(frozen=True, slots=True)
class MemberRule:
    """A member of a campaign of this type and status did that. Patterns ignore case; `*` is anything."""

    type: str
    status: str
    kind: str


@dataclass(frozen=True, slots=True)
class Meanings:
    """What the words of this org's picklists mean. Every member rule that fits yields one touch; a
    member whom none fits but who responded yields a campaign response."""

    accepted_statuses: frozenset[str] = frozenset({"Working - Contacted"})
    rejected_statuses: frozenset[str] = frozenset({"Closed - Not Converted"})
    statuses: Pairs = ()  # with the kinds of touches that they are, before those that are usual
    member_rules: tuple[MemberRule, ...] = (
        MemberRule("*webinar*", "*regist*", "webinar_registration"),
        MemberRule("*webinar*", "*attend*", "webinar_registration"),
        MemberRule("*webinar*", "attend*", "webinar_attendance"),
        MemberRule("*event*", "attend*", "event_attendance"),
        MemberRule("*conference*", "attend*", "event_attendance"),
        MemberRule("*trade show*", "attend*", "event_attendance"),
        MemberRule("*seminar*", "attend*", "event_attendance"),
    )


def of_lead(row: Row, meanings: Meanings, origin: Pairs) -> Iterator[Touch]:
    """A lead tells how it came in, what sales made of it, and whether it was converted. `origin` are
    the fields that say where it came from, with our names for them."""
    if flag(row, "IsDeleted"):
        return
    get = row.get
    lead_id = long_id(get("Id"))
    key = f"{CRM}:lead:{lead_id}"
    came_by = tuple([(name, str(value)) for api_name, name in origin if (value := get(api_name))])
    if came_by:
        created = _at(row, "CreatedDate")
        url, path, campaign = _arrival(came_by)
        source = str(get("LeadSource") or "")
        yield Touch(
            *(key, f"lead:{lead_id}:created", "form_submission", created, created, source, path, 0),
            *(campaign, url, "", "lead"),
        )
    status = str(get("Status") or "")
    if get("ConvertedDate"):
        yield from _conversion(row, key, lead_id, _changed(row))
    elif kind := _disposition(status, meanings):
        at = _changed(row)
        yield Touch(
            *(key, f"lead:{lead_id}:status:{status}", kind, at, at, status),
            referrer=_user(row.get("LastModifiedById")),
            provenance="lead",
        )


def _changed(row: Row) -> int:
    return _at(row, "LastModifiedDate") or _at(row, "SystemModstamp")


def _disposition(status: str, meanings: Meanings) -> str:
    for name, kind in meanings.statuses:
        if name.casefold() == status.casefold():
            return kind
    if _among(status, meanings.accepted_statuses):
        return "sales_accepted"
    return "sales_rejected" if _among(status, meanings.rejected_statuses) else ""


@lru_cache(maxsize=256)
def _among(status: str, names: frozenset[str]) -> bool:
    return status in names or status.casefold() in {name.casefold() for name in names}


def _conversion(row: Row, key: str, lead_id: str, changed: int) -> Iterator[Touch]:
    """ConvertedDate is a day without a time. A converted lead is read-only, so its last change is
    the conversion itself, unless something touched it on a later day."""
    at = min(changed, day(row["ConvertedDate"]) + DAY - SECOND)
    yield Touch(key, f"lead:{lead_id}:converted", "sales_accepted", at, at, provenance="lead")
    if row.get("ConvertedOpportunityId"):
        deal_id = long_id(row["ConvertedOpportunityId"])
        yield Touch(
            key, f"lead:{lead_id}:opportunity:{deal_id}", "opportunity_created", at, at, provenance="lead"
        )


def of_lead_history(row: Row, meanings: Meanings) -> Iterator[Touch]:
    """A status that sales gave a lead. It is told twice: once under the name that the lead itself would
    give it, whose date would be the lead's last change, and once for each time it happens again."""
    status = str(row.get("NewValue") or "")
    kind = _disposition(status, meanings)
    if not kind or flag(row, "IsDeleted"):
        return
    lead_id, row_id, at = long_id(row.get("LeadId")), long_id(row.get("Id")), _at(row, "CreatedDate")
    name, by = f"lead:{lead_id}:status:{status}", _user(row.get("CreatedById"))
    for source_id in (name, f"{name}:{row_id}"):
        yield Touch(
            *(f"{CRM}:lead:{lead_id}", source_id, kind, at, at, status),
            referrer=by,
            provenance="lead_history",
        )


def _user(user_id: object) -> str:
    """This is who said so, as touches name people of the org."""
    return f"{CRM}:{user_id}" if user_id else ""


def of_stage(row: Row) -> Iterator[Touch]:
    """A deal came to the stage in which it is closed now: that is when it was won or lost, whatever its
    CloseDate says. The contact is the deal's primary one."""
    yield from _closing(row, linked(parent(row, "Opportunity"), "ContactId", "contact"))


def of_role_at_stage(role: Row, row: Row) -> Iterator[Touch]:
    """So it was for everybody else who had a role in it."""
    if not flag(role, "IsDeleted"):
        yield from _closing(row, linked(role, "ContactId", "contact"))


def closes(row: Row) -> bool:
    """This says whether a step in a deal's history is the one that closed it."""
    deal = parent(row, "Opportunity")
    return flag(deal, "IsClosed") and row.get("StageName") == deal.get("StageName")


def _closing(row: Row, key: str) -> Iterator[Touch]:
    if not key or not closes(row):
        return
    deal, deal_id, at = parent(row, "Opportunity"), long_id(row.get("OpportunityId")), _at(row, "CreatedDate")
    kind = "deal_won" if flag(deal, "IsWon") else "deal_lost"
    yield Touch(
        key=key,
        source_id=f"opportunity:{deal_id}:{kind}:{key.rpartition(':')[2]}",
        kind=kind,
        occurred_at=at,
        recorded_at=at,
        asset=str(deal.get("Name") or ""),
        provenance="opportunity",
    )


def of_member(row: Row, meanings: Meanings) -> Iterator[Touch]:
    """A campaign member registered, attended or responded. `FirstRespondedDate` is a day."""
    key = linked(row, "ContactId", "contact") or linked(row, "LeadId", "lead")
    if flag(row, "IsDeleted") or not key:
        return
    campaign = parent(row, "Campaign")
    name, status = str(campaign.get("Name") or ""), str(row.get("Status") or "")
    created, responded = _at(row, "CreatedDate"), day(row.get("FirstRespondedDate"))
    for kind in _member_kinds(row, str(campaign.get("Type") or ""), status, meanings):
        at = created if kind == "webinar_registration" else max(created, responded)
        yield Touch(
            key=key,
            source_id=f"member:{long_id(row.get('Id'))}:{kind}",
            kind=kind,
            occurred_at=at,
            recorded_at=at,
            asset=name,
            campaign=name,
            provenance="campaign_member",
        )


def _member_kinds(row: Row, type_: str, status: str, meanings: Meanings) -> tuple[str, ...]:
    kinds = dict.fromkeys(
        rule.kind
        for rule in meanings.member_rules
        if fnmatchcase(type_.casefold(), rule.type) and fnmatchcase(status.casefold(), rule.status)
    )
    if not kinds and flag(row, "HasResponded"):
        return ("campaign_response",)
    return tuple(kinds)


def of_task(row: Row) -> Iterator[Touch]:
    """A finished task of one of our users is a call or an e-mail. Our own reminders are neither: they
    carry our key, and where no key field exists they are at least of no subtype that counts."""
    key = _who(row)
    kind, is_machine = _task_kind(str(row.get("TaskSubtype") or ""), str(row.get("Type") or ""))
    if not key or not kind or not flag(row, "IsClosed") or _is_ours(row):
        return
    task_id, created = long_id(row.get("Id")), _at(row, "CreatedDate")
    at = _at(row, "CompletedDateTime") or day(row.get("ActivityDate")) or created
    subject = str(row.get("Subject") or "")
    yield Touch(key, f"task:{task_id}", kind, at, created, subject, provenance="task", is_machine=is_machine)


@lru_cache(maxsize=256)
def _task_kind(*words: str) -> tuple[str, bool]:
    """TaskSubtype is what Salesforce knows; Type is a picklist that orgs fill by hand. A mail to a list, or
    one that a program sent, is nobody's attempt to reach somebody: a machine did it."""
    kind, is_machine = "", False
    for word in map(str.casefold, words):
        is_bulk = word.startswith(_BY_MACHINE)
        is_machine = is_machine or is_bulk
        if not kind and (word in _MAIL or (is_bulk and word.endswith("mail"))):
            kind = "sales_email"
        elif not kind and word in {"call", "meeting"}:
            kind = word
    return kind, is_machine and kind == "sales_email"


def of_task_relation(relation: Row, task: Row) -> Iterator[Touch]:
    """With shared activities a task is about up to fifty contacts; `WhoId` names the first."""
    yield from _shared(relation, task, of_task(task))


def of_event_relation(relation: Row, event: Row) -> Iterator[Touch]:
    """So is a meeting; those of its guests who are colleagues or resources are nobody's touch."""
    yield from _shared(relation, event, of_event(event))


def _shared(relation: Row, activity: Row, told: Iterator[Touch]) -> Iterator[Touch]:
    who = long_id(relation.get("RelationId"))
    kind = {LEAD_PREFIX: "lead", CONTACT_PREFIX: "contact"}.get(who[:3])
    if not kind or who == long_id(activity.get("WhoId")):
        return
    for touch in told:
        yield touch._replace(key=key_of(CRM, kind, who), source_id=f"{touch.source_id}:{who}")


def of_event(row: Row) -> Iterator[Touch]:
    """A calendar entry with somebody is a meeting; the copies of invited colleagues are not."""
    key = _who(row)
    if not key or flag(row, "IsChild") or _is_ours(row):
        return
    event_id, created = long_id(row.get("Id")), _at(row, "CreatedDate")
    at = _at(row, "StartDateTime") or day(row.get("ActivityDate")) or created
    subject = str(row.get("Subject") or "")
    yield Touch(key, f"event:{event_id}", "meeting", at, created, subject, provenance="event")


def _who(row: Row) -> str:
    """This is the person an activity of one of our users is about, "" for anything else."""
    who, owner = row.get("WhoId"), str(row.get("OwnerId") or "")
    if flag(row, "IsDeleted") or not who or not owner.startswith(USER_PREFIX):
        return ""
    who = long_id(who)
    kind = {LEAD_PREFIX: "lead", CONTACT_PREFIX: "contact"}.get(who[:3])
    return key_of(CRM, kind, who) if kind else ""


def _is_ours(row: Row) -> bool:
    return bool(row.get(TASK_KEY_FIELD))


def of_role(role: Row, opportunity: Row) -> Iterator[Touch]:
    """A contact with a role in an opportunity was there when it was created, won or lost."""
    key = linked(role, "ContactId", "contact")
    if flag(role, "IsDeleted") or flag(opportunity, "IsDeleted") or not key:
        return
    deal_id, contact_id = long_id(role.get("OpportunityId")), long_id(role.get("ContactId"))
    created, name = _at(opportunity, "CreatedDate"), str(opportunity.get("Name") or "")
    for kind, at in _turns(opportunity, created):
        yield Touch(
            key=key,
            source_id=f"opportunity:{deal_id}:{kind}:{contact_id}",
            kind=kind,
            occurred_at=at,
            asset=name,
            provenance="opportunity",
        )


def _turns(opportunity: Row, created: int) -> Iterator[tuple[str, int]]:
    """CloseDate is a day that people also set ahead: nothing closes before it was created, and what
    is closed was so by its last change."""
    yield "opportunity_created", created
    if flag(opportunity, "IsClosed"):
        closed = max(created, day(opportunity.get("CloseDate")))
        changed = _at(opportunity, "LastModifiedDate") or closed
        yield ("deal_won" if flag(opportunity, "IsWon") else "deal_lost"), max(created, min(closed, changed))


@lru_cache(maxsize=1024)  # many leads come by few ways
def _arrival(came_by: Pairs) -> tuple[str, str, str]:
    """This is the address, its path, and the campaign."""
    url = origin_url(came_by)
    campaign = next((value for name, value in came_by if name == "utm_campaign"), "")
    return url, urlsplit(url).path, campaign


def origin_url(came_by: Pairs) -> str:
    """This is the landing page with the campaign parameters that the lead carries in fields of its own.

    A parameter that already stands in the address stays as it is there.
    """
    landing = dict(came_by).get("landing_page", "").strip()
    if "." in landing.partition("/")[0] and "://" not in landing:
        landing = f"https://{landing}"  # people type www.example.com/page
    try:
        parts = urlsplit(landing)
    except ValueError:  # an address such as http://[broken
        return landing
    present = {name.casefold() for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    added = urlencode([(n, value) for n, value in came_by if n.startswith("utm_") and n not in present])
    query = "&".join(part for part in (parts.query, added) if part)
    return urlunsplit(parts._replace(path=parts.path or "/", query=query))


def _at(row: Row, api_name: str) -> int:
    value = row.get(api_name)
    if isinstance(value, str):
        return instant(value) if value else 0
    if value is None:
        return 0
    raise ValueError(f"{api_name}: {value!r} is no time")
