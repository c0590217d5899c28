"""The agreement, the differences in words, and the commands that print them."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from config.definitions import DEFAULTS, load_written
from config.init import EXAMPLES, examples, init
from config.partners import load_partners
from config.settings import load_settings
from dashboard.agreement import agreement_page
from reports.agreement import Beside, Remark, agreement
from reports.agreement_text import lines
from reports.difference import differences
from reports.example_leads import example_leads
from reports.wording import span
from scoring.context import Context
from scoring.definitions.definition import POINT, Definition
from scoring.touches import DAY, HOUR, MINUTE
from sync.cli import app
from sync.store.engine import open_engine
from sync.store.upgrade import upgrade

PARTNERS = load_partners(DEFAULTS / "partners.yaml")
NAMES = {one.slug: one.name for one in PARTNERS}
CONTEXT = Context(("acme.example",), PARTNERS)
TODAY = date(2026, 11, 23)
ALL = ["standard", *examples()]


def definition(name: str) -> Definition:
    file = DEFAULTS / "definition.yaml" if name == "standard" else EXAMPLES / f"{name}.yaml"
    return load_written(file, partners=PARTNERS).definition


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    init(tmp_path, "kestrel", TODAY)
    return tmp_path


def run(*words: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, ["definitions", *words])
    assert result.exit_code == code, result.output or result.exception
    return result.output


@pytest.mark.parametrize("name", ALL)
def test_the_examples_of_an_agreement_are_leads_that_qualify_and_one_that_just_misses(name: str) -> None:
    found = example_leads(definition(name), CONTEXT)

    assert [one.qualifies for one in found].count(False) == 1
    assert [one.qualifies for one in found].count(True) >= 1
    assert len({one.lines for one in found}) == len(found)


@pytest.mark.parametrize("name", ALL)
def test_an_agreement_says_everything_that_counts(name: str) -> None:
    one = definition(name)

    said = "\n".join(lines(agreement(one, Beside(NAMES), example_leads(one, CONTEXT))))

    for rule in one.rules:
        assert rule.label.casefold() in said.casefold()
    for exclusion in one.exclusions:
        assert exclusion.reason in said
    for criterion in one.fit.criteria:
        assert all(band.label in said for band in criterion.bands)
    assert one.fingerprint in said


def test_the_page_escapes_what_people_wrote_and_loads_nothing() -> None:
    evil = "<script>alert(1)</script>"
    one = replace(definition("kestrel"), label=evil)

    html = agreement_page(agreement(one, Beside({"kestrel": evil}, notes=[Remark(evil, "2026-11-01", evil)])))

    assert "<script" not in html
    assert html.count("&lt;script&gt;") >= 4
    assert not re.search(r"(?:src|href)=\"(?!data:)", html)


@pytest.mark.parametrize("name", ALL)
def test_the_tags_of_a_page_close_in_order(name: str) -> None:
    html = agreement_page(
        agreement(definition(name), Beside(NAMES), example_leads(definition(name), CONTEXT))
    )
    open_ = ["html"]
    for close, tag in re.findall(r"<(/?)([a-z0-9]+)[^>]*>", html.partition("</head>")[2]):
        if close:
            assert open_.pop() == tag
        else:
            open_.append(tag)

    assert open_ == []


def test_equal_definitions_do_not_differ() -> None:
    assert differences(definition("gold"), replace(definition("gold"), version="9"), NAMES) == []


def test_points_and_thresholds_are_compared_in_words() -> None:
    before = definition("standard")
    rules = tuple(
        replace(rule, points=30 * POINT) if rule.name == "webinar_registration" else rule
        for rule in before.rules
        if rule.name != "newsletter"
    )

    found = differences(before, replace(before, rules=rules, follow_up=4 * HOUR), NAMES)

    assert found == [
        "first attempt due after: 24 → 4 hours",
        "webinar registration: 25 → 30 points",
        "newsletter subscription: removed (was 10 points)",
    ]


def test_a_tier_is_told_by_what_it_asks_more() -> None:
    assert differences(definition("standard"), definition("gold"), NAMES)[1:] == [
        "score to qualify: 80 → 100",
        "grade to qualify: C → B",
        "first attempt due after: 24 → 8 hours",
    ]


@pytest.mark.parametrize("one", ALL)
@pytest.mark.parametrize("two", ["standard", "orbis", "icp-fit"])
def test_different_meanings_have_differences_and_equal_ones_have_none(one: str, two: str) -> None:
    told = differences(definition(one), definition(two), NAMES)

    assert bool(told) == (definition(one).fingerprint != definition(two).fingerprint)


@pytest.mark.parametrize(
    ("micros", "told"),
    [(DAY, "1 day"), (36 * HOUR, "36 hours"), (90 * MINUTE, "90 minutes"), (5 * DAY, "5 days")],
)
def test_spans_are_told_in_their_largest_unit(micros: int, told: str) -> None:
    assert span(micros) == told


def test_definitions_are_listed_with_their_overdue_reviews(workspace: Path) -> None:
    gold = workspace / "definitions" / "gold.yaml"
    gold.write_text(re.sub(r"review: [\d-]+", "review: 2020-01-01", gold.read_text()))

    shown = run("-w", str(workspace))
    told = {
        one["name"]: one for one in json.loads(run("list", "-w", str(workspace), "--json"))["definitions"]
    }

    assert "! review overdue: qualified.score" in shown
    assert told["gold"]["overdue"] == ["qualified.score"]
    assert told["kestrel"]["scope"] == "partner kestrel"
    assert told["standard"]["volume"] is None


def test_check_ends_with_one_only_for_mistakes(workspace: Path) -> None:
    gold = workspace / "definitions" / "gold.yaml"
    fine = run("check", str(gold))
    gold.write_text(gold.read_text().replace("scope: {tier: gold}", "scope: {tier: glod}"))

    broken = run("check", str(gold), code=1)

    assert fine == "fine: gold.yaml: gold 1\n"
    assert broken.startswith(f"error: {gold}:7: scope.tier: there is no tier `glod`; did you mean `gold`?")


def test_check_sees_what_is_wrong_beside_the_other_files(workspace: Path) -> None:
    other = workspace / "definitions" / "other.yaml"
    other.write_text(
        (workspace / "definitions" / "gold.yaml").read_text().replace("name: gold", "name: other")
    )

    assert "judges the same people (tier gold)" in run("check", str(other), code=1)


def test_a_partners_draft_that_names_campaigns_is_flagged(workspace: Path) -> None:
    file = workspace / "definitions" / "kestrel.yaml"
    draft = re.sub(r"agreed: .*\n", "", file.read_text().replace("state: agreed", "state: draft"))
    file.write_text(draft.replace("    partners: kestrel\n", '    campaigns: "kestrel-*"\n', 1))

    assert "! draft, but names campaigns: kestrel-*" in run("list", "-w", str(workspace))


def test_files_and_names_are_compared(workspace: Path) -> None:
    gold = workspace / "definitions" / "gold.yaml"

    assert "score to qualify: 80 → 100" in run("diff", "standard", str(gold), "-w", str(workspace))
    assert "Nothing differs" in run("diff", "gold@1", str(gold), "-w", str(workspace))


def test_an_agreement_is_printed_and_written(workspace: Path) -> None:
    page = workspace / "kestrel.html"

    shown = run("print", "kestrel", "-w", str(workspace))
    run("print", "kestrel@1", "-w", str(workspace), "--html", str(page))

    assert "leads that Kestrel Consulting brought and still holds" in shown
    assert "automotive is a market that sales does not serve" in page.read_text()


def test_the_text_of_a_definition_is_printed_as_it_stands(workspace: Path) -> None:
    assert run("text", "gold", "-w", str(workspace)) == (workspace / "definitions" / "gold.yaml").read_text()


def test_the_schema_is_printed() -> None:
    assert json.loads(run("schema"))["title"] == "mqlsync definition"


@pytest.fixture
def judged(workspace: Path) -> Path:
    """A store in which kestrel judges two people, one of them MQL, and a draft would judge one."""
    engine = open_engine(load_settings(workspace).database_url)
    upgrade(engine)
    verdict = text(
        "INSERT INTO verdict (person, as_of, definition, version, fingerprint, status, score, engagement, "
        "fit, grade, exclusion, qualified_at, recheck_at, partner, published) "
        "VALUES (:person, 1, :definition, '1', 'f', :status, :score, 0, 0, 'B', '', 0, 0, :partner, "
        ":published)"
    )
    told = json.dumps({"reason": "Demo request of jo@buyer.example on 3 Oct. Fit B."})
    rows = [(1, "kestrel", "mql", 95_000, "kestrel", told), (2, "kestrel", "lead", 80_000, "kestrel", "{}")]
    rows += [(3, "standard", "lead", 5_500, "", "{}"), (4, "standard", "lead", 1_000, "orbis", "{}")]
    names = ("person", "definition", "status", "score", "partner", "published")
    with engine.begin() as tx:
        for row in rows:
            tx.execute(verdict, dict(zip(names, row, strict=True)))
    engine.dispose()
    return workspace


def test_the_list_counts_whom_each_definition_judges(judged: Path) -> None:
    told = {one["name"]: one for one in json.loads(run("list", "-w", str(judged), "--json"))["definitions"]}

    assert told["kestrel"]["volume"] == {"people": 2, "mqls": 1, "would_be": 0}
    assert told["standard"]["volume"] == {"people": 2, "mqls": 0, "would_be": 0}
    assert told["gold"]["volume"] == {"people": 0, "mqls": 0, "would_be": 0}


def test_a_partners_draft_is_flagged_when_its_leads_come(judged: Path) -> None:
    shipped = (EXAMPLES / "orbis.yaml").read_text().replace("extends: registered", "extends: standard")
    draft = re.sub(r"agreed: .*\n", "", shipped.replace("state: agreed", "state: draft"))
    (judged / "definitions" / "orbis.yaml").write_text(draft)

    assert "! draft, but campaigns run: orbis has brought 1 people" in run("list", "-w", str(judged))


def test_an_agreement_shows_real_leads_without_their_addresses(judged: Path) -> None:
    shown = run("print", "kestrel", "-w", str(judged))

    assert "judges 2 people, of whom 1 are MQL" in shown
    assert "Demo request of *** on 3 Oct. Fit B." in shown
    assert "score 95, grade B: mql" in shown
    assert "person 2" in shown
    assert "jo@buyer.example" not in shown
