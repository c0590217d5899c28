"""What sales did with people: calls, meetings, one-to-one e-mails, tasks that are done, stages of leads.

Row and its contacts in, touches out, nothing else touched. What was not held, sent or done is no touch yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from connectors.hubspot import fields, rows, values
from connectors.hubspot.client import CRM
from connectors.hubspot.rows import Row
from connectors.meanings import Meanings
from connectors.records import Touch, key_of

MEETINGS_NOT_HELD = frozenset({"NO_SHOW", "CANCELED", "CANCELLED", "RESCHEDULED"})
CALLS_NOT_HELD = frozenset({"BUSY", "CANCELED", "CONNECTING", "FAILED", "NO_ANSWER", "QUEUED", "RINGING"})
EMAILS_NOT_SENT = frozenset({"BOUNCED", "FAILED", "SCHEDULED", "SENDING"})
# Whose task of this type is done has tried to reach somebody.
TASK_KINDS = {"CALL": "call", "EMAIL": "sales_email"}


def of_call(row: Row, contact_ids: Iterable[str]) -> Iterator[Touch]:
    properties = row["properties"]
    if properties.get("hs_call_status") in CALLS_NOT_HELD:
        return
    ms = int(values.number(properties.get("hs_call_duration") or 0))
    yield from _talk("call", row, contact_ids, properties.get("hs_timestamp"), max(0, ms // 1000))


def of_meeting(row: Row, contact_ids: Iterable[str]) -> Iterator[Touch]:
    properties = row["properties"]
    if properties.get("hs_meeting_outcome") in MEETINGS_NOT_HELD:
        return
    start = properties.get("hs_meeting_start_time") or properties.get("hs_timestamp")
    end = values.instant(properties.get("hs_meeting_end_time"))
    seconds = (end - values.instant(start)) // values.SECOND if end and start else 0
    yield from _talk("meeting", row, contact_ids, start, max(0, seconds))


def _talk(kind: str, row: Row, contact_ids: Iterable[str], at: Any, seconds: int) -> Iterator[Touch]:
    properties, talk_id = row["properties"], values.record_id(row["id"])
    created = values.instant(properties.get("hs_createdate") or row.get("createdAt"))
    title = values.text(properties.get(f"hs_{kind}_title") or properties.get("hs_email_subject") or "")
    for contact_id in contact_ids:
        yield Touch(
            key=key_of(CRM, "contact", contact_id),
            source_id=f"{kind}:{talk_id}:{contact_id}",
            kind="sales_email" if kind == "email" else kind,
            occurred_at=values.instant(at) or created,
            recorded_at=created,
            asset=title,
            seconds=seconds,
            provenance=f"{kind}s",
        )


def of_email(row: Row, contact_ids: Iterable[str]) -> Iterator[Touch]:
    """An e-mail that somebody of ours wrote. What came in, or was forwarded to the CRM, is no attempt."""
    properties = row["properties"]
    if properties.get("hs_email_direction") != "EMAIL":
        return
    if properties.get("hs_email_status") in EMAILS_NOT_SENT:
        return
    yield from _talk("email", row, contact_ids, properties.get("hs_timestamp"), 0)


def of_task(row: Row, contact_ids: Iterable[str]) -> Iterator[Touch]:
    """A call or an e-mail that was somebody's task and is done. It has no asset: where the call itself was
    logged within ten minutes, both are one event."""
    properties, task_id = row["properties"], values.record_id(row["id"])
    kind = TASK_KINDS.get(str(properties.get("hs_task_type")))
    if not kind or properties.get("hs_task_status") != "COMPLETED":
        return
    done = values.instant(properties.get("hs_task_completion_date")) or rows.stamp(row, fields.MODIFIED)
    for contact_id in contact_ids:
        yield Touch(
            key=key_of(CRM, "contact", contact_id),
            source_id=f"task:{task_id}:{contact_id}",
            kind=kind,
            occurred_at=done,
            recorded_at=done,
            provenance="task",
        )


def of_lead(row: Row, contact_ids: Iterable[str], meanings: Meanings) -> Iterator[Touch]:
    """A lead of Sales Hub says by its stage what sales made of a contact; the row's last change is the
    nearest date there is, and the first one that was seen stands."""
    properties, lead_id = row["properties"], values.record_id(row["id"])
    stage = values.text(properties.get("hs_pipeline_stage") or "")
    kind = meanings.lead_stage_kind(stage)
    at = rows.stamp(row, fields.MODIFIED)
    for contact_id in contact_ids if kind else ():
        yield Touch(
            key=key_of(CRM, "contact", contact_id),
            source_id=f"lead:{lead_id}:{stage}:{contact_id}",
            kind=kind,
            occurred_at=at,
            recorded_at=at,
            asset=stage,
            provenance="lead_stage",
        )
