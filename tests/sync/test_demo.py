"""The demo plays the whole story in a place of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import orjson

KEYS = {
    *("people", "touches", "mqls", "fields_written", "tasks_created", "hubspot_calls", "salesforce_calls"),
    "claimed_by_two",
    *("second_run_fields_written", "second_run_tasks_created", "seconds"),
}


def test_the_demo_writes_once_and_leaves_alone_what_the_environment_names(tmp_path: Path) -> None:
    precious = tmp_path / "precious.db"
    elsewhere = {"MQLSYNC_DATABASE": str(precious), "MQLSYNC_HUBSPOT_TOKEN_FILE": str(tmp_path / "token")}

    played = subprocess.run(
        [sys.executable, "-m", "sync.cli", "demo", "--people", "60", "--json"],
        cwd=tmp_path,
        env={**os.environ, **elsewhere},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert played.returncode == 0, played.stderr
    told = orjson.loads(played.stdout)
    assert set(told) == KEYS
    assert told["fields_written"] > 0
    assert told["claimed_by_two"] > 0
    assert (told["second_run_fields_written"], told["second_run_tasks_created"]) == (0, 0)
    assert list(tmp_path.iterdir()) == []
