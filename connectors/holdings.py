"""What a connector may ask the store besides `protocol.Known`: which rows it holds, and what they said.

A pass that reads again what is held needs it. A plain function in its place has nothing to say, and
then there is nothing to read again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from connectors.records import Count, Value


@runtime_checkable
class Holdings(Protocol):
    """The rows of one connection that the store holds. It answers as a `Known`, too."""

    def __call__(self, kind: str, rows: Sequence[tuple[str, int]]) -> frozenset[str]: ...

    def ids(self, kind: str, after: str, limit: int) -> tuple[str, ...]:
        """These are the ids of rows that are not deleted, in order of their text, behind one ("" = first)."""
        ...

    def attributes(self, kind: str, ids: Sequence[str]) -> Mapping[str, Mapping[str, Value]]:
        """This is what each of the rows said when it was last read."""
        ...

    def count(self, there: Count) -> int:
        """So many rows that live and stood still are held beside a CRM's count; those that were put aside,
        or are of people who were erased, are not missing."""
        ...
