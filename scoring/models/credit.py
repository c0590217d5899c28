"""Shares added up: how many conversions and how much money each channel, campaign or partner brought.

Counts are in millionths of a conversion, amounts are exact decimals of their own currency. What led to
conversions without any touch stands under NOBODY, so that sums are always those of the conversions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from scoring.models.shares import WHOLE, split, summed
from scoring.touches import Ints

NOBODY = -1
PLACES_MIN = 2  # a deal of 100 is split to the cent
PLACES_MAX = 10
UNITS_MAX = 1 << 53
DIGITS_MAX = 15  # before the point


@dataclass(frozen=True, slots=True)
class Money:
    """An amount and its currency; amounts in different currencies are never added."""

    amount: Decimal
    currency: str


def counted(share: Ints, sizes: Ints, label: Ints) -> dict[int, int]:
    """This is the millionths of conversions that each label earned; `label` is one per step."""
    codes, number = np.unique(label, return_inverse=True)
    total = np.zeros(len(codes), np.int64)
    np.add.at(total, number, share)
    found = {int(code): int(value) for code, value in zip(codes, total, strict=True) if value}
    nobody = WHOLE * int((summed(share, sizes) == 0).sum())
    return found | ({NOBODY: nobody} if nobody else {})


def paid(
    share: Ints, sizes: Ints, label: Ints, values: Sequence[Money | None]
) -> dict[tuple[int, str], Decimal]:
    """This is the money that each (label, currency) earned; `values` is one per conversion."""
    units, places = _units(values)
    parts = split(np.abs(units), share, sizes) * np.repeat(np.sign(units), sizes)
    currencies = sorted({one.currency for one in values if one is not None})
    currency = np.array([currencies.index(one.currency) if one else -1 for one in values], np.int64)
    nobody = np.flatnonzero(summed(share, sizes) == 0)
    key = np.stack(
        (
            np.concatenate((label, np.full(len(nobody), NOBODY, np.int64))),
            np.concatenate((np.repeat(currency, sizes), currency[nobody])),
            np.concatenate((np.repeat(places, sizes), places[nobody])),
        ),
        axis=1,
    )
    keys, number = np.unique(key, axis=0, return_inverse=True)
    # Sums of many deals may outgrow 63 bits, so they are added in two halves.
    given = np.concatenate((parts, units[nobody]))
    high, low = np.zeros(len(keys), np.int64), np.zeros(len(keys), np.int64)
    np.add.at(high, number.reshape(-1), given >> 32)
    np.add.at(low, number.reshape(-1), given & 0xFFFFFFFF)
    found: dict[tuple[int, str], Decimal] = {}
    for (code, coin, place), most, least in zip(keys.tolist(), high.tolist(), low.tolist(), strict=True):
        amount = (most << 32) + least
        if amount:
            at = (code, currencies[coin])
            found[at] = found.get(at, Decimal(0)) + Decimal(amount).scaleb(-place)
    return found


def is_splittable(amount: Decimal) -> bool:
    """This tells whether an amount can be split exactly: a number, not too large, of not too many places."""
    if not amount.is_finite() or _places(amount) > PLACES_MAX or amount.adjusted() > DIGITS_MAX:
        return False
    return abs(amount.scaleb(_places(amount))) <= UNITS_MAX


def _places(amount: Decimal) -> int:
    exponent = amount.as_tuple().exponent
    return max(PLACES_MIN, -exponent) if isinstance(exponent, int) else PLACES_MIN


def _units(values: Sequence[Money | None]) -> tuple[Ints, Ints]:
    """This writes each amount as an integer of its smallest unit, and says how many places that has."""
    units, places = [], []
    for one in values:
        amount = one.amount if one else Decimal(0)
        if not is_splittable(amount):
            raise ValueError(f"an amount of {amount} cannot be split: it is no number or has too many digits")
        place = _places(amount)
        units.append(int(amount.scaleb(place)))
        places.append(place)
    return np.array(units, np.int64), np.array(places, np.int64)
