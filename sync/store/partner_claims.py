"""What partners claim, as it was judged last: kept beside verdicts, so that reports need not judge anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from typing import Any

import numpy as np
from sqlalchemy import Connection

from scoring.partners.words import Line, lines
from scoring.verdicts import Verdicts
from sync.store.engine import Store
from sync.store.people import rows_in


@dataclass(frozen=True, slots=True, order=True)
class StoredClaim:
    """One line of a person's evidence; see `scoring.partners.words.Line`."""

    person: int
    partner: str
    kind: str
    at: int
    wins: bool
    until: int
    why: str
    rival: str
    rival_kind: str
    rival_at: int
    last_at: int
    times: int


_COLUMNS = ", ".join(field.name for field in fields(StoredClaim))
_SELECT = f"SELECT {_COLUMNS} FROM partner_claim WHERE "  # noqa: S608
_INSERT = f"INSERT INTO partner_claim ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
_DELETE = "DELETE FROM partner_claim WHERE person = ? AND partner = ? AND kind = ? AND at = ?"


def save_claims(store: Store, tx: Connection, people: Sequence[int], verdicts: Verdicts) -> None:
    """This brings the stored evidence of these people (ascending) in line; it writes only what differs."""
    before = {_key(one): one for one in claims_of_people(tx, people)}
    after: dict[tuple[int, str, str, int], StoredClaim] = {}
    for place in np.unique(verdicts.claims.person).tolist():
        for line in lines(verdicts, place):
            one = _stored(people[place], line)
            after.setdefault(_key(one), one)  # of one instant and kind, what won comes first
    same = {key for key, one in after.items() if before.get(key) == one}
    store.many(tx, _DELETE, sorted(before.keys() - same))
    store.many(tx, _INSERT, [astuple(one) for key, one in sorted(after.items()) if key not in same])


def claims_of_people(tx: Connection, people: Sequence[int]) -> list[StoredClaim]:
    """This is all evidence about these people, in order."""
    return _read(rows_in(tx, f"{_SELECT}person IN :values", people))


def claims_of_partner(tx: Connection, partner: str) -> list[StoredClaim]:
    """This is all evidence of one partner, won or lost, in order."""
    return _read(rows_in(tx, f"{_SELECT}partner IN :values", [partner]))


def _read(rows: Sequence[Any]) -> list[StoredClaim]:
    names = [field.name for field in fields(StoredClaim)]
    told = ({name: getattr(row, name) for name in names} for row in rows)
    return sorted(StoredClaim(**{**one, "wins": bool(one["wins"])}) for one in told)


def _key(one: StoredClaim) -> tuple[int, str, str, int]:
    return one.person, one.partner, one.kind, one.at


def _stored(person: int, line: Line) -> StoredClaim:
    return StoredClaim(
        *(person, line.partner, line.kind, line.at, line.wins, line.until, line.why),
        *(line.rival, line.rival_kind, line.rival_at, line.last_at, line.times),
    )
