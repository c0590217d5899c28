"""How promises stand, as one HTML file that needs nothing else and runs no script.

Names of owners and partners come from strangers: every text is escaped where it enters the page.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from dashboard.style import STYLE
from reports.overview import stamp
from reports.sla import Line, Share, SlaReport
from reports.sla_text import WORDS, lasting

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
ROWS_MAX = 200


def sla_page(report: SlaReport) -> str:
    """This is the page as text. The same report always gives the same page."""
    return "\n".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">',
            f"<title>Follow-up – mqlsync</title><style>{STYLE}</style></head><body>",
            "<header><h1>Follow-up</h1>",
            f'<p class="quiet">as of {stamp(report.as_of)}; clocks since {stamp(report.since)}</p>',
            "</header><main>",
            _clocks("Broken", report.breached),
            _clocks("Running, the soonest due first", report.running),
            _shares(report.shares),
            "</main></body></html>\n",
        ]
    )


def _clocks(title: str, lines: Sequence[Line]) -> str:
    rows = [
        (
            *(WORDS[one.promise], one.key, one.owner or "nobody", stamp(one.due_at) or "stands still"),
            *(_done(one), one.escalated_to if one.escalated_at else ""),
        )
        for one in lines[:ROWS_MAX]
    ]
    more = f'<p class="quiet">and {len(lines) - ROWS_MAX} more</p>' if len(lines) > ROWS_MAX else ""
    header = ("Promise", "Lead", "Owner", "Due", "Done", "Told")
    return f"<section><h2>{title}: {len(lines)}</h2>{_table(header, rows)}{more}</section>"


def _done(one: Line) -> str:
    if one.stopped_at:
        return stamp(one.stopped_at)
    return "the spell is over" if one.ended_at else "not yet"


def _shares(shares: Iterable[Share]) -> str:
    rows = [
        (
            *(WORDS[one.promise], f"{one.by}: {one.name or '(none)'}" if one.by else "all"),
            *(str(one.kept), str(one.known), str(one.running)),
            "" if one.percent is None else f"{one.percent:.0f} %",
            f"{100 * one.low:.0f} to {100 * one.high:.0f} %" if one.known else "",
            *(
                "" if one.worked is None else lasting(one.worked),
                "" if one.passed is None else lasting(one.passed),
            ),
        )
        for one in shares
    ]
    header = (
        *("Promise", "Whose", "Kept", "Decided", "Running", "Share", "95 % interval"),
        *("Median, working time", "Median, on the clock"),
    )
    return f"<section><h2>Kept</h2>{_table(header, rows)}</section>"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return '<p class="quiet">None.</p>'
    head = "".join(f"<th>{escape(name)}</th>" for name in header)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
