"""A cycle every interval, until asked to stop. APScheduler is only the clock; a row decides who runs."""

from __future__ import annotations

import signal
from types import FrameType

import structlog
from sqlalchemy import text

from config.errors import ConfigError
from connectors.errors import ConnectorError
from sync.clock import SECOND, Stopping
from sync.cycle import cycle
from sync.errors import LeaseHeld
from sync.store.engine import Store
from sync.workspace import Workspace

TICKS_KEPT = 1_000
SCHEDULE = "cycle"


def daemon(workspace: Workspace, *, interval_s: int | None = None) -> None:
    """This runs until SIGTERM or SIGINT: the page in hand is finished, then it leaves. A second signal
    stops at once."""
    from apscheduler.schedulers.background import BackgroundScheduler  # noqa: PLC0415

    log = structlog.get_logger()
    interval = interval_s or workspace.settings.interval_seconds

    def leave(number: int, _: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        workspace.alarm.ring()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, leave)
    scheduler = BackgroundScheduler(timezone="UTC")
    scheduler.add_job(
        lambda: tick(workspace, interval), "interval", seconds=interval, coalesce=True, max_instances=1
    )
    log.info("daemon_started", interval_s=interval)
    tick(workspace, interval)
    scheduler.start()
    try:
        while True:
            workspace.alarm.sleep(3_600)
    except Stopping:
        pass
    finally:
        scheduler.shutdown(wait=True)
    log.info("daemon_stopped")


def tick(workspace: Workspace, interval_s: int) -> bool:
    """This runs the cycle of this moment, if nobody else does; it says whether it ran to its end."""
    log = structlog.get_logger()
    at = workspace.now() // (interval_s * SECOND) * (interval_s * SECOND)
    if workspace.alarm.rung or not claim_tick(workspace.store, at):
        return False
    try:
        summary = cycle(workspace, "daemon")
    except Stopping:
        return False
    except LeaseHeld as held:
        log.warning("waiting_for_lease", why=str(held))
        return False
    except (ConnectorError, ConfigError) as error:
        log.error("cycle_failed", why=str(error))
        return False
    log.info(
        "cycle_ended",
        records=summary.pulled.saved.records,
        touches=summary.pulled.saved.touches,
        unread=summary.pulled.saved.unread,
        judged=summary.judged,
        fields=summary.applied.fields,
        tasks=summary.applied.tasks,
        troubles=summary.pulled.troubles + summary.applied.stopped,
    )
    if summary.plan_state == "held":
        log.warning("plan_held", remedy="look at it with `mqlsync plan`, release it with `mqlsync apply`")
    return True


def claim_tick(store: Store, at: int) -> bool:
    """Whoever inserts the row of a tick runs it, however many daemons there are."""
    with store.transaction() as tx:
        claimed = tx.execute(
            text(
                "INSERT INTO tick (schedule, at) VALUES (:schedule, :at) "
                "ON CONFLICT (schedule, at) DO NOTHING"
            ),
            {"schedule": SCHEDULE, "at": at},
        ).rowcount
        tx.execute(
            text(
                "DELETE FROM tick WHERE schedule = :schedule AND at < "
                "(SELECT MIN(at) FROM (SELECT at FROM tick WHERE schedule = :schedule "
                "ORDER BY at DESC LIMIT :kept) AS newest)"
            ),
            {"schedule": SCHEDULE, "kept": TICKS_KEPT},
        )
    return claimed == 1
