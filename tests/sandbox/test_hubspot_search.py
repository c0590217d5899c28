from __future__ import annotations

from typing import Any

import pytest
from hubspot_portal import NOW, Portal
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.acting import act
from sandbox.clock import DAY, SECOND, instant, iso
from sandbox.hubspot import ids

CONTACTS = "/crm/objects/2026-09/contacts"
STAMP = "lastmodifieddate"
PORTAL = Portal()
ROWS = PORTAL.pages(f"{CONTACTS}?properties=jobtitle,num_conversion_events,email,phone", 100)


def where(name: str, operator: str, value: Any = None, **more: Any) -> dict[str, Any]:
    given = {} if value is None else {"value": value}
    return {"propertyName": name, "operator": operator, **given, **more}


def found(portal: Portal, *filters: dict[str, Any], **more: Any) -> list[str]:
    return [row["id"] for row in portal.search("contacts", *filters, limit=200, **more)["results"]]


@given(low=st.integers(0, 560), high=st.integers(0, 560), descending=st.booleans())
@settings(max_examples=30)
def test_a_window_of_stamps_finds_what_a_look_at_every_row_finds(
    low: int, high: int, descending: bool
) -> None:
    since, until = iso(NOW - low * DAY), iso(NOW - high * DAY)
    sort = {"propertyName": STAMP, "direction": "DESCENDING" if descending else "ASCENDING"}

    ids_found = found(PORTAL, where(STAMP, "BETWEEN", since, highValue=until), sorts=[sort])

    wanted = [r for r in ROWS if since <= r["updatedAt"] <= until]
    wanted.sort(key=lambda r: r["updatedAt"], reverse=descending)
    assert ids_found == [r["id"] for r in wanted]


@pytest.mark.parametrize(("operator", "low", "high"), [
    ("GT", False, True), ("GTE", True, True), ("LT", False, False), ("LTE", True, False),
])  # fmt: skip
def test_the_bounds_of_a_window_hold_to_the_millisecond(operator: str, low: bool, high: bool) -> None:
    row = ROWS[60]
    stamp = instant(row["updatedAt"])

    def holds(at: int) -> bool:
        return row["id"] in found(PORTAL, where(STAMP, operator, at // 1000))

    assert holds(stamp) == low
    assert holds(stamp - 1000) == high
    assert holds(stamp + 1000) == (not high)


FILTERS: list[tuple[dict[str, Any], Any]] = [
    (where("jobtitle", "EQ", "ceo"), lambda p: (p["jobtitle"] or "").lower() == "ceo"),
    (where("jobtitle", "NEQ", "CEO"), lambda p: p["jobtitle"] != "CEO"),
    (where("jobtitle", "IN", values=["ceo", "vp sales"]), lambda p: p["jobtitle"] in ("CEO", "VP Sales")),
    (where("jobtitle", "CONTAINS_TOKEN", "marketing"), lambda p: "Marketing" in (p["jobtitle"] or "")),
    (where("jobtitle", "CONTAINS_TOKEN", "mark*"), lambda p: "Marketing" in (p["jobtitle"] or "")),
    (where("phone", "HAS_PROPERTY"), lambda p: p["phone"] is not None),
    (where("phone", "NOT_HAS_PROPERTY"), lambda p: p["phone"] is None),
    (where("num_conversion_events", "GTE", "2"), lambda p: int(p["num_conversion_events"]) >= 2),
    (where("num_conversion_events", "LT", 2), lambda p: int(p["num_conversion_events"]) < 2),
    (where("hs_object_id", "GT", ROWS[50]["id"]), lambda p: int(p["hs_object_id"]) > int(ROWS[50]["id"])),
]


@given(
    st.lists(st.lists(st.sampled_from(range(len(FILTERS))), min_size=1, max_size=3), min_size=1, max_size=5)
)
@settings(max_examples=40)
def test_groups_are_joined_by_or_and_filters_by_and(groups: list[list[int]]) -> None:
    body = {"filterGroups": [{"filters": [FILTERS[i][0] for i in group]} for group in groups], "limit": 200}

    rows = PORTAL.post(f"{CONTACTS}/search", body)

    wanted = [r["id"] for r in ROWS if any(all(FILTERS[i][1](r["properties"]) for i in g) for g in groups)]
    assert [r["id"] for r in rows["results"]] == wanted
    assert rows["total"] == len(wanted)


@pytest.mark.parametrize("limit", [1, 7, 100, 200])
def test_search_pages_are_complete_and_after_is_an_offset(limit: int) -> None:
    seen: list[str] = []
    after = None
    for _ in range(300):
        body = PORTAL.search("contacts", limit=limit, **({"after": after} if after else {}))
        seen += [row["id"] for row in body["results"]]
        if "paging" not in body:
            break
        after = body["paging"]["next"]["after"]
        assert after == str(len(seen))

    assert seen == [row["id"] for row in ROWS]
    assert body["total"] == len(ROWS)


def test_an_address_is_found_whatever_its_case_and_archived_rows_never_are() -> None:
    address = ROWS[3]["properties"]["email"]
    archived = PORTAL.get(f"{CONTACTS}?archived=true")["results"][0]

    assert found(PORTAL, where("email", "EQ", address.upper())) == [ROWS[3]["id"]]
    assert found(PORTAL, where("email", "EQ", archived["properties"]["email"])) == []


@pytest.mark.parametrize("body", [
    {"limit": 201},
    {"limit": "x"},
    {"after": "-1"},
    {"after": 9_900, "limit": 101},
    {"filterGroups": [{"filters": [where("email", "HAS_PROPERTY")]}] * 6},
    {"filterGroups": [{"filters": [where("email", "HAS_PROPERTY")] * 7}]},
    {"filterGroups": [{"filters": [where("email", "HAS_PROPERTY")] * 5}] * 4},
    {"filterGroups": [{"filters": [where("nonsense", "EQ", "1")]}]},
    {"filterGroups": [{"filters": [where("email", "LIKE", "1")]}]},
    {"filterGroups": [{"filters": [where("email", "EQ")]}]},
    {"filterGroups": [{"filters": [where("email", "IN", values=[])]}]},
    {"filterGroups": [{"filters": [where(STAMP, "BETWEEN", "1")]}]},
    {"filterGroups": [{"filters": [where(STAMP, "GT", "yesterday")]}]},
    {"filterGroups": [{"filters": [where("hs_object_id", "GT", "x")]}]},
    {"filterGroups": [{"filters": [where("associations.deal", "GT", "1")]}]},
    {"filterGroups": "all"},
    {"sorts": [{"propertyName": "email"}, {"propertyName": STAMP}]},
    {"properties": [f"property_{n}" for n in range(300)]},
    [],
])  # fmt: skip
def test_a_search_that_hubspot_would_not_take_is_refused(body: Any) -> None:
    assert PORTAL.post(f"{CONTACTS}/search", body, 400)["status"] == "error"


def test_paging_ends_at_ten_thousand_results_even_where_there_are_more() -> None:
    portal = Portal(20_000)
    sorted_by_id = {"sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}], "limit": 200}

    last = portal.search("contacts", after=9_800, **sorted_by_id)
    beyond = portal.ask("POST", f"{CONTACTS}/search", {"after": 10_000, **sorted_by_id})

    assert last["total"] > 10_000
    assert len(last["results"]) == 200
    assert beyond.status == 400
    rest = portal.search("contacts", where("hs_object_id", "GT", last["results"][-1]["id"]), limit=200)
    assert rest["total"] == last["total"] - 10_000


def test_the_index_lags_while_list_and_batch_read_see_a_change_at_once() -> None:
    portal = Portal()
    portal.fake.lag(30)
    record_id = portal.contact(5)["id"]
    act(portal.world, ids.CONTACT.first_place(int(record_id)), "page_view", at=NOW, recorded_at=NOW)
    since = where(STAMP, "GTE", iso(NOW))

    assert portal.get(f"{CONTACTS}/{record_id}")["updatedAt"] == iso(NOW)
    assert found(portal, since) == []
    portal.clock.advance(29)
    assert found(portal, since) == []
    portal.clock.advance(1)
    assert found(portal, since) == [record_id]


def test_a_lagging_index_finds_a_row_by_its_old_address_and_shows_the_new_one() -> None:
    portal = Portal()
    portal.fake.lag(30)
    row = portal.contact(5)
    old, new = row["properties"]["email"], "moved@elsewhere.example"
    portal.patch(f"{CONTACTS}/{row['id']}", {"properties": {"email": new}})

    by_old = portal.search("contacts", where("email", "EQ", old), properties=["email"])
    assert [r["properties"]["email"] for r in by_old["results"]] == [new]
    assert found(portal, where("email", "EQ", new)) == []

    portal.clock.advance(30)

    assert found(portal, where("email", "EQ", old)) == []
    assert found(portal, where("email", "EQ", new)) == [row["id"]]


def test_a_lagging_index_counts_an_archived_row_and_cannot_show_it_nor_a_new_one_yet() -> None:
    portal = Portal()
    portal.fake.lag(30)
    row = portal.contact(5)
    portal.ask("DELETE", f"{CONTACTS}/{row['id']}")
    made = portal.post(CONTACTS, {"properties": {"email": "new@elsewhere.example"}}, 201)

    gone = portal.search("contacts", where("email", "EQ", row["properties"]["email"]))
    assert (gone["total"], gone["results"]) == (1, [])
    assert found(portal, where("email", "EQ", "new@elsewhere.example")) == []

    portal.clock.advance(30)

    assert portal.search("contacts", where("email", "EQ", row["properties"]["email"]))["total"] == 0
    assert found(portal, where("email", "EQ", "new@elsewhere.example")) == [made["id"]]


def test_a_write_comes_back_in_the_next_poll_and_once_more_a_little_later() -> None:
    portal = Portal()
    record_id = portal.contact(5)["id"]
    portal.clock.advance(5)
    portal.patch(f"{CONTACTS}/{record_id}", {"properties": {"jobtitle": "CEO"}})
    written_at = portal.clock.now()

    assert portal.get(f"{CONTACTS}/{record_id}")["updatedAt"] == iso(written_at)
    portal.clock.advance(16)
    assert portal.get(f"{CONTACTS}/{record_id}")["updatedAt"] == iso(written_at)
    portal.clock.advance(1)
    assert portal.get(f"{CONTACTS}/{record_id}")["updatedAt"] == iso(written_at + 17 * SECOND)
    assert found(portal, where(STAMP, "GT", iso(written_at))) == [record_id]


def test_other_objects_are_found_by_their_own_stamp_and_by_association() -> None:
    calls = PORTAL.pages("/crm/objects/2026-09/calls?associations=contacts", 100)
    since = calls[3]["updatedAt"]
    contact_id = calls[3]["associations"]["contacts"]["results"][0]["id"]

    later = PORTAL.search("calls", where("hs_lastmodifieddate", "GTE", since), limit=200)
    theirs = PORTAL.search("calls", where("associations.contact", "EQ", contact_id))

    assert {r["id"] for r in later["results"]} == {c["id"] for c in calls if c["updatedAt"] >= since}
    assert calls[3]["id"] in {r["id"] for r in theirs["results"]}
    companies = PORTAL.search("companies", where("domain", "CONTAINS_TOKEN", "*example"), limit=200)
    assert companies["total"] == PORTAL.world.companies


def test_deals_and_meetings_are_found_by_a_window_of_their_stamp() -> None:
    for kind in ("deals", "meetings"):
        rows = PORTAL.pages(f"/crm/objects/2026-09/{kind}", 100)
        middle = sorted(row["updatedAt"] for row in rows)[len(rows) // 2]

        later = PORTAL.search(kind, where("hs_lastmodifieddate", "GTE", middle), limit=200)

        assert {r["id"] for r in later["results"]} == {r["id"] for r in rows if r["updatedAt"] >= middle}


def test_rows_are_sorted_by_any_property_and_those_without_a_value_come_first() -> None:
    sort = {"propertyName": "jobtitle", "direction": "ASCENDING"}

    body = PORTAL.search("contacts", limit=200, sorts=[sort], properties=["jobtitle"])

    titles = [(row["properties"]["jobtitle"] or "").casefold() for row in body["results"]]
    assert titles == sorted(titles)


@pytest.mark.parametrize("operator", ["EQ", "IN"])
def test_a_stamp_may_be_asked_for_exactly(operator: str) -> None:
    stamp = ROWS[60]["updatedAt"]
    value = {"values": [stamp]} if operator == "IN" else {"value": stamp}

    found_ids = found(PORTAL, {"propertyName": STAMP, "operator": operator, **value})

    assert found_ids == [row["id"] for row in ROWS if row["updatedAt"] == stamp]
