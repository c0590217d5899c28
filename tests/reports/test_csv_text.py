"""CSV that a spreadsheet opens without running anything."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.csv_text import cell, csv_text


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+cmd|'/c calc'!A0",
        "-2+3",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        " =1",
        '"=1',
        "'=1",
        "＝1",
        "\x00=1",
        "|calc",
        "%0A-1",
    ],
)
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(text: str) -> None:
    assert cell(text).startswith("'")


@pytest.mark.parametrize(
    "text", ["", "spring", "a=b", "x@example.com", "-5", "+49", "1.50", "(direct)", "2+2"]
)
def test_what_no_spreadsheet_would_run_stays(text: str) -> None:
    assert cell(text) == text


@given(st.text())
def test_no_cell_begins_like_a_formula(text: str) -> None:
    done = cell(text)

    first = done.lstrip()[:1]
    assert first not in set("=@|%＝＋－＠\t\r\n")
    assert first not in set("+-") or done.strip("+-").replace(".", "", 1).isdigit()


@given(st.lists(st.tuples(st.text(), st.integers(), st.none()), max_size=5))
def test_a_table_is_read_back_as_it_was_written(rows: list[tuple[str, int, None]]) -> None:
    text = csv_text(("name", "count", "nothing"), rows)

    read = list(csv.reader(io.StringIO(text, newline="")))
    assert read == [["name", "count", "nothing"], *([cell(name), str(count), ""] for name, count, _ in rows)]


def test_amounts_are_written_digit_by_digit() -> None:
    assert csv_text(("amount",), [(Decimal("1E+3"),), (Decimal("-0.10"),)]) == "amount\r\n1000\r\n-0.10\r\n"
