"""One job against the real sandbox, and what must be true after it, however often it was disturbed.

A job is what an operator's first hour is: a cycle whose plan is held, its release, one more cycle.
Time stands still inside a job and moves on between two, past leases and past waits between attempts.
"""

from __future__ import annotations

import http.client
import json
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from sqlalchemy import text

from connectors.errors import ConnectorError
from connectors.port import Patience
from sync.apply import Applied
from sync.clock import MINUTE, parse
from sync.cycle import apply_plan, cycle, plan_state
from sync.workspace import Workspace, opened

PEOPLE = 28  # so many that there are six tasks, in both CRMs, though colleagues share one
EAGER = ("demo_request", "quote_request")
START = "2026-11-23T10:00:00Z"
PAUSE = 10 * MINUTE
JOBS_MAX = 8
WAIT_S = 60
ATTEMPTS = 2
PATIENCE = Patience(connect_s=2, read_s=2, attempts_max=ATTEMPTS, wait_first_s=0.001, wait_max_s=0.01)
HASTE = Patience(connect_s=2, read_s=0.2, attempts_max=ATTEMPTS, wait_first_s=0.001, wait_max_s=0.01)

Hook = Callable[[str], None]


def nothing(_: str) -> None:
    return None


def _not_at_all(_: float) -> None:
    """The sandbox runs without limits, so nobody needs to wait for it."""


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A running sandbox, as its ready line described it."""

    ready: Mapping[str, Any]

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        target = urlsplit(self.ready["control"]["url"])
        assert target.hostname is not None
        connection = http.client.HTTPConnection(target.hostname, target.port, timeout=WAIT_S)
        try:
            connection.request(method, path, None if body is None else json.dumps(body))
            answer = connection.getresponse()
            content = answer.read()
            assert answer.status == 200, content
            return json.loads(content)
        finally:
            connection.close()

    def warm_up(self) -> None:
        """Everybody who might buy asks for a demo and a price, so that there are tasks in both CRMs."""
        for person in self.ask("GET", f"/people?limit={PEOPLE}")["people"]:
            for kind in EAGER if person["role"] == "prospect" else ():
                self.ask("POST", "/act", {"email": person["email"], "kind": kind})

    def environment(self) -> dict[str, str]:
        return {
            "MQLSYNC_HUBSPOT_TOKEN": self.ready["hubspot"]["token"],
            "MQLSYNC_SALESFORCE_CLIENT_ID": self.ready["salesforce"]["client_id"],
            "MQLSYNC_SALESFORCE_CLIENT_SECRET": self.ready["salesforce"]["client_secret"],
        }

    def settings(self) -> str:
        # Tasks for everybody who ever qualified: the more tasks, the more chances to double one.
        return (
            "workspace: acme\nown_domains: [acme-analytics.example]\ntask_age_max_days: 3650\n"
            f"connections:\n  hubspot: {{url: '{self.ready['hubspot']['url']}'}}\n"
            f"  salesforce: {{login_url: '{self.ready['salesforce']['url']}'}}\n"
        )


@contextmanager
def sandbox() -> Iterator[Sandbox]:
    options = ["--people", str(PEOPLE), "--seed", "7", "--now", START, "--frozen", "--no-limits"]
    command = [sys.executable, "-m", "sandbox", *options, "--with-parent"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        yield Sandbox(json.loads(process.stdout.readline()))
    finally:
        process.kill()
        process.communicate(timeout=WAIT_S)


@dataclass(frozen=True, slots=True)
class Report:
    """What one job did, and what troubled it."""

    applied: Applied
    troubles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class State:
    """What must be the same however the job went: what we know, what we think, what the CRMs show."""

    records: frozenset[str]
    touches: frozenset[str]
    people: Mapping[tuple[str, ...], tuple[Any, ...]]
    tasks: tuple[tuple[str, str, str, str], ...]
    shown: Mapping[str, Any]


@dataclass(slots=True)
class Drill:
    """A fresh workspace beside a freshly reset sandbox; `now` moves on after each job."""

    sandbox: Sandbox
    folder: Path
    patience: Patience = PATIENCE
    now: int = field(default_factory=lambda: parse(START))

    @classmethod
    def fresh(cls, sandbox: Sandbox, folder: Path, patience: Patience = PATIENCE) -> Drill:
        sandbox.ask("POST", "/reset")
        sandbox.warm_up()
        folder.mkdir()
        (folder / "mqlsync.yaml").write_text(sandbox.settings())
        drill = cls(sandbox, folder, patience)
        with drill.open() as workspace:
            for connector in workspace.connectors.values():
                connector.provision()
        sandbox.ask("POST", "/counters/reset")
        return drill

    @contextmanager
    def open(self, at: Hook = nothing) -> Iterator[Workspace]:
        now = self.now
        with opened(
            self.folder, now=lambda: now, at=at, patience=self.patience, sleep=_not_at_all
        ) as workspace:
            yield workspace

    def job(self, at: Hook = nothing) -> Report:
        """This runs one job to its end; a CRM that fails is a trouble, anything else is a bug."""
        applied, troubles = Applied(), []
        with self.open(at) as workspace:
            try:
                for _ in range(2):
                    summary = cycle(workspace, "run", everything=True)
                    applied += summary.applied
                    troubles += [*summary.pulled.troubles, *summary.applied.stopped]
                    # Nobody releases a plan that was made while a CRM could not be read.
                    if plan_state(workspace) == "held" and not troubles:
                        _, released = apply_plan(workspace, None)
                        applied += released
                        troubles += released.stopped
            except ConnectorError as error:
                troubles.append(str(error))
            troubles += ["changes still wait"] * bool(waiting(workspace))
        self.now += PAUSE
        return Report(applied, tuple(troubles))

    def until_calm(self) -> Report:
        """This runs jobs until one has no trouble; it is an error if that takes too many."""
        for _ in range(JOBS_MAX):
            report = self.job()
            if not report.troubles:
                return report
        raise AssertionError(f"still in trouble: {report.troubles}")

    def killed_at(self, number: int) -> bool:
        """This runs a job in a process that kills itself at that point; False if it has no such point."""
        forks = multiprocessing.get_context("forkserver")
        forks.set_forkserver_preload(["sync.cycle", "sync.workspace", "hubspot", "simple_salesforce"])
        child = forks.Process(target=_run_and_die, args=(self, number))
        child.start()
        child.join(WAIT_S)
        exit_code = child.exitcode
        if exit_code is None:
            child.kill()
            child.join(WAIT_S)
        child.close()
        self.now += PAUSE
        assert exit_code in (0, -signal.SIGKILL), f"point {number}: exit code {exit_code}"
        return exit_code != 0

    def state(self) -> State:
        with self.open() as workspace, workspace.store.reading() as tx:
            assert not waiting(workspace)
            records = frozenset(tx.execute(text("SELECT key FROM record WHERE NOT deleted")).scalars())
            touches = frozenset(tx.execute(text("SELECT connection || source_id FROM touch")).scalars())
            keys: dict[int, list[str]] = {}
            for row in tx.execute(text("SELECT key, person FROM identity ORDER BY key")):
                keys.setdefault(row.person, []).append(row.key)
            judged = tx.execute(
                text("SELECT person, status, score, grade, exclusion, qualified_at, published FROM verdict")
            ).all()
        people = {tuple(keys[person]): tuple(rest) for person, *rest in judged if person in keys}
        return State(records, touches, people, self._tasks(), self._shown())

    def _tasks(self) -> tuple[tuple[str, str, str, str], ...]:
        tasks = self.sandbox.ask("GET", "/tasks")["tasks"]
        return tuple(sorted((t["crm"], t["key"], t["subject"], t["who"]) for t in tasks if t["key"]))

    def _shown(self) -> dict[str, Any]:
        people = self.sandbox.ask("GET", f"/people?limit={PEOPLE}")["people"]
        emails = [person["email"] for person in people]
        return {e: _own(self.sandbox.ask("GET", f"/person?email={quote(e)}")["rows"]) for e in emails}

    def written(self) -> dict[str, Any]:
        """This counts what reached the CRMs since the counters were reset."""
        stats = self.sandbox.ask("GET", "/stats")["crms"]
        return {name: (crm["rows_written"], crm["tasks_created"]) for name, crm in stats.items()}

    def assert_quiet(self) -> None:
        """One more job writes nothing: by our own count, and by the CRMs'."""
        self.sandbox.ask("POST", "/counters/reset")
        report = self.job()
        assert report == Report(Applied(), ())
        assert self.written() == {"hubspot": ({}, 0), "salesforce": ({}, 0)}


def assert_same(state: State, reference: State, where: str) -> None:
    doubled = [task for task in state.tasks if state.tasks.count(task) > 1]
    assert not doubled, f"{where}: a task stands twice"
    assert state.records == reference.records, f"{where}: records were lost behind a bookmark"
    assert state.touches == reference.touches, f"{where}: touches were lost behind a bookmark"
    assert state.tasks == reference.tasks, f"{where}: other tasks"
    assert state.people == reference.people, f"{where}: other verdicts"
    assert state.shown == reference.shown, f"{where}: the CRMs show something else"


def waiting(workspace: Workspace) -> int:
    with workspace.store.reading() as tx:
        return int(
            tx.execute(text("SELECT COUNT(*) FROM intent WHERE state IN ('pending', 'sending')")).scalar_one()
        )


def _own(found: Any) -> Any:
    """Of what a CRM shows, only the fields we write."""
    if isinstance(found, dict):
        inner = {k: _own(v) for k, v in found.items() if isinstance(v, dict | list)}
        leaves = {k: v for k, v in found.items() if "mql" in k.lower() and not isinstance(v, dict | list)}
        return {**{k: v for k, v in inner.items() if v}, **leaves}
    return [_own(each) for each in found] if isinstance(found, list) else None


def _run_and_die(drill: Drill, number: int) -> None:
    os.environ.update(drill.sandbox.environment())
    left = number

    def at(_: str) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    drill.job(at)


def chosen(count: int, want: int) -> list[int]:
    """About `want` of the numbers 1 … count, evenly spread, both ends included."""
    if count <= want:
        return list(range(1, count + 1))
    return sorted({1 + round(i * (count - 1) / (want - 1)) for i in range(want)})
