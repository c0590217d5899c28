"""What every CRM connector offers. One page, one batch, one answer at a time: the shell loops.

To add a CRM: write a folder that has these methods and name it in `registry.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from connectors.outcome import Outcome
from connectors.records import Page, Value

# Given (kind, [(id, stamp), …]) this answers which ids the store already holds at that stamp,
# so that an overlap is looked at again without being read again.
Known = Callable[[str, Sequence[tuple[str, int]]], frozenset[str]]


@dataclass(frozen=True, slots=True)
class Stream:
    """One thing that is read with a bookmark of its own. `every_s` 0 means every cycle."""

    name: str
    every_s: int = 0


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of `check` or `provision`: what was looked at, how it stands, what to do."""

    subject: str
    state: Literal["ok", "changed", "warning", "error"]
    text: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class FieldWrite:
    """Set these own fields of one record; names and values are ours, the connector encodes them."""

    kind: str
    record_id: str
    fields: Mapping[str, Value | None]


@dataclass(frozen=True, slots=True)
class TaskWrite:
    """One task for one owner. `key` is unique for ever: the same key never makes a second task."""

    key: str
    kind: str
    record_id: str
    owner_id: str
    subject: str
    body: str
    due_at: int
    priority: Literal["high", "medium", "low"] = "medium"
    company_id: str = ""
    is_open: bool = True


@dataclass(frozen=True, slots=True)
class TaskChange:
    """The task `id` as it should be now. `shown` is everything that we may have written there last: what
    shows none of it was made by a human, and stays.

    A task that a human completed is left alone. One that should be closed, and that a human has begun or
    edited, stays open; then `note` is added below a text that is not ours any more.
    """

    id: str
    wanted: TaskWrite
    shown: tuple[TaskWrite, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Usage:
    """What a connector spent: calls made, calls refused for pace, the CRM's own count of the day, and
    what of it is left for us after the share of other apps."""

    calls: int = 0
    throttled: int = 0
    day_used: int = 0
    day_limit: int = 0
    day_left: int = 0


class Connector(Protocol):
    """One CRM account. Methods raise `ConnectorError` when the whole call is in vain."""

    @property
    def crm(self) -> str:
        """This is `hubspot` or `salesforce`: the first part of every key."""
        ...

    @property
    def usage(self) -> Usage: ...

    def streams(self) -> tuple[Stream, ...]:
        """This lists what can be read, in the order in which it should be read first."""
        ...

    def pull(self, stream: str, cursor: str, known: Known) -> Page:
        """This reads the next page behind `cursor` ("" = from the beginning)."""
        ...

    def push(self, writes: Sequence[FieldWrite]) -> list[Outcome]:
        """This writes fields, in as few calls as possible; one outcome per write, in input order."""
        ...

    def push_tasks(self, tasks: Sequence[TaskWrite]) -> list[Outcome]:
        """This makes sure that each task exists exactly once; one outcome per task, in input order."""
        ...

    def change_tasks(self, changes: Sequence[TaskChange]) -> list[Outcome]:
        """This brings tasks that exist up to date, field by field; one outcome per change, in input order."""
        ...

    def check(self) -> list[Finding]:
        """This looks at credentials, scopes, fields and limits, and changes nothing."""
        ...

    def provision(self) -> list[Finding]:
        """This creates the fields we write, where they are missing; it never deletes."""
        ...


@runtime_checkable
class Hinted(Protocol):
    """A CRM that tells us by itself which records changed, and lets us read them by id."""

    def look(self, kind: str, ids: Sequence[str], account: str, known: Known) -> tuple[str, Page]:
        """This reads records of a kind, and names the stream that they belong to. `account` is whose
        records they are, "" = ours; those of another account are not read."""
        ...
