"""The agreement as one page to print, sign and mail: a single HTML file that needs nothing else.

Labels and reasons were written by people, examples may hold what strangers typed: every text is escaped
where it enters the page, and the page forbids scripts and whatever would be loaded from elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from reports.agreement import STAGES, Agreement, Assumed, Example, Remark, Table
from reports.wording import Line

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
STYLE = """
:root { --ink: #1b2330; --quiet: #5a6577; --line: #d5dae2; --page: #fff; --good: #1e7145; --bad: #a33a1e;
  --late: #8a5a00; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7ebf1; --quiet: #a0abbd; --line: #38424f;
  --page: #151a21; --good: #6fd19b; --bad: #ee8a68; --late: #f0bd5c; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 64rem; padding: 1.5rem 1rem 3rem; background: var(--page);
  color: var(--ink); font: 15px/1.45 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { margin: 0 0 .8rem; font-size: 1.7rem; }
h2 { margin: 1.8rem 0 .5rem; font-size: 1.1rem; border-bottom: 2px solid var(--ink); padding-bottom: .15rem; }
h3 { margin: 0; font-size: .95rem; }
ul { margin: .2rem 0; padding-left: 1.3rem; }
.quiet { color: var(--quiet); font-weight: 400; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1.2rem; margin: 0; }
dt { color: var(--quiet); } dd { margin: 0; }
.tables { columns: 2 24rem; column-gap: 2.5rem; }
table { width: 100%; border-collapse: collapse; margin: .2rem 0 1rem; break-inside: avoid;
  font-variant-numeric: tabular-nums; }
caption { text-align: left; padding: .3rem 0; font-weight: 600; }
td, th { padding: .2rem .8rem .2rem 0; border-top: 1px solid var(--line); text-align: left;
  vertical-align: top; font-weight: 400; }
td:first-child { text-align: right; width: 3.2rem; font-weight: 600; }
th { width: 35%; }
td:last-child { padding-right: 0; color: var(--quiet); }
.examples { display: grid; gap: .8rem;
  grid-template-columns: repeat(auto-fit, minmax(min(17rem, 100%), 1fr)); }
.examples section { border: 1px solid var(--line); border-left: 4px solid var(--bad); border-radius: 4px;
  padding: .6rem .8rem; }
.examples section.good { border-left-color: var(--good); }
.examples ul { list-style: none; padding: 0; } .examples p { margin: .4rem 0 0; font-weight: 600; }
.good h3 { color: var(--good); } .bad h3 { color: var(--bad); }
.late { color: var(--late); font-weight: 600; }
.sign { display: grid; grid-template-columns: 1fr 1fr; gap: 3rem; margin-top: 3.5rem; }
.sign p { border-top: 1px solid var(--ink); margin: 0; padding-top: .2rem; color: var(--quiet); }
@media print { :root { --ink: #000; --quiet: #444; --line: #bbb; --page: #fff;
    --good: #1e7145; --bad: #a33a1e; --late: #8a5a00; }
  body { font-size: 9px; max-width: none; padding: 0; } h1 { font-size: 1.5rem; }
  h2 { margin-top: .8rem; font-size: .8rem; } table { margin-bottom: .4rem; } .sign { margin-top: 2rem; }
  .tables { columns: 2; } h2 { break-after: avoid; }
  table, .examples section, .sign { break-inside: avoid; } @page { margin: 15mm; } }
"""


def agreement_page(told: Agreement) -> str:
    """This is the page as text. The same agreement always gives the same page."""
    return "\n".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">',
            f"<title>{escape(told.title)} – what qualifies</title><style>{STYLE}</style></head><body>",
            f"<h1>{escape(told.title)}</h1>{_pairs(told.facts)}",
            _section("Who qualifies", _outline(told.qualifies)),
            _section("Points for what people do", _tables(told.groups)),
            _section("Points for who they are", _fit(told)),
            _section("Who never qualifies", _pairs([(why, "; or ".join(how)) for why, how in told.excluded])),
            _section("What both sides do", _list(map(escape, told.duties))),
            _section("Words", _pairs(STAGES)),
            _section("Examples", _examples(told.examples)),
            _section("Assumed, not measured", _list(map(_assumed, told.assumed))),
            _section("Objections", _list(map(_remark, told.objections))),
            _section("Notes", _list(map(_remark, told.notes))),
            '<div class="sign"><p>for us: name, date</p><p>for the other side: name, date</p></div>',
            "</body></html>\n",
        ]
    )


def _section(title: str, content: str) -> str:
    return f"<h2>{title}</h2>{content}" if content else ""


def _pairs(pairs: Sequence[tuple[str, str]]) -> str:
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in pairs)
    return f"<dl>{rows}</dl>" if rows else ""


def _list(items: Iterable[str]) -> str:
    found = "".join(f"<li>{item}</li>" for item in items)
    return f"<ul>{found}</ul>" if found else ""


def _outline(lines: Sequence[Line]) -> str:
    """Lines that are deeper become a list inside the line above."""
    said, depth = "", -1
    for line in lines:
        if line.depth > depth:
            said += "<ul>" * (line.depth - depth)
        else:
            said += "</li>" + "</ul></li>" * (depth - line.depth)
        said += f"<li>{escape(line.text)}"
        depth = line.depth
    return said + "</li></ul>" * (depth + 1)


def _tables(tables: Sequence[Table]) -> str:
    found = "".join(map(_table, tables))
    return f'<div class="tables">{found}</div>' if found else ""


def _table(table: Table) -> str:
    limits = f' <span class="quiet">{escape(table.limits)}</span>' if table.limits else ""
    rows = "".join(
        f'<tr><td>{escape(row.points)}</td><th scope="row">{escape(row.label)}</th>'
        f"<td>{escape('; '.join(part for part in (row.what, row.lasts) if part))}</td></tr>"
        for row in table.rows
    )
    return f"<table><caption>{escape(table.title)}{limits}</caption>{rows}</table>"


def _fit(told: Agreement) -> str:
    if not told.fit:
        return ""
    return f"<p>Grades: {escape(told.grades)}.</p>{_tables(told.fit)}"


def _examples(examples: Sequence[Example]) -> str:
    found = "".join(
        f'<section class="{"good" if one.qualifies else "bad"}"><h3>{"✓" if one.qualifies else "✗"} '
        f"{escape(one.title)}</h3>{_list(map(escape, one.lines))}<p>{escape(one.result)}</p></section>"
        for one in examples
    )
    return f'<div class="examples">{found}</div>' if found else ""


def _assumed(one: Assumed) -> str:
    late = f'<span class="late">review overdue since {escape(one.review)}</span>'
    review = late if one.overdue else f"review by {escape(one.review)}"
    return f"<b>{escape(one.path)}</b>: {escape(one.why)} ({review})"


def _remark(one: Remark) -> str:
    return f"{escape(one.on)}, {escape(one.by)}: {escape(one.text)}"
