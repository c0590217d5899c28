from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from hubspot_portal import NOW, Portal

from sandbox.acting import act
from sandbox.behaviour import Activity
from sandbox.clock import DAY, MILLISECOND, iso
from sandbox.marketing import FORMS

PORTAL = Portal()
WORLD = PORTAL.world
SUBMISSIONS = "/form-integrations/v1/submissions/forms"
MAILS = "/email/public/v1/events"
VISITS = "/events/event-occurrences/2026-09?eventType=e_visited_page"
WEBINARS = "/marketing/marketing-events/2026-09"


def told(*kinds: str) -> list[tuple[int, Activity]]:
    """These are the activities of everybody whom HubSpot knows."""
    return [
        (index, activity)
        for index in range(WORLD.people)
        if WORLD.residence(index)[0] != "salesforce"
        for activity in WORLD.activities(index)
        if activity.kind in kinds
    ]


def mails(portal: Portal, query: str, limit: int) -> list[Any]:
    found: list[Any] = []
    offset = ""
    for _ in range(2000):
        body = portal.get(f"{MAILS}?limit={limit}&{query}" + (f"&offset={offset}" if offset else ""))
        found += body["events"]
        if not body["hasMore"]:
            return found
        offset = body["offset"]
    raise AssertionError("the pages never end")


@pytest.mark.parametrize("limit", [1, 7, 50])
def test_the_submissions_of_every_form_are_complete_and_newest_first(limit: int) -> None:
    for form in FORMS:
        found = PORTAL.pages(f"{SUBMISSIONS}/{form.guid}", limit)

        expected = sorted(a.at // 1000 for _, a in told("form") if a.asset == form.key)
        assert [s["submittedAt"] for s in found] == expected[::-1]
        assert len({s["conversionId"] for s in found}) == len(found)


def test_a_submission_has_an_address_and_a_page_with_its_parameters_but_no_contact() -> None:
    found = [s for form in FORMS for s in PORTAL.pages(f"{SUBMISSIONS}/{form.guid}", 50)]

    assert {"conversionId", "submittedAt", "values", "pageUrl"} == set(found[0])
    assert all(any(v["name"] == "email" for v in s["values"]) for s in found)
    for source in ("kestrel", "brightpath", "orbis", "google"):
        assert any(f"utm_source={source}" in s["pageUrl"] for s in found)


def test_a_page_of_submissions_neither_repeats_nor_hides_when_a_new_one_arrives() -> None:
    portal = Portal()
    form = FORMS[0]
    whole = portal.pages(f"{SUBMISSIONS}/{form.guid}", 50)

    first = portal.get(f"{SUBMISSIONS}/{form.guid}?limit=5")
    act(portal.world, 0, "demo_request", at=NOW, recorded_at=NOW)
    after = first["paging"]["next"]["after"]
    second = portal.get(f"{SUBMISSIONS}/{form.guid}?limit=50&after={after}")

    assert first["results"] + second["results"] == whole
    newest = portal.get(f"{SUBMISSIONS}/{form.guid}?limit=1")["results"][0]
    assert newest["submittedAt"] == NOW // MILLISECOND


@pytest.mark.parametrize(("path", "status"), [
    (f"{SUBMISSIONS}/{FORMS[0].guid}?limit=50", 200),
    (f"{SUBMISSIONS}/{FORMS[0].guid}?limit=51", 400),
    (f"{SUBMISSIONS}/{FORMS[0].guid}?after=nonsense", 400),
    (f"{SUBMISSIONS}/00000000-0000-4000-8000-000000000000", 404),
    (f"{MAILS}?limit=1000", 200),
    (f"{MAILS}?limit=1001", 400),
    (f"{MAILS}?startTimestamp=yesterday", 400),
    (f"{VISITS}&limit=1001", 400),
    (f"{VISITS}&occurredAfter=yesterday", 400),
    ("/events/event-occurrences/2026-09", 400),
    (f"{WEBINARS}?limit=101", 400),
    (f"{WEBINARS}/participations/5/breakdown", 404),
])  # fmt: skip
def test_streams_have_largest_pages_and_refuse_nonsense(path: str, status: int) -> None:
    assert PORTAL.ask("GET", path).status == status


@pytest.mark.parametrize("limit", [13, 1000])
def test_mail_events_are_complete_newest_first_and_in_milliseconds(limit: int) -> None:
    found = mails(PORTAL, "", limit)

    kinds = ("mail_sent", "mail_delivered", "mail_open", "mail_click", "mail_unsubscribed")
    expected = sorted(a.at // 1000 for _, a in told(*kinds))
    assert [e["created"] for e in found] == expected[::-1]
    assert {e["type"] for e in found} == {"SENT", "DELIVERED", "OPEN", "CLICK", "STATUSCHANGE"}
    assert len({(e["id"], e["created"]) for e in found}) == len(found)


def test_the_start_of_a_range_of_mail_events_belongs_to_it_and_its_end_does_not() -> None:
    one = mails(PORTAL, "eventType=CLICK", 1000)[5]
    at = one["created"]

    inside = mails(PORTAL, f"eventType=CLICK&startTimestamp={at}&endTimestamp={at + 1}", 10)
    outside = mails(PORTAL, f"eventType=CLICK&startTimestamp={at - 60_000}&endTimestamp={at}", 1000)

    assert one in inside
    assert one not in outside


def test_clicks_name_their_link_and_some_machine_clicks_are_filtered_by_hubspot() -> None:
    clicks = mails(PORTAL, "eventType=CLICK", 1000)
    theirs = mails(PORTAL, f"recipient={clicks[0]['recipient'].upper()}", 1000)

    assert all("utm_medium=email" in click["url"] for click in clicks)
    assert {click["filteredEvent"] for click in clicks} == {True, False}
    assert {e["recipient"] for e in theirs} == {clicks[0]["recipient"]}


@pytest.mark.parametrize(("sort", "newest_first"), [
    ("", True), ("&sort=-occurredAt", True), ("&sort=occurredAt", False), ("&sort=ASCENDING", False),
])  # fmt: skip
def test_page_views_are_complete_in_either_order(sort: str, newest_first: bool) -> None:
    found = PORTAL.pages(f"{VISITS}{sort}", 37)

    expected = sorted((iso(a.at) for _, a in told("page_view")), reverse=newest_first)
    assert [v["occurredAt"] for v in found] == expected
    assert len({v["id"] for v in found}) == len(found)
    assert all(isinstance(value, str) for visit in found for value in visit["properties"].values())


def test_page_views_are_bounded_on_both_sides_and_told_for_one_contact() -> None:
    visits = PORTAL.pages(VISITS, 1000)
    at = visits[20]["occurredAt"]

    between = PORTAL.pages(f"{VISITS}&occurredAfter={at}&occurredBefore={at}", 10)
    theirs = PORTAL.pages(f"{VISITS}&objectType=contact&objectId={visits[20]['objectId']}", 50)

    assert visits[20] in between
    assert {v["occurredAt"] for v in between} == {at}
    assert theirs == [v for v in visits if v["objectId"] == visits[20]["objectId"]]
    assert PORTAL.pages("/events/event-occurrences/2026-09?eventType=e_other", 10) == []


def test_what_lies_in_the_future_is_not_told_until_the_clock_gets_there() -> None:
    portal = Portal()
    act(portal.world, 0, "pricing_view", at=NOW + DAY, recorded_at=NOW)

    def views() -> int:
        return len(portal.pages(f"{VISITS}&occurredAfter={quote(iso(NOW + 1000))}", 10))

    assert views() == 0
    portal.clock.advance(86_400)
    assert views() == 1


def test_webinars_tell_who_registered_attended_missed_or_cancelled_and_when() -> None:
    events = PORTAL.pages(WEBINARS, 7)
    found = [
        p for e in events for p in PORTAL.pages(f"{WEBINARS}/participations/{e['objectId']}/breakdown", 3)
    ]

    kinds = ("webinar_registered", "webinar_attended", "webinar_missed", "webinar_cancelled")
    told_at = sorted(a.at // 1000 for _, a in told(*kinds))
    assert sorted(p["properties"]["occurredAt"] for p in found) == told_at
    states = {p["properties"]["attendanceState"] for p in found}
    assert states == {"REGISTERED", "ATTENDED", "NO_SHOW", "CANCELLED"}
    assert all(p["associations"]["contact"]["contactId"].isdigit() for p in found)
    attended = [p for p in found if p["properties"]["attendanceState"] == "ATTENDED"]
    assert all(0 < p["properties"]["attendanceDurationSeconds"] <= 3600 for p in attended)
    assert [e["eventCompleted"] for e in events[-2:]] == [False, False]


def test_a_registration_that_arrives_now_stands_with_the_next_webinar() -> None:
    portal = Portal()
    act(portal.world, 0, "webinar_registration", at=NOW, recorded_at=NOW)

    upcoming = next(e for e in portal.pages(WEBINARS, 100) if not e["eventCompleted"])
    path = f"{WEBINARS}/participations/{upcoming['objectId']}/breakdown"
    registered = portal.get(f"{path}?state=REGISTERED")

    assert registered["total"] == 1
    assert registered["results"][0]["properties"]["occurredAt"] == NOW // MILLISECOND
    assert portal.get(f"{path}?state=ATTENDED")["results"] == []
    assert portal.ask("GET", f"{path}?state=ASLEEP").status == 400


def test_people_whom_only_salesforce_knows_leave_no_trace_here() -> None:
    portal = Portal()
    only = next(i for i in range(200) if portal.world.residence(i)[0] == "salesforce")
    address = portal.world.person(only).email
    act(portal.world, only, "demo_request", at=NOW, recorded_at=NOW)

    newest = portal.get(f"{SUBMISSIONS}/{FORMS[0].guid}?limit=1")["results"][0]

    assert newest["submittedAt"] < NOW // MILLISECOND
    assert portal.fake.person(address) == []


def test_forms_campaigns_and_the_account_are_told() -> None:
    forms = PORTAL.pages("/marketing/v3/forms", 4)
    campaigns = PORTAL.pages("/marketing/campaigns/2026-09?properties=hs_name,hs_utm,nonsense", 2)

    assert [form["id"] for form in forms] == [form.guid for form in FORMS]
    assert [set(c["properties"]) for c in campaigns] == [{"hs_name", "hs_utm"}] * 5
    assert PORTAL.get("/account-info/2026-09/details")["timeZone"] == "US/Eastern"
