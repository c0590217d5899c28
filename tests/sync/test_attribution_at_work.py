"""Credit from what is stored: deals and their people, accounts, parts, files, and what is odd about links."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from config.init import init
from config.settings import load_settings
from connectors.records import Page, Record, Touch
from scoring.models.question import Question
from scoring.models.shares import WHOLE
from scoring.touches import NEVER
from sync.attribution.everybody import Answer, attribute, links
from sync.cli import app
from sync.clock import DAY, HOUR
from sync.cycle import judge_of
from sync.store.accounts import Leaders, parts
from sync.store.deals import load_deals
from sync.store.engine import Store, open_engine
from sync.store.erase import erase
from sync.store.pages import save_page
from sync.store.people import resolve_records, wake_touched
from sync.store.upgrade import upgrade
from sync.workspace import Workspace

NOW = 20_000 * DAY
HERE = "https://my-company.com/"
PAID, NEWS = "?utm_source=google&utm_medium=cpc&utm_campaign=Spring", "?utm_source=news&utm_medium=email"


@pytest.fixture
def workspace(store: Store, tmp_path: Path) -> Workspace:
    folder = tmp_path / "workspace"
    init(folder)
    return Workspace(load_settings(folder), store, {}, lambda: NOW)


def contact(number: int, company: str = "") -> Record:
    told = {"email": f"p{number}@x.example"} | (
        {"company_key": f"hubspot:company:{company}"} if company else {}
    )
    return Record(
        "contact", str(number), 1, NOW - 50 * DAY, attributes=told, keys=(f"email:p{number}@x.example",)
    )


def deal(number: int, **told: Any) -> Record:
    return Record(
        "deal", str(number), NOW - DAY, NOW - 10 * DAY, attributes={"name": f"Deal {number}", **told}
    )


def visit(number: int, link: str, days_ago: int) -> Touch:
    key = f"hubspot:contact:{number}"
    return Touch(key, f"visit:{number}:{days_ago}", "page_view", NOW - days_ago * DAY, url=HERE + link)


def turn(deal_id: int, kind: str, number: int, days_ago: int) -> Touch:
    key = f"hubspot:contact:{number}"
    return Touch(key, f"deal:{deal_id}:{kind}:{number}", kind, NOW - days_ago * DAY, provenance="deal")


def read(store: Store, *rows: Record | Touch) -> None:
    records = tuple(row for row in rows if isinstance(row, Record))
    touches = tuple(row for row in rows if isinstance(row, Touch))
    save_page(store, "hubspot", "all", Page("1", True, records, touches), NOW)
    while resolve_records(store, 100):
        pass
    wake_touched(store)


def ask(workspace: Workspace, *, kinds: Sequence[str] = ("won",), **more: Any) -> Answer:
    names = ("by", "called", "since", "lookback")
    question = Question(
        ("linear",), NOW + 1, types=tuple(kinds), **{k: more.pop(k) for k in names if k in more}
    )
    return attribute(workspace.store, judge_of(workspace), question, processes=1, **more)


def credit(answer: Answer, kind: str = "won") -> Mapping[str, int]:
    return {label: value for (one, _, label), value in answer.tally.credit.items() if one == kind}


WON = (
    deal(7, amount=100.5, currency="EUR", is_won="true", is_closed="true"),
    turn(7, "opportunity_created", 1, 10),
    turn(7, "opportunity_created", 2, 10),
    turn(7, "deal_won", 1, 2),
    turn(7, "deal_won", 2, 2),
)


def test_a_won_deal_is_split_over_all_its_contacts_once(workspace: Workspace) -> None:
    read(
        workspace.store,
        contact(1),
        contact(2),
        visit(1, PAID, 20),
        visit(2, NEWS, 5),
        visit(2, NEWS, 1),
        *WON,
    )

    answer = ask(workspace)

    assert credit(answer) == {"Paid Search": WHOLE // 2, "Email": WHOLE // 2}
    assert answer.tally.money["won", "linear", "Email", "EUR"] == Decimal("50.25")
    assert answer.tally.value == {("won", "EUR"): Decimal("100.5")}


def test_colleagues_count_where_accounts_do(workspace: Workspace) -> None:
    read(
        workspace.store,
        *(contact(1, "A"), contact(2, "A"), contact(3)),
        *(visit(1, PAID, 20), visit(2, NEWS, 15), visit(3, NEWS, 15)),
        deal(7, is_won="true"),
        *(turn(7, "opportunity_created", 1, 10), turn(7, "deal_won", 1, 2)),
    )

    assert credit(ask(workspace)) == {"Paid Search": WHOLE}
    assert credit(ask(workspace, unit="account")) == {"Paid Search": WHOLE // 2, "Email": WHOLE // 2}


def test_a_deal_without_contacts_finds_its_account_or_stands_under_unknown(workspace: Workspace) -> None:
    told = {"is_won": "true", "is_closed": "true", "closes_at": NOW - 3 * DAY, "amount": 10}
    named = deal(7, company_key="hubspot:company:A", **told)
    read(workspace.store, contact(1, "A"), visit(1, PAID, 20), named, deal(8, **told))

    alone, pooled = ask(workspace), ask(workspace, unit="account")

    assert credit(alone) == {"(unknown)": 2 * WHOLE}
    assert (alone.alone, pooled.alone) == (2, 1)
    assert credit(pooled) == {"Paid Search": WHOLE, "(unknown)": WHOLE}
    assert pooled.tally.money["won", "linear", "(unknown)", ""] == 10


def test_parts_of_the_people_come_to_the_same_as_all_at_once(workspace: Workspace) -> None:
    read(
        workspace.store,
        *(contact(n, "A" if n % 2 else "") for n in range(1, 7)),
        *(visit(n, (PAID, NEWS)[n % 2], 10 + n) for n in range(1, 7)),
        *WON[1:],
        *(turn(n, kind, n, 2) for n in (3, 6) for kind in ("opportunity_created", "deal_won")),
    )
    kinds = ("lead", "sql", "won")

    for unit in ("person", "account"):
        whole = ask(workspace, kinds=kinds, unit=unit).tally
        apart = ask(workspace, kinds=kinds, unit=unit, at_once=1).tally
        assert (apart.count, apart.credit, apart.touched) == (whole.count, whole.credit, whole.touched)
        assert whole.count == {"lead": 6, "sql": 3, "won": 3}


@pytest.mark.parametrize(
    ("told", "turns", "won_at"),
    [
        ({"is_won": "true"}, {"deal_won": 5}, NOW - 5 * DAY),
        ({"is_won": "true", "closes_at": NOW - 4 * DAY}, {}, NOW - 4 * DAY),
        ({"is_won": "true", "closes_at": NOW + 4 * DAY}, {}, NOW - DAY),
        ({"is_won": "true", "closes_on": "2024-10-01"}, {}, 19_997 * DAY),
        ({"is_won": "true", "closes_on": "soon"}, {}, NOW - DAY),
        ({"is_won": "false", "is_closed": "false"}, {"deal_won": 5}, NEVER),
        ({}, {"deal_won": 5}, NOW - 5 * DAY),
        ({}, {"deal_won": 5, "deal_lost": 4}, NEVER),
        ({}, {"deal_won": 5, "deal_lost": 6}, NOW - 5 * DAY),
        ({}, {}, NEVER),
    ],
)
def test_a_deal_is_won_when_its_row_and_its_touches_say_so(
    workspace: Workspace, told: dict[str, Any], turns: dict[str, int], won_at: int
) -> None:
    read(
        workspace.store, contact(1), deal(7, **told), *(turn(7, kind, 1, ago) for kind, ago in turns.items())
    )

    with workspace.store.reading() as tx:
        found = load_deals(tx, "hubspot")

    assert [one.won_at for one in found] == [won_at]


def test_a_deleted_deal_is_none_and_one_that_was_not_read_yet_has_its_people(workspace: Workspace) -> None:
    gone = replace(deal(7), deleted=True)
    read(workspace.store, contact(1), gone, turn(7, "deal_won", 1, 2), turn(8, "opportunity_created", 1, 3))

    with workspace.store.reading() as tx:
        found = load_deals(tx, "hubspot")

    assert [(one.key, one.opened_at, len(one.people)) for one in found] == [
        ("hubspot:deal:8", NOW - 3 * DAY, 1)
    ]


@pytest.mark.parametrize(
    ("amount", "value", "odd"),
    [
        ("12.5", Decimal("12.5"), ""),
        (None, None, ""),
        ("NaN", None, "NaN"),
        ("x", None, "x"),
        (1e300, None, "1e+300"),
    ],
)
def test_an_amount_that_cannot_be_counted_is_told(
    workspace: Workspace, amount: Any, value: Decimal | None, odd: str
) -> None:
    read(workspace.store, deal(7, amount=amount))

    with workspace.store.reading() as tx:
        (found,) = load_deals(tx, "hubspot", "EUR")

    assert (found.value and found.value.amount, found.odd) == (value, odd)
    assert found.value is None or found.value.currency == "EUR"


def test_a_converted_lead_names_the_deal_that_she_became(workspace: Workspace) -> None:
    lead = Record("lead", "L1", 1, 5, attributes={"email": "l@x.example"}, keys=("email:l@x.example",))
    touches = (
        Touch("salesforce:lead:L1", "lead:L1:opportunity:006A", "opportunity_created", NOW - 3 * DAY),
        Touch("salesforce:lead:L1", "lead:L1:converted", "sales_accepted", NOW - 3 * DAY),
    )
    save_page(workspace.store, "salesforce", "all", Page("1", True, (lead,), touches), NOW)
    while resolve_records(workspace.store, 100):
        pass

    with workspace.store.reading() as tx:
        found = load_deals(tx, "salesforce")

    assert [(one.key, one.opened_at, one.won_at) for one in found] == [
        ("salesforce:deal:006A", NOW - 3 * DAY, NEVER)
    ]


def test_a_hundred_kilobytes_of_query_are_stored_and_read_like_any_other_link(workspace: Workspace) -> None:
    noise = "&".join(f"k{n}={n * 2654435761 % 2**32:x}" for n in range(6_000))  # does not compress away
    long = Touch("hubspot:contact:1", "visit:1", "page_view", NOW - DAY, url=f"{HERE}?{noise}&{NEWS[1:]}")
    read(workspace.store, contact(1), long, long)
    read(workspace.store, long)

    with workspace.store.reading() as tx:
        assert tx.execute(text("SELECT text FROM long_text")).scalar_one() == long.url
        assert tx.execute(text("SELECT COUNT(*) FROM touch")).scalar_one() == 1
    assert links(workspace.store, judge_of(workspace), NOW, processes=1).tagged == 1

    erase(workspace.store, ["hubspot:contact:1"], NOW)

    with workspace.store.reading() as tx:
        assert tx.execute(text("SELECT COUNT(*) FROM long_text")).scalar_one() == 0
        assert tx.execute(text("SELECT COUNT(*) FROM label WHERE text LIKE '%utm%'")).scalar_one() == 0


def test_touches_in_the_future_and_before_the_first_record_are_counted_and_told(workspace: Workspace) -> None:
    later = Touch("hubspot:contact:1", "visit:9", "page_view", NOW + HOUR, url=HERE + NEWS)
    read(
        workspace.store, contact(1), visit(1, PAID, 60), later, deal(7), turn(7, "opportunity_created", 1, 1)
    )

    seen = links(workspace.store, judge_of(workspace), NOW, processes=1)

    assert (seen.future, seen.early) == (1, 1)
    assert credit(ask(workspace, kinds=("sql",)), "sql") == {"Paid Search": WHOLE}


def test_who_hangs_together_has_one_leader_and_is_in_one_part() -> None:
    leaders = Leaders()
    leaders.join((5, 2))
    leaders.join((7, 5))
    leaders.join((4,))
    people = np.array([1, 2, 3, 4, 5, 6, 7])

    leads = leaders.column(people)

    assert leads.tolist() == [1, 2, 3, 4, 2, 6, 2]
    assert [part.tolist() for part in parts(people, leads, 2)] == [[1, 2, 5, 7], [3, 4], [6]]
    assert [part.tolist() for part in parts(people, people, 9)] == [people.tolist()]
    assert list(parts(people[:0], leads[:0])) == []


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace with a store of its own, as the commands open it."""
    init(tmp_path / "w")
    engine = open_engine(f"sqlite:///{tmp_path / 'w' / 'mqlsync.db'}")
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
    return tmp_path / "w"


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
