"""The word of sales at work: fields that sales edits, what follows, and what is listed to be looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from jane import JANE, KNOWN, NAMES, NOW, arrive, judge_in, look, rows
from sqlalchemy import text

from config.init import init
from config.settings import load_settings
from connectors.records import Page, Record, TaskSeen
from scoring.handoff.reasons import Feedback
from scoring.touches import NEVER
from sync.clock import DAY, HOUR
from sync.explaining.as_json import as_dict
from sync.explaining.explain import explain
from sync.handoff.custody import spans
from sync.handoff.feedback import disputes
from sync.score import judge_people
from sync.store.engine import Store
from sync.store.erase import erase
from sync.store.pages import save_page
from sync.workspace import Workspace


@pytest.fixture
def workspace(store: Store, tmp_path: Path) -> Workspace:
    init(tmp_path / "workspace")
    settings = replace(load_settings(tmp_path / "workspace"), home_crm=("hubspot",))
    return Workspace(settings, store, {}, lambda: NOW)


def says(workspace: Workspace, at: int, *, by: str = "", **own: str) -> None:
    """Sales has edited its fields; the CRM shows what holds now."""
    found = rows(workspace, f"SELECT own FROM record WHERE key = '{JANE}'")
    shown: Mapping[str, Any] = orjson.loads(found[0].own) | own
    held = {name: value for name, value in shown.items() if value != ""}
    contact = Record("contact", "1701", at, 5, attributes=KNOWN, own=held, keys=NAMES, changed_by=by)
    save_page(workspace.store, "hubspot", "all", Page("2", True, (contact,)), at)
    look(workspace, at)


def status(workspace: Workspace) -> str:
    return str(rows(workspace, "SELECT status FROM verdict ORDER BY person LIMIT 1")[0].status)


def tasks(workspace: Workspace) -> int:
    return len(rows(workspace, "SELECT id FROM intent WHERE purpose = 'task' AND state <> 'dropped'"))


def listed(workspace: Workspace) -> list[tuple[str, str]]:
    return [(one.about, one.reason) for one in disputes(workspace.store).remarks]


@pytest.mark.parametrize(
    ("disposition", "reason", "becomes"),
    [
        ("accepted", "", "sal"),
        ("rejected", "", "rejected"),
        ("rejected", "student", "disqualified"),
        ("rejected", "competitor", "disqualified"),
        ("rejected", "wrong_size", "nurture"),
        ("", "no_budget", "nurture"),
        ("recycle", "", "recycled"),
        ("nurture", "student", "nurture"),  # what is said goes before what its reason amounts to
        ("rejected", "with_partner", "with_partner"),
        ("dispute", "", "mql"),
    ],
)
def test_what_sales_says_in_its_fields_decides(
    workspace: Workspace, disposition: str, reason: str, becomes: str
) -> None:
    arrive(workspace)

    says(workspace, NOW + HOUR, disposition=disposition, disposition_reason=reason)

    assert status(workspace) == becomes


def test_nurture_lasts_as_long_as_its_reason_says(workspace: Workspace) -> None:
    arrive(workspace)
    says(workspace, NOW + HOUR, disposition="nurture", disposition_reason="bad_timing")

    assert look(workspace, NOW + HOUR + 60 * DAY - 1) == 0 or status(workspace) == "nurture"
    look(workspace, NOW + HOUR + 60 * DAY)

    assert status(workspace) == "recycled"


def test_the_same_word_is_heard_again_once_the_field_was_emptied(workspace: Workspace) -> None:
    arrive(workspace)
    says(workspace, NOW + HOUR, disposition="accepted")
    says(workspace, NOW + 2 * HOUR, disposition="")
    assert status(workspace) == "sal"
    says(workspace, NOW + 3 * HOUR, disposition="rejected")
    says(workspace, NOW + 4 * HOUR, disposition="accepted")

    heard = rows(
        workspace, "SELECT t.id FROM touch t JOIN label l ON l.id = t.kind WHERE l.text LIKE 'sales%'"
    )
    assert len(heard) == 3
    assert status(workspace) == "sal"


def test_a_row_that_is_read_again_says_nothing_new(workspace: Workspace) -> None:
    arrive(workspace)
    for _ in range(3):
        says(workspace, NOW + HOUR, disposition="recycle")

    assert len(rows(workspace, "SELECT id FROM touch WHERE source_id LIKE 'said:%'")) == 1


def test_a_row_born_with_a_disposition_took_it_over_from_another(workspace: Workspace) -> None:
    arrive(workspace)
    born = Record("contact", "1702", NOW, NOW - HOUR // 10, own={"disposition": "recycle"}, keys=NAMES)
    old = born._replace(id="1703", created_at=NOW - DAY, own={"disposition": "accepted"})

    save_page(workspace.store, "hubspot", "all", Page("3", True, (born, old)), NOW)

    said = rows(workspace, "SELECT key FROM touch WHERE source_id LIKE 'said:%'")
    assert [row.key for row in said] == ["hubspot:contact:1703"]


def test_sales_fields_are_never_written_by_us(workspace: Workspace) -> None:
    arrive(workspace)
    says(workspace, NOW + HOUR, disposition="nurture", disposition_reason="no_budget", custody="kestrel")

    written = rows(workspace, "SELECT payload FROM intent WHERE purpose = 'fields'")
    published = rows(workspace, "SELECT published FROM verdict")

    for told in [*(row.payload for row in written), *(row.published for row in published)]:
        assert not {"disposition", "disposition_reason", "custody"} & orjson.loads(told).keys()
    assert rows(workspace, "SELECT id FROM drift") == []


def test_custody_hides_the_spell_and_makes_no_task_until_she_comes_back(workspace: Workspace) -> None:
    contact = Record("contact", "1701", 10, 5, attributes=KNOWN, keys=NAMES)
    save_page(workspace.store, "hubspot", "all", Page("1", True, (contact,)), NOW - DAY)
    says(workspace, NOW - HOUR, custody="Kestrel")
    arrive(workspace)
    says(workspace, NOW + 1, custody="Kestrel")  # her arrival showed the field empty for a moment
    person = rows(workspace, "SELECT id FROM person")[0].id
    assert (status(workspace), tasks(workspace)) == ("with_partner", 0)
    with workspace.store.reading() as tx:
        held = spans(tx, [person])[person]
    assert held[-1].is_open(NOW + 1)
    assert not held[-1].is_open(NEVER)

    says(workspace, NOW + HOUR, custody="")

    assert (status(workspace), tasks(workspace)) == ("mql", 1)
    with workspace.store.reading() as tx:
        assert spans(tx, [person])[person][-1].ended_by == "returned"


def test_what_cannot_be_taken_as_it_stands_is_listed(workspace: Workspace) -> None:
    arrive(workspace)
    says(workspace, NOW + HOUR, disposition="dispute")
    says(workspace, NOW + 2 * HOUR, custody="nobody inc")
    assert sorted(listed(workspace)) == [("dispute", ""), ("unknown partner", "nobody inc")]

    says(workspace, NOW + 3 * HOUR, custody="", disposition="rejected", disposition_reason="ugly logo")

    assert listed(workspace) == [("unknown reason", "ugly logo")]
    assert status(workspace) == "rejected"
    assert any("ugly logo" in line for line in disputes(workspace.store).lines())


def test_a_duplicate_asks_for_a_merge(workspace: Workspace) -> None:
    arrive(workspace)
    says(workspace, NOW + HOUR, disposition="rejected", disposition_reason="duplicate")

    (one,) = disputes(workspace.store).remarks
    assert (one.about, one.note) == ("advice", "merge the two records")


def test_a_program_is_not_sales(workspace: Workspace) -> None:
    arrive(workspace)
    says(workspace, NOW + HOUR, disposition="rejected", by="hubspot:77")
    assert status(workspace) == "rejected"
    judge = judge_in(workspace)
    judge = replace(judge, context=replace(judge.context, feedback=Feedback(programs=frozenset({"77"}))))
    person = rows(workspace, "SELECT id FROM person")[0].id

    with workspace.store.transaction() as tx:
        judge_people(workspace.store, tx, judge, [person], NOW + 2 * HOUR)

    assert status(workspace) == "mql"
    assert [one.about for one in disputes(workspace.store).remarks] == ["program"]


@pytest.mark.parametrize(
    ("taken", "closed_by_us", "becomes"), [(True, False, "sal"), (False, False, "mql"), (True, True, "mql")]
)
def test_a_completed_task_stands_for_acceptance_only_where_that_is_agreed(
    workspace: Workspace, taken: bool, closed_by_us: bool, becomes: str
) -> None:
    arrive(workspace)
    made = "UPDATE intent SET state = 'done', crm_id = 'T1' WHERE purpose = 'task'"
    with workspace.store.transaction() as tx:
        tx.execute(text(made))
        if closed_by_us:
            payload = tx.execute(text("SELECT payload FROM intent WHERE purpose = 'task'")).scalar_one()
            closed = orjson.dumps({**orjson.loads(payload), "is_open": False}).decode()
            tx.execute(text("UPDATE intent SET payload = :closed WHERE purpose = 'task'"), {"closed": closed})
    seen = TaskSeen("T1", f"{JANE}#1#follow-up", "COMPLETED", "9", completed_at=NOW + HOUR, is_closed=True)
    save_page(workspace.store, "hubspot", "tasks", Page("1", True, tasks=(seen,)), NOW + HOUR)
    judge = judge_in(workspace)
    judge = replace(judge, context=replace(judge.context, feedback=Feedback(takes_done_tasks=taken)))
    person = rows(workspace, "SELECT id FROM person")[0].id

    with workspace.store.transaction() as tx:
        judge_people(workspace.store, tx, judge, [person], NOW + 2 * HOUR)

    assert status(workspace) == becomes


def test_explain_tells_how_it_came_to_this(workspace: Workspace) -> None:
    arrive(workspace)
    says(workspace, NOW + HOUR, disposition="rejected", disposition_reason="no_budget", by="hubspot:5")

    told = as_dict(explain(workspace, "jane@acme.example", NOW + 2 * HOUR))["states"]

    assert [(one["became"], one["by"], one["reason"], one["who"]) for one in told] == [
        ("MQL", "the condition rose", None, None),
        ("Nurture", "nurture", "no budget", "hubspot:5"),
    ]
    assert told[1]["source"]["crm"] == "hubspot"


def test_whoever_is_erased_leaves_no_word(workspace: Workspace) -> None:
    arrive(workspace)
    says(workspace, NOW + HOUR, disposition="dispute", custody="nobody inc")

    erase(workspace.store, {"email:jane@acme.example"}, NOW + DAY)

    assert rows(workspace, "SELECT person FROM remark UNION SELECT person FROM custody") == []
