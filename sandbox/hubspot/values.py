"""What HubSpot adds to a new row by itself, and what it will not do without."""

from __future__ import annotations

from typing import Any

from sandbox.clock import MILLISECOND, instant, iso
from sandbox.hubspot import ids
from sandbox.hubspot.refusals import invalid
from sandbox.hubspot.rows import APP_ID, Values
from sandbox.hubspot.tables import Table

SOURCE: Values = {
    "hs_object_source": "INTEGRATION",
    "hs_object_source_id": APP_ID,
    "hs_object_source_label": "INTEGRATION",
}
CONTACT: Values = {
    "hs_associated_target_accounts": "0",
    "hs_currently_enrolled_in_prospecting_agent": "false",
    "hs_is_contact": "true",
    "hs_is_unworked": "true",
    "hs_membership_has_accessed_private_content": "0",
    "hs_pipeline": "contacts-lifecycle-pipeline",
    "hs_prospecting_agent_actively_enrolled_count": "0",
    "hs_prospecting_agent_total_enrolled_count": "0",
    "hs_registered_member": "0",
    "hs_sequences_actively_enrolled_count": "0",
    "num_notes": "0",
}
COMPANY: Values = {
    "hs_annual_revenue_currency_code": "USD",
    "hs_num_blockers": "0",
    "hs_num_child_companies": "0",
    "hs_num_contacts_with_buying_roles": "0",
    "hs_num_decision_makers": "0",
    "hs_num_open_deals": "0",
    "hs_pipeline": "companies-lifecycle-pipeline",
    "num_associated_contacts": "0",
    "num_notes": "0",
}
TASK: Values = {
    "hs_task_completion_count": "0",
    "hs_task_family": "SALES",
    "hs_task_for_object_type": "OWNER",
    "hs_task_is_all_day": "false",
    "hs_task_is_completed": "0",
    "hs_task_is_completed_call": "0",
    "hs_task_is_completed_email": "0",
    "hs_task_is_completed_linked_in": "0",
    "hs_task_is_completed_sequence": "0",
    "hs_task_is_sub_task": "false",
}
NEEDED = {
    "task": "hs_timestamp",
    "call": "hs_timestamp",
    "meeting": "hs_timestamp",
    "email": "hs_timestamp",
    "lead": "hs_lead_name",
}


def required(table: Table, asked: dict[str, Any]) -> dict[str, Any]:
    """This passes the properties of a new row on, unless the one it cannot do without is missing."""
    needed = NEEDED.get(table.kind.name)
    if needed and not asked.get(needed):
        raise invalid(f"Error creating {table.kind.name.upper()}. Some required properties were not set.",
                      context={"properties": [needed]})  # fmt: skip
    return asked


def completed(table: Table, kept: Values, now: int) -> Values:
    """This is a new row with everything that HubSpot works out at once."""
    extra = {"contact": _contact, "company": _company, "task": _task, "meeting": _meeting}.get(
        table.kind.name
    )
    body = next((kept[n] for n in ("hs_task_body", "hs_meeting_body", "hs_call_body") if kept.get(n)), None)
    owner = _owned(kept["hubspot_owner_id"], now) if kept.get("hubspot_owner_id") else {}
    preview: Values = {}
    if body:
        preview = {
            "hs_body_preview": body,
            "hs_body_preview_html": f"<html>\n <head></head>\n <body>\n {body}\n </body>\n</html>",
            "hs_body_preview_is_truncated": "false",
        }
    known = table.properties.named
    made = {**(extra(kept, now) if extra else {}), **SOURCE, **owner, **preview}
    return {**{name: value for name, value in made.items() if name in known}, **kept}


def _owned(owner_id: str | None, now: int) -> Values:
    user = ids.USER.of(ids.OWNER.first_place(int(owner_id or 0)))
    return {
        "hs_all_owner_ids": owner_id,
        "hs_user_ids_of_all_owners": str(user),
        "hubspot_owner_assigneddate": iso(now),
    }


def _meeting(kept: Values, now: int) -> Values:
    del kept, now
    return {"hs_meeting_source": "CRM_UI"}


def _contact(kept: Values, now: int) -> Values:
    email = kept.get("email") or ""
    name = f"{kept.get('firstname') or ''} {kept.get('lastname') or ''}".strip()
    stage = kept.get("lifecyclestage") or "lead"
    phone = "".join(c for c in kept.get("phone") or "" if c.isdigit())
    return CONTACT | {
        "hs_email_domain": email.partition("@")[2] or None,
        "hs_full_name_or_email": name or email,
        "lifecyclestage": stage,
        f"hs_lifecyclestage_{stage}_date": iso(now),
        "hs_searchable_calculated_phone_number": phone or None,
        "hs_v2_date_entered_current_stage": iso(now),
        "hs_v2_time_in_current_stage": iso(now),
    }


def _company(kept: Values, now: int) -> Values:
    return COMPANY | {
        "hs_task_label": kept.get("name"),
        "hs_v2_date_entered_current_stage": iso(now),
        "hs_v2_time_in_current_stage": iso(now),
        "lifecyclestage": "lead",
        "website": kept.get("domain"),
    }


def _task(kept: Values, now: int) -> Values:
    """A task that is due in the past has missed its date at once."""
    due = kept.get("hs_timestamp") or ""
    late = bool(due) and instant(due) < now - now % MILLISECOND
    flag = "true" if late else "false"
    return TASK | {
        "hs_task_status": "NOT_STARTED",
        "hs_task_type": "TODO",
        "hs_task_priority": "NONE",
        "hs_task_is_overdue": flag,
        "hs_task_is_past_due_date": flag,
        "hs_task_missed_due_date": flag,
        "hs_task_missed_due_date_count": "1" if late else "0",
        "hs_start_date_with_fallback": iso(now),
        "hs_engagements_last_contacted": due or None,
    }
