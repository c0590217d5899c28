"""What HubSpot rows say about what people did: row in, touches out, nothing else touched.

Source ids are built from the portal's own ids, so that a row read twice is one touch. Readers raise
what `rows.UNREADABLE` names for a row that they cannot understand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from connectors.hubspot import values
from connectors.hubspot.arrivals import says_utm, tagged
from connectors.hubspot.client import CRM
from connectors.hubspot.rows import Row
from connectors.hubspot.scanners import is_bot_score, is_scanner
from connectors.meanings import Meanings
from connectors.records import Record, Touch, email_key, key_of

# How the ad platforms name one click in the address that it leads to.
CLICK_IDS = ("gclid", "gbraid", "wbraid", "fbclid", "li_fat_id", "msclkid", "ttclid")
CLICK_PROPERTIES = (("hs_google_click_id", "gclid"), ("hs_facebook_click_id", "fbclid"))
EMAIL_KINDS = {"OPEN": "email_open", "CLICK": "email_click", "DELIVERED": "email_delivered"}
REGISTERED, REGISTERED_BEFORE = "REGISTERED", frozenset({"ATTENDED", "NO_SHOW"})


def of_contact(record: Record, row: Row) -> Iterator[Touch]:
    """A contact tells which ads brought it here: by the address of its first page, or by HubSpot's word."""
    attributes, properties = record.attributes, row["properties"]
    if record.deleted:
        return
    url = str(attributes.get("first_url", ""))
    clicks = [_click_id(url)] if "first_url" in attributes else []
    for wire, name in CLICK_PROPERTIES:
        if properties.get(wire):
            clicks.append(f"{name}:{properties[wire]}")
    for click in dict.fromkeys(filter(None, clicks)):
        at = int(attributes.get("first_seen_at", 0)) or record.created_at
        yield _ad_click(key_of(CRM, "contact", record.id), click, at, at, url, "contact")


def of_history(row: Row, meanings: Meanings) -> Iterator[Touch]:
    """The history of status and stage tells what sales made of a contact, each time with its date and,
    as the referrer, who changed it: somebody, or what kind of program."""
    contact_id = values.record_id(row["id"])
    for name, word in (("hs_lead_status", "status"), ("lifecyclestage", "stage")):
        for entry in row["propertiesWithHistory"].get(name) or ():
            value, at = str(entry.get("value") or ""), values.instant(entry["timestamp"])
            kind = _disposition(name, value, meanings)
            if kind:
                yield Touch(
                    key=key_of(CRM, "contact", contact_id),
                    source_id=f"contact:{contact_id}:{word}:{value}:{at // values.MS}",
                    kind=kind,
                    occurred_at=at,
                    recorded_at=at,
                    asset=value,
                    referrer=whoever(entry),
                    provenance="lead_status" if word == "status" else "lifecycle_stage",
                )


def whoever(entry: Mapping[str, Any]) -> str:
    """This is who changed a property: `hubspot:CRM_UI:userId:5`."""
    parts = (CRM, str(entry.get("sourceType") or ""), str(entry.get("sourceId") or ""))
    return ":".join(part for part in parts if part) if any(parts[1:]) else ""


def _disposition(name: str, value: str, meanings: Meanings) -> str:
    if name == "lifecyclestage":
        return "sales_accepted" if value in meanings.accepted_stages else ""
    return meanings.status_kind(value)


def of_submission(row: Row, form_id: str, form_name: str, meanings: Meanings, kind: str) -> Touch:
    """A form submission knows an e-mail address and no contact. What a campaign said stands in the address
    of its page or, where that lost it, in hidden fields."""
    answers = {
        str(each.get("name", "")).lower(): each.get("value")
        for each in row.get("values") or ()
        if isinstance(each, dict)
    }
    key = email_key(values.text(answers.get("email") or ""))
    if not key:
        raise ValueError("a submission without an e-mail address")
    at = values.instant(row["submittedAt"])
    url = values.text(row.get("pageUrl") or "")
    utm = {} if says_utm(url) else meanings.utm_of(answers)
    conversion = row.get("conversionId") or f"{form_id}:{at // values.MS}:{key}"
    return Touch(
        key=key,
        source_id=f"form:{conversion}",
        kind=kind,
        occurred_at=at,
        recorded_at=at,
        asset=form_name,
        page=values.path_of(url),
        url=tagged(url, utm) if utm else url,
        provenance="form_submissions:fields" if utm else "form_submissions",
    )


def of_email_event(row: Row) -> Touch | None:
    """An open, a click, the wish for no more mail, or when a mail came, beside which clicks are looked at.

    Everything else is about mail, not people, or stands in the row that took its place.
    """
    if row.get("obsoletedBy"):
        return None
    kind = EMAIL_KINDS.get(str(row["type"])) or ("unsubscribe" if _unsubscribes(row) else "")
    if not kind:
        return None
    key = email_key(values.text(row["recipient"]))
    if not key:
        raise ValueError("an e-mail event without a recipient")
    at = values.instant(row["created"])
    url = values.text(row.get("url") or "")
    mail = row.get("emailCampaignId") or row.get("emailCampaignGroupId") or ""
    return Touch(
        key=key,
        source_id=email_event_name(row),
        kind=kind,
        occurred_at=at,
        recorded_at=at,
        asset=f"email:{mail}" if mail else "",
        page=values.path_of(url),
        url=url,
        referrer=values.text(row.get("referer") or ""),
        provenance="email_events",
        is_machine=row.get("filteredEvent") is True or is_scanner(row.get("userAgent")),
    )


def email_event_name(row: Row) -> str:
    """This names an e-mail event: its id alone is not unique."""
    return f"email_event:{values.record_id(row['id'])}:{values.instant(row['created']) // values.MS}"


def _unsubscribes(row: Row) -> bool:
    if row["type"] == "SPAMREPORT":
        return True
    changes = row.get("subscriptions") or ()
    return row["type"] == "STATUSCHANGE" and any(
        "UNSUBSCRIBED" in (change.get("status"), change.get("optState"))
        or change.get("optState") == "OPT_OUT"
        for change in changes
        if isinstance(change, dict)
    )


def of_page_view(row: Row, meanings: Meanings) -> Iterator[Touch]:
    """A page view names its contact; a click id in its address is an ad click besides."""
    if str(row.get("objectType", "CONTACT")).upper() != "CONTACT":
        return
    key = key_of(CRM, "contact", values.record_id(row["objectId"]))
    properties: Mapping[str, Any] = row.get("properties") or {}
    at = values.instant(row["occurredAt"])
    recorded = values.instant(properties.get("hs_processed_timestamp")) or at
    url = values.text(properties.get("hs_url") or properties.get("hs_canonical_url") or "")
    path = values.text(properties.get("hs_url_path") or "") or values.path_of(url)
    referrer = values.text(properties.get("hs_referrer") or "")
    yield Touch(
        key=key,
        source_id=f"page_view:{values.record_id(row['id'])}",
        kind=meanings.page_kind(path),
        occurred_at=at,
        recorded_at=recorded,
        asset=values.text(properties.get("hs_title") or properties.get("hs_page_title") or ""),
        page=path,
        seconds=_seconds(properties),
        campaign=values.text(properties.get("hs_utm_campaign") or ""),
        url=url,
        referrer=referrer,
        provenance="event_occurrences",
        is_machine=is_bot_score(properties.get("hs_cf_bot_score"))
        or is_scanner(properties.get("hs_user_agent")),
    )
    click = _click_id(url)
    if click:
        yield _ad_click(key, click, at, recorded, url, "event_occurrences")


def _seconds(properties: Mapping[str, Any]) -> int:
    value = properties.get("hs_time_on_page") or properties.get("hs_time_on_page_seconds")
    return max(0, int(values.number(value))) if value else 0


def _click_id(url: str) -> str:
    """This is the ad platform's id of the click that led here, "" for other addresses."""
    if "clid=" not in url and "li_fat_id=" not in url and "braid=" not in url:
        return ""
    try:
        parameters = dict(parse_qsl(urlsplit(url).query))
    except ValueError:
        return ""
    return next((f"{name}:{parameters[name]}" for name in CLICK_IDS if parameters.get(name)), "")


def _ad_click(key: str, click: str, at: int, recorded: int, url: str, provenance: str) -> Touch:
    """The click id names the touch, so that contact and page view tell of the same one."""
    return Touch(
        key=key,
        source_id=f"ad:{click}",
        kind="ad_click",
        occurred_at=at,
        recorded_at=recorded,
        asset=click.partition(":")[0],
        page=values.path_of(url),
        url=url,
        provenance=provenance,
    )


def of_participation(
    row: Row, event_id: str, event_name: str, *, registrations_are_told: bool
) -> Iterator[Touch]:
    """Somebody registered for a webinar, and perhaps came. Where a portal has no rows of their own for
    registrations, whoever came or stayed away had registered before."""
    contact = (row.get("associations") or {}).get("contact") or {}
    contact_id = str(contact.get("contactId") or "")
    key = key_of(CRM, "contact", contact_id) if contact_id else email_key(str(contact.get("email") or ""))
    if not key:
        raise ValueError("a participation of nobody")
    properties = row["properties"]
    state = str(properties.get("attendanceState") or "")
    at = values.instant(properties.get("occurredAt")) or values.instant(row.get("createdAt"))
    registered = values.instant(row.get("createdAt")) or at
    if state == REGISTERED:
        yield _webinar("registration", key, event_id, event_name, at)
    elif state in REGISTERED_BEFORE and not registrations_are_told:
        yield _webinar("registration", key, event_id, event_name, min(registered, at))
    if state == "ATTENDED":
        seconds = int(values.number(properties.get("attendanceDurationSeconds") or 0))
        yield _webinar("attendance", key, event_id, event_name, at, seconds)


def attendance_state(row: Any) -> str:
    """This is what a participation says, "" for a row that says nothing."""
    properties = row.get("properties") if isinstance(row, dict) else None
    return str(properties.get("attendanceState") or "") if isinstance(properties, dict) else ""


def _webinar(what: str, key: str, event_id: str, event_name: str, at: int, seconds: int = 0) -> Touch:
    return Touch(
        key=key,
        source_id=f"webinar:{event_id}:{what}:{key}",
        kind=f"webinar_{what}",
        occurred_at=at,
        recorded_at=at,
        asset=event_name,
        seconds=max(0, seconds),
        provenance="marketing_events",
    )


def of_deal(deal: Record, contact_ids: Iterable[str], meanings: Meanings) -> Iterator[Touch]:
    """A deal was created, and perhaps won or lost, with these contacts."""
    if deal.deleted:
        return
    name, stage = str(deal.attributes.get("name", "")), str(deal.attributes.get("stage", ""))
    turns = [("opportunity_created", deal.created_at)]
    is_won = deal.attributes.get("is_won") == "true" or stage in meanings.won_stages
    is_closed = is_won or deal.attributes.get("is_closed") == "true" or stage in meanings.lost_stages
    if is_closed:
        closed = min(int(deal.attributes.get("closes_at", 0)) or deal.stamp, deal.stamp)
        turns.append(("deal_won" if is_won else "deal_lost", max(closed, deal.created_at)))
    for contact_id in contact_ids:
        for kind, at in turns:
            yield Touch(
                key=key_of(CRM, "contact", contact_id),
                source_id=f"deal:{deal.id}:{kind}:{contact_id}",
                kind=kind,
                occurred_at=at,
                recorded_at=at,
                asset=name,
                provenance="deal",
            )
