"""What a partner is sent: its own leads and results, as much as was agreed, and nothing of anybody else."""

from __future__ import annotations

import csv
import io
import re

import pytest
from partner_workspace import NOW, PARTNERS, SITE, Bench
from typer.testing import CliRunner

from config.partners import load_registry
from dashboard.partner import ROWS_MAX, partner_page
from reports.partner_report import HIDDEN, LEAD, MQL, WON, Brought, PartnerReport, Promises, partner_report
from scoring.partners.account import SHARED, SHARES
from scoring.touches import DAY
from sync.cli import app
from sync.partners.exporting import export_to

KESTREL = {"url": SITE + "?utm_source=kestrel&utm_medium=partner&utm_campaign=kestrel-autumn"}
ORBIS = {"url": SITE + "lp/orbis?utm_campaign=orbis-spring", "page": "/lp/orbis"}


def exported(bench: Bench, partner: str = "kestrel") -> dict[str, str]:
    account = load_registry(bench.folder / "partners.yaml").accounts[partner]
    paths = export_to(bench.work.settings, bench.work.store, account, bench.folder / "out", bench.now[0])
    return {path.name: path.read_text(encoding="utf-8-sig") for path in paths}


def table(files: dict[str, str], partner: str = "kestrel") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(files[f"{partner}-leads.csv"], newline="")))


def test_a_partner_sees_the_leads_that_it_holds_with_what_is_shared(bench: Bench) -> None:
    ann = bench.person("ann@buyer.example", company="Buyer Ltd", country="Germany")
    bench.did(ann, {"days_ago": 9, **KESTREL})
    bench.wants(ann)
    bench.judge()

    files = exported(bench)

    assert sorted(files) == ["kestrel-leads.csv", "kestrel-results.csv", "kestrel.html"]
    assert table(files) == [
        {
            "Lead": "1",
            "Company": "Buyer Ltd",
            "Country": "Germany",
            "Status": "mql",
            "Yours since": "2026-02-07",
            "Yours until": "2026-08-06",
            "Evidence": "UTM",
            "Campaign": "kestrel-autumn",
            "MQL since": "2026-02-14",
            "MQL until": "",
            "Outcome": "open",
        }
    ]
    assert "conversion,lead to MQL,1,1,100.0" in files["kestrel-results.csv"]
    assert "campaign,kestrel-autumn: MQL,1,1,100.0" in files["kestrel-results.csv"]
    assert "ann@buyer.example" not in "".join(files.values())


def test_no_other_partners_lead_name_or_claim_appears(bench: Bench) -> None:
    mine, theirs, lost, taken, own = (
        bench.person(f"p{n}@buyer.example", company=f"Firm{n}", title="Orbis user" if n == 0 else "CEO")
        for n in range(5)
    )
    bench.did(mine, {"days_ago": 9, **KESTREL}, {"days_ago": 8, "url": SITE + "?utm_source=orbis"})
    bench.did(theirs, {"days_ago": 9, **ORBIS})
    bench.did(lost, {"days_ago": 9, **ORBIS}, {"days_ago": 8, **KESTREL})
    bench.did(taken, {"days_ago": 9, **KESTREL}, {"days_ago": 8, **ORBIS})
    bench.did(own, {"days_ago": 9, "referrer": "https://www.google.com/"})
    for key in (mine, theirs, lost, taken, own):
        bench.wants(key)
    (bench.folder / "partners.yaml").write_text(
        PARTNERS.replace("tier: gold", f"tier: gold\n    shares: [{', '.join(SHARES)}]")
    )
    bench.judge()

    files = exported(bench)

    whole = "".join(files.values()).casefold()
    assert [row["Company"] for row in table(files)] == ["Firm0"]
    assert [row["Title"] for row in table(files)] == [HIDDEN]
    assert not re.search(r"orbis|firm[1-4]|p[1-4]@", whole)
    theirs_too = {row["Company"] for row in table(exported(bench, "orbis"), "orbis")}
    assert theirs_too == {"Firm1", "Firm2", "Firm3"}


def test_scores_and_reasons_are_told_only_where_that_was_agreed(bench: Bench) -> None:
    ann = bench.person("ann@buyer.example")
    bench.did(ann, {"days_ago": 9, **KESTREL})
    bench.wants(ann)
    bench.judge()
    silent = "".join(exported(bench).values())
    (bench.folder / "partners.yaml").write_text(
        PARTNERS.replace("tier: gold", "tier: gold\n    shares: [score, reason, email]")
    )

    row = table(exported(bench))[0]

    assert not re.search(r"Score|Grade|Reason|Demo", silent)
    assert (list(row), row["E-mail"]) == (["Lead", "E-mail", "Score", "Reason"], "ann@buyer.example")
    assert int(row["Score"]) > 0
    assert "Demo" in row["Reason"]


def test_a_lead_stays_in_the_report_when_the_claim_ends_but_what_comes_then_is_not_told(bench: Bench) -> None:
    ann = bench.person("ann@buyer.example", company="Buyer")
    bench.did(ann, {"days_ago": 9, **KESTREL})
    bench.judge()
    bench.now[0] = NOW + 171 * DAY
    bench.judge()
    bench.wants(ann, days_ago=-171)
    bench.judge()

    (row,) = table(exported(bench))

    assert (row["Status"], row["MQL since"], row["Outcome"]) == ("claim ended", "", "")


def test_exporting_again_replaces_the_files(bench: Bench) -> None:
    exported(bench)
    ann = bench.person("ann@buyer.example")
    bench.did(ann, {"days_ago": 9, **KESTREL})
    bench.judge()

    shown = CliRunner().invoke(
        app,
        [
            "partners",
            "export",
            "Kestrel Consulting",
            "-w",
            str(bench.folder),
            "--to",
            str(bench.folder / "out"),
        ],
    )

    assert shown.exit_code == 0, shown.output
    assert sorted(path.name for path in (bench.folder / "out").iterdir()) == [
        *("kestrel-leads.csv", "kestrel-results.csv", "kestrel.html")
    ]
    assert "claim ended" in (bench.folder / "out" / "kestrel-leads.csv").read_text()


def test_a_folder_that_cannot_be_written_is_told(bench: Bench) -> None:
    (bench.folder / "out").write_text("a file")

    shown = CliRunner().invoke(
        app, ["partners", "export", "kestrel", "-w", str(bench.folder), "--to", str(bench.folder / "out")]
    )

    assert "Look at the folder" in str(shown.exception)


def report(*leads: Brought, promises: Promises | None = None, others: tuple[str, ...] = ()) -> PartnerReport:
    return partner_report("Kestrel", leads, shares=SHARED, others=others, promises=promises, as_of=NOW)


@pytest.mark.parametrize("evil", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "＝1"])
def test_a_cell_that_a_spreadsheet_would_run_is_text(evil: str) -> None:
    told = report(Brought(1, LEAD, {"company": evil}, (evil,)))

    cells = [cell for row in csv.reader(io.StringIO(told.leads_csv(), newline="")) for cell in row]
    results = [cell for row in csv.reader(io.StringIO(told.results_csv(), newline="")) for cell in row]

    assert any(cell.startswith("'") for cell in cells)
    assert not any(re.match(r"\s*[=+@＝]|-\D", cell) for cell in cells + results)


def test_the_page_escapes_what_strangers_typed_and_loads_nothing() -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'"

    html = partner_page(report(Brought(1, LEAD, {"company": evil, "status": evil}, (evil,))))

    assert "<script" not in html
    assert "<img" not in html
    assert html.count("&lt;script&gt;") == 4
    assert not re.search(r"(?:src|href)=\"(?!data:)", html)
    assert "default-src 'none'" in html


def test_the_tags_of_the_page_close_in_order() -> None:
    html = partner_page(report(Brought(1, WON, {"company": "A"}, ("c",)), promises=Promises(1, 2, 3)))
    open_ = ["html"]
    for close, tag in re.findall(r"<(/?)([a-z0-9]+)[^>]*>", html.partition("</head>")[2]):
        if close:
            assert open_.pop() == tag
        else:
            open_.append(tag)

    assert open_ == []


def test_rates_and_campaigns_are_counted_and_nobody_gives_no_rate() -> None:
    leads = [
        Brought(n, stage, {"evidence": "UTM"}, ("a",) * (n % 2))
        for n, stage in enumerate((LEAD, MQL, MQL, WON))
    ]

    told, empty = report(*leads, promises=Promises(3, 1, 2)), report()

    assert [(one.name, one.reached, one.of) for one in told.rates][:2] == [
        ("lead to MQL", 3, 4),
        ("MQL to accepted by sales", 1, 3),
    ]
    assert [(one.name, one.leads, one.mqls, one.won) for one in told.campaigns] == [("a", 2, 2, 1)]
    assert "follow-up,met,3,4,75.0" in told.results_csv()
    assert empty.rates[0].text == "none yet"
    assert "None yet." in partner_page(empty)
    assert "No follow-up times are agreed." in partner_page(empty)


def test_words_of_other_partners_are_hidden_as_words_only() -> None:
    told = report(
        Brought(1, LEAD, {"company": "Orbis Networks", "status": "x"}, ("orbis-spring", "orbisland")),
        others=("orbis",),
    )

    assert told.rows[0][told.columns.index("company")] == HIDDEN
    assert told.rows[0][told.columns.index("campaign")] == "orbisland"


def test_a_very_long_page_says_that_the_file_has_more() -> None:
    html = partner_page(report(*(Brought(n, LEAD, {}) for n in range(ROWS_MAX + 3))))

    assert "3 more are in the table file." in html
