"""From what somebody does to the task of a BDR: with polling alone, and with webhooks.

`./bench latency [--trials N] [--interval SECONDS] [--json]` runs the sandbox and a daemon on this machine,
twice. People ask for a demo at moments spread over an interval; the worst time until the task stands in
HubSpot is printed. One interval plus one cycle is what polling can promise.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import text

from sync.cycle import cycle
from sync.workspace import opened

PUBLIC_URL = "https://hooks.example/webhooks/hubspot"
WAIT_S = 30.0  # for a task, over one interval
LOOK_S = 0.1
PEOPLE = "SELECT v.person FROM verdict v WHERE v.status = 'lead' AND v.exclusion = '' ORDER BY v.fit DESC"
ADDRESS = "SELECT key FROM identity WHERE person = :person AND key LIKE 'email:%' LIMIT 1"


def main(argv: Sequence[str] | None = None) -> int:
    """This measures and prints."""
    parser = argparse.ArgumentParser(prog="bench latency", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--trials", type=int, default=5, help="people who act, in each of the two ways")
    parser.add_argument("--interval", type=int, default=60, help="seconds between two polls")
    parser.add_argument("--size", type=int, default=300, help="people in the world")
    parser.add_argument("--json", action="store_true", help="only the JSON object on standard output")
    given = parser.parse_args(argv)
    polling = _worst(given.trials, given.interval, given.size, webhooks=False)
    webhook = _worst(given.trials, given.interval, given.size, webhooks=True)
    answer = {
        "trials": given.trials,
        "interval_s": given.interval,
        "polling_worst_s": polling,
        "webhook_worst_s": webhook,
    }
    if not given.json:
        for key, value in answer.items():
            print(f"{key:16} {value!s:>10}", file=sys.stderr)
    print(json.dumps(answer))
    return 0 if None not in (polling, webhook) else 1


def _worst(trials: int, interval_s: int, people: int, *, webhooks: bool) -> float | None:
    """This is the longest time that a task took to appear, None if one did not."""
    with tempfile.TemporaryDirectory() as name, _sandbox(people) as ready:
        folder, port = Path(name), _free_port()
        os.environ |= {
            "MQLSYNC_HUBSPOT_TOKEN": ready["hubspot"]["token"],
            "MQLSYNC_HUBSPOT_CLIENT_SECRET": "bench-secret",
        }
        listen = f"webhooks: {{listen: '127.0.0.1:{port}', public_url: '{PUBLIC_URL}'}}\n" if webhooks else ""
        (folder / "mqlsync.yaml").write_text(
            f"workspace: bench\nhome_crm: [hubspot]\ninterval_seconds: {interval_s}\n{listen}"
            f"connections:\n  hubspot: {{url: '{ready['hubspot']['url']}'}}\n"
        )
        control = ready["control"]["url"]
        actors = _first_run(folder)[:trials]
        if webhooks:
            url = f"http://127.0.0.1:{port}/webhooks/hubspot"
            target = {"url": url, "public_url": PUBLIC_URL, "secret": "bench-secret"}
            requests.post(f"{control}/webhooks", json=target, timeout=10).raise_for_status()
        with _daemon(folder):
            return _trials(control, actors, interval_s)


def _first_run(folder: Path) -> list[str]:
    """This reads and judges everybody, releases the first plan, and says who may become an MQL."""
    with opened(folder) as workspace:
        provisioned = workspace.connectors["hubspot"].provision()
        if any(finding.state == "error" for finding in provisioned):
            raise RuntimeError("the sandbox refuses our fields")
        cycle(workspace, "backfill", everything=True)
        subprocess.run(
            [sys.executable, "-m", "sync.cli", "apply", "-w", str(folder)],
            stdout=subprocess.DEVNULL,
            timeout=120,
            check=True,
        )
        with workspace.store.reading() as tx:
            found = [
                tx.execute(text(ADDRESS), {"person": p}).scalar() for p in tx.execute(text(PEOPLE)).scalars()
            ]
    return [str(key).removeprefix("email:") for key in found if key]


def _trials(control: str, actors: Sequence[str], interval_s: int) -> float | None:
    worst = 0.0
    time.sleep(3)  # the daemon's cycle at its start
    for address in actors:
        body = {"email": address, "kind": "demo_request"}
        before = _tasks(control)
        acted = requests.post(f"{control}/act", json=body, timeout=10)
        acted.raise_for_status()
        start = time.monotonic()
        while _tasks(control) == before:
            if time.monotonic() - start > interval_s + WAIT_S:
                return None
            time.sleep(LOOK_S)
        worst = max(worst, time.monotonic() - start)
        time.sleep(interval_s / (len(actors) + 1))
    return round(worst, 2)


def _tasks(control: str) -> int:
    return len(requests.get(f"{control}/tasks", timeout=10).json()["tasks"])


@contextmanager
def _sandbox(people: int) -> Iterator[dict[str, Any]]:
    command = [sys.executable, "-m", "sandbox", "--people", str(people), "--with-parent"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        try:
            if child.stdout is None:
                raise RuntimeError("the sandbox says nothing")
            yield json.loads(child.stdout.readline())
        finally:
            child.terminate()
            child.wait(10)


@contextmanager
def _daemon(folder: Path) -> Iterator[None]:
    command = [sys.executable, "-m", "sync.cli", "daemon", "-w", str(folder)]
    with (folder / "daemon.log").open("wb") as log, subprocess.Popen(command, stderr=log) as child:
        try:
            yield
        finally:
            child.terminate()
            child.wait(60)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
