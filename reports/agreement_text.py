"""The agreement as text for a terminal or a mail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap

from reports.agreement import STAGES, Agreement, Assumed, Table

WIDTH = 100


def lines(told: Agreement) -> list[str]:
    """This is the whole agreement, line by line."""
    return [
        told.title,
        "=" * len(told.title),
        *_pairs(told.facts),
        *_titled("Who qualifies", [f"{'  ' * line.depth}- {line.text}" for line in told.qualifies]),
        *_titled("Points for what people do", _tables(told.groups)),
        *_titled(f"Points for who they are ({told.grades})" if told.fit else "", _tables(told.fit)),
        *_titled("Who never qualifies", _pairs([(why, "; or ".join(how)) for why, how in told.excluded])),
        *_titled("What both sides do", [f"- {one}" for one in told.duties]),
        *_titled("Words", _pairs(STAGES)),
        *_titled("Assumed, not measured", [_assumed(one) for one in told.assumed]),
        *_titled("Objections", [f"- {one.on} {one.by}: {one.text}" for one in told.objections]),
        *_titled("Notes", [f"- {one.on} {one.by}: {one.text}" for one in told.notes]),
        *_examples(told),
    ]


def _assumed(one: Assumed) -> str:
    return f"- {one.path}: {one.why} ({'OVERDUE since' if one.overdue else 'review by'} {one.review})"


def _titled(title: str, found: Sequence[str]) -> list[str]:
    return ["", title, "-" * len(title), *found] if found and title else []


def _pairs(pairs: Sequence[tuple[str, str]]) -> list[str]:
    wide = max((len(name) for name, _ in pairs), default=0)
    return [line for name, text in pairs for line in _wrapped(f"{name:<{wide}}  ", text)]


def _wrapped(head: str, text: str) -> list[str]:
    return wrap(text, WIDTH, initial_indent=head, subsequent_indent=" " * len(head)) or [head.rstrip()]


def _tables(tables: Sequence[Table]) -> list[str]:
    found: list[str] = []
    for table in tables:
        found.append(f"{table.title}{f' ({table.limits})' if table.limits else ''}")
        wide = max(len(row.label) for row in table.rows)
        for row in table.rows:
            note = "; ".join(part for part in (row.what, row.lasts) if part)
            found += _wrapped(f"  {row.points:>5}  {row.label:<{wide}}  ", note)
    return found


def _examples(told: Agreement) -> Iterator[str]:
    if told.examples:
        yield from _titled("Examples", [""])[:-1]
    for one in told.examples:
        yield f"{'✓' if one.qualifies else '✗'} {one.title}"
        yield from (f"    {line}" for line in one.lines)
        yield f"    → {one.result}"
