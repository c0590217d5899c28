"""Every definition that is shipped: it is in order, somebody qualifies by it, and somebody just does not."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from config.definitions import DEFAULTS, load_definitions, load_written
from config.init import EXAMPLES, examples, init
from config.partners import load_partners
from config.schema import COMMENT
from scoring.context import Context
from scoring.definitions.book import Book
from scoring.definitions.definition import Definition
from scoring.score import score
from scoring.touches import DAY, HOUR, Facts, attributes_of, touches_of
from scoring.verdicts import Verdicts

PARTNERS = load_partners(DEFAULTS / "partners.yaml")
CONTEXT = Context(("acme.example",), PARTNERS)
FILES = {"standard": DEFAULTS / "definition.yaml"} | {name: EXAMPLES / f"{name}.yaml" for name in examples()}
START = 20_000 * DAY
TODAY = date(2026, 11, 23)

Deed = dict[str, Any]
HELD = {
    "gold": "kestrel",
    "kestrel": "kestrel",
    "silver": "brightpath",
    "registered": "orbis",
    "orbis": "orbis",
}
BUYER = {"title": "VP Operations", "employees": "300", "industry": "software", "country": "Germany"}
MAKER = BUYER | {"industry": "automotive"}
WEBINAR: Deed = {"kind": "webinar_registration"}
PAPER: Deed = {"kind": "content_download"}
DEMO: Deed = {"kind": "demo_request"}
PAGE: Deed = {"kind": "page_view", "page": "/about"}


@cache
def definition(name: str) -> Definition:
    return load_written(FILES[name], partners=PARTNERS).definition


def price(**more: Any) -> Deed:
    return {"kind": "page_view", "page": "/pricing"} | more


def product(seconds: int = 0, **more: Any) -> Deed:
    return {"kind": "page_view", "page": "/product/loom", "seconds": seconds} | more


def brought_by(partner: str, deed: Deed) -> Deed:
    return deed | {"url": f"https://acme.example/?utm_source={partner}"}


def judged(by: Definition | Book, known: dict[str, str], deeds: list[Deed], after: int = HOUR) -> Verdicts:
    """She did one thing an hour, unless a deed says `wait`; papers and webinars are all different ones."""
    rows, at = [], START
    for number, deed in enumerate(deeds):
        at += int(deed.get("wait", HOUR))
        asset = f"{deed['kind']} {number}"
        rows.append({"id": number, "at": at, "recorded_at": at, "asset": asset} | deed)
    attributes = attributes_of((0, START, name, value) for name, value in known.items())
    return score(Facts(1, touches_of(rows), attributes), by, at + after, context=CONTEXT)


def status(name: str, known: dict[str, str], deeds: list[Deed], after: int = HOUR) -> str:
    """Whom a definition of partners concerns was brought by one."""
    if name in HELD:
        deeds = [brought_by(HELD[name], deeds[0]), *deeds[1:]]
    return judged(Book.alone(definition(name)), known, deeds, after).status_of(0)


def alone(name: str) -> Book:
    return Book.alone(definition(name))


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_shipped_definition_is_in_order_and_looks_at_both_halves(name: str) -> None:
    found = load_written(FILES[name], partners=PARTNERS)

    assert found.definition.name == name
    assert not [one for one in found.warnings(TODAY) if "neither CRM" not in one.what]
    assert found.model.assumed, "every number here is an assumption"


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_shipped_file_points_to_its_schema(name: str) -> None:
    first = FILES[name].read_text(encoding="utf-8").splitlines()[0]

    assert first.startswith(COMMENT)
    target = FILES[name].parent / first.removeprefix(COMMENT)
    assert target.resolve() == Path(__file__).parents[2] / "docs" / "definition.schema.json"


OWN = {"email": "jo@buyer.example"}
WHO_QUALIFIES: list[tuple[str, dict[str, str], list[Deed], list[Deed]]] = [
    ("standard", BUYER, [WEBINAR, PAPER], [WEBINAR, PAGE]),  # engagement of 40, and of 30
    ("basic-engagement", {}, [PAPER], [PAGE, price(), DEMO]),
    ("basic-engagement", {}, [{"kind": "newsletter_subscription"}], []),
    ("basic-engagement", {}, [{"kind": "form_submission"}], [{"kind": "webinar_registration"}]),
    ("content-consumption", {}, [PAPER, PAPER], [PAPER]),
    ("content-consumption", {}, [PAPER, product(600), price(seconds=120)], [PAPER, product(719)]),
    ("behavioural-targeting", {}, [price(), price(), product(150), product(150)], [price(), price()]),
    ("behavioural-targeting", {}, [product(), price(), price()], [price(), product()]),
    (
        "behavioural-targeting",
        {},
        [product(), price(wait=40 * DAY), price()],
        [product(), price(wait=29 * DAY)],
    ),
    ("lead-score", {}, [WEBINAR, WEBINAR, WEBINAR, PAGE], [WEBINAR, WEBINAR, WEBINAR]),
    ("gold", BUYER, [DEMO], [WEBINAR, PAPER]),  # a score of 115, and of 95
    ("silver", BUYER, [WEBINAR, PAPER], [WEBINAR, PAGE]),
    ("registered", {"title": "Director"} | OWN, [WEBINAR, WEBINAR], [WEBINAR]),
    ("kestrel", MAKER, [WEBINAR], [PAPER, PAPER]),
    ("orbis", {}, [PAPER], [PAGE, PAGE, PAGE]),
    ("orbis", {}, [WEBINAR], [{"kind": "email_click"}]),
]


@pytest.mark.parametrize(("name", "known", "enough", "too_little"), WHO_QUALIFIES)
def test_one_lead_qualifies_and_one_does_not(
    name: str, known: dict[str, str], enough: list[Deed], too_little: list[Deed]
) -> None:
    assert status(name, known, enough) == "mql"
    if too_little:
        assert status(name, known, too_little) == "lead"


def test_every_shipped_definition_has_a_lead_on_either_side() -> None:
    assert {name for name, *_ in WHO_QUALIFIES} | {"icp-fit"} == set(FILES)


ICP = {"title": "CEO", "employees": "300", "industry": "software", "country": "Germany"}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, "mql"),
        ({"country": "France"}, "lead"),
        ({"country": ""}, "lead"),  # unknown fails
        ({"employees": ""}, "mql"),  # unknown passes
        ({"employees": "", "industry": "farming"}, "lead"),  # but the grade does not suffice then
        ({"employees": "", "budget": "25000", "revenue": "12000000"}, "mql"),
        ({"employees": "49", "revenue": "12000000", "budget": "25000"}, "lead"),
        ({"title": "engineer"}, "lead"),
        ({"title": "engineer", "budget": "20000"}, "mql"),
        ({"title": "engineer", "buying_role": "Decision Maker", "revenue": "99000000"}, "mql"),
        ({"age": "17"}, "lead"),
    ],
)
def test_the_ideal_profile_states_what_unknown_values_do(change: dict[str, str], expected: str) -> None:
    assert status("icp-fit", ICP | change, [PAGE]) == expected


def test_published_points_add_up_as_written() -> None:
    verdicts = judged(alone("lead-score"), {}, [WEBINAR, WEBINAR, WEBINAR, PAGE])

    assert verdicts.score[0] == 80_000


def test_the_example_of_the_standard_counts_both_halves() -> None:
    assert status("standard", {"title": "intern"}, [DEMO, PAPER, PAPER, WEBINAR]) == "lead"


def test_a_top_tier_demands_more_than_a_new_partner() -> None:
    deeds = [WEBINAR, WEBINAR]
    known = {"title": "manager", "employees": "60"}

    assert [status(name, known, deeds) for name in ("gold", "silver", "registered")] == [
        "lead",
        "lead",
        "mql",
    ]


def test_interest_lasts_as_long_as_the_definition_says() -> None:
    assert status("basic-engagement", {}, [PAPER], after=90 * DAY - HOUR) == "mql"
    # the condition ends then; thirty days later so does the spell
    assert status("basic-engagement", {}, [PAPER], after=121 * DAY) == "lead"


def test_a_partners_leads_are_judged_by_its_definition_and_others_never_are(tmp_path: Path) -> None:
    init(tmp_path, "orbis", TODAY)
    book = Book(tuple(one.definition for one in load_definitions(tmp_path, partners=PARTNERS)))

    theirs = judged(book, {}, [brought_by("orbis", PAGE), PAPER])
    others = judged(book, {}, [PAGE, PAPER])

    assert (theirs.status_of(0), others.status_of(0)) == ("mql", "lead")


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_workspace_made_with_an_example_is_in_order(tmp_path: Path, name: str) -> None:
    from config.settings import load_settings  # noqa: PLC0415

    made = init(tmp_path, name, TODAY)
    names = [one.definition.name for one in load_settings(tmp_path).definitions()]

    assert name in names
    for path in made:
        text = path.read_text(encoding="utf-8")
        if text.startswith(COMMENT):
            assert (path.parent / text.partition("\n")[0].removeprefix(COMMENT)).is_file()
        assert "review: 2027-01-31" not in text


def test_an_example_that_is_there_already_is_not_overwritten(tmp_path: Path) -> None:
    from config.errors import ConfigError  # noqa: PLC0415

    init(tmp_path)

    with pytest.raises(ConfigError, match="is there already"):
        init(tmp_path, "lead-score")
    with pytest.raises(ConfigError, match="did you mean `gold`"):
        init(tmp_path, "glod")
    assert not (tmp_path / "definitions").exists()
