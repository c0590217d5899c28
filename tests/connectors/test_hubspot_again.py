"""Reading from HubSpot without waste: overlaps after bulk changes, forms in turn, what is read again."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hubspot_index_stub import Contacts, iso
from hubspot_stub import NOW, Call, Clock, Said, connector_to, nothing_known, results, serving
from hypothesis import given
from hypothesis import strategies as st
from shelf import Shelf

from connectors.holdings import Holdings
from connectors.hubspot import arrivals, rows, signals, windows
from connectors.meanings import Meanings, NamePattern, meanings_of
from connectors.records import Page, Record

SECOND, MINUTE = 1_000_000, 60_000_000


def test_a_shelf_can_be_asked_for_what_it_holds() -> None:
    assert isinstance(Shelf(), Holdings)
    assert not isinstance(nothing_known, Holdings)


@pytest.mark.parametrize(("many", "next_poll"), [(200, 1), (201, 0)])
def test_after_a_bulk_change_the_overlap_is_not_walked_at_each_poll(many: int, next_poll: int) -> None:
    portal = Contacts(dict.fromkeys(range(1, many + 1), NOW - 30 * SECOND))
    store, clock = Shelf(), Clock()
    store.cursors["contacts"] = orjson.dumps({"bookmark": NOW - MINUTE}).decode()
    with serving(portal) as stub:
        connector = connector_to(stub, clock)
        store.catch_up(connector, "contacts")
        clock.at += 60
        before = len(stub.asked("/search"))
        (page,) = store.catch_up(connector, "contacts")
        again = stub.asked("/search")[before:]

    since = int(again[0].body["filterGroups"][0]["filters"][0]["value"])
    assert (since * 1000 <= NOW - 30 * SECOND) == bool(next_poll)
    assert page.records == ()


def test_a_row_that_shows_up_late_after_a_bulk_change_is_found_by_the_walk_that_is_owed() -> None:
    portal = Contacts(dict.fromkeys(range(1, 501), NOW - 30 * SECOND))
    store, clock = Shelf(), Clock()
    store.cursors["contacts"] = orjson.dumps({"bookmark": NOW - MINUTE}).decode()
    with serving(portal) as stub:
        connector = connector_to(stub, clock)
        portal.index = {n: at for n, at in portal.stamps.items() if n != 7}
        store.catch_up(connector, "contacts")
        portal.index = None
        clock.at += 60
        store.catch_up(connector, "contacts")
        missed = ("contact", "7") not in store.rows
        clock.at += 9 * 60 + 1
        store.catch_up(connector, "contacts")
        found = ("contact", "7") in store.rows
        clock.at += 60
        calls = len(stub.calls)
        store.catch_up(connector, "contacts")

    assert missed
    assert found
    assert len(stub.calls) - calls == 1
    assert "owed" not in orjson.loads(store.cursors["contacts"])


@given(st.lists(st.tuples(st.integers(1, 900), st.booleans()), max_size=40))
def test_every_instant_is_walked_once_more_when_the_overlap_is_over(polls: list[tuple[int, bool]]) -> None:
    now, state, walks = NOW, {"bookmark": NOW}, [(NOW - windows.OVERLAP, NOW)]
    for seconds, is_much in polls:
        now += seconds * SECOND
        since = windows.opened(state, now, windows.OVERLAP)
        state = dict(windows.ended(state, now, now, windows.OVERLAP, is_much=is_much))
        assert since <= walks[-1][1]  # no gap
        walks.append((since, now))

    for _, end in walks:
        if end + 2 * windows.OVERLAP + 900 * SECOND < now:
            assert any(low <= end and high >= end + windows.OVERLAP for low, high in walks)


class Forms:
    """Many forms, and an index that knows when somebody last converted."""

    def __init__(self, many: int) -> None:
        self.many = many
        self.converted_at = 0
        self.read: list[str] = []

    def __call__(self, call: Call) -> Said:
        if call.path.endswith("/search"):
            (one,) = call.body["filterGroups"][0]["filters"]
            assert one["operator"] == "GTE"
            row = {"id": "1", "properties": {"recent_conversion_date": iso(self.converted_at)}}
            return results([row] if self.converted_at >= int(one["value"]) * 1000 else [])
        if call.path.endswith("/marketing/v3/forms"):
            return results([{"id": f"f{n}", "name": "Demo"} for n in range(self.many)])
        if "submissions" in call.path:
            self.read.append(call.path.rpartition("/")[2])
        return results([])


def polls(forms: Forms, many: int, *, convert_before: int = -1) -> list[list[str]]:
    """This polls so many times after the first look and says which forms were read each time."""
    store, clock, found = Shelf(), Clock(), []
    with serving(forms) as stub:
        connector = connector_to(stub, clock)
        store.catch_up(connector, "forms")
        for number in range(many):
            clock.at += 60
            forms.read.clear()
            if number == convert_before:
                forms.converted_at = NOW + int(clock.at) * SECOND
            calls = len(stub.calls)
            store.catch_up(connector, "forms")
            found.append(list(forms.read))
            assert len(stub.calls) - calls <= 3 or number == convert_before
    return found


def test_few_forms_are_read_at_each_poll_without_asking_first() -> None:
    assert polls(Forms(3), 2) == [["f0", "f1", "f2"]] * 2


def test_of_many_forms_a_few_are_read_in_turn() -> None:
    assert polls(Forms(5), 3) == [["f0", "f1"], ["f2", "f3"], ["f4", "f0"]]


def test_all_forms_are_read_once_when_somebody_converted() -> None:
    everything = [f"f{n}" for n in range(5)]

    assert polls(Forms(5), 3, convert_before=1) == [["f0", "f1"], everything, ["f2", "f3"]]


def event(told: bool) -> Any:
    """One webinar whose participations come attendance first."""
    rows_ = [participation("ATTENDED", 3_600), *([participation("REGISTERED", 0)] if told else [])]

    def script(call: Call) -> Said:
        if "participations" not in call.path:
            return results([{"objectId": "8", "eventName": "Selling", "registrants": 1}])
        found = [
            row for row in rows_ if call.query.get("state", "") in ("", row["properties"]["attendanceState"])
        ]
        place = int(call.query.get("after", "0"))
        more = {"paging": {"next": {"after": str(place + 1)}}} if place + 1 < len(found) else {}
        return results(found[place : place + 1], **more)

    return script


def participation(state: str, after_s: int) -> dict[str, Any]:
    at = NOW + after_s * SECOND
    return {
        "createdAt": iso(at),
        "associations": {"contact": {"contactId": "5"}},
        "properties": {"attendanceState": state, "occurredAt": at // 1000},
    }


@pytest.mark.parametrize(("told", "registered_s"), [(True, 0), (False, 3_600)])
def test_one_registration_has_one_time_whatever_page_tells_it(told: bool, registered_s: int) -> None:
    found: list[tuple[str, int]] = []
    store = Shelf()
    with serving(event(told)) as stub:
        for page in store.catch_up(connector_to(stub), "webinars"):
            found += [(touch.source_id, touch.occurred_at) for touch in page.touches]

    registration = "webinar:8:registration:hubspot:contact:5"
    assert dict(found)[registration] == NOW + registered_s * SECOND
    assert len({name for name, _ in found}) == len(found) == 2


def test_what_is_held_is_read_again_in_turn_and_ends_in_its_place() -> None:
    portal = Contacts(dict.fromkeys(range(1, 451), NOW - 86_400 * SECOND))
    store, clock = Shelf(), Clock()
    with serving(portal) as stub:
        connector = connector_to(stub, clock)
        store.catch_up(connector, "contacts")
        store.catch_up(connector, "contacts_again")
        for number in (5, 55, 450):
            del portal.stamps[number]
        portal.merged[450] = 1
        portal.archived.add(7)
        first = len(stub.asked("/batch/read"))
        pages = store.catch_up(connector, "contacts_again")
        pages += store.catch_up(connector, "contacts_again")

    assert first == 0  # the first turn rests: everything was read just now
    assert len(pages) == 5  # three at a time
    assert store.erased == {"hubspot:contact:5", "hubspot:contact:55"}
    assert store.rows["contact", "450"].keys == ("hubspot:contact:1",)
    assert {each for (_, each), row in store.rows.items() if row.deleted} == {"7", "450"}


def test_without_a_store_to_ask_there_is_nothing_to_read_again() -> None:
    with serving(lambda _: results([])) as stub:
        page = connector_to(stub).pull("contacts_again", '{"behind":"5"}', nothing_known)

    assert page.caught_up
    assert stub.calls == []


def test_a_winner_takes_the_losers_that_are_held() -> None:
    portal = Contacts({1: NOW - 86_400 * SECOND, 2: NOW - 86_400 * SECOND})
    store, clock = Shelf(), Clock()
    with serving(portal) as stub:
        connector = connector_to(stub, clock)
        store.catch_up(connector, "contacts")
        del portal.stamps[2]
        portal.stamps[1] = NOW + 5 * SECOND
        properties = {"lastmodifieddate": iso(NOW + 5 * SECOND), "hs_merged_object_ids": "2;3"}
        portal.odd[1] = {"properties": properties}
        clock.at += 30
        store.catch_up(connector, "contacts")

    assert {each: row.deleted for (_, each), row in store.rows.items()} == {"1": False, "2": True}
    assert store.rows["contact", "2"].keys == ("hubspot:contact:1",)


def test_a_signal_that_opens_is_read_from_where_counters_ended() -> None:
    closed = Said(403, {"category": "MISSING_SCOPES"})
    answers = [closed, closed, results([])]
    store, clock = Shelf(), Clock()
    with serving(lambda _: answers.pop(0)) as stub:
        connector = connector_to(stub, clock)
        for _ in range(3):
            store.catch_up(connector, "page_views")
            clock.at += 3_600

        asked = stub.calls[-1].query["occurredAfter"]
    assert asked == iso(NOW + 3_600 * SECOND - windows.OVERLAP)


def read(**properties: str) -> tuple[Record, dict[str, Any]]:
    row = {
        "id": "5",
        "createdAt": iso(NOW),
        "properties": {"lastmodifieddate": iso(NOW), "createdate": iso(NOW), **properties},
    }
    return rows.contact(row), row


PAGE = "https://acme.example/p"
SITE = f"{PAGE}?utm_source=site"


@pytest.mark.parametrize(
    ("properties", "url", "provenance"),
    [
        ({"utm_source": "fair", "hs_analytics_first_url": SITE}, f"{PAGE}?utm_source=fair", "utm_properties"),
        ({"utm_source": "fair"}, "?utm_source=fair", "utm_properties"),
        ({"hs_analytics_first_url": SITE}, SITE, "first_url"),
        ({"hs_analytics_source": "PAID_SEARCH", "hs_analytics_source_data_1": "Spring & Co"},
         "?utm_medium=cpc&utm_campaign=Spring+%26+Co", "source_drilldown"),
        ({"hs_analytics_source": "PAID_SOCIAL", "hs_analytics_source_data_1": "Facebook"},
         "?utm_source=Facebook&utm_medium=paid_social", "source_drilldown"),
        ({"hs_analytics_source": "DIRECT_TRAFFIC"}, "", "source_drilldown"),
    ],
)  # fmt: skip
def test_the_first_visit_is_told_by_the_best_that_is_known(
    properties: dict[str, str], url: str, provenance: str
) -> None:
    (touch,) = arrivals.of_contact(*read(**properties), Meanings(), visits_are_told=False)

    assert (touch.url, touch.provenance, touch.kind) == (url, provenance, "page_view")


def test_a_referral_names_its_site() -> None:
    said = read(hs_analytics_source="REFERRALS", hs_analytics_source_data_1="partner.example")

    (touch,) = arrivals.of_contact(*said, Meanings(), visits_are_told=False)

    assert touch.referrer == "https://partner.example/"


@pytest.mark.parametrize("source", ["OFFLINE", "SOMETHING_NEW", ""])
def test_offline_and_unknown_sources_tell_of_no_visit(source: str) -> None:
    said = read(hs_analytics_source=source, hs_analytics_source_data_1="IMPORT")

    assert list(arrivals.of_contact(*said, Meanings(), visits_are_told=False)) == []


@pytest.mark.parametrize(("properties", "many"), [({"hs_analytics_first_url": SITE, "utm_source": "x"}, 0),
                                                  ({"utm_source": "x"}, 1)])  # fmt: skip
def test_where_visits_are_told_only_what_they_cannot_know_is_added(
    properties: dict[str, str], many: int
) -> None:
    assert len(list(arrivals.of_contact(*read(**properties), Meanings(), visits_are_told=True))) == many


@pytest.mark.parametrize(
    ("page_url", "url", "provenance"),
    [
        (SITE, SITE, "form_submissions"),
        (
            "https://acme.example/p?a=1",
            "https://acme.example/p?a=1&utm_source=fair",
            "form_submissions:fields",
        ),
    ],
)
def test_the_page_of_a_form_counts_before_its_hidden_fields(page_url: str, url: str, provenance: str) -> None:
    answers = [{"name": "email", "value": "a@mail.example"}, {"name": "first_source", "value": "fair"}]
    row = {"conversionId": "c", "submittedAt": NOW // 1000, "pageUrl": page_url, "values": answers}
    meanings = meanings_of(utm_properties={"utm_source": ("first_source",)})

    touch = signals.of_submission(row, "f", "Demo", meanings, "demo_request")

    assert (touch.url, touch.provenance) == (url, provenance)


def test_the_ids_of_ad_clicks_are_told_by_the_contact_too() -> None:
    record, row = read(hs_google_click_id="G1", hs_facebook_click_id="F1")

    assert [touch.source_id for touch in signals.of_contact(record, row)] == ["ad:gclid:G1", "ad:fbclid:F1"]


def test_lists_are_read_whole_and_again_only_when_they_move() -> None:
    more = {"hs_list_size": "2", "hs_last_record_added_at": "1"}
    listed = {"listId": "9", "name": "Fair 2026", "objectTypeId": "0-1", "additionalProperties": more}
    other = {"listId": "10", "name": "Everybody", "objectTypeId": "0-1"}

    def script(call: Call) -> Said:
        if call.path.endswith("/search"):
            return Said(body={"lists": [listed, other], "hasMore": False, "offset": 2})
        assert "/9/" in call.path
        after = {"paging": {"next": {"after": "x"}}} if "after" not in call.query else {}
        return results([{"recordId": len(after), "membershipTimestamp": iso(NOW)}], **after)

    store, meanings = Shelf(), Meanings(lists=(NamePattern("fair*", "event_attendance"),))
    with serving(script) as stub:
        connector = connector_to(stub, meanings=meanings)
        store.catch_up(connector, "lists")
        first = len(stub.calls)
        store.catch_up(connector, "lists")
        idle = len(stub.calls) - first
        more["hs_list_size"] = "3"
        store.catch_up(connector, "lists")

    assert (first, idle, len(stub.calls)) == (3, 1, 7)
    assert {(touch.key, touch.kind) for touch in store.touches.values()} == {
        ("hubspot:contact:0", "event_attendance"), ("hubspot:contact:1", "event_attendance"),
    }  # fmt: skip


def test_where_no_list_means_anything_nobody_asks_for_lists() -> None:
    with serving(lambda _: results([])) as stub:
        assert connector_to(stub).pull("lists", "", nothing_known) == Page("", True)

    assert stub.calls == []
