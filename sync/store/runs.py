"""The ledger of runs, and the few things the store remembers about itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import orjson
from sqlalchemy import text

from sync.store.engine import Store

Ending = Literal["done", "failed", "stopped"]
KILLED = "killed"


@dataclass(frozen=True, slots=True)
class RunEntry:
    """One line of the ledger. `ended_at` is 0 and `state` is `running` until the run ended."""

    id: int
    command: str
    started_at: int
    ended_at: int
    state: str
    summary: Mapping[str, Any]
    error: str


def begin(store: Store, command: str, now: int) -> int:
    """This opens a line in the ledger and gives its number.

    Whoever begins holds the lease, so a line that still runs is of a worker that was killed, or that
    slept past its lease and can keep nothing more: it is closed.
    """
    with store.transaction() as tx:
        tx.execute(
            text("UPDATE run SET state = 'stopped', error = :why, ended_at = :now WHERE state = 'running'"),
            {"why": KILLED, "now": now},
        )
        return int(
            tx.execute(
                text(
                    "INSERT INTO run (command, started_at, ended_at, state, summary, error) "
                    "VALUES (:command, :now, 0, 'running', '{}', '') RETURNING id"
                ),
                {"command": command, "now": now},
            ).scalar_one()
        )


def finish(store: Store, run: int, state: Ending, summary: Mapping[str, Any], error: str, now: int) -> None:
    """This closes the line. A run that ended keeps its first ending."""
    with store.transaction() as tx:
        tx.execute(
            text(
                "UPDATE run SET state = :state, summary = :summary, error = :error, ended_at = :now "
                "WHERE id = :run AND state = 'running'"
            ),
            {
                "run": run,
                "state": state,
                "summary": orjson.dumps(summary, option=orjson.OPT_SORT_KEYS).decode(),
                "error": error,
                "now": now,
            },
        )


def latest(store: Store, n: int) -> list[RunEntry]:
    """These are the last `n` lines, the newest first."""
    with store.reading() as tx:
        rows = tx.execute(
            text(
                "SELECT id, command, started_at, ended_at, state, summary, error FROM run "
                "ORDER BY id DESC LIMIT :n"
            ),
            {"n": n},
        ).all()
    return [
        RunEntry(r.id, r.command, r.started_at, r.ended_at, r.state, orjson.loads(r.summary), r.error)
        for r in rows
    ]


def remember(store: Store, name: str, value: str) -> None:
    """This keeps a setting; a value that stood there is replaced."""
    with store.transaction() as tx:
        tx.execute(
            text(
                "INSERT INTO setting (name, value) VALUES (:name, :value) "
                "ON CONFLICT (name) DO UPDATE SET value = excluded.value"
            ),
            {"name": name, "value": value},
        )


def recall(store: Store, name: str) -> str:
    """This is the setting's value, `""` if nobody ever set it."""
    with store.reading() as tx:
        value = tx.execute(text("SELECT value FROM setting WHERE name = :name"), {"name": name}).scalar()
    return str(value or "")
