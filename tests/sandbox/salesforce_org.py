"""An org in a small world, asked without a network, and its rows looked at without a query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import orjson

from sandbox.clock import SECOND, Clock
from sandbox.crm import Request, Response
from sandbox.salesforce.fake import Salesforce
from sandbox.salesforce.tables import Row
from sandbox.world import World

NOW = 1_795_000_000 * SECOND
DATA = "/services/data/v67.0"
NO_ASSIGNMENT = {"sforce-auto-assign": "FALSE"}
PERSON_OBJECTS = (
    "Lead",
    "Contact",
    "CampaignMember",
    "Task",
    "Event",
    "Opportunity",
    "OpportunityContactRole",
)
HISTORIES = ("LeadHistory", "OpportunityHistory")


@dataclass(frozen=True)
class Said:
    status: int
    body: Any
    headers: dict[str, str]


class Asked:
    """One client of one fresh org."""

    def __init__(self, *, people: int = 120, seed: int = 7, now: int = NOW) -> None:
        self.world = World(seed, people, now)
        self.clock = Clock(now, frozen=True)
        self.crm = Salesforce(self.world, self.clock)
        self.token = ""
        self.token = self.login().body["access_token"]

    def raw(self, method: str, path: str, **more: Any) -> Response:
        headers = {"authorization": f"Bearer {self.token}"} | more.get("headers", {})
        query = tuple(more.get("query", {}).items())
        return self.crm.handle(
            Request(method, path, query, headers, more.get("body", b""), "http://127.0.0.1:1")
        )

    def call(self, method: str, path: str, body: Any = None, **more: Any) -> Said:
        raw = b"" if body is None else orjson.dumps(body)
        said = self.raw(method, path if path.startswith("/") else f"{DATA}/{path}", body=raw, **more)
        return Said(said.status, orjson.loads(said.body) if said.body else None, dict(said.headers))

    def login(self, **form: str) -> Said:
        wanted = {"grant_type": "client_credentials", **self.crm.credentials()} | form
        said = self.raw("POST", "/services/oauth2/token", body=urlencode(wanted).encode())
        return Said(said.status, orjson.loads(said.body), dict(said.headers))

    def ask(self, soql: str, *, all_rows: bool = True) -> Said:
        return self.call("GET", "queryAll" if all_rows else "query", query={"q": soql})

    def rows(self, soql: str, *, all_rows: bool = True, batch: int = 2000) -> list[dict[str, Any]]:
        """Every page of a query that must be accepted."""
        headers = {"sforce-query-options": f"batchSize={batch}"}
        name = "queryAll" if all_rows else "query"
        said = self.call("GET", name, query={"q": soql}, headers=headers)
        assert said.status == 200, said.body
        found = list(said.body["records"])
        while not said.body["done"]:
            said = self.call("GET", said.body["nextRecordsUrl"])
            assert said.status == 200, said.body
            found += said.body["records"]
        assert len(found) == said.body["totalSize"]
        return found

    def everything(self, name: str) -> list[Row]:
        """All rows of an object that are there, by trying every number."""
        table = self.crm.org.tables[name]
        return [row for number in range(20_000) if (row := table.get(number))]

    def write(self, *records: dict[str, Any], method: str = "PATCH", **more: Any) -> list[Any]:
        body = {"allOrNone": more.pop("all_or_none", False), "records": list(records)}
        headers = NO_ASSIGNMENT | more.pop("headers", {})
        said = self.call(method, "composite/sobjects", body, headers=headers)
        assert said.status == 200, said.body
        return list(said.body)

    def upsert(self, path: str, *records: dict[str, Any]) -> Said:
        body = {"allOrNone": False, "records": list(records)}
        return self.call("PATCH", f"composite/sobjects/{path}", body, headers=NO_ASSIGNMENT)

    def provide(self, object_name: str, field: str, *, edit: bool = True, **metadata: Any) -> None:
        """Makes a custom field and lets us see it."""
        described = {"type": "Text", "label": field.replace("_", " "), "length": 255} | metadata
        made = {"FullName": f"{object_name}.{field}__c", "Metadata": described}
        assert self.call("POST", "tooling/sobjects/CustomField", made).status == 201
        target = "Task" if object_name == "Activity" else object_name
        held = self.rows("SELECT Id FROM PermissionSet WHERE Name = 'Ours'")
        if held:
            set_id = held[0]["Id"]
        else:
            set_id = self.call("POST", "sobjects/PermissionSet", {"Name": "Ours", "Label": "Ours"}).body["id"]
            ours = {"AssigneeId": self.crm.org.user_id, "PermissionSetId": set_id}
            assert self.call("POST", "sobjects/PermissionSetAssignment", ours).status == 201
        grant = {
            "attributes": {"type": "FieldPermissions"}, "ParentId": set_id, "SobjectType": target,
            "Field": f"{target}.{field}__c", "PermissionsRead": True, "PermissionsEdit": edit,
        }  # fmt: skip
        assert self.write(grant, method="POST")[0]["success"]

    def first(self, name: str, where: str) -> dict[str, Any]:
        """The first row that fits, as a query shows it."""
        return self.rows(f"SELECT Id FROM {name} WHERE {where} ORDER BY Id LIMIT 1", all_rows=False)[0]


def record(kind: str, **values: Any) -> dict[str, Any]:
    return {"attributes": {"type": kind}, **values}


def code(result: dict[str, Any]) -> str:
    """The code of a record that failed, "" of one that did not."""
    return str(result["errors"][0]["statusCode"]) if result["errors"] else ""
