"""A partner's list, taken over, matched, and held against our own verdicts."""

from __future__ import annotations

import json

import pytest
from partner_workspace import NOW, SITE, Bench
from typer.testing import CliRunner

from reports.partner_audit import Lead, agreement, audit, lines, table
from scoring.touches import DAY
from sync.cli import app
from sync.store.erase import erase

KESTREL = {"url": SITE + "?utm_source=kestrel&utm_medium=partner"}
ORBIS = {"url": SITE + "lp/orbis", "page": "/lp/orbis"}


def run(bench: Bench, *words: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, ["partners", words[0], "-w", str(bench.folder), *words[1:]])
    assert result.exit_code == code, result.output or result.exception
    return result.output


def bring(bench: Bench, text: str, *more: str, code: int = 0) -> dict:
    file = bench.folder / "list.csv"
    file.write_text(text)
    return json.loads(run(bench, "import", str(file), "--partner", "kestrel", "--json", *more, code=code))


def claims(bench: Bench) -> list:
    return bench.rows(
        "SELECT partner, kind, wins, why FROM partner_claim ORDER BY person, at, wins DESC, partner"
    )


def test_a_listed_lead_is_claimed_and_the_same_file_again_changes_nothing(bench: Bench) -> None:
    bench.person("ann@buyer.example")
    bench.judge()

    first = bring(bench, "email,date\nAnn@Buyer.example,2026-01-02\nbob@buyer.example,2026-01-02\n")
    bench.judge()
    again = bring(bench, "email,date\nAnn@Buyer.example,2026-01-02\nbob@buyer.example,2026-01-02\n")
    bench.judge()

    assert (first["new"], first["known"], first["refused"]) == (2, 1, 0)
    assert (again["new"], again["changed"], again["same"]) == (0, 0, 2)
    assert bench.rows("SELECT partner FROM verdict") == [("kestrel",)]
    assert bench.rows("SELECT COUNT(*) FROM touch WHERE connection = 'partners'") == [(2,)]
    assert claims(bench) == [("kestrel", "list_import", 1, "wins")]


def test_a_lead_that_becomes_known_later_is_matched_then(bench: Bench) -> None:
    bring(bench, "email,date\nann@buyer.example,2026-01-02\n")
    bench.judge()

    bench.person("ANN@buyer.example")
    bench.judge()

    assert bench.rows("SELECT partner FROM verdict") == [("kestrel",)]


def test_a_newer_file_corrects_dates_and_keeps_what_it_leaves_out(bench: Bench) -> None:
    bench.person("ann@buyer.example")
    bring(bench, "email,date\nann@buyer.example,2026-01-02\nbob@buyer.example,2026-01-02\n")

    found = bring(bench, "email,date\nann@buyer.example,2026-01-05\n")
    bench.judge()

    assert (found["changed"], found["kept"]) == (1, 1)
    assert bench.rows("SELECT at FROM partner_claim") == [(20_458 * DAY,)]


def test_refused_rows_end_with_one_and_are_named_by_number_without_addresses(bench: Bench) -> None:
    found = bring(bench, "email,date\nann@buyer.example,never\nbob@buyer.example,2026-01-02\n", code=1)
    shown = run(bench, "import", str(bench.folder / "list.csv"), "--partner", "Kestrel Consulting", code=1)

    assert found["findings"] == [
        {"row": 2, "refused": True, "what": "its date cannot be read; write it like 2026-11-23"}
    ]
    assert "row 2: refused: its date" in shown
    assert "buyer.example" not in shown


def test_a_deal_registration_from_a_file_outranks_a_landing_page(bench: Bench) -> None:
    key = bench.person("ann@buyer.example")
    bench.did(key, {"days_ago": 60, **ORBIS})
    bench.judge()
    bring(bench, "email,date\nann@buyer.example,2026-01-02\n", "--kind", "deal_registration")
    bench.judge()

    assert bench.rows("SELECT partner FROM verdict") == [("kestrel",)]
    assert claims(bench) == [
        ("orbis", "landing_page", 1, "taken_over"),
        ("kestrel", "deal_registration", 1, "wins"),
    ]


def test_who_was_erased_is_forgotten_and_not_taken_over_again(bench: Bench) -> None:
    bench.person("ann@buyer.example")
    bring(bench, "email,date\nann@buyer.example,2026-01-02\n")
    bench.judge()

    erase(bench.work.store, ["email:ann@buyer.example"], NOW)
    again = bring(bench, "email,date\nann@buyer.example,2026-01-02\n", code=1)

    assert again["findings"] == [{"row": 2, "refused": True, "what": "this person was erased"}]
    for name in ("partner_lead", "partner_claim", "touch"):
        assert bench.rows(f"SELECT COUNT(*) FROM {name}") == [(0,)]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--partner", "kestrell"], "did you mean `kestrel`?"),
        (["--partner", "kestrel", "--map", "mail=x"], "names no column"),
        (["--partner", "kestrel", "--map", "date=When"], "there is no column `When`"),
        (["--partner", "kestrel", "--dates", "ymd"], "is no order of days"),
        (["--partner", "kestrel", "--kind", "utm"], "is no kind of evidence that a file can be"),
    ],
)
def test_wrong_words_are_told(bench: Bench, words: list[str], told: str) -> None:
    file = bench.folder / "list.csv"
    file.write_text("email\nann@buyer.example\n")

    result = CliRunner().invoke(app, ["partners", "import", str(file), "-w", str(bench.folder), *words])

    assert result.exit_code
    said = f"{result.output} {result.exception}"
    assert told in " ".join(said.replace("│", " ").split())


def test_an_audit_says_both_only_ours_only_theirs_and_why(bench: Bench) -> None:
    both, ours, theirs, neither = (bench.person(f"p{n}@buyer.example", country="Germany") for n in range(4))
    for key in (both, ours, neither):
        bench.did(key, {"days_ago": 30, **KESTREL})
    for key in (both, ours):
        bench.wants(key)
    bench.did(theirs, {"days_ago": 30, **ORBIS})
    bench.judge()
    bring(
        bench,
        "email,date,status\np0@buyer.example,2026-02-01,MQL\np1@buyer.example,2026-02-01,Lead\n"
        "p2@buyer.example,2026-02-01,MQL\nnobody@buyer.example,2026-02-01,MQL\n",
    )
    bench.judge()

    told = json.loads(run(bench, "audit", "kestrel", "--aligned-on", "2026-01-25", "--json"))
    shown = run(bench, "audit", "kestrel")

    assert {one["place"]: one["why"] for one in told["leads"] if one["place"] != "neither"} == {
        "both": "",
        "only ours": "on its list as Lead",
        "only theirs": "another claim holds; score 18, grade C",
        "not known to us": "in none of our CRMs",
    }
    assert told["all"] == {
        "both": 1,
        "only_ours": 1,
        "only_theirs": 1,
        "neither": 1,
        "not_known_to_us": 1,
        "kappa": 0.0,
        "kappa_undefined": None,
        "outcomes": {"both": {"open": 1}, "only ours": {"open": 1}, "only theirs": {"nothing yet": 1}},
    }
    assert (told["before"]["both"], told["after"]["only_theirs"]) == (1, 1)
    assert "only theirs (1)" in shown
    assert "what became of them, both: open 1" in shown
    assert "no day of agreement is known" in shown
    assert "buyer.example" not in shown


def lead(place: str, at: int = 0) -> Lead:
    ours, theirs = {"both": (True, True), "ours": (True, False), "theirs": (False, True)}.get(
        place, (False, False)
    )
    return Lead(1, 0, at, ours, theirs, "", "")


@pytest.mark.parametrize(
    ("counts", "kappa", "undefined"),
    [
        ((20, 5, 10, 15), 0.4, ""),
        ((1, 0, 0, 1), 1.0, ""),
        ((0, 1, 1, 0), -1.0, ""),
        ((0, 0, 0, 0), None, "there are no leads that both know"),
        ((3, 0, 0, 0), None, "both call all of them qualified"),
        ((0, 0, 0, 3), None, "both call none of them qualified"),
        ((3, 2, 0, 0), 0.0, ""),
    ],
)
def test_agreement_is_cohens_kappa_and_says_where_it_is_not_defined(
    counts: tuple[int, ...], kappa: float | None, undefined: str
) -> None:
    places = [
        place
        for place, n in zip(("both", "ours", "theirs", "neither"), counts, strict=True)
        for _ in range(n)
    ]

    found = agreement([lead(place) for place in places])

    assert found.kappa == pytest.approx(kappa)
    assert found.undefined == undefined


def test_a_lead_of_the_day_of_agreement_belongs_to_the_time_after() -> None:
    told = audit("k", "K", [lead("both", 9), lead("ours", 10), lead("theirs", 11)], 10)

    assert told.before is not None
    assert told.after is not None
    assert (told.before.leads, told.after.leads, told.whole.leads) == (1, 2, 3)
    assert table(told).count("\r\n") == 4


def test_a_long_list_says_how_much_is_left_out() -> None:
    told = audit("k", "K", [lead("ours", n) for n in range(25)], 0)

    assert any("… and 5 more" in line for line in lines(told))
    assert not any("more" in line for line in lines(told, everything=True))


def test_partners_are_listed_with_what_they_hold(bench: Bench) -> None:
    one, two = bench.person("a@buyer.example"), bench.person("b@buyer.example")
    bench.did(one, {"days_ago": 9, **KESTREL}, {"days_ago": 8, **ORBIS})
    bench.did(two, {"days_ago": 9, **KESTREL})
    bench.judge()
    bring(bench, "email\nb@buyer.example\n")

    told = {one["partner"]: one for one in json.loads(run(bench, "list", "--json"))["partners"]}
    shown = run(bench, "list")

    assert (told["kestrel"]["holds"], told["kestrel"]["lost"], told["kestrel"]["listed"]) == (1, 1, 1)
    assert (told["orbis"]["holds"], told["orbis"]["lost"]) == (1, 0)
    assert "kestrel  Kestrel Consulting (gold)" in shown


def test_explain_shows_who_won_who_lost_and_by_which_rule(bench: Bench) -> None:
    key = bench.person("ann@buyer.example")
    bench.did(key, {"days_ago": 9, **KESTREL}, {"days_ago": 8, **ORBIS}, {"days_ago": 7, **KESTREL})
    bench.judge()

    shown = CliRunner().invoke(app, ["explain", "-w", str(bench.folder), "ann@buyer.example"]).output
    told = json.loads(
        CliRunner()
        .invoke(app, ["explain", "-w", str(bench.folder), key, "--json", "--as-of", "2026-02-16"])
        .output
    )

    words = " ".join(shown.split())
    assert "Who brought this person" in words
    assert (
        "evidence that ranks higher takes over: deal registration, partner link, landing page, UTM" in words
    )
    assert [(one["partner"], one["won"], one["holds"], one["why"]) for one in told["claims"]] == [
        ("kestrel", True, False, "taken_over"),
        ("orbis", True, True, "wins"),
        ("kestrel", False, False, "outranked"),
    ]
