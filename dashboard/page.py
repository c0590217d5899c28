"""One page that shows how things stand: a single HTML file that needs nothing else and runs no script.

Every text in it was made by strangers at some point, so every text is escaped where it enters the
page, and the page itself forbids scripts and whatever would be loaded from elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from dashboard.style import STYLE
from reports.funnel import Count, Week
from reports.health import Findings, Level, Problem, age
from reports.overview import Overview, last_run, stamp, stream_note
from reports.tally import tally_note

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
WORDS = {
    Level.FINE: "All is well",
    Level.DEGRADED: "Something needs a look",
    Level.STOPPED: "Reading or writing has stopped",
    Level.STORE: "The database cannot be used",
}
# What became of the MQLs of a week: how it is called in the legend, in the order of the stack.
FATES = (("open", "still open"), ("taken", "taken on by sales"), ("refused", "refused"), ("faded", "expired"))


def page(told: Overview) -> str:
    """This is the page as text. The same overview always gives the same page."""
    level = told.health.level
    return "\n".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">',
            f"<title>{escape(told.workspace)} – mqlsync</title><style>{STYLE}</style></head><body>",
            f"<header><h1>{escape(told.workspace)}</h1>",
            f'<p class="level {level.name.lower()}">{WORDS[level]}</p>',
            f'<p class="quiet">as of {_time(told.found.as_of)}; {escape(last_run(told.found))}</p>',
            "</header><main>",
            _problems(told.health.problems),
            _tiles(told),
            _weeks(told.funnel.weeks),
            '<div class="columns">',
            _bars("People by status", told.funnel.statuses, "Nobody has been judged yet."),
            _bars("MQLs by channel (first touch)", told.funnel.channels, "Nobody is MQL today."),
            _bars("MQLs by partner", told.funnel.partners, "Nobody is MQL today."),
            _bars("MQLs by definition", told.funnel.definitions, "Nobody is MQL today."),
            "</div>",
            _streams(told.found),
            _tallies(told.found),
            _aside(told.found),
            "</main></body></html>\n",
        ]
    )


def _time(at: int) -> str:
    exact = stamp(at)
    return f'<time datetime="{exact}">{exact[:10]} {exact[11:16]} UTC</time>'


def _number(value: int) -> str:
    """Thousands are set apart by a narrow space that does not break."""
    return f"{value:,}".replace(",", "\u202f")


def _problems(problems: Sequence[Problem]) -> str:
    if not problems:
        return ""
    found = "".join(
        f'<li class="{one.level.name.lower()}">{escape(one.text)}<br>'
        f'<span class="quiet">→ {_code(one.remedy)}</span></li>'
        for one in problems
    )
    return f'<section><h2>What to do</h2><ul class="problems">{found}</ul></section>'


def _code(text: str) -> str:
    """What stands between backticks is a command."""
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if place % 2 else part for place, part in enumerate(parts))


def _tiles(told: Overview) -> str:
    waiting = sum(told.changes.get(state, 0) for state in ("pending", "sending"))
    mqls = sum(one.people for one in told.funnel.definitions)
    shown = (
        ("people", told.people),
        ("MQLs today", mqls),
        ("new MQLs this week", told.funnel.weeks[-1].mqls),
        ("touches", told.touches),
        ("changes waiting", waiting),
    )
    return _list("tiles", (f"<b>{_number(value)}</b> {name}" for name, value in shown))


def _list(kind: str, items: Iterable[str]) -> str:
    return f'<ul class="{kind}">' + "".join(f"<li>{item}</li>" for item in items) + "</ul>"


def _weeks(weeks: Sequence[Week]) -> str:
    most = max(one.mqls for one in weeks) or 1
    legend = _list("legend", (f'<i class="{kind}"></i>{name}' for kind, name in FATES))
    columns = "".join(_week(one, most) for one in weeks)
    return (
        "<section><h2>New MQLs per week, and what became of them</h2>"
        f'{legend}<ol class="weeks">{columns}</ol></section>'
    )


def _week(week: Week, most: int) -> str:
    parts = [(kind, name, getattr(week, kind)) for kind, name in FATES if getattr(week, kind)]
    told = ", ".join(f"{number} {name}" for _, name, number in parts) or "none"
    day = stamp(week.starts_at)[:10]
    stack = "".join(f'<i class="{kind}" style="flex:{number}"></i>' for kind, _, number in reversed(parts))
    return (
        f'<li title="week of {day}: {told}"><span class="count">{_number(week.mqls)}</span>'
        f'<span class="stack" style="--part:{week.mqls / most:.3f}" aria-hidden="true">{stack}</span>'
        f'<span class="unseen">week of </span><span class="day">{day[5:]}</span>'
        f'<span class="unseen">: {told}</span></li>'
    )


def _bars(title: str, counts: Sequence[Count], nothing: str) -> str:
    if not counts:
        return f'<section><h2>{escape(title)}</h2><p class="quiet">{nothing}</p></section>'
    most = max(one.people for one in counts)
    rows = "".join(
        f'<tr><th scope="row">{escape(one.name)}</th><td class="number">{_number(one.people)}</td>'
        f'<td class="bar"><i style="width:{100 * one.people / most:.1f}%"></i></td></tr>'
        for one in counts
    )
    return f"<section><h2>{escape(title)}</h2><table>{rows}</table></section>"


def _streams(found: Findings) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(one.connection)}</th><td>{escape(one.name)}</td>'
        f'<td class="number">{_number(one.rows)}</td><td>{age(one.caught_up_at, found.as_of)}</td>'
        f'<td class="warn">{stream_note(one, found)}</td></tr>'
        for one in found.streams
    )
    return _table("What was read", ("CRM", "stream", "rows", "read", ""), rows)


def _tallies(found: Findings) -> str:
    if not found.tallies:
        return ""
    rows = "".join(
        f'<tr><th scope="row">{escape(one.connection)}</th><td>{escape(one.stream)}</td>'
        f'<td class="number">{_number(one.there)}</td><td>{_number(one.held)} here</td>'
        f"<td>{age(one.counted_at, found.as_of)}</td>"
        f'<td class="warn">{tally_note(one)}</td></tr>'
        for one in found.tallies
    )
    return _table("What the CRM counts", ("CRM", "stream", "rows", "stored", "counted", ""), rows)


def _aside(found: Findings) -> str:
    if not found.aside:
        return ""
    rows = "".join(
        f'<tr><th scope="row">{escape(one.connection)}</th><td>{escape(one.stream)}</td>'
        f'<td class="number">{_number(one.rows)}</td><td>{escape(one.reason)}</td></tr>'
        for one in found.aside
    )
    return _table("Rows put aside", ("CRM", "stream", "rows", "reason"), rows)


def _table(title: str, columns: Sequence[str], rows: str) -> str:
    names = "".join(
        f'<th scope="col" class="number">{name}</th>' if name == "rows" else f'<th scope="col">{name}</th>'
        for name in columns
    )
    head = f"<thead><tr>{names}</tr></thead>"
    return f'<section><h2>{title}</h2><div class="wide"><table>{head}{rows}</table></div></section>'
