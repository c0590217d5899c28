"""Reading from HubSpot: nothing is lost and nothing invented, whatever the index and the pages do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
import pytest
from hubspot_index_stub import Contacts, iso
from hubspot_stub import NOW, Call, Clock, Said, connector_to, nothing_known, results, serving
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.errors import MissingScope, Unreachable
from connectors.hubspot.connector import HubSpotConnector
from connectors.records import Page, Record

SECOND, MINUTE = 1_000_000, 60_000_000
PAGES_MAX = 500
SCOPE = Said(403, {"category": "MISSING_SCOPES", "context": {"requiredGranularScopes": ["content"]}})


class Store:
    """What a shell keeps: records by id, bookmarks by stream, touches by source id."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, str], Record] = {}
        self.cursors: dict[str, str] = {}
        self.touches: dict[str, int] = {}

    def known(self, kind: str, pairs: Sequence[tuple[str, int]]) -> frozenset[str]:
        return frozenset(
            each for each, at in pairs if (held := self.records.get((kind, each))) and held.stamp == at
        )

    def keep(self, stream: str, page: Page) -> None:
        self.records |= {(record.kind, record.id): record for record in page.records}
        for touch in page.touches:
            self.touches[touch.source_id] = self.touches.get(touch.source_id, 0) + 1
        self.cursors[stream] = page.cursor

    def catch_up(self, connector: HubSpotConnector, stream: str) -> list[Page]:
        pages = []
        for _ in range(PAGES_MAX):
            page = connector.pull(stream, self.cursors.get(stream, ""), self.known)
            self.keep(stream, page)
            pages.append(page)
            if page.caught_up:
                return pages
        raise AssertionError("never caught up")

    def ids(self, kind: str = "contact") -> set[int]:
        return {int(each) for held, each in self.records if held == kind}


def test_a_backfill_reads_every_row_once_and_then_only_what_changed() -> None:
    portal = Contacts(dict.fromkeys(range(1, 251), NOW - 86400 * SECOND))
    store, clock = Store(), Clock()
    with serving(portal) as stub:
        connector = connector_to(stub, clock)
        pages = store.catch_up(connector, "contacts")
        backfill_calls = len(stub.calls)
        portal.stamps[7] = NOW + 5 * SECOND
        clock.at += 30
        changed = store.catch_up(connector, "contacts")
        idle = len(stub.calls)
        store.catch_up(connector, "contacts")

        assert store.ids() == set(range(1, 251))
        assert sum(len(page.records) for page in pages) == 250
        assert backfill_calls == 4  # three pages, and one look at what changed meanwhile
        assert [[record.id for record in page.records] for page in changed] == [["7"]]
        assert len(stub.calls) - idle == 1


@pytest.mark.parametrize("stop_after", range(4))
def test_a_backfill_goes_on_where_it_was_killed(stop_after: int) -> None:
    portal = Contacts(dict.fromkeys(range(1, 351), NOW - 86400 * SECOND))
    store = Store()
    with serving(portal) as stub:
        for _ in range(stop_after):
            page = connector_to(stub).pull("contacts", store.cursors.get("contacts", ""), store.known)
            store.keep("contacts", page)
        lost = connector_to(stub).pull("contacts", store.cursors.get("contacts", ""), store.known)
        store.catch_up(connector_to(stub), "contacts")

    assert lost is not None
    assert store.ids() == set(range(1, 351))


def test_what_changes_during_a_backfill_is_not_missed() -> None:
    portal = Contacts(dict.fromkeys(range(1, 301), NOW - 86400 * SECOND))
    store = Store()
    with serving(portal) as stub:
        connector = connector_to(stub)
        store.keep("contacts", connector.pull("contacts", "", store.known))
        portal.stamps[3] = NOW - SECOND
        store.catch_up(connector, "contacts")

    assert store.records["contact", "3"].stamp == NOW - SECOND


def test_twelve_thousand_rows_with_one_stamp_sync_completely() -> None:
    portal = Contacts(dict.fromkeys(range(1, 12001), NOW - MINUTE))
    store = Store()
    store.cursors["contacts"] = orjson.dumps({"bookmark": NOW - 2 * MINUTE}).decode()
    with serving(portal) as stub:
        store.catch_up(connector_to(stub), "contacts")

        assert store.ids() == set(range(1, 12_001))
        assert len(stub.asked("/search")) == 60
        assert len(stub.asked("/batch/read")) == 120


def test_an_empty_page_with_a_next_one_is_not_the_end() -> None:
    portal = Contacts({1: NOW - MINUTE}, empty_first=3)
    store = Store()
    store.cursors["contacts"] = orjson.dumps({"bookmark": NOW - 2 * MINUTE}).decode()
    with serving(portal) as stub:
        store.catch_up(connector_to(stub), "contacts")

    assert store.ids() == {1}


def test_a_search_that_never_gives_a_row_ends_with_an_error() -> None:
    portal = Contacts({1: NOW - MINUTE}, empty_first=10**6)
    store = Store()
    store.cursors["contacts"] = orjson.dumps({"bookmark": NOW - 2 * MINUTE}).decode()
    with serving(portal) as stub, pytest.raises(Unreachable):
        store.catch_up(connector_to(stub), "contacts")


def test_rows_that_the_index_shows_late_are_found_by_the_overlap() -> None:
    portal = Contacts({1: NOW - 86_400 * SECOND, 2: NOW - 86_400 * SECOND})
    store, clock = Store(), Clock()
    with serving(portal) as stub:
        connector = connector_to(stub, clock)
        store.catch_up(connector, "contacts")
        portal.index = dict(portal.stamps)
        portal.stamps[2] = NOW
        for _ in range(9):  # the index is nine minutes behind
            clock.at += 60
            store.catch_up(connector, "contacts")
        stale = store.records["contact", "2"].stamp
        portal.index = None
        clock.at += 30
        store.catch_up(connector, "contacts")

    assert stale < NOW
    assert store.records["contact", "2"].stamp == NOW


def test_a_row_that_left_the_window_is_not_believed_to_be_in_it() -> None:
    portal = Contacts({1: NOW - 86_400 * SECOND}, index={1: NOW})
    store = Store()
    store.cursors["contacts"] = orjson.dumps({"bookmark": NOW - MINUTE}).decode()
    with serving(portal) as stub:
        store.catch_up(connector_to(stub), "contacts")

        assert stub.asked("/batch/read") == []


def test_a_row_that_the_index_knows_and_the_database_does_not_is_archived_merged_or_wiped() -> None:
    portal = Contacts({1: NOW, 2: NOW}, index={1: NOW, 2: NOW, 3: NOW, 4: NOW}, archived={2}, merged={4: 1})
    store = Store()
    store.cursors["contacts"] = orjson.dumps({"bookmark": NOW - MINUTE}).decode()
    with serving(portal) as stub:
        pages = store.catch_up(connector_to(stub), "contacts")

    assert {each: record.deleted for (_, each), record in store.records.items()} == {
        "1": False, "2": True, "4": True,
    }  # fmt: skip
    assert store.records["contact", "4"].keys == ("hubspot:contact:1",)
    assert [page.erased for page in pages] == [("hubspot:contact:3",)]


@pytest.mark.parametrize(("many", "wiped"), [(20, 20), (21, 0)])
def test_when_very_many_vanish_at_once_nobody_is_taken_for_wiped(many: int, wiped: int) -> None:
    portal = Contacts({}, index=dict.fromkeys(range(1, many + 1), NOW))
    store = Store()
    store.cursors["contacts"] = orjson.dumps({"bookmark": NOW - MINUTE}).decode()
    with serving(portal) as stub:
        (page,) = store.catch_up(connector_to(stub), "contacts")

    assert len(page.erased) == wiped
    assert [record.deleted for record in page.records] == [True] * (many - wiped)


def test_an_answer_without_rows_deletes_nobody() -> None:
    portal = Contacts({1: NOW})
    store = Store()
    store.cursors["contacts"] = orjson.dumps({"bookmark": NOW - MINUTE}).decode()

    def script(call: Call) -> Said:
        return Said(200, {"results": None}) if call.path.endswith("/batch/read") else portal(call)

    with serving(script) as stub, pytest.raises(Unreachable):
        store.catch_up(connector_to(stub), "contacts")

    assert store.records == {}


@pytest.mark.parametrize(
    "odd",
    [
        {"properties": {"lastmodifieddate": "never"}},
        {"properties": None},
        {"properties": {"email": ["a"], "lastmodifieddate": iso(NOW)}},
        {"id": None},
    ],
)
def test_a_malformed_row_costs_itself_and_not_its_page(odd: dict[str, Any]) -> None:
    portal = Contacts(dict.fromkeys(range(1, 101), NOW - 86400 * SECOND), odd={50: odd})
    store = Store()
    with serving(portal) as stub:
        page = connector_to(stub).pull("contacts", "", store.known)

    assert len(page.records) == 99
    assert [unread.stream for unread in page.unread] == ["contacts"]
    assert orjson.loads(page.unread[0].raw)["createdAt"] == iso(0)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_every_live_row_is_read_whatever_changes_between_pages(data: st.DataObject) -> None:
    numbers = st.integers(1, 40)
    start = data.draw(st.sets(numbers, min_size=1))
    portal = Contacts(dict.fromkeys(start, NOW - 1_000 * SECOND), page_max=data.draw(st.integers(1, 7)))
    store, clock = Store(), Clock()
    with serving(portal) as stub:
        connector = connector_to(stub, clock)
        for _ in range(data.draw(st.integers(1, 12))):
            store.keep("contacts", connector.pull("contacts", store.cursors.get("contacts", ""), store.known))
            for number in data.draw(st.lists(numbers, max_size=3)):
                portal.stamps[number] = NOW + int(clock.at * 1000) * 1000  # stamps are in ms
            clock.at += data.draw(st.sampled_from([0, 1, 700]))
        clock.at += 1
        for _ in range(2):
            store.catch_up(connector, "contacts")

    held = {int(each): record.stamp for (_, each), record in store.records.items()}
    assert held == portal.stamps


def submission(number: int, at: int) -> dict[str, Any]:
    values = [{"name": "email", "value": f"p{number}@mail.example"}]
    return {"conversionId": f"c{number}", "submittedAt": at // 1000, "values": values, "pageUrl": ""}


class Forms:
    """Two forms; the submissions of the first come newest first."""

    def __init__(self, many: int) -> None:
        self.rows = [submission(n, NOW - n * MINUTE) for n in range(many)]
        self.webinars: list[dict[str, Any]] = []

    def __call__(self, call: Call) -> Said:
        if call.path.endswith("/marketing/v3/forms"):
            return results(
                [{"id": "a", "name": "Webinar registration"}, {"id": "b", "name": "Demo"}, {"id": None}]
            )
        if "marketing-events" in call.path:
            return results(self.webinars)
        if call.path.endswith("/b"):
            return Said(404, b"<html>gone</html>", {"Content-Type": "text/html"})
        skip = int(call.query.get("after", "0"))
        limit = int(call.query["limit"])
        more = {"paging": {"next": {"after": str(skip + limit)}}} if len(self.rows) > skip + limit else {}
        return results(self.rows[skip : skip + limit], **more)


def test_submissions_are_read_once_down_to_the_bookmark() -> None:
    forms, store, clock = Forms(180), Store(), Clock()
    with serving(forms) as stub:
        connector = connector_to(stub, clock)
        pages = store.catch_up(connector, "forms")
        first = len(stub.calls)
        clock.at += 60
        forms.rows.insert(0, submission(999, NOW + 30 * SECOND))
        again = store.catch_up(connector, "forms")
        polled = len(stub.calls) - first

    assert len(store.touches) == 181
    assert sum(len(page.unread) for page in pages) == 1  # the form without an id
    assert polled == 2  # one call per form
    assert sum(len(page.touches) for page in again) <= 12  # the new one and the overlap


def test_a_submission_without_an_address_does_not_stop_the_form() -> None:
    forms, store = Forms(3), Store()
    forms.rows[1]["values"] = []
    with serving(forms) as stub:
        pages = store.catch_up(connector_to(stub), "forms")

    assert set(store.touches) == {"form:c0", "form:c2"}
    assert [unread.id for page in pages for unread in page.unread] == [
        page.unread[0].id for page in pages if page.unread
    ]


@pytest.mark.parametrize(
    ("webinars", "kind"), [([], "webinar_registration"), ([{"objectId": "1"}], "form_submission")]
)
def test_a_webinar_form_counts_as_registration_only_where_no_marketing_event_tells(
    webinars: list[dict[str, Any]], kind: str
) -> None:
    forms = Forms(1)
    forms.webinars = webinars
    with serving(forms) as stub:
        connector = connector_to(stub)
        listed = connector.pull("forms", "", nothing_known)
        page = connector.pull("forms", listed.cursor, nothing_known)

    assert [touch.kind for touch in page.touches] == [kind]


def test_a_new_form_is_noticed_within_the_hour() -> None:
    forms, store, clock = Forms(1), Store(), Clock()
    with serving(forms) as stub:
        connector = connector_to(stub, clock)
        for _ in range(4):
            store.catch_up(connector, "forms")
            clock.at += 1_300

        assert len(stub.asked("/marketing/v3/forms")) == 2


def mail_event(number: int, at: int) -> dict[str, Any]:
    return {"id": f"e{number}", "type": "OPEN", "created": at // 1000, "recipient": "a@mail.example"}


def test_mail_events_are_read_by_window_and_offset() -> None:
    rows = [mail_event(n, NOW - n * MINUTE) for n in range(5)] + [{"id": "odd"}]

    def script(call: Call) -> Said:
        since, until = int(call.query["startTimestamp"]), int(call.query["endTimestamp"])
        found = [row for row in rows if "created" not in row or since <= row["created"] <= until]
        skip = int(call.query.get("offset", "0"))
        more = len(found) > skip + 2
        body = {"events": found[skip : skip + 2], "hasMore": more, "offset": str(skip + 2)}
        return Said(body=body)

    store, clock = Store(), Clock()
    with serving(script) as stub:
        connector = connector_to(stub, clock)
        pages = store.catch_up(connector, "email_events")
        clock.at += 3 * 3600
        rows.append(mail_event(99, NOW + 2 * 3600 * SECOND))
        store.catch_up(connector, "email_events")

    assert len(pages) == 3
    assert set(store.touches) == {f"email_event:e{n}:{(NOW - n * MINUTE) // 1000}" for n in range(5)} | {
        f"email_event:e99:{(NOW + 2 * 3600 * SECOND) // 1000}"
    }
    assert [unread.id for page in pages for unread in page.unread] == ["odd"]
    assert stub.calls[-1].query["startTimestamp"] == str((NOW - 30 * MINUTE) // 1000)


def test_page_views_are_read_by_window_and_mark() -> None:
    def script(call: Call) -> Said:
        row = {"objectId": "5", "id": call.query.get("after", "0"), "occurredAt": iso(NOW)}
        more = {} if "after" in call.query else {"paging": {"next": {"after": "1"}}}
        return results([row], **more)

    store = Store()
    with serving(script) as stub:
        store.catch_up(connector_to(stub), "page_views")

        assert [call.query["eventType"] for call in stub.calls] == ["e_visited_page"] * 2
        assert len({call.query["occurredBefore"] for call in stub.calls}) == 1
    assert set(store.touches) == {"page_view:0", "page_view:1"}


def test_webinars_are_read_again_only_when_their_counters_move() -> None:
    event = {"objectId": "8", "eventName": "Selling", "registrants": 1, "attendees": 0}
    person = {
        "createdAt": iso(NOW),
        "associations": {"contact": {"contactId": "5"}},
        "properties": {"attendanceState": "REGISTERED", "occurredAt": NOW // 1000},
    }

    def script(call: Call) -> Said:
        return results([person] if "participations" in call.path else [event])

    store = Store()
    with serving(script) as stub:
        connector = connector_to(stub)
        store.catch_up(connector, "webinars")
        store.catch_up(connector, "webinars")
        before = len(stub.calls)
        event["registrants"] = 2
        store.catch_up(connector, "webinars")

        assert before == 3
        assert len(stub.calls) == 5
    assert set(store.touches) == {"webinar:8:registration:hubspot:contact:5"}


def test_lead_statuses_are_read_with_their_history_once() -> None:
    history = [{"value": "UNQUALIFIED", "timestamp": iso(NOW - MINUTE)}]
    row = {
        "id": "5",
        "properties": {"lastmodifieddate": iso(NOW)},
        "propertiesWithHistory": {"hs_lead_status": history},
    }
    store = Store()
    with serving(lambda _: results([row])) as stub:
        connector = connector_to(stub)
        store.catch_up(connector, "lead_status")
        store.catch_up(connector, "lead_status")

        assert len(stub.asked("/batch/read")) == 1
    assert list(store.touches) == [f"contact:5:status:UNQUALIFIED:{(NOW - MINUTE) // 1000}"]


def test_calls_are_read_with_their_contacts_from_list_and_from_changes() -> None:
    def row(number: int) -> dict[str, Any]:
        properties = {"hs_timestamp": iso(NOW), "hs_lastmodifieddate": iso(NOW)}
        linked = {"contacts": {"results": [{"id": "5"}, {"id": "5"}]}}
        return {"id": str(number), "properties": properties, "associations": linked}

    def script(call: Call) -> Said:
        if "associations" in call.path:
            return results([{"from": {"id": "2"}, "to": [{"toObjectId": 6}]}], errors=[{"context": {}}])
        return results([row(1 if call.method == "GET" else 2)])

    store = Store()
    with serving(script) as stub:
        store.catch_up(connector_to(stub), "calls")

    assert set(store.touches) == {"call:1:5", "call:2:6"}


def test_owners_come_with_those_who_left() -> None:
    def script(call: Call) -> Said:
        left = call.query["archived"] == "true"
        return results(
            [
                {
                    "id": "2" if left else "1",
                    "userId": None if left else 3,
                    "updatedAt": iso(0),
                    "archived": left,
                }
            ]
        )

    store = Store()
    with serving(script) as stub:
        pages = store.catch_up(connector_to(stub), "owners")
        again = store.catch_up(connector_to(stub), "owners")

    assert {each: r.attributes["active"] for (_, each), r in store.records.items()} == {
        "1": "true",
        "2": "false",
    }
    assert [len(page.records) for page in pages] == [1, 1]
    assert [len(page.records) for page in again] == [0, 0]


def test_the_archive_tells_who_was_deleted() -> None:
    row = {"id": "3", "properties": {}, "archived": True, "updatedAt": iso(0), "archivedAt": iso(NOW)}
    store = Store()
    with serving(lambda _: results([row])) as stub:
        store.catch_up(connector_to(stub), "contacts_archived")

    assert store.records["contact", "3"].deleted
    assert store.records["contact", "3"].stamp == NOW


def test_a_signal_that_was_never_allowed_is_no_failure_and_one_that_stops_is() -> None:
    with serving(lambda _: SCOPE) as stub:
        connector = connector_to(stub)
        page = connector.pull("email_events", "", nothing_known)

        assert page == Page(f'{{"closed":{NOW}}}', True)
        assert connector.pull("email_events", page.cursor, nothing_known) == page
        with pytest.raises(MissingScope, match="content"):
            connector.pull("email_events", '{"bookmark":5}', nothing_known)
        with pytest.raises(MissingScope):
            connector.pull("contacts", "", nothing_known)


@pytest.mark.parametrize("hours", [-26, 26])
def test_windows_use_the_portals_clock_and_not_ours(hours: int) -> None:
    clock, portal = Clock(), Contacts({1: NOW - MINUTE})
    clock.at = hours * 3600.0
    with serving(portal) as stub:
        connector = connector_to(stub, clock)
        stub.seconds = lambda: 0.0
        page = connector.pull("contacts", "", nothing_known)
        page = connector.pull("contacts", page.cursor, nothing_known)

    assert orjson.loads(page.cursor)["bookmark"] == NOW
