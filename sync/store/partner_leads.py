"""What partners told us of their leads: rows as they told them, and touches that are evidence of claims."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

from sqlalchemy import Connection, text

from connectors.records import Touch
from scoring.touches import PARTNER_KINDS
from sync.store.engine import Store
from sync.store.pages import save_touches
from sync.store.people import rows_in
from sync.store.tombstones import buried

CONNECTION = "partners"
PROVENANCE = "partner_file"
TOUCH_OF = dict(zip(("list_import", "deal_registration"), PARTNER_KINDS, strict=True))

_SAVE = """
INSERT INTO partner_lead (partner, kind, key, occurred_at, status, is_mql, first_at, seen_at, file, row)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (partner, kind, key) DO UPDATE SET occurred_at = excluded.occurred_at, status = excluded.status,
  is_mql = excluded.is_mql, seen_at = excluded.seen_at, file = excluded.file, row = excluded.row
"""
_OF_PARTNER = text(
    "SELECT l.key, l.kind, l.occurred_at, l.status, l.is_mql, l.first_at, l.seen_at, l.row, "
    "COALESCE(i.person, 0) AS person FROM partner_lead l LEFT JOIN identity i ON i.key = l.key "
    "WHERE l.partner = :partner ORDER BY l.row, l.key"
)


@dataclass(frozen=True, slots=True)
class PartnerLead:
    """One row of a partner's file. `occurred_at` is 0 where it had no date; `person` 0: nobody we know."""

    key: str
    occurred_at: int
    status: str
    is_mql: bool
    row: int
    kind: str = "list_import"
    first_at: int = 0
    seen_at: int = 0
    person: int = 0


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did: new rows, changed ones, unchanged ones; `kept` were told earlier and are not in
    this file, `erased` (row numbers) were not taken over, `known` are people whom we know."""

    new: int
    changed: int
    same: int
    kept: int
    known: int
    erased: tuple[int, ...]


def save_leads(
    store: Store, partner: str, kind: str, leads: Sequence[PartnerLead], file: str, now: int
) -> Imported:
    """This keeps the rows of a file and what they are evidence of; a second time it changes nothing."""
    with store.transaction() as tx:
        gone = buried(store, tx, (one.key for one in leads))
        told = [one for one in leads if one.key not in gone]
        before = {one.key: one for one in leads_of(tx, partner) if one.kind == kind}
        new = [one for one in told if one.key not in before]
        changed = [one for one in told if one.key in before and _meant(one) != _meant(before[one.key])]
        first = {one.key: before[one.key].first_at if one.key in before else now for one in told}
        rows = [
            (partner, kind, one.key, one.occurred_at, one.status, one.is_mql, now, now, file, one.row)
            for one in told
        ]
        store.many(tx, _SAVE, rows)
        save_touches(store, tx, CONNECTION, [_touch(partner, kind, one, first[one.key]) for one in told], now)
        known = rows_in(tx, "SELECT key FROM identity WHERE key IN :values", [one.key for one in told])
    return Imported(
        new=len(new),
        changed=len(changed),
        same=len(told) - len(new) - len(changed),
        kept=len(before.keys() - {one.key for one in told}),
        known=len(known),
        erased=tuple(one.row for one in leads if one.key in gone),
    )


def leads_of(tx: Connection, partner: str) -> list[PartnerLead]:
    """These are all rows that a partner has told us."""
    return [
        PartnerLead(
            r.key, r.occurred_at, r.status, bool(r.is_mql), r.row, r.kind, r.first_at, r.seen_at, r.person
        )
        for r in tx.execute(_OF_PARTNER, {"partner": partner})
    ]


def listed_by(tx: Connection) -> dict[str, int]:
    """This is how many rows each partner has told us."""
    rows = tx.execute(text("SELECT partner, COUNT(*) AS n FROM partner_lead GROUP BY partner"))
    return {row.partner: row.n for row in rows}


def _meant(one: PartnerLead) -> tuple[int, str, bool]:
    return one.occurred_at, one.status, one.is_mql


def _touch(partner: str, kind: str, one: PartnerLead, first_at: int) -> Touch:
    """Its source is a hash of the key: sources are shown, and a key may be an address."""
    name = blake2b(one.key.encode(), digest_size=12).hexdigest()
    return Touch(
        key=one.key,
        source_id=f"{kind}:{partner}:{name}",
        kind=TOUCH_OF[kind],
        occurred_at=one.occurred_at or first_at,
        recorded_at=first_at,
        asset=partner,
        provenance=PROVENANCE,
    )
