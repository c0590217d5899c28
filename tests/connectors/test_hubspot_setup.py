"""Checking and provisioning a portal: what is missing is named, what is made is made once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hubspot_stub import Call, Said, connector_to, in_turn, results, serving

from connectors.hubspot.fields import OWN
from connectors.own import OWN_FIELDS
from connectors.protocol import Finding

PATHS = {"contacts": "contacts", "tasks": "tasks"}


class Schemas:
    """A portal's properties, and nothing else of interest."""

    def __init__(self) -> None:
        self.there: dict[str, dict[str, dict[str, Any]]] = {"contacts": {}, "tasks": {}}
        self.groups: set[str] = set()
        self.unique_tasks = True
        self.scopes: set[str] = set()  # path parts that are closed

    def __call__(self, call: Call) -> Said:
        for part in self.scopes:
            if part in call.path:
                body = {
                    "category": "MISSING_SCOPES",
                    "context": {"requiredGranularScopes": [f"scope.{part}"]},
                }
                return Said(403, body)
        if "/crm/properties/2026-09/" in call.path:
            return self.properties(call, call.path.split("/")[4:])
        if "/account-info/" in call.path:
            return Said(body={"portalId": 5, "timeZone": "US/Eastern"})
        return Said(body={"results": [], "events": [], "lists": []})

    def properties(self, call: Call, path: list[str]) -> Said:
        there = self.there[path[0]]
        if call.method == "GET":
            return self.shown(there, path[1:])
        if path[1:] == ["groups"]:
            existed = path[0] in self.groups
            self.groups.add(path[0])
            return Said(409, {"message": "exists"}) if existed else Said(201, call.body)
        if call.method == "PATCH":
            there[path[1]].update(call.body)
            return Said(body=there[path[1]])
        if path[0] == "tasks" and not self.unique_tasks:
            return Said(400, {"message": "unique properties are not supported"})
        there.update({one["name"]: one for one in call.body["inputs"]})
        return Said(201, {"results": call.body["inputs"]})

    def shown(self, there: dict[str, dict[str, Any]], path: list[str]) -> Said:
        if not path:
            return results(list(there.values()))
        return Said(body=there[path[0]]) if path[0] in there else Said(404, b"")


def states(findings: list[Finding]) -> dict[str, str]:
    return {finding.subject: finding.state for finding in findings}


def test_provisioning_creates_what_is_missing_and_then_nothing() -> None:
    schemas = Schemas()
    with serving(schemas) as stub:
        connector = connector_to(stub)
        first = connector.provision()
        second = connector.provision()
        posts = [call for call in stub.calls if call.method != "GET"]

    assert len(first) == len(OWN_FIELDS) + 1
    assert set(states(first).values()) == {"changed"}
    assert set(states(second).values()) == {"ok"}
    assert len(posts) == 4  # a group and a batch for contacts and for tasks
    assert schemas.there["tasks"]["mqlsync_task_key"]["hasUniqueValue"] is True
    assert schemas.there["contacts"]["mqlsync_qualified_at"]["type"] == "datetime"


def test_a_group_that_exists_is_no_failure() -> None:
    schemas = Schemas()
    schemas.groups = {"contacts", "tasks"}
    with serving(schemas) as stub:
        assert set(states(connector_to(stub).provision()).values()) == {"changed"}


def test_a_property_of_another_type_is_reported_and_left_alone() -> None:
    schemas = Schemas()
    with serving(schemas) as stub:
        connector = connector_to(stub)
        connector.provision()
        schemas.there["contacts"]["mqlsync_score"]["type"] = "string"
        provisioned, checked = connector.provision(), connector.check()

    subjects = {"contacts.mqlsync_score": provisioned, "contacts own properties": checked}
    for subject, findings in subjects.items():
        found = next(each for each in findings if each.subject == subject)
        assert found.state == "error"
        assert "string instead of number" in found.text
        assert found.remedy
    assert schemas.there["contacts"]["mqlsync_score"]["type"] == "string"


def test_options_that_are_missing_are_added_and_none_is_taken_away() -> None:
    schemas = Schemas()
    with serving(schemas) as stub:
        connector = connector_to(stub)
        connector.provision()
        own = [{"label": "Z", "value": "Z"}, {"label": "A", "value": "A"}]
        schemas.there["contacts"]["mqlsync_grade"]["options"] = own
        found = states(connector.provision())

    assert found["contacts.mqlsync_grade"] == "changed"
    options = [each["value"] for each in schemas.there["contacts"]["mqlsync_grade"]["options"]]
    assert options == ["Z", "A", "B", "C", "D"]


def test_a_portal_without_unique_task_properties_is_told_how_tasks_are_found() -> None:
    schemas = Schemas()
    schemas.unique_tasks = False
    with serving(schemas) as stub:
        connector = connector_to(stub)
        found = next(each for each in connector.provision() if each.subject.startswith("tasks."))
        checked = states(connector.check())

    assert found.state == "warning"
    assert "looked up" in found.text
    assert checked["tasks.mqlsync_task_key"] == "warning"


def test_a_ready_portal_checks_without_errors_and_nothing_is_written() -> None:
    schemas = Schemas()
    with serving(schemas) as stub:
        connector = connector_to(stub)
        connector.provision()
        stub.calls.clear()
        findings = connector.check()

        writes = [call for call in stub.calls if call.method != "GET" and not call.path.endswith("/search")]
    assert [call.body for call in writes] == [{"inputs": []}] * 2  # batches of none, to see if we might
    assert set(states(findings).values()) == {"ok"}


def test_properties_that_are_missing_are_one_finding_and_options_another() -> None:
    schemas = Schemas()
    with serving(schemas) as stub:
        connector = connector_to(stub)
        before = connector.check()
        connector.provision()
        del schemas.there["contacts"]["mqlsync_score"]
        schemas.there["contacts"]["mqlsync_grade"]["options"].pop()
        after = connector.check()

    (missing,) = [each for each in before if each.state == "error"]
    assert all(name in missing.text for name in OWN)
    one, other = [each for each in after if each.state == "error"]
    assert one.text == "missing: mqlsync_score"
    assert other.text == "mqlsync_grade lacks the options D"
    assert all("mqlsync provision" in each.remedy for each in (missing, one, other))


@pytest.mark.parametrize(
    ("part", "subject", "state"),
    [
        ("objects/2026-09/contacts", "contacts", "error"),
        ("owners", "owners", "error"),
        ("email/public", "e-mail events", "warning"),
        ("event-occurrences", "page views", "warning"),
        ("marketing-events", "webinars", "warning"),
        ("properties", "properties", "error"),
    ],
)
def test_a_missing_scope_is_named_with_what_it_costs(part: str, subject: str, state: str) -> None:
    schemas = Schemas()
    schemas.scopes = {part}
    with serving(schemas) as stub:
        found = next(each for each in connector_to(stub).check() if each.subject == subject)

    assert found.state == state
    assert f"scope.{part}" in found.text
    assert "Grant" in found.remedy


def test_a_wrong_token_is_the_only_finding() -> None:
    with serving(in_turn(Said(401, {"message": "Authentication credentials not found."}))) as stub:
        findings = connector_to(stub).check()

    assert [(each.subject, each.state) for each in findings] == [("connection", "error")]
    assert "token" in findings[0].remedy


@pytest.mark.parametrize(
    ("indexed", "state", "words"),
    [
        ("2026-11-01T00:00:00Z", "ok", "up to date"),
        ("2026-10-31T23:59:30Z", "ok", "by up to 30 s"),
        ("2026-10-31T23:00:00Z", "warning", "by up to 3600 s"),
    ],
)
def test_how_far_the_index_lags_is_sampled(indexed: str, state: str, words: str) -> None:
    schemas = Schemas()

    def script(call: Call) -> Said:
        stamps = {"search": indexed, "read": "2026-11-01T00:00:00Z"}
        stamp = stamps.get(call.path.rpartition("/")[2]) if "/objects/" in call.path else None
        return results([{"id": "1", "properties": {"lastmodifieddate": stamp}}]) if stamp else schemas(call)

    with serving(script) as stub:
        found = next(each for each in connector_to(stub).check() if each.subject == "search index")

    assert found.state == state
    assert words in found.text


@pytest.mark.parametrize(
    ("burst", "day", "tier"),
    [
        ("100", "250000", "Free or Starter"),
        ("190", "650000", "Professional"),
        ("190", "1000000", "Enterprise"),
        ("110", "", "OAuth"),
        ("250", "2000000", "increase"),
    ],
)
def test_the_limits_tell_the_tier(burst: str, day: str, tier: str) -> None:
    schemas = Schemas()
    told = {"Max": burst, "Remaining": "50", "Interval-Milliseconds": "10000"}
    told |= {"Daily": day, "Daily-Remaining": "100"} if day else {}
    headers = {f"X-HubSpot-RateLimit-{name}": value for name, value in told.items()}

    def script(call: Call) -> Said:
        said = schemas(call)
        return replace(said, headers={**said.headers, **headers})

    with serving(script) as stub:
        found = {each.subject: each for each in connector_to(stub, day_share=1.0).check()}

    assert tier in found["tier"].text
    assert ("shows no" in found["limits"].text or "does not show" in found["limits"].text) is not bool(day)


def test_the_vendors_own_link_is_noticed() -> None:
    schemas = Schemas()
    with serving(schemas) as stub:
        connector = connector_to(stub)
        connector.provision()
        schemas.there["contacts"]["salesforceleadid"] = {"name": "salesforceleadid"}
        found = next(each for each in connector.check() if each.subject == "vendor link")

    assert found.state == "warning"
    assert "mqlsync_" in found.remedy


def test_a_portal_that_goes_away_in_the_middle_leaves_what_was_seen() -> None:
    schemas = Schemas()

    def script(call: Call) -> Said:
        return Said(500, {}) if "owners" in call.path else schemas(call)

    with serving(script) as stub:
        findings = connector_to(stub).check()

    assert [each.subject for each in findings] == ["account", "token", "contacts", "connection"]
