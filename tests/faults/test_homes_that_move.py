"""A home that goes while its task is on its way: the task is made once, where the person lives now."""

from __future__ import annotations

import http.client
import json
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from drills import Drill, Sandbox, State

TASK = "PATCH /services/data/v67.0/composite/sobjects/Task/"
LEAD = "salesforce:lead:"


def delete_in_salesforce(crms: Sandbox, kind: str, record_id: str) -> None:
    """Somebody deletes a record, a minute later."""
    crms.ask("POST", "/clock", {"advance_s": 60})
    org = crms.ready["salesforce"]
    target = urlsplit(org["url"])
    connection = http.client.HTTPConnection(str(target.hostname), target.port, timeout=10)
    known = {name: org[name] for name in ("client_id", "client_secret")}
    form = {"grant_type": "client_credentials", **known}
    kind_of_form = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/services/oauth2/token", urlencode(form), kind_of_form)
    token = json.loads(connection.getresponse().read())["access_token"]
    path = f"/services/data/v67.0/sobjects/{kind}/{record_id}"
    connection.request("DELETE", path, headers={"Authorization": f"Bearer {token}"})
    answer = connection.getresponse()
    assert answer.status == 204, answer.read()
    connection.close()


@pytest.mark.parametrize("side", ["before", "after"])
def test_a_lead_that_is_deleted_while_her_task_is_sent(
    crms: Sandbox, undisturbed: tuple[State, list[str], dict[str, int]], tmp_path: Path, side: str
) -> None:
    reference, points, _ = undisturbed
    point = next(n for n, name in enumerate(points, 1) if name.startswith(f"salesforce.{side} {TASK}"))
    task = next(task for task in reference.tasks if task[1].startswith(LEAD))
    drill = Drill.fresh(crms, tmp_path / "workspace")

    assert drill.killed_at(point)
    delete_in_salesforce(crms, "Lead", task[1].removeprefix(LEAD).partition("#")[0])
    drill.until_calm()

    left = drill.state().tasks
    (mine,) = set(left) - set(reference.tasks) or {task}
    assert set(left) == {*reference.tasks} - {task} | {mine}
    assert len(left) == len(reference.tasks)
    assert mine[0] == ("hubspot" if side == "before" else "salesforce")
    drill.assert_quiet()
