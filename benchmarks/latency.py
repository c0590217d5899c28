"""From what somebody does to the task of a BDR: by polling, with a search index that lags, with webhooks.

`./bench latency [--trials N] [--interval SECONDS] [--lag SECONDS] [--json]` runs the sandbox and a daemon on
this machine, three times. People of different companies ask for a demo at moments spread over two intervals;
how long each waited for the task in HubSpot is printed. One interval plus one cycle is what polling can
promise, and an index adds as much as it lags.
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
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import requests
from sqlalchemy import Connection, text

from sync.cycle import cycle
from sync.workspace import opened

PUBLIC_URL = "https://hooks.example/webhooks/hubspot"
WAIT_S = 30.0  # for a task, over one interval and the lag
LOOK_S = 0.1
SPREAD = 2  # intervals over which people act
LEADS = (
    "SELECT v.person, r.record_id, r.company, r.attributes FROM verdict v "
    "JOIN identity i ON i.person = v.person JOIN record r ON r.key = i.key "
    "WHERE v.status = 'lead' AND v.exclusion = '' AND r.connection = 'hubspot' AND r.kind = 'contact' "
    "AND NOT r.deleted ORDER BY v.fit DESC, v.person"
)
OWNERS = "SELECT record_id, attributes FROM record WHERE kind = 'owner' AND connection = 'hubspot'"
TAKEN = (
    "SELECT DISTINCT r.company FROM verdict v JOIN identity i ON i.person = v.person "
    "JOIN record r ON r.key = i.key WHERE v.status <> 'lead' AND r.company <> ''"
)


@dataclass(frozen=True, slots=True)
class Way:
    """One of the three ways in which news comes."""

    name: str
    lag_s: int = 0
    webhooks: bool = False


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who will ask for a demo; `contact` is her id in HubSpot."""

    email: str
    contact: str


def main(argv: Sequence[str] | None = None) -> int:
    """This measures and prints."""
    parser = argparse.ArgumentParser(prog="bench latency", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--trials", type=int, default=50, help="people who act, in each of the ways")
    parser.add_argument("--interval", type=int, default=60, help="seconds between two polls")
    parser.add_argument("--lag", type=int, default=30, help="seconds by which the search index is late")
    parser.add_argument("--size", type=int, default=2_000, help="people in the world")
    parser.add_argument("--json", action="store_true", help="only the JSON object on standard output")
    given = parser.parse_args(argv)
    answer: dict[str, Any] = {"trials": given.trials, "interval_s": given.interval, "lag_s": given.lag}
    ways = (Way("polling"), Way("lag", lag_s=given.lag), Way("webhook", webhooks=True))
    for way in ways:
        waited = _waited(way, given.trials, given.interval, given.size)
        answer |= _told(way.name, waited)
        if not given.json:
            print(_line(way.name, waited), file=sys.stderr, flush=True)
    print(json.dumps(answer))
    return 0 if all(answer[f"{way.name}_missing"] == 0 for way in ways) else 1


def _told(name: str, waited: Sequence[float | None]) -> dict[str, Any]:
    """This is the distribution; who got no task in time counts as missing, not as quick."""
    came = sorted(one for one in waited if one is not None)
    return {
        f"{name}_worst_s": came[-1] if came else None,
        f"{name}_p95_s": _quantile(came, 95),
        f"{name}_median_s": _quantile(came, 50),
        f"{name}_best_s": came[0] if came else None,
        f"{name}_missing": len(waited) - len(came),
        f"{name}_waited_s": came,
    }


def _quantile(ordered: Sequence[float], percent: int) -> float | None:
    """This is the smallest value that so many percent do not exceed."""
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)] if ordered else None


def _line(name: str, waited: Sequence[float | None]) -> str:
    told = _told(name, waited)
    shown = (f"{part} {told[f'{name}_{part}_s']}" for part in ("best", "median", "p95", "worst"))
    return f"{name:8} {', '.join(shown)} s, missing {told[f'{name}_missing']} of {len(waited)}"


def _waited(way: Way, trials: int, interval_s: int, people: int) -> list[float | None]:
    """This is how long everybody's task took to appear, None where it did not."""
    with tempfile.TemporaryDirectory() as name, _sandbox(people) as ready:
        folder, port = Path(name), _free_port()
        os.environ |= {
            "MQLSYNC_HUBSPOT_TOKEN": ready["hubspot"]["token"],
            "MQLSYNC_HUBSPOT_CLIENT_SECRET": "bench-secret",
        }
        listen = f"webhooks: {{listen: '127.0.0.1:{port}', public_url: '{PUBLIC_URL}'}}\n"
        (folder / "mqlsync.yaml").write_text(
            f"workspace: bench\nhome_crm: [hubspot]\ninterval_seconds: {interval_s}\n"
            f"{listen if way.webhooks else ''}"
            f"connections:\n  hubspot: {{url: '{ready['hubspot']['url']}'}}\n"
        )
        control = ready["control"]["url"]
        first, *actors = _first_run(folder)[: trials + 1]
        if len(actors) < trials:
            raise RuntimeError(f"only {len(actors)} people of different companies could act; raise --size")
        if way.webhooks:
            url = f"http://127.0.0.1:{port}/webhooks/hubspot"
            target = {"url": url, "public_url": PUBLIC_URL, "secret": "bench-secret"}
            requests.post(f"{control}/webhooks", json=target, timeout=10).raise_for_status()
        requests.post(f"{control}/lag", json={"lag_s": way.lag_s}, timeout=10).raise_for_status()
        with _daemon(folder):
            # Whoever comes first also waits for the end of the first read; she is not counted.
            _trials(control, [first], interval_s, way.lag_s, spread=0)
            return _trials(control, actors, interval_s, way.lag_s)


def _first_run(folder: Path) -> list[Actor]:
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
        for _ in range(2):  # our own writes come back, so that the daemon begins with nothing to read
            cycle(workspace, "run")
        with workspace.store.reading() as tx:
            return _actors(tx)


def _actors(tx: Connection) -> list[Actor]:
    """These are leads whose owner works, one of each company: a company gets one task only."""
    told = ((row.record_id, orjson.loads(row.attributes)) for row in tx.execute(text(OWNERS)))
    working = {number for number, attributes in told if attributes.get("active") == "true"}
    companies = set(tx.execute(text(TAKEN)).scalars())
    found = []
    for row in tx.execute(text(LEADS)):
        known = orjson.loads(row.attributes)
        if known.get("owner_id") not in working or row.company in companies or not known.get("email"):
            continue
        companies.add(row.company)
        found.append(Actor(str(known["email"]), str(row.record_id)))
    return found


def _trials(
    control: str, actors: Sequence[Actor], interval_s: int, lag_s: int, spread: int = SPREAD
) -> list[float | None]:
    """Everybody acts in turn, whoever still waits; each task is looked for by its contact."""
    known = _with_tasks(control)
    pause_s = spread * interval_s / len(actors)
    began = time.monotonic()
    acted: dict[str, float] = {}
    came: dict[str, float] = {}
    while time.monotonic() < began + (spread + 1) * interval_s + lag_s + WAIT_S:
        if len(acted) < len(actors) and time.monotonic() >= began + len(acted) * pause_s:
            actor = actors[len(acted)]
            body = {"email": actor.email, "kind": "demo_request"}
            acted[actor.contact] = time.monotonic()
            requests.post(f"{control}/act", json=body, timeout=10).raise_for_status()
        for contact in _with_tasks(control) - known:
            came.setdefault(contact, time.monotonic())
        if len(came.keys() & acted.keys()) == len(actors):
            break
        time.sleep(LOOK_S)
    return [
        round(came[one.contact] - acted[one.contact], 2) if one.contact in came else None for one in actors
    ]


def _with_tasks(control: str) -> set[str]:
    """These contacts have a task."""
    tasks = requests.get(f"{control}/tasks", timeout=10).json()["tasks"]
    return {str(task["who"]) for task in tasks if task["crm"] == "hubspot" and task["key"]}


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
            _wait_for_cycle(folder / "daemon.log")
            yield
        finally:
            child.terminate()
            child.wait(60)


def _wait_for_cycle(log: Path) -> None:
    """The daemon has a cycle at its start; nobody acts before it is over."""
    for _ in range(int(WAIT_S / LOOK_S)):
        if b"cycle_ended" in log.read_bytes():
            return
        time.sleep(LOOK_S)
    raise RuntimeError("the daemon's first cycle does not end")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
