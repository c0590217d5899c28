"""The main job on two fake CRMs: provision, backfill, plan, apply, look, run again."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import requests
from sqlalchemy import text

from sync import clock
from sync.cycle import apply_plan, cycle
from sync.show import view
from sync.workspace import Workspace, opened

WAIT_S = 30.0
SAMPLES = 3
_SHOWN = ("status", "score", "grade", "reason")

_SETTINGS = """\
workspace: demo
own_domains: [acme-analytics.example]
connections:
  hubspot: {{url: "{hubspot}"}}
  salesforce: {{login_url: "{salesforce}"}}
"""


def demo(people: int, seed: int, *, say: Callable[[str], None]) -> dict[str, Any]:
    """This plays the whole story in a folder of its own and returns the figures."""
    started = clock.monotonic()
    with _sandbox(people, seed) as world, tempfile.TemporaryDirectory(prefix="mqlsync-demo-") as name:
        folder = Path(name)
        urls = {crm: world[crm]["url"] for crm in ("hubspot", "salesforce")}
        (folder / "mqlsync.yaml").write_text(_SETTINGS.format(**urls))
        os.environ["MQLSYNC_HUBSPOT_TOKEN"] = world["hubspot"]["token"]
        os.environ["MQLSYNC_SALESFORCE_CLIENT_ID"] = world["salesforce"]["client_id"]
        os.environ["MQLSYNC_SALESFORCE_CLIENT_SECRET"] = world["salesforce"]["client_secret"]
        say(f"A fake HubSpot and a fake Salesforce with {people} people are up on this machine.")
        with opened(folder) as workspace:
            figures = _play(workspace, world["control"]["url"], say)
    figures["seconds"] = round(clock.monotonic() - started, 1)
    say(f"Done in {figures['seconds']} s.")
    return figures


def _play(workspace: Workspace, control: str, say: Callable[[str], None]) -> dict[str, Any]:
    for connector in workspace.connectors.values():
        made = [finding for finding in connector.provision() if finding.state == "changed"]
        say(f"provision {connector.crm}: {len(made)} fields and grants made")
    first = cycle(workspace, "backfill", everything=True)
    saved = first.pulled.saved
    say(f"backfill: read {saved.records} records and {saved.touches} touches, judged {first.judged} people\n")
    plan = view(workspace.store)
    for line in plan.lines() if plan else ["Nothing would change."]:
        say(line)
    leads = _leads(workspace)
    before = {email: _shown(control, email) for email in leads}
    number, applied = apply_plan(workspace, None)
    say(f"\nplan {number} applied: {applied.fields} fields and {applied.tasks} tasks written")
    for email in leads:
        say(
            f"\n{email}\n  before: {before[email] or 'no fields of ours'}\n  after:  {_shown(control, email)}"
        )
    tasks = requests.get(f"{control}/tasks", timeout=WAIT_S).json()["tasks"]
    for task in [task for task in tasks if task["key"]][:SAMPLES]:
        say(
            f"\ntask in {task['crm']} for owner {task['owner']}: {task['subject']}\n{_indented(task['body'])}"
        )
    second = cycle(workspace, "run", everything=True)
    say(f"\nsecond run: {second.applied.fields} fields and {second.applied.tasks} tasks written")
    with workspace.store.reading() as tx:
        mqls = tx.execute(text("SELECT COUNT(*) FROM verdict WHERE status = 'mql'")).scalar_one()
        touches = tx.execute(text("SELECT COUNT(*) FROM touch")).scalar_one()
        people = tx.execute(text("SELECT COUNT(*) FROM person WHERE merged_into IS NULL")).scalar_one()
    return {
        "people": people,
        "touches": touches,
        "mqls": mqls,
        "fields_written": applied.fields,
        "tasks_created": applied.tasks,
        "second_run_fields_written": second.applied.fields,
        "second_run_tasks_created": second.applied.tasks,
        "hubspot_calls": second.calls["hubspot"],
        "salesforce_calls": second.calls["salesforce"],
    }


def _leads(workspace: Workspace) -> list[str]:
    """These are e-mail addresses of the best MQLs, to show what their records look like."""
    with workspace.store.reading() as tx:
        rows = tx.execute(
            text(
                "SELECT r.attributes FROM verdict v JOIN identity i ON i.person = v.person "
                "JOIN record r ON r.key = i.key WHERE v.status = 'mql' AND NOT r.deleted "
                "ORDER BY v.score DESC"
            )
        ).scalars()
        emails = [orjson.loads(row).get("email", "") for row in rows]
    return list(dict.fromkeys(email.casefold() for email in emails if email))[:SAMPLES]


def _shown(control: str, email: str) -> str:
    """This is what both CRMs show in our fields of one person."""
    answer = requests.get(f"{control}/person", params={"email": email}, timeout=WAIT_S).json()
    found = []
    for crm, rows in answer["rows"].items():
        for row in rows:
            values = row.get("properties", row)
            ours = {
                name.removeprefix("mqlsync_").removeprefix("MQL_").removesuffix("__c").lower(): value
                for name, value in values.items()
                if name.startswith(("mqlsync_", "MQL_")) and value not in (None, "")
            }
            parts = [
                f"{name} {ours[name]}" for name in ("status", "score", "grade", "reason") if name in ours
            ]
            if parts:
                found.append(f"{crm}: " + ", ".join(parts))
    return "; ".join(found)


def _indented(body: str) -> str:
    return "\n".join(f"  | {line}" for line in body.replace("<br>", "\n").splitlines())


@contextmanager
def _sandbox(people: int, seed: int) -> Iterator[dict[str, Any]]:
    """The fake CRMs are a child process; it ends when we do, however we end."""
    command = [sys.executable, "-m", "sandbox", "--people", str(people), "--seed", str(seed), "--with-parent"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:  # noqa: S603
        try:
            assert child.stdout is not None  # noqa: S101 - a pipe was asked for
            yield orjson.loads(child.stdout.readline())
        finally:
            child.terminate()
            child.wait(WAIT_S)
