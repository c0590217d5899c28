"""Picklists of ours that an earlier version made learn the words of this one, and keep what they had."""

from __future__ import annotations

import requests
from crm_account import WAIT_S, Account, sandbox

from connectors.own import OWN_FIELDS, STATUSES
from connectors.salesforce.choices import with_values
from connectors.salesforce.provision import metadata

OLD = ("lead", "mql", "excluded")


def made_before(account: Account) -> None:
    """The org has a field of ours that knows fewer words, and one that nobody knows any more."""
    ready = account.sandbox.ready["salesforce"]
    form = {"grant_type": "client_credentials"} | {n: ready[n] for n in ("client_id", "client_secret")}
    login = requests.post(f"{ready['url']}/services/oauth2/token", data=form, timeout=WAIT_S).json()
    status = metadata(next(field for field in OWN_FIELDS if field.name == "status"))
    values = [{"fullName": name, "label": name.title(), "default": False} for name in OLD]
    status["valueSet"] = {"restricted": True, "valueSetDefinition": {"sorted": False, "value": values}}
    for source in ("Lead", "Contact"):
        answer = requests.post(
            f"{ready['url']}/services/data/v67.0/tooling/sobjects/CustomField",
            json={"FullName": f"{source}.MQL_Status__c", "Metadata": status},
            headers={"Authorization": f"Bearer {login['access_token']}"},
            timeout=WAIT_S,
        )
        assert answer.status_code == 201, answer.text


def test_provision_adds_the_values_that_are_missing_and_takes_none_away() -> None:
    with sandbox(20) as running:
        account = Account("salesforce", running)
        made_before(account)

        first = account.connector().provision()
        second = account.connector().provision()
        checked = account.connector().check()

    added = ", ".join(name for name in STATUSES if name not in OLD)
    completed = {each.subject: each.text for each in first if each.text.startswith("values added")}
    assert completed == {
        f"{source}.MQL_Status__c": f"values added: {added}" for source in ("Lead", "Contact")
    }
    assert {each.state for each in second} == {"ok"}
    assert not [each for each in checked if "lacks the values" in each.text]


def test_what_somebody_else_put_there_stays() -> None:
    held = {"fullName": "excluded", "label": "Out", "default": True, "color": "#ff0000"}
    values = {"restricted": True, "valueSetDefinition": {"sorted": True, "value": [held]}}

    lost = {"fullName": "lost", "label": "Lost", "default": False}
    whole = with_values({"type": "Picklist", "label": "Status", "valueSet": values}, [lost])

    assert whole is not None
    assert whole["label"] == "Status"
    assert whole["valueSet"]["valueSetDefinition"]["value"][0] == held
    assert whole["valueSet"]["valueSetDefinition"]["value"][1] == lost
    assert with_values({"type": "Picklist", "valueSet": {"valueSetName": "Shared"}}, [lost]) is None
