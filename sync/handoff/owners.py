"""Who can be given work. An id is one CRM's; a seller is one human being, whatever ids the CRMs give her.

Two owners are one seller if they have one mail address, and nobody else in either CRM has it. Of those who
have one in the same CRM, who left does not count. A seller is named by the lowest of her keys, which may
change when another CRM is connected; so whatever is stored by that name is looked up by key again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson
from sqlalchemy import Connection, text

from connectors.records import key_of
from scoring.handoff.sla import Slas
from sync.store.people import rows_in

SHORT_ID = 15  # Salesforce shows ids of fifteen characters, and answers with eighteen
_COLUMNS = "SELECT key, connection, record_id, attributes FROM record WHERE kind = 'owner' AND NOT deleted"


@dataclass(frozen=True, slots=True)
class Owner:
    """One CRM's owner. A queue owns leads, and nobody works in it."""

    key: str
    crm: str
    id: str
    is_active: bool
    is_queue: bool
    email: str
    manager_id: str = ""  # in the same CRM, where it tells


class Owners:
    """Everybody who may own records."""

    def __init__(self, owners: Iterable[Owner]) -> None:
        self.by_key = {one.key: one for one in owners}
        self._seller = _sellers(self.by_key.values())
        self._ids: defaultdict[str, list[Owner]] = defaultdict(list)
        self._named: dict[str, str] = {}
        for key, one in sorted(self.by_key.items()):
            seller = self.seller(key)
            self._ids[seller].append(one)
            self._named[one.id] = seller
            if one.crm == "salesforce":
                self._named[one.id[:SHORT_ID]] = seller

    def is_active(self, key: str) -> bool:
        return key in self.by_key and self.by_key[key].is_active

    def is_queue(self, key: str) -> bool:
        return key in self.by_key and self.by_key[key].is_queue

    def seller(self, key: str) -> str:
        """This is the seller who has this key, or who had it when it was stored."""
        return self._seller.get(key, key)

    def named(self, name: str) -> str:
        """This is the seller whom settings name by one of her ids, "" if there is none."""
        return self._named.get(name, "")

    def id_in(self, seller: str, crm: str) -> str:
        """This is what an active seller is called in a CRM, "" if she has no seat there."""
        return next((one.id for one in self._ids.get(seller, ()) if one.crm == crm and one.is_active), "")

    def manager(self, key: str) -> str:
        """This is the seller whom a CRM names as somebody's manager, "" where it names none."""
        one = self.by_key.get(key)
        return self.seller(key_of(one.crm, "owner", one.manager_id)) if one and one.manager_id else ""

    def trouble(self, name: str, crms: Collection[str]) -> str:
        """This is why somebody whom settings name cannot do tasks in these CRMs, "" if she can."""
        seller = self.named(name)
        if not seller:
            return "unknown"
        if any(self.id_in(seller, crm) for crm in crms):
            return ""
        if all(one.is_queue for one in self._ids[seller]):
            return "a queue"
        if any(one.is_active for one in self._ids[seller]):
            return f"not in {' or '.join(sorted(crms))}"
        return "inactive"

    def away(self, slas: Slas | None, now: int) -> frozenset[str]:
        """These are the sellers who are on leave."""
        told = slas.owners.items() if slas else ()
        return frozenset(
            self.named(name) for name, one in told if any(since <= now < until for since, until in one.leave)
        )

    def known_to(self, slas: Slas) -> Slas:
        """These are the SLAs, in which a seller has her hours under each of her ids."""
        hours = dict(slas.owners)
        for name, told in slas.owners.items():
            hours |= {
                one.id: told for one in self._ids.get(self.named(name), ()) if one.id not in slas.owners
            }
        return replace(slas, owners=hours)


def owners_of(tx: Connection, keys: Collection[str] | None = None) -> Owners:
    """These are all owners, or those with these keys."""
    if keys is None:
        return Owners(_owner(row) for row in tx.execute(text(_COLUMNS)))
    return Owners(_owner(row) for row in rows_in(tx, f"{_COLUMNS} AND key IN :values", sorted(keys)))


def owner_key(connection: str, attributes: Mapping[str, Any]) -> str:
    """This is the key of whoever owns a row, "" if nobody does."""
    owner_id = str(attributes.get("owner_id", ""))
    return key_of(connection, "owner", owner_id) if owner_id else ""


def _owner(row: Any) -> Owner:
    told = orjson.loads(row.attributes)
    return Owner(
        *(row.key, row.connection, row.record_id),
        is_active=str(told.get("active", "true")) == "true",
        is_queue=str(told.get("queue", "")) == "true",
        email=str(told.get("email", "")).strip().casefold(),
        manager_id=str(told.get("manager_id", "")),
    )


def _sellers(owners: Collection[Owner]) -> dict[str, str]:
    by_address: defaultdict[str, defaultdict[str, list[Owner]]] = defaultdict(lambda: defaultdict(list))
    for one in owners:
        if one.email and not one.is_queue:
            by_address[one.email][one.crm].append(one)
    found: dict[str, str] = {}
    for by_crm in by_address.values():
        ones = [one for same in by_crm.values() for one in _only(same)]
        found |= {one.key: min(each.key for each in ones) for one in ones}
    return found


def _only(same: Sequence[Owner]) -> Sequence[Owner]:
    working = [one for one in same if one.is_active] or same
    return working if len(working) == 1 else ()
