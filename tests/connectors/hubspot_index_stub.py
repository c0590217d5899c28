"""A little portal behind the stub: contacts that are listed, searched and read as HubSpot does it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from hubspot_stub import NOW, Call, Said, results

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SEARCH_CAP = 10_000


def iso(at: int) -> str:
    return (EPOCH + timedelta(microseconds=at)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass
class Contacts:
    """`stamps` holds who exists; `index` what the search knows, where it lags behind."""

    stamps: dict[int, int] = field(default_factory=dict)
    index: dict[int, int] | None = None
    archived: set[int] = field(default_factory=set)
    merged: dict[int, int] = field(default_factory=dict)
    odd: dict[int, dict[str, Any]] = field(default_factory=dict)
    page_max: int = 10_000
    empty_first: int = 0

    def __call__(self, call: Call) -> Said:
        if call.path.endswith("/search"):
            return self.search(call.body)
        if call.path.endswith("/batch/read"):
            return self.batch(call.body, call.query.get("archived") == "true")
        number = call.path.rpartition("/")[2]
        if number.isdecimal():
            return self.by_itself(int(number))
        return self.listed(call.query)

    def by_itself(self, number: int) -> Said:
        """One contact; a merged one shows its winner."""
        number = self.merged.get(number, number)
        if number not in self.stamps or number in self.archived:
            return Said(404, b"<html>not found</html>", {"Content-Type": "text/html"})
        return Said(body=self.row(number))

    def row(self, number: int) -> dict[str, Any]:
        stamp = iso(self.stamps.get(number, NOW))
        properties = {"email": f"p{number}@mail.example", "lastmodifieddate": stamp}
        row = {"id": str(number), "properties": properties, "createdAt": iso(0), "updatedAt": stamp}
        return row | {"archived": number in self.archived} | self.odd.get(number, {})

    def listed(self, query: dict[str, str]) -> Said:
        here = sorted(n for n in self.stamps if n not in self.archived)
        rest = [n for n in here if n >= int(query.get("after", "0"))]
        limit = min(int(query["limit"]), self.page_max)
        more = {"paging": {"next": {"after": str(rest[limit])}}} if len(rest) > limit else {}
        return results([self.row(n) for n in rest[:limit]], **more)

    def search(self, body: dict[str, Any]) -> Said:
        low, high, last = 0, 2**62, 0
        for one in body["filterGroups"][0]["filters"]:
            if one["operator"] == "BETWEEN":
                low, high = int(one["value"]) * 1000, int(one["highValue"]) * 1000
            elif one["propertyName"] == "hs_object_id":
                last = int(one["value"])
        index = self.stamps if self.index is None else self.index
        found = sorted(n for n, at in index.items() if low <= at <= high and n > last)
        skip, limit = int(body.get("after", 0)), min(body["limit"], self.page_max)
        if skip + limit > SEARCH_CAP:
            return Said(400, {"category": "VALIDATION_ERROR", "message": "beyond 10,000"})
        if self.empty_first > 0:
            self.empty_first -= 1
            return results([], total=len(found), paging={"next": {"after": "0"}})
        more = {"paging": {"next": {"after": str(skip + limit)}}} if len(found) > skip + limit else {}
        return results([self.row(n) for n in found[skip : skip + limit]], total=len(found), **more)

    def batch(self, body: dict[str, Any], archived: bool) -> Said:
        wanted = [int(one["id"]) for one in body["inputs"]]
        there = [n for n in wanted if n in self.stamps and (n in self.archived) == archived]
        missing = len(wanted) - len(there)
        errors = {"numErrors": 1, "errors": [{"category": "OBJECT_NOT_FOUND"}]} if missing else {}
        return Said(207 if missing else 200, {"results": [self.row(n) for n in reversed(there)], **errors})
