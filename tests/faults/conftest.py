"""One sandbox for each drill, and the undisturbed job that every disturbed one must end like."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from drills import Drill, Sandbox, State, sandbox


@pytest.fixture(scope="module")
def crms() -> Iterator[Sandbox]:
    with sandbox() as running, pytest.MonkeyPatch.context() as patch:
        for name, value in running.environment().items():
            patch.setenv(name, value)
        yield running


@pytest.fixture(scope="module")
def undisturbed(
    crms: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> tuple[State, list[str], dict[str, int]]:
    """This is the state after a job without trouble, each point it passed, and its calls by CRM."""
    drill = Drill.fresh(crms, tmp_path_factory.mktemp("undisturbed") / "workspace")
    points: list[str] = []
    report = drill.job(points.append)
    assert not report.troubles
    stats = crms.ask("GET", "/stats")["crms"]
    calls = {name: crm["calls"] for name, crm in stats.items()}
    drill.job()
    return drill.state(), points, calls
