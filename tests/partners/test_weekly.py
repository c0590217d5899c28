"""Reports are written when they are due: once, however many daemons there are, and again where it failed."""

from __future__ import annotations

from dataclasses import replace
from datetime import time
from pathlib import Path

from partner_workspace import NOW, SETTINGS, SITE, Bench

from config.settings import Nightly, PartnersExport, load_settings
from scoring.touches import DAY, HOUR
from sync.daemon import export_tick
from sync.store import runs

MONDAY = NOW  # 2026-02-16, 0:00 UTC


def scheduled(bench: Bench, folder: Path) -> None:
    schedule = Nightly(time(6, 0), ("mon",))
    bench.work.settings = replace(bench.work.settings, partners_export=PartnersExport(folder, schedule))
    runs.remember(bench.work.store, "live_from", "1")


def test_every_partner_gets_a_folder_with_its_report_once_a_week(bench: Bench) -> None:
    key = bench.person("ann@buyer.example")
    bench.did(key, {"days_ago": 9, "url": SITE + "?utm_source=kestrel"})
    bench.judge()
    scheduled(bench, bench.folder / "out")

    bench.now[0] = MONDAY + 6 * HOUR
    first, again = export_tick(bench.work), export_tick(bench.work)
    bench.now[0] = MONDAY + 7 * DAY + 6 * HOUR - 1
    early = export_tick(bench.work)
    bench.now[0] += 1
    next_week = export_tick(bench.work)

    assert (first, again, early, next_week) == (True, False, False, True)
    assert sorted(str(path.relative_to(bench.folder)) for path in bench.folder.glob("out/*/*.html")) == [
        *("out/kestrel/kestrel.html", "out/orbis/orbis.html")
    ]


def test_what_failed_is_tried_again(bench: Bench) -> None:
    scheduled(bench, bench.folder / "out")
    (bench.folder / "out").write_text("in the way")

    failed = export_tick(bench.work)
    (bench.folder / "out").unlink()

    assert not failed
    assert export_tick(bench.work)


def test_nothing_is_written_before_the_first_backfill_or_where_nobody_asked(bench: Bench) -> None:
    asked_nothing = export_tick(bench.work)
    scheduled(bench, bench.folder / "out")
    runs.remember(bench.work.store, "live_from", "")

    assert not asked_nothing
    assert not export_tick(bench.work)
    assert not (bench.folder / "out").exists()


def test_the_schedule_stands_in_the_settings(bench: Bench) -> None:
    (bench.folder / "mqlsync.yaml").write_text(
        SETTINGS
        + "time_zone: Europe/Berlin\npartners_export: {folder: shared, days: [tue, fri], at: '07:30'}\n"
    )

    found = load_settings(bench.folder).partners_export

    assert found == PartnersExport(
        bench.folder.resolve() / "shared", Nightly(time(7, 30), ("tue", "fri"), "Europe/Berlin")
    )
