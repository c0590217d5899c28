"""One event that both CRMs tell of counts once, from the page it came with to what people read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from config.init import init
from config.settings import load_settings
from connectors.records import Page, Record, Touch
from sync.clock import DAY, MINUTE
from sync.cycle import judge_of
from sync.explaining.as_json import as_dict
from sync.explaining.as_text import lines
from sync.explaining.explain import explain
from sync.score import score_due
from sync.store.engine import Store
from sync.store.pages import save_page
from sync.store.people import resolve_records, wake_touched
from sync.workspace import Workspace

NOW = 20_000 * DAY
CONTACT, MEMBER = "hubspot:contact:1701", "salesforce:contact:003A"
EMAIL = "email:jane@acme.example"


@pytest.fixture
def workspace(store: Store, tmp_path: Path) -> Workspace:
    folder = tmp_path / "workspace"
    init(folder)
    return Workspace(replace(load_settings(folder), home_crm=("hubspot",)), store, {}, lambda: NOW)


def registered(key: str, provenance: str, asset: str, *, minutes: int = 0, recorded_at: int = 0) -> Touch:
    at = NOW - 5 * DAY + minutes * MINUTE
    kind, source_id = "webinar_registration", f"{provenance}:1"
    return Touch(key, source_id, kind, at, recorded_at or at, asset, provenance=provenance)


IN_HUBSPOT = registered(CONTACT, "marketing_events", "How to price")
IN_SALESFORCE = registered(MEMBER, "campaign_member", "2026-Q3 webinar", minutes=3)


def fill(workspace: Workspace, hubspot: Touch, salesforce: Touch) -> None:
    for crm, row_id, touch in (("hubspot", "1701", hubspot), ("salesforce", "003A", salesforce)):
        row = Record("contact", row_id, 10, 5, attributes={"email": EMAIL[6:]}, keys=(EMAIL,))
        save_page(workspace.store, crm, "all", Page("1", True, (row,), (touch,)), NOW)
    while resolve_records(workspace.store, 100):
        pass
    wake_touched(workspace.store)
    while score_due(workspace.store, judge_of(workspace), NOW):
        pass


def test_a_registration_in_both_crms_is_one_contribution_that_names_both(workspace: Workspace) -> None:
    fill(workspace, IN_HUBSPOT, IN_SALESFORCE)

    told = explain(workspace, "1701")

    found = [one for one in as_dict(told)["contributions"] if one["rule"].startswith("webinar")]
    assert [one["touch"]["asset"] for one in found] == ["How to price"]
    assert as_dict(told)["also_seen"] == [
        {
            "touch": found[0]["touch"]["id"],
            "sources": [{"crm": "salesforce", "id": "campaign_member:1"}],
        }
    ]
    assert any("also seen in salesforce campaign_member:1" in line for line in lines(told, 200))


def test_the_stored_score_counts_it_once(workspace: Workspace) -> None:
    fill(workspace, IN_HUBSPOT, IN_SALESFORCE)

    told = explain(workspace, "1701")

    with workspace.store.reading() as tx:
        stored = tx.execute(text("SELECT score FROM verdict")).scalar_one()
        assert stored == told.now.told.total
        assert tx.execute(text("SELECT COUNT(*) FROM touch")).scalar_one() == 2


def test_before_the_better_sighting_was_recorded_the_other_one_counted(workspace: Workspace) -> None:
    fill(workspace, IN_HUBSPOT._replace(recorded_at=NOW - DAY), IN_SALESFORCE)

    before = explain(workspace, "1701", NOW - 2 * DAY)

    assert before.then is not None
    then = [one.touch.asset for one in before.then.told.contributions if one.touch]
    assert then == ["2026-Q3 webinar"]
    assert [one.touch.asset for one in before.now.told.contributions if one.touch] == ["How to price"]


def test_ten_minutes_apart_both_count(workspace: Workspace) -> None:
    fill(workspace, IN_HUBSPOT, IN_SALESFORCE._replace(occurred_at=IN_HUBSPOT.occurred_at + 10 * MINUTE))

    told = explain(workspace, "1701")

    assert len([one for one in told.now.told.contributions if one.touch]) == 2
    assert told.also_seen == {}
