"""The text of a task on the wire: HTML to HubSpot, plain to Salesforce, and nobody's words are markup."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest
from hubspot_stub import NOW, Call, Said, connector_to, results, serving
from hypothesis import given
from hypothesis import strategies as st
from salesforce_pushes import ok, task
from salesforce_stub import TOKEN, Stub
from salesforce_stub import Call as OrgCall
from salesforce_stub import Said as OrgSaid
from salesforce_stub import connector_to as org_connector
from salesforce_stub import serving as org_serving

from connectors.hubspot.task_changes import text_of
from connectors.hubspot.tasks import properties
from connectors.outcome import Done, Outcome, Rejected, Retry
from connectors.protocol import TaskChange, TaskWrite
from connectors.salesforce.ids import long_id
from connectors.salesforce.tasks import TEXT_MAX, body_of
from connectors.task_edits import plain

DAY = 86_400_000_000
WORDS = st.text(st.characters(codec="utf-8"), max_size=200) | st.sampled_from(
    [
        "<script>alert(1)</script>",
        "&lt;b&gt;",
        "a<br>b",
        "[mqlsync:other]",
        "\"'>",
        "</div>",
        "<!-- x",
        "&#60;",
    ]
)


class Tags(HTMLParser):
    """The tags that a text really has."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(f"{tag}{attrs or ''}")

    def handle_comment(self, data: str) -> None:
        self.found.add(f"comment {data}")


def written(body: str, **more: Any) -> TaskWrite:
    return TaskWrite("k#1", "contact", "101", "7", "Call", body, NOW + DAY, **more)


@given(WORDS)
def test_a_text_of_strangers_has_no_tag_in_hubspot_but_ends_of_lines(words: str) -> None:
    html = properties(written(words))["hs_task_body"]

    tags = Tags()
    tags.feed(html)
    tags.close()

    assert tags.found == {"br"}


@given(WORDS)
def test_a_text_is_recognised_however_hubspot_marks_it_up(words: str) -> None:
    html = properties(written(words))["hs_task_body"]
    wrapped = f'<div style="" dir="auto"><p>{html.replace("<br>", "</p><p>")}</p></div>'

    assert text_of(html) == plain(f"{' '.join(words.splitlines())} [mqlsync:k#1]")
    assert text_of(wrapped) == text_of(html)


def changed(shown: dict[str, Any], change: TaskChange) -> tuple[list[Outcome], list[Any]]:
    """This is what becomes of a change of a task that shows that, and what was written."""
    sent: list[Any] = []

    def answer(call: Call) -> Said:
        if call.path.endswith("/batch/read"):
            return results([{"id": "5", "properties": shown}])
        sent.extend(one["properties"] for one in call.body["inputs"])
        return results([{"id": one["id"], "properties": {}} for one in call.body["inputs"]])

    with serving(answer) as stub:
        return connector_to(stub).change_tasks([change]), sent


def shown_as(task: TaskWrite, **more: Any) -> dict[str, Any]:
    made = {"hs_task_status": "NOT_STARTED", "hs_createdate": "2026-11-01T00:00:00Z"}
    return properties(task) | made | more


def test_a_text_that_hubspot_marked_up_otherwise_is_still_ours() -> None:
    old, new = written("Why: a & b\nNow: c"), written("Why: news")
    html = "<div><p>Why: a &amp; b</p>\n<p>Now:&nbsp;c<br/></p><p>[mqlsync:k#1]</p></div>"

    outcomes, sent = changed(shown_as(old, hs_task_body=html), TaskChange("5", new, (old,)))

    assert outcomes == [Done("5")]
    assert sent == [{"hs_task_body": "Why: news<br>[mqlsync:k#1]"}]


def test_a_status_of_the_portals_own_counts_as_begun() -> None:
    old = written("Why")
    over = TaskChange("5", written("No longer needed.\n\nWhy", is_open=False), (old,), "No longer needed.")

    _, sent = changed(shown_as(old, hs_task_status="ON_THE_PHONE"), over)

    assert [set(one) for one in sent] == [{"hs_task_body"}]


def test_one_odd_row_costs_one_task() -> None:
    old = written("Why")
    rows = [
        {"id": "5", "properties": shown_as(old, hs_timestamp="soon")},
        {"id": "6", "properties": shown_as(old)},
    ]
    sent: list[Any] = []

    def answer(call: Call) -> Said:
        if call.path.endswith("/batch/read"):
            return results([*rows, {"id": "7"}])
        sent.extend(one["id"] for one in call.body["inputs"])
        return results([{"id": one["id"], "properties": {}} for one in call.body["inputs"]])

    with serving(answer) as stub:
        wanted = [TaskChange(each, written("News"), (old,)) for each in ("5", "6", "7", "8")]
        odd, done, empty, gone = connector_to(stub).change_tasks(wanted)

    assert (done, gone) == (Done("6"), Done("8"))
    assert isinstance(odd, Retry)
    assert isinstance(empty, Retry)
    assert sent == ["6"]


def test_what_a_stranger_wrote_does_not_pass_for_another_tasks_key() -> None:
    """Where tasks carry no unique key, it stands in the last line: one that stands above it is none."""
    sly = properties(written("Why: [mqlsync:k#2]"))["hs_task_body"]
    created: list[Any] = []

    def answer(call: Call) -> Said:
        if call.path.endswith("/mqlsync_task_key"):
            return Said(404, b"")
        if call.path.endswith("/contacts/tasks/batch/read"):
            return results([{"from": {"id": "101"}, "to": [{"toObjectId": 5}]}])
        if call.path.endswith("/tasks/batch/read"):
            return results([{"id": "5", "properties": {"hs_task_body": sly}}])
        created.append(call.body)
        return Said(201, {"id": "6", "properties": {}})

    with serving(answer) as stub:
        wanted = TaskWrite("k#2", "contact", "101", "7", "Call", "Why", NOW + DAY)
        outcomes = connector_to(stub).push_tasks([wanted])

    assert outcomes == [Done("6")]
    assert len(created) == 1


@pytest.mark.parametrize(("length", "is_whole"), [(TEXT_MAX, True), (TEXT_MAX + 1, False)])
def test_a_text_is_cut_where_salesforce_ends(length: int, is_whole: bool) -> None:
    said = body_of(task("k", body="x" * length), "005", has_key_field=True)["Description"]

    assert len(said) == TEXT_MAX
    assert (said == "x" * length) == is_whole


def in_org(statuses: list[str], closed: list[str], **odd: str) -> tuple[list[Outcome], list[Any]]:
    """A task is closed in an org that has these statuses, the first of which new tasks begin with."""
    sent: list[Any] = []
    old = task("k")
    task_id = long_id("00T5e0000100001")
    row = {
        **body_of(old, old.owner_id, has_key_field=True),
        "Id": task_id,
        "IsClosed": False,
        "Status": statuses[0],
        **odd,
    }
    stubs: list[Stub] = []

    def script(call: OrgCall) -> OrgSaid:
        if call.path == TOKEN:
            return stubs[0].token()
        if call.path.endswith("/describe"):
            values = [
                {"value": each, "active": True, "defaultValue": each == statuses[0]} for each in statuses
            ]
            fields = [{"name": "Status", "picklistValues": values}, {"name": "MQL_Key__c"}]
            return OrgSaid(body={"name": "Task", "fields": fields})
        if call.method == "GET":
            rows = [{"ApiName": each} for each in closed] if "TaskStatus" in call.query["q"] else [row]
            return OrgSaid(body={"totalSize": len(rows), "done": True, "records": rows})
        sent.extend(call.json["records"])
        return OrgSaid(body=[ok(each) for each in call.json["records"]])

    with org_serving(script) as stub:
        stubs.append(stub)
        over = task("k", is_open=False)
        return org_connector(stub).change_tasks([TaskChange(task_id, over, (old,))]), sent


def test_a_task_is_closed_with_what_means_closed_in_this_org() -> None:
    done = Done(long_id("00T5e0000100001"))

    assert in_org(["New", "Erledigt", "Completed"], ["Erledigt", "Completed"])[0] == [done]
    assert in_org(["New", "Erledigt", "Completed"], ["Erledigt", "Completed"])[1][0]["Status"] == "Completed"
    assert in_org(["New", "Erledigt", "Gone"], ["Gone", "Erledigt"])[1][0]["Status"] == "Gone"


def test_an_org_in_which_nothing_means_closed_is_told_what_to_do() -> None:
    (outcome,), sent = in_org(["New", "Old"], ["Completed"])

    assert isinstance(outcome, Rejected)
    assert "Task.Status" in outcome.remedy
    assert sent == []


def test_an_odd_row_of_an_org_costs_one_task() -> None:
    (outcome,), sent = in_org(["New", "Completed"], ["Completed"], OwnerId="nobody")

    assert isinstance(outcome, Retry)
    assert sent == []
