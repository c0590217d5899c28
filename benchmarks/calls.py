"""How many calls one interval costs: many changed people, pulled, scored and written back.

`./bench calls --crm hubspot|salesforce [--size CHANGED] [--json]` starts the sandbox, backfills it and
writes the first plan. Then so many people change, some of whom also visit and submit a form, and one cycle
runs. `calls` is what it cost, `calls_idle` what the next one costs, in which nothing changed, and
`calls_all_due` what one costs in which every slow stream is due as well. One JSON object at the end.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from benchmarks import changed_leads
from connectors.port import Patience
from sync import clock
from sync.cycle import Summary, apply_plan, cycle
from sync.workspace import Workspace, opened

CRMS = ("hubspot", "salesforce")
# A part of the world is in the other CRM, archived, converted or excluded.
PEOPLE_PER_CHANGED = {"hubspot": 2, "salesforce": 4}
FORMS = 5
VISITORS = 40  # of those who change
INPUTS_MAX = 100
READY_S = 600.0
INTERVAL_S = 60
SETTINGS = "workspace: bench\nblast_radius_percent: 100\nconnections:\n  {crm}: {{{key}: '{url}'}}\n"
URL_KEYS = {"hubspot": "url", "salesforce": "login_url"}
SECRETS = {"hubspot": ("token",), "salesforce": ("client_id", "client_secret")}


def main(argv: Sequence[str] | None = None) -> int:
    """This measures and prints."""
    parser = argparse.ArgumentParser(prog="bench calls", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--crm", choices=CRMS, default="hubspot")
    parser.add_argument("--size", type=int, default=1_000, help="how many people change")
    parser.add_argument("--json", action="store_true", help="only the JSON object on standard output")
    given = parser.parse_args(argv)
    with (
        tempfile.TemporaryDirectory() as name,
        sandbox(given.size * PEOPLE_PER_CHANGED[given.crm]) as accounts,
    ):
        answer = {"crm": given.crm, **measured(given.crm, Path(name), accounts, given.size)}
    if not given.json:
        for key, value in answer.items():
            print(f"{key:16} {value!s:>14}", file=sys.stderr)
    print(json.dumps(answer))
    return 0


def measured(crm: str, folder: Path, accounts: Mapping[str, Mapping[str, str]], size: int) -> dict[str, Any]:
    """This backfills, lets people change, and counts the calls of the cycles behind it."""
    account, control = accounts[crm], accounts["control"]["url"]
    os.environ.update({f"MQLSYNC_{crm}_{name}".upper(): account[name] for name in SECRETS[crm]})
    settings = SETTINGS.format(crm=crm, key=URL_KEYS[crm], url=account["url"])
    (folder / "mqlsync.yaml").write_text(settings)
    time = Intervals(control)
    with opened(folder, now=time.now, patience=Patience(), sleep=clock.Alarm().sleep) as workspace:
        workspace.connectors[crm].provision()
        cycle(workspace, "backfill", everything=True)
        apply_plan(workspace, None)
        cycle(workspace, "run")
        # the first plan was about everybody; its echoes are no part of the interval that is measured
        for _ in range(2):
            time.pass_one()
            settle(workspace)
        time.pass_one()
        if crm == "hubspot":
            ids = change(account, size)
            visit(control, ids, account)
        else:
            settle(workspace)  # an answer tells what time it is there
            ids = changed_leads.change(account, size)
            changed_leads.visit(control, ids[:VISITORS], account)
            clock.Alarm().sleep(1.5)  # that time is told in whole seconds
        requests.post(f"{control}/counters/reset", timeout=READY_S)
        busy, by_call = counted(crm, workspace, control)
        time.pass_one()
        settle(workspace)
        idle, _ = counted(crm, workspace, control)
        everything, _ = counted(crm, workspace, control, everything=True)
    return {
        "changed": len(ids),
        "written": busy[1].applied.records,
        "tasks": busy[1].applied.tasks,
        "calls": busy[0],
        "calls_idle": idle[0],
        "calls_all_due": everything[0],
        "by_call": by_call,
    }


class Intervals:
    """The time of the sandbox and ours, which pass together and from interval to interval."""

    def __init__(self, control: str) -> None:
        self._control, self._passed_s = control, 0

    def now(self) -> int:
        return clock.now() + self._passed_s * clock.SECOND

    def pass_one(self) -> None:
        requests.post(f"{self._control}/clock", json={"advance_s": INTERVAL_S}, timeout=READY_S)
        self._passed_s += INTERVAL_S


def counted(
    crm: str, workspace: Workspace, control: str, *, everything: bool = False
) -> tuple[tuple[int, Summary], dict[str, int]]:
    """This runs one cycle and asks the sandbox what it was asked."""
    requests.post(f"{control}/counters/reset", timeout=READY_S)
    summary = cycle(workspace, "run", everything=everything)
    told = requests.get(f"{control}/stats", timeout=READY_S).json()["crms"][crm]
    return (told["calls"], summary), told["by_call"]


def settle(workspace: Workspace) -> None:
    """This reads our own writes, which come back as changes, before an interval without any is measured."""
    cycle(workspace, "run")


def change(account: Mapping[str, str], size: int) -> list[str]:
    """This gives many contacts another job title, so that their fit changes; it returns their ids."""
    headers = {"Authorization": f"Bearer {account['token']}"}
    url = f"{account['url']}/crm/objects/2026-09/contacts"
    ids: list[str] = []
    after = "0"
    while after and len(ids) < size:
        query = {"limit": "100", "after": after, "properties": "email,jobtitle"}
        said = requests.get(url, params=query, headers=headers, timeout=READY_S).json()
        ids += [row["id"] for row in said["results"] if row["properties"].get("jobtitle")]
        after = said.get("paging", {}).get("next", {}).get("after", "")
    ids = ids[:size]
    for start in range(0, len(ids), INPUTS_MAX):
        inputs = [{"id": each, "properties": {"jobtitle": f"Chief Marketing Officer {each}"}}
                  for each in ids[start : start + INPUTS_MAX]]  # fmt: skip
        requests.post(f"{url}/batch/update", json={"inputs": inputs}, headers=headers, timeout=READY_S)
    return ids


def visit(control: str, ids: Sequence[str], account: Mapping[str, str]) -> None:
    """This lets some of them look at prices, and some ask for a demo."""
    headers = {"Authorization": f"Bearer {account['token']}"}
    url = f"{account['url']}/crm/objects/2026-09/contacts/batch/read"
    body = {"inputs": [{"id": each} for each in ids[:VISITORS]], "properties": ["email"]}
    rows = requests.post(url, json=body, headers=headers, timeout=READY_S).json()["results"]
    for place, row in enumerate(rows):
        kind = "demo_request" if place % 8 == 0 else "pricing_view"
        act = {"email": row["properties"]["email"], "kind": kind}
        requests.post(f"{control}/act", json=act, timeout=READY_S)


@contextmanager
def sandbox(people: int) -> Iterator[Mapping[str, Mapping[str, str]]]:
    """This runs the sandbox; it ends with us, however we end."""
    command = [sys.executable, "-m", "sandbox", "--people", str(people), "--no-limits", "--with-parent"]
    command += ["--forms", str(FORMS)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        try:
            line = process.stdout.readline()
            if not line:
                raise SystemExit("the sandbox did not start")
            yield json.loads(line)
        finally:
            process.stdin.close()
            process.wait(READY_S)


if __name__ == "__main__":
    sys.exit(main())
