"""The connector reads what real orgs said: every recorded answer of an endpoint that we call.

The recordings stay where they are; `MQLSYNC_RECORDED` names the folder.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from salesforce_stub import JSON, PATIENCE, TOKEN, Call, Clock, Said, Stub, serving

from connectors.calling import Declined
from connectors.outcome import Done
from connectors.salesforce import rows
from connectors.salesforce.client import Credentials, connected
from connectors.salesforce.grants import ClientSecret
from connectors.salesforce.ids import long_id
from connectors.salesforce.org import Org
from connectors.salesforce.outcomes import outcome

RECORDED = Path(os.environ.get("MQLSYNC_RECORDED", "../shared/recorded")) / "salesforce"

# Endpoints that we never call, and why.
NOT_OURS = {
    r"/services/async/": "Bulk API 1.0",
    r"/services/Soap/": "SOAP login is being retired",
    r"^/id/": "the identity service: the token names our user",
    r"/connect/": "communities",
    r"/limits/recordCount$": "an estimate; we count exactly",
    r"/sobjects$": "the list of all objects: we know ours",
    r"/data/[^/]+/$": "the list of resources of a version",
    r"/sobjects/\w+/\w{15,18}$": "single records: we query and write collections",
    r"/sobjects/\w+/\w+__c/": "single upserts: we upsert collections",
    r"/sobjects/\w+/Id/": "single upserts: we upsert collections",
    r"/query/0": "query locators: we page by position",
    r"/quickActions/": "quick actions",
    r"/composite$": "composite requests",
    r"/composite/graph$": "composite graphs",
}
Exchange = dict[str, Any]


def exchanges() -> Iterator[tuple[str, Exchange]]:
    for path in sorted((RECORDED / "exchanges").glob("*/*.json")):
        for number, exchange in enumerate(json.loads(path.read_bytes())["exchanges"]):
            yield f"{path.parent.name}/{path.name}#{number}", exchange


def body_of(exchange: Exchange) -> bytes:
    body = exchange["response"]["body"]
    if isinstance(body, dict) and set(body) == {"$ref"}:
        return (RECORDED / body["$ref"]).read_bytes()
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()


def read_query(org: Org, exchange: Exchange) -> None:
    body = exchange["response"]["body"]
    if exchange["response"]["status"] >= 400:
        with pytest.raises(Declined) as refused:
            org.query("SELECT Id FROM Lead")
        assert refused.value.codes == {each["errorCode"] for each in body}
        return
    found = org.query("SELECT Id FROM Lead")
    assert (len(found.rows), found.total, found.is_all) == (
        len(body["records"]),
        body["totalSize"],
        body["done"],
    )
    readers = {"Account": rows.company, "User": rows.owner, "Contact": rows.contact_reader(())}
    for row in found.rows:
        if row.get("Id"):
            assert len(long_id(row["Id"])) == 18
        reader = readers.get(row["attributes"]["type"])
        if reader and row.get("SystemModstamp"):
            assert reader(row).stamp % 1_000_000 == 0


def read_description(org: Org, exchange: Exchange) -> None:
    said = json.loads(body_of(exchange))
    described = org.describe(said["name"], fresh=True)
    assert list(described.fields) == [each["name"] for each in said["fields"]]
    assert described.grants["createable"] == said["createable"]


def read_collection(org: Org, exchange: Exchange) -> None:
    body = exchange["response"]["body"]
    answers = org.write(exchange["request"]["method"], [{}] * len(body))
    for answer, recorded in zip(answers, body, strict=True):
        assert isinstance(outcome(answer), Done) == recorded["success"]


def read_creation(org: Org, exchange: Exchange) -> None:
    assert org.create("sobjects/Lead", {}) == exchange["response"]["body"]["id"]


def read_limits(org: Org, exchange: Exchange) -> None:
    assert org.limits()["DailyApiRequests"]["Max"] > 0


def read_versions(org: Org, exchange: Exchange) -> None:
    assert "59.0" in org.versions()


def read_token(org: Org, exchange: Exchange) -> None:
    assert org.token().instance_url.startswith("http://127.0.0.1:")


READERS: dict[str, Callable[[Org, Exchange], None]] = {
    r"GET .*/query(All)?/?$": read_query,
    r"GET .*/describe$": read_description,
    r"(PATCH|POST) .*/composite/sobjects(/\w+/\w+)?$": read_collection,
    r"POST .*/sobjects/\w+/?$": read_creation,
    r"GET .*/limits$": read_limits,
    r"GET /services/data$": read_versions,
    r"POST /services/oauth2/token$": read_token,
}


def login_of(exchange: Exchange, stub: Stub) -> Said:
    if exchange["request"]["path"] != TOKEN:
        return stub.token()
    # The recordings say where the org was; ours is on this machine.
    return Said(body=exchange["response"]["body"] | {"instance_url": stub.url})


def test_every_recorded_answer_of_our_endpoints_is_read() -> None:
    if not RECORDED.exists():
        pytest.skip(f"no recordings at {RECORDED}: set MQLSYNC_RECORDED")
    current: list[Exchange] = [{}]

    def script(call: Call) -> Said:
        if call.path == TOKEN:
            return login_of(current[0], stub)
        response = current[0]["response"]
        # One recorder left the content type out; everything else is as it was.
        headers = JSON | {
            k: v for k, v in response["headers"].items() if k.lower() not in {"date", "content-length"}
        }
        return Said(response["status"], body_of(current[0]), headers)

    read: Counter[str] = Counter()
    with serving(script) as stub:
        for name, exchange in exchanges():
            current[0] = exchange
            request = exchange["request"]
            if (
                any(re.search(pattern, request["path"]) for pattern in NOT_OURS)
                or request["method"] == "DELETE"
            ):
                continue  # we delete nothing
            asked = f"{request['method']} {request['path']}"
            matching = [pattern for pattern in READERS if re.match(pattern, asked)]
            assert matching, f"{name}: {asked} is neither read nor set aside"
            session, caller = connected(
                Credentials(stub.url, ClientSecret("id", lambda: "s")),
                port=Clock().port(),
                patience=PATIENCE,
                day_share=2.0,
                own_share=2.0,
            )
            READERS[matching[0]](Org(session, caller, Clock().port()), exchange)
            read[matching[0]] += 1

    assert set(read) == set(READERS)
