"""The shell and a portal of its own mind: tokens that end, days that are used up, news told unasked."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sandboxed import IMPATIENT, Sandbox, sandbox

from sync.clock import DAY, now
from sync.cycle import cycle
from sync.listening import listening
from sync.resting import LONGEST, rest, rests_until
from sync.store.engine import Store
from sync.store.hints import has_hints, waiting_hints
from sync.workspace import Workspace, opened

APP_SECRET = "sandbox-app-secret-loopback-only"
PUBLIC_URL = "https://hooks.example/webhooks/hubspot"


@pytest.fixture(scope="module")
def crms() -> Iterator[Sandbox]:
    with sandbox(20) as found:
        yield found


def folder_of(crms: Sandbox, folder: Path, more: str = "") -> Path:
    (folder / "mqlsync.yaml").write_text(
        f"workspace: test\nhome_crm: [hubspot]\nconnections:\n  hubspot: {{url: '{crms.hubspot}'}}\n{more}"
    )
    return folder


def calls(crms: Sandbox) -> int:
    return int(crms.get("/stats")["crms"]["hubspot"]["calls"])


def troubles(workspace: Workspace) -> str:
    return " ".join(cycle(workspace, "run").pulled.troubles)


def test_an_oauth_app_comes_in_goes_on_when_its_token_ends_and_is_told_when_revoked(
    crms: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MQLSYNC_HUBSPOT_CLIENT_ID", "11111111-aaaa-4bbb-8ccc-222222222222")
    monkeypatch.setenv("MQLSYNC_HUBSPOT_CLIENT_SECRET", APP_SECRET)
    monkeypatch.setenv("MQLSYNC_HUBSPOT_REFRESH_TOKEN", "sandbox-refresh-token-loopback-only")
    crms.post("/reset")
    with opened(folder_of(crms, tmp_path), patience=IMPATIENT) as workspace:
        first = troubles(workspace)
        crms.post("/portal", expire_tokens=True)
        second = troubles(workspace)
        crms.post("/portal", revoke=True)
        third, before = troubles(workspace), calls(crms)
        fourth, after = troubles(workspace), calls(crms)

    assert (first, second) == ("", "")
    assert "Authorise the app again" in third
    assert "Authorise the app again" in fourth
    assert after == before
    assert APP_SECRET not in third


def test_a_used_up_day_is_slept_through_over_restarts_and_ends_at_midnight(
    crms: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MQLSYNC_HUBSPOT_TOKEN", crms.secrets["MQLSYNC_HUBSPOT_TOKEN"])
    crms.post("/reset")
    folder_of(crms, tmp_path)
    with opened(tmp_path, patience=IMPATIENT) as workspace:
        assert troubles(workspace) == ""
        crms.post("/portal", calls_left=1_000)
        assert "calls of the day are used" in troubles(workspace)
    before = calls(crms)
    with opened(tmp_path, patience=IMPATIENT) as workspace:
        assert "left alone until" in troubles(workspace)
        until = rests_until(workspace.store, "hubspot", workspace.now())
    assert calls(crms) == before
    assert 0 < until - now() <= LONGEST
    crms.post("/portal", calls_left=900_000)
    with opened(tmp_path, patience=IMPATIENT, now=lambda: until + 1) as workspace:
        assert troubles(workspace) == ""


def test_what_the_portal_tells_by_itself_is_read_from_its_database(
    crms: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    monkeypatch.setenv("MQLSYNC_HUBSPOT_TOKEN", crms.secrets["MQLSYNC_HUBSPOT_TOKEN"])
    monkeypatch.setenv("MQLSYNC_HUBSPOT_CLIENT_SECRET", APP_SECRET)
    crms.post("/reset")
    more = f"webhooks: {{listen: '127.0.0.1:{port}', public_url: '{PUBLIC_URL}'}}\n"
    url = f"http://127.0.0.1:{port}/webhooks/hubspot"
    person = next(p for p in crms.get("/people")["people"] if p["residence"] == "hubspot")
    with opened(folder_of(crms, tmp_path, more), patience=IMPATIENT) as workspace, listening(workspace):
        assert troubles(workspace) == ""
        crms.post("/webhooks", url=url, public_url=PUBLIC_URL, secret=APP_SECRET, times=3)
        crms.post("/act", email=person["email"], kind="demo_request")
        for _ in range(200):
            if has_hints(workspace.store):
                break
            threading.Event().wait(0.05)
        waiting = waiting_hints(workspace.store, "hubspot")
        assert waiting is not None
        assert len(waiting.ids) == 1
        crms.post("/counters/reset")
        assert troubles(workspace) == ""
        assert not has_hints(workspace.store)

    assert crms.get("/webhooks")["statuses"][:1] == [200]


def test_a_rest_is_bounded_and_ends(store: Store) -> None:
    rest(store, "hubspot", 10 * DAY, DAY)

    assert rests_until(store, "hubspot", DAY) == DAY + LONGEST
    assert rests_until(store, "hubspot", DAY + LONGEST) == 0
    assert rests_until(store, "salesforce", DAY) == 0
    assert rests_until(store, "hubspot", 0) == 0  # a clock that was set back does not wait longer
    rest(store, "salesforce", DAY, DAY)
    assert rests_until(store, "salesforce", DAY) == 0
