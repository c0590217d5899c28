"""What an org's people set up, and how it refuses writes."""

from __future__ import annotations

import pytest
from salesforce_org import Asked, code, record

from sandbox.salesforce.rules import Validation

SAVE_ANYWAY = {"sforce-duplicate-rule-header": "allowSave=true; runAsCurrentUser=true"}


@pytest.fixture
def org() -> Asked:
    return Asked()


def leads(org: Asked, count: int) -> list[str]:
    rows = org.rows("SELECT Id FROM Lead WHERE IsConverted = FALSE AND IsDeleted = FALSE ORDER BY Id")
    return [row["Id"] for row in rows[:count]]


def test_a_validation_rule_refuses_the_field_it_guards_in_its_own_words(org: Asked) -> None:
    org.crm.rules.validations.append(Validation("Lead", "Industry", "Industries are frozen."))
    (lead,) = leads(org, 1)

    (refused,) = org.write(record("Lead", Id=lead, Industry="Retail"))
    (taken,) = org.write(record("Lead", Id=lead, Title="CTO"))

    assert refused["errors"] == [
        {
            "statusCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION",
            "message": "Industries are frozen.",
            "fields": ["Industry"],
        }
    ]
    assert taken["success"]


@pytest.mark.parametrize(
    ("how", "headers", "refused"),
    [("alert", {}, True), ("alert", SAVE_ANYWAY, False), ("block", SAVE_ANYWAY, True)],
)
def test_an_alert_of_duplicates_can_be_passed_and_a_block_cannot(
    org: Asked, how: str, headers: dict[str, str], refused: bool
) -> None:
    org.crm.rules.duplicates["Lead"] = how
    (lead,) = leads(org, 1)

    (said,) = org.write(record("Lead", Id=lead, Title="CTO"), headers=headers)

    assert code(said) == ("DUPLICATES_DETECTED" if refused else "")


def test_a_trigger_that_stands_few_records_fails_a_larger_batch_as_a_whole(org: Asked) -> None:
    org.crm.rules.batch_max["Lead"] = 2
    three = [record("Lead", Id=each, Title="CTO") for each in leads(org, 3)]

    assert {code(said) for said in org.write(*three)} == {"CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"}
    assert {code(said) for said in org.write(*three[:2])} == {""}


def test_a_record_over_which_a_trigger_falls_takes_its_batch_along(org: Asked) -> None:
    first, second = leads(org, 2)
    org.crm.rules.stumbling.add(first)

    both = org.write(record("Lead", Id=first, Title="CTO"), record("Lead", Id=second, Title="CTO"))
    alone = org.write(record("Lead", Id=second, Title="CTO"))

    assert {code(said) for said in both} == {"CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"}
    assert code(alone[0]) == ""


def test_rules_are_listed_to_a_tool_that_asks_for_them_and_nothing_else_is(org: Asked) -> None:
    org.crm.rules.validations.append(Validation("Lead", "Industry", "No."))
    text = "SELECT ValidationName,EntityDefinition.QualifiedApiName FROM ValidationRule WHERE Active = TRUE"

    said = org.call("GET", "tooling/query", query={"q": text})
    other = org.call("GET", "tooling/query", query={"q": "SELECT Id FROM ApexClass"})

    assert said.body["records"][0]["EntityDefinition"]["QualifiedApiName"] == "Lead"
    assert other.status == 400


def test_our_user_and_the_duplicate_rules_can_be_looked_at(org: Asked) -> None:
    (rights,) = org.rows("SELECT PermissionsApiEnabled,PermissionsEditTask FROM UserPermissionAccess LIMIT 1")
    rules = org.rows(
        "SELECT DeveloperName FROM DuplicateRule WHERE IsActive = TRUE AND SobjectType IN ('Lead')"
    )

    assert rights["PermissionsEditTask"] is True
    assert [row["DeveloperName"] for row in rules] == ["Standard_Lead_Duplicate_Rule"]
