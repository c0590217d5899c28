"""An explanation adds up and finds people by any name; a plan is shown as people decide on it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.init import init
from config.settings import load_settings
from connectors.records import Page, Record, Touch
from sync import clock
from sync.clock import DAY, HOUR
from sync.cycle import cycle, judge_of
from sync.errors import NoSuchPerson
from sync.explaining.as_json import as_dict
from sync.explaining.as_text import ROWS_MAX, lines
from sync.explaining.explain import Explained, explain
from sync.score import decide, score_due
from sync.show import PEOPLE_MAX, plan_view, view
from sync.store.engine import Store
from sync.store.outbox import Intent, PlanRow
from sync.store.pages import save_page
from sync.store.people import resolve_records, wake_touched
from sync.workspace import Workspace

NOW = 20_000 * DAY
LEAD = "00Q5g00000ABCdeEAH"
JANE = {
    "email": "jane@acme.example",
    "email_domain": "acme.example",
    "title": "VP Marketing",
    "company": "Acme",
    "employees": "500",
    "industry": "Software",
    "country": "Germany",
    "owner_id": "9",
}


@pytest.fixture
def workspace(store: Store, tmp_path: Path) -> Workspace:
    folder = tmp_path / "workspace"
    init(folder)
    return Workspace(replace(load_settings(folder), home_crm=("hubspot",)), store, {}, lambda: NOW)


def did(kind: str, days_ago: int, number: int = 0, *, asset: str = "", page: str = "") -> Touch:
    at = NOW - days_ago * DAY
    return Touch("hubspot:contact:1701", f"{kind}:{days_ago}:{number}", kind, at, asset=asset, page=page)


def contact(number: str = "1701", **attributes: str) -> Record:
    known = {**JANE, **attributes}
    return Record("contact", number, 10, 5, attributes=known, keys=(f"email:{known['email']}",))


def fill(workspace: Workspace, *rows: Record | Touch) -> None:
    records = tuple(row for row in rows if isinstance(row, Record))
    touches = tuple(row for row in rows if isinstance(row, Touch))
    for crm, kinds in (("hubspot", {"contact", "owner"}), ("salesforce", {"lead"})):
        mine = tuple(row for row in records if row.kind in kinds)
        seen = touches if crm == "hubspot" else ()
        save_page(workspace.store, crm, "all", Page("1", True, mine, seen), NOW)
    while resolve_records(workspace.store, 100):
        pass
    wake_touched(workspace.store)
    while score_due(workspace.store, judge_of(workspace), NOW):
        pass
    decide(workspace.store, judge_of(workspace), NOW)


def fill_with_jane(workspace: Workspace) -> None:
    lead = Record("lead", LEAD, 10, 5, attributes=JANE, keys=("email:jane@acme.example",))
    requests = [did("demo_request", 2, asset="Book a demo"), did("contact_request", 1)]
    owner = Record("owner", "9", 10, 5, attributes={"active": "true"})
    fill(
        workspace,
        contact(),
        lead,
        owner,
        *requests,
        *(did("page_view", 3, n, page="/pricing") for n in range(9)),
    )


def points(told: Explained) -> float:
    found = as_dict(told)
    lines = [one["points_now"] for one in found["contributions"]]
    lines += [one["points"] for one in [*found["fit_lines"], *found["clips"]]]
    return float(round(sum(lines), 3))


@pytest.mark.parametrize(
    "who",
    [
        "jane@acme.example",
        " Jane@Acme.example ",
        "email:jane@acme.example",
        "hubspot:contact:1701",
        "1701",
        f"salesforce:lead:{LEAD}",
        LEAD,
        "1",
        "person:1",
    ],
)
def test_a_person_is_found_by_any_of_her_names(workspace: Workspace, who: str) -> None:
    fill_with_jane(workspace)

    assert explain(workspace, who).person == 1


@pytest.mark.parametrize("who", [LEAD[:15], f"salesforce:lead:{LEAD[:15]}"])
def test_the_short_form_of_a_salesforce_id_names_the_same_lead(workspace: Workspace, who: str) -> None:
    fill_with_jane(workspace)

    assert explain(workspace, who).person == 1


def test_the_case_of_a_salesforce_id_matters(workspace: Workspace) -> None:
    fill_with_jane(workspace)

    with pytest.raises(NoSuchPerson):
        explain(workspace, LEAD[:15].lower())


@pytest.mark.parametrize("who", ["john@acme.example", "999", "hubspot:contact:2", "", "9" * 30])
def test_whoever_is_unknown_is_not_named_in_the_message(workspace: Workspace, who: str) -> None:
    fill_with_jane(workspace)

    with pytest.raises(NoSuchPerson) as caught:
        explain(workspace, who)

    assert str(caught.value).startswith("nobody has that e-mail address or id.")
    assert "john" not in str(caught.value)


def test_a_number_that_names_two_people_is_refused_until_it_is_made_clear(workspace: Workspace) -> None:
    fill(workspace, contact("2", email="a@acme.example"), contact("7", email="b@acme.example"))
    second = explain(workspace, "hubspot:contact:7").person

    with pytest.raises(NoSuchPerson, match="names 2 people"):
        explain(workspace, str(second))

    assert explain(workspace, f"person:{second}").person == second == 2


def points_shown(told: Explained, width: int) -> list[float]:
    shown = lines(told, width)
    start = next(i for i, line in enumerate(shown) if line.split()[:2] == ["now", "of"])
    end = next(i for i, line in enumerate(shown) if line.split()[1:] == ["score"])
    column = len(shown[start]) - len(shown[start].lstrip()) + len("now")
    cells = (line[:column].strip() for line in shown[start + 1 : end + 1])
    return [float(cell) for cell in cells if cell]


def test_all_points_add_up_to_the_score_in_json_and_on_the_screen(workspace: Workspace) -> None:
    fill_with_jane(workspace)

    told = explain(workspace, "1701")
    found = as_dict(told)

    assert found["contributions"]
    assert found["score"] == points(told)
    for width in (80, 119, 120, 200):
        shown = points_shown(told, width)
        assert found["score"] == shown[-1] == round(sum(shown[:-1]), 3)
        assert max(len(line) for line in lines(told, width)) <= width
    assert found["score"] == found["engagement"] + found["fit"]
    assert orjson.loads(orjson.dumps(found)) == found


def test_a_qualified_person_is_explained_with_names_reason_and_times(workspace: Workspace) -> None:
    fill_with_jane(workspace)

    found = as_dict(explain(workspace, "1701"))
    states = {one["key"]: (one["kind"], one["state"]) for one in found["names"]}
    demo = next(one for one in found["contributions"] if one["rule"] == "demo_request")

    assert found["status"] == "mql"
    assert found["qualified_at"] == clock.text(NOW - 2 * DAY)
    assert states == {
        "email:jane@acme.example": ("email", "named"),
        "hubspot:contact:1701": ("contact", "live"),
        f"salesforce:lead:{LEAD}": ("lead", "live"),
    }
    assert "email" in {one["joined_by"] for one in found["names"]}
    assert demo["touch"]["asset"] == "Book a demo"
    assert demo["touch"]["at"] == clock.text(NOW - 2 * DAY)
    assert demo["next_fade_at"] == clock.text(NOW + 43 * DAY)
    assert found["first_touch"]["touch"]["at"] == clock.text(NOW - 3 * DAY)
    assert found["last_touch"]["touch"]["at"] == clock.text(NOW - DAY)
    assert found["missing"] == []
    assert found["recheck_at"] is not None


def test_an_earlier_instant_knows_only_what_had_happened(workspace: Workspace) -> None:
    fill_with_jane(workspace)

    before = as_dict(explain(workspace, "1701", NOW - 2 * DAY - 1))
    at = as_dict(explain(workspace, "1701", NOW - 2 * DAY))

    assert "demo_request" not in {one["rule"] for one in before["contributions"]}
    assert "demo_request" in {one["rule"] for one in at["contributions"]}
    assert before["qualified_at"] is None
    assert before["as_of"] == clock.text(NOW - 2 * DAY - 1)
    assert before["cheapest"]


def test_somebody_who_did_nothing_has_an_explanation_too(workspace: Workspace) -> None:
    fill(workspace, Record("contact", "5000", 10, 5, attributes={"title": "\x1b[31mred"}))

    told = explain(workspace, "5000")

    assert as_dict(told)["first_touch"] is None
    assert as_dict(told)["contributions"] == []
    assert not any("\x1b" in line for line in lines(told))


def test_many_contributions_are_summed_up_and_still_add_up(workspace: Workspace) -> None:
    fill(workspace, contact(), *(did("page_view", 2, n, page=f"/pricing/{n}") for n in range(60)))

    told = explain(workspace, "1701")
    one = told.now.told.contributions[0]
    ledger = replace(told.now.told, contributions=(one,) * (ROWS_MAX + 5))
    told = replace(told, now=replace(told.now, told=ledger))

    assert any(line.split()[-2:] == ["5", "more"] for line in lines(told))


def test_explaining_writes_nothing(workspace: Workspace) -> None:
    fill_with_jane(workspace)
    cycle(workspace, "score", reads=False, writes=False)
    before = view(workspace.store)

    first = as_dict(explain(workspace, "1701"))

    assert as_dict(explain(workspace, "1701")) == first
    assert view(workspace.store) == before


def test_without_a_plan_there_is_nothing_to_show(workspace: Workspace) -> None:
    assert view(workspace.store) is None


def test_a_plan_shows_who_becomes_mql_what_changes_and_how_to_go_on(workspace: Workspace) -> None:
    fill_with_jane(workspace)

    shown = view(workspace.store)

    assert shown is not None
    assert (shown.state, shown.records, shown.becoming, shown.stopping) == ("held", 2, 1, 0)
    assert [(one.person, one.before, one.after) for one in shown.becoming_samples] == [(1, "", "mql")]
    assert {one.connection for one in shown.fields if one.field == "status"} == {"hubspot", "salesforce"}
    assert shown.tasks == 1
    assert shown.task_samples[0].due_at.endswith("Z")
    assert shown.next_command == f"mqlsync apply {shown.plan}"
    assert shown.lines()[0].endswith("because it is the first plan of this workspace.")
    assert shown.lines()[-1] == f"To let it run: mqlsync apply {shown.plan}"
    assert orjson.loads(orjson.dumps(shown.as_dict()))["becoming"] == 1


def test_a_second_record_of_an_mql_is_no_news_about_her(workspace: Workspace) -> None:
    lead = Record("lead", LEAD, 10, 5, attributes=JANE, keys=("email:jane@acme.example",))
    told = contact()._replace(own={"status": "mql"})
    fill(workspace, told, lead, did("demo_request", 2), did("contact_request", 1))

    shown = view(workspace.store)

    assert shown is not None
    assert (shown.becoming, shown.stopping) == (0, 0)


def moved(number: int, before: str | None, after: str) -> Intent:
    key = f"hubspot:contact:{number}"
    return Intent(number, 1, number, "hubspot", "fields", key, {"status": after}, {"status": before})


@given(st.integers(0, 30), st.integers(0, 30))
def test_counts_are_of_everybody_and_samples_have_a_bound(rises: int, falls: int) -> None:
    intents = [moved(n, "lead", "mql") for n in range(rises)]
    intents += [moved(100 + n, "mql", "lead") for n in range(falls)]

    shown = plan_view(PlanRow(1, "released", "", "", NOW - HOUR), intents, frozenset())

    assert (shown.becoming, shown.stopping, shown.records) == (rises, falls, rises + falls)
    assert len(shown.becoming_samples) == min(rises, PEOPLE_MAX)
    assert len(shown.stopping_samples) == min(falls, PEOPLE_MAX)
    cut = [line for line in shown.lines() if line.startswith("  … and")]
    assert cut == [f"  … and {n - PEOPLE_MAX} more" for n in (rises, falls) if n > PEOPLE_MAX]
    assert bool(shown.next_command) is bool(intents)


def late(kind: str, days_ago: int, recorded_days_ago: int, **more: str) -> Touch:
    return did(kind, days_ago, **more)._replace(recorded_at=NOW - recorded_days_ago * DAY)


def test_an_earlier_instant_is_told_as_known_today_and_as_known_then(workspace: Workspace) -> None:
    fill(workspace, contact(), late("demo_request", 9, 5), late("page_view", 8, 8))

    before, after = (explain(workspace, "1701", at) for at in (NOW - 5 * DAY - 1, NOW - 5 * DAY))
    then = as_dict(before)["known_then"]
    shown = lines(before)

    assert as_dict(before)["status"] == "mql"
    assert (then["differs"], then["status"]) == (True, "lead")
    assert then["late"] == [
        {
            "what": "demo_request",
            "touch": before.late[0].touch,
            "source": {"crm": "hubspot", "id": "demo_request:9:0"},
            "occurred_at": clock.text(NOW - 9 * DAY),
            "recorded_at": clock.text(NOW - 5 * DAY),
            "recorded_by": "crm",
        }
    ]
    assert [one["rule"] for one in then["contributions"]] == ["page_view"]
    assert any(line.split() == ["status", "mql", "lead"] for line in shown)
    assert any("arrived 4 days later" in line for line in shown)
    assert not as_dict(after)["known_then"]["differs"]
    assert after.late == ()


def test_where_the_crm_does_not_say_it_was_known_when_we_read_it(workspace: Workspace) -> None:
    fill(workspace, contact(), late("demo_request", 9, 8), did("page_view", 8))

    told = explain(workspace, "1701", NOW - DAY)

    assert [(one.what, one.by_us) for one in told.late] == [("page_view", True)]
    assert as_dict(told)["known_then"]["late"][0]["recorded_by"] == "mqlsync"
    assert any("we read it" in line for line in lines(told))


def test_a_record_that_did_not_exist_yet_told_nothing(workspace: Workspace) -> None:
    lead = Record("lead", LEAD, 10, NOW - 2 * DAY, attributes=JANE, keys=("email:jane@acme.example",))
    bare = Record(
        "contact", "1701", 10, 5, attributes={"email": JANE["email"]}, keys=("email:jane@acme.example",)
    )
    fill(workspace, bare, lead, late("demo_request", 9, 9))

    told = explain(workspace, "1701", NOW - 3 * DAY)

    assert [one.what for one in told.late] == [f"record salesforce:lead:{LEAD}"]
    assert told.then is not None
    assert told.now.verdicts.fit[0] > told.then.verdicts.fit[0]


def test_before_the_first_touch_nothing_is_known(workspace: Workspace) -> None:
    fill_with_jane(workspace)

    told = explain(workspace, "1701", NOW - 30 * DAY)

    assert f"Nothing is known of this person before {clock.text(NOW - 3 * DAY)[:10]} 00:00 UTC" in lines(told)


def test_every_contribution_names_its_crm_source_and_version(workspace: Workspace) -> None:
    fill_with_jane(workspace)

    told = as_dict(explain(workspace, "1701"))
    demo = next(one for one in told["contributions"] if one["rule"] == "demo_request")

    assert demo["touch"]["source"] == {"crm": "hubspot", "id": "demo_request:2:0"}
    assert demo["definition"] == {"name": "standard", "version": "1"} == told["definition"]
    assert told["grid"] == "A1"
    assert [(one["number"], one["ended_at"], one["definition"]["name"]) for one in told["episodes"]] == [
        (1, None, "standard")
    ]
    assert told["episodes"][0]["noticed_at"] == clock.text(NOW)


def test_who_is_excluded_has_a_class_and_its_rule(workspace: Workspace) -> None:
    fill(workspace, contact(title="Student"), did("demo_request", 1))

    told = explain(workspace, "1701")

    assert as_dict(told)["class"] == "student"
    assert "title says" in as_dict(told)["exclusions"][0]["because"][0]
    assert any(line.startswith("Class: student (excluded: ") for line in lines(told))


def test_what_is_missing_is_told_with_ways_to_reach_it(workspace: Workspace) -> None:
    fill(workspace, contact(), did("page_view", 1))

    told = explain(workspace, "1701")
    shown = lines(told)

    assert as_dict(told)["missing"]
    assert as_dict(told)["cheapest"][0]["times"] == 1
    assert "Qualifies: not yet" in shown
    assert any(line.startswith("Would be enough: demo request, once (+") for line in shown)


def test_other_definitions_stand_beside(workspace: Workspace) -> None:
    source = (workspace.settings.folder / "definition.yaml").read_text()
    trial = source.replace("name: standard", "name: bolder", 1).replace("state: agreed", "state: draft", 1)
    folder = workspace.settings.folder / "definitions"
    folder.mkdir(exist_ok=True)
    (folder / "bolder.yaml").write_text(trial + "\ntrial: true\n")
    fill_with_jane(workspace)

    told = explain(workspace, "1701")

    assert [(one.definition, one.status) for one in told.beside] == [("bolder", "mql")]
    assert any(line.split()[:2] == ["bolder", "1"] for line in lines(told))


@pytest.mark.parametrize(
    "typed", ["jnae@acme.example", "jan@acme.example", "jane@acme.exampel", "janee@acme.example"]
)
def test_a_misprinted_address_leads_to_a_number_and_not_to_an_address(
    workspace: Workspace, typed: str
) -> None:
    fill_with_jane(workspace)

    with pytest.raises(NoSuchPerson, match=r"\(is it person:1\?\)") as caught:
        explain(workspace, typed)

    assert "@" not in str(caught.value)
