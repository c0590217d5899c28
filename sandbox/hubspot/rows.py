"""A record of the portal as it stands at one instant, and how the API shows it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.clock import iso

PORTAL = 62_000_515
APP_ID = "1024738"  # the private app through which clients write

Values = dict[str, str | None]
History = Sequence[tuple[int, str, str]]  # instant, value, source type


@dataclass(frozen=True, slots=True)
class Row:
    """One record. Properties that are absent are empty."""

    id: int
    properties: Mapping[str, str | None]
    created_at: int
    updated_at: int
    archived_at: int = 0


class Source(ABC):
    """The rows of one object type that the world holds, computed from the id when asked for."""

    @abstractmethod
    def row(self, record_id: int) -> Row | None: ...

    @abstractmethod
    def stamp(self, record_id: int, known_at: int) -> int:
        """This is when the row was last changed, as far as known then, without computing the row."""

    @abstractmethod
    def ids(self, start: int) -> Iterator[int]:
        """These are all ids from `start` on, ascending."""

    @abstractmethod
    def modified(self, since: int, until: int) -> Iterator[int]:
        """These ids include every row whose stamp lies in [since, until)."""

    def archived_at(self, record_id: int) -> int:  # noqa: ARG002 (most types have no archived rows)
        """This is when the row was archived, 0 for a live one, without computing the row."""
        return 0

    def find(self, name: str, value: str) -> int | None:  # noqa: ARG002 (most have no identifying one)
        """This is the row with that value of an identifying property."""
        return None

    def dated(self, name: str, since: int, until: int) -> Iterator[int] | None:  # noqa: ARG002
        """These ids include every row whose date of that name lies in [since, until); None = unknown."""
        return None

    def history(self, record_id: int, name: str) -> History:  # noqa: ARG002 (most keep none)
        """This is how a property came to its value, oldest first; nothing if it is not kept."""
        return ()


def text(value: object) -> str | None:
    """This is a value as HubSpot keeps it: text, nothing for nothing."""
    if value is None or value == "":
        return None
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def instant_text(at: int) -> str | None:
    return iso(at) if at else None


def shown(row: Row, names: Collection[str], url: str) -> dict[str, Any]:
    """This is a record in an answer: the properties asked for, in alphabetical order."""
    body = {
        "id": str(row.id),
        "properties": {name: row.properties.get(name) for name in sorted(names)},
        "createdAt": iso(row.created_at),
        "updatedAt": iso(row.updated_at),
        "archived": bool(row.archived_at),
    }
    if row.archived_at:
        body["archivedAt"] = iso(row.archived_at)
    return body | {"url": url}
