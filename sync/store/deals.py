"""Deals: when each was opened and won, what it is worth, and who is in it.

A deal's own row says whether it is won and what it is worth; the touches of its contacts say who they are
and when it was won. A deal without contacts is a deal all the same. Of two CRMs sales' truth stands in one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, text

from scoring.models.credit import Money, is_splittable
from scoring.touches import NEVER, SECOND

OPENED, WON, LOST = "opportunity_created", "deal_won", "deal_lost"
# How the names of a deal's touches begin, by CRM; the deal's id is the part with this number.
NAMES = {"hubspot": {"deal": 1}, "salesforce": {"opportunity": 1, "lead": 3}}

_ROWS = (
    "SELECT key, stamp, created_at, deleted, attributes FROM record "
    "WHERE connection = :crm AND kind = 'deal'{} ORDER BY key"
)
_TOUCHES = (
    "SELECT t.source_id, l.text AS kind, t.occurred_at, i.person FROM touch t "
    "JOIN label l ON l.id = t.kind JOIN identity i ON i.key = t.key "
    "WHERE t.connection = :crm AND l.text IN :kinds{}"
)


@dataclass(frozen=True, slots=True)
class Deal:
    """One opportunity. `won_at` is NEVER if it is not won, `value` None if nobody says what it is worth;
    `odd` is an amount that cannot be counted. `company` is a key, "" if none is named."""

    key: str
    opened_at: int
    won_at: int = NEVER
    value: Money | None = None
    odd: str = ""
    company: str = ""
    people: tuple[int, ...] = ()


@dataclass(slots=True)
class _Told:
    """What the touches of a deal's contacts say."""

    opened_at: int = NEVER
    won_at: int = NEVER
    lost_at: int = NEVER
    people: set[int] = field(default_factory=set)


def load_deals(tx: Connection, crm: str, currency: str = "") -> list[Deal]:
    """These are all deals of a CRM that are not deleted; `currency` is that of amounts that name none."""
    told = _told(tx, crm)
    found = []
    for row in tx.execute(text(_ROWS.format(_within(tx, "key", f"{crm}:deal"))), {"crm": crm}):
        one = told.pop(row.key, None) or _Told()
        if not row.deleted:
            found.append(_deal(row, one, currency))
    # Who was in a deal whose row was not read yet.
    return found + [
        Deal(key, min(one.opened_at, one.won_at), _won_at(one), people=tuple(sorted(one.people)))
        for key, one in sorted(told.items())
    ]


def _told(tx: Connection, crm: str) -> dict[str, _Told]:
    told: dict[str, _Told] = {}
    for prefix, place in NAMES[crm].items():
        asked = text(_TOUCHES.format(_within(tx, "t.source_id", prefix))).bindparams(
            bindparam("kinds", expanding=True)
        )
        for row in tx.execute(asked, {"crm": crm, "kinds": [OPENED, WON, LOST]}):
            parts = row.source_id.split(":")
            if parts[0] != prefix or len(parts) <= place:
                continue
            one = told.setdefault(f"{crm}:deal:{parts[place]}", _Told())
            one.people.add(row.person)
            match row.kind:
                case "opportunity_created":
                    one.opened_at = min(one.opened_at, row.occurred_at)
                case "deal_won":
                    one.won_at = min(one.won_at, row.occurred_at)
                case _:
                    one.lost_at = min(one.lost_at, row.occurred_at)
    return told


def _within(tx: Connection, column: str, prefix: str) -> str:
    """SQLite finds names by how they begin in its index; elsewhere the order of signs is the locale's."""
    if tx.dialect.name != "sqlite":
        return ""
    return f" AND {column} > '{prefix}:' AND {column} < '{prefix};'"


def _deal(row: Any, told: _Told, currency: str) -> Deal:
    attributes: Mapping[str, Any] = orjson.loads(row.attributes)
    value, odd = worth(attributes, "amount", currency)
    opened_at = row.created_at or min(told.opened_at, told.won_at)
    won_at = _won_at(told)
    is_won, is_closed = attributes.get("is_won"), attributes.get("is_closed")
    if is_won == "true" and won_at == NEVER:
        won_at = max(opened_at, _closed_at(attributes, row.stamp))
    elif is_won != "true" and "false" in (is_won, is_closed):
        won_at = NEVER
    company = str(attributes.get("company_key", ""))
    return Deal(row.key, opened_at, won_at, value, odd, company, tuple(sorted(told.people)))


def _won_at(told: _Told) -> int:
    """What was won and then lost was not won."""
    return told.won_at if told.lost_at == NEVER or told.lost_at < told.won_at < NEVER else NEVER


def _closed_at(attributes: Mapping[str, Any], stamp: int) -> int:
    """People set days of closing ahead: what is closed was so by its last change."""
    at, day = attributes.get("closes_at"), str(attributes.get("closes_on", ""))
    if isinstance(at, int) and at:
        return min(at, stamp)
    try:
        moment = datetime.fromisoformat(day).replace(tzinfo=UTC)
    except ValueError:
        return stamp
    return min(int(moment.timestamp()) * SECOND, stamp)


def worth(attributes: Mapping[str, Any], name: str, currency: str) -> tuple[Money | None, str]:
    """This is an amount that a row names, or what stands there instead of one."""
    told = attributes.get(name)
    if told is None or told == "":
        return None, ""
    try:
        amount = Decimal(str(told))
    except InvalidOperation:
        return None, str(told)
    money = Money(amount, str(attributes.get("currency", "")) or currency)
    return (money, "") if is_splittable(amount) else (None, str(told))
