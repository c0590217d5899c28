"""Who does a person's task: the owner of one of her records, else whoever stands in.

A queue owns leads and does no tasks. Where nobody works on any of her records, the task goes to the
default owner of that CRM; without one it is meant for the queue all the same, is refused there, and so
stands in `status` with its cause. It is never dropped.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from connectors.records import key_of
from scoring.handoff.routing import Home, home
from sync.store.facts import Row
from sync.store.people import rows_in


@dataclass(frozen=True, slots=True)
class Owners:
    """Whom the records of a batch belong to, by key: those who work, and queues."""

    active: frozenset[str]
    queues: frozenset[str]


def owners_of(tx: Connection, rows: Iterable[Row]) -> Owners:
    keys = {key_of(row.connection, "owner", _owner_id(row)) for row in rows}
    found = rows_in(
        tx, "SELECT key, attributes FROM record WHERE key IN :values AND NOT deleted", sorted(keys)
    )
    said = {row.key: row.attributes.replace(" ", "") for row in found}
    return Owners(
        frozenset(key for key, attributes in said.items() if '"active":"false"' not in attributes),
        frozenset(key for key, attributes in said.items() if '"queue":"true"' in attributes),
    )


def home_of(
    rows: Iterable[Row], owners: Owners, order: Sequence[str], stand_ins: Mapping[str, str]
) -> Home | None:
    """This is where the task goes. `stand_ins` are the default owners, by CRM."""
    homes = [_home(row, owners) for row in rows]
    return home(homes, order) or home((_stood_in(one, owners, stand_ins) for one in homes), order)


def _home(row: Row, owners: Owners) -> Home:
    owner = _owner_id(row)
    active = key_of(row.connection, "owner", owner) in owners.active
    return Home(row.connection, row.kind, row.record_id, owner, active, row.is_writable, row.created_at)


def _stood_in(one: Home, owners: Owners, stand_ins: Mapping[str, str]) -> Home:
    if one.crm in stand_ins:
        return replace(one, owner_id=stand_ins[one.crm], owner_is_active=True)
    return replace(one, owner_is_active=key_of(one.crm, "owner", one.owner_id) in owners.queues)


def _owner_id(row: Row) -> str:
    return str(row.attributes.get("owner_id", ""))
