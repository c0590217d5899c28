"""How things stand, read from the store alone: the facts that the reports judge and count."""

from __future__ import annotations

import orjson
from sqlalchemy import Connection, text

from reports.funnel import Funnel, Mql, Spell, first_week, funnel
from reports.health import Aside, Day, Findings, Held, LastRun, Refusal, Stream, health
from reports.overview import Overview
from sync.store import outbox, runs
from sync.store.assignments import unrouted
from sync.store.lease import holder
from sync.store.tallies import tallies
from sync.workspace import Workspace

RUNS_SEEN = 20


def status(workspace: Workspace) -> Overview:
    """This looks at the store only; no CRM is called."""
    store, now = workspace.store, workspace.now()
    # A cycle that is under way says nothing yet about how things stand, a stopped one neither.
    last = next((run for run in runs.latest(store, RUNS_SEEN) if run.state in ("done", "failed")), None)
    worker = holder(store, now)
    with store.reading() as tx:
        plan = outbox.current_plan(tx)
        found = Findings(
            as_of=now,
            interval_s=workspace.settings.interval_seconds,
            streams=_streams(tx, workspace),
            aside=_aside(tx),
            refusals=[
                Refusal(one.key, one.purpose, one.error, one.remedy) for one in outbox.open_rejections(tx)
            ],
            held=Held(plan.id, plan.why_held) if plan and plan.state == "held" else None,
            last=LastRun(last.command, last.state, last.ended_at, last.error) if last else None,
            worker=worker,
            days=_days(last),
            tallies=tallies(tx),
            unrouted=[one.cause for one in unrouted(tx)],
        )
        return Overview(
            workspace.settings.workspace,
            _number(tx, "SELECT COUNT(*) FROM person WHERE merged_into IS NULL"),
            _number(tx, "SELECT COUNT(*) FROM touch"),
            _counts(tx, "SELECT state, COUNT(*) FROM intent"),
            *(found, health(found), _funnel(tx, now)),
            would_be_mqls=_number(tx, "SELECT COUNT(*) FROM verdict WHERE would_be_mql"),
        )


def _streams(tx: Connection, workspace: Workspace) -> list[Stream]:
    """These are the streams of every connected CRM, read or not, and what was read from others once."""
    rows = tx.execute(text("SELECT connection, stream, rows_read, caught_up_at FROM cursor ORDER BY 1, 2"))
    read = {(row.connection, row.stream): (row.rows_read, row.caught_up_at) for row in rows}
    found = []
    for name, connector in workspace.connectors.items():
        for stream in connector.streams():
            rows_read, caught_up_at = read.pop((name, stream.name), (0, 0))
            found.append(Stream(name, stream.name, rows_read, caught_up_at, stream.every_s))
    left = [Stream(*key, *told, is_connected=False) for key, told in read.items()]
    return found + left


def _days(last: runs.RunEntry | None) -> list[Day]:
    days = last.summary.get("days", {}) if last else {}
    return [Day(name, day["used"], day["limit"], day["left"]) for name, day in sorted(days.items())]


def _aside(tx: Connection) -> list[Aside]:
    rows = tx.execute(
        text(
            "SELECT connection, stream, reason, COUNT(*) FROM quarantine "
            "GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3"
        )
    )
    return [Aside(*row) for row in rows]


def _funnel(tx: Connection, now: int) -> Funnel:
    mqls = tx.execute(
        text("SELECT definition, version, published, partner FROM verdict WHERE status = 'mql'")
    ).all()
    spells = tx.execute(
        text("SELECT qualified_at, ended_by FROM episode WHERE qualified_at >= :since"),
        {"since": first_week(now)},
    )
    return funnel(
        _counts(tx, "SELECT status, COUNT(*) FROM verdict"),
        [Mql(row.definition, row.version, _channel(row.published), row.partner) for row in mqls],
        [Spell(row.qualified_at, row.ended_by) for row in spells],
        as_of=now,
    )


def _channel(published: str) -> str:
    return str(orjson.loads(published).get("first_channel") or "")


def _counts(tx: Connection, select: str) -> dict[str, int]:
    return {str(row[0]): int(row[1]) for row in tx.execute(text(select + " GROUP BY 1 ORDER BY 1"))}


def _number(tx: Connection, select: str) -> int:
    return int(tx.execute(text(select)).scalar_one())
