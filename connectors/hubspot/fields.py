"""Which HubSpot properties we read and own, and how their values are written.

Left of each pair stands the property, right of it our canonical name. What a portal does not have is
simply absent from its answers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from connectors.hubspot import values
from connectors.own import OWN_FIELDS, OwnField
from connectors.records import Value

Reader = Callable[[Any], Value]

GROUP = "mqlsync"
PREFIX = "mqlsync_"
TASK_KEY = PREFIX + "task_key"
TEXT_MAX = 65_536
WHOLE_MAX = 10**15  # numbers are exact up to here
MODIFIED = "hs_lastmodifieddate"
CONTACT_MODIFIED = "lastmodifieddate"  # contacts alone spell it so
# A conversion is calculated, which does not move the date of the last change.
CONTACT_DATES = (CONTACT_MODIFIED, "recent_conversion_date")


def _flag(value: Any) -> str:
    """Flags are the words that rules compare with: `true`, `false`."""
    return "true" if values.boolean(value) else "false"


CONTACT: Mapping[str, tuple[str, Reader]] = {
    "email": ("email", values.text),
    "firstname": ("first_name", values.text),
    "lastname": ("last_name", values.text),
    "jobtitle": ("title", values.text),
    "company": ("company", values.text),
    "industry": ("industry", values.text),
    "numemployees": ("employees", values.amount),
    "annualrevenue": ("revenue", values.amount),
    "country": ("country", values.text),
    "city": ("city", values.text),
    "state": ("region", values.text),
    "zip": ("postcode", values.text),
    "hs_language": ("language", values.text),
    "website": ("website", values.text),
    "phone": ("phone", values.text),
    "hubspot_owner_id": ("owner_id", values.text),
    "associatedcompanyid": ("company_id", values.text),
    "lifecyclestage": ("lifecycle_stage", values.text),
    "hs_lead_status": ("lead_status", values.text),
    "hs_email_optout": ("opted_out", _flag),
    "hs_buying_role": ("buying_role", values.text),
    "hs_persona": ("persona", values.text),
    "hs_analytics_source": ("source", values.text),
    "hs_analytics_source_data_1": ("source_detail_1", values.text),
    "hs_analytics_source_data_2": ("source_detail_2", values.text),
    "hs_latest_source": ("latest_source", values.text),
    "hs_analytics_first_url": ("first_url", values.text),
    "hs_analytics_last_url": ("last_url", values.text),
    "hs_analytics_first_referrer": ("first_referrer", values.text),
    "hs_analytics_first_timestamp": ("first_seen_at", values.instant),
    "hs_analytics_num_page_views": ("page_views", values.number),
    "num_conversion_events": ("form_submissions", values.number),
}
# Read for keys and touches, not as attributes.
CONTACT_KEYS = (
    "hs_additional_emails", "hs_merged_object_ids", "salesforceleadid", "salesforcecontactid",
    "hs_google_click_id", "hs_facebook_click_id", "createdate", *CONTACT_DATES,
    "recent_conversion_event_name", "first_conversion_date", "first_conversion_event_name",
    "hs_analytics_last_timestamp", "hs_email_last_open_date", "hs_email_last_click_date",
)  # fmt: skip

COMPANY: Mapping[str, tuple[str, Reader]] = {
    "name": ("name", values.text),
    "domain": ("domain", values.text),
    "industry": ("industry", values.text),
    "numberofemployees": ("employees", values.amount),
    "annualrevenue": ("revenue", values.amount),
    "country": ("country", values.text),
    "city": ("city", values.text),
    "state": ("region", values.text),
    "zip": ("postcode", values.text),
    "website": ("website", values.text),
    "phone": ("phone", values.text),
    "hubspot_owner_id": ("owner_id", values.text),
}
DEAL: Mapping[str, tuple[str, Reader]] = {
    "dealname": ("name", values.text),
    "dealstage": ("stage", values.text),
    "pipeline": ("pipeline", values.text),
    "amount": ("amount", values.number),
    "deal_currency_code": ("currency", values.text),
    "closedate": ("closes_at", values.instant),
    "hs_is_closed": ("is_closed", _flag),
    "hs_is_closed_won": ("is_won", _flag),
    "hubspot_owner_id": ("owner_id", values.text),
}
CALL = ("hs_timestamp", "hs_call_title", "hs_call_status", "hs_call_duration", "hs_createdate", MODIFIED)
MEETING = (
    "hs_timestamp", "hs_meeting_title", "hs_meeting_outcome", "hs_meeting_start_time",
    "hs_meeting_end_time", "hs_createdate", MODIFIED,
)  # fmt: skip

EMAIL = (
    "hs_timestamp", "hs_email_subject", "hs_email_direction", "hs_email_status", "hs_createdate", MODIFIED,
)  # fmt: skip
TASK = (
    "hs_timestamp", "hs_task_type", "hs_task_status", "hs_task_completion_date", "hs_createdate", MODIFIED,
)  # fmt: skip
LEAD = ("hs_lead_name", "hs_pipeline_stage", "hs_createdate", MODIFIED)

OWN: Mapping[str, OwnField] = {PREFIX + field.name: field for field in OWN_FIELDS}
CONTACT_PROPERTIES = (*CONTACT, *CONTACT_KEYS, *OWN)
COMPANY_PROPERTIES = (*COMPANY, "createdate", MODIFIED)
DEAL_PROPERTIES = (*DEAL, "createdate", MODIFIED)


def own_name(field: OwnField) -> str:
    """This is what HubSpot calls one of our fields."""
    return PREFIX + field.name


def fits(field: OwnField, value: Value) -> bool:
    """This says whether HubSpot gives the value back as it was: it trims text and keeps no empty one."""
    match field.type:
        case "text":
            return isinstance(value, str) and 0 < len(value) <= TEXT_MAX and value == _trimmed(value)
        case "choice":
            return value in field.choices
        case "number":
            return isinstance(value, int) and not isinstance(value, bool) and abs(value) < WHOLE_MAX
        case "instant":
            return isinstance(value, int) and 0 < value <= values.LAST_SECOND and value % values.SECOND == 0


def encode(field: OwnField, value: Value | None) -> str:
    """This is the text that HubSpot wants for one of our fields; empty clears it."""
    if value is None or value == "":
        return ""
    match field.type:
        case "text":
            whole = _trimmed(str(value))
            return whole if len(whole) <= TEXT_MAX else whole[: TEXT_MAX - 1].rstrip() + "…"
        case "instant":
            return values.iso(int(value))
        case "choice":
            return str(value)
        case "number":
            return str(values.whole(value)) if isinstance(value, int | float) else str(value)


def decode(field: OwnField, value: Any) -> Value:
    """This reads one of our fields; `ValueError` for what somebody else put there."""
    match field.type:
        case "text" | "choice":
            return values.text(value)
        case "instant":
            return values.instant(value)
        case "number":
            return values.number(value)


def _trimmed(text: str) -> str:
    return text.replace("\0", "").strip()
