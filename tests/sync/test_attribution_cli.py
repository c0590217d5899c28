"""The commands about credit, as people type them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from leads_to_deals import NEWS, PAID, WON, contact, deal, read, visit
from typer.testing import CliRunner

from config.init import init
from connectors.records import Record
from sync.cli import app
from sync.store.engine import Store, open_engine
from sync.store.upgrade import upgrade


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a store of its own, as the commands open it; they only look."""
    made = tmp_path_factory.mktemp("workspace")
    init(made)
    engine = open_engine(f"sqlite:///{made / 'mqlsync.db'}")
    upgrade(engine)
    store = Store(engine, str(engine.url))
    campaign = Record("campaign", "c-1", 1, 5, attributes={"name": "=Spring", "utm_campaign": "spring"})
    twins = [Record("campaign", f"c-{n}", 1, 5, attributes={"name": "Fair"}) for n in (2, 3)]
    read(
        store,
        *(contact(1), contact(2), campaign, *twins),
        *(visit(1, PAID, 20), visit(2, NEWS + "&utm_campaign=autumn", 5)),
        *WON,
        deal(9, amount="NaN"),
    )
    store.close()
    return made


def run(folder: Path, *words: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, ["attribution", *words, "-w", str(folder)])
    assert result.exit_code == code, result.output or result.exception
    return result.output


def of_group(folder: Path, *options: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, ["attribution", "-w", str(folder), *options])
    assert result.exit_code == code, result.output or result.exception
    return result.output


def test_the_command_prints_tables_and_what_could_not_be_counted(folder: Path) -> None:
    said = of_group(folder, "--conversion", "won", "--model", "linear", "--lookback-days", "unlimited")

    assert "won by channel, model linear: 1, 100.5 EUR" in said
    assert "Paid Search   0.500  50.0%        1  50.25" in said
    assert "hubspot:deal:9: its amount 'NaN' cannot be counted" in said
    assert "1 deals name nobody" in said


def test_the_command_gives_json_and_a_file_with_every_digit(folder: Path, tmp_path: Path) -> None:
    told = json.loads(
        of_group(
            folder, "--json", "--by", "campaign", "--conversion", "won", "--csv", str(tmp_path / "a.csv")
        )
    )

    (table,) = told["tables"]
    assert (table["count"], table["unknown"], table["money"]) == (1, 0, {"EUR": "100.5"})
    assert {one["value"]: one["credit"] for one in table["lines"]} == {"spring": "0.5", "autumn": "0.5"}
    assert told["amounts_not_counted"] == [{"deal": "hubspot:deal:9", "amount": "NaN"}]
    rows = list(csv.DictReader(io.StringIO((tmp_path / "a.csv").read_text())))
    assert [(row["value"], row["amount"]) for row in rows] == [("autumn", "50.25"), ("spring", "50.25")]


def test_the_time_asked_about_is_of_the_workspace_s_zone(folder: Path) -> None:
    (folder / "mqlsync.yaml").write_text(
        (folder / "mqlsync.yaml").read_text().replace("UTC #", "Asia/Tokyo #")
    )
    day = "2024-10-02"  # the deal was won at midnight of this day, UTC, which is nine o'clock in Tokyo

    assert " 1," in of_group(folder, "--conversion", "won", "--since", day, "--until", "2024-10-03")
    assert ": 0" in of_group(folder, "--conversion", "won", "--since", f"{day}T09:01")
    assert " 1," in of_group(folder, "--conversion", "won", "--since", f"{day}T09:00")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--model", "guess"), "is none of first, last"),
        (("--conversion", "gold"), "is none of lead, mql"),
        (("--by", "colour"), "is none of channel"),
        (("--unit", "team"), "is none of person, account"),
        (("--since", "soon"), "is no date"),
        (("--lookback-days", "-1"), "is no number of days"),
        (("--lookback-days", "many"), "is no number of days"),
        (("--csv", "/nowhere/at/all.csv"), "cannot be written"),
    ],
)
def test_wrong_words_are_named(folder: Path, words: tuple[str, ...], said: str) -> None:
    told = " ".join(of_group(folder, *words, code=2).replace("│", " ").split())

    assert said in told


def test_results_by_campaign_go_back_to_the_crm_by_its_id(folder: Path, tmp_path: Path) -> None:
    said = run(folder, "campaigns", str(tmp_path / "c.csv"))

    rows = {row["campaign_id"]: row for row in csv.DictReader(io.StringIO((tmp_path / "c.csv").read_text()))}
    assert list(rows) == ["c-1", "c-2", "c-3"]
    assert rows["c-1"]["campaign"] == "'=Spring"
    assert (rows["c-1"]["won"], rows["c-1"]["won_credit"], rows["c-1"]["won_amount_EUR"]) == (
        "1",
        "0.5",
        "50.25",
    )
    assert (rows["c-2"]["won"], rows["c-2"]["won_amount_EUR"]) == ("0", "0")
    assert "c-2, c-3 are all called 'fair': none of them gets credit by that name" in said
    assert "no campaign of a CRM is called 'autumn'" in said


def test_the_health_of_links_is_told_as_text_json_and_file(folder: Path, tmp_path: Path) -> None:
    said = run(folder, "health", "--csv", str(tmp_path / "h.csv"))
    told = json.loads(run(folder, "health", "--json"))

    assert "internal tagging: 0.00% of 2 page views (fine; auditors allow 1 %)" in said
    assert told["tagged"] == 2
    assert told["problems"] == []
    assert (tmp_path / "h.csv").read_text().startswith("scope,name,touches")


def test_credit_and_links_are_pages_too(folder: Path, tmp_path: Path) -> None:
    of_group(folder, "--html", str(tmp_path / "a.html"))
    run(folder, "health", "--html", str(tmp_path / "h.html"))

    assert "<h2>won by channel, model linear: 1, 100.5 EUR</h2>" in (tmp_path / "a.html").read_text()
    assert "<h2>Links</h2>" in (tmp_path / "h.html").read_text()


def test_what_people_did_before_and_took_in_is_told(folder: Path, tmp_path: Path) -> None:
    said = run(folder, "actions", "--csv", str(tmp_path / "b.csv"))
    told = json.loads(run(folder, "actions", "--conversion", "won", "--days", "9", "--json"))
    content = json.loads(run(folder, "content", "--json"))

    assert said.startswith("sql: 2; actions in the 30 days before, beside 0 people")
    assert (tmp_path / "b.csv").read_text().startswith("kind,thing,before")
    assert [(one["kind"], one["before"]) for one in told["actions"]] == [("page_view", 1)]
    assert (content["people"], content["won"], content["visits"]) == (2, 2, 2)
    assert "2 people came 2 times" in run(folder, "content")


@pytest.mark.parametrize("words", [(), ("health",), ("actions",), ("content",), ("campaigns", "c.csv")])
def test_a_store_without_people_has_nothing_to_tell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    init(tmp_path)
    engine = open_engine(f"sqlite:///{tmp_path / 'mqlsync.db'}")
    upgrade(engine)
    engine.dispose()
    monkeypatch.chdir(tmp_path)

    result = CliRunner().invoke(app, ["attribution", *words])

    assert result.exit_code == 0, result.exception
