"""By what people are judged, and what is known of those who are judged together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from config.settings import Settings
from scoring.context import Context
from scoring.definitions.book import Book
from scoring.definitions.kinds import HostList
from scoring.handoff.sla import Slas
from scoring.rules.committee import colleagues_needed
from scoring.touches import Facts
from scoring.verdicts import Verdicts
from sync.definitions.versions import Kept, book_of, mark
from sync.store.facts import Row
from sync.store.made_tasks import MadeTask


@dataclass(frozen=True, slots=True)
class Judge:
    """By what people are judged: all definitions, what the workspace knows, and the operator's limits.

    Mailboxes at `public_hosts` tell nothing of who works where.
    """

    settings: Settings
    kept: tuple[Kept, ...]
    context: Context
    live_from: int = 0
    slas: Slas | None = None
    public_hosts: tuple[HostList, ...] = ()

    @property
    def book(self) -> Book:
        return book_of(self.kept)

    @property
    def mark(self) -> str:
        """This changes with everything that makes all verdicts doubtful."""
        return mark(self.kept, self.context)

    @property
    def needs_colleagues(self) -> bool:
        """This tells whether somebody's verdict may hang on what her colleagues do."""
        return any(colleagues_needed(one.definition) for one in self.kept)


@dataclass(slots=True)
class Batch:
    """What one batch of people is decided on."""

    people: Sequence[int]
    rows: Mapping[int, Sequence[Row]]
    facts: Facts
    verdicts: Verdicts
    reasons: Sequence[str]
    told: list[Mapping[str, Any]] = field(default_factory=list)
    held_out: frozenset[int] = frozenset()
    made: Mapping[str, MadeTask] = field(default_factory=dict)
