"""The main job on two CRMs that answer over HTTP."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from sandboxed import IMPATIENT, Sandbox, sandbox
from sqlalchemy import text

from sync.cycle import apply_plan, cycle
from sync.errors import NoSuchPlan, StalePlan
from sync.workspace import Workspace, opened


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


def test_the_first_plan_is_held_and_nothing_is_written(workspace: Workspace, crms: Sandbox) -> None:
    crms.post("/counters/reset")

    summary = cycle(workspace, "backfill", everything=True)

    assert summary.pulled.is_complete
    assert summary.judged > 100
    assert summary.plan_state == "held"
    assert all(not crm["rows_written"] for crm in crms.get("/stats")["crms"].values())


def test_a_released_plan_is_written_and_the_second_run_writes_nothing(
    workspace: Workspace, crms: Sandbox
) -> None:
    cycle(workspace, "backfill", everything=True)

    _, applied = apply_plan(workspace, None)
    again = cycle(workspace, "run", everything=True)

    assert applied.fields > 100
    assert applied.rejected == applied.postponed == applied.overtaken == 0
    assert (again.applied.fields, again.applied.tasks, again.judged) == (0, 0, 0)
    keys = [task["key"] for task in crms.get("/tasks")["tasks"] if task["key"]]
    assert len(keys) == len(set(keys)) == applied.tasks > 0


def test_both_crms_show_the_same_for_the_same_person(workspace: Workspace) -> None:
    cycle(workspace, "backfill", everything=True)
    apply_plan(workspace, None)

    with workspace.store.reading() as tx:
        rows = tx.execute(
            text(
                "SELECT i.person, r.own FROM identity i JOIN record r ON r.key = i.key "
                "WHERE NOT r.deleted AND r.kind IN ('contact', 'lead') "
                'AND r.attributes NOT LIKE \'%"converted":"true"%\''
            )
        ).all()
    shown: dict[int, set[str]] = {}
    for row in rows:
        shown.setdefault(row.person, set()).add(row.own)

    assert len(rows) > len(shown)
    assert all(len(values) == 1 for values in shown.values())


def test_a_plan_that_never_was_is_refused(workspace: Workspace) -> None:
    cycle(workspace, "backfill", everything=True)

    with pytest.raises(NoSuchPlan, match="no plan 99"):
        apply_plan(workspace, 99)


def test_news_supersede_a_held_plan_and_the_old_number_is_refused(
    workspace: Workspace, crms: Sandbox
) -> None:
    cycle(workspace, "backfill", everything=True)
    email = crms.get("/people", limit="1")["people"][0]["email"]
    crms.post("/act", email=email, kind="demo_request")
    cycle(workspace, "run", everything=True)

    with pytest.raises(StalePlan, match="superseded by plan 2"):
        apply_plan(workspace, 1)


def test_a_changed_definition_refuses_the_plan_that_was_made_before(workspace: Workspace) -> None:
    cycle(workspace, "backfill", everything=True)
    shipped = workspace.settings.definition_file.read_text()
    changed = workspace.settings.folder / "definition.yaml"
    harder = re.sub(r"(score:) *80\b", r"\1 81", shipped)
    changed.write_text(re.sub(r"(?m)^(version:).*", r"\1 '2'", harder))
    (workspace.settings.folder / "domains.yaml").write_text(
        (workspace.settings.definition_file.parent / "domains.yaml").read_text()
    )

    with (
        opened(workspace.settings.folder, patience=IMPATIENT) as later,
        pytest.raises(StalePlan, match="definition changed"),
    ):
        apply_plan(later, 1)


def test_an_unreachable_crm_does_not_stop_the_other(workspace: Workspace, crms: Sandbox) -> None:
    crms.post("/faults", crm="hubspot", path="/", way="503", times=100_000)

    summary = cycle(workspace, "run", everything=True)
    crms_state = {row[0] for row in _cursors(workspace)}
    requests.delete(f"{crms.control}/faults", timeout=10)
    after = cycle(workspace, "run", everything=True)

    assert any(trouble.startswith("hubspot") for trouble in summary.pulled.troubles)
    assert crms_state == {"salesforce"}
    assert after.pulled.is_complete


def test_nobody_is_judged_on_half_a_first_read_even_when_nothing_more_is_read(
    workspace: Workspace, crms: Sandbox
) -> None:
    crms.post("/faults", crm="salesforce", path="/", way="503", times=100_000)
    half = cycle(workspace, "run", everything=True)
    looked = cycle(workspace, "plan", reads=False, writes=False)
    requests.delete(f"{crms.control}/faults", timeout=10)

    whole = cycle(workspace, "run", everything=True, writes=False)
    again = cycle(workspace, "plan", reads=False, writes=False)

    assert half.pulled.saved.records > 0
    assert (half.judged, looked.judged, looked.plan_state) == (0, 0, "")
    assert whole.judged > 100
    assert (again.judged, again.plan_state) == (0, "held")


def _cursors(workspace: Workspace) -> list[tuple[str, str]]:
    with workspace.store.reading() as tx:
        return [(row[0], row[1]) for row in tx.execute(text("SELECT connection, stream FROM cursor"))]
