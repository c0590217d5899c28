"""The fake Salesforce over HTTP: which path leads where, and what every answer carries."""

from __future__ import annotations

import re
from collections.abc import Callable
from email.utils import formatdate
from functools import partial
from typing import Any

import orjson

from sandbox.crm import Refusal, Request, Response
from sandbox.salesforce import (
    collections,
    composite,
    deletions,
    describe,
    instants,
    query,
    soql,
    tooling,
    writes,
)
from sandbox.salesforce.bulk import Jobs
from sandbox.salesforce.limits import Pool, empty
from sandbox.salesforce.org import Org
from sandbox.salesforce.pages import PAGE_MAX, Pages
from sandbox.salesforce.refusals import RecordRefused, RequestRefused, not_found, refused_query
from sandbox.salesforce.rules import Rules
from sandbox.salesforce.sessions import JSON, Sessions, expired
from sandbox.salesforce.writes import Written

VERSIONS = range(31, 69)  # 30.0 and lower are gone; 67.0 is Summer '26
SEASONS = ("Spring", "Summer", "Winter")
DATA = re.compile(r"/services/data/(?P<version>v(?P<number>\d+)\.0)/(?P<rest>.*)")
BATCH_SIZE = re.compile(r"batchSize=(\d+)")
NAME = r"(?P<name>\w+)"
ID = r"(?P<id>\w+)"


class Call:
    """One authorised request below /services/data/vNN.0."""

    def __init__(self, request: Request, version: str) -> None:
        self.request = request
        self.version = version

    @property
    def assign(self) -> bool:
        """The assignment rule runs unless it is told not to: that is the platform's default."""
        return self.request.headers.get("sforce-auto-assign", "").upper() != "FALSE"

    def body(self) -> Any:
        try:
            return self.request.json()
        except orjson.JSONDecodeError as error:
            raise RequestRefused(400, "JSON_PARSER_ERROR", str(error)) from None


class Api:
    """All endpoints of one org."""

    def __init__(self, org: Org) -> None:
        self.org = org
        self.sessions = Sessions(org)
        self.pool = Pool()
        self.pages = Pages()
        self.jobs = Jobs(org)
        self.rules = Rules()
        self._routes: list[tuple[str, re.Pattern[str], Callable[..., Response]]] = [
            (method, re.compile(path), handler)
            for method, path, handler in (
                ("GET", "limits", self._limits),
                ("GET", "sobjects", self._sobjects),
                ("GET", f"sobjects/{NAME}/describe", self._describe),
                ("GET", "query", partial(self._query, with_deleted=False)),
                ("GET", "queryAll", partial(self._query, with_deleted=True)),
                ("GET", r"query(?:All)?/(?P<locator>[\w-]+)", self._next_page),
                ("GET", f"sobjects/{NAME}/deleted", self._deleted),
                ("POST", "composite", self._composite),
                ("POST", "jobs/query", self._create_job),
                ("GET", f"jobs/query/{ID}", self._look_at_job),
                ("PATCH", f"jobs/query/{ID}", self._abort_job),
                ("DELETE", f"jobs/query/{ID}", self._remove_job),
                ("GET", f"jobs/query/{ID}/results", self._piece),
                ("POST", "composite/sobjects", self._create_many),
                ("PATCH", "composite/sobjects", self._update_many),
                ("DELETE", "composite/sobjects", self._delete_many),
                ("PATCH", rf"composite/sobjects/{NAME}/(?P<key>\w+)", self._upsert_many),
                ("POST", f"sobjects/{NAME}", self._create_one),
                ("GET", f"sobjects/{NAME}/{ID}", self._read_one),
                ("PATCH", f"sobjects/{NAME}/{ID}", self._update_one),
                ("DELETE", f"sobjects/{NAME}/{ID}", self._delete_one),
                ("POST", "tooling/sobjects/CustomField", self._create_field),
                ("GET", rf"tooling/sobjects/CustomField/{ID}", self._read_field),
                ("PATCH", rf"tooling/sobjects/CustomField/{ID}", self._change_field),
                ("GET", "tooling/query", self._tooling_query),
            )
        ]

    def answer(self, request: Request) -> Response:
        """This answers any request; a refusal is an answer too."""
        try:
            return self._answer(request)
        except RequestRefused as refused:
            return self.respond(refused.body, refused.status)

    def refusal(self, how: Refusal) -> Response:
        """This is a refusal that has nothing to do with what was asked."""
        refused = {
            "401": expired(),
            "429": empty(),
            "500": RequestRefused(500, "UNKNOWN_EXCEPTION", "An unexpected error occurred."),
            "503": RequestRefused(503, "SERVER_UNAVAILABLE", "Server Unavailable"),
        }[how]
        return self.respond(refused.body, refused.status)

    def respond(self, body: Any, status: int = 200, **headers: str) -> Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        used = {"Sforce-Limit-Info": self.pool.header}
        return Response(status, orjson.dumps(body) if body != "" else b"", {**JSON, **used, **named})

    def _answer(self, request: Request) -> Response:
        path = request.path.rstrip("/")
        if path == "/services/oauth2/token" and request.method == "POST":
            return self.sessions.login(request)
        if path == "/services/data" and request.method == "GET":
            return Response(200, orjson.dumps(versions()), dict(JSON))
        match = DATA.fullmatch(path)
        if match is None:
            raise not_found()
        self.sessions.check(request)
        if int(match["number"]) < VERSIONS.start:
            raise RequestRefused(410, "UNSUPPORTED_API_VERSION", "This version is no longer supported.")
        if int(match["number"]) not in VERSIONS:
            raise not_found()
        self.pool.count()
        return self._route(Call(request, match["version"]), match["rest"])

    def _route(self, call: Call, rest: str) -> Response:
        allowed: list[str] = []
        for method, pattern, handler in self._routes:
            match = pattern.fullmatch(rest)
            if match and method == call.request.method:
                return handler(call, **match.groupdict())
            if match:
                allowed.append(method)
        if not allowed:
            raise not_found()
        message = f"HTTP Method '{call.request.method}' not allowed. Allowed are {','.join(sorted(allowed))}"
        raise RequestRefused(405, "METHOD_NOT_ALLOWED", message)

    def _limits(self, _: Call) -> Response:
        return self.respond(self.pool.shown())

    def _sobjects(self, call: Call) -> Response:
        return self.respond(describe.everything(self.org, call.version))

    def _describe(self, call: Call, name: str) -> Response:
        sobject = self.org.sobject(name)
        if sobject is None:
            raise not_found()
        described = describe.one(sobject, call.version, call.request.base_url)
        tag = describe.etag(described)
        if tag in call.request.headers.get("if-none-match", "").replace("--gzip", ""):
            return Response(304, headers={"ETag": tag, "Sforce-Limit-Info": self.pool.header})
        return self.respond(described, ETag=tag, Last_Modified=describe.changed_at(self.org))

    def _query(self, call: Call, *, with_deleted: bool) -> Response:
        text = call.request.parameter("q")
        if not text:
            raise RequestRefused(400, "MALFORMED_QUERY", "A query string has to be specified")
        asked = BATCH_SIZE.search(call.request.headers.get("sforce-query-options", ""))
        try:
            found = query.run(self.org, soql.parse(text), version=call.version, with_deleted=with_deleted)
        except soql.SoqlError as error:
            raise refused_query(error, text) from None
        size = int(asked[1]) if asked else PAGE_MAX
        return self.respond(self.pages.first(found, call.version, batch_size=size))

    def _next_page(self, call: Call, locator: str) -> Response:
        return self.respond(self.pages.further(locator, call.version))

    def _deleted(self, call: Call, name: str) -> Response:
        sobject = self.org.sobject(name)
        if sobject is None:
            raise not_found()
        start, end = call.request.parameter("start"), call.request.parameter("end")
        return self.respond(deletions.deleted(self.org, sobject.name, start, end))

    def _composite(self, call: Call) -> Response:
        return self.respond(composite.run(call.request, call.body(), self._one_of_many))

    def _one_of_many(self, request: Request) -> Response:
        match = DATA.fullmatch(request.path)
        try:
            if match is None:
                raise not_found()
            return self._route(Call(request, match["version"]), match["rest"])
        except RequestRefused as refused:
            return self.respond(refused.body, refused.status)

    def _create_job(self, call: Call) -> Response:
        return self.respond(self.jobs.create(call.body(), call.version))

    def _look_at_job(self, _: Call, id: str) -> Response:  # noqa: A002 (named in the path)
        return self.respond(self.jobs.look(id))

    def _abort_job(self, call: Call, id: str) -> Response:  # noqa: A002 (named in the path)
        return self.respond(self.jobs.abort(id, call.body()))

    def _remove_job(self, _: Call, id: str) -> Response:  # noqa: A002 (named in the path)
        self.jobs.remove(id)
        return self.respond("", 204)

    def _piece(self, call: Call, id: str) -> Response:  # noqa: A002 (named in the path)
        request = call.request
        csv, headers = self.jobs.piece(id, request.parameter("locator"), request.parameter("maxRecords"))
        kind = {"Content-Type": "text/csv", "Sforce-Limit-Info": self.pool.header}
        return Response(200, csv, {**kind, **headers})

    def _under(self, call: Call) -> collections.Under:
        return collections.Under(self.rules, call.request.headers.get("sforce-duplicate-rule-header", ""))

    def _create_many(self, call: Call) -> Response:
        write = partial(collections.create, self.org, assign=call.assign)
        return self.respond(collections.run(self.org, call.body(), write, self._under(call)))

    def _update_many(self, call: Call) -> Response:
        write = partial(collections.update, self.org, assign=call.assign)
        return self.respond(collections.run(self.org, call.body(), write, self._under(call)))

    def _upsert_many(self, call: Call, name: str, key: str) -> Response:
        sobject, field = collections.key_field(self.org, name, key)
        write = partial(collections.upsert, self.org, sobject, field, assign=call.assign)
        return self.respond(collections.run(self.org, call.body(), write, self._under(call), upsert=True))

    def _delete_many(self, call: Call) -> Response:
        body = {
            "records": [{"Id": each} for each in call.request.parameters("ids")],
            "allOrNone": call.request.parameter("allOrNone").lower() == "true",
        }

        def write(record: collections.Record) -> Written:
            return writes.delete(self.org, record["Id"])

        return self.respond(collections.run(self.org, body, write, self._under(call)))

    def _create_one(self, call: Call, name: str) -> Response:
        record = self._record(call, name)
        written = _alone(lambda: collections.create(self.org, record, assign=call.assign))
        location = f"/services/data/{call.version}/sobjects/{written.object}/{written.id}"
        return self.respond({"id": written.id, "success": True, "errors": []}, 201, Location=location)

    def _read_one(self, call: Call, name: str, id: str) -> Response:  # noqa: A002 (named in the path)
        sobject = self.org.sobject(name)
        if sobject is None:
            raise not_found()
        try:
            row = writes.existing(self.org, sobject, id)
        except RecordRefused:
            raise not_found() from None
        shown = query.attributes(sobject.name, row["Id"], call.version)
        shown |= {field.name: row.get(field.name) for field in sobject.fields.values()}
        changed_at = instants.seconds(row.get("LastModifiedDate") or row["SystemModstamp"])
        # Recorded: accounts are read with an ETag, contacts without.
        tag = {"ETag": describe.etag(shown)} if sobject.name == "Account" else {}
        return self.respond(shown, 200, Last_Modified=formatdate(changed_at, usegmt=True), **tag)

    def _update_one(self, call: Call, name: str, id: str) -> Response:  # noqa: A002 (named in the path)
        record = {**self._record(call, name), "Id": id}
        _alone(lambda: collections.update(self.org, record, assign=call.assign))
        return self.respond("", 204)

    def _delete_one(self, _: Call, name: str, id: str) -> Response:  # noqa: A002 (named in the path)
        if self.org.sobject(name) is None:
            raise not_found()
        _alone(lambda: writes.delete(self.org, id))
        return self.respond("", 204)

    def _record(self, call: Call, name: str) -> dict[str, Any]:
        body = call.body()
        if self.org.sobject(name) is None:
            raise not_found()
        if not isinstance(body, dict):
            raise RequestRefused(
                400, "JSON_PARSER_ERROR", "Cannot deserialize instance of SObject from VALUE"
            )
        return {"attributes": {"type": name}, **body}

    def _tooling_query(self, call: Call) -> Response:
        text = call.request.parameter("q")
        if tooling.asks_for_fields(text):
            return self.respond(tooling.find_fields(self.org, text))
        return self.respond(self.rules.tooling_query(text, call.version))

    def _read_field(self, _: Call, id: str) -> Response:  # noqa: A002 (named in the path)
        return self.respond(tooling.read_field(self.org, id))

    def _change_field(self, call: Call, id: str) -> Response:  # noqa: A002 (named in the path)
        tooling.change_field(self.org, id, call.body())
        return self.respond("", 204)

    def _create_field(self, call: Call) -> Response:
        record_id = tooling.create_field(self.org, call.body())
        return self.respond(
            {"id": record_id, "success": True, "errors": [], "warnings": [], "infos": []}, 201
        )


def _alone(write: Callable[[], Written]) -> Written:
    """This writes one record; what fails is the whole request."""
    try:
        return write()
    except RecordRefused as refused:
        raise refused.as_request() from None


def versions() -> list[dict[str, str]]:
    """These are the versions the org serves: three a year, Winter '15 was 32.0."""
    return [
        {
            "label": f"{SEASONS[number % 3]} '{15 + (number - 32) // 3}",
            "url": f"/services/data/v{number}.0",
            "version": f"{number}.0",
        }
        for number in VERSIONS
    ]
