"""What real orgs answered, and that ours answers an equivalent request alike: status, keys, JSON types.

The recordings are read from the folder that MQLSYNC_RECORDED names; without it these tests are skipped.
Each recording is replayed from top to bottom against a fresh org of ours, with its ids translated and
its custom fields provided; exchanges that we do not imitate are counted under their reason.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest
from salesforce_org import DATA, Asked, Said, code, record

from sandbox.salesforce.objects import OBJECTS

RECORDED = Path(os.environ.get("MQLSYNC_RECORDED") or Path(__file__).parents[3] / "shared" / "recorded")
FOLDER = RECORDED / "salesforce"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no recorded answers in {RECORDED}")

VERSION = re.compile(r"/services/data/(?:v\w+\.0|<api_version>)")
RECORD_ID = re.compile(r"[0-9A-Za-z]{18}")

# Endpoints that the product does not call and the sandbox does not have.
NOT_OURS = {
    r"/services/Soap/.*": "SOAP is not spoken",
    r"//?services/async/.*": "the Bulk API is not spoken",
    r"/id/.*": "the identity of the token answer suffices",
    f"{DATA}/": "the list of resources is not asked for",
    f"{DATA}/composite": "composite requests are not sent",
    f"{DATA}/composite/graph": "composite requests are not sent",
    f"{DATA}/connect/.*": "communities are not read",
    f"{DATA}/limits/recordCount": "rows are counted by query",
    f"{DATA}/quickActions/.*": "quick actions are not used",
    rf"{DATA}/sobjects/\w+/(?!describe)\w+/[^/]+": "single records are not upserted",
}
PREFIXES = {each.prefix for each in OBJECTS.values()}
TYPES = {
    "string": "Text", "email": "Email", "phone": "Text", "url": "Url", "boolean": "Checkbox",
    "datetime": "DateTime", "date": "Date", "picklist": "Text", "textarea": "TextArea",
}  # fmt: skip


def load(path: Path) -> Any:
    return orjson.loads(path.read_bytes())


def recordings() -> list[str]:
    return sorted(str(path.relative_to(FOLDER)) for path in FOLDER.glob("exchanges/*/*.json"))


def alike(recorded: Any, ours: Any, where: str = "") -> None:
    """Same JSON types all the way down; a null says nothing about a type. Objects may differ in keys
    only where the caller has taken that into account."""
    if recorded is None or ours is None:
        return
    kinds = [
        "number" if isinstance(each, int | float) and not isinstance(each, bool) else type(each).__name__
        for each in (recorded, ours)
    ]
    assert kinds[0] == kinds[1], where
    if isinstance(recorded, dict):
        for key in recorded.keys() & ours.keys():
            alike(recorded[key], ours[key], f"{where}.{key}")
    if isinstance(recorded, list) and recorded and ours:
        alike(recorded[0], ours[0], f"{where}[0]")


def known(name: str) -> bool:
    return name in OBJECTS


@cache
def custom_fields() -> dict[str, dict[str, Any]]:
    """The custom fields that recorded orgs had on our objects, by `Object.Field__c`."""
    found = {}
    for path in sorted((FOLDER / "describe").glob("*.json")):
        described = load(path)
        for each in described.get("fields", []):
            name = f"{described['name']}.{each['name']}"
            if (
                each["custom"]
                and known(described["name"])
                and not OBJECTS[described["name"]].field(each["name"])
            ):
                found[name] = each
    return found


def org_with_fields() -> Asked:
    org = Asked(people=40)
    for full_name, described in custom_fields().items():
        target, field = full_name.split(".")
        kind = TYPES.get(described["type"], "Number")
        more: dict[str, Any] = {"type": kind, "label": described["label"][:40]}
        if kind == "Number":
            more |= {"precision": 18, "scale": 2}
        org.provide(target, field.removesuffix("__c"), **more)
    return org


class Replay:
    """One recording, replayed: which of its ids are which of ours."""

    def __init__(self) -> None:
        self.org = org_with_fields()
        self.ids: dict[str, str] = {}
        self.left_out: Counter[str] = Counter()
        self.compared = 0

    def exchange(self, exchange: dict[str, Any]) -> None:
        request, response = exchange["request"], exchange["response"]
        path = VERSION.sub(DATA, request["path"])
        reason = self.not_concerning(request, path)
        if reason:
            self.left_out[reason] += 1
            return
        self.compared += 1
        if path == "/services/oauth2/token":
            compare_login(response, self.org.login())
        elif path.rstrip("/").endswith(("/query", "/queryAll")):
            self.query(request, response, path)
        elif path.startswith(f"{DATA}/composite/sobjects"):
            self.collection(request, response, path)
        else:
            self.other(request, response, path)

    def not_concerning(self, request: dict[str, Any], path: str) -> str:
        for pattern, reason in NOT_OURS.items():
            if re.fullmatch(pattern, path):
                return reason
        named = re.match(rf"{DATA}/sobjects/(\w+)", path)
        if named and not known(named[1]):
            return "an object of that org"
        if f"{DATA}/query/0" in path:
            return "a locator of that org"
        body = request.get("body")
        records = body.get("records", []) if isinstance(body, dict) else []
        if not all(known(each.get("attributes", {}).get("type", "Account")) for each in records):
            return "an object of that org"
        deleted = (request.get("query") or {}).get("ids", "")
        if any(each[:3] not in PREFIXES for each in deleted.split(",") if each):
            return "an object of that org"
        text = (request.get("query") or {}).get("q", "")
        return self.not_our_soql(text) if text else ""

    def not_our_soql(self, text: str) -> str:
        if re.search(r"TYPEOF|\(select|count\(Id\)", text, re.IGNORECASE):
            return "SOQL that the sandbox refuses on purpose"
        source = re.search(r"\bfrom\s+(\w+)", text, re.IGNORECASE)
        if source is None or not known(source[1]):
            return "an object of that org"
        after = text[source.end() :]
        used = re.findall(r"([\w.]+)\s*(?:=|!=|\bIN\b|\bLIKE\b)", after)
        seen = self.org.crm.org.sobject(source[1])
        assert seen
        return "" if all(seen.field(name) for name in used) else "a condition on a field of that org"

    def query(self, request: dict[str, Any], response: dict[str, Any], path: str) -> None:
        text = self.without_unknown_fields(self.translated(request["query"]["q"]))
        said = self.org.call("GET", path, query={"q": text})
        assert said.status == response["status"], (text, said.body)
        alike(response["body"], said.body)
        if said.status != 200:
            assert {*said.body[0]} == {*response["body"][0]}
            assert said.body[0]["errorCode"] == response["body"][0]["errorCode"]
            return
        assert {*said.body} - {"nextRecordsUrl"} == {*response["body"]} - {"nextRecordsUrl"}
        for theirs in response["body"]["records"][:1]:
            for ours in said.body["records"][:1]:
                assert {*ours} <= {*theirs}
                assert {*ours["attributes"]} == {*theirs["attributes"]}

    def without_unknown_fields(self, text: str) -> str:
        match = re.fullmatch(r"(?is)\s*select\s+(.*?)\s+from\s+(\w+)(.*)", text)
        assert match
        seen = self.org.crm.org.sobject(match[2])
        assert seen
        names = [name.strip() for name in match[1].split(",")]
        kept = [name for name in names if "(" in name or seen.field(name)]
        return f"SELECT {', '.join(kept)} FROM {match[2]}{match[3]}"

    def collection(self, request: dict[str, Any], response: dict[str, Any], path: str) -> None:
        query = {name: self.translated(value) for name, value in (request.get("query") or {}).items()}
        if request["method"] == "DELETE":
            theirs = request["query"]["ids"].split(",")
            self.make_sure(theirs)
            query["ids"] = ",".join(self.ids.get(each, each) for each in theirs)
        body = self.our_records(request["body"])
        said = self.org.call(
            request["method"], path, body, query=query,
            headers={"sforce-auto-assign": "FALSE"},
        )  # fmt: skip
        assert said.status == response["status"], said.body
        assert len(said.body) == len(response["body"])
        for theirs, ours in zip(response["body"], said.body, strict=True):
            assert {*ours} == {*theirs}, (theirs, ours)
            assert [each["statusCode"] for each in ours["errors"]] == [
                each["statusCode"] for each in theirs["errors"]
            ]
            assert [each["message"] for each in ours["errors"]] == [
                each["message"] for each in theirs["errors"]
            ]
            alike(theirs, ours)
            if theirs.get("id"):
                self.ids[theirs["id"]] = ours["id"]

    def known_values(self, body: Any) -> Any:
        """The body with our ids; whom it speaks of exists."""
        if not body:
            return None
        text = orjson.dumps(body).decode()
        self.make_sure(RECORD_ID.findall(text))
        return orjson.loads(self.translated(text))

    def our_records(self, body: Any) -> Any:
        """The records of a collection, without the fields that only that org has."""
        said = self.known_values(body)
        for each in said["records"] if said else []:
            seen = self.org.crm.org.sobject(each.get("attributes", {}).get("type", "Account"))
            assert seen
            for name in [name for name in each if name != "attributes" and not seen.field(name)]:
                del each[name]
        return said

    def make_sure(self, ids: list[str]) -> None:
        """Rows that the recording did not create exist in ours too."""
        made = {
            "001": record("Account", Name="There before"),
            "003": record("Contact", LastName="There before"),
        }
        for each in ids:
            if each not in self.ids and each[:3] in made and not each.endswith("000000000"):
                self.ids[each] = self.org.write(made[each[:3]], method="POST")[0]["id"]

    def translated(self, text: str) -> str:
        return RECORD_ID.sub(lambda found: self.ids.get(found[0], found[0]), text)

    def other(self, request: dict[str, Any], response: dict[str, Any], path: str) -> None:
        found = RECORD_ID.findall(path)
        if response["status"] != 404:
            self.make_sure(found)
        if "/sobjects/Organization/" in path:
            path = f"{DATA}/sobjects/Organization/{self.org.crm.org.id}"
        said = self.org.call(request["method"], self.translated(path), self.ours_of(request, path))
        body = resolved(response["body"])
        assert said.status == response["status"], (path, said.body)
        if body == "":
            assert said.body is None
            return
        if not isinstance(body, dict) or "$dropped" not in body:
            alike(body, said.body)
        if said.status >= 400:
            assert {*said.body[0]} == {*body[0]}
            assert said.body[0]["errorCode"] == body[0]["errorCode"]
        elif said.status == 201:
            assert {*said.body} == {*body}
            assert ("Location" in said.headers) or "Location" not in response["headers"]
            self.ids[body["id"]] = said.body["id"]
        if "Sforce-Limit-Info" in response["headers"]:
            assert re.fullmatch(r"api-usage=\d+/\d+", said.headers["Sforce-Limit-Info"])
        if "ETag" in response["headers"]:
            assert {"ETag", "Last-Modified"} <= {*said.headers}

    def ours_of(self, request: dict[str, Any], path: str) -> Any:
        """The body without the fields that only that org has."""
        body = self.known_values(request.get("body"))
        named = re.match(rf"{DATA}/sobjects/(\w+)", path)
        seen = self.org.crm.org.sobject(named[1]) if named else None
        if not isinstance(body, dict) or seen is None:
            return body
        return {name: value for name, value in body.items() if seen.field(name)}


def resolved(body: Any) -> Any:
    reference = body.get("$ref") if isinstance(body, dict) else None
    return load(FOLDER / reference) if reference else body


def compare_login(response: dict[str, Any], said: Said) -> None:
    assert said.status == response["status"]
    assert {*response["body"]} <= {*said.body}
    alike(response["body"], said.body)


@pytest.mark.parametrize("name", recordings() if FOLDER.is_dir() else [])
def test_a_recording_is_answered_alike(name: str) -> None:
    replay = Replay()

    for exchange in load(FOLDER / name)["exchanges"]:
        replay.exchange(exchange)

    if not replay.compared:
        pytest.skip("; ".join(f"{reason} ({count})" for reason, count in replay.left_out.items()))


def described() -> list[Path]:
    return [path for path in sorted((FOLDER / "describe").glob("*.json")) if known(path.name.split("__")[0])]


# Where a recorded org had changed its own picklists and so their length.
FACTS = (
    "type",
    "soapType",
    "createable",
    "updateable",
    "nillable",
    "relationshipName",
    "filterable",
    "custom",
)


@pytest.mark.parametrize("path", described() if FOLDER.is_dir() else [], ids=lambda path: str(path.stem))
def test_describe_says_what_a_real_org_says_of_the_same_fields(path: Path) -> None:
    theirs = load(path)
    ours = Asked(people=10).call("GET", f"sobjects/{theirs['name']}/describe").body

    assert {*theirs} <= {*ours}
    assert (ours["name"], ours["label"], ours["labelPlural"], ours["keyPrefix"]) == (
        theirs["name"], theirs["label"], theirs["labelPlural"], theirs["keyPrefix"],
    )  # fmt: skip
    alike({**theirs, "childRelationships": []}, ours)
    assert {*theirs["urls"]} - {"defaultValues", "eventSeriesUpdates"} <= {*ours["urls"]}
    fields = {each["name"]: each for each in ours["fields"]}
    same = [each for each in theirs["fields"] if each["name"] in fields and not each["custom"]]
    assert len(same) >= 9
    for each in same:
        mine = fields[each["name"]]
        assert {*each} <= {*mine}
        assert {key: mine[key] for key in FACTS} == {key: each[key] for key in FACTS}, each["name"]
        assert {*mine["referenceTo"]} <= {*each["referenceTo"]}
        if each["type"] != "picklist":
            assert mine["length"] == each["length"], each["name"]


def test_the_newest_describe_has_exactly_our_keys() -> None:
    theirs = load(FOLDER / "describe" / "Account__nango.json")
    ours = Asked(people=10).call("GET", "sobjects/Account/describe").body

    assert {*ours} == {*theirs}
    assert {*ours["fields"][0]} == {*theirs["fields"][0]}
    assert {*ours["urls"]} == {*theirs["urls"]}
    assert {*ours["recordTypeInfos"][0]} == {*theirs["recordTypeInfos"][0]}


def test_the_list_of_objects_has_the_recorded_keys() -> None:
    theirs = load(FOLDER / "describe" / "global__cumulusci.json")
    ours = Asked(people=10).call("GET", "sobjects").body

    assert {*ours} == {*theirs}
    assert {*ours["sobjects"][0]} == {*theirs["sobjects"][0]}
    alike(theirs, ours)


def test_limits_and_versions_have_the_recorded_form() -> None:
    org = Asked(people=10)
    limits = load(FOLDER / "exchanges/nango/get-limits.json")["exchanges"][0]["response"]["body"]
    versions = load(FOLDER / "exchanges/nango/delete-sobject-collection.json")["exchanges"][0]["response"][
        "body"
    ]

    ours = org.call("GET", "limits").body
    assert {*ours} <= {*limits}
    assert all({*each} == {"Max", "Remaining"} for each in ours.values())
    served = org.call("GET", "/services/data").body
    assert served[: len(versions)] == [
        {**each, "label": each["label"].replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")} for each in versions
    ]


def body_of(name: str) -> Any:
    return load(FOLDER / "bodies" / name)


def test_refusals_have_the_recorded_bodies() -> None:
    org = Asked(people=40)
    contact = org.first("Contact", "LastName != null")["Id"]
    users = org.crm.org.user_id
    set_id = org.call("POST", "sobjects/PermissionSet", {"Name": "Ours", "Label": "Ours"}).body["id"]
    ours = {"AssigneeId": users, "PermissionSetId": set_id}
    org.call("POST", "sobjects/PermissionSetAssignment", ours)
    twice = org.call("POST", "sobjects/PermissionSetAssignment", ours).body
    recorded = body_of("ampersand/metadata__write__err-duplicate-permission-assignment.json")
    assert [(each["errorCode"], each["fields"], each["message"][:45]) for each in twice] == [
        (each["errorCode"], each["fields"], each["message"][:45]) for each in recorded
    ]

    empty = org.call("POST", "composite/sobjects", {"records": []})
    assert empty.body == body_of("ampersand/batch__create__contacts__err-bad-request.json")
    refused = org.call("PATCH", f"sobjects/Contact/{contact}", {"MasterRecordId": contact})
    assert refused.body == body_of("ampersand/invalid-field-upsert.json")
    unknown = org.ask("SELECT Id,Name,BillingCity,IsDeleted FROM Accout")
    assert unknown.body == body_of("ampersand/unknown-object.json")
    none = org.call("GET", "sobjects/Nothing/describe")
    assert none.body == body_of("restforce/sobject_describe_error_response.json")
    both = org.write(
        record("Contact", FirstName="a"), record("Contact", LastName="b"), method="POST", all_or_none=True
    )
    assert both == body_of("ampersand/batch__create__contacts__partial-but-allOrNone.json")
    column = org.call("POST", "sobjects/Contact", {"foo": 1}).body[0]
    theirs = body_of("restforce/write_error_response.json")[0]
    assert column["errorCode"] == theirs["errorCode"]
    assert column["message"] == theirs["message"].replace("Bar", "Contact")
    key = org.upsert("Contact/Namez", record("Contact"))
    assert (key.status, key.body) == (404, body_of("restforce/upsert_error_response.json"))
    org.crm.expire_sessions()
    assert org.call("GET", "limits").body == body_of("restforce/expired_session_response.json")


def test_queries_have_the_recorded_rows() -> None:
    org = Asked(people=200)
    pairs = {
        "ampersand/read-opportunity-with-account.json": (
            "SELECT Id,Name,AccountId,Amount,StageName FROM Opportunity"
        ),
        "ampersand/metadata__write__permission-set.json": "SELECT Id,Name FROM PermissionSet",
        "restforce/query_empty_response.json": "SELECT Id FROM Lead WHERE Email = 'nobody@nowhere.example'",
    }
    org.provide("Lead", "Anything")

    for name, soql in pairs.items():
        theirs, ours = body_of(name), org.ask(soql).body
        assert {*ours} == {*theirs}
        assert [{*each} for each in ours["records"][:1]] == [{*each} for each in theirs["records"][:1]]
        alike(theirs, ours)


CATALOGUE_NOT_OURS = {
    "Bad_OAuth_Token": "no identity endpoint",
    "API_DISABLED_FOR_ORG": "an edition without API", "API_CURRENTLY_DISABLED": "an admin's mistake",
    "QUERY_TIMEOUT": "queries here are quick",
    "300 Multiple Choices": "single records are not upserted", "InvalidBatch": "no Bulk API",
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": "our user sees every row",
    "PROCESSING_HALTED": "triggers here break with CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
    "LIMIT_EXCEEDED / STORAGE_LIMIT_EXCEEDED": "there is room", "None": "a gateway says it, not the org",
}  # fmt: skip


def test_every_error_of_the_catalogue_is_imitated_or_left_out_for_a_reason() -> None:
    source = "".join(
        path.read_text(encoding="utf-8") for path in Path(__file__).parents[2].glob("sandbox/salesforce/*.py")
    )
    codes = {str(each["code"]) for each in load(FOLDER / "errors" / "catalogue.json")["entries"]}

    missing = {each for each in codes if f'"{each}"' not in source}

    assert missing == {*CATALOGUE_NOT_OURS} & codes
    assert code({"errors": []}) == ""
