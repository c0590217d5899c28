"""Queries against an org: the same rows as by looking at every one, in every page size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from salesforce_org import NOW, PERSON_OBJECTS, Asked, code, record

from sandbox.acting import act
from sandbox.clock import SECOND
from sandbox.salesforce import ids, instants
from sandbox.salesforce.objects import OBJECTS
from sandbox.salesforce.pages import page_size
from sandbox.salesforce.tables import Row

ASKED = Asked()
ROWS = {name: ASKED.everything(name) for name in OBJECTS}
STAMPED = sorted(name for name, each in OBJECTS.items() if each.field("SystemModstamp"))
STAMPS = sorted({row["SystemModstamp"] for rows in ROWS.values() for row in rows if "SystemModstamp" in row})


def written(stamp: str) -> str:
    return stamp.replace("+0000", "Z")


def place(row: Row) -> tuple[str, str]:
    return row["SystemModstamp"], row["Id"]


def ids_of(rows: list[Any]) -> list[str]:
    return [row["Id"] for row in rows]


@pytest.mark.parametrize("name", STAMPED)
def test_every_row_is_found_once_by_id_and_by_stamp(name: str) -> None:
    rows = ROWS[name]

    assert ids_of(ASKED.rows(f"SELECT Id FROM {name}")) == ids_of(rows)
    assert ids_of(ASKED.rows(f"SELECT Id FROM {name} ORDER BY Id")) == sorted(ids_of(rows))
    by_stamp = ASKED.rows(f"SELECT Id, SystemModstamp FROM {name} ORDER BY SystemModstamp, Id")
    assert [place(row) for row in by_stamp] == sorted(place(row) for row in rows)
    assert ASKED.ask(f"SELECT COUNT() FROM {name}").body == {
        "totalSize": len(rows), "done": True, "records": [],
    }  # fmt: skip


def test_the_world_has_rows_of_every_kind() -> None:
    assert all(ROWS[name] for name in (*PERSON_OBJECTS, "User", "Account", "Campaign", "Group"))
    leads = ROWS["Lead"]
    assert any(row["IsConverted"] for row in leads)
    assert any(row["IsDeleted"] and row["MasterRecordId"] for row in leads)
    assert any(row["IsDeleted"] and not row["MasterRecordId"] for row in leads)
    assert any(row["OwnerId"].startswith("00G") for row in leads)
    assert any(row.get("UTM_Source__c") for row in leads)
    assert {row["Status"] for row in leads} >= {"Open - Not Contacted", "Closed - Converted"}
    assert not all(row["IsActive"] for row in ROWS["User"])
    assert {row["Type"] for row in ROWS["Campaign"]} >= {"Webinar", "Advertisement", "Partners"}


@pytest.mark.parametrize("name", sorted(OBJECTS))
def test_seeded_rows_have_only_fields_of_their_object_and_right_ids(name: str) -> None:
    known = {field.name for field in OBJECTS[name].fields.values()} | {"SystemModstamp"}  # the table's own

    for row in ROWS[name]:
        assert set(row) <= known
        assert ids.canonical(row["Id"]) == row["Id"]
        assert row["Id"].startswith(OBJECTS[name].prefix)
        created = str(row.get("CreatedDate", row["SystemModstamp"]))
        assert created <= str(row.get("LastModifiedDate", created))
        if name in PERSON_OBJECTS:
            assert row["LastModifiedDate"] <= row["SystemModstamp"] <= instants.stamped(NOW // SECOND)


def test_references_of_seeded_rows_lead_somewhere() -> None:
    held = {row["Id"] for rows in ROWS.values() for row in rows}
    for name, rows in ROWS.items():
        references = [f.name for f in OBJECTS[name].fields.values() if f.type == "reference" and f.refers]
        for row in rows:
            assert {row[each] for each in references if row.get(each)} <= held, (name, row["Id"])


def test_stamps_are_whole_seconds_with_ties() -> None:
    stamps = [row["SystemModstamp"] for row in ROWS["Lead"]]

    assert all(stamp.endswith(".000+0000") for stamp in stamps)
    assert max(Counter(stamps).values()) > 5


LEAD_TESTS: list[tuple[str, Callable[[Row], bool]]] = [
    ("Email = 'NOBODY@example.com'", lambda row: False),
    ("Status = 'open - not contacted'", lambda row: row["Status"] == "Open - Not Contacted"),
    ("Status != 'Open - Not Contacted'", lambda row: row["Status"] != "Open - Not Contacted"),
    ("UTM_Source__c = null", lambda row: not row["UTM_Source__c"]),
    ("UTM_Source__c != null", lambda row: bool(row["UTM_Source__c"])),
    ("UTM_Source__c != 'kestrel'", lambda row: row["UTM_Source__c"] != "kestrel"),
    ("UTM_Source__c IN ('Kestrel', 'google')", lambda row: row["UTM_Source__c"] in ("kestrel", "google")),
    ("UTM_Source__c NOT IN ('kestrel')", lambda row: row["UTM_Source__c"] != "kestrel"),
    ("Email LIKE '%.EDU.example'", lambda row: row["Email"].endswith(".edu.example")),
    ("FirstName LIKE '_da'", lambda row: row["FirstName"] in ("Ada", "Ida")),
    ("Name LIKE 'a%'", lambda row: row["Name"].startswith("A")),
    ("NumberOfEmployees > 100", lambda row: (row["NumberOfEmployees"] or 0) > 100),
    ("NumberOfEmployees <= 100", lambda row: (row["NumberOfEmployees"] or 101) <= 100),
    ("IsConverted = TRUE", lambda row: row["IsConverted"]),
    ("IsDeleted = false", lambda row: not row["IsDeleted"]),
    ("ConvertedDate >= 2026-01-01", lambda row: (row.get("ConvertedDate") or "") >= "2026-01-01"),
    ("Country < 'g'", lambda row: row["Country"].casefold() < "g"),
    ("Owner.Name = 'inbound LEADS'", lambda row: row["OwnerId"].startswith("00G")),
    ("Owner.Type = 'Group'", lambda row: row["OwnerId"].startswith("00G")),
    ("CreatedBy.IsActive = true", lambda row: True),
    ("MasterRecord.Email != null", lambda row: bool(row["MasterRecordId"])),
    ("Lead.Id != null", lambda row: True),
]


@pytest.mark.parametrize(("text", "fits"), LEAD_TESTS)
def test_a_condition_holds_for_the_rows_that_it_should(text: str, fits: Callable[[Row], bool]) -> None:
    expected = [row["Id"] for row in ROWS["Lead"] if fits(row)]

    assert ids_of(ASKED.rows(f"SELECT Id FROM Lead WHERE {text}")) == expected
    if text.startswith("Email = "):
        first = ROWS["Lead"][0]
        assert ids_of(ASKED.rows(f"SELECT Id FROM Lead WHERE Email = '{first['Email'].upper()}'"))[:1] == [
            first["Id"]
        ]


@given(st.lists(st.sampled_from(LEAD_TESTS), min_size=2, max_size=3), st.booleans(), st.booleans())
@settings(max_examples=40, deadline=None)
def test_conditions_combine(
    tests: list[tuple[str, Callable[[Row], bool]]], is_and: bool, with_deleted: bool
) -> None:
    text = (" AND " if is_and else " OR ").join(f"({each})" for each, _ in tests)
    combined = all if is_and else any

    found = ASKED.rows(f"SELECT Id FROM Lead WHERE {text}", all_rows=with_deleted)

    assert ids_of(found) == [
        row["Id"]
        for row in ROWS["Lead"]
        if combined(fits(row) for _, fits in tests) and (with_deleted or not row["IsDeleted"])
    ]


KEYED = ("Lead", "Contact", "Account", "Campaign", "CampaignMember", "Task", "Opportunity")


@st.composite
def windows(draw: st.DrawFn) -> tuple[str, str, Callable[[Row], bool]]:
    """An object, and a condition on its keys as text and as a function."""
    name = draw(st.sampled_from(KEYED))
    parts: list[tuple[str, Callable[[Row], bool]]] = []
    for _ in range(draw(st.integers(1, 3))):
        operator = draw(st.sampled_from(["<", "<=", ">", ">=", "="]))
        if draw(st.booleans()):
            held = draw(st.sampled_from(ROWS[name]))["Id"]
            parts.append((f"Id {operator} '{held}'", lambda row, o=operator, v=held: holds(row["Id"], o, v)))  # type: ignore[misc]
        else:
            moved = timedelta(milliseconds=draw(st.sampled_from([0, 0, 1, -1, 999, -5000])))
            stamp = instants.written(instants.read(draw(st.sampled_from(STAMPS))) + moved)
            text = f"SystemModstamp {operator} {written(stamp)}"
            parts.append((text, lambda row, o=operator, v=stamp: holds(row["SystemModstamp"], o, v)))  # type: ignore[misc]
    word, combined = draw(st.sampled_from([(" AND ", all), (" OR ", any)]))
    return name, word.join(text for text, _ in parts), lambda row: combined(fits(row) for _, fits in parts)


def holds(left: str, operator: str, right: str) -> bool:
    order = (left > right) - (left < right)
    return {"<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0, "=": order == 0}[operator]


@given(windows(), st.booleans())
@settings(max_examples=150, deadline=None)
def test_windows_of_ids_and_stamps_lose_nothing(
    window: tuple[str, str, Callable[[Row], bool]], by_stamp: bool
) -> None:
    name, text, fits = window
    order = "SystemModstamp, Id" if by_stamp else "Id"

    found = ASKED.rows(f"SELECT Id FROM {name} WHERE {text} ORDER BY {order}")

    key = place if by_stamp else (lambda row: (row["Id"], ""))
    assert ids_of(found) == [row["Id"] for row in sorted(ROWS[name], key=key) if fits(row)]
    counted = ASKED.ask(f"SELECT COUNT() FROM {name} WHERE {text}").body["totalSize"]
    assert counted == len(found)


@pytest.mark.parametrize("size", [1, 2, 7, 50])
def test_keyset_pages_of_any_size_show_every_row_once(size: int) -> None:
    until = written(instants.stamped(NOW // SECOND))
    found: list[tuple[str, str]] = []
    after = ""
    while True:
        page = ASKED.rows(
            f"SELECT Id, SystemModstamp FROM Contact WHERE {after}SystemModstamp <= {until}"
            f" ORDER BY SystemModstamp, Id LIMIT {size}"
        )
        found += [place(row) for row in page]
        if len(page) < size:
            break
        stamp, last = written(found[-1][0]), found[-1][1]
        after = f"(SystemModstamp > {stamp} OR (SystemModstamp = {stamp} AND Id > '{last}')) AND "

    assert found == sorted(place(row) for row in ROWS["Contact"])


@pytest.mark.parametrize(
    ("name", "field", "target"),
    [
        ("Task", "WhoId", "Contact"), ("Event", "WhoId", "Lead"), ("CampaignMember", "ContactId", "Contact"),
        ("CampaignMember", "LeadId", "Lead"), ("CampaignMember", "CampaignId", "Campaign"),
        ("OpportunityContactRole", "OpportunityId", "Opportunity"), ("Lead", "MasterRecordId", "Lead"),
        ("OpportunityContactRole", "ContactId", "Contact"), ("Contact", "AccountId", "Account"),
        ("Opportunity", "AccountId", "Account"), ("Lead", "OwnerId", "User"), ("Lead", "OwnerId", "Group"),
        ("Lead", "ConvertedContactId", "Contact"), ("Contact", "AccountId", "Lead"),
    ],
)  # fmt: skip
def test_rows_that_refer_to_a_record_are_found(name: str, field: str, target: str) -> None:
    wanted = ids_of(ROWS[target])
    quoted = ",".join(f"'{each}'" for each in wanted)

    found = ASKED.rows(f"SELECT Id FROM {name} WHERE {field} IN ({quoted})")

    assert ids_of(found) == [row["Id"] for row in ROWS[name] if row.get(field) in wanted]
    one = next((row for row in ROWS[name] if row.get(field) in wanted), None)
    if one:
        alike = [row["Id"] for row in ROWS[name] if row.get(field) == one[field]]
        assert ids_of(ASKED.rows(f"SELECT Id FROM {name} WHERE {field} = '{one[field][:15]}'")) == alike


def test_other_orders_put_nulls_first_unless_told_otherwise() -> None:
    def sources(order: str) -> list[str | None]:
        rows = ASKED.rows(f"SELECT UTM_Source__c, Id FROM Lead ORDER BY {order}")
        return [row["UTM_Source__c"] for row in rows]

    held = sorted(row["UTM_Source__c"] for row in ROWS["Lead"] if row["UTM_Source__c"])
    nulls = [None] * (len(ROWS["Lead"]) - len(held))

    assert sources("UTM_Source__c") == [*nulls, *held]
    assert sources("UTM_Source__c NULLS LAST") == [*held, *nulls]
    assert sources("UTM_Source__c DESC") == [*nulls, *reversed(held)]
    assert sources("UTM_Source__c DESC NULLS LAST, Id") == [*reversed(held), *nulls]


def test_query_hides_what_is_deleted_and_query_all_shows_it() -> None:
    live = [row["Id"] for row in ROWS["Lead"] if not row["IsDeleted"]]

    assert ids_of(ASKED.rows("SELECT Id FROM Lead", all_rows=False)) == live
    assert ASKED.ask("SELECT COUNT() FROM Lead", all_rows=False).body["totalSize"] == len(live)
    assert len(ROWS["Lead"]) > len(live)


def test_parents_come_as_nested_records_or_null() -> None:
    rows = ASKED.rows("SELECT Id, Account.Name, Account.Industry, Owner.Name FROM Contact", all_rows=False)
    accounts = {row["Id"]: row for row in ROWS["Account"]}
    held = {row["Id"]: row["AccountId"] for row in ROWS["Contact"]}

    for row in rows:
        account = accounts.get(held[row["Id"]])
        if account is None:
            assert row["Account"] is None
            continue
        url = f"/services/data/v67.0/sobjects/Account/{account['Id']}"
        assert row["Account"] == {
            "attributes": {"type": "Account", "url": url},
            "Name": account["Name"],
            "Industry": account["Industry"],
        }
        assert row["Owner"]["attributes"]["type"] == "User"
    assert any(row["Account"] is None for row in rows)
    assert list(rows[0]) == ["attributes", "Id", "Account", "Owner"]


def test_a_parent_of_several_kinds_is_a_name_with_a_type() -> None:
    row = ASKED.rows("SELECT Who.Type, Who.Name FROM Task WHERE WhoId != null LIMIT 1")[0]

    assert row["Who"]["attributes"]["type"] == "Name"
    assert row["Who"]["Type"] in ("Lead", "Contact")
    assert row["Who"]["attributes"]["url"].startswith(f"/services/data/v67.0/sobjects/{row['Who']['Type']}/")


@pytest.mark.parametrize("size", [200, 333, 2000])
def test_pages_follow_a_locator_until_done(size: int) -> None:
    large = Asked(people=1500)
    headers = {"sforce-query-options": f"batchSize={size}"}
    said = large.call("GET", "queryAll", query={"q": "SELECT Id FROM Lead"}, headers=headers)
    pages = [said.body]
    while not pages[-1]["done"]:
        pages.append(large.call("GET", pages[-1]["nextRecordsUrl"]).body)

    total = pages[0]["totalSize"]
    assert [len(page["records"]) for page in pages[:-1]] == [size] * (len(pages) - 1)
    assert len(pages) == -(-total // size)
    assert ids_of([row for page in pages for row in page["records"]]) == ids_of(large.everything("Lead"))
    assert all(page["totalSize"] == total for page in pages)
    assert "nextRecordsUrl" not in pages[-1]
    if len(pages) > 1:
        assert pages[0]["nextRecordsUrl"].startswith("/services/data/v67.0/query/0r8")
        assert large.call("GET", pages[0]["nextRecordsUrl"]).body == pages[1]


def test_wide_rows_make_short_pages() -> None:
    assert (page_size(13), page_size(17), page_size(18), page_size(20)) == (2000, 2000, 1000, 1000)


@pytest.mark.parametrize("locator", ["0r8xx5R2yF2gs3V-2000", "01gD0000002HU6KIAW-2000", "nonsense"])
def test_an_unknown_locator_is_refused(locator: str) -> None:
    said = ASKED.call("GET", f"query/{locator}")

    assert said.status == 400
    assert said.body == [{"message": "invalid query locator", "errorCode": "INVALID_QUERY_LOCATOR"}]


@pytest.mark.parametrize(
    ("soql", "error", "ending"),
    [
        ("SELECT Nope__c FROM Lead", "INVALID_FIELD", "or the describe call for the appropriate names."),
        ("SELECT Id FROM Lead WHERE Nope = 1", "INVALID_FIELD", "for the appropriate names."),
        ("SELECT Id FROM Lead ORDER BY Nope", "INVALID_FIELD", "for the appropriate names."),
        ("SELECT Nobody.Name FROM Lead", "INVALID_FIELD", "for the appropriate names."),
        ("SELECT Owner.Nope FROM Lead", "INVALID_FIELD", "for the appropriate names."),
        ("SELECT Id, Id FROM Lead", "INVALID_FIELD", "duplicate field selected: Id"),
        ("SELECT MQL_Score__c FROM Lead", "INVALID_FIELD", "for the appropriate names."),
        ("SELECT Id FROM Leed", "INVALID_TYPE", "for the appropriate names."),
        ("SELECT Id FROM Lead WHERE Id = 'x'", "INVALID_QUERY_FILTER_OPERATOR", "invalid ID field: x"),
        (
            "SELECT Id FROM Lead WHERE Email = 5",
            "INVALID_FIELD",
            "of type string and should be enclosed in quotes",
        ),
        (
            "SELECT Id FROM Lead WHERE CreatedDate > '2026'",
            "INVALID_FIELD",
            "'CreatedDate' must be of type dateTime and should not be enclosed in quotes",
        ),
        ("SELECT Id FROM Lead WHERE CreatedDate > 2026-01-01", "INVALID_FIELD", "enclosed in quotes"),
        (
            "SELECT Id FROM Lead WHERE ConvertedDate > 2026-01-01T00:00:00Z",
            "INVALID_FIELD",
            "enclosed in quotes",
        ),
        ("SELECT Id FROM Lead WHERE IsConverted = 'true'", "INVALID_FIELD", "enclosed in quotes"),
        ("SELECT Id FROM Lead WHERE IsConverted > true", "INVALID_QUERY_FILTER_OPERATOR", "boolean field"),
        ("SELECT Id FROM Lead WHERE NumberOfEmployees = true", "INVALID_FIELD", "enclosed in quotes"),
        (
            "SELECT Id FROM Lead WHERE Description = 'x'",
            "INVALID_FIELD",
            "can not be filtered in a query call",
        ),
        ("SELECT Id FROM Lead ORDER BY Description", "INVALID_FIELD", "can not be sorted in a query call"),
        ("SELECT Id FROM Lead WHERE Id LIKE '00Q%'", "INVALID_QUERY_FILTER_OPERATOR", "id field"),
    ],
)
def test_a_query_that_makes_no_sense_is_refused_in_salesforce_words(
    soql: str, error: str, ending: str
) -> None:
    said = ASKED.ask(soql)

    assert (said.status, said.body[0]["errorCode"]) == (400, error)
    assert said.body[0]["message"].endswith(ending)
    assert "ERROR at Row:1:Column:" in said.body[0]["message"]
    assert list(said.body[0]) == ["message", "errorCode"]


def test_a_malformed_query_has_a_plain_text() -> None:
    assert ASKED.ask("SELECT Id FORM Lead").body == [
        {"message": "unexpected token: 'FORM'", "errorCode": "MALFORMED_QUERY"}
    ]
    assert ASKED.call("GET", "query").body[0]["errorCode"] == "MALFORMED_QUERY"
    assert (
        ASKED.ask("SELECT Id FROM Lead WHERE " + "A" * 100_000).body[0]["errorCode"]
        == "QUERY_TOO_COMPLICATED"
    )


def test_what_is_written_moves_to_its_new_stamp() -> None:
    org = Asked()
    old = org.rows(
        "SELECT Id, SystemModstamp FROM Lead WHERE IsConverted = false ORDER BY Id", all_rows=False
    )
    org.clock.advance(3600)
    now = instants.stamped(org.clock.now() // SECOND)

    assert not code(org.write(record("Lead", Id=old[0]["Id"], Title="Boss"))[0])

    assert ids_of(org.rows(f"SELECT Id FROM Lead WHERE SystemModstamp >= {written(now)}")) == [old[0]["Id"]]
    before = org.rows(f"SELECT Id FROM Lead WHERE SystemModstamp < {written(now)}")
    assert old[0]["Id"] not in ids_of(before)
    assert len(before) + 1 == len(org.rows("SELECT Id FROM Lead"))
    last = org.rows("SELECT Id, Title, LastModifiedById FROM Lead ORDER BY SystemModstamp, Id")[-1]
    assert (last["Id"], last["Title"], last["LastModifiedById"]) == (
        old[0]["Id"],
        "Boss",
        org.crm.org.user_id,
    )
    assert ids_of(org.rows("SELECT Id FROM Lead ORDER BY Id")) == ids_of(org.everything("Lead"))


def test_what_people_do_later_moves_no_birthday() -> None:
    org = Asked()
    born = {row["Id"]: row["CreatedDate"] for row in org.rows("SELECT Id, CreatedDate FROM Lead")}
    org.clock.advance(3600)

    for index in range(org.world.people):
        act(org.world, index, "demo_request", at=org.clock.now(), recorded_at=org.clock.now())

    assert {row["Id"]: row["CreatedDate"] for row in org.rows("SELECT Id, CreatedDate FROM Lead")} == born


def test_a_late_row_shows_up_behind_newer_ones() -> None:
    org = Asked()
    org.crm.lag(120)
    created = org.write(record("Lead", LastName="Late", Company="Slow"), method="POST")[0]["id"]
    org.crm.lag(0)
    stamped_at = instants.stamped(org.clock.now() // SECOND)
    org.clock.advance(60)
    newer = org.write(record("Lead", LastName="Early", Company="Quick"), method="POST")[0]["id"]
    since = f"SELECT Id, SystemModstamp FROM Lead WHERE SystemModstamp >= {written(stamped_at)}"

    assert ids_of(org.rows(since)) == [newer]
    org.clock.advance(59)
    assert ids_of(org.rows(since)) == [newer]
    org.clock.advance(1)
    assert next(place(row) for row in org.rows(since)) == (stamped_at, created)


def test_a_window_of_a_large_world_looks_at_few_people() -> None:
    large = Asked(people=200_000)
    row = large.rows("SELECT Id, SystemModstamp FROM Contact ORDER BY Id LIMIT 1")[0]
    middle = datetime.fromtimestamp(NOW / SECOND - 40 * 86_400, UTC)
    stamp = f"{middle:%Y-%m-%dT%H:%M:%SZ}"

    page = large.rows(
        f"SELECT Id, SystemModstamp FROM Contact WHERE (SystemModstamp > {stamp} OR (SystemModstamp = {stamp}"
        f" AND Id > '{row['Id']}')) AND SystemModstamp <= 2099-01-01T00:00:00Z"
        " ORDER BY SystemModstamp, Id LIMIT 50"
    )
    by_id = large.rows(
        f"SELECT Id FROM Contact WHERE Id > '{page[-1]['Id']}' AND SystemModstamp <= {stamp}"
        " ORDER BY Id LIMIT 50"
    )

    assert len(page) == 50
    assert by_id == []
    assert large.world.made["people"] < 1000
