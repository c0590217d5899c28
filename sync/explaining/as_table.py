"""Tables and paragraphs for a terminal of any width. Texts of strangers cannot steer it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap
from unicodedata import east_asian_width

WIDTH_MIN = 60
CELL_MIN = 12  # a cell is not shortened below this
GAP = "  "


def printable(words: str) -> str:
    """This is one line without characters that would move the cursor or change colours."""
    return " ".join("".join(char if char.isprintable() else " " for char in words).split())


def paragraph(words: str, width: int, indent: str = "") -> list[str]:
    """This breaks a text into lines."""
    room = max(width, WIDTH_MIN)
    return wrap(printable(words), room, initial_indent=indent, subsequent_indent=indent + "  ")


def table(
    rows: Sequence[Sequence[str]], width: int, *, right: int = 0, yields: Sequence[int] = ()
) -> Iterator[str]:
    """This lays cells under each other, the first `right` columns to the right.

    Where a line would be too long, the columns in `yields` are shortened, the widest first.
    """
    columns = max((len(row) for row in rows), default=0)
    cells = [[printable(cell) for cell in row] + [""] * (columns - len(row)) for row in rows]
    wide = [max((_width(row[i]) for row in cells), default=0) for i in range(columns)]
    keep = [i for i in range(columns) if wide[i]]
    over = sum(wide[i] for i in keep) + len(GAP) * len(keep) - max(width, WIDTH_MIN)
    while over > 0:
        most = max((i for i in yields if wide[i] > CELL_MIN), key=lambda i: wide[i], default=None)
        if most is None:
            break
        wide[most] -= 1
        over -= 1
    for row in cells:
        line = [_fitted(row[i], wide[i], to_the_right=i < right) for i in keep]
        yield (GAP + GAP.join(line)).rstrip()


def _fitted(words: str, width: int, *, to_the_right: bool) -> str:
    if _width(words) > width:
        while _width(words) > width - 1:
            words = words[:-1]
        words += "…"
    blank = " " * (width - _width(words))
    return blank + words if to_the_right else words + blank


def _width(words: str) -> int:
    """This is how many columns a text takes; letters of some scripts take two."""
    return len(words) + sum(east_asian_width(char) in "WF" for char in words if ord(char) > 0x10FF)
