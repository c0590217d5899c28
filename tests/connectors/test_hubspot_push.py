"""Writing to HubSpot: one bad row costs one row, silence is not success, a task is made once."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hubspot_stub import NOW, PATIENCE, Call, Clock, Said, connector_to, in_turn, results, serving
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.outcome import Done, Outcome, Rejected, Retry, Stop
from connectors.protocol import FieldWrite, TaskWrite

DAY = 86_400_000_000


def write(record_id: str, **fields: Any) -> FieldWrite:
    return FieldWrite("contact", record_id, fields or {"score": 5})


def echo(call: Call, bad: frozenset[str] = frozenset()) -> Said:
    """This takes a batch, in an order of its own, or refuses it whole for one bad row."""
    inputs = call.body["inputs"]
    if any(one["id"] in bad for one in inputs):
        return Said(400, {"category": "VALIDATION_ERROR", "message": "Property values were not valid: []"})
    return results([{"id": one["id"], "properties": {}} for one in reversed(inputs)])


def test_values_go_out_encoded_and_results_may_come_in_any_order() -> None:
    with serving(echo) as stub:
        outcomes = connector_to(stub).push([write("1", score=5, reason=None, qualified_at=NOW), write("2")])

        inputs = stub.calls[0].body["inputs"]
    assert outcomes == [Done("1"), Done("2")]
    assert stub.calls[0].path == "/crm/objects/2026-09/contacts/batch/update"
    assert inputs[0]["properties"] == {
        "mqlsync_score": "5",
        "mqlsync_reason": "",
        "mqlsync_qualified_at": "2026-11-18T11:06:40.000Z",
    }
    assert [one["objectWriteTraceId"] for one in inputs] == ["0", "1"]


def test_two_hundred_and_fifty_writes_are_three_calls() -> None:
    with serving(echo) as stub:
        outcomes = connector_to(stub).push([write(str(n)) for n in range(250)])

        assert len(stub.calls) == 3
    assert outcomes == [Done(str(n)) for n in range(250)]


@settings(max_examples=20, deadline=None)
@given(st.sets(st.integers(0, 99), max_size=5))
def test_one_bad_row_costs_one_row(bad: set[int]) -> None:
    with serving(lambda call: echo(call, frozenset(map(str, bad)))) as stub:
        outcomes = connector_to(stub).push([write(str(n)) for n in range(100)])

        assert len(stub.calls) <= 1 + 2 * 7 * len(bad)
    assert {n for n, outcome in enumerate(outcomes) if isinstance(outcome, Rejected)} == bad
    assert all(outcome == Done(str(n)) for n, outcome in enumerate(outcomes) if n not in bad)


def test_a_batch_of_nothing_but_bad_rows_is_given_up_after_so_many_calls() -> None:
    with serving(lambda _: Said(400, {"message": "no"})) as stub:
        outcomes = connector_to(stub).push([write(str(n)) for n in range(100)])

        assert len(stub.calls) == 60
    assert {type(outcome) for outcome in outcomes} <= {Rejected, Retry}


@pytest.mark.parametrize("fates", list(product(["ok", "error", "missing"], repeat=4)))
def test_every_input_is_matched_with_its_result_or_its_error(fates: tuple[str, ...]) -> None:
    def script(call: Call) -> Said:
        good, bad = [], []
        for one in reversed(call.body["inputs"]):
            match fates[int(one["id"])]:
                case "ok":
                    good.append({"id": one["id"]})
                case "error":
                    context = {"objectWriteTraceId": [one["objectWriteTraceId"]]}
                    bad.append({"category": "VALIDATION_ERROR", "message": "bad", "context": context})
        return Said(207 if bad else 200, {"results": good, "errors": bad, "numErrors": len(bad)})

    with serving(script) as stub:
        outcomes = connector_to(stub).push([write(str(n)) for n in range(4)])

    kinds: dict[str, type[Outcome]] = {"ok": Done, "error": Rejected, "missing": Retry}
    assert [type(outcome) for outcome in outcomes] == [kinds[fate] for fate in fates]


def test_errors_that_name_only_the_record_find_it() -> None:
    error = {"category": "OBJECT_NOT_FOUND", "message": "gone", "context": {"ids": ["2"]}}
    with serving(lambda _: Said(207, {"results": [{"id": "1"}], "errors": [error]})) as stub:
        outcomes = connector_to(stub).push([write("1"), write("2")])

    assert outcomes[0] == Done("1")
    assert isinstance(outcomes[1], Rejected)
    assert outcomes[1].reason == "gone"


def test_errors_that_name_nobody_are_put_to_each_row_alone() -> None:
    def script(call: Call) -> Said:
        good = [{"id": one["id"]} for one in call.body["inputs"] if one["id"] not in {"2", "3"}]
        bad = len(call.body["inputs"]) - len(good)
        return Said(207, {"results": good, "errors": [{"message": "not valid"}] * bad, "numErrors": bad})

    with serving(script) as stub:
        outcomes = connector_to(stub).push([write(str(n)) for n in range(1, 5)])

    assert [type(outcome) for outcome in outcomes] == [Done, Rejected, Rejected, Done]


def test_a_missing_property_stops_only_the_writes_that_need_it() -> None:
    def script(call: Call) -> Said:
        if any("mqlsync_partner" in one["properties"] for one in call.body["inputs"]):
            text = (
                'Property values were not valid: [{"error":"PROPERTY_DOESNT_EXIST","name":"mqlsync_partner"}]'
            )
            return Said(400, {"category": "VALIDATION_ERROR", "message": text})
        return echo(call)

    with serving(script) as stub:
        outcomes = connector_to(stub).push([write("1", partner="k"), write("2"), write("3", partner="k")])

        assert len(stub.calls) == 2
    assert outcomes[1] == Done("2")
    for outcome in (outcomes[0], outcomes[2]):
        assert isinstance(outcome, Stop)
        assert "mqlsync_partner" in outcome.reason
        assert "mqlsync provision" in outcome.remedy


def test_the_same_row_twice_goes_out_in_two_batches() -> None:
    with serving(echo) as stub:
        outcomes = connector_to(stub).push([write("1", score=1), write("2"), write("1", score=2)])

        assert [len(call.body["inputs"]) for call in stub.calls] == [2, 1]
    assert outcomes == [Done("1"), Done("2"), Done("1")]


def test_only_contacts_carry_our_fields() -> None:
    with serving(echo) as stub:
        outcomes = connector_to(stub).push([FieldWrite("company", "1", {"score": 1}), write("1")])

    assert [type(outcome) for outcome in outcomes] == [Rejected, Done]


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        (Said(401, {}), Stop),
        (Said(403, {"category": "MISSING_SCOPES"}), Stop),
        (Said(429, {"policyName": "DAILY"}), Stop),
        (Said(500, {}), Retry),
        (Said(200, b"<html>", {"Content-Type": "text/html"}), Retry),
        (Said(how="reset"), Retry),
    ],
)
def test_a_call_in_vain_is_an_outcome_of_each_write_and_the_last_call(
    said: Said, outcome: type[Outcome]
) -> None:
    with serving(in_turn(said)) as stub:
        outcomes = connector_to(stub).push([write(str(n)) for n in range(250)])

        assert len(stub.calls) <= PATIENCE.attempts_max
    assert {type(each) for each in outcomes} == {outcome}
    assert len(outcomes) == 250


def test_what_was_written_before_the_trouble_stays_done() -> None:
    with serving(in_turn(results([{"id": str(n)} for n in range(100)]), Said(401, {}))) as stub:
        outcomes = connector_to(stub).push([write(str(n)) for n in range(150)])

    assert outcomes[:100] == [Done(str(n)) for n in range(100)]
    assert all(isinstance(outcome, Stop) for outcome in outcomes[100:])


def task(number: int, **more: Any) -> TaskWrite:
    fixed: dict[str, Any] = {
        "key": f"ep:{number}",
        "kind": "contact",
        "record_id": str(100 + number),
        "owner_id": "7",
        "subject": "Call",
        "body": "Because <b>\nof & this",
        "due_at": NOW + DAY,
        "company_id": "9",
    }
    return TaskWrite(**(fixed | more))


class TaskPortal:
    """Tasks by id, links by task; a unique key property where `unique`."""

    def __init__(self, *, unique: bool) -> None:
        self.unique = unique
        self.tasks: dict[str, dict[str, Any]] = {}
        self.links: dict[str, set[tuple[str, str]]] = {}
        self.lose: str = ""  # the answer of a call whose path ends so is lost once

    def __call__(self, call: Call) -> Said:
        said = self.answer(call)
        if self.lose and call.path.endswith(self.lose):
            self.lose = ""
            return Said(how="reset")
        return said

    def answer(self, call: Call) -> Said:
        if call.path.endswith("/mqlsync_task_key"):
            return (
                Said(200, {"name": "mqlsync_task_key", "hasUniqueValue": True})
                if self.unique
                else Said(404, b"")
            )
        if call.path.endswith("/tasks/batch/upsert"):
            return results([self.upsert(one) for one in reversed(call.body["inputs"])])
        if call.path.endswith("/contacts/tasks/batch/read"):
            return self.tasks_of(call.body)
        if call.path.endswith("/tasks/batch/read"):
            return self.read(call.body)
        if "/crm/associations/2026-09/tasks/" in call.path:
            return self.link(call)
        return self.create(call.body)

    def upsert(self, one: dict[str, Any]) -> dict[str, Any]:
        held = next((i for i, p in self.tasks.items() if p.get("mqlsync_task_key") == one["id"]), "")
        task_id = held or str(1 + len(self.tasks))
        self.tasks.setdefault(task_id, {}).update(one["properties"])
        return {"id": task_id, "properties": {"mqlsync_task_key": one["id"]}}

    def read(self, body: dict[str, Any]) -> Said:
        name = body.get("idProperty")
        wanted = [one["id"] for one in body["inputs"]]
        found = [(i, p) for i, p in self.tasks.items() if (p.get(name) if name else i) in wanted]
        return results([{"id": i, "properties": p} for i, p in found])

    def link(self, call: Call) -> Said:
        plural = call.path.split("/")[5]
        for one in call.body["inputs"]:
            self.links.setdefault(one["from"]["id"], set()).add((plural, one["to"]["id"]))
        return results([{"fromObjectId": int(one["from"]["id"])} for one in call.body["inputs"]])

    def tasks_of(self, body: dict[str, Any]) -> Said:
        wanted = {one["id"] for one in body["inputs"]}
        return results(
            [
                {"from": {"id": contact}, "to": [{"toObjectId": int(t)} for t in found]}
                for contact in wanted
                if (found := [t for t, links in self.links.items() if ("contacts", contact) in links])
            ]
        )

    def create(self, body: dict[str, Any]) -> Said:
        task_id = str(1 + len(self.tasks))
        self.tasks[task_id] = body["properties"]
        plurals = {204: "contacts", 192: "companies"}
        self.links[task_id] = {
            (plurals[one["types"][0]["associationTypeId"]], one["to"]["id"]) for one in body["associations"]
        }
        return Said(201, {"id": task_id})


@pytest.mark.parametrize("unique", [True, False])
def test_a_task_is_made_once_with_everything_a_person_needs(unique: bool) -> None:
    portal = TaskPortal(unique=unique)
    with serving(portal) as stub:
        connector = connector_to(stub)
        first = connector.push_tasks([task(1), task(2)])
        again = connector.push_tasks([task(2), task(1), task(3)])

    assert sorted(first, key=str) == [Done("1"), Done("2")]
    assert again[:2] == first[::-1]
    assert len(portal.tasks) == 3
    one = next(p for p in portal.tasks.values() if "ep:1" in p["hs_task_body"])
    assert one["hs_task_body"] == "Because &lt;b&gt;<br>of &amp; this<br>[mqlsync:ep:1]"
    assert one["hs_timestamp"] == "2026-11-19T11:06:40.000Z"
    assert (one["hs_task_priority"], one["hubspot_owner_id"]) == ("MEDIUM", "7")
    for task_id, links in portal.links.items():
        number = portal.tasks[task_id]["hs_task_body"][-2]
        assert links == {("contacts", f"10{number}"), ("companies", "9")}


CALLS = ["/mqlsync_task_key", "/tasks/batch/read", "/tasks/batch/upsert", "/contacts/batch/create",
         "/companies/batch/create", "/contacts/tasks/batch/read", "/2026-09/tasks"]  # fmt: skip


@pytest.mark.parametrize(("unique", "lost"), list(product([True, False], CALLS)))
def test_a_lost_answer_at_any_call_never_makes_a_second_task(unique: bool, lost: str) -> None:
    portal = TaskPortal(unique=unique)
    portal.lose = lost
    with serving(portal) as stub:
        connector = connector_to(stub)
        connector.push_tasks([task(1)])
        outcomes = connector.push_tasks([task(1)])

    assert outcomes == [Done("1")]
    assert len(portal.tasks) == 1
    assert portal.links == {"1": {("contacts", "101"), ("companies", "9")}}


def test_a_lost_create_is_left_to_the_next_look() -> None:
    portal = TaskPortal(unique=False)
    portal.lose = "/2026-09/tasks"
    with serving(portal) as stub:
        outcomes = connector_to(stub).push_tasks([task(1)])

    assert isinstance(outcomes[0], Retry)
    assert "looked up" in outcomes[0].reason


def test_a_task_that_somebody_worked_on_is_not_written_again() -> None:
    portal = TaskPortal(unique=True)
    with serving(portal) as stub:
        connector = connector_to(stub)
        connector.push_tasks([task(1)])
        portal.tasks["1"]["hs_task_status"] = "COMPLETED"
        connector.push_tasks([task(1)])

    assert portal.tasks["1"]["hs_task_status"] == "COMPLETED"


def test_a_refused_task_costs_only_itself() -> None:
    portal = TaskPortal(unique=False)

    def script(call: Call) -> Said:
        if call.path.endswith("/2026-09/tasks") and call.body["properties"]["hubspot_owner_id"] == "8":
            return Said(400, {"category": "VALIDATION_ERROR", "message": "owner 8 is not valid"})
        return portal(call)

    with serving(script) as stub:
        outcomes = connector_to(stub).push_tasks([task(1, owner_id="8"), task(2)])

    assert isinstance(outcomes[0], Rejected)
    assert outcomes[0].reason == "owner 8 is not valid"
    assert outcomes[1] == Done("1")


def test_a_task_that_cannot_be_linked_is_not_done() -> None:
    portal = TaskPortal(unique=True)

    def script(call: Call) -> Said:
        if call.path.endswith("/tasks/contacts/batch/create"):
            return Said(
                207, {"results": [], "errors": [{"message": "CONTACT=101 is not valid"}], "numErrors": 1}
            )
        return portal(call)

    with serving(script) as stub:
        outcomes = connector_to(stub).push_tasks([task(1)])

    assert isinstance(outcomes[0], Rejected)


def test_tasks_of_companies_are_refused_and_a_revoked_token_stops_all() -> None:
    with serving(in_turn(Said(401, {}))) as stub:
        outcomes = connector_to(stub, Clock()).push_tasks([task(1, kind="company"), task(2)])

    assert [type(outcome) for outcome in outcomes] == [Rejected, Stop]


@pytest.mark.parametrize("path", ["/contacts/tasks/batch/read", "/objects/2026-09/tasks/batch/read"])
def test_a_look_that_cannot_be_understood_makes_no_task(path: str) -> None:
    portal = TaskPortal(unique=False)
    with serving(portal) as stub:
        connector_to(stub).push_tasks([task(1)])

    def script(call: Call) -> Said:
        return results([{"unknown": "shape"}]) if call.path.endswith(path) else portal(call)

    with serving(script) as stub:
        outcomes = connector_to(stub).push_tasks([task(1)])

    assert isinstance(outcomes[0], Retry)
    assert len(portal.tasks) == 1
