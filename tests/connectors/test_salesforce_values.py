"""The parts of the Salesforce connector that are functions of values."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.own import OWN_FIELDS, OwnField
from connectors.records import Touch
from connectors.salesforce import OriginFields, soql, window
from connectors.salesforce.activity_signals import of_event, of_member, of_task
from connectors.salesforce.deal_signals import of_role
from connectors.salesforce.fields import decode, encode, fits, own_name
from connectors.salesforce.ids import long_id
from connectors.salesforce.instants import EARLIEST, LATEST, SECOND, instant, written
from connectors.salesforce.lead_signals import lead_teller, origin_url
from connectors.salesforce.meanings import Meanings
from connectors.salesforce.rows import contact_reader, lead_reader

ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "b": "\b"}
ORIGIN = OriginFields().pairs()
LEAD = "00Q5e00001AbCdEEAV"
CONTACT = long_id("0035e00001AbCdE")


def salesforce_reads(literal: str) -> str:
    """This is what the other side makes of a string literal; a bare quote would end it early."""
    assert literal[0] == literal[-1] == "'"
    inner = literal[1:-1]
    assert not re.search(r"(?<!\\)(?:\\\\)*'", inner)
    return re.sub(r"\\(.)", lambda found: ESCAPES.get(found[1], found[1]), inner, flags=re.DOTALL)


@given(st.text())
def test_a_quoted_string_is_read_back_as_it_was(text: str) -> None:
    assert salesforce_reads(soql.quoted(text)) == text.replace("\0", "")


@pytest.mark.parametrize("name", ["Name; DROP", "a.b.c", "1st", "", "Émail", "Id FROM User"])
def test_what_is_no_field_name_never_enters_a_query(name: str) -> None:
    with pytest.raises(ValueError, match="no field name"):
        soql.select([name], "Lead", "Id != null")


def own_values(field: OwnField) -> st.SearchStrategy[Any]:
    match field.type:
        case "text":
            return st.text(min_size=1, max_size=255)
        case "choice":
            return st.sampled_from(field.choices)
        case "number":
            return st.integers(-(10**15), 10**15)
        case "instant":
            return st.integers(EARLIEST // SECOND, LATEST // SECOND).map(lambda seconds: seconds * SECOND)


def as_salesforce_gives_it_back(field: OwnField, value: Any) -> Any:
    """Numbers come back as floats, instants with an offset and milliseconds."""
    if field.type == "number":
        return float(value)
    return value.replace("Z", "+0000") if field.type == "instant" else value


@pytest.mark.parametrize("field", OWN_FIELDS, ids=lambda field: field.name)
@given(data=st.data())
def test_every_own_value_that_fits_comes_back_as_it_was(field: OwnField, data: st.DataObject) -> None:
    value = data.draw(own_values(field).filter(lambda value: fits(field, value)))

    sent = encode(field, value)

    assert decode(field, as_salesforce_gives_it_back(field, sent)) == value


def test_a_text_of_255_characters_is_kept_and_a_longer_one_is_cut_with_a_mark() -> None:
    reason = next(field for field in OWN_FIELDS if field.name == "reason")

    assert encode(reason, "x" * 255) == "x" * 255
    assert encode(reason, "x" * 256) == "x" * 254 + "…"
    assert not fits(reason, "x" * 256)
    assert not fits(reason, " edge ")
    assert encode(reason, "") is None


def test_own_fields_have_names_that_salesforce_accepts() -> None:
    names = [own_name(field) for field in OWN_FIELDS]

    assert "MQL_First_Channel__c" in names
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"MQL_[A-Za-z_]+__c", name) and len(name) <= 43 for name in names)


def test_both_lengths_of_an_id_are_one_id() -> None:
    assert long_id("001RM000003oLru") == long_id("001RM000003oLruYAE") == "001RM000003oLruYAE"


@pytest.mark.parametrize("text", ["", "001RM000003oLr", "001rm000003olruyae", "001RM000003oLruYAF", None, 7])
def test_what_is_no_id_or_was_mangled_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match=r"no Salesforce id|checksum"):
        long_id(text)


def test_instants_are_read_from_rest_and_bulk_and_naive_ones_are_refused() -> None:
    expected = int(datetime(2026, 5, 1, 7, 25, 37, tzinfo=UTC).timestamp()) * SECOND

    assert instant("2026-05-01T07:25:37.000+0000") == instant("2026-05-01T07:25:37.000Z") == expected
    assert written(expected) == "2026-05-01T07:25:37.000Z"
    with pytest.raises(ValueError, match="no time zone"):
        instant("2026-05-01T07:25:37.000")


stamps = st.integers(0, LATEST)


@given(st.builds(window.Walk, st.booleans(), stamps, stamps, stamps, st.sampled_from(["", LEAD]), stamps))
def test_a_bookmark_comes_back_from_its_text(walk: window.Walk) -> None:
    assert window.read(window.written(walk)) == walk


def told(row: dict[str, Any]) -> list[Touch]:
    return lead_teller(Meanings(), ORIGIN)(row, lead_reader(ORIGIN)(row))


def lead_row(**changes: Any) -> dict[str, Any]:
    row = {
        "attributes": {"type": "Lead"},
        "Id": LEAD,
        "CreatedDate": "2026-05-01T07:25:37.000+0000",
        "LastModifiedDate": "2026-05-03T10:00:00.000+0000",
        "SystemModstamp": "2026-05-03T10:00:01.000+0000",
        "IsDeleted": False,
        "Email": " Jane@Example.com",
        "NumberOfEmployees": 85,
        "AnnualRevenue": 1250000.0,
        "HasOptedOutOfEmail": False,
        "Status": "Open - Not Contacted",
        "OwnerId": "0055e000001AbCd",
    }
    return row | changes


def test_a_lead_becomes_a_record_in_our_words() -> None:
    record = lead_reader(ORIGIN)(lead_row(MQL_Score__c=85.0, UTM_Source__c="kestrel"))

    assert (record.kind, record.id, record.deleted) == ("lead", LEAD, False)
    assert record.keys == ("email:jane@example.com",)
    assert record.attributes["employees"] == 85
    assert record.attributes["revenue"] == 1250000
    assert record.attributes["opted_out"] == "false"
    assert record.attributes["utm_source"] == "kestrel"
    assert record.attributes["owner_id"] == long_id("0055e000001AbCd")
    assert record.own == {"score": 85}


def test_a_converted_lead_names_its_contact_and_a_merged_one_its_winner() -> None:
    converted = lead_reader(())(lead_row(IsConverted=True, ConvertedContactId=CONTACT))
    merged = lead_reader(())(lead_row(IsDeleted=True, MasterRecordId=long_id("00Q5e00001AbCdF")))

    assert f"salesforce:contact:{CONTACT}" in converted.keys
    assert f"salesforce:lead:{long_id('00Q5e00001AbCdF')}" in merged.keys
    assert merged.deleted


def test_a_contact_takes_its_company_from_its_account() -> None:
    account = {"Name": "Kestrel", "Industry": None, "NumberOfEmployees": 500}
    record = contact_reader(())(lead_row(Id=CONTACT, AccountId="0015e000001AbCd", Account=account))

    assert record.attributes["company"] == "Kestrel"
    assert record.attributes["employees"] == 500
    assert "industry" not in record.attributes
    assert record.attributes["company_key"] == f"salesforce:company:{long_id('0015e000001AbCd')}"


@pytest.mark.parametrize(
    "broken",
    [
        {"Id": "00Q"},
        {"SystemModstamp": None},
        {"SystemModstamp": "yesterday"},
        {"Email": ["a@b.example"]},
        {"IsDeleted": "no"},
        {"NumberOfEmployees": "many"},
        {"OwnerId": "queue"},
        {"MQL_Qualified_At__c": 3},
        {"MQL_Score__c": "high"},
    ],
)
def test_a_row_that_is_not_what_it_claims_to_be_is_refused(broken: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        lead_reader(())(lead_row(**broken))


def test_the_landing_page_carries_the_campaign_parameters_and_keeps_its_own() -> None:
    landing = ("landing_page", "https://www.example.com/lp?utm_source=own")
    assert origin_url((landing, ("utm_source", "x"), ("utm_medium", "a b"))) == (
        "https://www.example.com/lp?utm_source=own&utm_medium=a+b"
    )
    assert origin_url((("utm_source", "kestrel"),)) == "/?utm_source=kestrel"
    assert origin_url((("landing_page", "www.example.com/lp"),)) == "https://www.example.com/lp"
    assert origin_url((("landing_page", "/lp/kestrel"),)) == "/lp/kestrel"


@given(st.text())
def test_no_landing_page_makes_the_reader_fall(text: str) -> None:
    assert isinstance(origin_url((("landing_page", text), ("utm_source", text))), str)


def kinds(touches: Any) -> list[str]:
    return [touch.kind for touch in touches]


def test_a_lead_with_an_origin_came_in_by_a_form() -> None:
    touches = list(told(lead_row(Landing_Page__c="/lp/kestrel")))

    assert kinds(touches) == ["form_submission"]
    assert touches[0].page == "/lp/kestrel"
    assert touches[0].key == f"salesforce:lead:{LEAD}"
    assert touches[0].occurred_at == instant("2026-05-01T07:25:37.000Z")


@pytest.mark.parametrize(
    ("status", "kind"),
    [("Working - Contacted", "sales_accepted"), ("Closed - Not Converted", "sales_rejected")],
)
def test_the_status_says_what_sales_decided(status: str, kind: str) -> None:
    assert kinds(told(lead_row(Status=status))) == [kind]
    assert kinds(told(lead_row(Status=status.upper()))) == [kind]
    assert kinds(told(lead_row(Status=f"{status}!"))) == []
    assert kinds(told(lead_row(Status=status, IsDeleted=True))) == []


def test_a_conversion_is_accepted_work_and_perhaps_an_opportunity() -> None:
    row = lead_row(IsConverted=True, ConvertedDate="2026-05-03", Status="Closed - Converted")
    alone = list(told(row))
    both = list(told(row | {"ConvertedOpportunityId": "0065e000001AbCd"}))
    late = list(told(row | {"LastModifiedDate": "2026-08-01T00:00:00Z"}))

    assert kinds(alone) == ["sales_accepted"]
    assert kinds(both) == ["sales_accepted", "opportunity_created"]
    assert alone[0].occurred_at == instant("2026-05-03T10:00:00Z")
    assert late[0].occurred_at == instant("2026-05-03T23:59:59Z")


def member_row(type_: str, status: str, **changes: Any) -> dict[str, Any]:
    row = {
        "Id": "00v5e000001AbCd",
        "LeadId": LEAD,
        "ContactId": None,
        "Status": status,
        "HasResponded": status != "Sent",
        "FirstRespondedDate": "2026-05-05",
        "CreatedDate": "2026-05-01T07:25:37.000+0000",
        "IsDeleted": False,
        "Campaign": {"Name": "Forecasting", "Type": type_},
    }
    return row | changes


@pytest.mark.parametrize(
    ("type_", "status", "expected"),
    [
        ("Webinar", "Registered", ["webinar_registration"]),
        ("Webinar", "Attended", ["webinar_registration", "webinar_attendance"]),
        ("Webinar", "Sent", []),
        ("Trade Show", "Attended", ["event_attendance"]),
        ("Trade Show", "Registered", ["campaign_response"]),
        ("Email", "Responded", ["campaign_response"]),
        ("Email", "Sent", []),
    ],
)
def test_type_and_status_say_what_a_campaign_member_did(type_: str, status: str, expected: list[str]) -> None:
    assert kinds(of_member(member_row(type_, status), Meanings())) == expected


def test_a_member_who_was_converted_is_the_contact_and_one_without_a_person_says_nothing() -> None:
    converted = list(of_member(member_row("Email", "Responded", ContactId=CONTACT), Meanings()))

    assert converted[0].key == f"salesforce:contact:{CONTACT}"
    assert kinds(of_member(member_row("Email", "Responded", LeadId=None), Meanings())) == []
    assert kinds(of_member(member_row("Email", "Responded", IsDeleted=True), Meanings())) == []


def activity_row(**changes: Any) -> dict[str, Any]:
    row = {
        "Id": "00T5e000001AbCd",
        "WhoId": CONTACT,
        "OwnerId": "0055e000001AbCd",
        "Subject": "Call",
        "ActivityDate": "2026-05-02",
        "CreatedDate": "2026-05-01T07:25:37.000+0000",
        "CompletedDateTime": "2026-05-02T09:00:00.000+0000",
        "IsClosed": True,
        "IsDeleted": False,
        "TaskSubtype": "Call",
    }
    return row | changes


def test_a_finished_call_counts_and_an_open_one_or_our_own_reminder_does_not() -> None:
    assert kinds(of_task(activity_row())) == ["call"]
    assert kinds(of_task(activity_row(TaskSubtype="Email"))) == ["sales_email"]
    assert kinds(of_task(activity_row(TaskSubtype="Task", Type="Call"))) == ["call"]
    assert kinds(of_task(activity_row(TaskSubtype="Task"))) == []
    assert kinds(of_task(activity_row(IsClosed=False))) == []
    assert kinds(of_task(activity_row(MQL_Key__c="p1:e1"))) == []
    assert kinds(of_task(activity_row(WhoId=None))) == []
    assert kinds(of_task(activity_row(WhoId="0015e000001AbCd"))) == []
    assert kinds(of_task(activity_row(OwnerId="00G5e000001AbCd"))) == []
    assert kinds(of_task(activity_row(IsDeleted=True))) == []


@pytest.mark.parametrize(
    ("subtype", "type_", "said"),
    [
        ("Email", None, [("sales_email", False)]),
        ("Task", "Email", [("sales_email", False)]),
        ("ListEmail", None, [("sales_email", True)]),
        ("Email", "Automated Email", [("sales_email", True)]),
        ("Task", "Mass Email", [("sales_email", True)]),
        ("Call", "Auto-dialled", [("call", False)]),
        ("Task", "Voicemail", []),
        ("Task", "Marketing", []),
    ],
)
def test_a_mail_to_a_list_or_of_a_program_is_no_attempt_of_a_person(
    subtype: str, type_: str | None, said: list[tuple[str, bool]]
) -> None:
    touches = of_task(activity_row(TaskSubtype=subtype, Type=type_))

    assert [(touch.kind, touch.is_machine) for touch in touches] == said


def test_a_meeting_is_at_its_start_and_the_copies_of_colleagues_are_none() -> None:
    row = activity_row(Id="00U5e000001AbCd", StartDateTime="2026-05-09T12:00:00.000+0000", IsChild=False)

    meeting = list(of_event(row))

    assert kinds(meeting) == ["meeting"]
    assert meeting[0].occurred_at == instant("2026-05-09T12:00:00Z")
    assert kinds(of_event(row | {"IsChild": True})) == []


def opportunity_row(**changes: Any) -> dict[str, Any]:
    row = {
        "CreatedDate": "2026-05-10T08:00:00.000+0000",
        "LastModifiedDate": "2026-06-20T08:00:00.000+0000",
        "CloseDate": "2026-06-15",
        "IsClosed": False,
        "IsWon": False,
        "IsDeleted": False,
        "Name": "Kestrel",
    }
    return row | changes


def test_a_role_in_an_opportunity_tells_creation_and_outcome() -> None:
    role = {"Id": "00K5e000001AbCd", "OpportunityId": "0065e000001AbCd", "ContactId": CONTACT}
    won = list(of_role(role, opportunity_row(IsClosed=True, IsWon=True)))
    ahead = list(of_role(role, opportunity_row(IsClosed=True, CloseDate="2027-01-01")))

    assert kinds(of_role(role, opportunity_row())) == ["opportunity_created"]
    assert kinds(won) == ["opportunity_created", "deal_won"]
    assert won[1].occurred_at == instant("2026-06-15T00:00:00Z")
    assert kinds(ahead) == ["opportunity_created", "deal_lost"]
    assert ahead[1].occurred_at == instant("2026-06-20T08:00:00Z")
    assert kinds(of_role(role, opportunity_row(IsDeleted=True))) == []
    assert len({touch.source_id for touch in won + ahead}) == 3
