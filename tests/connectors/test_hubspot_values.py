"""HubSpot's values and rows, read and written."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.hubspot import fields, rows, sales, signals, values
from connectors.meanings import Meanings, NamePattern
from connectors.own import OWN_FIELDS, OwnField
from connectors.records import TOUCH_KINDS

SECOND = 1_000_000
MEANINGS = Meanings()


def contact(**properties: Any) -> dict[str, Any]:
    return {
        "id": "501",
        "properties": {"lastmodifieddate": "2026-11-02T10:00:00.123Z", **properties},
        "createdAt": "2026-10-01T10:00:00Z",
        "updatedAt": "2026-11-02T10:00:00.456Z",
        "archived": False,
    }


def own_values(field: OwnField) -> st.SearchStrategy[Any]:
    match field.type:
        case "text":
            return st.text(max_size=300)
        case "number":
            return st.integers()
        case "instant":
            return st.integers(-10, 253_402_300_799).map(lambda seconds: seconds * SECOND)
        case "choice":
            return st.sampled_from(field.choices)


@given(st.data(), st.sampled_from(OWN_FIELDS))
def test_every_value_that_fits_comes_back_as_it_was(data: st.DataObject, field: OwnField) -> None:
    value = data.draw(own_values(field).filter(lambda each: fields.fits(field, each)))

    assert fields.decode(field, fields.encode(field, value)) == value


@given(st.data(), st.sampled_from(OWN_FIELDS))
def test_whatever_is_written_fits_afterwards(data: st.DataObject, field: OwnField) -> None:
    text = fields.encode(field, data.draw(own_values(field)))

    assert text == "" or field.type != "text" or fields.fits(field, text)


def test_nothing_is_written_as_empty_and_long_text_is_shortened() -> None:
    reason = next(field for field in OWN_FIELDS if field.name == "reason")

    assert fields.encode(reason, None) == fields.encode(reason, "") == ""
    assert len(fields.encode(reason, "x" * 70_000)) == fields.TEXT_MAX


@given(st.integers(-62_135_596_800_000, 253_402_300_799_999))
def test_an_instant_reads_alike_in_both_spellings(ms: int) -> None:
    at = ms * 1_000

    assert values.instant(values.iso(at)) == at
    assert values.instant(str(ms)) == values.instant(ms) == at


@pytest.mark.parametrize("empty", [None, ""])
def test_no_instant_is_nought(empty: Any) -> None:
    assert values.instant(empty) == 0


@pytest.mark.parametrize("odd", ["soon", True, [], {}, "9" * 20, 10**30, "2026-13-01"])
def test_a_broken_instant_is_refused(odd: Any) -> None:
    with pytest.raises(rows.UNREADABLE):
        values.instant(odd)


def test_a_date_without_time_is_midnight_utc() -> None:
    assert values.instant("1970-01-02") == 86_400 * SECOND


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("250", 250), ("1,000,000", 1_000_000), ("$5.5", 5.5), ("100-500", 100), ("1000+", 1000),
        ("5 to 25", 5), (70, 70), ("about fifty", "about fifty"),
    ],
)  # fmt: skip
def test_sizes_are_read_as_people_write_them(written: Any, meant: Any) -> None:
    assert values.amount(written) == meant


@pytest.mark.parametrize(("written", "meant"), [("12", 12), ("0.5", 0.5), ("1e3", 1000), (3.0, 3)])
def test_numbers_are_read_from_text(written: Any, meant: Any) -> None:
    assert values.number(written) == meant


@pytest.mark.parametrize("odd", ["", "many", True, float("nan"), float("inf"), "--1", None])
def test_what_is_no_number_is_refused(odd: Any) -> None:
    with pytest.raises(ValueError, match=r"number|finite"):
        values.number(odd)


def test_a_contact_is_read_with_all_its_names() -> None:
    record = rows.contact(
        contact(
            email=" Jane@Mail.Example ",
            hs_additional_emails="j@mail.example;JD@mail.example",
            hs_merged_object_ids="77;501;78",
            salesforceleadid="00Q5g00000ABCDE",
            associatedcompanyid="9",
            jobtitle="CMO",
            numemployees="100-500",
            hs_email_optout="true",
            mqlsync_score="41",
            mqlsync_status="mql",
            firstname=None,
            unknown="x",
        )
    )

    assert record.keys == (
        "email:jane@mail.example",
        "email:j@mail.example",
        "email:jd@mail.example",
        "hubspot:contact:77",
        "hubspot:contact:78",
        "salesforce:lead:00Q5g00000ABCDEEA5",
    )
    assert record.own == {"score": 41, "status": "mql"}
    assert record.attributes["company_key"] == "hubspot:company:9"
    assert record.attributes["employees"] == 100
    assert record.attributes["opted_out"] == "true"
    assert record.attributes["title"] == "CMO"
    assert "first_name" not in record.attributes
    assert record.stamp == 1_793_613_600_123_000
    assert record.created_at == 1_790_848_800_000_000
    assert not record.deleted


def test_a_contact_needs_no_address() -> None:
    assert rows.contact(contact()).keys == ()


def test_an_archived_row_is_deleted_at_its_archiving() -> None:
    record = rows.contact({**contact(), "archived": True, "archivedAt": "2026-11-03T00:00:00Z"})

    assert record.deleted
    assert record.stamp == values.instant("2026-11-03T00:00:00Z")


def test_nonsense_in_a_field_of_ours_reads_as_empty() -> None:
    assert rows.contact(contact(mqlsync_score="lots", mqlsync_grade="A")).own == {"grade": "A"}


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
        max_leaves=6,
    ),
    st.sampled_from([*fields.CONTACT_PROPERTIES, "id", "properties"]),
)
def test_a_poisoned_row_raises_nothing_that_a_page_does_not_expect(poison: Any, name: str) -> None:
    row = contact(**{name: poison}) if name in fields.CONTACT_PROPERTIES else {**contact(), name: poison}
    for read in (rows.contact, rows.company, rows.deal, rows.owner, rows.campaign):
        try:
            record = read(row)
        except rows.UNREADABLE:
            continue
        assert isinstance(record.id, str)
        assert isinstance(record.stamp, int)


def test_an_owner_who_left_is_inactive_and_newer_than_before() -> None:
    row = {
        "id": "7",
        "email": "o@us.example",
        "firstName": "O",
        "lastName": None,
        "userId": 3,
        "createdAt": "2020-01-01T00:00:00Z",
        "updatedAt": "2020-01-01T00:00:00Z",
        "archived": False,
    }

    here, left = rows.owner(row), rows.owner({**row, "archived": True, "userId": None})

    assert here.attributes == {"active": "true", "email": "o@us.example", "name": "O"}
    assert left.attributes["active"] == "false"
    assert left.stamp > here.stamp


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Demo request", "demo_request"),
        ("Quote request", "quote_request"),
        ("Contact sales", "contact_request"),
        ("Contact our sales team", "contact_request"),
        ("Newsletter sign-up", "newsletter_subscription"),
        ("Webinar registration", "webinar_registration"),
        ("WHITE PAPER: pipelines", "content_download"),
        ("Case study", "content_download"),
        ("eBook", "content_download"),
        ("Tell me about yourself", "form_submission"),
        ("", "form_submission"),
    ],
)
def test_forms_mean_what_their_names_say(name: str, kind: str) -> None:
    assert MEANINGS.form_kind(name) == kind
    assert kind in TOUCH_KINDS


def test_meanings_are_values_that_an_operator_replaces() -> None:
    meanings = Meanings(forms=(NamePattern("*YOURSELF", "contact_request"),), blog_pages=("/news/*",))

    assert meanings.form_kind("Tell me about yourself") == "contact_request"
    assert meanings.form_kind("Demo request") == "form_submission"
    assert (meanings.page_kind("/News/1"), meanings.page_kind("/blog/1")) == ("blog_visit", "page_view")


def test_a_submission_belongs_to_its_address_and_keeps_its_url() -> None:
    url = "https://www.acme.example/demo?utm_source=kestrel"
    row = {
        "conversionId": "c-1",
        "submittedAt": 1_763_510_400_000,
        "values": [{"name": "jobtitle", "value": "VP"}, {"name": "EMAIL", "value": "B@Mail.example"}],
        "pageUrl": url,
    }

    touch = signals.of_submission(row, "f", "Demo request", MEANINGS, "demo_request")

    assert (touch.key, touch.source_id, touch.kind) == ("email:b@mail.example", "form:c-1", "demo_request")
    assert (touch.page, touch.url, touch.asset) == ("/demo", url, "Demo request")
    assert touch.occurred_at == touch.recorded_at == 1_763_510_400_000_000


def test_a_submission_without_an_address_is_set_aside() -> None:
    with pytest.raises(ValueError, match="address"):
        signals.of_submission({"submittedAt": 1, "values": []}, "f", "Demo", MEANINGS, "demo_request")


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ({"type": "OPEN"}, "email_open"),
        ({"type": "CLICK", "url": "https://a.example/p?x=1"}, "email_click"),
        ({"type": "STATUSCHANGE", "subscriptions": [{"status": "UNSUBSCRIBED"}]}, "unsubscribe"),
        ({"type": "SPAMREPORT"}, "unsubscribe"),
        ({"type": "STATUSCHANGE", "subscriptions": [{"status": "SUBSCRIBED"}]}, ""),
        ({"type": "DELIVERED"}, "email_delivered"),
        ({"type": "SENT"}, ""),
        ({"type": "SOMETHING_NEW"}, ""),
    ],
)
def test_e_mail_events_that_people_cause_are_touches(more: dict[str, Any], kind: str) -> None:
    row = {"id": "e", "created": 5, "recipient": "A@Mail.example", "emailCampaignId": 12, **more}

    touch = signals.of_email_event(row)

    assert (touch.kind if touch else "") == kind
    if touch:
        assert (touch.key, touch.source_id) == ("email:a@mail.example", "email_event:e:5")
        assert touch.asset == "email:12"


def test_what_hubspot_takes_for_a_machine_is_marked() -> None:
    row = {"id": "e", "created": 5, "recipient": "a@mail.example", "type": "CLICK"}

    human, machine = signals.of_email_event(row), signals.of_email_event({**row, "filteredEvent": True})

    assert human is not None
    assert machine is not None
    assert (human.is_machine, machine.is_machine) == (False, True)


@pytest.mark.parametrize(
    ("agent", "is_known"),
    [
        ("Mozilla/5.0 (compatible; bingbot/2.0; +https://www.bing.example/bingbot.htm)", True),
        ("Barracuda Sentinel (EE)", True),
        ("python-requests/2.32", True),
        ("Java/17.0.2", True),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/148.0 Safari/537.36", True),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/148.0", False),
        ("Mozilla/5.0 (Linux; Android 13; CUBOT NOTE 40) AppleWebKit/537.36", False),
        ("Mozilla/5.0 (Windows NT) JavaFX/19", False),
        ("", False),
        (None, False),
    ],
)
def test_scanners_that_say_their_name_are_machines(agent: str | None, is_known: bool) -> None:
    mail = {"id": "e", "created": 5, "recipient": "a@mail.example", "type": "CLICK", "userAgent": agent}
    visit = page_view(hs_user_agent=agent)

    click, (view,) = signals.of_email_event(mail), signals.of_page_view(visit, MEANINGS)

    assert click is not None
    assert click.is_machine == view.is_machine == is_known


@pytest.mark.parametrize(
    ("score", "is_bot"),
    [
        ("1", True),
        ("29", True),
        (29, True),
        ("30", False),
        ("99", False),
        ("0", False),
        ("", False),
        (None, False),
        ("low", False),
        ("²", False),
    ],
)
def test_a_visit_that_the_bot_score_calls_automated_is_a_machines(score: object, is_bot: bool) -> None:
    (view,) = signals.of_page_view(page_view(hs_cf_bot_score=score), MEANINGS)

    assert view.is_machine is is_bot


def page_view(**properties: object) -> dict[str, Any]:
    url = "https://www.acme.example/blog/a"
    row = {"objectType": "CONTACT", "objectId": "501", "id": "v-1", "occurredAt": "2026-11-01T00:00:00.000Z"}
    return {**row, "properties": {"hs_url": url, **properties}}


def test_a_page_view_by_an_ad_is_also_the_ads_click_told_once() -> None:
    url = "https://www.acme.example/blog/a?utm_source=google&gclid=Ck1"
    row = {
        "objectType": "CONTACT",
        "objectId": "501",
        "id": "v-1",
        "occurredAt": "2026-11-01T00:00:00.000Z",
        "properties": {"hs_url": url, "hs_referrer": "https://google.example/", "hs_title": "A"},
    }

    view, click = signals.of_page_view(row, MEANINGS)
    read = contact(hs_analytics_first_url=url, hs_analytics_first_timestamp="1790000000000")
    told_again = tuple(signals.of_contact(rows.contact(read), read))

    assert (view.kind, view.page, view.referrer) == ("blog_visit", "/blog/a", "https://google.example/")
    assert click.kind == "ad_click"
    assert [touch.source_id for touch in told_again] == [click.source_id] == ["ad:gclid:Ck1"]


def participation(state: str) -> dict[str, Any]:
    return {
        "createdAt": "2026-11-01T00:00:00Z",
        "associations": {"contact": {"contactId": "501", "email": "a@mail.example"}},
        "properties": {"attendanceState": state, "occurredAt": 1_793_800_000_000,
                       "attendanceDurationSeconds": 90},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("state", "told", "kinds"),
    [
        ("ATTENDED", False, ["webinar_registration", "webinar_attendance"]),
        ("ATTENDED", True, ["webinar_attendance"]),
        ("NO_SHOW", False, ["webinar_registration"]),
        ("NO_SHOW", True, []),
        ("REGISTERED", True, ["webinar_registration"]),
        ("CANCELLED", False, []),
    ],
)
def test_whoever_came_had_registered_which_is_told_once(state: str, told: bool, kinds: list[str]) -> None:
    touches = list(
        signals.of_participation(participation(state), "9", "Selling", registrations_are_told=told)
    )

    assert [touch.kind for touch in touches] == kinds
    assert {touch.key for touch in touches} <= {"hubspot:contact:501"}
    assert [t.seconds for t in touches if t.kind == "webinar_attendance"] == [90] * (state == "ATTENDED")


def test_talks_count_once_held_and_once_per_contact() -> None:
    call = {"id": "3", "properties": {"hs_timestamp": "2026-11-01T00:00:00Z", "hs_call_duration": "61000"}}
    missed = {"id": "4", "properties": {**call["properties"], "hs_call_status": "NO_ANSWER"}}  # type: ignore[dict-item]
    meeting = {"id": "5", "properties": {"hs_meeting_start_time": "2026-11-01T00:00:00Z",
                                         "hs_meeting_end_time": "2026-11-01T00:30:00Z"}}  # fmt: skip

    calls = list(sales.of_call(call, ("1", "2")))

    assert [(t.source_id, t.seconds) for t in calls] == [("call:3:1", 61), ("call:3:2", 61)]
    assert list(sales.of_call(missed, ("1",))) == []
    assert [t.seconds for t in sales.of_meeting(meeting, ("1",))] == [1800]


@pytest.mark.parametrize(
    ("properties", "kinds"),
    [
        ({"dealstage": "appointmentscheduled"}, ["opportunity_created"]),
        ({"dealstage": "closedwon"}, ["opportunity_created", "deal_won"]),
        ({"dealstage": "own", "hs_is_closed": "true"}, ["opportunity_created", "deal_lost"]),
        ({"dealstage": "own", "hs_is_closed_won": "true"}, ["opportunity_created", "deal_won"]),
        ({"dealstage": None}, ["opportunity_created"]),
    ],
)
def test_a_deal_tells_its_turns(properties: dict[str, Any], kinds: list[str]) -> None:
    deal = rows.deal({**contact(**properties), "id": "4", "createdAt": "2026-10-01T10:00:00Z"})

    touches = list(signals.of_deal(deal, ("501",), MEANINGS))

    assert [touch.kind for touch in touches] == kinds
    assert len({touch.source_id for touch in touches}) == len(kinds)


def test_each_turn_of_the_lead_status_has_its_own_date() -> None:
    row = {
        "id": "501",
        "propertiesWithHistory": {
            "hs_lead_status": [
                {"value": "UNQUALIFIED", "timestamp": "2026-11-03T00:00:00Z"},
                {"value": "NEW", "timestamp": "2026-11-02T00:00:00Z"},
                {"value": "UNQUALIFIED", "timestamp": "2026-11-01T00:00:00Z"},
            ]
        },
    }

    touches = list(signals.of_history(row, MEANINGS))

    assert [touch.kind for touch in touches] == ["sales_rejected", "sales_rejected"]
    assert len({touch.source_id for touch in touches}) == 2


def test_a_stage_tells_that_sales_took_over_and_who_said_so() -> None:
    entry = {"value": "salesqualifiedlead", "timestamp": "2026-11-03T00:00:00Z", "sourceType": "CRM_UI",
             "sourceId": "userId:5"}  # fmt: skip
    earlier = {"value": "lead", "timestamp": "2026-11-01T00:00:00Z"}
    row = {"id": "501", "propertiesWithHistory": {"lifecyclestage": [entry, earlier]}}

    (touch,) = signals.of_history(row, MEANINGS)

    assert (touch.kind, touch.asset) == ("sales_accepted", "salesqualifiedlead")
    assert touch.referrer == "hubspot:CRM_UI:userId:5"
