"""`check` says what is missing and changes nothing; `provision` creates it and never deletes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from salesforce_stub import DATA, TOKEN, Call, Said, Stub, connector_to, serving

from connectors.protocol import Finding
from connectors.salesforce.fields import OWN_PAIRS, TASK_KEY_FIELD
from connectors.salesforce.ids import long_id
from connectors.salesforce.provision import metadata
from connectors.salesforce.streams import Options, sources
from connectors.salesforce.surroundings import HELPFUL, NEEDED

PREFIXES = {"PermissionSet": "0PS", "PermissionSetAssignment": "0Pa", "CustomField": "00N"}
TYPES = {"Text": "string", "Number": "double", "DateTime": "datetime", "Picklist": "picklist"}


@dataclass
class Setup:
    """An org's set-up: custom fields, who may see them, and what is said about them."""

    fields: dict[str, dict[str, Any]] = field(default_factory=dict)
    sets: dict[str, str] = field(default_factory=dict)
    granted: set[str] = field(default_factory=set)
    assigned: set[str] = field(default_factory=set)
    permissions: dict[str, bool] = field(default_factory=dict)
    duplicate_rules: tuple[str, ...] = ()
    validation_rules: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    linked: bool = False
    person_accounts: bool = False
    refuse: bool = False
    stub: Stub | None = None

    def __call__(self, call: Call) -> Said:
        assert self.stub
        if call.path == TOKEN:
            return self.stub.token()
        if call.method == "GET":
            return self.read(call)
        if self.refuse:
            return Said(403, [{"message": "no access", "errorCode": "INSUFFICIENT_ACCESS"}])
        if call.path == f"{DATA}/composite/sobjects":
            return Said(body=[self.grant(record) for record in call.json["records"]])
        return self.create(call.path.rpartition("/")[2], call.json)

    def read(self, call: Call) -> Said:
        if call.path == "/services/data":
            return Said(body=[{"label": "Summer '26", "version": "67.0", "url": DATA}])
        if call.path == f"{DATA}/limits":
            return Said(body={"DailyApiRequests": {"Max": 1000, "Remaining": 900}})
        if call.path.endswith("/describe"):
            return self.describe(call.path.split("/")[-2])
        return self.query(call.query["q"])

    def describe(self, name: str) -> Said:
        source = next(each for each in sources(Options()).values() if each.object == name)
        names = [each for each in source.fields if each not in self.absent]
        standard = [{"name": each, "updateable": True} for each in names if not each.startswith("MQL_")]
        custom = [
            described
            for full_name, described in self.fields.items()
            if full_name.replace("Activity.", "Task.").startswith(f"{name}.")
            and full_name.replace("Activity.", "Task.") in self.granted
            and self.assigned
        ]
        if self.person_accounts and name == "Account":
            standard.append({"name": "IsPersonAccount"})
        link = [{"name": "HubSpot_Inc__Contact_Id__c"}] if self.linked else []
        return Said(body={"name": name, "createable": True, "fields": [*standard, *custom, *link]})

    def query(self, text: str) -> Said:
        source = re.search(r"FROM (\w+)", text)
        if source and source[1] in self.hidden:
            words = f"sObject type '{source[1]}' is not supported."
            return Said(400, [{"message": words, "errorCode": "INVALID_TYPE"}])
        tables: dict[str, list[dict[str, Any]]] = {
            "PermissionSet": [{"Id": each} for each in self.sets.values()],
            "FieldPermissions": [{"Field": each} for each in self.granted],
            "PermissionSetAssignment": [{"Id": each} for each in self.assigned],
            "UserPermissionAccess": [dict.fromkeys((*NEEDED, *HELPFUL), True) | self.permissions],
            "DuplicateRule": [
                {"SobjectType": "Lead", "DeveloperName": name} for name in self.duplicate_rules
            ],
            "ValidationRule": [
                {"ValidationName": name, "EntityDefinition": {"QualifiedApiName": "Lead"}}
                for name in self.validation_rules
            ],
        }
        rows = tables[source[1] if source else ""]
        return Said(body={"totalSize": len(rows), "done": True, "records": rows})

    def grant(self, record: dict[str, Any]) -> dict[str, Any]:
        assert record["Field"].startswith(record["SobjectType"] + ".")
        if record["Field"] in self.granted:
            return {
                "success": False,
                "errors": [{"statusCode": "DUPLICATE_VALUE", "message": "x", "fields": []}],
            }
        self.granted.add(record["Field"])
        return {"id": long_id("01k5e0000100001"), "success": True, "errors": []}

    def create(self, kind: str, body: dict[str, Any]) -> Said:
        row_id = long_id(f"{PREFIXES[kind]}5e0000100001")
        if kind == "CustomField":
            if body["FullName"] in self.fields:
                words = "There is already a field named so."
                return Said(400, [{"message": words, "errorCode": "DUPLICATE_DEVELOPER_NAME"}])
            self.fields[body["FullName"]] = described(body["FullName"], body["Metadata"])
        if kind == "PermissionSet":
            self.sets[body["Name"]] = row_id
        if kind == "PermissionSetAssignment":
            self.assigned.add(row_id)
        return Said(201, {"id": row_id, "success": True, "errors": []})


def described(full_name: str, said: dict[str, Any]) -> dict[str, Any]:
    values = said.get("valueSet", {}).get("valueSetDefinition", {}).get("value", [])
    return {
        "name": full_name.partition(".")[2],
        "type": TYPES[said["type"]],
        "length": said.get("length", 0),
        "updateable": True,
        "unique": said.get("unique", False),
        "externalId": said.get("externalId", False),
        "restrictedPicklist": bool(values),
        "picklistValues": [{"value": each["fullName"], "active": True} for each in values],
    }


def states(findings: list[Finding]) -> set[str]:
    return {each.state for each in findings}


def test_provision_creates_and_grants_everything_once_and_the_second_time_nothing() -> None:
    org = Setup()
    with serving(org) as stub:
        org.stub = stub
        connector = connector_to(stub)

        before = connector.check()
        first = connector.provision()
        calls = len(stub.calls)
        second = connector.provision()
        after = connector.check()

    assert any(each.state == "error" and "MQL_Score__c" in each.text for each in before)
    assert any("mqlsync provision" in each.remedy for each in before)
    assert len(org.fields) == 2 * len(OWN_PAIRS) + 1
    assert f"Activity.{TASK_KEY_FIELD}" in org.fields
    assert any("map each MQL field" in each.remedy for each in first)
    assert states(second) == states(after) == {"ok"}
    assert not [call for call in stub.calls[calls:] if call.method != "GET" and call.path != TOKEN]


def test_a_field_that_exists_but_is_hidden_is_granted() -> None:
    org = Setup(fields={f"Lead.{name}": described(f"Lead.{name}", metadata(own)) for name, own in OWN_PAIRS})
    with serving(org) as stub:
        org.stub = stub
        findings = connector_to(stub).provision()

    assert "error" not in states(findings)
    assert "Lead.MQL_Score__c" in org.granted


def test_provision_without_the_right_to_do_so_says_what_to_do() -> None:
    org = Setup(refuse=True)
    with serving(org) as stub:
        org.stub = stub
        findings = connector_to(stub).provision()

    assert [each.state for each in findings] == ["error"]
    assert "no access" in findings[0].text
    assert findings[0].remedy


def test_check_names_a_field_of_the_wrong_kind() -> None:
    org = Setup()
    with serving(org) as stub:
        org.stub = stub
        connector = connector_to(stub)
        connector.provision()
        org.fields["Lead.MQL_Score__c"]["type"] = "string"
        org.fields["Lead.MQL_Reason__c"]["length"] = 80
        org.fields["Lead.MQL_Status__c"]["picklistValues"].pop()
        org.fields["Contact.MQL_Grade__c"]["updateable"] = False
        org.fields[f"Activity.{TASK_KEY_FIELD}"]["unique"] = False

        errors = [each.text for each in connector.check() if each.state == "error"]

    assert len(errors) == 3
    assert "MQL_Score__c is of type string" in errors[0]
    assert "MQL_Reason__c holds 80 characters" in errors[0]
    assert "MQL_Status__c lacks the values disqualified" in errors[0]
    assert "read-only for us: MQL_Grade__c" in errors[1]
    assert "not a unique external id" in errors[2]


def test_a_login_that_fails_is_the_only_finding() -> None:
    def script(call: Call) -> Said:
        return Said(400, {"error": "invalid_client", "error_description": "invalid client credentials"})

    with serving(script) as stub:
        findings = connector_to(stub).check()

    assert [(each.subject, each.state) for each in findings] == [("login", "error")]
    assert "invalid client credentials" in findings[0].text


def test_an_object_we_may_not_see_and_a_day_nearly_used_up_are_named() -> None:
    org = Setup()

    def script(call: Call) -> Said:
        if call.path == f"{DATA}/sobjects/Campaign/describe":
            return Said(404, [{"message": "The requested resource does not exist", "errorCode": "NOT_FOUND"}])
        if call.path == f"{DATA}/limits":
            return Said(body={"DailyApiRequests": {"Max": 1000, "Remaining": 200}})
        return org(call)

    with serving(script) as stub:
        org.stub = stub
        findings = connector_to(stub).check()

    assert any(each.subject == "Campaign" and "may not see it" in each.text for each in findings)
    assert any(each.subject == "daily calls" and each.state == "warning" for each in findings)


def found(org: Setup, subject: str) -> list[Finding]:
    with serving(org) as stub:
        org.stub = stub
        return [each for each in connector_to(stub).check() if each.subject == subject]


def test_what_our_user_may_not_do_is_named_with_what_it_costs() -> None:
    lacking = {"PermissionsEditTask": False, "PermissionsViewSetup": False}

    task, setup = found(Setup(permissions=lacking), "permissions")

    assert (task.state, setup.state) == ("error", "warning")
    assert "no task can be made" in task.text
    assert "Edit Tasks" in task.remedy


def test_rules_that_may_refuse_us_are_named() -> None:
    rules = tuple(f"Rule_{n}" for n in range(10))
    org = Setup(duplicate_rules=("Standard_Rule",), validation_rules=rules)

    (duplicates,) = found(org, "duplicate rules")
    (validation,) = found(org, "validation rules")

    assert (duplicates.state, validation.state) == ("ok", "warning")
    assert "Lead.Standard_Rule" in duplicates.text
    assert "Lead.Rule_7 and 2 more" in validation.text


def test_what_our_user_may_not_look_at_is_said() -> None:
    org = Setup(hidden=("UserPermissionAccess", "DuplicateRule", "ValidationRule"))

    for subject in ("permissions", "duplicate rules", "validation rules"):
        (finding,) = found(org, subject)
        assert finding.state == "warning"
        assert "not visible" in finding.text
        assert "View Setup" in finding.remedy


def test_the_link_to_hubspot_is_seen_by_what_it_leaves_behind() -> None:
    (without,) = found(Setup(), "link to HubSpot")
    (linked,) = found(Setup(linked=True), "link to HubSpot")

    assert (without.state, linked.state) == ("ok", "warning")
    assert "HubSpot_Inc__Contact_Id__c" in linked.text
    assert "field mappings" in linked.remedy


def test_what_only_some_orgs_have_is_not_missed_in_the_others() -> None:
    (currency,) = found(Setup(absent=("CurrencyIsoCode",)), "Campaign")
    (both,) = found(Setup(absent=("CurrencyIsoCode", "ParentId")), "Campaign")

    assert currency.state == "ok"
    assert (both.state, both.text) == ("warning", "not readable: ParentId")


def test_person_accounts_are_named_where_there_are_some() -> None:
    assert found(Setup(), "person accounts") == []
    (finding,) = found(Setup(person_accounts=True), "person accounts")

    assert finding.state == "warning"
