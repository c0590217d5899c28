"""What campaign members, tasks and events say about people: row in, touches out, nothing else touched.

Source ids are built from record ids, so that a row read twice is one touch. A row that is deleted, or
that speaks of nobody, says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import lru_cache

from connectors.records import Touch, key_of
from connectors.salesforce.fields import TASK_KEY_FIELD
from connectors.salesforce.ids import CONTACT_PREFIX, LEAD_PREFIX, USER_PREFIX, long_id
from connectors.salesforce.instants import day
from connectors.salesforce.meanings import Meanings
from connectors.salesforce.rows import CRM, Row, flag, linked, parent, time_of

# How orgs call mails that nobody wrote for one person, in the Type of a task.
_BY_MACHINE = ("auto", "mass", "list", "bulk", "marketing")
_MAIL = frozenset({"email", "e-mail", "listemail"})


def of_member(row: Row, meanings: Meanings) -> Iterator[Touch]:
    """A campaign member registered, attended or responded. `FirstRespondedDate` is a day."""
    key = linked(row, "ContactId", "contact") or linked(row, "LeadId", "lead")
    if flag(row, "IsDeleted") or not key:
        return
    campaign = parent(row, "Campaign")
    name, status = str(campaign.get("Name") or ""), str(row.get("Status") or "")
    created, responded = time_of(row, "CreatedDate"), day(row.get("FirstRespondedDate"))
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
    task_id, created = long_id(row.get("Id")), time_of(row, "CreatedDate")
    at = time_of(row, "CompletedDateTime") or day(row.get("ActivityDate")) or created
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
    event_id, created = long_id(row.get("Id")), time_of(row, "CreatedDate")
    at = time_of(row, "StartDateTime") or day(row.get("ActivityDate")) or created
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
