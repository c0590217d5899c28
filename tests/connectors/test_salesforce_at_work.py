"""The connector against the sandbox's org: fields, tasks, rules and accidents, as they come together."""

from __future__ import annotations

from salesforce_fake import PATIENCE, Fake, fake
from salesforce_keys import key_pair

from connectors.outcome import Done, Outcome, Rejected
from connectors.port import Port
from connectors.protocol import FieldWrite, TaskWrite
from connectors.salesforce import Options, connect
from connectors.salesforce.grants import Signer
from sandbox.salesforce.rules import Validation
from sandbox.salesforce.sessions import USERNAME

DUE = 1_795_000_000 * 1_000_000


def rows(org: Fake, name: str, **wanted: object) -> list[dict[str, object]]:
    table = org.crm.org.tables[name]
    found = [row for number in range(1_000) if (row := table.get(number))]
    every = {row["Id"]: row for row in (*found, *table.written())}
    return [row for row in every.values() if all(row.get(key) == value for key, value in wanted.items())]


def leads(org: Fake, count: int) -> list[str]:
    return [str(row["Id"]) for row in rows(org, "Lead", IsDeleted=False, IsConverted=False)[:count]]


def field(org: Fake, lead: str, name: str) -> object:
    found = org.crm.org.find(lead)
    assert found
    return found[1].get(name)


def told(outcomes: list[Outcome]) -> list[str]:
    return [type(each).__name__ for each in outcomes]


def task(key: str, lead: str, owner: str) -> TaskWrite:
    return TaskWrite(key, "lead", lead, owner, "Call", "Because.", DUE)


def test_before_the_fields_are_there_nothing_is_written_and_after_it_everything() -> None:
    with fake() as org:
        (lead,) = leads(org, 1)
        write = FieldWrite("lead", lead, {"status": "mql", "score": 80})

        before = org.connector.push([write])
        org.connector.provision()
        after = org.fresh().push([write])
        findings = org.connector.check()

    assert (told(before), told(after)) == (["Rejected"], ["Done"])
    assert field(org, lead, "MQL_Score__c") == 80
    assert not [each for each in findings if each.state == "error"]


def test_rules_cost_the_fields_and_records_that_they_concern_and_no_others() -> None:
    with fake() as org:
        org.connector.provision()
        good, odd, *more = leads(org, 40)
        org.crm.rules.validations.append(Validation("Lead", "MQL_Grade__c", "Grades are frozen."))
        org.crm.rules.duplicates["Lead"] = "alert"
        org.crm.rules.stumbling.add(odd)
        org.crm.lock_rows(2)
        writes = [FieldWrite("lead", each, {"score": 7}) for each in (good, odd, *more)]

        outcomes = org.fresh().push([*writes, FieldWrite("lead", good, {"score": 8, "grade": "A"})])

    assert told(outcomes[:2]) == ["Done", "Rejected"]
    assert set(told(outcomes[2:-1])) == {"Done"}
    last = outcomes[-1]
    assert isinstance(last, Rejected)
    assert "Grades are frozen." in last.reason
    assert (field(org, good, "MQL_Score__c"), field(org, good, "MQL_Grade__c")) == (8, None)


def test_a_lead_converted_between_our_reading_and_our_writing_is_written_as_its_contact() -> None:
    with fake() as org:
        org.connector.provision()
        old = rows(org, "Lead", IsDeleted=False, IsConverted=True)[0]
        lead, contact = str(old["Id"]), str(old["ConvertedContactId"])
        (owner,) = [str(row["Id"]) for row in rows(org, "User", IsActive=True)[:1]]

        fields = org.fresh().push([FieldWrite("lead", lead, {"score": 9})])
        tasks = [org.connector.push_tasks([task("k1", lead, owner)]) for _ in range(2)]

    assert fields == [Done(contact)]
    assert field(org, contact, "MQL_Score__c") == 9
    assert told(tasks[0] + tasks[1]) == ["Done", "Done"]
    assert [row["WhoId"] for row in rows(org, "Task", MQL_Key__c="k1")] == [contact]


def test_a_queues_lead_gets_its_task_for_the_default_owner() -> None:
    with fake() as org:
        org.connector.provision()
        queue = str(rows(org, "Group", Type="Queue")[0]["Id"])
        stand_in = str(rows(org, "User", IsActive=True)[0]["Id"])
        (lead,) = leads(org, 1)

        listed = org.fresh().push_tasks([task("k1", lead, queue)])

    with fake(options=Options(default_owner=stand_in)) as other:
        other.connector.provision()
        routed = other.fresh().push_tasks([task("k1", lead, queue)])

    assert told(listed + routed) == ["Rejected", "Done"]
    assert [row["OwnerId"] for row in rows(other, "Task", MQL_Key__c="k1")] == [stand_in]


def test_a_status_moves_forward_where_the_settings_say_so() -> None:
    with fake(options=Options(lead_status="Working - Contacted")) as org:
        org.connector.provision()
        new = str(rows(org, "Lead", IsDeleted=False, Status="Open - Not Contacted")[0]["Id"])
        done = str(rows(org, "Lead", IsDeleted=False, Status="Closed - Not Converted")[0]["Id"])

        outcomes = org.fresh().push([FieldWrite("lead", each, {"status": "mql"}) for each in (new, done)])

    assert told(outcomes) == ["Done", "Done"]
    assert field(org, new, "Status") == "Working - Contacted"
    assert field(org, done, "Status") == "Closed - Not Converted"


def test_a_key_lets_us_in_and_an_expired_session_is_renewed_once() -> None:
    with fake() as org:
        org.crm.trust(key_pair()[2])
        client_id = org.crm.credentials()["client_id"]
        signer = Signer(USERNAME, lambda: key_pair()[1])
        port = Port(org.clock.now, lambda: 0.0, lambda _: None)
        connector = connect(org.stub.url, client_id, signer, port=port, patience=PATIENCE)
        first = connector.check()
        org.crm.expire_sessions()
        second = connector.check()

    assert "JWT bearer" in first[0].text
    assert second[0].state == "ok"
    assert org.stub.logins == 2
