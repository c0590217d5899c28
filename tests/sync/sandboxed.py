"""The fake CRMs as a child process, and a workspace connected to them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import requests

from connectors.port import Patience

IMPATIENT = Patience(connect_s=5.0, read_s=20.0, attempts_max=3, wait_first_s=0.01, wait_max_s=0.05)


@dataclass(frozen=True)
class Sandbox:
    """Where the fake CRMs answer."""

    hubspot: str
    salesforce: str
    control: str
    secrets: dict[str, str]

    def get(self, path: str, **params: str) -> Any:
        return requests.get(f"{self.control}{path}", params=params, timeout=20).json()

    def post(self, where: str, /, **body: Any) -> Any:
        return requests.post(f"{self.control}{where}", json=body, timeout=20).json()

    def workspace(self, folder: Path) -> Path:
        (folder / "mqlsync.yaml").write_text(
            "workspace: test\nown_domains: [acme-analytics.example]\nconnections:\n"
            f"  hubspot: {{url: '{self.hubspot}'}}\n  salesforce: {{login_url: '{self.salesforce}'}}\n"
        )
        return folder


@contextmanager
def sandbox(people: int = 60, *more: str) -> Iterator[Sandbox]:
    command = [sys.executable, "-m", "sandbox", "--people", str(people), "--seed", "7", "--no-limits"]
    with subprocess.Popen(
        [*command, "--with-parent", *more], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        try:
            assert child.stdout is not None
            ready = orjson.loads(child.stdout.readline())
            secrets = {
                "MQLSYNC_HUBSPOT_TOKEN": ready["hubspot"]["token"],
                "MQLSYNC_SALESFORCE_CLIENT_ID": ready["salesforce"]["client_id"],
                "MQLSYNC_SALESFORCE_CLIENT_SECRET": ready["salesforce"]["client_secret"],
            }
            yield Sandbox(
                ready["hubspot"]["url"], ready["salesforce"]["url"], ready["control"]["url"], secrets
            )
        finally:
            child.terminate()
            child.wait(10)
