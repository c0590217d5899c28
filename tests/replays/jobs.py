"""What a connector is asked to do while its calls are recorded, and again when they are replayed.

A job is a function of a connector that has just started and of what was read first, so that a replay
asks what the recording asked. Time stands still: every instant is said here or by the CRM.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from connectors.hubspot.connector import connect as connect_hubspot
from connectors.outcome import Outcome
from connectors.own import OWN_FIELDS
from connectors.port import Patience, Port
from connectors.protocol import Connector, FieldWrite, TaskWrite
from connectors.records import PERSON_KINDS, Record, Touch, Unread, Value
from connectors.salesforce.connector import connect as connect_salesforce
from sync.clock import DAY, parse

CRMS = ("hubspot", "salesforce")
START = "2026-11-23T10:00:00Z"
PAGES_MAX = 50
NOBODY = {"hubspot": "99999999999", "salesforce": "00Q000000000009"}
KEY = "mqlsync:replay:1:follow-up"
PATIENCE = Patience(attempts_max=1)


@dataclass(frozen=True, slots=True)
class Account:
    """Where a fake CRM answers, and what lets us in."""

    url: str
    name: str = "-"
    secret: str = "-"


@dataclass(frozen=True, slots=True)
class Reading:
    """What all streams gave, and the bookmarks behind it."""

    records: tuple[Record, ...] = ()
    touches: tuple[Touch, ...] = ()
    unread: tuple[Unread, ...] = ()
    bookmarks: Mapping[str, str] = field(default_factory=dict)

    def known(self, kind: str, rows: Sequence[tuple[str, int]]) -> frozenset[str]:
        """This answers like a store that holds these records."""
        held = {record.id: record.stamp for record in self.records if record.kind == kind}
        return frozenset(row_id for row_id, stamp in rows if held.get(row_id, -1) >= stamp)


@dataclass(frozen=True, slots=True)
class Writing:
    """What became of the fields, of the task, and of the same task meant again."""

    fields: list[Outcome]
    task: list[Outcome]
    again: list[Outcome]


def connected(crm: str, account: Account) -> Connector:
    """This is the real connector in a world in which no time passes."""
    now = parse(START)
    port = Port(now=lambda: now, monotonic=lambda: 0.0, sleep=lambda _: None)
    if crm == "hubspot":
        return connect_hubspot(lambda: account.secret, port=port, patience=PATIENCE, base_url=account.url)
    return connect_salesforce(account.url, account.name, lambda: account.secret, port=port, patience=PATIENCE)


def read(connector: Connector, before: Reading) -> Reading:
    """This reads every stream from its bookmark until it has caught up."""
    records: list[Record] = []
    touches: list[Touch] = []
    unread: list[Unread] = []
    bookmarks: dict[str, str] = {}
    for stream in connector.streams():
        cursor = before.bookmarks.get(stream.name, "")
        for _ in range(PAGES_MAX):
            page = connector.pull(stream.name, cursor, before.known)
            cursor = page.cursor
            records += page.records
            touches += page.touches
            unread += page.unread
            if page.caught_up:
                break
        else:
            raise AssertionError(f"{stream.name} never caught up")
        bookmarks[stream.name] = cursor
    return Reading(tuple(records), tuple(touches), tuple(unread), bookmarks)


def write(connector: Connector, before: Reading) -> Writing:
    """This sets every field of two people and of one who does not exist, and makes one task twice."""
    people = sorted((r for r in before.records if r.kind in PERSON_KINDS), key=lambda r: (r.kind, r.id))
    first, last = people[0], people[-1]
    nobody = "contact" if connector.crm == "hubspot" else "lead"
    writes = [
        FieldWrite(first.kind, first.id, values(1)),
        FieldWrite(nobody, NOBODY[connector.crm], values(2)),
        FieldWrite(last.kind, last.id, {**values(3), "reason": None}),
    ]
    task = TaskWrite(
        KEY, last.kind, last.id, owner_of(before), "Call back", "She asked for a quote.", parse(START) + DAY
    )
    return Writing(connector.push(writes), connector.push_tasks([task]), connector.push_tasks([task]))


def values(number: int) -> dict[str, Value | None]:
    """This is a value for each of our fields; another number, other values."""
    made: dict[str, Value | None] = {}
    for own in OWN_FIELDS:
        match own.type:
            case "text":
                made[own.name] = f"{own.label} {number}: “ü” <&>"
            case "number":
                made[own.name] = 40 + number
            case "instant":
                made[own.name] = parse(START) - number * DAY
            case "choice":
                made[own.name] = own.choices[number % len(own.choices)]
    return made


def owner_of(reading: Reading) -> str:
    """This is somebody who works and can be given a task."""
    owners = (r for r in reading.records if r.kind == "owner" and not r.deleted)
    return min(r.id for r in owners if r.attributes["active"] in ("true", True))


FIRST = "first read"
JOBS: Mapping[str, Callable[[Connector, Reading], Reading | Writing]] = {
    FIRST: read,
    "increment": read,
    "push": write,
}
