"""A cycle over a few changed people in a large store: its cost follows the change, not the store.

`./bench cycle [--size PEOPLE] [--json]` makes a store of PEOPLE with twenty touches each, lets 1,000 of
them do something (every second one has another title too), and measures the rest of that cycle: who they
are, judging them, planning. The CRMs are not asked. Then it asks for one of them from the shell.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import orjson
from sqlalchemy import text

from benchmarks.stores import CONTACT_1, NOW, make
from connectors.records import Page, Record, Touch
from sync.cycle import cycle, judge_of
from sync.store.definitions import remember_definitions
from sync.store.pages import save_page
from sync.store.runs import remember
from sync.workspace import Workspace, opened

DIRTY = 1_000
NEVER = 2**62
SETTINGS = "workspace: bench\nconnections: {hubspot: {url: 'http://127.0.0.1:9'}}\ndatabase: store.db\n"


def main(argv: Sequence[str] | None = None) -> int:
    """This measures and prints."""
    parser = argparse.ArgumentParser(prog="bench cycle", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--size", type=int, default=100_000, help="people, with twenty touches each")
    parser.add_argument("--json", action="store_true", help="only the JSON object on standard output")
    given = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as elsewhere:
            elsewhere.submit(make, folder / "store.db", given.size).result()
        (folder / "mqlsync.yaml").write_text(SETTINGS)
        with opened(folder, now=lambda: NOW) as workspace:
            _settle(workspace)
            people = _change(workspace, given.size)
            cpu, wall = time.process_time(), time.monotonic()
            done = cycle(workspace, "run", reads=False, writes=False)
            answer = {
                "people": given.size,
                "dirty": done.judged,
                "cpu_s": round(time.process_time() - cpu, 3),
                "wall_s": round(time.monotonic() - wall, 3),
            }
        answer |= _explain(folder, int(people[0]))
    if not given.json:
        for key, value in answer.items():
            print(f"{key:16} {value:>14,}", file=sys.stderr)
    print(json.dumps(answer))
    return 0 if answer["dirty"] == len(people) else 1


def _settle(workspace: Workspace) -> None:
    """Everybody has been judged by today's definitions; nobody is due."""
    judge = judge_of(workspace)
    remember_definitions(workspace.store, judge.kept, judge.mark)
    remember(workspace.store, "live_from", str(NOW))
    with workspace.store.transaction() as tx:
        tx.execute(text("UPDATE person SET due_at = :never"), {"never": NEVER})


def _change(workspace: Workspace, people: int) -> np.ndarray:
    """This is what a pull brings: a touch of each of some people, and a new title of every second."""
    rng = np.random.default_rng(11)
    chosen = np.sort(rng.choice(people, min(DIRTY, people), replace=False) + 1)
    ids = [str(CONTACT_1 + int(person)) for person in chosen]
    touches = tuple(
        Touch(f"hubspot:contact:{one}", f"visit:{one}", "page_view", NOW - 1, NOW - 1, page="/pricing")
        for one in ids
    )
    keys = [f"hubspot:contact:{one}" for one in ids[::2]]
    records = []
    with workspace.store.reading() as tx:
        for key in keys:
            row = tx.execute(text("SELECT * FROM record WHERE key = :key"), {"key": key}).one()
            attributes = orjson.loads(row.attributes) | {"title": "Chief Buyer"}
            names = tuple(orjson.loads(row.names))
            records.append(
                Record("contact", row.record_id, NOW, row.created_at, False, attributes, {}, names)
            )
    save_page(workspace.store, "hubspot", "contacts", Page("next", True, tuple(records), touches), NOW)
    return chosen


def _explain(folder: Path, person: int) -> dict[str, float]:
    """This asks for one person as people do, from a shell; user and system CPU of that process."""
    before, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(
        [sys.executable, "-m", "sync.cli", "explain", f"person:{person}"],
        env={**os.environ, "MQLSYNC_WORKSPACE": str(folder)},
        stdout=subprocess.DEVNULL,
        timeout=60,
        check=True,
    )
    wall_s, after = time.monotonic() - wall, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"explain_cpu_s": round(cpu_s, 3), "explain_wall_s": round(wall_s, 3)}


if __name__ == "__main__":
    sys.exit(main())
