"""One partner's report as a page to send: a single HTML file that needs nothing else and runs no script.

What stands in it was typed by strangers, so every text is escaped where it enters the page, and the page
itself forbids scripts and whatever would be loaded from elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

from dashboard.style import STYLE
from reports.partner_report import Group, PartnerReport, Rate, day

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
WORDS = "th, td { overflow-wrap: break-word; } .day { white-space: nowrap; } .columns { margin: 1rem 0; }"
ROWS_MAX = 2_000  # the table file has them all


def partner_page(told: PartnerReport) -> str:
    """This is the page as text. The same report always gives the same page."""
    return "\n".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">',
            f"<title>{escape(told.name)} – leads and results</title>",
            f"<style>{STYLE}{WORDS}</style></head><body>",
            f"<header><h1>{escape(told.name)}</h1>",
            f'<p class="quiet">Leads that you brought, as of {day(told.as_of)} (days in UTC)</p>',
            "</header><main>",
            _tiles(told),
            '<div class="columns">',
            _section("Conversion", _rates(told.rates)),
            _section("Follow-up", _promises(told)),
            _section("Campaigns", _groups("Campaign", told.campaigns)),
            _section("By evidence", _groups("Evidence", told.evidence)),
            "</div>",
            _section("Leads", _leads(told)),
            "</main></body></html>\n",
        ]
    )


def _section(title: str, content: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{content}</section>"


def _tiles(told: PartnerReport) -> str:
    reached = [("leads", len(told.rows)), ("became MQL", told.rates[0].reached)]
    reached += [("accepted by sales", told.rates[1].reached), ("won", told.rates[-1].reached)]
    items = "".join(f"<li><b>{count}</b>{word}</li>" for word, count in reached)
    return f'<ul class="tiles">{items}</ul>'


def _rates(rates: Sequence[Rate]) -> str:
    rows = ((escape(one.name), f"{one.reached} of {one.of}", one.text) for one in rates)
    return _table(("Step", "Leads", "Rate (95 % interval)"), rows)


def _promises(told: PartnerReport) -> str:
    if told.promises is None:
        return '<p class="quiet">No follow-up times are agreed.</p>'
    kept = Rate("", told.promises.met, told.promises.met + told.promises.breached)
    rows = [
        ("in time", str(told.promises.met)),
        ("late", str(told.promises.breached)),
        ("still running", str(told.promises.running)),
        ("share in time", kept.text),
    ]
    return _table(("Follow-up", "MQLs"), rows)


def _groups(title: str, groups: Sequence[Group]) -> str:
    if not groups:
        return '<p class="quiet">None.</p>'
    rows = (
        (escape(one.name), *(str(count) for count in (one.leads, one.mqls, one.accepted, one.won)))
        for one in groups
    )
    return _table((title, "Leads", "MQL", "Accepted", "Won"), rows)


def _leads(told: PartnerReport) -> str:
    if not told.rows:
        return '<p class="quiet">None yet.</p>'
    rows = (tuple(map(_cell, row)) for row in told.rows[:ROWS_MAX])
    more = len(told.rows) - ROWS_MAX
    note = f'<p class="quiet">{more} more are in the table file.</p>' if more > 0 else ""
    return _table(told.header, rows) + note


def _cell(value: str | int) -> str:
    """A day stays on one line."""
    text = escape(str(value))
    return f'<span class="day">{text}</span>' if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else text


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Cells of rows are HTML already."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in header)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
