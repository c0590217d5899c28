"""What befalls contacts without moving any date, through whole cycles on a fake portal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from sandboxed import IMPATIENT, Sandbox, sandbox
from sqlalchemy import text

from sync.cycle import cycle
from sync.workspace import Workspace, opened

SETTINGS = (
    "workspace: test\nconnections:\n  hubspot:\n    url: '{url}'\n"
    "    lists: {{'Conference * attendees': event_attendance}}\n"
)


@pytest.fixture(scope="module")
def crms() -> Iterator[Sandbox]:
    with sandbox(60) as started:
        yield started


@pytest.fixture(scope="module")
def humble() -> Iterator[Sandbox]:
    """A portal of a lower tier: no event API, and a token without e-mail events and forms."""
    closed = ("tier.enterprise", "content", "forms")
    with sandbox(60, *(word for name in closed for word in ("--without-scope", name))) as started:
        yield started


@pytest.fixture
def workspace(crms: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    yield from connected(crms, tmp_path, monkeypatch)


@pytest.fixture
def humble_workspace(humble: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    yield from connected(humble, tmp_path, monkeypatch)


def connected(crms: Sandbox, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    crms.post("/reset")
    for name, value in crms.secrets.items():
        monkeypatch.setenv(name, value)
    (folder / "mqlsync.yaml").write_text(SETTINGS.format(url=crms.hubspot))
    with opened(folder, patience=IMPATIENT) as found:
        cycle(found, "backfill", everything=True)
        yield found


def rows(workspace: Workspace, sql: str, **values: Any) -> list[Any]:
    with workspace.store.reading() as tx:
        return list(tx.execute(text(sql), values).all())


def two_contacts(workspace: Workspace) -> list[Any]:
    """These are contacts with touches, each the only row of her person: id, address, person."""
    return rows(
        workspace,
        "SELECT r.record_id AS id, i.person, MIN(e.key) AS email FROM record r "
        "JOIN identity i ON i.key = r.key JOIN edge e ON e.record = r.key "
        "WHERE r.kind = 'contact' AND NOT r.deleted AND e.reason = 'email' "
        "AND EXISTS (SELECT 1 FROM touch t WHERE t.key = r.key) AND r.names NOT LIKE '%hubspot:%' "
        "GROUP BY r.record_id, i.person ORDER BY r.record_id LIMIT 2",
    )


def touches_of(workspace: Workspace, person: int) -> int:
    sql = "SELECT COUNT(*) FROM touch t JOIN identity i ON i.key = t.key WHERE i.person = :person"
    return int(rows(workspace, sql, person=person)[0][0])


def befall(crms: Sandbox, who: Any, **what: Any) -> None:
    assert crms.post("/hubspot", email=who.email.removeprefix("email:"), **what) == {"done": True}


def test_a_merged_contact_lives_on_in_the_winner_with_all_it_did(workspace: Workspace, crms: Sandbox) -> None:
    loser, winner = two_contacts(workspace)
    before = touches_of(workspace, loser.person), touches_of(workspace, winner.person)

    befall(crms, loser, merge_into=winner.email.removeprefix("email:"))
    cycle(workspace, "run", everything=True)

    keys = {"a": f"hubspot:contact:{loser.id}", "b": f"hubspot:contact:{winner.id}"}
    found = rows(workspace, "SELECT person FROM identity WHERE key IN (:a, :b)", **keys)
    person = {row.person for row in found}
    (gone,) = rows(workspace, "SELECT deleted FROM record WHERE record_id = :id", id=loser.id)
    assert len(person) == 1
    assert gone.deleted
    assert touches_of(workspace, person.pop()) >= sum(before)


def test_a_contact_that_was_wiped_for_privacy_is_forgotten(workspace: Workspace, crms: Sandbox) -> None:
    her, other = two_contacts(workspace)

    befall(crms, her, wipe=True)
    for _ in range(2):  # the first turn of reading again begins with a rest
        cycle(workspace, "run", everything=True)

    keys = {"a": f"hubspot:contact:{her.id}", "b": her.email}
    for table in ("touch", "identity", "change", "record"):
        assert rows(workspace, f"SELECT 1 FROM {table} WHERE key IN (:a, :b)", **keys) == []
    assert rows(workspace, "SELECT 1 FROM verdict WHERE person = :p", p=her.person) == []
    assert rows(workspace, "SELECT 1 FROM verdict WHERE person = :p", p=other.person) != []


def test_an_archived_contact_is_deleted_and_kept(workspace: Workspace, crms: Sandbox) -> None:
    her, _ = two_contacts(workspace)

    befall(crms, her, archive=True)
    for _ in range(2):
        cycle(workspace, "run", everything=True)

    (row,) = rows(workspace, "SELECT deleted FROM record WHERE record_id = :id", id=her.id)
    assert row.deleted
    assert touches_of(workspace, her.person) > 0


def test_what_was_worked_out_anew_is_noticed_without_a_change_date(
    workspace: Workspace, crms: Sandbox
) -> None:
    her, _ = two_contacts(workspace)

    befall(crms, her, calculated={"hs_analytics_num_page_views": 4711})
    for _ in range(2):
        cycle(workspace, "run", everything=True)

    (row,) = rows(workspace, "SELECT attributes FROM record WHERE record_id = :id", id=her.id)
    assert '"page_views":4711' in row.attributes


def test_a_conversion_moves_no_date_and_is_read_at_once(workspace: Workspace, crms: Sandbox) -> None:
    her, _ = two_contacts(workspace)
    now = requests.get(f"{crms.control}/stats", timeout=20).json()["now"]

    befall(crms, her, calculated={"num_conversion_events": 99, "recent_conversion_date": now})
    cycle(workspace, "run")

    (row,) = rows(workspace, "SELECT attributes FROM record WHERE record_id = :id", id=her.id)
    assert '"form_submissions":99' in row.attributes


def test_lists_that_mean_something_are_read_and_others_are_not(workspace: Workspace) -> None:
    found = rows(
        workspace,
        "SELECT DISTINCT k.text AS kind, a.text AS asset FROM touch t JOIN label p ON p.id = t.provenance "
        "JOIN label k ON k.id = t.kind JOIN label a ON a.id = t.asset WHERE p.text = 'list_memberships'",
    )

    assert [(row.kind, row.asset) for row in found] == [
        ("event_attendance", "Conference Berlin 2026 - attendees")
    ]


def test_counters_tell_what_no_stream_of_events_does(humble_workspace: Workspace, humble: Sandbox) -> None:
    sql = (
        "SELECT p.text AS provenance, k.text AS kind, COUNT(*) AS n FROM touch t "
        "JOIN label p ON p.id = t.provenance JOIN label k ON k.id = t.kind GROUP BY p.text, k.text"
    )
    first = {(row.provenance, row.kind): row.n for row in rows(humble_workspace, sql)}
    people = humble.get("/people", limit="60")["people"]
    email = next(p["email"] for p in reversed(people) if p["residence"] != "salesforce")
    for kind in ("pricing_view", "page_view", "demo_request"):
        humble.post("/act", email=email, kind=kind)
    cycle(humble_workspace, "run")
    again = {(row.provenance, row.kind): row.n for row in rows(humble_workspace, sql)}
    cycle(humble_workspace, "run")

    assert first["counter", "page_view"] > 10
    assert first["counter", "email_click"] > 0
    assert first["first_url", "page_view"] > 10
    assert again["counter", "page_view"] == first["counter", "page_view"] + 3  # the form's page too
    assert again["counter", "demo_request"] == first.get(("counter", "demo_request"), 0) + 1
    assert {(row.provenance, row.kind): row.n for row in rows(humble_workspace, sql)} == again


def test_where_events_are_told_no_counter_is_a_touch(workspace: Workspace) -> None:
    sql = "SELECT COUNT(*) FROM touch t JOIN label p ON p.id = t.provenance WHERE p.text IN (:a, :b)"

    assert rows(workspace, sql, a="counter", b="first_url")[0][0] == 0
