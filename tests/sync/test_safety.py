"""Runs are taken back, people's edits survive, refusals wait in an inbox, drift and differences are told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests
from sandboxed import IMPATIENT, Sandbox, sandbox
from sqlalchemy import text

from sync.cycle import apply_plan, cycle
from sync.errors import NoSuchError, NoSuchRun
from sync.explaining.as_text import lines
from sync.explaining.explain import explain
from sync.safety.drift import drift
from sync.safety.holdout import holdout, is_held_out
from sync.safety.inbox import inbox, retry
from sync.safety.reconcile import UNTOLD, reconcile
from sync.safety.undo import undo, wrote
from sync.store.facts import Row
from sync.workspace import Workspace, opened

OWN = ("mqlsync_status", "mqlsync_score", "mqlsync_reason", "mqlsync_qualified_at", "mqlsync_grade")


@pytest.fixture(scope="module")
def crms() -> Iterator[Sandbox]:
    with sandbox(120) as started:
        yield started


@pytest.fixture
def workspace(crms: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    crms.post("/reset")
    for name, value in crms.secrets.items():
        monkeypatch.setenv(name, value)
    with opened(crms.workspace(tmp_path), patience=IMPATIENT) as found:
        for connector in found.connectors.values():
            connector.provision()
        yield found


@pytest.fixture
def written(workspace: Workspace) -> Workspace:
    """Everything is read, judged and written once."""
    cycle(workspace, "backfill", everything=True)
    apply_plan(workspace, None)
    return workspace


def contacts(crms: Sandbox) -> dict[str, dict[str, Any]]:
    """This is what HubSpot shows of every contact, asked past our own code."""
    found: dict[str, dict[str, Any]] = {}
    after = ""
    while True:
        answer = requests.get(
            f"{crms.hubspot}/crm/objects/2026-09/contacts",
            params={"limit": "100", "properties": ",".join(OWN), **({"after": after} if after else {})},
            headers={"Authorization": f"Bearer {crms.secrets['MQLSYNC_HUBSPOT_TOKEN']}"},
            timeout=20,
        ).json()
        for one in answer["results"]:
            found[one["id"]] = {name: one["properties"].get(name) for name in OWN}
        after = answer.get("paging", {}).get("next", {}).get("after", "")
        if not after:
            return found


def edit(crms: Sandbox, contact: str, **properties: str) -> None:
    """Somebody edits a contact by hand."""
    requests.patch(
        f"{crms.hubspot}/crm/objects/2026-09/contacts/{contact}",
        json={"properties": properties},
        headers={"Authorization": f"Bearer {crms.secrets['MQLSYNC_HUBSPOT_TOKEN']}"},
        timeout=20,
    ).raise_for_status()


def mqls(crms: Sandbox) -> list[str]:
    return [number for number, shown in contacts(crms).items() if shown["mqlsync_status"] == "mql"]


def wake(workspace: Workspace) -> None:
    with workspace.store.transaction() as tx:
        tx.execute(text("UPDATE person SET due_at = 0 WHERE merged_into IS NULL"))


def test_undo_leaves_every_field_as_it_was_to_the_byte(workspace: Workspace, crms: Sandbox) -> None:
    cycle(workspace, "backfill", everything=True)
    before = contacts(crms)
    apply_plan(workspace, None)
    run = wrote(workspace.store)[0]
    assert contacts(crms) != before

    undone = undo(workspace, run.run)

    assert contacts(crms) == before
    assert (undone.applied.records, undone.kept, undone.tasks) == (run.records, (), run.tasks)


def test_after_an_undo_nothing_is_written_before_a_human_says_so(written: Workspace, crms: Sandbox) -> None:
    shown = contacts(crms)
    undo(written, wrote(written.store)[0].run)
    empty = contacts(crms)
    wake(written)

    held = cycle(written, "run")
    assert held.plan_state == "held"
    assert contacts(crms) == empty
    apply_plan(written, None)

    assert contacts(crms) == shown
    wake(written)
    assert cycle(written, "run").plan_state == ""


def test_undo_leaves_what_somebody_changed_since(written: Workspace, crms: Sandbox) -> None:
    contact = mqls(crms)[0]
    edit(crms, contact, mqlsync_reason="we talked, she is not interested")

    undone = undo(written, wrote(written.store)[0].run)

    assert [(one.record, one.field) for one in undone.kept] == [(f"hubspot:contact:{contact}", "reason")]
    assert contacts(crms)[contact]["mqlsync_reason"] == "we talked, she is not interested"
    assert contacts(crms)[contact]["mqlsync_status"] is None


def test_a_run_that_wrote_nothing_cannot_be_undone(written: Workspace) -> None:
    with pytest.raises(NoSuchRun, match="run 99 wrote nothing"):
        undo(written, 99)


def test_an_edit_between_plan_and_apply_survives_and_is_set_right_later(
    written: Workspace, crms: Sandbox
) -> None:
    contact = mqls(crms)[0]
    with written.store.transaction() as tx:
        tx.execute(text("UPDATE verdict SET published = '{}'"))
        tx.execute(text("UPDATE record SET own = '{}'"))
    wake(written)
    cycle(written, "plan", reads=False, writes=False)
    edit(crms, contact, mqlsync_reason="mine")

    _, applied = apply_plan(written, None)

    assert contacts(crms)[contact]["mqlsync_reason"] == "mine"
    assert applied.overtaken
    cycle(written, "run")
    assert contacts(crms)[contact]["mqlsync_reason"] != "mine"


def test_a_field_of_ours_that_somebody_changed_is_told_and_set_right(
    written: Workspace, crms: Sandbox
) -> None:
    contact = mqls(crms)[0]
    ours = contacts(crms)[contact]["mqlsync_status"]
    assert not drift(written.store, written.now(), 30).changes
    edit(crms, contact, mqlsync_status="customer")

    cycle(written, "run")

    found = drift(written.store, written.now(), 30)
    assert [(one.record, one.field, one.ours, one.theirs) for one in found.changes] == [
        (f"hubspot:contact:{contact}", "status", "mql", "customer")
    ]
    assert contacts(crms)[contact]["mqlsync_status"] == ours
    cycle(written, "run")
    assert len(drift(written.store, written.now(), 30).changes) == 1


def test_our_own_writes_are_no_drift(written: Workspace) -> None:
    cycle(written, "run", everything=True)

    assert not drift(written.store, written.now(), 30).changes


def test_a_refused_change_waits_in_the_inbox_until_it_is_tried_again(
    workspace: Workspace, crms: Sandbox
) -> None:
    cycle(workspace, "backfill", everything=True)
    apply_plan(workspace, None)
    with workspace.store.transaction() as tx:
        refused = "UPDATE intent SET state = 'rejected', error = 'no', remedy = 'mend it', settled_at = 1 "
        tx.execute(text(refused + "WHERE id IN (SELECT MIN(id) FROM intent GROUP BY purpose)"))
    found = inbox(workspace.store)
    assert {one.what for one in found.refused} == {"fields", "task"}
    assert {(one.words, one.fix) for one in found.refused} == {("no", "mend it")}

    with pytest.raises(NoSuchError, match="number 4711 is not in the inbox"):
        retry(workspace, [4711, found.refused[0].again])
    assert retry(workspace, ()) == 2

    cycle(workspace, "run")

    assert not inbox(workspace.store).refused
    with workspace.store.reading() as tx:
        waiting = tx.execute(text("SELECT COUNT(*) FROM intent WHERE state = 'pending'")).scalar_one()
    assert waiting == 0


def test_both_crms_agree_after_a_run_and_the_cause_is_told_where_they_do_not(
    written: Workspace, crms: Sandbox
) -> None:
    agreed = reconcile(written.store, 100)
    assert agreed.both == agreed.alike > 0
    contact = _in_both(written)
    edit(crms, contact, mqlsync_grade="D", mqlsync_score="1")
    with written.store.transaction() as tx:
        tx.execute(text("UPDATE setting SET value = '1' WHERE name = 'undone'"))

    cycle(written, "run", writes=False)
    found = reconcile(written.store, 1)

    assert (found.both, found.both - found.alike, found.total) == (agreed.both, 1, 2)
    assert len(found.differences) == 1
    assert found.differences[0].record == f"hubspot:contact:{contact}"
    assert all("which is held" in cause for cause in found.causes)


def test_a_difference_that_nothing_explains_is_told_as_such(written: Workspace) -> None:
    contact = _in_both(written)
    with written.store.transaction() as tx:
        tx.execute(
            text("UPDATE record SET own = '{}' WHERE key = :key"), {"key": f"hubspot:contact:{contact}"}
        )

    found = reconcile(written.store, 100)

    assert set(found.causes) == {UNTOLD}


def _in_both(workspace: Workspace) -> str:
    sql = (
        "SELECT h.record_id FROM identity i JOIN record h ON h.key = i.key AND h.connection = 'hubspot' "
        "AND h.own LIKE '%\"mql\"%' AND h.kind = 'contact' "
        "WHERE i.person IN (SELECT j.person FROM identity j "
        "JOIN record s ON s.key = j.key WHERE s.connection = 'salesforce' AND s.own LIKE '%\"mql\"%') LIMIT 1"
    )
    with workspace.store.reading() as tx:
        return str(tx.execute(text(sql)).scalar_one())


def test_who_is_held_out_is_scored_but_neither_written_nor_given_a_task(
    workspace: Workspace, crms: Sandbox
) -> None:
    workspace.settings = replace(workspace.settings, holdout_percent=50)
    cycle(workspace, "backfill", everything=True)
    apply_plan(workspace, None)

    shown = contacts(crms)
    found = holdout(workspace.store, 50)
    with workspace.store.reading() as tx:
        sql = (
            "SELECT r.record_id, v.held_out, v.status FROM verdict v JOIN identity i ON i.person = v.person "
            "JOIN record r ON r.key = i.key AND r.connection = 'hubspot' AND NOT r.deleted"
        )
        rows = tx.execute(text(sql)).all()
        task_owners = tx.execute(text("SELECT DISTINCT person FROM intent WHERE purpose = 'task'")).scalars()
        held = set(tx.execute(text("SELECT person FROM verdict WHERE held_out")).scalars())
        assert not held & set(task_owners)

    one = explain(workspace, f"person:{min(held)}")
    assert one.held_out
    assert any(line.startswith("Held out:") for line in lines(one))

    assert found.held_out.mqls
    assert found.written.mqls
    assert {row.status for row in rows if row.held_out} >= {"mql"}
    assert all(shown[row.record_id]["mqlsync_status"] is None for row in rows if row.held_out)
    assert any(shown[row.record_id]["mqlsync_status"] == "mql" for row in rows if not row.held_out)


def test_who_was_written_about_stays_written_about_when_the_share_grows(
    written: Workspace, crms: Sandbox
) -> None:
    before = contacts(crms)
    written.settings = replace(written.settings, holdout_percent=50)
    wake(written)

    cycle(written, "run")

    assert contacts(crms) == before


def row(email: str) -> Row:
    return Row(1, f"hubspot:contact:{email}", "hubspot", "contact", email, 0, False, {"email": email}, {})


def test_a_larger_share_holds_out_the_same_people_and_more() -> None:
    rows = [[row(f"lead{n}@acme.example")] for n in range(2_000)]

    small = {n for n, one in enumerate(rows) if is_held_out(one, {}, 10)}
    large = {n for n, one in enumerate(rows) if is_held_out(one, {}, 30)}

    assert small < large
    assert 140 < len(small) < 260
    assert 500 < len(large) < 700


def test_an_address_in_odd_case_is_the_same_lead() -> None:
    for n in range(50):
        assert is_held_out([row(f"lead{n}@acme.example")], {}, 50) == is_held_out(
            [row(f" LEAD{n}@Acme.example")], {}, 50
        )
