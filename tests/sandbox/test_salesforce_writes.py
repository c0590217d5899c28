"""Writes of many and of single records: each refusal, and that a refusal concerns nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from salesforce_org import Asked, code, record

from sandbox.clock import SECOND
from sandbox.salesforce import ids, instants

LIVE = "IsConverted = false"


@pytest.fixture
def org() -> Asked:
    return Asked()


def lead(org: Asked) -> str:
    return str(org.first("Lead", LIVE)["Id"])


def shown(org: Asked, name: str, record_id: str) -> dict[str, Any]:
    said = org.call("GET", f"sobjects/{name}/{record_id}")
    assert said.status == 200
    return dict(said.body)


def test_results_stand_in_the_order_of_the_records_whatever_happens_to_each(org: Asked) -> None:
    leads = [row["Id"] for row in org.rows(f"SELECT Id FROM Lead WHERE {LIVE} LIMIT 3", all_rows=False)]

    results = org.write(
        record("Lead", Id=leads[0], Title="A"),
        record("Lead", Id=leads[1], Nope__c="B"),
        record("Lead", Id=leads[2], Title="C"),
    )

    assert results[0] == {"id": leads[0], "success": True, "errors": []}
    assert results[1] == {
        "success": False,
        "errors": [
            {
                "statusCode": "INVALID_FIELD",
                "message": "No such column 'Nope__c' on sobject of type Lead",
                "fields": [],
            }
        ],
    }
    assert results[2]["id"] == leads[2]
    assert [shown(org, "Lead", each)["Title"] for each in (leads[0], leads[2])] == ["A", "C"]
    assert org.crm.written() == {"Lead": 2}


def test_the_status_is_200_even_if_every_record_fails(org: Asked) -> None:
    results = org.write(record("Lead", Title="x"), record("Lead", Id="nonsense", Title="x"))

    assert [code(each) for each in results] == ["MISSING_ARGUMENT", "MALFORMED_ID"]


def test_a_write_moves_the_stamps_and_names_us(org: Asked) -> None:
    lead_id = lead(org)
    org.clock.advance(90)

    org.write(record("Lead", Id=lead_id[:15], Title="Boss"))

    row = shown(org, "Lead", lead_id)
    now = instants.stamped(org.clock.now() // SECOND)
    assert (row["SystemModstamp"], row["LastModifiedDate"]) == (now, now)
    assert row["LastModifiedById"] == org.crm.org.user_id
    assert row["CreatedDate"] < now


def one_error(org: Asked, **values: Any) -> dict[str, Any]:
    result = org.write(record("Lead", Id=lead(org), **values))[0]
    assert not result["success"]
    return dict(result["errors"][0])


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"Title": "x" * 129}, ("STRING_TOO_LONG", "Title: data value too large: " + "x" * 129, ["Title"])),
        ({"Email": "badone"}, ("INVALID_EMAIL_ADDRESS", "Email: invalid email address: badone", ["Email"])),
        (
            {"LastName": None},
            ("REQUIRED_FIELD_MISSING", "Required fields are missing: [LastName]", ["LastName"]),
        ),
        (
            {"LastName": ""},
            ("REQUIRED_FIELD_MISSING", "Required fields are missing: [LastName]", ["LastName"]),
        ),
        (
            {"CreatedDate": "x"},
            ("INVALID_FIELD_FOR_INSERT_UPDATE", "Unable to create/update fields: C", ["CreatedDate"]),
        ),
        (
            {"IsConverted": True},
            ("INVALID_FIELD_FOR_INSERT_UPDATE", "Unable to create/update", ["IsConverted"]),
        ),
        ({"OwnerId": "005"}, ("MALFORMED_ID", "Owner ID: id value of incorrect type: 005", ["OwnerId"])),
        (
            {"OwnerId": ids.encode("005", 999)},
            ("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", []),
        ),
        (
            {"OwnerId": ids.encode("003", 5)},
            ("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", []),
        ),
        (
            {"OwnerId": ids.encode("005", 5)},
            ("INACTIVE_OWNER_OR_USER", "operation performed with inactive user", []),
        ),
        ({"NumberOfEmployees": "many"}, ("JSON_PARSER_ERROR", "Cannot deserialize instance of int", [])),
        ({"NumberOfEmployees": 1.5}, ("JSON_PARSER_ERROR", "Cannot deserialize instance of int", [])),
        (
            {"NumberOfEmployees": 2**31},
            ("NUMBER_OUTSIDE_VALID_RANGE", "Employees: value outside", ["NumberOfEmployees"]),
        ),
        (
            {"HasOptedOutOfEmail": "maybe"},
            ("JSON_PARSER_ERROR", "Cannot deserialize instance of boolean", []),
        ),
        ({"EmailBouncedDate": "soon"}, ("JSON_PARSER_ERROR", "Cannot deserialize instance of datetime", [])),
        ({"Title": ["x"]}, ("JSON_PARSER_ERROR", "Cannot deserialize instance of string", [])),
    ],
)
def test_a_value_that_cannot_be_is_refused(
    org: Asked, values: dict[str, Any], expected: tuple[str, str, list[str]]
) -> None:
    error = one_error(org, **values)

    assert (error["statusCode"], error["fields"]) == (expected[0], expected[2])
    assert error["message"].startswith(expected[1])


def test_texts_may_be_as_long_as_the_field_and_no_longer(org: Asked) -> None:
    assert org.write(record("Lead", Id=lead(org), Title="x" * 128))[0]["success"]
    assert one_error(org, Title="x" * 129)["message"].endswith("(max length=128)")


def test_values_come_out_in_their_type(org: Asked) -> None:
    lead_id = lead(org)
    values = {
        "numberofemployees": "35", "AnnualRevenue": 12, "EmailBouncedDate": "2026-05-01T09:00:00+02:00",
        "hasOptedOutOfEmail": "true", "Title": " Boss ", "Phone": "", "FirstName": None,
    }  # fmt: skip

    assert org.write(record("Lead", id=lead_id, **values))[0]["success"]

    row = shown(org, "Lead", lead_id)
    assert (row["NumberOfEmployees"], row["AnnualRevenue"]) == (35, 12.0)
    assert isinstance(row["AnnualRevenue"], float)
    assert row["EmailBouncedDate"] == "2026-05-01T07:00:00.000+0000"
    assert (row["HasOptedOutOfEmail"], row["Title"], row["Phone"]) == (True, "Boss", None)
    assert row["Name"] == row["LastName"]


def test_a_converted_lead_can_be_read_and_not_written(org: Asked) -> None:
    converted = org.first("Lead", "IsConverted = true")["Id"]

    result = org.write(record("Lead", Id=converted, Title="x"))[0]

    assert result["errors"] == [
        {
            "statusCode": "CANNOT_UPDATE_CONVERTED_LEAD",
            "message": "cannot reference converted lead",
            "fields": [],
        }
    ]
    task = org.write(record("Task", WhoId=converted, Subject="Call"), method="POST")[0]
    assert code(task) == "CANNOT_UPDATE_CONVERTED_LEAD"


def test_what_is_deleted_or_merged_cannot_be_written(org: Asked) -> None:
    loser = org.rows("SELECT Id FROM Lead WHERE MasterRecordId != null LIMIT 1")[0]["Id"]

    assert code(org.write(record("Lead", Id=loser, Title="x"))[0]) == "ENTITY_IS_DELETED"
    assert org.call("PATCH", f"sobjects/Lead/{loser}", {"Title": "x"}).status == 404
    assert code(org.write(record("Task", WhoId=loser), method="POST")[0]) == "ENTITY_IS_DELETED"


def test_a_record_must_say_what_it_is(org: Asked) -> None:
    results = org.write({"Id": lead(org), "Title": "x"}, record("Nothing", Id=lead(org)), method="PATCH")

    assert code(results[0]) == "JSON_PARSER_ERROR"
    assert results[0]["errors"][0]["message"].startswith("Nested object for polymorphic foreign key")
    lone = org.write(record("Nothing", Id=lead(org)))[0]
    assert code(lone) == "INVALID_TYPE"


def test_a_record_may_be_in_a_collection_once(org: Asked) -> None:
    lead_id = lead(org)

    first, second = org.write(
        record("Lead", Id=lead_id, Title="1"), record("Lead", Id=lead_id[:15], Title="2")
    )

    assert first["success"]
    assert code(second) == "DUPLICATE_VALUE"
    assert shown(org, "Lead", lead_id)["Title"] == "1"


@pytest.mark.parametrize(("count", "status"), [(0, 400), (1, 200), (200, 200), (201, 400)])
def test_a_collection_holds_one_to_two_hundred_records(org: Asked, count: int, status: int) -> None:
    records = [record("Lead", LastName=f"N{n}", Company="C") for n in range(count)]

    said = org.call("POST", "composite/sobjects", {"records": records})

    assert said.status == status
    if count == 0:
        assert said.body == [
            {"message": "At least 1 record is required", "errorCode": "REQUIRED_FIELD_MISSING"}
        ]
    assert org.crm.written() == ({"Lead": count} if status == 200 else {})


@pytest.mark.parametrize(("changes", "status"), [(9, 200), (10, 400)])
def test_the_type_may_change_nine_times(org: Asked, changes: int, status: int) -> None:
    kinds = [("Lead", "Contact")[n % 2] for n in range(changes + 1)]
    records = [record(kind, LastName="N", **({"Company": "C"} if kind == "Lead" else {})) for kind in kinds]

    assert org.call("POST", "composite/sobjects", {"records": records}).status == status


def test_all_or_none_takes_the_good_ones_back(org: Asked) -> None:
    lead_id = lead(org)
    before = shown(org, "Lead", lead_id)

    results = org.write(
        record("Lead", Id=lead_id, Title="Gone"), record("Lead", Id=lead_id), all_or_none=True
    )
    created = org.write(
        record("Contact", FirstName="No"), record("Contact", LastName="Yes"), method="POST", all_or_none=True
    )

    assert [code(each) for each in results] == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "DUPLICATE_VALUE"]
    assert [code(each) for each in created] == ["REQUIRED_FIELD_MISSING", "ALL_OR_NONE_OPERATION_ROLLED_BACK"]
    assert shown(org, "Lead", lead_id) == before
    assert org.rows("SELECT Id FROM Contact WHERE LastName = 'Yes'") == []


def test_a_lead_is_routed_anew_unless_told_otherwise(org: Asked) -> None:
    lead_id = org.first("Lead", f"{LIVE} AND Owner.Type = 'User' AND Owner.IsActive = true")["Id"]
    owner = shown(org, "Lead", lead_id)["OwnerId"]

    org.write(record("Lead", Id=lead_id, Title="1"))
    assert shown(org, "Lead", lead_id)["OwnerId"] == owner

    said = org.call("PATCH", "composite/sobjects", {"records": [record("Lead", Id=lead_id, Title="2")]})
    assert said.body[0]["success"]
    assert shown(org, "Lead", lead_id)["OwnerId"] != owner


def test_contacts_are_never_routed(org: Asked) -> None:
    contact = org.first("Contact", "LastName != null")["Id"]
    owner = shown(org, "Contact", contact)["OwnerId"]

    org.call("PATCH", "composite/sobjects", {"records": [record("Contact", Id=contact, Title="2")]})

    assert shown(org, "Contact", contact)["OwnerId"] == owner


def test_a_task_needs_an_active_owner_and_closes_with_its_status(org: Asked) -> None:
    contact = org.first("Contact", "AccountId != null")["Id"]
    users = org.rows("SELECT Id, IsActive FROM User ORDER BY Id")
    gone = next(row["Id"] for row in users if not row["IsActive"])

    refused, made = org.write(
        record("Task", WhoId=contact, OwnerId=gone, Subject="Call"),
        record("Task", WhoId=contact, OwnerId=users[0]["Id"], Subject="Call", ActivityDate="2026-11-30"),
        method="POST",
    )

    assert code(refused) == "INACTIVE_OWNER_OR_USER"
    task = shown(org, "Task", made["id"])
    assert (task["Status"], task["Priority"], task["IsClosed"]) == ("Not Started", "Normal", False)
    assert task["AccountId"] == shown(org, "Contact", contact)["AccountId"]
    org.write(record("Task", Id=made["id"], Status="Completed"))
    task = shown(org, "Task", made["id"])
    assert task["IsClosed"]
    assert task["CompletedDateTime"] == task["LastModifiedDate"]
    assert [each.subject for each in org.crm.tasks() if each.id == made["id"]] == ["Call"]


def test_rows_that_somebody_else_holds_fail_for_a_while(org: Asked) -> None:
    org.crm.lock_rows(1)

    first, second = org.write(
        record("Lead", LastName="A", Company="C"), record("Lead", LastName="B", Company="C"), method="POST"
    )

    assert code(first) == "UNABLE_TO_LOCK_ROW"
    assert second["success"]


def with_key(org: Asked) -> None:
    org.provide("Activity", "MQL_Key", unique=True, externalId=True, caseSensitive=True)


def test_an_upsert_by_a_unique_key_makes_one_row_however_often(org: Asked) -> None:
    with_key(org)
    contact = org.first("Contact", "LastName != null")["Id"]
    body = record("Task", MQL_Key__c="k1", WhoId=contact, Subject="Call")

    first = org.upsert("Task/MQL_Key__c", body).body[0]
    again = org.upsert("Task/MQL_Key__c", body | {"Subject": "Call now"}).body[0]

    assert first == {"id": first["id"], "success": True, "errors": [], "created": True}
    assert again == {"id": first["id"], "success": True, "errors": [], "created": False}
    rows = org.rows("SELECT Id, Subject, MQL_Key__c FROM Task WHERE MQL_Key__c = 'k1'")
    assert [(row["Id"], row["Subject"]) for row in rows] == [(first["id"], "Call now")]
    assert [each.key for each in org.crm.tasks() if each.id == first["id"]] == ["k1"]


@given(st.lists(st.sampled_from(["a", "A", "b", "c d", "ä"]), min_size=1, max_size=12))
@settings(max_examples=25, deadline=None)
def test_there_are_as_many_rows_as_keys(keys: list[str]) -> None:
    org = Asked(people=10)
    with_key(org)

    results = [org.upsert("Task/MQL_Key__c", record("Task", MQL_Key__c=key)).body[0] for key in keys]

    held = dict(zip(keys, (each["id"] for each in results), strict=True))
    assert [held[key] for key in keys] == [each["id"] for each in results]
    assert [each["created"] for each in results] == [key not in keys[:n] for n, key in enumerate(keys)]
    assert len(org.rows("SELECT Id FROM Task WHERE MQL_Key__c != null")) == len(set(keys))


def test_a_second_row_with_the_same_key_is_refused_until_the_first_is_deleted(org: Asked) -> None:
    with_key(org)
    first = org.write(record("Task", MQL_Key__c="k"), method="POST")[0]["id"]

    twin = org.write(record("Task", MQL_Key__c="k"), method="POST")[0]

    assert twin["errors"][0] == {
        "statusCode": "DUPLICATE_VALUE",
        "message": f"duplicate value found: MQL_Key__c duplicates value on record with id: {first[:15]}",
        "fields": [],
    }
    assert org.call("DELETE", f"sobjects/Task/{first}").status == 204
    assert org.write(record("Task", MQL_Key__c="k"), method="POST")[0]["success"]


def test_a_key_is_missing_or_unknown_or_not_unique(org: Asked) -> None:
    with_key(org)

    missing = org.upsert("Task/MQL_Key__c", record("Task", Subject="x")).body[0]
    assert (code(missing), missing["created"]) == ("MISSING_ARGUMENT", False)
    for path in ("Task/Subject", "Task/Nope__c"):
        said = org.upsert(path, record("Task", Subject="x"))
        assert said.status == 404
        assert said.body[0]["message"].startswith(
            "Provided external ID field does not exist or is not accessible"
        )
    assert org.upsert("Nothing/Id", record("Nothing")).status == 404


def test_people_may_be_upserted_by_an_address_that_only_one_of_them_has(org: Asked) -> None:
    one = org.rows("SELECT Id, Email FROM Contact ORDER BY Id LIMIT 1", all_rows=False)[0]
    twins = [record("Contact", LastName="T", Email="twin@twins.example") for _ in range(2)]
    org.write(*twins, method="POST")

    results = org.upsert(
        "Contact/Email",
        record("Contact", Email=one["Email"].upper(), Title="Boss"),
        record("Contact", Email="new@new.example", LastName="New"),
        record("Contact", Email="twin@twins.example", Title="Boss"),
    ).body

    assert (results[0]["id"], results[0]["created"]) == (one["Id"], False)
    assert results[1]["created"]
    assert code(results[2]) == "DUPLICATE_EXTERNAL_ID"


def test_deleting_hides_a_row_and_moves_its_stamp(org: Asked) -> None:
    lead_id = lead(org)
    org.clock.advance(60)

    said = org.call(
        "DELETE", "composite/sobjects", query={"ids": f"{lead_id},{lead_id[:15]}", "allOrNone": "false"}
    )

    assert [each["success"] for each in said.body] == [True, False]
    assert org.call("GET", f"sobjects/Lead/{lead_id}").status == 404
    row = org.rows(f"SELECT IsDeleted, SystemModstamp FROM Lead WHERE Id = '{lead_id}'")[0]
    assert row["IsDeleted"]
    assert row["SystemModstamp"] == instants.stamped(org.clock.now() // SECOND)
    assert org.rows(f"SELECT Id FROM Lead WHERE Id = '{lead_id}'", all_rows=False) == []


def test_single_records_are_made_read_changed_and_deleted(org: Asked) -> None:
    made = org.call("POST", "sobjects/Lead", {"LastName": "Doe", "Company": "C"})
    assert made.status == 201
    assert made.body == {"id": made.body["id"], "success": True, "errors": []}
    assert made.headers["Location"] == f"/services/data/v67.0/sobjects/Lead/{made.body['id']}"
    path = f"sobjects/Lead/{made.body['id']}"

    assert org.call("PATCH", path, {"Title": "Boss"}).status == 204
    assert org.call("GET", path).body["Title"] == "Boss"
    assert org.call("DELETE", path).status == 204
    assert org.call("DELETE", path).body == [
        {"message": "entity is deleted", "errorCode": "ENTITY_IS_DELETED", "fields": []}
    ]


def test_a_single_record_that_is_refused_is_a_refused_request(org: Asked) -> None:
    said = org.call("POST", "sobjects/Contact", {"FirstName": "No"})

    assert said.status == 400
    assert said.body == [
        {
            "message": "Required fields are missing: [LastName]",
            "errorCode": "REQUIRED_FIELD_MISSING",
            "fields": ["LastName"],
        }
    ]


def test_an_opportunity_closes_with_its_stage(org: Asked) -> None:
    values = {"Name": "Deal", "StageName": "Prospecting", "CloseDate": "2026-12-01"}
    made = org.call("POST", "sobjects/Opportunity", values).body["id"]

    for stage, closed, won in (
        ("Closed Lost", True, False),
        ("Closed Won", True, True),
        ("Qualification", False, False),
    ):
        org.call("PATCH", f"sobjects/Opportunity/{made}", {"StageName": stage})
        row = shown(org, "Opportunity", made)
        assert (row["IsClosed"], row["IsWon"]) == (closed, won)


def test_ids_of_new_rows_ascend(org: Asked) -> None:
    results = [
        org.write(record("Lead", LastName="N", Company="C"), method="POST")[0]["id"] for _ in range(70)
    ]

    assert results == sorted(results)
    assert len(set(results)) == 70
    assert results[0] > max(row["Id"] for row in org.rows("SELECT Id FROM Lead") if row["Id"] not in results)


def test_broken_json_is_told(org: Asked) -> None:
    said = org.raw("PATCH", "/services/data/v67.0/composite/sobjects", body=b'{"records": [')

    assert said.status == 400
    assert b'"errorCode":"JSON_PARSER_ERROR"' in said.body
