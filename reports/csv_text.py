"""CSV that a spreadsheet opens without running anything.

A spreadsheet takes a cell for a formula if it begins with one of a few signs, to some programs also behind
spaces or a quote, and people type such signs into forms. Such a cell gets an apostrophe in front, which
spreadsheets do not show. Numbers stay numbers: a minus before digits is no formula.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

# Full-width forms are folded to the plain signs by some programs; some drop a first tab or line break.
_FORMULA = re.compile(r"[\s\"'`]*[=+\-@|%＝＋－＠]|[\t\r\n]")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

Value = str | int | Decimal | None


def cell(value: str) -> str:
    """This is the text as a cell that no spreadsheet takes for a formula."""
    text = _CONTROL.sub("", value)
    is_formula = _FORMULA.match(text) and not _NUMBER.fullmatch(text)
    return f"'{text}" if is_formula else text


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Value]]) -> str:
    """This is a table as RFC 4180 text: lines end in CR LF, None is empty, every text is neutralised."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([cell(name) for name in header])
    for row in rows:
        writer.writerow([_text(value) for value in row])
    return out.getvalue()


def _text(value: Value) -> str:
    match value:
        case None:
            return ""
        case Decimal():
            return format(value, "f")
        case str():
            return cell(value)
        case int():
            return str(value)
