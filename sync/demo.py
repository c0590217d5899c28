"""The main job on two fake CRMs: provision, backfill, plan, apply, look, run again.

What is shown is asked of the fake CRMs themselves, not of our store: it is what a salesperson would see.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import requests
from sqlalchemy import text

from scoring.partners.words import evidence_sentence
from sync import clock
from sync.cycle import apply_plan, cycle
from sync.errors import NotInstalled
from sync.explaining.as_text import claims
from sync.explaining.explain import explain
from sync.pull import Progress
from sync.show import view
from sync.workspace import Workspace, opened

WAIT_S = 30.0
WIDTH = 110
TASKS_SHOWN = 1  # of each CRM
_NOTHING = "no fields of ours"

_SETTINGS = """\
workspace: demo
own_domains: [acme-analytics.example]
connections:
  hubspot: {{url: "{hubspot}"}}
  salesforce: {{login_url: "{salesforce}"}}
"""

Say = Callable[[str], None]


def demo(
    people: int, seed: int, *, say: Say, tell: Callable[[Progress], None] = lambda _: None
) -> dict[str, Any]:
    """This plays the whole story in a folder of its own and returns the figures."""
    started = clock.monotonic()
    with _sandbox(people, seed) as world, tempfile.TemporaryDirectory(prefix="mqlsync-demo-") as name:
        folder = Path(name)
        urls = {crm: world[crm]["url"] for crm in ("hubspot", "salesforce")}
        (folder / "mqlsync.yaml").write_text(_SETTINGS.format(**urls))
        say(f"A fake HubSpot and a fake Salesforce with {people} people are up on this machine.")
        with _environment(world), opened(folder) as workspace:
            figures = _play(workspace, world["control"]["url"], say, tell)
    figures["seconds"] = round(clock.monotonic() - started, 1)
    say(f"Done in {figures['seconds']} s.")
    return figures


def _play(workspace: Workspace, control: str, say: Say, tell: Callable[[Progress], None]) -> dict[str, Any]:
    for connector in workspace.connectors.values():
        made = [finding for finding in connector.provision() if finding.state == "changed"]
        say(f"provision {connector.crm}: {len(made)} fields and grants made")
    first = cycle(workspace, "backfill", everything=True, tell=tell)
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
        _tell_lead(email, before[email], _shown(control, email), say)
    _tell_tasks(control, say)
    _tell_claims(workspace, say)
    second = cycle(workspace, "run", everything=True)
    say(f"\nsecond run: {second.applied.fields} fields and {second.applied.tasks} tasks written")
    return {
        **_counted(workspace),
        "fields_written": applied.fields,
        "tasks_created": applied.tasks,
        "second_run_fields_written": second.applied.fields,
        "second_run_tasks_created": second.applied.tasks,
        "hubspot_calls": second.calls["hubspot"],
        "salesforce_calls": second.calls["salesforce"],
    }


def _counted(workspace: Workspace) -> dict[str, int]:
    counts = {
        "people": "SELECT COUNT(*) FROM person WHERE merged_into IS NULL",
        "touches": "SELECT COUNT(*) FROM touch",
        "mqls": "SELECT COUNT(*) FROM verdict WHERE status = 'mql'",
        "claimed_by_two": "SELECT COUNT(DISTINCT person) FROM partner_claim WHERE partner <> 'own' "
        "AND rival NOT IN ('', 'own', partner)",
    }
    with workspace.store.reading() as tx:
        return {name: int(tx.execute(text(select)).scalar_one()) for name, select in counts.items()}


def _leads(workspace: Workspace) -> list[str]:
    """These are the best MQLs by e-mail address: one of each CRM alone, and one that both know."""
    with workspace.store.reading() as tx:
        rows = tx.execute(
            text(
                "SELECT v.person, r.connection, r.attributes FROM verdict v "
                "JOIN identity i ON i.person = v.person JOIN record r ON r.key = i.key "
                "WHERE v.status = 'mql' AND NOT r.deleted ORDER BY v.score DESC, v.person"
            )
        ).all()
    known: dict[int, set[str]] = {}
    email: dict[int, str] = {}
    for row in rows:
        known.setdefault(row.person, set()).add(row.connection)
        found = str(orjson.loads(row.attributes).get("email", ""))
        if found:
            email.setdefault(row.person, found.casefold())
    best: dict[frozenset[str], str] = {}
    for person, crms in known.items():
        if person in email:
            best.setdefault(frozenset(crms), email[person])
    return list(best.values())


def _shown(control: str, email: str) -> dict[str, dict[str, str]]:
    """This is what the CRMs show in our fields of one person, by row."""
    answer = requests.get(f"{control}/person", params={"email": email}, timeout=WAIT_S).json()
    return {
        f"{crm} {row.get('attributes', {}).get('type', 'contact').lower()}": _ours(row.get("properties", row))
        for crm, rows in answer["rows"].items()
        for row in rows
    }


def _ours(values: Mapping[str, Any]) -> dict[str, str]:
    return {
        name.removeprefix("mqlsync_").removeprefix("MQL_").removesuffix("__c").lower(): f"{value:g}"
        if isinstance(value, float)
        else str(value)
        for name, value in values.items()
        if name.startswith(("mqlsync_", "MQL_")) and value not in (None, "")
    }


def _tell_lead(
    email: str, before: Mapping[str, Mapping[str, str]], after: Mapping[str, Mapping[str, str]], say: Say
) -> None:
    say(f"\n{email}")
    for row, values in after.items():
        say(f"  {row:19} before: {_brief(before.get(row, {}))}")
        say(f"  {'':19} after:  {_brief(values)}")
    say(f"  reason: {next((one['reason'] for one in after.values() if 'reason' in one), 'none')}")


def _brief(values: Mapping[str, str]) -> str:
    names = ("status", "score", "grade", "first_channel", "partner")
    shown = ", ".join(f"{name} {values[name]}" for name in names if name in values)
    return shown or _NOTHING


def _tell_claims(workspace: Workspace, say: Say) -> None:
    """This is the best lead whom two partners claim, and why one of them has her."""
    disputed = text(
        "SELECT c.person, i.key FROM partner_claim c JOIN verdict v ON v.person = c.person "
        "JOIN identity i ON i.person = c.person WHERE c.partner <> 'own' AND c.rival NOT IN ('', 'own') "
        "AND c.rival <> c.partner AND v.partner <> '' AND i.key LIKE 'email:%' "
        "ORDER BY CASE v.status WHEN 'mql' THEN 0 ELSE 1 END, v.score DESC, c.person, i.key LIMIT 1"
    )
    with workspace.store.reading() as tx:
        found = tx.execute(disputed).one_or_none()
    if found is None:
        return
    told = explain(workspace, f"person:{found.person}")
    say(f"\n{found.key.removeprefix('email:')} is claimed by two partners:")
    for line in claims(told, WIDTH):
        say(line)
    say(f"  in the CRM: {evidence_sentence(told.now.verdicts, 0)}")


def _tell_tasks(control: str, say: Say) -> None:
    tasks = requests.get(f"{control}/tasks", timeout=WAIT_S).json()["tasks"]
    ours = [task for task in tasks if task["key"]]
    for crm in dict.fromkeys(task["crm"] for task in ours):
        here = [task for task in ours if task["crm"] == crm]
        say(f"\n{len(here)} tasks in {crm}, for example:")
        for task in here[:TASKS_SHOWN]:
            say(f"  for owner {task['owner']}, due {task['due']}: {task['subject']}")
            say(_indented(task["body"]))


def _indented(body: str) -> str:
    return "\n".join(f"  | {line}" for line in body.replace("<br>", "\n").splitlines())


@contextmanager
def _environment(world: Mapping[str, Any]) -> Iterator[None]:
    """The fake credentials take the place of whatever is set: a demo must never reach a real database."""
    before = dict(os.environ)
    for name in [name for name in before if name.startswith("MQLSYNC_")]:
        del os.environ[name]
    os.environ["MQLSYNC_HUBSPOT_TOKEN"] = world["hubspot"]["token"]
    os.environ["MQLSYNC_SALESFORCE_CLIENT_ID"] = world["salesforce"]["client_id"]
    os.environ["MQLSYNC_SALESFORCE_CLIENT_SECRET"] = world["salesforce"]["client_secret"]
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def _sandbox(people: int, seed: int) -> Iterator[dict[str, Any]]:
    """The fake CRMs are a child process; it ends when we do, however we end."""
    command = [sys.executable, "-m", "sandbox", "--people", str(people), "--seed", str(seed), "--with-parent"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:  # noqa: S603
        try:
            line = child.stdout.readline() if child.stdout else b""
            if not line:
                raise NotInstalled("the sandbox did not start")
            yield orjson.loads(line)
        finally:
            child.terminate()
            child.wait(WAIT_S)
