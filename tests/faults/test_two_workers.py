"""Two workers on one database: the second is refused, and one that slept past its lease writes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from drills import PAUSE, Drill, Sandbox

from sync.cycle import cycle
from sync.errors import LeaseHeld, LeaseLost
from sync.store.lease import acquire, owner_name


def test_a_second_worker_is_refused_and_told_who_is_working(crms: Sandbox, tmp_path: Path) -> None:
    drill = Drill.fresh(crms, tmp_path / "workspace")

    with drill.open() as first, drill.open() as second:
        acquire(first.store, drill.now, owner="first:1")
        with pytest.raises(LeaseHeld, match="first:1 is working"):
            cycle(second, "run", everything=True)

    assert crms.ask("GET", "/stats")["crms"]["hubspot"]["calls"] == 0


def test_a_worker_that_slept_past_its_lease_writes_nothing_when_it_wakes(
    crms: Sandbox, tmp_path: Path
) -> None:
    drill = Drill.fresh(crms, tmp_path / "workspace")
    overtaken: list[str] = []

    def sleep_long(point: str) -> None:
        """In the middle of its first page another worker comes, finds the lease ended, and takes it."""
        if not overtaken and point.startswith("hubspot.after"):
            overtaken.append(point)
            drill.now += PAUSE
            with drill.open() as other:
                acquire(other.store, drill.now, owner="second:2")

    with drill.open(sleep_long) as sleeper, pytest.raises(LeaseLost, match="second:2"):
        cycle(sleeper, "run", everything=True)

    assert overtaken
    with drill.open() as other, other.store.reading() as tx:
        for table in ("record", "touch", "cursor", "verdict", "intent"):
            assert tx.exec_driver_sql(f"SELECT COUNT(*) FROM {table}").scalar() == 0
    assert drill.written() == {"hubspot": ({}, 0), "salesforce": ({}, 0)}


def test_the_worker_that_took_over_finishes_the_job(crms: Sandbox, tmp_path: Path) -> None:
    drill = Drill.fresh(crms, tmp_path / "workspace")
    with drill.open() as gone:
        acquire(gone.store, drill.now, owner="gone:1")
    assert owner_name() != "gone:1"
    drill.now += PAUSE

    report = drill.until_calm()

    assert report.applied.fields > 0
    drill.assert_quiet()
