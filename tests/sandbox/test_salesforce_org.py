"""The org around its rows: logging in, what may be seen, what is left, and what happens while it runs."""

from __future__ import annotations

from typing import Any

import pytest
from salesforce_org import DATA, HISTORIES, NOW, PERSON_OBJECTS, Asked, code, record

from sandbox.behaviour import Activity, Kind
from sandbox.clock import SECOND
from sandbox.crm import FakeCrm, Refusal, Request
from sandbox.salesforce import doings, ids, instants, prospects
from sandbox.salesforce.cast import Campaigns
from sandbox.salesforce.seeds import seeds

EXPIRED = [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]


@pytest.fixture
def org() -> Asked:
    return Asked()


def test_a_login_says_who_we_are_and_nothing_of_a_lifetime(org: Asked) -> None:
    said = org.login()

    assert said.status == 200
    assert set(said.body) == {
        "access_token", "signature", "scope", "instance_url", "id", "token_type", "issued_at",
    }  # fmt: skip
    assert said.body["instance_url"] == "http://127.0.0.1:1"
    assert said.body["id"].endswith(f"/{org.crm.org.user_id}")
    user = org.rows(f"SELECT Id, IsActive FROM User WHERE Id = '{org.crm.org.user_id}'")
    assert user[0]["IsActive"]


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"client_id": "wrong"}, "invalid_client_id"),
        ({"grant_type": "password"}, "invalid_grant"),
        ({"grant_type": "nonsense"}, "unsupported_grant_type"),
    ],
)
def test_a_wrong_login_is_refused(org: Asked, form: dict[str, str], error: str) -> None:
    said = org.login(**form)

    assert said.status == 400
    assert list(said.body) == ["error", "error_description"]
    assert said.body["error"] == error


def test_the_secret_may_come_in_the_header(org: Asked) -> None:
    basic = "M01WRzkuc2FuZGJveC5tcWxzeW5jLmNvbnN1bWVyLmtleTpzYW5kYm94LWNvbnN1bWVyLXNlY3JldA=="
    headers = {"authorization": f"Basic {basic}"}

    said = org.raw("POST", "/services/oauth2/token", headers=headers, body=b"grant_type=client_credentials")

    assert said.status == 200


def test_an_expired_token_is_refused_and_a_new_one_is_let_in(org: Asked) -> None:
    org.crm.expire_sessions()

    said = org.call("GET", "limits")
    assert (said.status, said.body) == (401, EXPIRED)
    org.token = org.login().body["access_token"]
    assert org.call("GET", "limits").status == 200
    assert org.call("GET", "limits", headers={"authorization": "Bearer "}).status == 401


def test_versions_are_served_to_anybody_and_old_ones_are_gone(org: Asked) -> None:
    for path in ("/services/data", "/services/data/"):
        said = org.call("GET", path, headers={"authorization": ""})
        assert {"label": "Summer '26", "url": "/services/data/v67.0", "version": "67.0"} in said.body
        assert said.body[0] == {"label": "Summer '14", "url": "/services/data/v31.0", "version": "31.0"}
    assert org.call("GET", "/services/data/v31.0/limits").status == 200
    assert org.call("GET", "/services/data/v30.0/limits").status == 410
    assert org.call("GET", "/services/data/v99.0/limits").status == 404


def test_each_call_takes_one_out_of_the_pool_until_it_is_empty(org: Asked) -> None:
    org.crm.use_up(calls_left=2)

    first, second, third = (org.call("GET", "limits") for _ in range(3))

    assert first.body["DailyApiRequests"] == {"Max": 100_000, "Remaining": 1}
    assert second.headers["Sforce-Limit-Info"] == "api-usage=100000/100000"
    assert (third.status, third.body[0]["errorCode"]) == (403, "REQUEST_LIMIT_EXCEEDED")
    assert org.login().status == 200


def test_what_does_not_exist_is_not_found(org: Asked) -> None:
    for path in ("nothing", "sobjects/Nothing/describe", "sobjects/Lead/00Q", "/elsewhere"):
        said = org.call("GET", path)
        assert (said.status, said.body[0]["errorCode"]) == (404, "NOT_FOUND")
    assert org.call("POST", "sobjects/Nothing", {}).status == 404
    assert org.call("PUT", "limits").status == 405


def test_describe_says_what_may_be_done_with_a_field(org: Asked) -> None:
    fields = {each["name"]: each for each in org.call("GET", "sobjects/Lead/describe").body["fields"]}

    assert (fields["Title"]["length"], fields["Title"]["updateable"]) == (128, True)
    assert not fields["CreatedDate"]["updateable"]
    assert fields["OwnerId"]["referenceTo"] == ["Group", "User"]
    assert fields["OwnerId"]["relationshipName"] == "Owner"
    assert not fields["Description"]["filterable"]
    assert not fields["LastName"]["nillable"]
    status = fields["Status"]["picklistValues"]
    assert [each["value"] for each in status if each["defaultValue"]] == ["Open - Not Contacted"]
    assert fields["UTM_Source__c"]["custom"]
    assert "MQL_Score__c" not in fields


def test_describe_is_answered_in_short_until_something_changes(org: Asked) -> None:
    first = org.call("GET", "sobjects/Lead/describe")
    tag = {"if-none-match": first.headers["ETag"]}

    again = org.call("GET", "sobjects/Lead/describe", headers=tag)
    org.provide("Lead", "MQL_Reason")
    changed = org.call("GET", "sobjects/Lead/describe", headers=tag)

    assert (again.status, again.body) == (304, None)
    assert again.headers["ETag"] == first.headers["ETag"]
    assert changed.status == 200
    assert changed.headers["ETag"] != first.headers["ETag"]
    assert org.call("GET", "sobjects/Contact/describe", headers=tag).status == 200


def test_all_objects_are_listed(org: Asked) -> None:
    body = org.call("GET", "sobjects").body

    assert {"Lead", "Contact", "Task", "Opportunity"} <= {each["name"] for each in body["sobjects"]}
    assert {each["name"]: each["keyPrefix"] for each in body["sobjects"]}["Lead"] == "00Q"


NEW = {"type": "Text", "label": "MQL reason", "length": 40}


def make(org: Asked, full_name: str, **metadata: Any) -> Any:
    body = {"FullName": full_name, "Metadata": NEW | metadata}
    return org.call("POST", "tooling/sobjects/CustomField", body)


def test_a_new_field_is_there_only_once_it_is_granted_and_the_grant_is_ours(org: Asked) -> None:
    lead = org.first("Lead", "IsConverted = false")["Id"]
    wanted = record("Lead", Id=lead, MQL_Reason__c="because")

    def state() -> tuple[bool, int, str]:
        described = org.call("GET", "sobjects/Lead/describe").body["fields"]
        asked = org.ask("SELECT MQL_Reason__c FROM Lead").status
        return any(each["name"] == "MQL_Reason__c" for each in described), asked, code(org.write(wanted)[0])

    assert state() == (False, 400, "INVALID_FIELD")
    made = make(org, "Lead.MQL_Reason__c")
    assert made.status == 201
    assert made.body["success"]
    assert state() == (False, 400, "INVALID_FIELD_FOR_INSERT_UPDATE")
    set_id = org.call("POST", "sobjects/PermissionSet", {"Name": "Ours", "Label": "Ours"}).body["id"]
    grant = {
        "ParentId": set_id,
        "SobjectType": "Lead",
        "Field": "Lead.MQL_Reason__c",
        "PermissionsRead": True,
    }
    granted = org.call("POST", "sobjects/FieldPermissions", grant)
    assert granted.status == 201
    assert state() == (False, 400, "INVALID_FIELD_FOR_INSERT_UPDATE")
    ours = {"AssigneeId": org.crm.org.user_id, "PermissionSetId": set_id}
    assert org.call("POST", "sobjects/PermissionSetAssignment", ours).status == 201
    assert state() == (True, 200, "INVALID_FIELD_FOR_INSERT_UPDATE")
    path = f"sobjects/FieldPermissions/{granted.body['id']}"
    assert org.call("PATCH", path, {"PermissionsEdit": True}).status == 204
    assert state() == (True, 200, "")
    assert org.rows(f"SELECT MQL_Reason__c FROM Lead WHERE Id = '{lead}'")[0]["MQL_Reason__c"] == "because"


def test_doing_it_twice_says_duplicate(org: Asked) -> None:
    make(org, "Lead.MQL_Reason__c")
    set_id = org.call("POST", "sobjects/PermissionSet", {"Name": "Ours", "Label": "Ours"}).body["id"]
    ours = {"AssigneeId": org.crm.org.user_id, "PermissionSetId": set_id}
    org.call("POST", "sobjects/PermissionSetAssignment", ours)
    grant = {
        "ParentId": set_id,
        "SobjectType": "Lead",
        "Field": "Lead.MQL_Reason__c",
        "PermissionsRead": True,
    }
    org.call("POST", "sobjects/FieldPermissions", grant)

    again = [
        make(org, "Lead.mql_reason__c"),
        make(org, "Lead.UTM_Source__c"),
        org.call("POST", "sobjects/PermissionSet", {"Name": "ours", "Label": "Ours"}),
        org.call("POST", "sobjects/PermissionSetAssignment", ours),
        org.call("POST", "sobjects/FieldPermissions", grant),
    ]

    assert [(said.status, said.body[0]["errorCode"]) for said in again] == [
        (400, "DUPLICATE_DEVELOPER_NAME"), (400, "DUPLICATE_DEVELOPER_NAME"),
        (400, "DUPLICATE_DEVELOPER_NAME"), (400, "DUPLICATE_VALUE"), (400, "DUPLICATE_VALUE"),
    ]  # fmt: skip
    assert again[3].body[0]["message"] == (
        f"Duplicate PermissionSetAssignment.  Assignee: {org.crm.org.user_id[:15]};"
        f" Permission Set: {set_id[:15]}"
    )


def test_fields_of_activities_are_shared_by_tasks_and_events(org: Asked) -> None:
    org.provide("Activity", "MQL_Key", unique=True, externalId=True)

    for name in ("Task", "Event"):
        fields = {each["name"]: each for each in org.call("GET", f"sobjects/{name}/describe").body["fields"]}
        assert fields["MQL_Key__c"]["externalId"]
        assert fields["MQL_Key__c"]["unique"]
    assert make(org, "Task.Other__c").status == 400


@pytest.mark.parametrize(
    ("full_name", "metadata", "error"),
    [
        ("Lead.NoSuffix", {}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Lead.A__b__c", {}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Nothing.A__c", {}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ("Lead.A__c", {"type": "Nothing"}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Lead.A__c", {"label": "x" * 41}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Lead.A__c", {"length": 0}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Lead.A__c", {"length": 256}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Lead.A__c", {"type": "LongTextArea", "length": 255}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Lead.A__c", {"type": "Number", "precision": 19, "scale": 0}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Lead.A__c", {"type": "Number", "precision": 3, "scale": 4}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Lead.A__c", {"type": "Picklist"}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Lead.A__c", {"type": "DateTime", "unique": True}, "FIELD_INTEGRITY_EXCEPTION"),
    ],
)
def test_a_field_that_cannot_be_is_refused(
    org: Asked, full_name: str, metadata: dict[str, Any], error: str
) -> None:
    said = make(org, full_name, **metadata)

    assert (said.status, said.body[0]["errorCode"]) == (400, error)


def test_new_fields_keep_what_their_type_allows(org: Asked) -> None:
    values = {"valueSetDefinition": {"value": [{"fullName": "mql"}, {"fullName": "lead"}]}}
    org.provide("Lead", "Status", type="Picklist", valueSet=values | {"restricted": True})
    org.provide("Lead", "Loose", type="Picklist", valueSet=values)
    org.provide("Lead", "Score", type="Number", precision=5, scale=1)
    org.provide("Lead", "Since", type="DateTime")
    lead = org.first("Lead", "IsConverted = false")["Id"]

    def set_to(**fields: Any) -> str:
        return code(org.write(record("Lead", Id=lead, **fields))[0])

    assert (
        set_to(Status__c="mql", Loose__c="anything", Score__c=9999.94, Since__c="2026-01-01T00:00:00Z") == ""
    )
    assert set_to(Status__c="Hot") == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    assert set_to(Status__c="MQL") == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    assert set_to(Score__c=10_000) == "NUMBER_OUTSIDE_VALID_RANGE"
    row = org.rows(f"SELECT Status__c, Loose__c, Score__c, Since__c FROM Lead WHERE Id = '{lead}'")[0]
    assert (row["Status__c"], row["Loose__c"], row["Score__c"]) == ("mql", "anything", 9999.9)
    assert row["Since__c"] == "2026-01-01T00:00:00.000+0000"
    assert org.rows("SELECT Id FROM Lead WHERE Score__c > 9999 AND Since__c = 2026-01-01T00:00:00Z")


def test_a_field_that_is_not_there_cannot_be_granted(org: Asked) -> None:
    set_id = org.call("POST", "sobjects/PermissionSet", {"Name": "Ours", "Label": "Ours"}).body["id"]
    grant = {"ParentId": set_id, "SobjectType": "Lead", "Field": "Lead.Nope__c", "PermissionsRead": True}

    said = org.call("POST", "sobjects/FieldPermissions", grant)

    assert said.body[0]["errorCode"] == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"


# ---------------------------------------------------------------------- the world behind it


def test_counting_agrees_with_telling_every_story() -> None:
    world = Asked(people=700).world
    campaigns = Campaigns(world)
    _, people = seeds(world)
    made = {
        "Lead": prospects.leads,
        "Contact": prospects.contacts,
        "Task": doings.tasks,
        "Event": doings.events,
        "CampaignMember": lambda told: doings.members(told, campaigns),
        "Opportunity": doings.opportunities,
        "LeadHistory": doings.statuses,
        "OpportunityHistory": doings.stages,
    }
    for name, rows_of in made.items():
        seed = people[name]
        for index in range(world.people):
            lives_here = world.residence(index)[0] != "hubspot"
            expected = len(rows_of(prospects.story(world, index))) if lives_here else 0
            first = seed.number(index, 0)
            span = range(first, seed.number(index + 1, 0))
            assert list(seed.numbers(span.start, span.stop)) == list(range(first, first + expected)), (
                name,
                index,
            )
    assert set(people) == {*PERSON_OBJECTS, *HISTORIES}


def someone(org: Asked, kind: str, *, hot: bool = False) -> int:
    people = (org.world.person(index) for index in range(org.world.people))
    return next(p.index for p in people if p.salesforce_kind == kind and p.company and p.hot == hot)


def happen(org: Asked, index: int, kind: Kind, **more: str) -> None:
    now = org.clock.now()
    org.world.live(index, Activity(now, kind, **more), now)  # type: ignore[arg-type] # texts only


def test_what_sales_does_now_arrives_with_a_new_stamp(org: Asked) -> None:
    index = someone(org, "lead")
    lead_id = ids.encode("00Q", index + 1)
    org.clock.advance(100)
    stamp = instants.stamped(org.clock.now() // SECOND)
    since = f"WHERE SystemModstamp >= {stamp.replace('+0000', 'Z')}"

    happen(org, index, "call")
    happen(org, index, "meeting")

    tasks = org.rows(f"SELECT WhoId, CompletedDateTime FROM Task {since}")
    events = org.rows(f"SELECT WhoId, StartDateTime FROM Event {since}")
    assert [(row["WhoId"], row["CompletedDateTime"]) for row in tasks] == [(lead_id, stamp)]
    assert [(row["WhoId"], row["StartDateTime"]) for row in events] == [(lead_id, stamp)]
    assert [row["Id"] for row in org.rows(f"SELECT Id FROM Lead {since}")] == [lead_id]
    assert org.rows(f"SELECT Id FROM Opportunity {since}") == []


def test_a_rejection_shows_in_the_status(org: Asked) -> None:
    index = someone(org, "lead")
    lead_id = ids.encode("00Q", index + 1)
    org.clock.advance(5)

    happen(org, index, "accepted")
    assert org.rows(f"SELECT Status FROM Lead WHERE Id = '{lead_id}'")[0]["Status"] == "Working - Contacted"
    happen(org, index, "rejected", detail="no budget")

    row = org.rows(f"SELECT Status, Rejection_Reason__c FROM Lead WHERE Id = '{lead_id}'")[0]
    assert (row["Status"], row["Rejection_Reason__c"]) == ("Closed - Not Converted", "no budget")


def test_a_deal_converts_the_lead(org: Asked) -> None:
    index = someone(org, "lead")
    lead_id, contact_id = ids.encode("00Q", index + 1), ids.encode("003", index + 1)
    assert org.rows(f"SELECT Id FROM Contact WHERE Id = '{contact_id}'") == []
    org.clock.advance(5)

    happen(org, index, "deal_created", detail="9000")
    fields = "IsConverted, ConvertedContactId, ConvertedOpportunityId, Status"
    lead = org.rows(f"SELECT {fields} FROM Lead WHERE Id = '{lead_id}'")[0]
    assert (lead["IsConverted"], lead["Status"]) == (True, "Closed - Converted")
    assert lead["ConvertedContactId"] == contact_id
    deal = f"WHERE Id = '{lead['ConvertedOpportunityId']}'"
    assert org.rows(f"SELECT IsWon, Amount FROM Opportunity {deal}")[0]["Amount"] == 9000.0
    assert org.rows(f"SELECT Id FROM OpportunityContactRole WHERE ContactId = '{contact_id}'")

    happen(org, index, "deal_won", detail="9000")
    assert org.rows(f"SELECT IsWon FROM Opportunity {deal}")[0]["IsWon"]
    assert code(org.write(record("Lead", Id=lead_id, Title="x"))[0]) == "CANNOT_UPDATE_CONVERTED_LEAD"
    assert org.write(record("Contact", Id=contact_id, Title="x"))[0]["success"]


def test_what_we_wrote_survives_what_people_do(org: Asked) -> None:
    index = someone(org, "contact")
    contact_id = ids.encode("003", index + 1)
    org.write(record("Contact", Id=contact_id, Title="Ours"))

    happen(org, index, "mail_unsubscribed")

    row = org.rows(f"SELECT Title, HasOptedOutOfEmail FROM Contact WHERE Id = '{contact_id}'")[0]
    assert (row["Title"], row["HasOptedOutOfEmail"]) == ("Ours", True)


def test_a_reset_forgets_what_was_written_and_keeps_us_logged_in(org: Asked) -> None:
    before = org.rows("SELECT Id, SystemModstamp FROM Lead")
    org.clock.advance(10)
    org.provide("Lead", "Score")
    org.write(record("Lead", Id=before[0]["Id"], Title="x"), record("Lead", Id=before[1]["Id"], Title="x"))
    happen(org, someone(org, "contact"), "call")

    org.world.reset()
    org.crm.reset()

    assert org.rows("SELECT Id, SystemModstamp FROM Lead") == before
    assert org.ask("SELECT Score__c FROM Lead").status == 400
    assert org.crm.written() == {}


def test_a_person_is_shown_as_all_her_rows(org: Asked) -> None:
    index = next(i for i in range(120) if org.world.residence(i)[1] == "contact" and i % 3 == 0)
    email = org.world.person(index).email
    made = org.write(record("Contact", LastName="Twin", Email=email.upper()), method="POST")[0]["id"]

    rows = org.crm.person(f" {email.title()} ")

    kinds = [row["attributes"]["type"] for row in rows]
    assert kinds in (["Lead", "Contact", "Contact"], ["Contact", "Contact"])
    assert made in [row["Id"] for row in rows]
    assert {row["Email"].lower() for row in rows} == {email}
    assert org.crm.person("nobody@nowhere.example") == []


def test_the_server_can_count_and_refuse(org: Asked) -> None:
    crm: FakeCrm = org.crm
    lead_id = ids.encode("00Q", 5)

    assert crm.template("GET", f"{DATA}/sobjects/Lead/{lead_id}") == f"{DATA}/sobjects/Lead/{{id}}"
    assert crm.template("GET", f"{DATA}/sobjects/Lead/describe") == f"{DATA}/sobjects/Lead/describe"
    assert crm.template("GET", f"{DATA}/query/0r8dM0000000001-2000") == f"{DATA}/query/{{locator}}"
    assert crm.template("PATCH", f"{DATA}/composite/sobjects") == f"{DATA}/composite/sobjects"
    request = Request("GET", "/", (), {}, b"", "")
    hows: tuple[tuple[Refusal, int], ...] = (("401", 401), ("429", 403), ("500", 500), ("503", 503))
    assert all(crm.refusal(how, request).status == status for how, status in hows)


def test_the_same_seed_is_the_same_org() -> None:
    def rows(seed: int) -> list[Any]:
        one = Asked(people=60, seed=seed)
        return [one.everything(name) for name in (*PERSON_OBJECTS, "Account", "Campaign", "User")]

    assert rows(7) == rows(7)
    assert rows(7) != rows(8)
    assert NOW % SECOND == 0
