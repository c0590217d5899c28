from __future__ import annotations

from typing import Any

import pytest
from hubspot_portal import NOW, Portal
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.acting import act
from sandbox.clock import SECOND, iso
from sandbox.hubspot import ids
from sandbox.hubspot.api import Options

CONTACTS = "/crm/objects/2026-09/contacts"
PORTAL = Portal()
KINDS = ("contacts", "companies", "deals", "calls", "meetings")


@pytest.mark.parametrize("kind", KINDS)
@given(limit=st.integers(1, 100))
@settings(max_examples=8)
def test_every_row_comes_once_in_order_of_id_whatever_the_page_size(kind: str, limit: int) -> None:
    whole = PORTAL.pages(f"/crm/objects/2026-09/{kind}", 100)

    found = PORTAL.pages(f"/crm/objects/2026-09/{kind}", limit)

    numbers = [int(row["id"]) for row in found]
    assert found == whole
    assert numbers == sorted(set(numbers))
    assert numbers


def test_contacts_are_those_whom_hubspot_knows_and_archived_ones_stand_apart() -> None:
    live, archived = PORTAL.pages(CONTACTS, 100), PORTAL.pages(f"{CONTACTS}?archived=true", 100)

    known = {ids.CONTACT.of(i) for i in range(200) if PORTAL.world.residence(i)[0] != "salesforce"}
    assert {int(row["id"]) for row in live + archived} == known
    assert archived
    assert all(row["archived"] and row["archivedAt"] > row["updatedAt"] for row in archived)
    assert not any("archivedAt" in row or row["archived"] for row in live)


def test_a_list_without_properties_shows_the_usual_ones_and_unknown_names_are_left_out() -> None:
    plain = PORTAL.get(f"{CONTACTS}?limit=1")["results"][0]
    asked = PORTAL.get(f"{CONTACTS}?limit=1&properties=jobtitle,nonsense&properties=phone")["results"][0]

    core = {"createdate", "hs_object_id", "lastmodifieddate"}
    assert set(plain["properties"]) == core | {"email", "firstname", "lastname"}
    assert set(asked["properties"]) == core | {"jobtitle", "phone"}
    assert all(value is None or isinstance(value, str) for value in asked["properties"].values())


@pytest.mark.parametrize(("query", "status"), [
    ("limit=100", 200), ("limit=101", 400), ("limit=0", 400), ("limit=x", 400), ("after=x", 400),
    ("limit=50&propertiesWithHistory=hs_lead_status", 200),
    ("limit=51&propertiesWithHistory=hs_lead_status", 400),
])  # fmt: skip
def test_pages_have_a_largest_size(query: str, status: int) -> None:
    assert PORTAL.ask("GET", f"{CONTACTS}?{query}").status == status


def test_one_contact_is_found_by_id_by_address_and_by_the_id_it_lost_in_a_merge() -> None:
    index = next(i for i in range(40, 200, 83) if PORTAL.world.residence(i)[0] != "salesforce")
    record_id, email = ids.CONTACT.of(index), PORTAL.world.person(index).email

    by_id = PORTAL.get(f"{CONTACTS}/{record_id}?properties=hs_merged_object_ids")
    loser = by_id["properties"]["hs_merged_object_ids"]

    assert PORTAL.get(f"{CONTACTS}/{email.upper()}?idProperty=email")["id"] == by_id["id"]
    assert PORTAL.get(f"{CONTACTS}/{loser}")["id"] == by_id["id"]
    assert PORTAL.post(f"{CONTACTS}/batch/read", {"inputs": [{"id": loser}]}, 207)["results"] == []


@pytest.mark.parametrize(
    "path", [f"{CONTACTS}/999", f"{CONTACTS}/x", "/crm/objects/2026-09/tasks/5", "/nowhere"]
)
def test_what_is_not_there_is_a_page_for_people(path: str) -> None:
    response = PORTAL.ask("GET", path)

    assert response.status == 404
    assert response.headers["Content-Type"].startswith("text/html")


def test_an_unknown_object_type_is_refused_without_a_category() -> None:
    body = PORTAL.get("/crm/objects/2026-09/butterflies", 400)

    assert body["message"] == "Unable to infer object type from: butterflies"
    assert "category" not in body


@pytest.mark.parametrize("name", ["contact", "CONTACT", "0-1", "Contacts"])
def test_an_object_type_goes_by_many_names(name: str) -> None:
    expected = PORTAL.pages(CONTACTS, 100)

    assert PORTAL.pages(f"/crm/objects/2026-09/{name}", 100) == expected
    assert PORTAL.pages(f"/crm/objects/v3/{name}", 100) == expected


def test_a_batch_read_answers_in_an_order_of_its_own_and_names_what_is_missing() -> None:
    asked = [row["id"] for row in PORTAL.pages(CONTACTS, 100)][:50]

    body = PORTAL.post(f"{CONTACTS}/batch/read", {"inputs": [{"id": i} for i in asked]})
    part = PORTAL.post(f"{CONTACTS}/batch/read", {"inputs": [{"id": i} for i in [*asked, "7"]]}, 207)

    found = [row["id"] for row in body["results"]]
    assert sorted(found) == sorted(asked)
    assert found != asked
    assert "errors" not in body
    assert part["numErrors"] == 1
    assert part["errors"][0]["context"] == {"ids": ["7"]}
    assert len(part["results"]) == 50


@pytest.mark.parametrize(("count", "status"), [(1, 200), (100, 200), (101, 400), (0, 400)])
def test_a_batch_has_one_to_a_hundred_inputs(count: int, status: int) -> None:
    some = [row["id"] for row in PORTAL.pages(CONTACTS, 100)][:count]

    assert (
        PORTAL.ask("POST", f"{CONTACTS}/batch/read", {"inputs": [{"id": i} for i in some]}).status == status
    )


def test_the_history_of_a_lead_status_tells_every_step_newest_first() -> None:
    index = next(
        i for i in range(200)
        if PORTAL.world.residence(i)[0] == "hubspot" and i % 97 != 50
        and any(a.kind == "deal_won" for a in PORTAL.world.activities(i))
    )  # fmt: skip
    query = "propertiesWithHistory=hs_lead_status,lifecyclestage&properties=hs_lead_status"

    row = PORTAL.get(f"{CONTACTS}/{ids.CONTACT.of(index)}?{query}")

    history = row["propertiesWithHistory"]
    assert [step["value"] for step in history["hs_lead_status"]] == ["OPEN_DEAL", "CONNECTED"]
    assert [step["value"] for step in history["lifecyclestage"]] == ["customer", "opportunity", "lead"]
    assert row["properties"]["hs_lead_status"] == "OPEN_DEAL"


def test_deals_calls_and_meetings_hang_on_their_contact_and_deals_on_their_company() -> None:
    deals = PORTAL.pages("/crm/objects/2026-09/deals?associations=contacts,companies", 100)
    calls = PORTAL.pages("/crm/objects/2026-09/calls?associations=contacts", 100)

    assert deals
    assert calls
    for row in deals:
        people = row["associations"]["contacts"]["results"]
        assert [link["type"] for link in people] == ["deal_to_contact"]
        types = {link["type"] for link in row["associations"]["companies"]["results"]}
        assert types == {"deal_to_company", "deal_to_company_unlabeled"}
    for row in calls:
        back = PORTAL.post(
            "/crm/associations/2026-09/contacts/calls/batch/read",
            {"inputs": [{"id": row["associations"]["contacts"]["results"][0]["id"]}]},
        )
        assert int(row["id"]) in [to["toObjectId"] for to in back["results"][0]["to"]]


def test_people_without_a_company_are_errors_that_are_no_failure() -> None:
    rows = PORTAL.pages(f"{CONTACTS}?properties=associatedcompanyid", 100)

    path = "/crm/associations/2026-09/contacts/companies/batch/read"
    body = PORTAL.post(path, {"inputs": [{"id": row["id"]} for row in rows]}, 207)

    linked = {r["from"]["id"]: r["to"][0]["toObjectId"] for r in body["results"]}
    alone = {e["context"]["fromObjectId"][0] for e in body["errors"]}
    for row in rows:
        company = row["properties"]["associatedcompanyid"]
        assert (row["id"] in alone) == (company is None)
        assert str(linked.get(row["id"], "")) == (company or "")


def test_a_contact_that_acts_is_newer_and_shows_what_it_did() -> None:
    portal = Portal()
    index = 0
    before = portal.get(f"{CONTACTS}/{ids.CONTACT.of(index)}?properties=num_conversion_events")

    act(portal.world, index, "demo_request", at=NOW, recorded_at=NOW)
    after = portal.get(f"{CONTACTS}/{ids.CONTACT.of(index)}?properties=num_conversion_events")

    assert after["updatedAt"] == iso(NOW) > before["updatedAt"]
    count = "num_conversion_events"
    assert int(after["properties"][count]) == int(before["properties"][count]) + 1


def test_the_vendor_link_names_the_salesforce_row_of_the_same_person() -> None:
    rows: list[Any] = PORTAL.pages(f"{CONTACTS}?properties=salesforceleadid,salesforcecontactid", 100)

    for row in rows:
        person = PORTAL.world.person(ids.CONTACT.first_place(int(row["id"])))
        named = {k: v for k, v in row["properties"].items() if k.startswith("salesforce") and v}
        assert bool(named) == person.linked
        prefix = {"salesforceleadid": "00Q", "salesforcecontactid": "003"}
        assert all(value.startswith(prefix[name]) and len(value) == 18 for name, value in named.items())


def test_owners_who_left_are_shown_apart_and_without_a_user() -> None:
    active = PORTAL.pages("/crm/owners/2026-09?archived=false", 2)
    gone = PORTAL.get("/crm/owners/2026-09?archived=true")["results"]

    assert len(active) == 4
    assert all(isinstance(o["userId"], int) for o in active)
    assert [(o["userId"], o["archived"]) for o in gone] == [(None, True)]
    assert PORTAL.get(f"/crm/owners/2026-09?email={active[1]['email']}")["results"] == [active[1]]
    assert PORTAL.get("/crm/owners/2026-09?email=nobody@x.example")["results"] == []


def test_a_wrong_token_is_401_and_a_missing_scope_is_403_with_its_name() -> None:
    portal = Portal(options=Options(limits=False, without_scopes=frozenset({"crm.objects.owners.read"})))

    refused = portal.ask("GET", CONTACTS, token="wrong")
    unscoped = portal.get("/crm/owners/2026-09", 403)

    assert refused.status == 401
    assert b"INVALID_AUTHENTICATION" in refused.body
    assert not any("RateLimit" in name for name in refused.headers)
    assert unscoped["category"] == "MISSING_SCOPES"
    assert unscoped["context"]["requiredGranularScopes"] == ["crm.objects.owners.read"]
    assert portal.ask("GET", CONTACTS).status == 200


def test_a_path_that_is_far_too_long_never_reaches_the_portal() -> None:
    names = ",".join(f"property_{n}" for n in range(1000))

    assert PORTAL.ask("GET", f"{CONTACTS}?properties={names}").status == 414


def test_bursts_and_searches_have_limits_of_their_own_and_headers_say_what_is_left() -> None:
    portal = Portal(options=Options(burst=3, daily=100))

    calls = [portal.ask("GET", f"{CONTACTS}?limit=1") for _ in range(4)]
    searches = [portal.ask("POST", f"{CONTACTS}/search", {}) for _ in range(6)]

    assert [c.status for c in calls] == [200, 200, 200, 429]
    assert [c.headers["X-HubSpot-RateLimit-Remaining"] for c in calls] == ["2", "1", "0", "0"]
    assert b"TEN_SECONDLY_ROLLING" in calls[-1].body
    assert [s.status for s in searches] == [200] * 5 + [429]
    assert "X-HubSpot-RateLimit-Remaining" not in searches[0].headers
    assert searches[0].headers["X-HubSpot-RateLimit-Daily-Remaining"] == "95"
    assert b"secondly limit" in searches[-1].body
    assert "Retry-After" not in searches[-1].headers


def test_a_day_that_is_spent_is_refused_as_such() -> None:
    portal = Portal(options=Options(daily=1))

    assert portal.ask("GET", f"{CONTACTS}?limit=1").status == 200
    assert b"DAILY" in portal.ask("GET", f"{CONTACTS}?limit=1").body


def test_ids_exceed_thirtyone_bits_and_stamps_carry_milliseconds() -> None:
    row = PORTAL.contact()

    assert int(row["id"]) > 2**31
    assert row["updatedAt"] == row["properties"]["lastmodifieddate"]
    assert len(row["updatedAt"]) == len("2026-11-23T10:00:00.000Z")
    assert NOW % SECOND == 0


def test_a_company_knows_its_people_and_a_deal_its_company() -> None:
    company = PORTAL.pages("/crm/objects/2026-09/companies?associations=contacts", 100)[3]
    deal = PORTAL.get("/crm/objects/2026-09/deals?limit=1&associations=companies")["results"][0]

    members = {link["id"] for link in company["associations"]["contacts"]["results"]}
    for record_id in members:
        shown = PORTAL.get(f"{CONTACTS}/{record_id}?properties=associatedcompanyid")
        assert shown["properties"]["associatedcompanyid"] == company["id"]
    path = "/crm/associations/2026-09/deals/companies/batch/read"
    to = PORTAL.post(path, {"inputs": [{"id": deal["id"]}]})["results"][0]["to"]
    assert str(to[0]["toObjectId"]) == deal["associations"]["companies"]["results"][0]["id"]
    assert [kind["label"] for kind in to[0]["associationTypes"]] == ["Primary", None]


def test_the_step_of_a_deal_has_a_history_and_other_values_stand_since_the_beginning() -> None:
    deals = PORTAL.get("/crm/objects/2026-09/deals?limit=50&propertiesWithHistory=dealstage,pipeline")[
        "results"
    ]

    stages = {tuple(s["value"] for s in d["propertiesWithHistory"]["dealstage"]) for d in deals}
    assert ("closedwon", "appointmentscheduled") in stages
    for deal in deals:
        assert [s["timestamp"] for s in deal["propertiesWithHistory"]["pipeline"]] == [deal["createdAt"]]
