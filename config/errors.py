"""What is wrong with a file that operators edit: file, line, key, what, and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing to mend. `key` is the path to it (`rules.demo.points`), "" for the whole file.

    `line` is 0 where there are no lines, as in the environment.
    """

    file: str
    line: int
    key: str
    what: str
    remedy: str = ""

    def __str__(self) -> str:
        key = f"{self.key}: " if self.key else ""
        remedy = f"; {self.remedy}" if self.remedy else ""
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {key}{self.what}{remedy}"


class ConfigError(Exception):
    """A file cannot be used as it is. Nothing was started."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))  # a file may be read for several that extend it
        super().__init__("\n".join(str(problem) for problem in self.problems))


def nearest(word: str, valid: Iterable[str]) -> str:
    """This is the remedy for a misspelt word: the nearest valid one, else the whole choice."""
    choice = sorted(valid)
    near = difflib.get_close_matches(word.casefold(), choice, n=1, cutoff=0.6)
    if near:
        return f"did you mean `{near[0]}`?"
    return f"valid are: {', '.join(choice)}"
