from __future__ import annotations

from typing import Any

import pytest
from hubspot_portal import NOW, Portal

from sandbox.clock import DAY, iso
from sandbox.hubspot.api import Options

CONTACTS = "/crm/objects/2026-09/contacts"
TASKS = "/crm/objects/2026-09/tasks"
PROPERTIES = "/crm/properties/2026-09"
SCORE: dict[str, Any] = {
    "name": "mqlsync_score",
    "label": "MQL score",
    "type": "number",
    "fieldType": "number",
}
STATUS: dict[str, Any] = {
    "name": "mqlsync_status", "label": "MQL status", "type": "enumeration", "fieldType": "select",
    "options": [{"label": "MQL", "value": "mql"}, {"label": "Lead", "value": "lead", "displayOrder": 1}],
}  # fmt: skip
SINCE: dict[str, Any] = {
    "name": "mqlsync_qualified_at",
    "label": "Since",
    "type": "datetime",
    "fieldType": "date",
}
KEY: dict[str, Any] = {
    "name": "mqlsync_task_key",
    "label": "Key",
    "type": "string",
    "fieldType": "text",
    "hasUniqueValue": True,
}


@pytest.fixture
def portal() -> Portal:
    return Portal()


@pytest.fixture
def provisioned(portal: Portal) -> Portal:
    for kind, own in (("contacts", [SCORE, STATUS, SINCE]), ("tasks", [KEY])):
        group = {"name": "mqlsync", "label": "MQL"}
        portal.post(f"{PROPERTIES}/{kind}/groups", group, 201)
        inputs = [{**one, "groupName": "mqlsync"} for one in own]
        portal.post(f"{PROPERTIES}/{kind}/batch/create", {"inputs": inputs}, 201)
    return portal


def update(portal: Portal, *inputs: dict[str, Any], status: int = 200) -> Any:
    return portal.post(f"{CONTACTS}/batch/update", {"inputs": list(inputs)}, status)


def ids_of(portal: Portal, count: int) -> list[str]:
    return [row["id"] for row in portal.get(f"{CONTACTS}?limit={count}")["results"]]


def test_our_properties_do_not_exist_until_they_are_created(portal: Portal) -> None:
    record_id = ids_of(portal, 1)[0]

    refused = update(portal, {"id": record_id, "properties": {"mqlsync_score": "5"}}, status=400)

    assert refused["category"] == "VALIDATION_ERROR"
    assert refused["errors"][0]["code"] == "PROPERTY_DOESNT_EXIST"
    assert refused["errors"][0]["context"] == {"propertyName": ["mqlsync_score"]}
    assert portal.get(f"{PROPERTIES}/contacts/mqlsync_score", 404)["category"] == "OBJECT_NOT_FOUND"


def test_a_written_value_is_read_back_by_list_batch_and_search(provisioned: Portal) -> None:
    record_id = ids_of(provisioned, 1)[0]
    values = {"mqlsync_score": 61, "mqlsync_status": "mql", "mqlsync_qualified_at": 1_794_000_000_000}

    answer = update(provisioned, {"id": record_id, "properties": values})

    kept = {
        "mqlsync_score": "61",
        "mqlsync_status": "mql",
        "mqlsync_qualified_at": "2026-11-06T21:20:00.000Z",
    }
    written = answer["results"][0]
    assert written["properties"].items() >= kept.items()
    assert written["updatedAt"] == iso(NOW) == written["properties"]["lastmodifieddate"]
    body = {"inputs": [{"id": record_id}], "properties": list(kept)}
    assert (
        provisioned.post(f"{CONTACTS}/batch/read", body)["results"][0]["properties"].items() >= kept.items()
    )
    one = {"propertyName": "mqlsync_score", "operator": "GT", "value": "60"}
    assert provisioned.search("contacts", one)["results"][0]["id"] == record_id
    assert provisioned.fake.written() == {"contact": 1}


@pytest.mark.parametrize(("values", "code"), [
    ({"mqlsync_score": "sixty"}, "INVALID_INTEGER"),
    ({"mqlsync_score": "1,000"}, "INVALID_INTEGER"),
    ({"mqlsync_score": "NaN"}, "INVALID_INTEGER"),
    ({"mqlsync_status": "MQL"}, "INVALID_OPTION"),
    ({"mqlsync_qualified_at": "soon"}, "INVALID_LONG"),
    ({"hs_email_optout": "maybe"}, "INVALID_BOOLEAN"),
    ({"jobtitle": "x" * 65_537}, "PROPERTY_VALUE_TOO_LONG"),
    ({"lastmodifieddate": "0"}, "READ_ONLY_VALUE"),
    ({"nonsense": "1"}, "PROPERTY_DOESNT_EXIST"),
])  # fmt: skip
def test_one_bad_value_refuses_the_whole_batch(
    provisioned: Portal, values: dict[str, str], code: str
) -> None:
    good, bad = ids_of(provisioned, 2)

    refused = update(
        provisioned,
        {"id": good, "properties": {"mqlsync_score": "1"}, "objectWriteTraceId": "a"},
        {"id": bad, "properties": values, "objectWriteTraceId": "b"},
        status=400,
    )

    assert code in refused["message"]
    assert provisioned.fake.written() == {}


def test_an_id_given_twice_refuses_the_whole_batch(provisioned: Portal) -> None:
    one = ids_of(provisioned, 1)[0]
    twice = [{"id": one, "properties": {"mqlsync_score": score}} for score in "12"]

    assert update(provisioned, *twice, status=400)["context"] == {"ids": [one]}


def test_a_row_that_is_not_there_costs_only_itself_and_is_named_by_its_trace(provisioned: Portal) -> None:
    one = ids_of(provisioned, 1)[0]

    body = update(
        provisioned,
        {"id": "999", "properties": {"mqlsync_score": "1"}, "objectWriteTraceId": "row-1"},
        {"id": one, "properties": {"mqlsync_score": "2"}, "objectWriteTraceId": "row-2"},
        status=207,
    )

    assert [row["id"] for row in body["results"]] == [one]
    assert body["numErrors"] == 1
    assert body["errors"][0]["category"] == "OBJECT_NOT_FOUND"
    assert body["errors"][0]["context"] == {"objectWriteTraceId": ["row-1"], "ids": ["999"]}


def test_results_come_in_another_order_than_the_inputs(provisioned: Portal) -> None:
    asked = ids_of(provisioned, 20)

    body = update(provisioned, *({"id": i, "properties": {"mqlsync_score": "1"}} for i in asked))

    found = [row["id"] for row in body["results"]]
    assert sorted(found) == sorted(asked)
    assert found != asked


def test_an_empty_text_clears_a_value(provisioned: Portal) -> None:
    one = ids_of(provisioned, 1)[0]
    update(provisioned, {"id": one, "properties": {"mqlsync_score": "5"}})

    update(provisioned, {"id": one, "properties": {"mqlsync_score": ""}})

    shown = provisioned.get(f"{CONTACTS}/{one}?properties=mqlsync_score")
    assert shown["properties"]["mqlsync_score"] is None


def test_the_lifecycle_stage_moves_forward_only_and_without_a_word(portal: Portal) -> None:
    one = ids_of(portal, 1)[0]
    shown = f"{CONTACTS}/{one}?properties=lifecyclestage"

    for stage, expected in (("customer", "customer"), ("lead", "customer"), ("evangelist", "evangelist")):
        portal.patch(f"{CONTACTS}/{one}", {"properties": {"lifecyclestage": stage}})
        assert portal.get(shown)["properties"]["lifecyclestage"] == expected
    portal.patch(f"{CONTACTS}/{one}", {"properties": {"lifecyclestage": ""}})
    portal.patch(f"{CONTACTS}/{one}", {"properties": {"lifecyclestage": "lead"}})
    assert portal.get(shown)["properties"]["lifecyclestage"] == "lead"


def test_a_new_contact_lands_as_a_lead_and_an_existing_address_is_refused(portal: Portal) -> None:
    made = portal.post(CONTACTS, {"properties": {"email": "new@x.example", "firstname": "New"}}, 201)
    again = portal.post(CONTACTS, {"properties": {"email": "NEW@x.example"}}, 409)

    assert made["properties"]["lifecyclestage"] == "lead"
    assert made["properties"]["hs_object_source"] == "INTEGRATION"
    assert None not in made["properties"].values()
    assert made["id"] in again["message"]
    assert portal.pages(CONTACTS, 100)[-1]["id"] == made["id"]


def test_an_existing_address_refuses_a_batch_unless_every_input_is_traced(portal: Portal) -> None:
    known = portal.contact()
    inputs = [{"properties": {"email": email}} for email in ("a@x.example", known["properties"]["email"])]
    traced = [{**one, "objectWriteTraceId": str(n)} for n, one in enumerate(inputs)]

    refused = portal.post(f"{CONTACTS}/batch/create", {"inputs": [traced[0], inputs[1]]}, 409)
    partial = portal.post(f"{CONTACTS}/batch/create", {"inputs": traced}, 207)

    assert refused["category"] == "CONFLICT"
    assert len(partial["results"]) == 1
    assert partial["errors"][0]["context"] == {"objectWriteTraceId": ["1"], "existingId": [known["id"]]}


def upsert(portal: Portal, *inputs: dict[str, Any], status: int = 200) -> Any:
    keyed = [{"idProperty": "mqlsync_task_key", **one} for one in inputs]
    return portal.post(f"{TASKS}/batch/upsert", {"inputs": keyed}, status)


def test_an_upsert_by_a_unique_property_makes_a_task_once(provisioned: Portal) -> None:
    task = {"id": "k1", "properties": {"hs_task_subject": "Call", "hs_timestamp": iso(NOW + DAY)}}

    first = upsert(provisioned, task)["results"][0]
    second = upsert(provisioned, task)["results"][0]

    assert (first["new"], second["new"]) == (True, False)
    assert first["id"] == second["id"]
    assert [(t.key, t.subject) for t in provisioned.fake.tasks()] == [("k1", "Call")]
    assert provisioned.fake.tasks_created() == 1


def test_an_upsert_names_a_bad_input_by_its_trace_and_writes_the_others(provisioned: Portal) -> None:
    due = {"hs_timestamp": iso(NOW)}
    good = {"id": "k1", "objectWriteTraceId": "row-1", "properties": due}
    bad = {"id": "k2", "objectWriteTraceId": "row-2", "properties": {**due, "hs_task_priority": "HUGE"}}

    partial = upsert(provisioned, good, bad, status=207)
    untraced = upsert(provisioned, {"id": "k3", "properties": bad["properties"]}, status=400)

    assert [row["properties"]["mqlsync_task_key"] for row in partial["results"]] == ["k1"]
    assert partial["errors"][0]["context"] == {"objectWriteTraceId": ["row-2"]}
    assert untraced["category"] == "VALIDATION_ERROR"


@pytest.mark.parametrize("name", ["", "hs_task_subject", "nonsense"])
def test_an_upsert_by_an_ordinary_property_is_refused(provisioned: Portal, name: str) -> None:
    one = {"id": "k", "idProperty": name, "properties": {"hs_timestamp": iso(NOW)}}

    assert provisioned.post(f"{TASKS}/batch/upsert", {"inputs": [one]}, 400)["status"] == "error"


def to(record_id: str, number: int) -> dict[str, Any]:
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": number}]
    return {"to": {"id": record_id}, "types": types}


def test_a_task_is_made_with_its_associations_in_one_call_and_found_from_both_sides(portal: Portal) -> None:
    contact = portal.get(f"{CONTACTS}?limit=1&properties=associatedcompanyid")["results"][0]
    company = contact["properties"]["associatedcompanyid"]
    properties = {"hs_task_subject": "Call", "hs_timestamp": iso(NOW), "hs_task_body": "<p>Now</p>"}

    body = {"properties": properties, "associations": [to(contact["id"], 204), to(company, 192)]}
    made = portal.post(TASKS, body, 201)

    there = portal.post(
        "/crm/associations/2026-09/contacts/tasks/batch/read", {"inputs": [{"id": contact["id"]}]}
    )
    assert there["results"][0]["to"][0]["toObjectId"] == int(made["id"])
    back = portal.get(f"{TASKS}/{made['id']}?associations=contacts,companies")["associations"]
    assert back["contacts"]["results"] == [{"id": contact["id"], "type": "task_to_contact"}]
    assert back["companies"]["results"][0]["id"] == company
    one = {"propertyName": "associations.contact", "operator": "EQ", "value": contact["id"]}
    assert [r["id"] for r in portal.search("tasks", one)["results"]] == [made["id"]]
    assert portal.fake.tasks()[0].who == contact["id"]


@pytest.mark.parametrize(("due", "overdue"), [(NOW - 1000, "true"), (NOW, "false"), (NOW + DAY, "false")])
def test_a_task_due_in_the_past_is_overdue_at_once(portal: Portal, due: int, overdue: str) -> None:
    made = portal.post(TASKS, {"properties": {"hs_timestamp": due // 1000}}, 201)

    assert made["properties"]["hs_task_is_overdue"] == overdue


@pytest.mark.parametrize("body", [
    {"properties": {"hs_task_subject": "no date"}},
    {"properties": {"hs_timestamp": "0"}, "associations": [to("999", 204)]},
    {"properties": {"hs_timestamp": "0"}, "associations": [to("21000000000", 3)]},
    {},
])  # fmt: skip
def test_a_task_without_a_date_or_with_a_bad_link_is_not_made(portal: Portal, body: Any) -> None:
    portal.post(TASKS, body, 400)

    assert portal.fake.tasks() == []


def test_links_are_made_in_batches_and_a_wrong_id_costs_only_itself(portal: Portal) -> None:
    task = portal.post(TASKS, {"properties": {"hs_timestamp": iso(NOW)}}, 201)["id"]
    one = ids_of(portal, 1)[0]
    path = "/crm/associations/2026-09/tasks/contacts/batch/create"
    link = {"from": {"id": task}, "types": to(one, 204)["types"]}

    made = portal.post(path, {"inputs": [{**link, "to": {"id": one}}]}, 201)
    failed = portal.post(path, {"inputs": [{**link, "to": {"id": "1234"}}]}, 207)

    assert made["results"][0]["toObjectId"] == int(one)
    assert failed["errors"][0]["message"] == "CONTACT=1234 is not valid"
    assert portal.fake.tasks()[0].who == one


def test_archiving_is_204_even_for_what_never_existed(portal: Portal) -> None:
    one = ids_of(portal, 1)[0]

    assert [portal.ask("DELETE", f"{CONTACTS}/{i}").status for i in (one, one, "999")] == [204] * 3
    portal.get(f"{CONTACTS}?archived=true")
    assert portal.ask("GET", f"{CONTACTS}/{one}").status == 404
    assert one not in ids_of(portal, 1)


def test_properties_that_exist_are_409_alone_and_errors_beside_new_ones(provisioned: Portal) -> None:
    path = f"{PROPERTIES}/contacts/batch/create"
    old = {**SCORE, "groupName": "mqlsync"}
    new = {**SCORE, "name": "mqlsync_other", "groupName": "mqlsync"}

    assert provisioned.post(path, {"inputs": [old]}, 409)["category"] == "OBJECT_ALREADY_EXISTS"
    mixed = provisioned.post(path, {"inputs": [old, new]}, 207)

    assert [p["name"] for p in mixed["results"]] == ["mqlsync_other"]
    assert mixed["errors"][0]["context"] == {"name": ["mqlsync_score"]}
    provisioned.post(f"{PROPERTIES}/contacts/groups", {"name": "mqlsync", "label": "again"}, 409)


def test_a_definition_is_shown_as_it_was_made(provisioned: Portal) -> None:
    shown = provisioned.get(f"{PROPERTIES}/contacts/mqlsync_status")
    key = provisioned.get(f"{PROPERTIES}/tasks/mqlsync_task_key")

    assert [(o["value"], o["displayOrder"]) for o in shown["options"]] == [("mql", 2), ("lead", 1)]
    assert shown["modificationMetadata"]["readOnlyDefinition"] is False
    assert "hubspotDefined" not in shown
    assert key["hasUniqueValue"] is True
    listed = provisioned.get(f"{PROPERTIES}/contacts")["results"]
    assert {"email", "mqlsync_score"} <= {p["name"] for p in listed}


@pytest.mark.parametrize("wrong", [
    {"name": "not a name"}, {"type": "text"}, {"fieldType": "rhombus"}, {"groupName": "nowhere"},
    {"options": [{"label": "no value"}]},
])  # fmt: skip
def test_a_definition_that_makes_no_sense_is_refused(provisioned: Portal, wrong: dict[str, Any]) -> None:
    asked = {**STATUS, "name": "mqlsync_new", "groupName": "mqlsync", **wrong}

    provisioned.post(f"{PROPERTIES}/contacts", asked, 400)


def test_an_object_has_ten_unique_properties_at_most_and_some_portals_none_on_tasks(
    provisioned: Portal,
) -> None:
    for number in range(9):
        one = {**KEY, "name": f"key_{number}", "groupName": "mqlsync"}
        provisioned.post(f"{PROPERTIES}/tasks", one, 201)
    provisioned.post(f"{PROPERTIES}/tasks", {**KEY, "name": "key_9", "groupName": "mqlsync"}, 400)

    without = Portal(options=Options(limits=False, unique_tasks=False))
    without.post(f"{PROPERTIES}/tasks", {**KEY, "groupName": "taskinformation"}, 400)


def test_a_reset_forgets_rows_links_properties_and_values(provisioned: Portal) -> None:
    fresh = Portal()
    one = ids_of(provisioned, 1)[0]
    update(provisioned, {"id": one, "properties": {"mqlsync_score": "1", "jobtitle": "Changed"}})
    upsert(provisioned, {"id": "k", "properties": {"hs_timestamp": iso(NOW)}})
    provisioned.ask("DELETE", f"{CONTACTS}/{one}")

    provisioned.fake.reset()

    assert provisioned.pages(CONTACTS, 100) == fresh.pages(CONTACTS, 100)
    assert provisioned.fake.tasks() == []
    assert provisioned.fake.written() == {}
    assert provisioned.ask("GET", f"{PROPERTIES}/contacts/mqlsync_score").status == 404


@pytest.mark.parametrize("body", [b"", b"{", b"[1,", b'"text"', b"[]", b'{"inputs": 5}', b'{"inputs": [5]}'])
@pytest.mark.parametrize("action", ["batch/update", "batch/create", "batch/upsert", "batch/read", "search"])
def test_a_body_that_makes_no_sense_is_400_and_never_a_fault_of_the_portal(
    portal: Portal, action: str, body: bytes
) -> None:
    path = f"{CONTACTS}/{action}"

    assert portal.send("POST", path, body).status == 400 or (action, body[:9]) == ("search", b'{"inputs"')


def test_a_value_that_was_written_stands_in_the_history_of_its_property(provisioned: Portal) -> None:
    one = ids_of(provisioned, 1)[0]
    for score in ("1", "2"):
        update(provisioned, {"id": one, "properties": {"mqlsync_score": score}})

    body = {"inputs": [{"id": one}], "propertiesWithHistory": ["mqlsync_score"]}
    shown = provisioned.post(f"{CONTACTS}/batch/read", body)["results"][0]

    steps = shown["propertiesWithHistory"]["mqlsync_score"]
    assert [(s["value"], s["sourceType"]) for s in steps] == [("2", "INTEGRATION"), ("1", "INTEGRATION")]


def test_groups_are_listed_with_those_that_were_made(provisioned: Portal) -> None:
    groups = provisioned.get(f"{PROPERTIES}/contacts/groups")["results"]

    assert [g["name"] for g in groups] == ["contactinformation", "mqlsync"]


@pytest.mark.parametrize("owner", ["1", "900200"])
def test_a_task_for_somebody_who_is_no_owner_or_has_left_is_refused(portal: Portal, owner: str) -> None:
    gone = portal.get("/crm/owners/2026-09?archived=true")["results"][0]["id"]
    live = portal.get("/crm/owners/2026-09")["results"][0]["id"]

    def make(owner_id: str, status: int) -> Any:
        properties = {"hs_timestamp": iso(NOW), "hubspot_owner_id": owner_id}
        return portal.post(TASKS, {"properties": properties}, status)

    assert "INVALID_OWNER_ID" in make(owner, 400)["message"]
    assert "INVALID_OWNER_ID" in make(gone, 400)["message"]
    assert make(live, 201)["properties"]["hs_user_ids_of_all_owners"] == "900200"
