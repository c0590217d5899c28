"""What real portals answered, read by the connector: nothing raises, nothing is dropped.

The recordings are read from the folder that MQLSYNC_RECORDED names; without it these tests are skipped.
Each answer is served again, byte for byte as JSON, whatever is asked; the connector asks in its own way.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest
from hubspot_stub import NOW, PATIENCE, Call, Clock, Said, Stub, connector_to, nothing_known, serving

from connectors.calling import Request
from connectors.errors import (
    ConnectorError,
    MissingScope,
    NotAuthorised,
    Refused,
    Unreachable,
)
from connectors.hubspot import batches, fields, provision, reading, rows, signals, tasks
from connectors.hubspot.client import Portal, Transport, paced, portal_of
from connectors.meanings import Meanings, NamePattern
from connectors.outcome import Done, Rejected
from connectors.protocol import TaskWrite
from connectors.records import Page

RECORDED = Path(os.environ.get("MQLSYNC_RECORDED") or Path(__file__).parents[3] / "shared" / "recorded")
FOLDER = RECORDED / "hubspot"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no recorded answers in {RECORDED}")

VERSION = r"(?:v3|v4|\d{4}-\d{2})"
O = rf"/crm/(?:objects/{VERSION}|{VERSION}/objects)"  # noqa: E741
NOT_OURS = {
    r"/contacts/v1/.*": "v1 of the contacts API is not spoken",
    r"/contacts/v2/.*": "v2 of the properties API is not spoken",
    r"/engagements/v1/.*": "engagements are read as objects",
    r"/(?:forms|uploads/form)/v2/.*": "forms are read by v3 and by their submissions",
    r"/content/.*": "content is not read",
    rf"/crm/(?:{VERSION}/)?lists/\d+.*": "lists are searched and their members read, never changed",
    rf"/crm/(?:{VERSION}/)?lists": "lists are never made",
    r"/contacts/v1/lists.*": "v1 of the lists API is not spoken",
    rf"/crm/{VERSION}/schemas|/crm-object-schemas/.*": "schemas of objects are not read",
    rf"/crm/(?:pipelines/{VERSION}|{VERSION}/pipelines)/.*": "stages are told by values, not read",
    rf"/marketing/emails/{VERSION}": "e-mails are known by their events",
    rf"/marketing/campaigns/{VERSION}/.+": "reports of contacts have no dates, so nobody did anything then",
    r"/webhooks/hubspot": "webhooks are not received yet",
    rf"{O}/(?:2-\d+|notes|butterflies).*": "custom objects and notes are not read",
    rf"{O}/\w+/batch/archive": "nothing is ever archived",
    rf"{O}/\w+/\d+.*": "single rows are not read or written",
    rf"{O}/(?:contacts|meetings)": "people and meetings are never created",
    rf"/crm/{VERSION}/properties/contacts": "properties are created in batches",
}


class Recorded:
    """One recorded exchange, served for whatever is asked. With `once`, later pages are empty."""

    def __init__(self, exchange: Mapping[str, Any]) -> None:
        self.request, response = exchange["request"], exchange["response"]
        self.status: int = response["status"]
        self.body: Any = response["body"]
        text = isinstance(self.body, str)
        kind = "text/html" if text else "application/json;charset=utf-8"
        headers = {"Content-Type": kind, **response["headers"]}
        self.headers = {name: value for name, value in headers.items() if name.lower() != "location"}

    @property
    def name(self) -> str:
        return f"{self.request['method']} {self.request['path']}"

    @property
    def said(self) -> Said:
        body = self.body.encode() if isinstance(self.body, str) else self.body
        return Said(self.status, b"" if body is None else body, self.headers)

    @property
    def results(self) -> list[Any]:
        return list(self.body["results"])


def files() -> list[str]:
    return sorted(str(path.relative_to(FOLDER)) for path in FOLDER.glob("*/*.json"))


def exchanges(name: str) -> list[Recorded]:
    held = orjson.loads((FOLDER / name).read_bytes())
    return [Recorded(exchange) for exchange in held.get("interactions", [])]


def portal_to(stub: Stub) -> Portal:
    port = Clock().port()
    pace = paced(port, calls_per_10_s=100, day_share=1.0)
    return portal_of(Transport(stub.url, port, PATIENCE), lambda: "pat-test", pace, PATIENCE, port)


def streamed(one: Recorded, stream: str, cursor: str = "") -> Page:
    with serving(lambda _: one.said) as stub:
        page = connector_to(stub, day_share=1.0).pull(stream, cursor, nothing_known)
    assert page.unread == ()
    return page


def listed(one: Recorded) -> None:
    if one.results and "propertiesWithHistory" in one.results[0]:
        histories(one)
    found = re.search(r"/objects/(?:[^/]*/)?(\w+)$", one.request["path"])
    assert found
    stream = {"tasks": "sales_tasks"}.get(found[1], found[1])
    page = streamed(one, stream)
    if stream in ("contacts", "companies", "deals"):
        assert [record.id for record in page.records] == [row["id"] for row in one.results]
        assert all(record.stamp > 0 and record.created_at > 0 for record in page.records)
        assert [record.deleted for record in page.records] == [row["archived"] for row in one.results]


def searched(one: Recorded) -> None:
    with serving(lambda _: one.said) as stub:
        window = reading.Window(0, NOW)
        found = reading.found(portal_to(stub), "contacts", fields.CONTACT_DATES, window)
    assert found.rows == one.results
    assert all(rows.stamp(row, *fields.CONTACT_DATES) > 0 and rows.contact(row).id for row in found.rows)
    assert found.after == (one.body.get("paging") or {}).get("next", {}).get("after", "")


def batch_read(one: Recorded) -> None:
    with serving(lambda _: one.said) as stub:
        found = reading.batch(portal_to(stub), "contacts", ["1"], fields.CONTACT_PROPERTIES)
    assert [rows.contact(row).id for row in found] == [row["id"] for row in one.results]


def batch_written(one: Recorded) -> None:
    traces = [
        trace
        for error in one.body.get("errors", [])
        for trace in error.get("context", {}).get("objectWriteTraceId", [])
    ]
    names = [f"bad-{trace}" for trace in traces] + [row["id"] for row in one.results]
    for error, place in zip(one.body.get("errors", []), range(len(traces)), strict=True):
        error["context"]["objectWriteTraceId"] = [str(place)]
    writes = [batches.Write(name, {"id": name}, frozenset()) for name in names]
    with serving(lambda _: one.said) as stub:
        batch = batches.Batch("/x", lambda result: str(result["id"]))
        outcomes = batches.write(portal_to(stub), batch, writes)
    assert [type(outcome) for outcome in outcomes[: len(traces)]] == [Rejected] * len(traces)
    assert outcomes[len(traces) :] == [Done(row["id"]) for row in one.results]


def associated(one: Recorded) -> None:
    with serving(lambda _: one.said) as stub:
        found = reading.linked(portal_to(stub), "contacts", "companies", ["501"])
    assert found == {
        row["from"]["id"]: tuple(str(each["toObjectId"]) for each in row["to"]) for row in one.results
    }


def linked(one: Recorded) -> None:
    assert all(tasks._end(result, "from").isdecimal() for result in one.results)


def account(one: Recorded) -> None:
    with serving(lambda _: one.said) as stub:
        first = connector_to(stub).check()[0]
    assert first.state == "ok"
    assert str(one.body["portalId"]) in first.text


def owners(one: Recorded) -> None:
    page = streamed(one, "owners")
    assert [record.id for record in page.records] == [row["id"] for row in one.results]
    assert {record.attributes["active"] for record in page.records} == {"true"}


def forms(one: Recorded) -> None:
    def script(call: Call) -> Said:
        is_other = "after" in call.query or "marketing-events" in call.path
        return Said(body={"results": []}) if is_other else one.said

    with serving(script) as stub:
        page = connector_to(stub).pull("forms", "", nothing_known)
    held = orjson.loads(page.cursor)["forms"]
    assert [(form[0], form[1]) for form in held] == [(row["id"], row["name"]) for row in one.results]


def submissions(one: Recorded) -> None:
    cursor = orjson.dumps({"forms": [["f", "Guide", 0]], "listed": NOW, "turn": 1}).decode()
    page = streamed(one, "forms", cursor)
    assert [touch.source_id for touch in page.touches] == [f"form:{r['conversionId']}" for r in one.results]


def mail_events(one: Recorded) -> None:
    page = streamed(one, "email_events")
    assert len(page.touches) <= len(one.body["events"])
    assert page.caught_up


def page_views(one: Recorded) -> None:
    page = streamed(one, "page_views")
    assert [touch.key for touch in page.touches] == [f"hubspot:contact:{r['objectId']}" for r in one.results]
    assert all(touch.occurred_at and touch.recorded_at >= touch.occurred_at for touch in page.touches)


def lists(one: Recorded) -> None:
    meanings = Meanings(lists=(NamePattern("*", "event_attendance"),))
    with serving(lambda call: one.said if call.body.get("offset") == 0 else Said(body={"lists": []})) as stub:
        page = connector_to(stub, meanings=meanings).pull("lists", "", nothing_known)
    queue = orjson.loads(page.cursor)["queue"]
    of_contacts = [row for row in one.body["lists"] if row["objectTypeId"] == "0-1"]
    assert [(entry[0], entry[1]) for entry in queue] == [(row["listId"], row["name"]) for row in of_contacts]


def members(one: Recorded) -> None:
    meanings = Meanings(lists=(NamePattern("*", "event_attendance"),))
    cursor = orjson.dumps({"read": {}, "queue": [["560", "Fair", "1"]]}).decode()
    with serving(lambda _: one.said) as stub:
        page = connector_to(stub, meanings=meanings).pull("lists", cursor, nothing_known)
    assert [touch.key for touch in page.touches] == [f"hubspot:contact:{r['recordId']}" for r in one.results]
    assert all(touch.occurred_at for touch in page.touches)


def histories(one: Recorded) -> None:
    """Each entry of any property's history is read as if it were one of the lead status."""
    for row in one.results:
        for entries in row["propertiesWithHistory"].values():
            said = [{**entry, "value": "UNQUALIFIED"} for entry in entries]
            told = list(
                signals.of_history(row | {"propertiesWithHistory": {"hs_lead_status": said}}, Meanings())
            )
            assert len(told) == len(entries)
            assert all(touch.occurred_at for touch in told)


def campaigns(one: Recorded) -> None:
    page = streamed(one, "campaigns")
    assert [record.attributes["name"] for record in page.records] == [
        row["properties"]["hs_name"] for row in one.results
    ]


def definitions(one: Recorded) -> None:
    with serving(lambda _: one.said) as stub:
        there = provision.definitions(portal_to(stub), "contacts")
    assert len(there) == len(one.results)
    assert all(isinstance(provision.objection(field, there[name]), str)
               for name, field in zip(there, fields.OWN.values(), strict=False))  # fmt: skip


def believed(one: Recorded) -> None:
    with serving(lambda _: one.said) as stub:
        reply = portal_to(stub).call(Request("POST", "/x", body={}))
    assert reply.data == one.body


def task_made(one: Recorded) -> None:
    def script(call: Call) -> Said:
        if call.path.startswith("/crm/associations"):
            return Said(body={"results": []})
        return one.said if call.method == "POST" else Said(404, b"<html>", {"Content-Type": "text/html"})

    with serving(script) as stub:
        task = TaskWrite("k", "contact", "1", "2", "Call", "Why", NOW)
        assert connector_to(stub, day_share=1.0).push_tasks([task]) == [Done(one.body["id"])]


READERS: tuple[tuple[str, Callable[[Recorded], None]], ...] = (
    (rf"GET {O}/(?:contacts|companies|deals|meetings|tasks)", listed),
    (rf"POST {O}/(?!2-)\w+/search", searched),
    (rf"POST {O}/\w+/batch/read", batch_read),
    (rf"POST {O}/(?!2-)\w+/batch/(?:create|update|upsert)", batch_written),
    (rf"POST {O}/tasks", task_made),
    (rf"POST /crm/associations/{VERSION}/.*/batch/read", associated),
    (rf"POST /crm/(?:associations/{VERSION}|{VERSION}/associations)/.*/batch/create", linked),
    (rf"GET /account-info/{VERSION}/details", account),
    (rf"GET /crm/{VERSION}/owners", owners),
    (r"GET /marketing/v3/forms", forms),
    (r"GET /form-integrations/v1/submissions/forms/.*", submissions),
    (r"GET /email/public/v1/events", mail_events),
    (rf"GET /events/event-occurrences/{VERSION}", page_views),
    (rf"GET /marketing/campaigns/{VERSION}", campaigns),
    (rf"POST /crm/(?:{VERSION}/)?lists(?:/{VERSION})?/search", lists),
    (rf"GET /crm/(?:{VERSION}/)?lists(?:/{VERSION})?/\d+/memberships(?:/join-order)?", members),
    (rf"GET /crm/(?:properties/{VERSION}|{VERSION}/properties)/\w+", definitions),
    (rf"POST /crm/properties/{VERSION}/contacts/(?:groups|batch/create)", believed),
)
KINDS: Mapping[int, type[ConnectorError]] = {
    401: NotAuthorised,
    403: MissingScope,
    423: Unreachable,
    429: Unreachable,
    502: Unreachable,
}


def refused(one: Recorded) -> None:
    """Every recorded error, also of endpoints that we do not call, ends as the right named error."""
    with serving(lambda _: one.said) as stub, pytest.raises(ConnectorError) as caught:
        portal_to(stub).call(Request("POST", "/x", body={}))
    assert isinstance(caught.value, KINDS.get(one.status, Refused))
    assert "@" not in str(caught.value)


@pytest.mark.parametrize("name", files() if FOLDER.is_dir() else [])
def test_each_recorded_case_is_read_or_does_not_concern_us(name: str) -> None:
    told = exchanges(name)
    assert told or "vectors" in name
    for one in told:
        if one.status >= 400:
            refused(one)
            continue
        read = next((read for path, read in READERS if re.fullmatch(path, one.name)), None)
        if read is not None:
            read(one)
        else:
            reasons = [why for path, why in NOT_OURS.items() if re.fullmatch(path, one.request["path"])]
            assert reasons, one.name


def test_the_cases_read_are_not_few() -> None:
    names = [one.name for name in files() for one in exchanges(name) if one.status < 400]

    assert sum(any(re.fullmatch(path, name) for path, _ in READERS) for name in names) > 50
