"""Portal-wide streams: form submissions, e-mail events and page views, each with its own paging.

Every page continues strictly behind a position in the world's timeline, so that what arrives between
two pages neither repeats nor hides a row.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid5

from sandbox.behaviour import Activity, Kind
from sandbox.clock import MILLISECOND, SECOND, Clock, instant, iso
from sandbox.crm import Request, Response, answer
from sandbox.hubspot import ids
from sandbox.hubspot.contacts import Contacts, email_of
from sandbox.hubspot.envelopes import limit_of, opened, page, sealed
from sandbox.hubspot.refusals import invalid, no_such_thing
from sandbox.hubspot.rows import PORTAL
from sandbox.marketing import FORMS, PAGES, Form, mailing
from sandbox.people import Person
from sandbox.timeline import AT_SHIFT
from sandbox.world import World

Entry = tuple[int, int, Activity]  # position, person, activity
FORM_STYLE = {
    "fontFamily": "arial, sans-serif",
    "backgroundWidth": "100%",
    "labelTextColor": "#222222",
    "labelTextSize": "11px",
    "helpTextColor": "#777777",
    "helpTextSize": "11px",
    "legalConsentTextColor": "#222222",
    "legalConsentTextSize": "14px",
    "submitColor": "#113355",
    "submitAlignment": "left",
    "submitFontColor": "#ffffff",
    "submitSize": "12px",
}
NAMESPACE = UUID("6f1d7c2a-52b1-4be5-9c55-0a1f5f0d9e77")
VISITED_PAGE = "e_visited_page"

MAIL_EVENTS: dict[Kind, str] = {
    "mail_sent": "SENT",
    "mail_delivered": "DELIVERED",
    "mail_open": "OPEN",
    "mail_click": "CLICK",
    "mail_unsubscribed": "STATUSCHANGE",
}
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/148.0 Safari/537.36"
BLANK = (
    "hs_browser", "hs_browser_type", "hs_canonical_url", "hs_country", "hs_device_type", "hs_is_amp",
    "hs_is_contact", "hs_is_external", "hs_is_in_chat_view", "hs_is_virtual_referrer",
    "hs_is_virtual_url", "hs_original_canonical_url", "hs_page_id", "hs_qualified_region", "hs_region",
    "hs_targeted_content_aggregation", "hs_tracking_privacy_data", "hs_visit_source",
    "hs_visit_source_details_1", "hs_visit_source_details_2",
)  # fmt: skip


class Streams:
    """This reads what contacts did, in the order of each API."""

    def __init__(
        self, world: World, clock: Clock, contacts: Contacts, known_forms: Sequence[Form] = FORMS
    ) -> None:
        self.known_forms = known_forms
        self.world = world
        self.clock = clock
        self.contacts = contacts

    def entries(
        self, kinds: Collection[Kind], since: int, until: int, *, newest_first: bool, behind: int | None
    ) -> Iterator[Entry]:
        """These entries of contacts lie in [since, until), have happened, and lie behind the position."""
        until = min(until, self.clock.now() + 1)
        if behind is not None and newest_first:
            until = min(until, ((behind >> AT_SHIFT) + 1) * MILLISECOND)
        elif behind is not None:
            since = max(since, (behind >> AT_SHIFT) * MILLISECOND)
        for entry in self.world.timeline.between(kinds, since, until, newest_first=newest_first):
            passed = behind is not None and (entry[0] >= behind if newest_first else entry[0] <= behind)
            wiped = ids.CONTACT.of(entry[1]) in self.contacts.wiped
            if not passed and not wiped and self.world.residence(entry[1])[0] != "salesforce":
                yield entry

    def contact_id(self, index: int) -> str:
        """This is the contact that the person is today: a merge gives what the loser did to the winner."""
        contact_id = ids.CONTACT.of(index)
        return str(self.contacts.winner(contact_id) or contact_id)

    def person(self, index: int) -> Person:
        return self.world.person(index)

    # ------------------------------------------------------------------ forms

    def forms(self, request: Request) -> Response:
        limit, skip = limit_of(request.parameter("limit"), 20, 100), opened(request.parameter("after")) or 0
        shown = [_form(self.world, form.guid, form.name) for form in self.known_forms]
        after = sealed(skip + limit) if skip + limit < len(shown) else ""
        return page(
            shown[skip : skip + limit], after, f"https://api.hubapi.com/marketing/v3/forms?limit={limit}"
        )

    def submissions(self, request: Request, guid: str) -> Response:
        """Newest first, no contact id, no filter by date."""
        form = next((form for form in self.known_forms if form.guid == guid), None)
        if form is None:
            raise no_such_thing(f"No form found with guid {guid}")
        limit, behind = limit_of(request.parameter("limit"), 20, 50), opened(request.parameter("after"))
        start, end = self.world.start, self.clock.now() + 1
        entries = self.entries({"form"}, start, end, newest_first=True, behind=behind)
        found = list(islice((e for e in entries if e[2].asset == form.key), limit + 1))
        results = [self._submission(entry) for entry in found[:limit]]
        return page(results, sealed(found[limit - 1][0]) if len(found) > limit else "")

    def _submission(self, entry: Entry) -> dict[str, Any]:
        _, index, activity = entry
        person = self.person(index)
        values = {"email": email_of(person), "jobtitle": person.title, "company": person.company_name}
        return {
            "conversionId": _uuid(self.world, index, activity),
            "submittedAt": activity.at // MILLISECOND,
            "values": [
                {"name": name, "value": value, "objectTypeId": "0-1"}
                for name, value in values.items()
                if value
            ],
            "pageUrl": activity.url,
        }

    # ------------------------------------------------------------------ marketing e-mail

    def mail_events(self, request: Request) -> Response:
        """Newest first; both bounds are milliseconds, the start belongs to the range, the end does not."""
        limit, behind = limit_of(request.parameter("limit"), 10, 1000), opened(request.parameter("offset"))
        since = _milliseconds(request.parameter("startTimestamp"), self.world.start)
        until = _milliseconds(request.parameter("endTimestamp"), self.clock.now() + 1)
        wanted = request.parameter("eventType")
        kinds = {kind for kind, name in MAIL_EVENTS.items() if wanted in ("", name)}
        recipient = request.parameter("recipient").casefold()
        entries = self.entries(kinds, since, until, newest_first=True, behind=behind)
        if recipient:
            entries = (e for e in entries if self.person(e[1]).email == recipient)
        found = list(islice(entries, limit + 1))
        body: dict[str, Any] = {"hasMore": len(found) > limit}
        if found:
            body["offset"] = sealed(found[:limit][-1][0])
        return answer(body | {"events": [self._mail_event(entry) for entry in found[:limit]]})

    def _mail_event(self, entry: Entry) -> dict[str, Any]:
        _, index, activity = entry
        person, mail = self.person(index), mailing(int(activity.asset))
        event = {
            "id": _uuid(self.world, index, activity),
            "created": activity.at // MILLISECOND,
            "type": MAIL_EVENTS[activity.kind],
            "recipient": email_of(person),
            "portalId": PORTAL,
            "appId": 113,
            "emailCampaignId": 240_000_000 + mail.number,
        }
        if activity.kind == "mail_unsubscribed":
            change = {"id": 23_704_464, "status": "UNSUBSCRIBED"}
            return event | {
                "source": "SOURCE_RECIPIENT",
                "sourceId": "Unsubscribe link",
                "subscriptions": [change],
                "appId": 0,
            }
        event |= {"appName": "Batch"}
        if activity.kind in ("mail_sent", "mail_delivered"):
            return event | {"subject": mail.subject, "cc": [], "bcc": [], "smtpId": None}
        sent_by = {
            "id": str(uuid5(NAMESPACE, f"sent:{index}:{mail.number}")),
            "created": mail.sent_at // 1000,
        }
        event |= {"sentBy": sent_by, "userAgent": BROWSER, "filteredEvent": activity.detail == "filtered"}
        return event | ({"url": activity.url, "referer": ""} if activity.kind == "mail_click" else {})

    # ------------------------------------------------------------------ page views

    def occurrences(self, request: Request) -> Response:
        """Newest first unless `sort=occurredAt`."""
        event_type, object_id = request.parameter("eventType"), request.parameter("objectId")
        if not event_type and not object_id:
            raise invalid("Either eventType or objectType and objectId must be given")
        limit, behind = limit_of(request.parameter("limit"), 20, 1000), opened(request.parameter("after"))
        newest_first = request.parameter("sort", "-occurredAt").upper() not in ("OCCURREDAT", "ASCENDING")
        since = _instant(request.parameter("occurredAfter"), self.world.start)
        until = _instant(request.parameter("occurredBefore"), self.clock.now()) + MILLISECOND
        found: list[Entry] = []
        if event_type in ("", VISITED_PAGE):
            entries = self.entries({"page_view"}, since, until, newest_first=newest_first, behind=behind)
            if object_id:
                entries = (e for e in entries if self.contact_id(e[1]) == object_id)
            found = list(islice(entries, limit + 1))
        after = sealed(found[limit - 1][0]) if len(found) > limit else ""
        link = f"https://api.hubapi.com/events/event-occurrences/2026-09?eventType={event_type}&limit={limit}"
        return page([self._visit(entry) for entry in found[:limit]], after, link)

    def _visit(self, entry: Entry) -> dict[str, Any]:
        _, index, activity = entry
        target, milliseconds = urlsplit(activity.url), activity.at // MILLISECOND
        contact_id = self.contact_id(index)
        title = PAGES.get(target.path, target.path.strip("/").replace("-", " ").title())
        properties = dict.fromkeys(BLANK, "") | {
            "hs_analytics_normalized_page_url": f"{target.netloc}{target.path}",
            "hs_base_url": f"{target.scheme}://{target.netloc}{target.path}",
            "hs_browser_version_major": "148",
            "hs_cf_bot_score": "98",
            "hs_hash_id": str(300_000 + index),
            "hs_is_new_cookie": "true" if activity.n == 0 else "false",
            "hs_leviathan_linked_vids": contact_id,
            "hs_log_line_timestamp": str(milliseconds),
            "hs_operating_system": "Linux",
            "hs_page_title": title,
            "hs_processed_timestamp": str((activity.at + SECOND) // MILLISECOND),
            "hs_query_params": target.query,
            "hs_referrer": activity.referrer,
            "hs_title": title,
            "hs_url": activity.url,
            "hs_url_domain": target.netloc,
            "hs_url_path": target.path,
            "hs_user_agent": BROWSER,
            "hs_utm_campaign": parse_qs(target.query).get("utm_campaign", [""])[0],
        }
        return {
            "objectType": "CONTACT",
            "objectId": contact_id,
            "eventType": VISITED_PAGE,
            "occurredAt": iso(activity.at),
            "id": f"leviathan-{_uuid(self.world, index, activity)}-{milliseconds}",
            "properties": properties,
        }


def _uuid(world: World, index: int, activity: Activity) -> str:
    return str(uuid5(NAMESPACE, f"{world.seed}:{index}:{activity.n}:{activity.at}"))


def _milliseconds(text: str, default: int) -> int:
    if not text:
        return default
    if not text.isdigit():
        raise invalid(f"{text} is not a valid timestamp in milliseconds")
    return int(text) * MILLISECOND


def _instant(text: str, default: int) -> int:
    try:
        return instant(text) if text else default
    except ValueError:
        raise invalid(f"{text} is not a valid instant") from None


def _form(world: World, guid: str, name: str) -> dict[str, Any]:
    created = iso(world.start)
    return {
        "id": guid,
        "name": name,
        "createdAt": created,
        "updatedAt": created,
        "archived": False,
        "fieldGroups": [{"groupType": "default_group", "richTextType": "text"}],
        "configuration": {
            "language": "en",
            "cloneable": True,
            "postSubmitAction": {"type": "thank_you", "value": ""},
            "editable": True,
            "archivable": True,
            "recaptchaEnabled": False,
            "notifyContactOwner": False,
            "notifyRecipients": [str(ids.USER.of(0))],
            "createNewContactForNewEmail": False,
            "prePopulateKnownValues": True,
            "allowLinkToResetKnownValues": False,
            "embedType": "V3",
        },
        "displayOptions": {
            "renderRawHtml": False,
            "theme": "default_style",
            "submitButtonText": "Submit",
            "style": FORM_STYLE,
            "cssClass": None,
        },
        "legalConsentOptions": {"type": "none"},
        "formType": "hubspot",
    }
