"""A cycle every interval, until asked to stop. APScheduler is only the clock; a row decides who runs."""

from __future__ import annotations

import signal
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from queue import Empty, SimpleQueue
from threading import Semaphore
from types import FrameType
from typing import TYPE_CHECKING, ParamSpec

import structlog

from config.errors import ConfigError
from config.settings import Nightly
from connectors.errors import ConnectorError
from sync.clock import SECOND, Stopping, to_datetime
from sync.cycle import cycle
from sync.errors import LeaseHeld, SyncError
from sync.listening import listening
from sync.nightly import begins_at
from sync.store.hints import has_hints
from sync.store.nightly import begin
from sync.store.outbox import current_plan
from sync.store.ticks import claim, claim_tick, ticks_since
from sync.workspace import Workspace

if TYPE_CHECKING:
    from apscheduler.schedulers.background import BackgroundScheduler

Given = ParamSpec("Given")

CYCLE, HINTED, NIGHTLY = "cycle", "hinted", "nightly"
EXPORT_LOOK_S = 3_600  # how often we look whether a report of partners is due that failed or was missed
HINTS_LOOK_S = 0.5  # how often we look whether a CRM told of a change
HINTS_PAUSE_S = 1  # between cycles that begin because of one
# A busy CRM tells of changes all the time: after so many such cycles in ten minutes they come more slowly.
HINTED_QUICK_MAX, HINTED_WITHIN_S, HINTS_LONG_PAUSE_S = 60, 600, 10
SIGNALS = (signal.SIGTERM, signal.SIGINT)


def daemon(workspace: Workspace, *, interval_s: int | None = None) -> None:
    """This runs until SIGTERM or SIGINT: the page in hand is finished, then it leaves. A second signal
    stops at once."""
    from apscheduler.executors.pool import ThreadPoolExecutor  # noqa: PLC0415 (start-up time)
    from apscheduler.schedulers.background import BackgroundScheduler  # noqa: PLC0415 (start-up time)

    log = structlog.get_logger()
    interval = interval_s or workspace.settings.interval_seconds
    # A handler may interrupt a thread inside a lock that it wants itself; only this queue allows for that.
    asked: SimpleQueue[int] = SimpleQueue()

    def leave(number: int, _: FrameType | None) -> None:
        for one in SIGNALS:
            signal.signal(one, signal.SIG_DFL)
        asked.put(number)

    before = {number: signal.signal(number, leave) for number in SIGNALS}
    # One thread: the tick at the start and those of the clock never run side by side.
    scheduler = BackgroundScheduler(timezone="UTC", executors={"default": ThreadPoolExecutor(1)})
    _schedule(scheduler, workspace, interval)
    log.info("daemon_started", interval_s=interval)
    scheduler.start()
    try:
        with listening(workspace):
            _until_asked(asked, workspace, scheduler)
    finally:
        workspace.alarm.ring()
        # Shut down in the middle of handing out a job, APScheduler's thread dies of a job it cannot find.
        scheduler.pause()
        scheduler.remove_all_jobs()
        scheduler.shutdown(wait=True)
        for number, handler in before.items():
            signal.signal(number, handler)
    log.info("daemon_stopped")


def _schedule(scheduler: BackgroundScheduler, workspace: Workspace, interval: int) -> None:
    """This names what runs when. What begins at once is what was missed while nobody ran."""
    once = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    nightly = workspace.settings.nightly
    for job, arguments in ((nightly_tick, (workspace,)), (tick, (workspace, interval))):
        scheduler.add_job(job, args=arguments, misfire_grace_time=None)
    # Counted from 1970, each firing falls at the start of its own tick, never twice into one.
    scheduler.add_job(
        *(tick, "interval", (workspace, interval)), seconds=interval, start_date=to_datetime(0), **once
    )
    scheduler.add_job(
        *(nightly_tick, "cron", (workspace,)),
        day_of_week=",".join(nightly.days),
        hour=nightly.at.hour,
        minute=nightly.at.minute,
        timezone=nightly.zone,
        **once,
    )
    if workspace.settings.partners_export is not None:
        _schedule_export(scheduler, workspace, workspace.settings.partners_export.schedule)


def _schedule_export(scheduler: BackgroundScheduler, workspace: Workspace, schedule: Nightly) -> None:
    once = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    scheduler.add_job(*(export_tick, "interval", (workspace,)), seconds=EXPORT_LOOK_S, **once)
    scheduler.add_job(
        *(export_tick, "cron", (workspace,)),
        day_of_week=",".join(schedule.days),
        hour=schedule.at.hour,
        minute=schedule.at.minute,
        timezone=schedule.zone,
        **once,
    )


def _until_asked(asked: SimpleQueue[int], workspace: Workspace, scheduler: BackgroundScheduler) -> None:
    """This waits for a signal; meanwhile the scheduler's thread looks for hints, one look at a time."""
    if workspace.settings.webhooks is None:
        asked.get()
        return
    free = Semaphore()

    def look() -> None:
        try:
            hinted_tick(workspace)
        finally:
            free.release()

    while True:
        with suppress(Empty):
            asked.get(timeout=HINTS_LOOK_S)
            return
        if free.acquire(blocking=False):
            scheduler.add_job(look, misfire_grace_time=None)


def outlived(work: Callable[Given, bool]) -> Callable[Given, bool]:
    """This lets a tick fail by itself: why is logged, it answers False, and the next one tries again."""

    @wraps(work)
    def guarded(*given: Given.args, **named: Given.kwargs) -> bool:
        log = structlog.get_logger()
        try:
            return work(*given, **named)
        except Stopping:
            return False
        except LeaseHeld as held:
            log.warning("waiting_for_lease", why=str(held))
            return False
        except (ConnectorError, ConfigError, SyncError) as error:
            log.error("cycle_failed", why=str(error))
            return False

    return guarded


@outlived
def tick(workspace: Workspace, interval_s: int) -> bool:
    """This runs the cycle of this moment, if nobody else does; it says whether it ran to its end."""
    at = workspace.now() // (interval_s * SECOND) * (interval_s * SECOND)
    if workspace.alarm.rung or not claim_tick(workspace.store, at, CYCLE):
        return False
    return _cycle(workspace)


@outlived
def nightly_tick(workspace: Workspace) -> bool:
    """This begins the latest night's look at everybody, unless it has begun; the cycles then do it."""
    at = begins_at(workspace.settings.nightly, workspace.now())
    if workspace.alarm.rung:
        return False
    with workspace.store.transaction() as tx:
        if claimed := claim(tx, at, NIGHTLY):
            begin(tx)
    return claimed


@outlived
def export_tick(workspace: Workspace) -> bool:
    """This writes the partners' latest reports that are due, if nobody else did."""
    from sync.partners.weekly import export_due  # noqa: PLC0415 (start-up time)

    return not workspace.alarm.rung and export_due(workspace)


@outlived
def hinted_tick(workspace: Workspace) -> bool:
    """This runs a cycle at once where a CRM told of a change, but not one after the other."""
    if workspace.alarm.rung or not has_hints(workspace.store):
        return False
    now = workspace.now()
    lately = ticks_since(workspace.store, now - HINTED_WITHIN_S * SECOND, HINTED)
    pause = (HINTS_PAUSE_S if lately < HINTED_QUICK_MAX else HINTS_LONG_PAUSE_S) * SECOND
    if not claim_tick(workspace.store, now // pause * pause, HINTED):
        return False
    return _cycle(workspace)


def _cycle(workspace: Workspace) -> bool:
    log = structlog.get_logger()
    summary = cycle(workspace, "daemon")
    log.info(
        "cycle_ended",
        records=summary.pulled.saved.records,
        touches=summary.pulled.saved.touches,
        unread=summary.pulled.saved.unread,
        judged=summary.judged,
        checked=summary.checked.people,
        differed=summary.checked.differed,
        fields=summary.applied.fields,
        tasks=summary.applied.tasks,
        troubles=summary.pulled.troubles + summary.applied.stopped,
    )
    with workspace.store.reading() as tx:
        plan = current_plan(tx)
    if plan and plan.state == "held":
        remedy = f"look at it with `mqlsync plan`, release it with `mqlsync apply {plan.id}`"
        log.warning("plan_held", plan=plan.id, why=plan.why_held, remedy=remedy)
    return True
