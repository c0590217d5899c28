"""Who gets the credit, and how sound links are, as one HTML file that needs nothing else and runs no script.

Campaigns and sources come out of links that strangers write: every text is escaped where it enters the page.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from dashboard.style import STYLE
from reports.attribution import PLACES, Table
from reports.utm_health import POLLUTION_MAX, REMEDIES, Problem, Seen, pollution

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
ROWS_MAX = 200


def credit_page(tables: Sequence[Table], total: Seen | None = None, problems: Sequence[Problem] = ()) -> str:
    """This is the page as text: the tables, and what is odd about links where that was asked for."""
    title = "Attribution" if total is None else "Health of links"
    return "\n".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">',
            f"<title>{title} – mqlsync</title><style>{STYLE}</style></head><body>",
            f"<header><h1>{title}</h1></header><main>",
            *(_credit(one) for one in tables),
            _health(total, problems) if total else "",
            "</main></body></html>\n",
        ]
    )


def _credit(table: Table) -> str:
    currencies = sorted({currency for one in table.lines for currency, _ in one.money})
    most = max((one.credit for one in table.lines), default=0)
    rows = "".join(
        f'<tr><th scope="row">{escape(one.value)}</th><td class="number">{one.credit.quantize(PLACES):,}</td>'
        f'<td class="bar"><i style="width:{100 * one.credit / most if most else 0:.1f}%"></i></td>'
        f'<td class="number">{one.touched or ""}</td>{_amounts(dict(one.money), currencies)}</tr>'
        for one in table.lines[:ROWS_MAX]
    )
    sums = "".join(f", {amount:,} {escape(currency)}".rstrip() for currency, amount in table.money)
    title = (
        f"{escape(table.conversion)} by {escape(table.by)}, model {escape(table.model)}: {table.count}{sums}"
    )
    if not rows:
        return f"<section><h2>{title}</h2></section>"
    header = (table.by, "credit", "", "touched", *(coin or "no currency" for coin in currencies))
    cells = f'<div class="wide">{_table(header, rows)}</div>{_more(table.lines)}'
    return f"<section><h2>{title}</h2>{cells}</section>"


def _amounts(money: dict[str, object], currencies: Iterable[str]) -> str:
    return "".join(
        f'<td class="number">{f"{money[coin]:,}" if coin in money else ""}</td>' for coin in currencies
    )


def _health(total: Seen, problems: Sequence[Problem]) -> str:
    share = pollution(total)
    level = "stopped" if share > POLLUTION_MAX else "fine"
    rows = "".join(
        f'<tr><th scope="row">{escape(one.scope)} {escape(one.name)}</th>'
        f'<td class="number">{one.touches}</td>'
        f'<td>{escape(one.problem)}</td><td class="number">{one.times}</td>'
        f"<td>{escape(REMEDIES[one.problem])}</td><td>{escape('; '.join(one.found))}</td></tr>"
        for one in problems[:ROWS_MAX]
    )
    told = (
        f"<p>{total.tagged} of {total.touches} touches came by a tagged link or a click id.</p>"
        f'<p class="level {level}">Internal tagging: {share:.2%} of {total.views} page views '
        "(auditors allow 1 %).</p>"
    )
    header = ("link", "touches", "problem", "times", "what to do", "found")
    table = f'<div class="wide">{_table(header, rows)}</div>' if rows else "<p>Nothing is odd.</p>"
    return f"<section><h2>Links</h2>{told}{table}{_more(problems)}</section>"


def _table(header: Iterable[str], rows: str) -> str:
    heads = "".join(f'<th scope="col">{escape(one)}</th>' for one in header)
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _more(rows: Sequence[object]) -> str:
    return f'<p class="quiet">and {len(rows) - ROWS_MAX} more</p>' if len(rows) > ROWS_MAX else ""
