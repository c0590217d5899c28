"""Leads that nobody can take, and what is wrong with the territories that should."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from reports.overview import stamp


@dataclass(frozen=True, slots=True)
class Waiting:
    """A person who is MQL and was given to nobody since then. `records` are her rows in the CRMs."""

    person: int
    records: Sequence[str]
    qualified_at: int
    since: int
    territory: str
    cause: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """Somebody named in a territory cannot be given leads now. `owner` is the id as it was written."""

    territory: str
    owner: str
    what: str


@dataclass(frozen=True, slots=True)
class Unrouted:
    """All of them, the longest wait first."""

    waiting: Sequence[Waiting]
    troubles: Sequence[Trouble]

    def as_dict(self) -> dict[str, Any]:
        """This is the list, ready for JSON."""
        return {
            "waiting": [
                asdict(one) | {"qualified_at": stamp(one.qualified_at), "since": stamp(one.since)}
                for one in self.waiting
            ],
            "territories": [asdict(one) for one in self.troubles],
        }

    def lines(self) -> Iterator[str]:
        """This is the list for people."""
        if not self.waiting:
            yield "Everybody who became MQL was given to somebody."
        for one in self.waiting:
            yield f"{', '.join(one.records) or f'person {one.person}'} since {stamp(one.since)}"
            yield f"  {one.cause}"
        for each in self.troubles:
            yield f"territory `{each.territory}`: {each.owner} is {each.what}"
