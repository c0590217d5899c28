"""What a task says: read in ten seconds, about as much as a BDR wants, and harmless whoever wrote it."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.context import Context
from scoring.definitions.conditions import scored
from scoring.definitions.definition import POINT, Band, Criterion, Definition, Fit, Group, Rule
from scoring.definitions.kinds import Match, Words
from scoring.handoff.next_step import FALLBACK, RECENT, priority, strongest
from scoring.handoff.plain_text import CUT, LINE_MAX, line, ordinal
from scoring.handoff.task_text import (
    COLLEAGUES_MAX,
    EARLIER_MAX,
    EVIDENCE_MAX,
    SUBJECT_MAX,
    TOUCHES_MAX,
    URL_MAX,
    Colleague,
    Earlier,
    TaskText,
    Who,
    news_at,
    task_text,
)
from scoring.ledger import TouchLine
from scoring.partner import Partner
from scoring.score import score
from scoring.touches import DAY, HOUR, MINUTE, Facts, attributes_of, touches_of

NOON = 20_769 * DAY + 12 * HOUR  # 12 November 2026
DEFINITION = Definition(
    *("d", "2", "Standard", scored(40 * POINT)),
    (
        Rule("demo", "demo request", Match(("demo_request",)), 40 * POINT, "intent", window=60 * DAY),
        Rule("view", "page view", Match(("page_view",)), 5 * POINT, "web", window=30 * DAY),
    ),
    (Group("intent"), Group("web")),
    Fit(
        (Criterion("seniority", "title", "title", (Band("VP", Words(("vp",)), 20 * POINT),)),),
        (20 * POINT, 0, 0),
    ),
    bands=(40 * POINT, 20 * POINT),
)
DEMO = {"at": NOON, "kind": "demo_request", "asset": "Demo form", "url": "https://a.example/demo"}
VIEW = {"at": NOON - 2 * DAY, "kind": "page_view", "page": "/pricing", "url": "https://a.example/pricing"}
READ = {"at": NOON - 9 * DAY, "kind": "content_download", "asset": "Forecasting"}
NOW_LINE = "MQL since 2026-11-12 12:00 UTC, for the 2nd time: last rejected by sales 2026-09-03 (No budget)"
JANE = Who("Jane Doe", "VP Sales", "Buyer", "buyer.example", "Germany")


def facts(deeds: Sequence[Mapping[str, object]], title: str = "VP Sales") -> Facts:
    rows = [{"person": 0, "id": number, **deed} for number, deed in enumerate(deeds, start=1)]
    return Facts(1, touches_of(rows), attributes_of([(0, NOON - 90 * DAY, "title", title)]))


def written(
    deeds: Sequence[Mapping[str, object]] = (VIEW, DEMO),
    who: Who = JANE,
    *,
    as_of: int = NOON,
    reason: str = "Asked for a demo on 12 Nov 2026.",
    definition: Definition = DEFINITION,
    title: str = "VP Sales",
    context: Context | None = None,
) -> TaskText:
    found = facts(deeds, title)
    verdicts = score(found, definition, as_of, context=context or Context())
    return task_text(found, definition, verdicts, 0, who=who, reason=reason, due_at=NOON + DAY)


def test_the_whole_task_of_somebody_who_comes_back() -> None:
    colleague = Colleague("Ann Bee", "CTO", "sql")
    before = Earlier(1, NOON - 80 * DAY, NOON - 70 * DAY, "rejected", "No budget")
    sent = {"at": NOON, "kind": "sales_email"}
    later = {"at": NOON + HOUR, "kind": "page_view", "page": "/later"}

    task = written(
        [READ, VIEW, DEMO, sent, later],
        replace(JANE, colleagues=(colleague,), at_company=7, earlier=(before,)),
    )

    assert task.subject == "MQL: Jane Doe, Buyer"
    assert task.due_at == NOON + DAY
    assert task.priority == "high"
    assert task.body.splitlines() == [
        "Why: Asked for a demo on 12 Nov 2026.",
        f"Now: {NOW_LINE}",
        "Next: Call back and offer two dates for the demo (demo request · Demo form · 2026-11-12)",
        "",
        "Who: VP Sales · Buyer · buyer.example · Germany",
        "Colleague: Ann Bee · CTO · SQL",
        "First touch: Direct",
        "Last touch: Direct",
        "Before: 1st time MQL from 2026-08-24, rejected by sales 2026-09-03 (No budget)",
        "",
        "Score 65 (needs 40), fit A, engagement 1, by Standard, version 2.",
        "Others known at the company: 7",
        "",
        "Evidence:",
        "2026-11-12 12:00 UTC · demo request · Demo form · https://a.example/demo",
        "2026-11-10 12:00 UTC · page view · /pricing · https://a.example/pricing",
        "",
        "Latest activity:",
        "2026-11-12 12:00 UTC · sales email",
        "2026-11-03 12:00 UTC · content download · Forecasting",
    ]


def test_a_task_names_the_partner_and_the_campaign() -> None:
    context = Context(("a.example",), (Partner("kestrel", "Kestrel", "gold", ("kestrel",)),))
    url = "https://a.example/?utm_source=kestrel&utm_campaign=spring"
    came = {"at": NOON - DAY, "kind": "page_view", "url": url}

    lines = written([came, DEMO], context=context).body.splitlines()

    assert "Partner: kestrel (gold)" in lines
    assert "First touch: Partner / kestrel / spring" in lines


def test_a_lead_of_whom_nothing_is_known_gets_a_task_too() -> None:
    rules = (Rule("won", "deal", Match(("deal_won",)), 80 * POINT, "g"),)
    definition = Definition("d", "1", "d", scored(80 * POINT), rules, (Group("g"),))

    task = written([{"at": NOON, "kind": "deal_won"}], Who(""), definition=definition, reason="R")

    assert task.subject == "MQL: unnamed lead"
    assert task.body.splitlines()[2] == f"Next: {FALLBACK}"
    assert "Evidence:" not in task.body
    assert "Latest activity:" not in task.body


@pytest.mark.parametrize(
    ("grade", "expected"),
    {
        "A": "high high medium",
        "B": "high medium medium",
        "C": "medium medium low",
        "D": "medium low low",
    }.items(),
)
def test_the_priority_is_read_off_the_grid(grade: str, expected: str) -> None:
    found = [priority(grade, cell, is_graded=True) for cell in "123"]

    assert found == expected.split()


def test_whom_nobody_grades_is_as_urgent_as_a_b() -> None:
    found = [priority("A", cell, is_graded=False) for cell in "123"]

    assert found == [priority("B", cell, is_graded=True) for cell in "123"]


def test_the_task_of_a_worse_or_cooler_lead_is_less_urgent() -> None:
    cooler = replace(DEFINITION, bands=(90 * POINT, 20 * POINT))

    assert written([DEMO]).priority == "high"
    assert written([DEMO], title="Intern").priority == "high"
    assert written([DEMO], title="Intern", definition=cooler).priority == "medium"


def line_of(kind: str, at: int, number: int = 1) -> TouchLine:
    return TouchLine(number, at, at, kind, "", "", "", "")


def test_the_next_step_starts_from_the_strongest_deed_of_these_the_newest() -> None:
    older, newer = line_of("quote_request", NOON - DAY, 1), line_of("quote_request", NOON, 2)

    assert strongest([line_of("page_view", NOON), older, newer], NOON) == newer
    assert strongest([line_of("demo_request", NOON - 2 * DAY), newer], NOON) == line_of(
        "demo_request", NOON - 2 * DAY
    )
    assert strongest([line_of("email_open", NOON)], NOON) is None


def test_the_next_step_looks_back_thirty_days_before_the_spell() -> None:
    at_the_edge, before = line_of("demo_request", NOON - RECENT), line_of("demo_request", NOON - RECENT - 1)

    assert strongest([at_the_edge], NOON) == at_the_edge
    assert strongest([before], NOON) is None


def test_lists_end_where_nobody_reads_on() -> None:
    views = [{**VIEW, "at": NOON - n * MINUTE, "page": f"/{n}"} for n in range(EVIDENCE_MAX)]
    reads = [{**READ, "at": NOON - n * MINUTE, "asset": f"r{n}"} for n in range(TOUCHES_MAX + 1)]
    colleagues = [Colleague(f"C{n}", "", "mql") for n in range(COLLEAGUES_MAX + 1)]
    earlier = [Earlier(n, NOON - 90 * DAY, NOON - 80 * DAY, "expired") for n in range(1, EARLIER_MAX + 2)]

    lines = written(
        [DEMO, *views, *reads], replace(JANE, colleagues=colleagues, earlier=earlier)
    ).body.splitlines()

    proof = lines[lines.index("Evidence:") + 1 : lines.index("Latest activity:") - 1]
    assert len(proof) == EVIDENCE_MAX
    assert len(lines) - lines.index("Latest activity:") - 1 == TOUCHES_MAX
    assert lines[lines.index("Colleague: C4 · MQL") + 1] == "Colleague: and 1 more"
    assert (
        lines[2 - 1].startswith("Now: MQL since 2026-11-12 11:55 UTC, for the 5th time")
        or "5th time" in lines[1]
    )
    assert "Before: and 1 more" in lines


def test_score_and_activity_alone_are_no_news() -> None:
    more = [VIEW, {**VIEW, "at": NOON - DAY, "page": "/other"}, READ, DEMO]

    assert written(more).gist == written().gist
    assert written(more).body != written().body
    assert written(who=replace(JANE, at_company=3)).gist == written().gist


@pytest.mark.parametrize(
    "who",
    [
        replace(JANE, colleagues=(Colleague("Ann", "CTO", "mql"),)),
        replace(JANE, title="CEO"),
        replace(JANE, name="Jane Roe"),
        replace(JANE, earlier=(Earlier(1, NOON - 80 * DAY, NOON - 70 * DAY, "expired"),)),
    ],
)
def test_what_a_bdr_would_act_on_is_news(who: Who) -> None:
    assert written(who=who).gist != written().gist


def test_a_stronger_deed_is_news() -> None:
    quote = {"at": NOON, "kind": "quote_request", "asset": "Quote"}

    assert written([quote, DEMO], reason="R").gist == written([DEMO], reason="R").gist
    assert written([quote], definition=asks_quotes(), reason="R").gist != written(
        [quote, DEMO], definition=asks_quotes(), reason="R"
    ).gist  # fmt: skip


def asks_quotes() -> Definition:
    rule = Rule("quote", "quote", Match(("quote_request",)), 40 * POINT, "intent", window=60 * DAY)
    return replace(DEFINITION, rules=(*DEFINITION.rules, rule))


def test_what_fades_is_no_newer_news() -> None:
    def newest(as_of: int) -> int:
        return news_at(score(facts([VIEW, DEMO]), DEFINITION, as_of), 0)

    assert newest(NOON) == NOON
    assert newest(NOON + 59 * DAY) == NOON
    assert newest(NOON + 60 * DAY) == 0


def test_the_text_does_not_depend_on_the_day_it_is_written() -> None:
    assert written(as_of=NOON).body == written(as_of=NOON + 20 * DAY).body


def test_a_line_is_cut_where_it_is_longer_than_it_may_be() -> None:
    assert line("x" * LINE_MAX) == "x" * LINE_MAX
    assert line("x" * (LINE_MAX + 1)) == "x" * (LINE_MAX - 1) + CUT


def test_a_subject_fits_the_shorter_of_the_crms() -> None:
    room = SUBJECT_MAX - len("MQL: , Buyer")

    assert written(who=replace(JANE, name="x" * room)).subject == f"MQL: {'x' * room}, Buyer"
    assert len(written(who=replace(JANE, name="x" * (room + 1))).subject) == SUBJECT_MAX


def test_a_long_address_loses_its_parameters_and_a_strange_one_is_not_shown() -> None:
    base = "https://a.example/?"
    fits, longer = base + "x" * (URL_MAX - len(base)), base + "x" * (URL_MAX - len(base) + 1)

    assert fits in written([{**DEMO, "url": fits}]).body
    assert longer not in written([{**DEMO, "url": longer}]).body
    assert "https://a.example/" in written([{**DEMO, "url": longer}]).body
    assert "javascript" not in written([{**DEMO, "url": "javascript:alert(1)"}]).body


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (1, "1st"),
        (2, "2nd"),
        (3, "3rd"),
        (4, "4th"),
        (11, "11th"),
        (12, "12th"),
        (22, "22nd"),
        (113, "113th"),
    ],
)
def test_numbers_of_spells_are_spoken(number: int, said: str) -> None:
    assert ordinal(number) == said


STRANGE = st.text(st.characters(), max_size=60) | st.sampled_from(
    [
        "a\nWhy: no",
        "\u202eevil",
        "\ud800",
        "<script>",
        "x\u2028y",
        "\U000e0041",
        "a\r\nb",
        "\x85",
        "[mqlsync:1]",
    ]
)


@given(STRANGE, STRANGE, STRANGE, STRANGE)
def test_nothing_that_a_stranger_wrote_breaks_out_of_its_line(
    name: str, title: str, asset: str, reason: str
) -> None:
    tame = Who("N", "T", "C", colleagues=(Colleague("N", "T", "mql"),))
    wild = Who(name, title, "C", colleagues=(Colleague(name, title, "mql"),))

    expected = written([{**DEMO, "asset": "A"}], tame, reason="R")
    found = written([{**DEMO, "asset": asset}], wild, reason=reason)

    assert len(found.body.splitlines()) == len(expected.body.splitlines())
    assert [one.partition(":")[0] for one in found.body.split("\n")[:3]] == ["Why", "Now", "Next"]
    for text in (found.subject, *found.body.split("\n")):
        assert len(text) <= LINE_MAX
        assert text.encode() is not None
        assert not {unicodedata.category(char) for char in text} & {"Cc", "Zl", "Zp", "Cs"}
    assert len(found.subject.splitlines()) == 1
