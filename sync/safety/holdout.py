"""The holdout: a share of leads that is scored like all others, but of whom no CRM hears.

Only such leads tell what becomes of people when nobody acts on a score. Who belongs to it hangs on a hash of
the address, so it is the same at every retry and in a store that was built anew. Whoever was written about
once stays written about, whatever the share is changed to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import text

from reports.intervals import wilson
from sync.batch import Batch
from sync.store.engine import Store
from sync.store.facts import Row

_WHOLE = 2**64
_REACHED = text(
    "SELECT v.held_out, COUNT(*) AS people, "
    "SUM(CASE WHEN EXISTS (SELECT 1 FROM episode e WHERE e.person = v.person) THEN 1 ELSE 0 END) AS mqls, "
    "SUM(CASE WHEN v.status IN ('sql', 'customer') THEN 1 ELSE 0 END) AS sqls, "
    "SUM(CASE WHEN v.status = 'customer' THEN 1 ELSE 0 END) AS won "
    "FROM verdict v GROUP BY v.held_out"
)


def held_out(batch: Batch, before: Mapping[int, Any], percent: float) -> frozenset[int]:
    """These are the people of a batch of whom nothing may be written. `before` is what was told of each."""
    if not percent:
        return frozenset()
    told = {person: before.get(person, ("", {}))[1] for person in batch.people}
    return frozenset(
        person for person in batch.people if is_held_out(batch.rows.get(person, ()), told[person], percent)
    )


def is_held_out(rows: Sequence[Row], published: Mapping[str, Any], percent: float) -> bool:
    """This tells whether nothing may be written about the person who has these rows."""
    if not percent or published or not rows:
        return False
    held = [str(row.attributes.get("email") or "") for row in rows]
    addresses = [one.strip().casefold() for one in held if one]
    name = min(addresses) if addresses else min(row.key for row in rows)
    drawn = int.from_bytes(sha256(f"holdout:{name}".encode()).digest()[:8])
    return drawn * 100 < percent * _WHOLE


@dataclass(frozen=True, slots=True)
class Arm:
    """One side of the comparison, counted in people. `sqls` have got that far or further."""

    people: int = 0
    mqls: int = 0
    sqls: int = 0
    won: int = 0

    def line(self, name: str) -> str:
        low, high = wilson(self.won, self.mqls)
        rate = f"{self.won / self.mqls:.1%} ({low:.1%} to {high:.1%})" if self.mqls else "no MQL yet"
        return (
            f"{name:9} {self.people} people, {self.mqls} ever MQL, {self.sqls} SQL or further, {self.won} "
            f"customers; of the MQLs became customers: {rate}"
        )


@dataclass(frozen=True, slots=True)
class Compared:
    """Both sides. `percent` is the share that is held out from now on."""

    percent: float
    held_out: Arm
    written: Arm

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def lines(self) -> list[str]:
        """This is the comparison for people."""
        if not self.percent and not self.held_out.people:
            return ["Nobody is held out; `holdout_percent` in mqlsync.yaml sets a share."]
        return [
            f"{self.percent:g} % of new leads are scored, but not written.",
            self.held_out.line("held out"),
            self.written.line("written"),
            "Sales may still find who is held out by themselves; the intervals are 95 % (Wilson).",
        ]


def holdout(store: Store, percent: float) -> Compared:
    """This counts how far either side has come."""
    with store.reading() as tx:
        found = {bool(row.held_out): Arm(*row[1:]) for row in tx.execute(_REACHED)}
    return Compared(percent, found.get(True, Arm()), found.get(False, Arm()))
