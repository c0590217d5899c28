"""The page is one file, and nothing that a stranger wrote can act in it."""

from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.page import page
from reports.funnel import DAY, Mql, Spell, funnel
from reports.health import HOUR, Aside, Findings, Held, LastRun, Level, Refusal, Stream, health
from reports.overview import Overview
from reports.tally import Tally

NOW = 20_000 * DAY
VOID = {"meta", "link", "br"}


class Reader(HTMLParser):
    """Reads a page as a browser does: elements, attributes, and the text people see."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def overview(words: str = "acme", *, held: Held | None = None, aside: int = 0, mqls: int = 0) -> Overview:
    found = Findings(
        NOW,
        60,
        streams=[Stream("hubspot", "contacts", 12_345, NOW), Stream("hubspot", words, 1, NOW - DAY)],
        aside=[Aside("hubspot", "forms", words, aside)] if aside else [],
        refusals=[Refusal("hubspot:contact:1", "task", words, words)] if aside else [],
        held=held,
        last=LastRun(words, "done", NOW - DAY, words),
    )
    people = [Mql(words, "1", words, words)] * mqls
    counted = funnel(
        {"lead": 5, words: 1}, people, [Spell(NOW - n * DAY, "") for n in range(mqls)], as_of=NOW
    )
    return Overview(words, 6, 70, {"pending": 2}, found, health(found), counted)


def test_the_page_says_how_things_stand_and_what_to_do() -> None:
    read = Reader(page(overview(held=Held(4, "it is the first plan"), mqls=3)))

    assert "Something needs a look" in read.text
    assert "plan 4 is held because it is the first plan" in read.text
    assert "12\u202f345" in read.text
    assert not read.open


def test_an_empty_store_has_a_page_too() -> None:
    found = Findings(NOW, 60)
    told = Overview("new", 0, 0, {}, found, health(found), funnel({}, [], [], as_of=NOW))

    read = Reader(page(told))

    assert told.health.level is Level.FINE
    assert "All is well" in read.text
    assert "Nobody has been judged yet." in read.text


def test_what_the_crm_counts_stands_beside_what_is_stored() -> None:
    found = Findings(NOW, 60, tallies=[Tally("salesforce", "leads", 12_345, 12_340, 2, 0, NOW - HOUR)])
    told = Overview("acme", 0, 0, {}, found, health(found), funnel({}, [], [], as_of=NOW))

    read = Reader(page(told))

    assert "12\u202f345" in read.text
    assert "12\u202f340 here" in read.text
    assert "3 missing" in read.text


def test_the_page_needs_nothing_from_elsewhere_and_runs_nothing() -> None:
    read = Reader(page(overview(aside=2, mqls=2)))

    assert not {tag for tag, _ in read.elements} & {"script", "img", "iframe", "object", "form", "base"}
    for _, attributes in read.elements:
        assert attributes.get("href", "data:,") == "data:,"
        assert not {"src", "srcset", "action"} & set(attributes)
        assert not any(name.startswith("on") for name in attributes)
    policies = [one["content"] for _, one in read.elements if "http-equiv" in one]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]


def test_a_command_in_a_remedy_is_set_apart() -> None:
    assert "<code>mqlsync apply</code>" in page(overview(held=Held(4, "it is the first plan")))


def test_the_same_overview_gives_the_same_page() -> None:
    assert page(overview(mqls=2)) == page(overview(mqls=2))


@settings(max_examples=60, deadline=None)
@given(
    st.text(st.characters(exclude_categories=["C", "Z"]), max_size=30)
    | st.sampled_from(
        ["<script>alert(1)</script>", "\"'><b onload=x>", "</style><h1>", "&lt;", "`<i>`", "a]]>b"]
    )
)
def test_whatever_strangers_wrote_is_shown_and_never_acts(words: str) -> None:
    calm = Reader(page(overview("calm", held=Held(1, "calm"), aside=1, mqls=1)))

    read = Reader(page(overview(words, held=Held(1, words), aside=1, mqls=1)))

    # Only backticks mean anything, and only <code>.
    def shape(one: Reader) -> list[str]:
        return [tag for tag, _ in one.elements if tag != "code"]

    assert words.replace("`", "") in read.text.replace("`", "")
    if words not in ("", "lead"):
        assert shape(read) == shape(calm)
    assert not read.open
