"""One account of either CRM in the sandbox, which runs as a child process, and what a connector reads there.

Time stands still on both sides and moves only when a test says so; a pause of the connector takes none.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
import requests
from shelf import Shelf

from connectors.port import Patience, Port
from connectors.protocol import Connector
from connectors.records import PERSON_KINDS, Record
from connectors.registry import FACTORIES

START = "2026-11-23T10:00:00Z"
NOW = 1_795_428_000_000_000
WAIT_S = 30
PATIENCE = Patience(connect_s=5.0, read_s=10.0, attempts_max=3, wait_first_s=0.1, wait_max_s=2.0)


HAND = {
    "hubspot": {
        "path": "/crm/objects/2026-09/tasks/",
        **{name: f"hs_task_{name}" for name in ("subject", "body", "status", "priority")},
        "owner": "hubspot_owner_id",
    },
    "salesforce": {
        "path": "/services/data/v67.0/sobjects/Task/",
        "subject": "Subject",
        "body": "Description",
        "status": "Status",
        "priority": "Priority",
        "owner": "OwnerId",
    },
}


class Killed(BaseException):
    """The process ended here."""


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A running sandbox, as its ready line described it."""

    ready: Any

    def tell(self, path: str, **body: Any) -> Any:
        return requests.post(self.ready["control"]["url"] + path, json=body, timeout=WAIT_S).json()

    def look(self, path: str) -> Any:
        return requests.get(self.ready["control"]["url"] + path, timeout=WAIT_S).json()


@contextmanager
def sandbox(people: int, *more: str) -> Iterator[Sandbox]:
    options = ["--people", str(people), "--seed", "7", "--now", START, "--frozen", "--with-parent", *more]
    command = [sys.executable, "-m", "sandbox", *options]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        try:
            assert child.stdout is not None
            yield Sandbox(orjson.loads(child.stdout.readline()))
        finally:
            child.terminate()
            child.wait(WAIT_S)


@dataclass
class Account:
    """One account, freshly seeded; the connector's process dies at hook number `dies_at` (0 = never)."""

    crm: str
    sandbox: Sandbox
    shelf: Shelf = field(default_factory=Shelf)
    seconds: float = 0.0
    rested: float = 0.0
    dies_at: int = 0
    hooks: int = 0

    def connector(self) -> Connector:
        """This is the connector of a process that has just started."""
        port = Port(
            now=lambda: NOW + int(self.seconds * 1_000_000),
            monotonic=lambda: self.seconds + self.rested,
            sleep=self._rest,
            at=self._called,
        )
        return FACTORIES[self.crm](self._settings(), port, PATIENCE)

    def _rest(self, seconds: float) -> None:
        self.rested += seconds

    def _called(self, _: str) -> None:
        self.hooks += 1
        if self.hooks == self.dies_at:
            raise Killed

    def dies_after(self, hooks: int) -> None:
        """Before and after each call stands a hook: at this one the process ends."""
        self.hooks, self.dies_at = 0, hooks

    def _settings(self) -> dict[str, Any]:
        ready = self.sandbox.ready[self.crm]
        if self.crm == "hubspot":
            return {"base_url": ready["url"], "token": lambda: ready["token"]}
        secret = ready["client_secret"]
        return {
            "login_url": ready["url"],
            "client_id": ready["client_id"],
            "client_secret": lambda: secret,
        }

    def later(self, seconds: float) -> None:
        self.sandbox.tell("/clock", advance_s=seconds)
        self.seconds += seconds

    def read(self, connector: Connector, *names: str) -> None:
        """This reads streams from where they stand until nothing more waits; each page is kept at once."""
        for name in names or [stream.name for stream in connector.streams()]:
            self.shelf.catch_up(connector, name)

    def people(self) -> list[Record]:
        """These are the living records of people whose fields can be written."""
        rows = self.shelf.rows.values()
        return [row for row in rows if row.kind in PERSON_KINDS and not row.deleted and not _is_done(row)]

    def owner(self) -> str:
        owners = (row for row in self.shelf.rows.values() if row.kind == "owner" and not row.deleted)
        return min(row.id for row in owners if row.attributes["active"] in ("true", True))

    def tasks(self) -> list[str]:
        """These are the keys of the tasks that were made, as the CRM shows them."""
        return [one["key"] for one in self.sandbox.look("/tasks")["tasks"] if one["key"]]

    def task(self, key: str) -> Any:
        """This is the task with that key, as the CRM shows it."""
        return next(one for one in self.sandbox.look("/tasks")["tasks"] if one["key"] == key)

    def by_hand(self, task_id: str, *, gone: bool = False, **words: Any) -> None:
        """Somebody edits a task in the CRM, or throws it away."""
        ready = self.sandbox.ready[self.crm]
        wire = HAND[self.crm]
        token = ready["token"] if self.crm == "hubspot" else _session(ready)
        url = f"{ready['url']}{wire['path']}{task_id}"
        head = {"Authorization": f"Bearer {token}"}
        values = {wire[name]: value for name, value in words.items()}
        if gone:
            answer = requests.delete(url, headers=head, timeout=WAIT_S)
        else:
            body = {"properties": values} if self.crm == "hubspot" else values
            answer = requests.patch(url, json=body, headers=head, timeout=WAIT_S)
        assert answer.ok, answer.text

    def calls(self) -> int:
        return int(self.sandbox.look("/stats")["crms"][self.crm]["calls"])


def _is_done(row: Record) -> bool:
    """A converted lead lives on as a contact."""
    return row.attributes.get("converted") == "true"


def _session(ready: Any) -> str:
    known = {name: ready[name] for name in ("client_id", "client_secret")}
    form = {"grant_type": "client_credentials", **known}
    return str(
        requests.post(f"{ready['url']}/services/oauth2/token", form, timeout=WAIT_S).json()["access_token"]
    )
