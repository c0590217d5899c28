"""The sandbox as a process: what it prints, and that it never outlives those who need it."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest

WAIT_S = 20


@contextmanager
def sandbox(*options: str) -> Iterator[tuple[subprocess.Popen[bytes], Any]]:
    command = [sys.executable, "-m", "sandbox", "--people", "20", *options]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        yield process, json.loads(process.stdout.readline())
    finally:
        process.kill()
        process.communicate(timeout=WAIT_S)


def get(url: str, path: str) -> Any:
    target = urlsplit(url)
    assert target.hostname is not None
    connection = http.client.HTTPConnection(target.hostname, target.port, timeout=WAIT_S)
    try:
        connection.request("GET", path)
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


def test_one_line_says_where_everything_is_and_in_which_time() -> None:
    with sandbox("--now", "2026-11-23T10:00:00Z", "--frozen") as (_, ready):
        assert set(ready) == {"hubspot", "salesforce", "control", "now"}
        app = {"client_id", "client_secret", "refresh_token"}
        assert set(ready["hubspot"]) == {"url", "token", *app}
        assert set(ready["salesforce"]) == {"url", "client_id", "client_secret"}
        assert ready["hubspot"]["token"].startswith("pat-sandbox-")
        assert ready["now"] == "2026-11-23T10:00:00.000Z"
        assert get(ready["control"]["url"], "/world")["people"] == 20
        assert get(ready["salesforce"]["url"], "/services/data")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it(number: int) -> None:
    with sandbox() as (process, _):
        process.send_signal(number)

        assert process.wait(WAIT_S) == 0


def test_with_parent_it_ends_when_its_standard_input_closes() -> None:
    with sandbox("--with-parent") as (process, _):
        assert process.stdin is not None
        process.stdin.close()

        assert process.wait(WAIT_S) == 0
        process.stdin = None


def test_live_activity_arrives_while_it_runs() -> None:
    with sandbox("--live", "0.01", "--now", "2026-11-23T10:00:00Z", "--no-limits") as (_, ready):
        addresses = [p["email"] for p in get(ready["control"]["url"], "/people")["people"]]

        def newest() -> str:
            rows = [get(ready["control"]["url"], f"/person?email={a}")["rows"] for a in addresses]
            return max(str(row["updatedAt"]) for crms in rows for row in crms["hubspot"])

        for _attempt in range(200):
            if newest() > "2026-11-23T10:00:00.000Z":
                return
        raise AssertionError("nobody did anything")


@pytest.mark.parametrize("wrong", [["--now", "yesterday"], ["--people", "many"], ["--unknown"]])
def test_an_option_that_makes_no_sense_starts_nothing(wrong: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sandbox", *wrong], capture_output=True, timeout=WAIT_S, check=False
    )

    assert done.returncode == 2
    assert done.stdout == b""
