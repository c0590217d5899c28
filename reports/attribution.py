"""Credit as a table: how many conversions and how much money each channel, campaign or partner earned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from reports.csv_text import Value, csv_text
from scoring.models.dimensions import UNKNOWN
from scoring.models.shares import WHOLE
from scoring.models.tally import Tally

PLACES = Decimal("0.001")  # of a conversion, as people read it; files have every digit
HEADER = ("conversion", "model", "by", "value", "credit", "touched", "currency", "amount")


@dataclass(frozen=True, slots=True)
class Line:
    """What one channel, campaign or partner earned of one type of conversion by one model.

    `credit` is in conversions, exact; `touched` is how many of them it had any part in.
    """

    value: str
    credit: Decimal
    touched: int
    money: tuple[tuple[str, Decimal], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """One type of conversion by one model. Lines add up to `count` and to the sums of `money`."""

    conversion: str
    model: str
    by: str
    count: int
    unknown: int
    money: tuple[tuple[str, Decimal], ...]
    lines: tuple[Line, ...]

    def as_dict(self) -> dict[str, Any]:
        return {
            "conversion": self.conversion,
            "model": self.model,
            "by": self.by,
            "count": self.count,
            "unknown": self.unknown,
            "money": {currency: str(amount) for currency, amount in self.money},
            "lines": [
                {
                    "value": one.value,
                    "credit": str(one.credit),
                    "touched": one.touched,
                    "money": {currency: str(amount) for currency, amount in one.money},
                }
                for one in self.lines
            ],
        }


def tables(tally: Tally, types: Sequence[str], models: Sequence[str], by: str) -> list[Table]:
    """These are the tables of a finished tally, the largest credit first and what nobody led to last."""
    return [_table(tally, kind, model, by) for kind in types for model in models]


def _table(tally: Tally, kind: str, model: str, by: str) -> Table:
    credit = {key[2]: value for key, value in tally.credit.items() if key[:2] == (kind, model)}
    money: dict[str, dict[str, Decimal]] = {}
    for (one, used, label, currency), amount in tally.money.items():
        if (one, used) == (kind, model):
            money.setdefault(label, {})[currency] = amount
    order = sorted(credit.keys() | money.keys(), key=lambda one: (one == UNKNOWN, -credit.get(one, 0), one))
    lines = tuple(
        Line(
            value=label,
            credit=Decimal(credit.get(label, 0)) / WHOLE,
            touched=tally.touched[kind, label],
            money=tuple(sorted(money.get(label, {}).items())),
        )
        for label in order
    )
    sums = tuple(sorted((coin, amount) for (one, coin), amount in tally.value.items() if one == kind))
    return Table(kind, model, by, tally.count[kind], tally.count[kind] - tally.led[kind], sums, lines)


def text(found: Sequence[Table]) -> Iterator[str]:
    """These are the tables for a terminal."""
    for number, one in enumerate(found):
        if number:
            yield ""
        yield from _lines(one)


def _lines(table: Table) -> Iterator[str]:
    sums = "".join(f", {amount:,} {currency}".rstrip() for currency, amount in table.money)
    unknown = f", {table.unknown} of them without any touch" if table.unknown else ""
    yield f"{table.conversion} by {table.by}, model {table.model}: {table.count}{sums}{unknown}"
    if not table.lines:
        return
    currencies = sorted({currency for one in table.lines for currency, _ in one.money})
    rows = [(table.by, "credit", "share", "touched", *(coin or "no currency" for coin in currencies))]
    for one in table.lines:
        share = one.credit / table.count if table.count else Decimal(0)
        money = dict(one.money)
        amounts = (f"{money[coin]:,}" if coin in money else "" for coin in currencies)
        touched = str(one.touched) if one.touched else ""
        rows.append((one.value, f"{one.credit.quantize(PLACES):,}", f"{share:.1%}", touched, *amounts))
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    for row in rows:
        cells = [row[0].ljust(widths[0]), *(cell.rjust(widths[n]) for n, cell in enumerate(row[1:], 1))]
        yield ("  " + "  ".join(cells)).rstrip()


def as_csv(found: Sequence[Table]) -> str:
    """This is every line, once per currency; texts that a spreadsheet would run are neutralised."""
    rows: list[Sequence[Value]] = []
    for table in found:
        for one in table.lines:
            told = (table.conversion, table.model, table.by, one.value, one.credit, one.touched)
            rows += [(*told, currency, amount) for currency, amount in one.money or (("", None),)]
    return csv_text(HEADER, rows)
