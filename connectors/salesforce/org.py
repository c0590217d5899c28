"""What an org can be asked: queries, descriptions of its objects, limits, collections of writes.

Every answer is checked against what was asked. An answer that says it is complete and holds fewer
rows than it counts is as good as no answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from connectors.calling import Caller, Reply, Request
from connectors.errors import Unreachable
from connectors.pieces import InPieces
from connectors.port import Port
from connectors.protocol import Usage
from connectors.salesforce import soql
from connectors.salesforce.client import CRM, DATA, Session, Token
from connectors.salesforce.grants import Grant
from connectors.salesforce.rows import Row
from connectors.salesforce.share import Share

DESCRIBE_S = 3600.0  # an object's fields are looked at again after this, or when a query is refused
ROWS_MAX = 200  # records in one collection call
BETWEEN = b',{"attributes":'  # two rows of an answer
# Standard fields that only orgs with several currencies, or with shared activities, have.
OPTIONAL = frozenset({"CurrencyIsoCode", "WhoCount"})

# A score update must neither re-route the lead (the default is TRUE) nor be stopped by a mere alert.
WRITE_HEADERS: Mapping[str, str] = {
    "Sforce-Auto-Assign": "FALSE",
    "Sforce-Duplicate-Rule-Header": "allowSave=true; includeRecordDetails=false; runAsCurrentUser=true",
}

T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True, slots=True)
class Rows(Generic[T]):
    """One answer to a query: its rows, or what pieces of them became. `total` counts all rows that fit it, as
    far as they were asked for; `is_all` says these are all of them, `limit` how many it could have been."""

    rows: list[T]
    total: int
    is_all: bool
    limit: int = soql.LIMIT

    @property
    def is_end(self) -> bool:
        """This says that nothing lies behind. Salesforce shortens pages as it likes, so that the number
        of rows alone says nothing."""
        return self.is_all and self.total < self.limit

    def taken_by(self, take: Callable[[list[T]], U]) -> Rows[U]:
        """This is the answer with what its rows become."""
        return Rows([take(self.rows)], self.total, self.is_all, self.limit)


@dataclass(frozen=True, slots=True)
class Description:
    """The fields of an object that our user may see, by name, as describe gives them."""

    fields: Mapping[str, Mapping[str, Any]]
    etag: str = ""
    seen_at: float = 0.0
    grants: Mapping[str, bool] = field(default_factory=dict)


class Org:
    """One org, asked in our words."""

    def __init__(self, session: Session, caller: Caller, port: Port) -> None:
        self._session, self._caller, self._port = session, caller, port
        self._descriptions: dict[str, Description] = {}
        self._without_parents: set[str] = set()
        self._without_optional: set[str] = set()

    @property
    def usage(self) -> Usage:
        used = self._caller.usage
        left = min(used.day_left, self._session.share.left(used.day_limit))
        return replace(used, calls=used.calls + self._session.login_calls, day_left=left)

    @property
    def grant(self) -> Grant:
        return self._session.grant

    def token(self) -> Token:
        return self._session.token()

    def server_now(self) -> int:
        return self._session.server_now()

    def query(self, text: str, *, with_deleted: bool = False) -> Rows[Row]:
        name = "queryAll" if with_deleted else "query"
        return rows_of(self._caller.call(_select(name, text)).data, name)

    def taken(self, text: str, take: Callable[[list[Row]], T]) -> Rows[T]:
        """This asks for deleted rows, too, and gives `take` some rows at a time. If the answer breaks off,
        it is given them again."""
        counted = InPieces("records", BETWEEN, lambda rows: (len(rows), take(rows)))
        data = self._caller.call(replace(_select("queryAll", text), in_pieces=counted)).data
        made = [each for _, each in data["records"]]
        came = sum(count for count, _ in data["records"])
        return _complete(Rows(made, data["totalSize"], data["done"]), "queryAll", came)

    def call(self, request: Request) -> Reply:
        """This performs a request that is nobody else's business."""
        return self._caller.call(request)

    def rest(self, seconds: float) -> None:
        """This waits for work that the org does meanwhile."""
        self._port.sleep(seconds)

    def monotonic(self) -> float:
        return self._port.monotonic()

    def together(self, paths: Mapping[str, str]) -> dict[str, Any]:
        """This asks several GETs (name → path below the version) in one call. What was refused is left
        out: whoever wants to know why asks again, alone."""
        parts = [
            {"method": "GET", "url": f"{DATA}/{path}", "referenceId": name} for name, path in paths.items()
        ]
        request = Request(
            *("POST", f"{DATA}/composite"),
            body={"allOrNone": False, "compositeRequest": parts},
            required={"compositeResponse": list},
        )
        answers = self._caller.call(request).data["compositeResponse"]
        said = {each.get("referenceId"): each for each in answers if isinstance(each, dict)}
        return {
            name: said[name].get("body")
            for name in paths
            if name in said and said[name].get("httpStatusCode") == 200
        }

    def count(self, source: str, where: str) -> int:
        required = {"totalSize": int, "done": bool}
        text = soql.count(source, where)
        request = Request("GET", f"{DATA}/queryAll", query=(("q", text),), required=required)
        return int(self._caller.call(request).data["totalSize"])

    def describe(self, source: str, *, fresh: bool = False) -> Description:
        held = self._descriptions.get(source)
        now = self._port.monotonic()
        if held and not fresh and now - held.seen_at < DESCRIBE_S:
            return held
        reply = self._caller.call(
            Request(
                "GET",
                f"{DATA}/sobjects/{source}/describe",
                headers={"If-None-Match": held.etag} if held and held.etag else {},
                required={"fields": list, "name": str},
                allowed=frozenset({304}) if held else frozenset(),
            )
        )
        self._descriptions[source] = _described(reply, held, now)
        return self._descriptions[source]

    def forget(self, source: str) -> None:
        """From now on the object is not what it was said to be."""
        self._descriptions.pop(source, None)

    def forget_descriptions(self) -> None:
        self._descriptions.clear()
        self._without_parents.clear()
        self._without_optional.clear()

    def visible(self, source: str, wanted: Sequence[str]) -> list[str]:
        """These of the wanted fields can be selected. Standard fields are taken for granted until
        the org refuses one, so that most objects are never described at all."""
        if source in self._without_optional:
            wanted = [name for name in wanted if name not in OPTIONAL]
        if source not in self._descriptions and not any(name.endswith("__c") for name in wanted):
            return list(wanted)
        seen = self.describe(source).fields
        has_parents = source not in self._without_parents
        return [name for name in wanted if (has_parents if "." in name else name in seen)]

    def leave_out_optional(self, source: str) -> None:
        """From now on no field is asked for that only some orgs have."""
        self._without_optional.add(source)

    def leave_out_parents(self, source: str) -> None:
        """From now on no field of a parent object is asked for: our user may not see the parent."""
        self._without_parents.add(source)

    def write(self, method: str, records: Sequence[Mapping[str, Any]], *, upsert_by: str = "") -> list[Any]:
        """This sends at most 200 records and hands back one answer per record, in their order.
        `upsert_by` is `Type/ExternalId`. Creating is the one thing that must not be repeated blindly."""
        path = f"{DATA}/composite/sobjects" + (f"/{upsert_by}" if upsert_by else "")
        request = Request(
            method,
            path,
            headers=WRITE_HEADERS,
            body={"allOrNone": False, "records": list(records)},
            safe=method == "PATCH",
        )
        data = self._caller.call(request).data
        if not isinstance(data, list) or len(data) != len(records):
            raise Unreachable(f"{CRM} {request.name}: {len(records)} records sent, other answers came")
        return data

    def create(self, path: str, body: Mapping[str, Any]) -> str:
        """This creates one row (also under `tooling/`) and returns its id."""
        request = Request(
            "POST",
            f"{DATA}/{path}",
            headers=WRITE_HEADERS,
            body=body,
            safe=False,
            required={"id": str, "success": bool},
        )
        return str(self._caller.call(request).data["id"])

    @property
    def share(self) -> Share:
        """This counts our own calls of the last 24 hours."""
        return self._session.share

    def limits(self) -> Mapping[str, Any]:
        data: Mapping[str, Any] = self._caller.call(
            Request("GET", f"{DATA}/limits", required={"DailyApiRequests": dict})
        ).data
        return data

    def versions(self) -> list[str]:
        """These are the API versions that the org serves."""
        data = self._caller.call(Request("GET", "/services/data")).data
        if not isinstance(data, list):
            raise Unreachable(f"{CRM} /services/data: no list of versions came")
        return [str(each["version"]) for each in data if isinstance(each, dict) and "version" in each]


def rows_of(data: Mapping[str, Any], name: str, *, limit: int = soql.LIMIT) -> Rows[Row]:
    """This is the answer to a query, if it holds what it says."""
    return _complete(
        Rows(data["records"], data["totalSize"], data["done"], limit), name, len(data["records"])
    )


def _complete(found: Rows[T], name: str, came: int) -> Rows[T]:
    if found.is_all and found.total != came:
        raise Unreachable(f"{CRM} {name}: {found.total} rows were announced, {came} came")
    return found


def _select(name: str, text: str) -> Request:
    required = {"records": list, "done": bool, "totalSize": int}
    return Request("GET", f"{DATA}/{name}", query=(("q", text),), required=required)


def _described(reply: Reply, held: Description | None, now: float) -> Description:
    if reply.data is None and held:
        return Description(held.fields, held.etag, now, held.grants)
    data = reply.data
    named = {each["name"]: each for each in data["fields"] if isinstance(each, dict) and "name" in each}
    grants = {name: bool(data.get(name)) for name in ("queryable", "createable", "updateable")}
    return Description(named, reply.answer.headers.get("etag", ""), now, grants)
