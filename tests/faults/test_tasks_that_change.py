"""Tasks that stand are changed and closed: killed or failed anywhere, no change is lost, no task doubled.

First the tasks are made. Then the world moves: who has a task asks again, is refused by sales or wins a deal,
and somebody edits a task by hand. The job that brings the tasks up to date is disturbed, at each call and
commit around its writes; afterwards every task must say what it says when nothing disturbed it.
"""

from __future__ import annotations

import http.client
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import drills
import pytest
from drills import ATTEMPTS, Drill, Sandbox, chosen

from sync.clock import HOUR, SECOND

FULL = "MQLSYNC_FULL_CRASH_LOOP"
SPREAD = 10
AROUND = 1
SHARES = 4
ENDS = ("rejected", "deal_won")
CHANGES = {
    "hubspot": ("POST /crm/objects/2026-09/tasks/batch/update",),
    "salesforce": ("PATCH /services/data/v67.0/composite/sobjects",),
}
WAYS = ("429", "500", "reset", "cut", "html", "badjson", "503", "reset_before", "401", "502_html")

Board = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Moved:
    """What an undisturbed job made of the tasks: how they stood before, and after; and its points."""

    before: Board
    after: Board
    points: Sequence[str]


def board(crms: Sandbox) -> Board:
    """These are our tasks, by key. It is an error if one stands there twice."""
    tasks = [one for one in crms.ask("GET", "/tasks")["tasks"] if one["key"]]
    held = {one["key"]: {name: value for name, value in one.items() if name != "id"} for one in tasks}
    assert len(held) == len(tasks), "a task stands twice"
    return held


def made(crms: Sandbox, folder: Path) -> Drill:
    """The tasks stand; then everybody who has one does something else about it."""
    drill = Drill.fresh(crms, folder)
    drill.until_calm()
    crms.ask("POST", "/clock", {"advance_s": HOUR // SECOND})
    drill.now += 2 * HOUR
    tasks = [one for one in crms.ask("GET", "/tasks")["tasks"] if one["key"]]
    people = {who: email for email, who in whos(crms)}
    for crm in ("hubspot", "salesforce"):
        mine = sorted((one["key"], one["id"], one["who"]) for one in tasks if one["crm"] == crm)
        for turn, (_, task_id, who) in enumerate(mine):
            kind = "quote_request" if turn % 2 == 0 else ENDS[turn // 2 % 2]
            crms.ask("POST", "/act", {"email": people[who], "kind": kind})
            if turn == 0:
                by_hand(crms, crm, task_id)
    crms.ask("POST", "/counters/reset")
    return drill


def whos(crms: Sandbox) -> list[tuple[str, str]]:
    """These are the addresses of people with the ids of their rows in either CRM."""
    found = []
    for person in crms.ask("GET", f"/people?limit={drills.PEOPLE}")["people"]:
        query = urlencode({"email": person["email"]})
        for rows in crms.ask("GET", f"/person?{query}")["rows"].values():
            found += [(person["email"], str(row.get("id") or row.get("Id"))) for row in rows]
    return found


def by_hand(crms: Sandbox, crm: str, task_id: str) -> None:
    """Somebody gives a task words of her own."""
    if crm == "hubspot":
        ask(
            crms,
            crm,
            "PATCH",
            f"/crm/objects/2026-09/tasks/{task_id}",
            {"properties": {"hs_task_subject": "Mine"}},
        )
    else:
        ask(crms, crm, "PATCH", f"/services/data/v67.0/sobjects/Task/{task_id}", {"Subject": "Mine"})


def ask(crms: Sandbox, crm: str, method: str, path: str, body: Any) -> None:
    ready = crms.ready[crm]
    target = urlsplit(ready["url"])
    connection = http.client.HTTPConnection(str(target.hostname), target.port, timeout=10)
    token = ready.get("token")
    if token is None:
        known = {name: ready[name] for name in ("client_id", "client_secret")}
        form = urlencode({"grant_type": "client_credentials", **known})
        head = {"Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", "/services/oauth2/token", form, head)
        token = json.loads(connection.getresponse().read())["access_token"]
    head = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    connection.request(method, path, json.dumps(body), head)
    answer = connection.getresponse()
    content = answer.read()
    assert answer.status < 300, content
    connection.close()


@pytest.fixture(scope="module")
def moved(crms: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Moved:
    drill = made(crms, tmp_path_factory.mktemp("moved") / "workspace")
    before = board(crms)
    points: list[str] = []
    report = drill.job(points.append)
    assert not report.troubles
    drill.until_calm()
    return Moved(before, board(crms), points)


def changes(points: Sequence[str]) -> list[int]:
    """These are the numbers of the points at which a task is changed, counted from 1."""
    writes = [write for some in CHANGES.values() for write in some]
    return [n for n, name in enumerate(points, 1) if any(name.endswith(write) for write in writes)]


def crash_points(points: Sequence[str]) -> list[int]:
    if os.environ.get(FULL):
        return list(range(1, len(points) + 1))
    near = {n + step for n in changes(points) for step in range(-AROUND, AROUND + 1)}
    return sorted(near | set(chosen(len(points), SPREAD)))


def test_the_job_updates_and_closes_tasks_in_both_crms_and_leaves_edits_alone(moved: Moved) -> None:
    assert moved.before.keys() <= moved.after.keys()
    for crm in CHANGES:
        mine = {key: task for key, task in moved.after.items() if task["crm"] == crm}
        closed = [task for task in mine.values() if task["status"].casefold() == "completed"]
        bodies = [key for key, task in mine.items() if task["body"] != moved.before.get(key, task)["body"]]
        assert closed
        assert len(bodies) > len(closed)
        assert all("No longer needed" in task["body"] for task in closed)
        assert [task["subject"] for task in mine.values()].count("Mine") == 1


def test_a_quiet_job_changes_no_task(crms: Sandbox, moved: Moved, tmp_path: Path) -> None:
    drill = made(crms, tmp_path / "workspace")
    drill.until_calm()

    drill.assert_quiet()

    assert board(crms) == moved.after


@pytest.mark.slow
@pytest.mark.parametrize("share", range(SHARES))
def test_a_worker_killed_while_tasks_change_loses_none(
    crms: Sandbox, moved: Moved, tmp_path: Path, share: int
) -> None:
    for number in crash_points(moved.points)[share::SHARES]:
        drill = made(crms, tmp_path / str(number))
        where = f"killed at point {number}, {moved.points[number - 1]}"

        assert drill.killed_at(number), f"{where}: the job ended before"
        drill.until_calm()

        assert board(crms) == moved.after, where
        drill.assert_quiet()


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_a_change_that_fails_is_made_all_the_same(
    crms: Sandbox, moved: Moved, tmp_path: Path, way: str
) -> None:
    drill = made(crms, tmp_path / "workspace")
    times = 1 if WAYS.index(way) % 2 else ATTEMPTS
    faults = [
        {"crm": crm, "way": way, "method": write.split()[0], "path": write.split()[1], "times": times}
        for crm, writes in CHANGES.items()
        for write in writes
    ]
    crms.ask("POST", "/faults", faults)

    drill.job()
    crms.ask("DELETE", "/faults")
    drill.until_calm()

    assert board(crms) == moved.after
    drill.assert_quiet()
