"""Every partner's report, on a schedule: written by one daemon, once, and tried again where it failed."""

from __future__ import annotations

from pathlib import Path

import structlog

from config.errors import ConfigError
from sync.clock import Stopping
from sync.errors import SyncError
from sync.nightly import begins_at
from sync.partners.exporting import export_to
from sync.store import runs
from sync.store.ticks import claim_tick, give_back
from sync.workspace import Workspace

SCHEDULE = "partners_export"


def export_due(workspace: Workspace) -> bool:
    """This writes all reports of the latest due time, unless that was done. Nothing is due before the first
    backfill is complete. Raises `ExportFailed`; the next look tries again.
    """
    asked = workspace.settings.partners_export
    if asked is None or not runs.recall(workspace.store, "live_from"):
        return False
    at = begins_at(asked.schedule, workspace.now())
    if not claim_tick(workspace.store, at, SCHEDULE):
        return False
    try:
        written = _export(workspace, asked.folder)
    except (SyncError, ConfigError, Stopping):
        give_back(workspace.store, at, SCHEDULE)
        raise
    structlog.get_logger().info("partners_exported", files=written, folder=str(asked.folder))
    return True


def _export(workspace: Workspace, folder: Path) -> int:
    """Each partner has a folder of its own, so that it can be shared as it is."""
    settings, store = workspace.settings, workspace.store
    count = 0
    for account in settings.registry().accounts.values():
        count += len(export_to(settings, store, account, folder / account.slug, workspace.now()))
        workspace.alarm.check()
    return count
