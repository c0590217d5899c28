"""One cycle: pull, resolve, score, plan, apply. Each step commits as it goes and may be run again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from config.errors import ConfigError
from connectors.errors import ConnectorError
from sync.apply import Applied, apply
from sync.apply import release as release_plan
from sync.batch import Judge
from sync.clock import Stopping
from sync.errors import SyncError
from sync.handoff.channels import channels
from sync.handoff.clocks import wake_promised
from sync.handoff.owners import owners_of
from sync.handoff.waking import wake_waiting
from sync.nightly import Checked, check_some
from sync.pull import Progress, Pulled, pull
from sync.score import UNDONE, decide, score_due
from sync.store import runs
from sync.store.colleagues import wake_colleagues
from sync.store.definitions import remember_definitions
from sync.store.lease import acquire, owner_name, release, renew
from sync.store.outbox import current_plan
from sync.store.pages import Saved
from sync.store.people import resolve_records, wake_owned, wake_touched
from sync.workspace import Workspace, definitions_of

RESOLVE_BATCH = 500
CHECKED_BATCHES_MAX = 10  # of a thousand people each, in one cycle: a million within two hours


@dataclass(frozen=True, slots=True)
class Summary:
    """What a cycle did. `calls` are its own; `days` is what each CRM says of the day's calls, and what of
    them is left for us; `checked` is its part of the night's look at everybody."""

    pulled: Pulled
    judged: int
    applied: Applied
    plan_state: str
    calls: dict[str, int]
    days: dict[str, dict[str, int]] = field(default_factory=dict)
    checked: Checked = field(default_factory=Checked)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def judge_of(workspace: Workspace) -> Judge:
    """This reads the definitions and the lists beside them. Raises `config.errors.ConfigError`."""
    settings = workspace.settings
    channels(settings.notices, workspace.now)  # what is missing for them is said before anything is done
    live_from = int(runs.recall(workspace.store, "live_from") or 0)
    slas = settings.slas()
    if slas and slas.owners:
        with workspace.store.reading() as tx:
            slas = owners_of(tx).known_to(slas)
    definitions, hosts = definitions_of(workspace), settings.public_hosts()
    return Judge(settings, definitions, settings.context(), live_from, slas, public_hosts=hosts)


def cycle(
    workspace: Workspace,
    command: str,
    *,
    reads: bool = True,
    writes: bool = True,
    everything: bool = False,
    tell: Callable[[Progress], None] = lambda _: None,
) -> Summary:
    """This runs the whole flow once under the lease.

    `reads` False leaves the CRMs unread, `writes` False holds the plan, `everything` reads all streams
    whatever their clock says. Raises `LeaseHeld`, `LeaseLost`, or a configuration error.
    """
    judge = judge_of(workspace)
    store = workspace.store
    before = _calls(workspace)
    with leased(workspace), recorded(workspace, command) as run:
        pulled = pull(workspace, everything=everything, tell=tell) if reads else Pulled(Saved(), True)
        # Half a first read would put tasks into the wrong CRM: nobody is judged before it is complete.
        is_first = reads and pulled.is_complete and not judge.live_from
        judged = _judge_due(workspace, judge) if is_first or judge.live_from else 0
        checked = _check_some(workspace, judge) if judge.live_from else Checked()
        decide(store, judge, workspace.now(), hold=not writes)
        if is_first:
            runs.remember(store, "live_from", str(workspace.now()))
        applied = apply(workspace, run) if writes else Applied()
        calls = {name: made - before[name] for name, made in _calls(workspace).items()}
        summary = Summary(pulled, judged, applied, plan_state(workspace), calls, _days(workspace), checked)
        finish(workspace, run, summary.as_dict(), pulled.troubles + applied.stopped)
    return summary


@contextmanager
def leased(workspace: Workspace) -> Iterator[None]:
    """This holds the lease, so that nobody else writes. Raises `LeaseHeld`."""
    acquire(workspace.store, workspace.now(), owner=owner_name())
    try:
        yield
    finally:
        release(workspace.store)


@contextmanager
def recorded(workspace: Workspace, command: str) -> Iterator[int]:
    """This keeps a line of the ledger, which tells how the work ended, whatever ended it."""
    store = workspace.store
    run = runs.begin(store, command, workspace.now())
    try:
        yield run
    except BaseException as error:
        release(store)  # who has lost the lease may still say so
        state, why = _ending(error)
        runs.finish(store, run, state, {}, why, workspace.now())
        raise


def _ending(error: BaseException) -> tuple[runs.Ending, str]:
    match error:
        case Stopping() | KeyboardInterrupt():
            return "stopped", "it was asked to stop"
        case ConnectorError() | ConfigError() | SyncError():
            return "failed", str(error)
        case _:  # the words of a stranger may hold addresses
            return "failed", f"unforeseen: {type(error).__name__}"


def finish(workspace: Workspace, run: int, summary: dict[str, Any], troubles: tuple[str, ...]) -> None:
    """This closes the run's line: failed where a CRM could not be read or written."""
    state: runs.Ending = "failed" if troubles else "done"
    runs.finish(workspace.store, run, state, summary, "; ".join(troubles), workspace.now())


def _judge_due(workspace: Workspace, judge: Judge) -> int:
    store = workspace.store
    wake_owned(store)
    wake_waiting(store, judge, workspace.now())
    while resolve_records(store, RESOLVE_BATCH):
        workspace.alarm.check()
        renew(store, workspace.now())
    wake_touched(store)
    if not remember_definitions(store, judge.kept, judge.mark) and judge.needs_colleagues:
        wake_colleagues(store)
    wake_promised(store, judge.slas, workspace.now())
    total = 0
    as_of = workspace.now()
    while found := score_due(store, judge, as_of):
        workspace.alarm.check()
        renew(store, workspace.now())
        total += found
    return total


def _check_some(workspace: Workspace, judge: Judge) -> Checked:
    """This is a part of the night's look at everybody; nobody waits for it longer than it takes."""
    total = Checked()
    for _ in range(CHECKED_BATCHES_MAX):
        workspace.alarm.check()
        checked = check_some(workspace.store, judge, workspace.now())
        if not checked.people:
            break
        renew(workspace.store, workspace.now())
        total += checked
    return total


def plan_state(workspace: Workspace) -> str:
    """This is the state of the newest plan that is not finished, "" if none is."""
    with workspace.store.reading() as tx:
        plan = current_plan(tx)
    return plan.state if plan else ""


def _calls(workspace: Workspace) -> dict[str, int]:
    return {name: connector.usage.calls for name, connector in workspace.connectors.items()}


def _days(workspace: Workspace) -> dict[str, dict[str, int]]:
    told = {name: connector.usage for name, connector in workspace.connectors.items()}
    return {
        name: {"used": usage.day_used, "limit": usage.day_limit, "left": usage.day_left}
        for name, usage in told.items()
        if usage.day_limit
    }


def apply_plan(workspace: Workspace, number: int | None) -> tuple[int, Applied]:
    """This releases a held plan and writes it, under the lease; it returns the plan's number.

    What changed in the CRMs since the plan was made is read first: whatever somebody set meanwhile is not
    written over. Raises `NoSuchPlan` or `StalePlan`; nothing was written then.
    """
    store = workspace.store
    fingerprint = judge_of(workspace).book.fingerprint
    with leased(workspace):
        released = release_plan(store, number, fingerprint, workspace.now())
        runs.remember(store, UNDONE, "")
        with recorded(workspace, "apply") as run:
            pull(workspace)
            applied = apply(workspace, run)
            finish(workspace, run, asdict(applied), applied.stopped)
    return released, applied
