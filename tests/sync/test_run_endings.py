"""However a run ends, its line in the ledger tells so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sandboxed import IMPATIENT

from sync.clock import MINUTE, Stopping
from sync.cycle import apply_plan, cycle
from sync.errors import LeaseLost, NoSuchPlan
from sync.store import runs
from sync.store.lease import acquire, holder
from sync.workspace import Workspace, opened

NOW = 1_000_000 * MINUTE
Hook = Callable[[str], None]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace whose CRM does not answer."""
    monkeypatch.setenv("MQLSYNC_HUBSPOT_TOKEN", "pat-none")
    (tmp_path / "mqlsync.yaml").write_text(
        "workspace: test\nhome_crm: [hubspot]\nconnections:\n  hubspot: {url: 'http://127.0.0.1:9'}\n"
    )
    return tmp_path


@contextmanager
def at_first_call(folder: Path, happens: Callable[[Workspace], None]) -> Iterator[Workspace]:
    """This is the workspace of a worker to whom something happens before its first call."""

    def at(point: str) -> None:
        if point.startswith("hubspot.before"):
            happens(workspace)

    with opened(folder, now=lambda: NOW, patience=IMPATIENT, at=at) as workspace:
        yield workspace


def last(workspace: Workspace) -> tuple[str, str, int]:
    (entry,) = runs.latest(workspace.store, 1)
    return entry.state, entry.error, entry.ended_at


def test_a_run_that_is_asked_to_stop_is_stopped(folder: Path) -> None:
    with at_first_call(folder, lambda workspace: workspace.alarm.ring()) as workspace:
        with pytest.raises(Stopping):
            cycle(workspace, "run", everything=True)

        assert last(workspace) == ("stopped", "it was asked to stop", NOW)
        assert holder(workspace.store, NOW) == ""


def test_a_run_that_is_interrupted_from_the_keyboard_is_stopped(folder: Path) -> None:
    def interrupt(_: Workspace) -> None:
        raise KeyboardInterrupt

    with at_first_call(folder, interrupt) as workspace:
        with pytest.raises(KeyboardInterrupt):
            cycle(workspace, "run", everything=True)

        assert last(workspace)[0] == "stopped"


def test_an_error_that_nobody_foresaw_ends_the_run_by_its_name_alone(folder: Path) -> None:
    def fail(_: Workspace) -> None:
        raise RuntimeError("jane@example.com")

    with at_first_call(folder, fail) as workspace:
        with pytest.raises(RuntimeError):
            cycle(workspace, "run", everything=True)

        assert last(workspace) == ("failed", "unforeseen: RuntimeError", NOW)


def test_a_worker_that_lost_its_lease_says_so_and_leaves_the_new_holder_alone(folder: Path) -> None:
    def take(_: Workspace) -> None:
        with opened(folder, now=lambda: NOW) as other:
            acquire(other.store, NOW + 10 * MINUTE, owner="second:2")

    with at_first_call(folder, take) as workspace:
        with pytest.raises(LeaseLost):
            cycle(workspace, "run", everything=True)

        state, why, _ = last(workspace)
        assert (state, "second:2" in why) == ("failed", True)
        assert holder(workspace.store, NOW) == "second:2"


def test_a_run_left_open_by_a_killed_worker_is_closed_by_the_next_one(folder: Path) -> None:
    with opened(folder, now=lambda: NOW, patience=IMPATIENT) as workspace:
        killed = runs.begin(workspace.store, "daemon", NOW - MINUTE)

        cycle(workspace, "run", everything=True)

        lines = {run.id: (run.state, run.error, run.ended_at) for run in runs.latest(workspace.store, 2)}
    assert lines[killed] == ("stopped", "killed", NOW)
    assert lines[killed + 1][0] == "failed"


def test_a_plan_that_is_refused_is_no_run(folder: Path) -> None:
    with opened(folder, now=lambda: NOW, patience=IMPATIENT) as workspace:
        with pytest.raises(NoSuchPlan):
            apply_plan(workspace, None)

        assert runs.latest(workspace.store, 1) == []
        assert holder(workspace.store, NOW) == ""
