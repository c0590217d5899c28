"""Contacts: what the portal knows of a person, worked out from what the person did."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sandbox.behaviour import Activity
from sandbox.clock import MINUTE
from sandbox.hubspot import ids
from sandbox.hubspot.rows import APP_ID, History, Row, Source, Values, instant_text, text
from sandbox.marketing import FORM, PARTNERS
from sandbox.people import REGIONS, Person, need
from sandbox.salesforce import ids as salesforce_ids
from sandbox.world import World

ARCHIVED_EVERY, ARCHIVED_PLACE = 97, 50
MERGED_EVERY, MERGED_PLACE = 83, 40
SALESFORCE_PREFIX = {"lead": "00Q", "contact": "003"}


class Contacts(Source):
    """The contacts of the world: everybody whom HubSpot knows."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.merged: dict[int, int] = {}  # the loser of a merge -> the winner
        self.wiped: set[int] = set()  # deleted for privacy: nothing is left of them
        self.calculated: dict[int, Values] = {}  # what HubSpot worked out anew without moving the stamp

    def reset(self) -> None:
        self.merged.clear()
        self.wiped.clear()
        self.calculated.clear()

    def index(self, record_id: int) -> int | None:
        """This is the person behind a contact; None if there is no such contact in the world."""
        if record_id in self.merged or record_id in self.wiped:
            return None
        index = ids.CONTACT.place(record_id)
        return index if index is not None and self._holds(index) else None

    def row(self, record_id: int) -> Row | None:
        index = self.index(record_id)
        if index is None:
            return None
        person, activities = self.world.person(index), self.world.activities(index)
        created_at, stamp = activities[0].at, self.world.changed_at(index)
        properties = _described(person) | _behaved(activities) | _standing(person, activities)
        properties["createdate"] = instant_text(created_at)
        if index % MERGED_EVERY == MERGED_PLACE:
            loser = record_id + ids.MERGED
            properties["hs_merged_object_ids"] = str(loser)
            properties["hs_calculated_merged_vids"] = f"{loser}:{created_at // 1000}"
        properties |= self.calculated.get(record_id, {})
        return Row(record_id, properties, created_at, stamp, self.archived_at(record_id))

    def stamp(self, record_id: int, known_at: int) -> int:
        index = self.index(record_id)
        return 0 if index is None else self.world.changed_at(index, known_at)

    def archived_at(self, record_id: int) -> int:
        """Archiving does not move the stamp: it lies a few minutes later."""
        index = self.index(record_id)
        if index is None or index % ARCHIVED_EVERY != ARCHIVED_PLACE:
            return 0
        return self.world.modified_at(index) + 4 * MINUTE

    def ids(self, start: int) -> Iterator[int]:
        for index in range(ids.CONTACT.first_place(start), self.world.people):
            if self.index(ids.CONTACT.of(index)) is not None:
                yield ids.CONTACT.of(index)

    def modified(self, since: int, until: int) -> Iterator[int]:
        window = self.world.modified_between(since, until)
        moved = [index for index in self.world.moved() if index not in window]
        for index in (*window, *moved):
            if self._holds(index):
                yield ids.CONTACT.of(index)

    def dated(self, name: str, since: int, until: int) -> Iterator[int] | None:
        """These ids include everybody whose last conversion lies in [since, until)."""
        if name != "recent_conversion_date":
            return None
        forms = self.world.timeline.between({"form"}, since, until)
        return iter({ids.CONTACT.of(index) for _, index, _ in forms} | self.calculated.keys())

    def find(self, name: str, value: str) -> int | None:
        index = self.world.find(value) if name == "email" else None
        return ids.CONTACT.of(index) if index is not None and self._holds(index) else None

    def history(self, record_id: int, name: str) -> History:
        index = self.index(record_id)
        if index is None:
            return ()
        steps = _steps(self.world.person(index), self.world.activities(index))
        return [(at, values[name], "CRM_UI") for at, values in steps if name in values]

    def winner(self, record_id: int) -> int | None:
        """This is the contact into which the one with that id was merged."""
        if record_id in self.merged:
            return self.winner(self.merged[record_id]) or self.merged[record_id]
        index = ids.CONTACT.place(record_id - ids.MERGED)
        merged = index is not None and index % MERGED_EVERY == MERGED_PLACE and self._holds(index)
        return record_id - ids.MERGED if merged else None

    def _holds(self, index: int) -> bool:
        return 0 <= index < self.world.people and self.world.residence(index)[0] != "salesforce"


def email_of(person: Person) -> str:
    return person.hubspot_email


def _described(person: Person) -> Values:
    """What is known of the person apart from any behaviour."""
    company, number = person.company, person.index + 1
    region, postcode, language = REGIONS[person.city]
    values: dict[str, object] = {
        "email": person.hubspot_email,
        "hs_email_domain": person.email.partition("@")[2],
        "firstname": person.first_name,
        "lastname": person.last_name,
        "jobtitle": person.title,
        "need_answer": need(person.index),
        "company": person.company_name,
        "phone": person.phone,
        "website": f"https://{company.domain}" if company else "",
        "industry": company.industry if company else "",
        "country": person.country,
        "city": person.city,
        "state": region,
        "zip": postcode,
        "hs_language": language,
        "hubspot_owner_id": ids.OWNER.of(person.owner) if person.owner >= 0 else "",
        "associatedcompanyid": ids.COMPANY.of(company.number) if company else "",
        "hs_is_contact": True,
        "hs_pipeline": "contacts-lifecycle-pipeline",
        "hs_object_source": "FORM" if person.residence == "hubspot" else "INTEGRATION",
        "hs_object_source_id": APP_ID,
        "hs_object_source_label": "FORM" if person.residence == "hubspot" else "INTEGRATION",
        "hs_all_contact_vids": ids.CONTACT.of(person.index),
        "hs_full_name_or_email": f"{person.first_name} {person.last_name}".strip(),
    }
    if person.linked:
        name = f"salesforce{person.salesforce_kind}id"
        values[name] = salesforce_ids.encode(SALESFORCE_PREFIX[person.salesforce_kind], number)
    return {name: text(value) for name, value in values.items()}


def _behaved(activities: Sequence[Activity]) -> Values:
    """Counters, first and last things: what HubSpot computes from behaviour."""
    views = [a for a in activities if a.kind == "page_view"]
    forms = [a for a in activities if a.kind == "form"]
    opens = [a for a in activities if a.kind == "mail_open" and not a.detail]
    clicks = [a for a in activities if a.kind == "mail_click" and not a.detail]
    values: dict[str, object] = {
        "hs_analytics_num_page_views": len(views),
        "num_conversion_events": len(forms),
        "num_unique_conversion_events": len({a.asset for a in forms}),
        "hs_email_open": len(opens) or None,
        "hs_email_click": len(clicks) or None,
        "hs_email_delivered": sum(a.kind == "mail_delivered" for a in activities) or None,
        "hs_email_last_open_date": instant_text(opens[-1].at) if opens else None,
        "hs_email_last_click_date": instant_text(clicks[-1].at) if clicks else None,
        "hs_email_optout": True if any(a.kind == "mail_unsubscribed" for a in activities) else None,
        "hs_analytics_source": _source(views[0]) if views else "OFFLINE",
    }
    if views:
        first, last = views[0], views[-1]
        values |= {
            "hs_analytics_first_url": first.url,
            "hs_analytics_last_url": last.url,
            "hs_analytics_first_referrer": first.referrer,
            "hs_analytics_last_referrer": last.referrer,
            "hs_analytics_first_timestamp": instant_text(first.at),
            "hs_analytics_last_timestamp": instant_text(last.at),
            "hs_analytics_source_data_1": first.campaign,
            "hs_latest_source": _source(last),
            "hs_latest_source_timestamp": instant_text(last.at),
        }
        click_id = next((v.url.partition("gclid=")[2] for v in views if "gclid=" in v.url), "")
        values["hs_google_click_id"] = click_id
        values["hs_linkedin_ad_clicked"] = any("li_fat_id=" in v.url for v in views) or None
    if forms:
        values |= {
            "first_conversion_date": instant_text(forms[0].at),
            "first_conversion_event_name": _conversion(forms[0]),
            "recent_conversion_date": instant_text(forms[-1].at),
            "recent_conversion_event_name": _conversion(forms[-1]),
        }
    return {name: text(value) for name, value in values.items()}


def _conversion(form: Activity) -> str:
    return f"{FORM[form.asset].page}: {FORM[form.asset].name}"


def _source(view: Activity) -> str:
    """This is HubSpot's word for where a visit came from."""
    if "utm_medium=cpc" in view.url:
        return "PAID_SOCIAL" if "linkedin" in view.url else "PAID_SEARCH"
    if "utm_medium=email" in view.url:
        return "EMAIL_MARKETING"
    if any(partner.slug in view.url + view.referrer for partner in PARTNERS):
        return "REFERRALS"
    return "ORGANIC_SEARCH" if "google" in view.referrer else "DIRECT_TRAFFIC"


def _steps(person: Person, activities: Sequence[Activity]) -> list[tuple[int, dict[str, str]]]:
    """Lifecycle stage and lead status in order of time. Who lives in Salesforce is dealt with there."""
    signed_up = all(a.asset == "newsletter" for a in activities if a.kind == "form")
    steps = [(activities[0].at, {"lifecyclestage": "subscriber" if signed_up else "lead"})]
    if person.residence != "hubspot":
        return steps
    for activity in activities:
        match activity.kind:
            case "accepted":
                steps.append((activity.at, {"hs_lead_status": "CONNECTED"}))
            case "rejected":
                status = "BAD_TIMING" if activity.detail == "bad timing" else "UNQUALIFIED"
                steps.append((activity.at, {"hs_lead_status": status}))
            case "deal_created":
                deal = {"hs_lead_status": "OPEN_DEAL", "lifecyclestage": "opportunity"}
                steps.append((activity.at, deal))
            case "deal_won":
                steps.append((activity.at, {"lifecyclestage": "customer"}))
            case _:
                pass
    return steps


def _standing(person: Person, activities: Sequence[Activity]) -> Values:
    """Where the person stands now, and since when."""
    values: Values = {}
    for at, step in _steps(person, activities):
        values |= step
        if "lifecyclestage" in step:
            values["hs_v2_date_entered_current_stage"] = instant_text(at)
            values["hs_v2_time_in_current_stage"] = instant_text(at)
            if step["lifecyclestage"] in ("lead", "opportunity", "customer"):
                values[f"hs_lifecyclestage_{step['lifecyclestage']}_date"] = instant_text(at)
    calls = [a.at for a in activities if a.kind in ("call", "meeting")]
    values["hs_is_unworked"] = text("hs_lead_status" not in values)
    if calls and person.residence == "hubspot":
        values["notes_last_updated"] = instant_text(calls[-1])
        values["num_notes"] = str(len(calls))
    return values
