"""Each line about an org says by what it is shown, or that it is a limit; a test that it names is there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "salesforce.md").read_text()
HEADER = "| fact | handled in | shown by | limit |"


def facts() -> list[list[str]]:
    """The cells of each line about what an org does."""
    lines = [line for part in PAGE.split(HEADER)[1:] for line in part.partition("\n\n")[0].splitlines()[2:]]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]


def test_every_test_that_the_page_names_is_there() -> None:
    named = set(re.findall(r"`(test_\w+)`", PAGE))

    there = {path.stem for path in (ROOT / "tests").rglob("test_*.py")}
    assert len(named) > 10
    assert named - there == set()


def test_every_fact_is_handled_and_shown_or_is_a_stated_limit() -> None:
    assert len(facts()) > 40
    for fact, handled, shown, limit in facts():
        assert (handled and shown) or limit or handled.startswith(("not ", "never ")), fact
