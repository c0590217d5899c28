"""Writing to Salesforce: one outcome per record, one task per key, whatever the org says."""

from __future__ import annotations

from typing import Any

import pytest
from salesforce_pushes import COLLECTION, DUE, collections, error, lead_id, ok, pushed, task, write
from salesforce_stub import TOKEN, Call, Said, Stub, connector_to, serving

from connectors.outcome import Done, Outcome, Rejected, Retry
from connectors.protocol import FieldWrite
from connectors.salesforce.ids import long_id


def test_writes_go_out_in_collections_sorted_by_type_and_come_back_in_input_order() -> None:
    writes = [write(n, "contact" if n % 2 else "lead") for n in range(450)]

    outcomes, stub = pushed(lambda records: [ok(record) for record in records], writes)

    assert outcomes == [Done(each.record_id) for each in writes]
    calls = stub.asked(COLLECTION)
    assert [len(call.json["records"]) for call in calls] == [200, 200, 50]
    types = [record["attributes"]["type"] for call in calls for record in call.json["records"]]
    assert types == sorted(types)
    assert all(call.body.startswith(b'{"allOrNone":false') for call in calls)
    assert all(next(iter(record)) == "attributes" for call in calls for record in call.json["records"])


def test_a_value_is_encoded_and_none_clears_a_field() -> None:
    _, stub = pushed(
        lambda records: [ok(record) for record in records],
        [write(1, status="mql", score=85, qualified_at=DUE, partner=None)],
    )

    assert stub.asked(COLLECTION)[0].json["records"][0] == {
        "attributes": {"type": "Lead"},
        "id": lead_id(1),
        "MQL_Status__c": "mql",
        "MQL_Score__c": 85,
        "MQL_Qualified_At__c": "2026-06-01T12:00:00.000Z",
        "MQL_Partner__c": None,
    }


def test_every_write_and_its_replay_after_a_401_carry_all_headers() -> None:
    first = [Said(401, [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}])]

    outcomes, stub = pushed(lambda records: first.pop() if first else [ok(records[0])], [write(1)])

    calls = stub.asked(COLLECTION)
    assert outcomes == [Done(lead_id(1))]
    assert [call.headers["sforce-auto-assign"] for call in calls] == ["FALSE", "FALSE"]
    assert {call.headers["sforce-duplicate-rule-header"] for call in calls} == {
        "allowSave=true; includeRecordDetails=false; runAsCurrentUser=true"
    }
    assert [call.headers["authorization"] for call in calls] == ["Bearer token-1", "Bearer token-2"]


def test_the_position_says_which_record_an_answer_belongs_to() -> None:
    outcomes, _ = pushed(
        lambda records: [
            error("ENTITY_IS_DELETED") if n == 1 else ok(each) for n, each in enumerate(records)
        ],
        [write(1), write(2), write(3)],
    )

    assert [type(each) for each in outcomes] == [Done, Rejected, Done]


@pytest.mark.parametrize("answer", [[], [{}], {"records": []}, [None], [{"success": True, "id": "x"}]])
def test_an_answer_that_does_not_fit_what_was_sent_means_unknown(answer: Any) -> None:
    outcomes, _ = pushed(lambda _: answer, [write(1)])

    assert isinstance(outcomes[0], Retry)


def test_a_missing_field_names_the_command_that_creates_it() -> None:
    outcomes, stub = pushed(
        lambda records: [error("INVALID_FIELD_FOR_INSERT_UPDATE")] * len(records), [write(1), write(2)]
    )

    assert all(isinstance(each, Rejected) and "mqlsync provision" in each.remedy for each in outcomes)
    assert len(stub.asked(COLLECTION)) == 1


def test_a_record_on_which_automation_stumbles_costs_itself_only() -> None:
    def answer(records: list[dict[str, Any]]) -> Any:
        if any(record["id"] == lead_id(77) for record in records):
            return [error("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "AcmeLeadTrigger") for _ in records]
        return [ok(record) for record in records]

    outcomes, stub = pushed(answer, [write(n) for n in range(200)])

    assert isinstance(outcomes[77], Rejected)
    assert sum(isinstance(each, Done) for each in outcomes) == 199
    assert len(stub.asked(COLLECTION)) <= 17


def test_automation_that_always_fails_does_not_cost_the_whole_quota() -> None:
    outcomes, stub = pushed(
        lambda records: [error("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY") for _ in records],
        [write(n) for n in range(200)],
    )

    assert len(outcomes) == 200
    assert {type(each) for each in outcomes} <= {Rejected, Retry}
    assert len(stub.asked(COLLECTION)) <= 40


def test_a_refused_batch_is_halved_until_the_guilty_record_is_alone() -> None:
    def answer(records: list[dict[str, Any]]) -> Any:
        if any(record["id"] == lead_id(3) for record in records):
            return Said(400, [{"message": "Unexpected character", "errorCode": "JSON_PARSER_ERROR"}])
        return [ok(record) for record in records]

    outcomes, _ = pushed(answer, [write(n) for n in range(8)])

    assert [type(each) for each in outcomes] == [Done] * 3 + [Rejected] + [Done] * 4


def test_when_the_org_is_gone_the_rest_is_not_tried_and_what_was_done_is_told() -> None:
    answers = [Said(503, b"<html>", {"Content-Type": "text/html"})] * 9

    def answer(records: list[dict[str, Any]]) -> Any:
        if len(stub_calls) < 1:
            stub_calls.append(1)
            return [ok(record) for record in records]
        return answers.pop()

    stub_calls: list[int] = []
    outcomes, stub = pushed(answer, [write(n) for n in range(600)])

    assert [type(outcomes[n]) for n in (0, 199, 200, 399, 599)] == [Done, Done, Retry, Retry, Retry]
    assert len(stub.asked(COLLECTION)) == 1 + 3


def test_two_writes_to_one_record_travel_apart_and_in_order() -> None:
    outcomes, stub = pushed(
        lambda records: [ok(each) for each in records], [write(1, score=1), write(1, score=2)]
    )

    assert outcomes == [Done(lead_id(1))] * 2
    assert [call.json["records"][0]["MQL_Score__c"] for call in stub.asked(COLLECTION)] == [1, 2]


def test_a_write_that_makes_no_sense_never_leaves() -> None:
    outcomes, stub = pushed(
        lambda records: [ok(each) for each in records],
        [FieldWrite("company", lead_id(1), {"score": 1}), FieldWrite("lead", "nope", {"score": 1}), write(2)],
    )

    assert [type(each) for each in outcomes] == [Rejected, Rejected, Done]
    assert len(stub.asked(COLLECTION)[0].json["records"]) == 1


def test_tasks_are_upserted_by_their_key_where_the_field_exists() -> None:
    stubs: list[Stub] = []
    script = collections(lambda records: [ok(record) for record in records], stubs, ("MQL_Key__c",))
    with serving(script) as stub:
        stubs.append(stub)
        outcomes = connector_to(stub).push_tasks([task("k1"), task("k2", kind="lead"), task("k1")])

    assert all(isinstance(each, Done) for each in outcomes)
    call = stub.asked(COLLECTION)[0]
    assert (call.method, call.path) == ("PATCH", f"{COLLECTION}/Task/MQL_Key__c")
    records = {record["MQL_Key__c"]: record for record in call.json["records"]}
    assert records["k1"] == {
        "attributes": {"type": "Task"},
        "Subject": "Call Jane",
        "ActivityDate": "2026-06-01",
        "Priority": "High",
        "OwnerId": long_id("0055e0000100001"),
        "WhoId": long_id("0035e0000100001"),
        "WhatId": long_id("0015e0000100001"),
        "MQL_Key__c": "k1",
        "Description": "Because.",
    }
    assert "WhatId" not in records["k2"]
    assert len(records) == len(call.json["records"]) == 2


MADE = long_id("00T5e0000100009")


@pytest.mark.parametrize(
    ("rows", "second"),
    [
        ([{"Id": MADE, "MQL_Key__c": "k2"}], Done(MADE)),
        ([], Rejected("ENTITY_IS_DELETED: no")),
        (["no row"], Retry("salesforce Task: rows came that are none")),
    ],
)
def test_a_refused_task_that_an_earlier_try_made_is_done(rows: list[Any], second: Outcome) -> None:
    def script(call: Call) -> Said:
        if call.path == TOKEN:
            return stub.token()
        if call.path.endswith("/describe"):
            return Said(body={"name": "Task", "fields": [{"name": "MQL_Key__c"}]})
        if call.method == "GET":
            assert "MQL_Key__c IN ('k2')" in call.query["q"]
            return Said(body={"totalSize": len(rows), "done": True, "records": rows})
        sent = call.json["records"]
        return Said(
            body=[error("ENTITY_IS_DELETED") if one["MQL_Key__c"] == "k2" else ok(one) for one in sent]
        )

    with serving(script) as stub:
        first, told = connector_to(stub).push_tasks([task("k1"), task("k2", 2)])

    assert isinstance(first, Done)
    assert type(told) is type(second)
    assert isinstance(second, Retry | Rejected) or told == second


class Tasks:
    """An org without our key field: it has tasks and can be told to lose answers."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.lose = False
        self.stub: Stub | None = None

    def __call__(self, call: Call) -> Said:
        assert self.stub
        if call.path == TOKEN:
            return self.stub.token()
        if call.path.endswith("/describe"):
            return Said(body={"name": "Task", "fields": [{"name": "Id"}]})
        if call.method == "GET":
            assert "CreatedById = '0055e000001AbCd" in call.query["q"]
            return Said(body={"totalSize": len(self.rows), "done": True, "records": self.rows})
        answers = []
        for record in call.json["records"]:
            row_id = long_id(f"00T5e00001{len(self.rows):05d}")
            self.rows.append({"Id": row_id, "Description": record["Description"]})
            answers.append({"id": row_id, "success": True, "errors": []})
        if self.lose:
            self.lose = False
            return Said(body=answers, cut=0)
        return Said(body=answers)


def test_without_the_key_field_a_task_whose_answer_was_lost_is_found_and_not_made_again() -> None:
    org = Tasks()
    with serving(org) as stub:
        org.stub = stub
        org.lose = True
        connector = connector_to(stub)

        first = connector.push_tasks([task("k1"), task("k2", 2)])
        second = connector.push_tasks([task("k1"), task("k2", 2), task("k3", 3)])
        third = connector.push_tasks([task("k1"), task("k2", 2), task("k3", 3)])

    assert [type(each) for each in first] == [Retry, Retry]
    assert [type(each) for each in second] == [Done, Done, Done]
    assert third == second
    assert len(org.rows) == 3


def test_a_look_that_fails_creates_nothing() -> None:
    posted: list[Call] = []

    def script(call: Call) -> Said:
        if call.path == TOKEN:
            return stub.token()
        if call.path.endswith("/describe"):
            return Said(body={"name": "Task", "fields": [{"name": "Id"}]})
        if call.method == "POST":
            posted.append(call)
        rows = [{"Id": "odd", "Description": "MQL key: k1"}]
        return Said(body={"totalSize": 1, "done": True, "records": rows})

    with serving(script) as stub:
        outcomes = connector_to(stub).push_tasks([task("k1")])

    assert isinstance(outcomes[0], Retry)
    assert not posted


def test_without_knowing_the_tasks_object_no_task_is_written() -> None:
    def script(call: Call) -> Said:
        return stub.token() if call.path == TOKEN else Said(500)

    with serving(script) as stub:
        outcomes = connector_to(stub).push_tasks([task("k1"), task("k2")])

    assert [type(each) for each in outcomes] == [Retry, Retry]


def test_a_task_that_is_there_already_is_done() -> None:
    words = "duplicate value found: MQL_Key__c duplicates value on record with id: 00T5e0000100001"
    stubs: list[Stub] = []
    with serving(collections(lambda _: [error("DUPLICATE_VALUE", words)], stubs, ("MQL_Key__c",))) as stub:
        stubs.append(stub)
        outcomes = connector_to(stub).push_tasks([task("k1")])

    assert outcomes == [Done(long_id("00T5e0000100001"))]


@pytest.mark.parametrize("wrong", [{"kind": "company"}, {"owner_id": ""}, {"key": ""}, {"key": "x" * 256}])
def test_a_task_that_makes_no_sense_never_leaves(wrong: dict[str, Any]) -> None:
    stubs: list[Stub] = []
    with serving(collections(lambda _: [], stubs, ("MQL_Key__c",))) as stub:
        stubs.append(stub)
        about: dict[str, Any] = {"key": "k1", "kind": "contact"} | wrong
        outcomes = connector_to(stub).push_tasks([task(**about)])

    assert isinstance(outcomes[0], Rejected)
    assert not stub.asked(COLLECTION)
