"""What the page on HubSpot says is tested somewhere, and where it says so there is a test."""

from __future__ import annotations

import re
from pathlib import Path

from connectors.hubspot.pull import sources
from connectors.meanings import Meanings

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "hubspot.md").read_text()


def test_every_test_that_the_page_names_is_there() -> None:
    named = set(re.findall(r"`(test_\w+)`", PAGE))

    there = {path.stem for path in (ROOT / "tests").rglob("test_*.py")}
    assert len(named) > 10
    assert named - there == set()


def test_every_line_about_a_portal_says_what_happens_and_where_it_is_tested_or_that_it_is_a_limit() -> None:
    header = "| what a portal does | what happens | tested in |"
    lines = [
        line
        for part in PAGE.split(header)[1:]
        for line in part.partition("\n\n")[0].splitlines()[2:]
        if line.startswith("| ") and line.count(" | ") == 2
    ]

    assert len(lines) > 30
    untested = [line for line in lines if "`test_" not in line and "**limit**" not in line]
    assert [line for line in untested if "`client.py` `VERSION`" not in line] == []


def test_a_page_that_speaks_of_every_five_minutes_is_right_about_it() -> None:
    clocks = {name: source.stream.every_s for name, source in sources(Meanings()).items()}

    assert {clocks[name] for name in ("lead_status", "emails", "sales_tasks", "leads", "tasks")} == {300}
    assert {clocks[name] for name in ("owners", "campaigns")} == {3_600}
    assert clocks["contacts_archived"] == 6 * 3_600
