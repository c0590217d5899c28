"""When sales said something in the fields that are its own, and who: HubSpot keeps the history of each field.

Only contacts that show such a word are asked for it; of most there is none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.dispositions import FIELDS
from connectors.hubspot import fields, reading, values
from connectors.hubspot.client import Portal
from connectors.hubspot.rows import UNREADABLE
from connectors.hubspot.signals import whoever
from connectors.records import Record

NAMES = tuple(fields.PREFIX + name for name in FIELDS)


def dated(portal: Portal, records: tuple[Record, ...]) -> tuple[Record, ...]:
    """These are the records, each with when and by whom the fields of sales were last changed."""
    ids = [one.id for one in records if not one.deleted and any(one.own.get(name) for name in FIELDS)]
    if not ids:
        return records
    rows = reading.batch(portal, "contacts", ids, NAMES, histories=NAMES)
    said = {str(row.get("id")): _latest(row) for row in rows if isinstance(row, dict)}
    return tuple(_with(one, said.get(one.id)) for one in records)


def _with(record: Record, latest: tuple[int, str] | None) -> Record:
    if latest is None:
        return record
    return record._replace(said_at=latest[0], changed_by=latest[1])


def _latest(row: Mapping[str, Any]) -> tuple[int, str] | None:
    """This is the newest change of the fields; None where nothing of it can be read."""
    try:
        histories: Mapping[str, Sequence[Any]] = row["propertiesWithHistory"]
        found = [
            (values.instant(entry["timestamp"]), whoever(entry))
            for name in NAMES
            for entry in histories.get(name) or ()
        ]
    except UNREADABLE:
        return None
    return max(found, default=None)
