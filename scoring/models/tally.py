"""What every channel, campaign or partner earned, as sums that parts of the people can be added to.

Parts can be added because every conversion is wholly in one of them. Markov chains know only all journeys
together: of these a part gives what followed what, and the credit comes out of the sum (`finished`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar

import numpy as np

from scoring.models.credit import Money, paid
from scoring.models.dimensions import UNKNOWN
from scoring.models.markov import Walks, credited, together
from scoring.models.shares import WHOLE

Key = tuple[str, str, str]  # type of conversion, model, label
MoneyKey = tuple[str, str, str, str]  # and a currency
K = TypeVar("K")


@dataclass(slots=True)
class Tally:
    """Sums: millionths of conversions (`credit`) and money by currency (`money`), under UNKNOWN what no touch
    led to. `count` and `value` are all conversions, `led` and `led_value` those that touches led to,
    `touched` how many of them each label had a part in, `walked` what Markov chains still wait for.
    """

    count: Counter[str] = field(default_factory=Counter)
    led: Counter[str] = field(default_factory=Counter)
    value: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    led_value: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    credit: Counter[Key] = field(default_factory=Counter)
    money: dict[MoneyKey, Decimal] = field(default_factory=dict)
    touched: Counter[tuple[str, str]] = field(default_factory=Counter)
    walked: dict[tuple[str, str], Walks] = field(default_factory=dict)

    def add(self, other: Tally) -> None:
        """This takes in what another part of the people came to."""
        for name in ("count", "led", "credit", "touched"):
            getattr(self, name).update(getattr(other, name))
        for name in ("value", "led_value", "money"):
            add_up(getattr(self, name), getattr(other, name).items())
        for key, found in other.walked.items():
            self.walked[key] = together([self.walked[key], found]) if key in self.walked else found

    def finish(self) -> None:
        """This gives out the credit of Markov chains, once all parts are in."""
        for (kind, model), found in self.walked.items():
            self._credit_chain(kind, model, found)
        self.walked.clear()

    def _credit_chain(self, kind: str, model: str, found: Walks) -> None:
        earned = credited(found)
        led = self.led[kind] if earned.share.any() else 0
        for name, share in zip(earned.channels, earned.share.tolist(), strict=True):
            if led and share:
                self.credit[kind, model, name] += led * share
        self._unknown(kind, model, self.count[kind] - led)
        rows = np.arange(len(earned.channels)) if led else np.empty(0, np.int64)
        size = np.array([len(rows)])
        for (one, currency), amount in self.value.items():
            if one != kind:
                continue
            given = self.led_value.get((kind, currency), Decimal(0)) if led else Decimal(0)
            parts = paid(earned.share[rows], size, rows, [Money(given, currency)])
            named = [((kind, model, earned.channels[n], currency), part) for (n, _), part in parts.items()]
            add_up(self.money, named)
            if amount != given:
                add_up(self.money, [((kind, model, UNKNOWN, currency), amount - given)])

    def _unknown(self, kind: str, model: str, conversions: int) -> None:
        if conversions:
            self.credit[kind, model, UNKNOWN] += conversions * WHOLE


def add_up(sums: dict[K, Decimal], more: Iterable[tuple[K, Decimal]]) -> None:
    """This adds amounts to sums, each to its own."""
    for key, amount in more:
        sums[key] = sums.get(key, Decimal(0)) + amount
