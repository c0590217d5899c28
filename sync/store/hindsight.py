"""What was known at an earlier instant, and which facts about the time before it came later.

A fact was known when its CRM recorded it. Where a CRM does not say, it was known when we read it: such
facts are marked. Who is one person, and who works together, is as known today.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from sqlalchemy import Connection

from scoring.touches import NAMED_FIELD, Attributes, Facts
from sync.store.facts import Row, facts_of_rows
from sync.store.people import rows_in

_SOURCES = (
    "SELECT t.id, t.connection, t.source_id, i.person, t.recorded_at, t.ingested_at FROM touch t "
    "LEFT JOIN identity i ON i.key = t.key WHERE t.id IN :values"
)
_CHANGES = (
    "SELECT c.field, c.value, c.occurred_at, c.recorded_at, c.ingested_at FROM identity i "
    "JOIN change c ON c.key = i.key "
    "WHERE i.person IN :values AND c.occurred_at <= :instant AND c.recorded_at > :instant"
)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a touch was read, whose it is, and whether we say when it was known (`by_us`), not the CRM."""

    connection: str
    source_id: str
    person: int
    by_us: bool


@dataclass(frozen=True, slots=True)
class Late:
    """A fact that was not known at its time. `touch` is its id, 0 where it is an attribute or a record."""

    touch: int
    what: str
    occurred_at: int
    recorded_at: int
    by_us: bool


def sources(tx: Connection, touches: Sequence[int]) -> dict[int, Source]:
    """This is where each of these touches was read."""
    rows = rows_in(tx, _SOURCES, sorted(set(touches)))
    return {
        row.id: Source(
            row.connection, row.source_id, int(row.person or 0), row.recorded_at == row.ingested_at
        )
        for row in rows
    }


def late_facts(tx: Connection, person: int, rows: Sequence[Row], facts: Facts, instant: int) -> list[Late]:
    """These are facts about person 0 of the time up to `instant` that came later, the earliest first."""
    touches = facts.touches
    came_late = (touches.person == 0) & (touches.at <= instant) & (touches.recorded_at > instant)
    numbers = np.flatnonzero(came_late).tolist()
    known = sources(tx, [int(touches.id[number]) for number in numbers])
    found = []
    for number in numbers:
        touch = int(touches.id[number])
        thing = next((text for text in _things(facts, number) if text), "")
        what = f"{touches.labels[touches.kind[number]]} {thing}".strip()
        by_us = touch in known and known[touch].by_us
        found.append(Late(touch, what, int(touches.at[number]), int(touches.recorded_at[number]), by_us))
    for row in rows_in(tx, _CHANGES, [person], instant=instant):
        by_us = row.recorded_at == row.ingested_at
        found.append(
            Late(0, f"{_name(row.field)} became {row.value}", row.occurred_at, row.recorded_at, by_us)
        )
    found += [Late(0, f"record {row.key}", 0, row.created_at, False) for row in _later(rows, instant)]
    return sorted(found, key=lambda one: (one.occurred_at, one.recorded_at, one.touch))


def known_then(tx: Connection, person: int, rows: Sequence[Row], facts: Facts, instant: int) -> Facts:
    """This is what was known of person 0 of `facts` (and her colleagues) at `instant`."""
    late = {
        (row.occurred_at, _name(row.field), row.value)
        for row in rows_in(tx, _CHANGES, [person], instant=instant)
    }
    attributes = facts.attributes
    if later := _later(rows, instant):
        attributes = facts_of_rows(tx, [person], [row for row in rows if row not in later]).attributes
    whole = facts.whole and _recorded(facts.whole, instant)
    return replace(_recorded(facts, instant), attributes=_without(attributes, late), whole=whole)


def _name(field: str) -> str:
    return field.removeprefix(NAMED_FIELD)


def _recorded(facts: Facts, instant: int) -> Facts:
    return replace(facts, touches=facts.touches.take(facts.touches.recorded_at <= instant))


def _later(rows: Sequence[Row], instant: int) -> list[Row]:
    return [row for row in rows if row.created_at > instant]


def _without(attributes: Attributes, late: Collection[tuple[int, str, str]]) -> Attributes:
    if not late:
        return attributes
    label = attributes.labels
    told = zip(attributes.at.tolist(), attributes.name.tolist(), attributes.value.tolist(), strict=True)
    return attributes.take(
        np.array([(at, label[name], label[value]) not in late for at, name, value in told], np.bool_)
    )


def _things(facts: Facts, row: int) -> tuple[str, str, str]:
    touches, label = facts.touches, facts.touches.labels
    return label[touches.asset[row]], label[touches.page[row]], label[touches.campaign[row]]
