"""How things stand: what was read, what waits, what was put aside, what a human should do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, text

from sync.clock import SECOND
from sync.clock import text as instant
from sync.store import runs
from sync.store.lease import holder
from sync.store.outbox import current_plan
from sync.workspace import Workspace

STALE_INTERVALS = 10
RUNS_SEEN = 20
STALE_MIN_S = 7_200  # reference data is read every hour


@dataclass(frozen=True, slots=True)
class Status:
    """What `status` answers. `exit_code`: 0 fine, 1 degraded, 2 a connection stopped."""

    people: int
    touches: int
    statuses: Mapping[str, int]
    partners: Mapping[str, int]
    streams: list[dict[str, Any]]
    quarantine: Mapping[str, int]
    intents: Mapping[str, int]
    plan: dict[str, Any] | None
    last_run: dict[str, Any] | None
    lease_holder: str
    problems: list[str]
    exit_code: int

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def status(workspace: Workspace) -> Status:
    """This looks at the store only; no CRM is called."""
    store, now = workspace.store, workspace.now()
    stale_s = max(STALE_MIN_S, STALE_INTERVALS * workspace.settings.interval_seconds)
    # A cycle that is under way says nothing yet about how things stand.
    last = next((run for run in runs.latest(store, RUNS_SEEN) if run.state != "running"), None)
    with store.reading() as tx:
        streams = [
            {
                "connection": row.connection,
                "stream": row.stream,
                "pages": row.pages,
                "rows": row.rows_read,
                "caught_up_at": instant(row.caught_up_at),
                "is_stale": now - row.caught_up_at > stale_s * SECOND,
            }
            for row in tx.execute(text("SELECT * FROM cursor ORDER BY connection, stream"))
        ]
        quarantine = _counts(
            tx, "SELECT connection || ' ' || stream || ': ' || reason, COUNT(*) FROM quarantine"
        )
        intents = _counts(tx, "SELECT state, COUNT(*) FROM intent")
        plan = current_plan(tx)
        statuses = _counts(tx, "SELECT status, COUNT(*) FROM verdict")
        partners = _counts(tx, "SELECT partner, COUNT(*) FROM verdict WHERE partner <> ''")
        people = _number(tx, "SELECT COUNT(*) FROM person WHERE merged_into IS NULL")
        touches = _number(tx, "SELECT COUNT(*) FROM touch")
    problems = [f"{s['connection']} {s['stream']} has not caught up lately" for s in streams if s["is_stale"]]
    if quarantine:
        problems.append(f"{sum(quarantine.values())} rows could not be read and were put aside")
    if intents.get("rejected"):
        problems.append(f"{intents['rejected']} changes were refused by a CRM")
    if plan and plan.state == "held":
        problems.append(
            f"plan {plan.id} is held because {plan.why_held}: `mqlsync plan`, then `mqlsync apply`"
        )
    stopped = last is not None and last.state == "failed"
    if last is not None and stopped:
        problems.insert(0, f"the last run failed: {last.error}")
    return Status(
        *(people, touches, statuses, partners, streams, quarantine, intents),
        plan={"id": plan.id, "state": plan.state, "why_held": plan.why_held} if plan else None,
        last_run=_run(last),
        lease_holder=holder(store, now),
        problems=problems,
        exit_code=2 if stopped else 1 if problems else 0,
    )


def _run(last: runs.RunEntry | None) -> dict[str, Any] | None:
    if last is None:
        return None
    return {"command": last.command, "state": last.state, "ended_at": instant(last.ended_at)}


def _words(counts: Mapping[str, int], nothing: str) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items()) or nothing


def _counts(tx: Connection, select: str) -> dict[str, int]:
    return {str(row[0]): int(row[1]) for row in tx.execute(text(select + " GROUP BY 1 ORDER BY 1"))}


def _number(tx: Connection, select: str) -> int:
    return int(tx.execute(text(select)).scalar_one())


def lines(found: Status) -> list[str]:
    """This is the status for people."""
    last = found.last_run
    return [
        f"{found.people} people, {found.touches} touches",
        "status: " + _words(found.statuses, "nobody judged yet"),
        "partners: " + _words(found.partners, "none"),
        *(
            f"{s['connection']:10} {s['stream']:18} {s['rows']:>9} rows, up to {s['caught_up_at'] or 'never'}"
            for s in found.streams
        ),
        "changes: " + _words(found.intents, "none"),
        *(f"put aside: {reason} ({count})" for reason, count in found.quarantine.items()),
        f"last run: {last['command']} {last['state']} {last['ended_at']}" if last else "no run yet",
        *([f"working now: {found.lease_holder}"] if found.lease_holder else []),
        *(f"! {problem}" for problem in found.problems),
    ]
