"""What people did before a conversion, by frequency and lift, and which content whom reached."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from reports.csv_text import Value, csv_text
from scoring.models.actions import Before, Content

SHOWN = 30  # lines for a terminal; files have all


@dataclass(frozen=True, slots=True)
class Deed:
    """One action: `before` how many conversions, `last` before how many, `others` who never converted and did
    it. `lift` is how much more often, None where nobody else did it."""

    kind: str
    thing: str
    before: int
    share: float
    last: int
    others: int
    others_share: float
    lift: float | None


@dataclass(frozen=True, slots=True)
class Thing:
    """One piece of content: who took it in, how often, and the same of people in won deals."""

    thing: str
    people: int
    views: int
    won_people: int
    won_views: int


def deeds(found: Before) -> list[Deed]:
    """These are all actions that stand before a conversion, the most frequent first."""
    rows = []
    for (kind, thing), times in found.among.items():
        others = found.among_others[kind, thing]
        share, base = times / found.conversions, others / found.others if found.others else 0.0
        lift = share / base if base else None
        rows.append(Deed(kind, thing, times, share, found.last[kind, thing], others, base, lift))
    return sorted(rows, key=lambda one: (-one.before, -one.last, one.kind, one.thing))


def things(found: Content) -> list[Thing]:
    """This is all content, what most customers took in first."""
    rows = [
        Thing(one, people, found.views[one], found.won_viewers[one], found.won_views[one])
        for one, people in found.viewers.items()
    ]
    return sorted(rows, key=lambda one: (-one.won_people, -one.people, one.thing))


def deeds_text(found: Before, kind: str, days: int) -> Iterator[str]:
    """This is the report on actions for a terminal."""
    yield (
        f"{kind}: {found.conversions}; actions in the {days} days before, "
        f"beside {found.others} people who never reached it"
    )
    rows = [("action", "before", "share", "last", "others", "share", "lift")]
    for one in deeds(found)[:SHOWN]:
        lift = f"{one.lift:.1f}" if one.lift is not None else "-"
        name = f"{one.kind} {one.thing}".strip()
        counts = (str(one.before), f"{one.share:.0%}", str(one.last), str(one.others))
        rows.append((name, *counts, f"{one.others_share:.0%}", lift))
    yield from _columns(rows)


def things_text(found: Content) -> Iterator[str]:
    """This is the report on content for a terminal."""
    yield f"{found.people} people came {found.visits} times; {_each(found.visits, found.people)} visits each"
    won_each = _each(found.won_visits, found.won)
    yield f"{found.won} of them are in won deals, and came {found.won_visits} times; {won_each} visits each"
    rows: list[tuple[str, ...]] = [("content", "people", "times", "customers", "times")]
    rows += [
        (one.thing, *(str(n) for n in (one.people, one.views, one.won_people, one.won_views)))
        for one in things(found)[:SHOWN]
    ]
    yield from _columns(rows)


def _each(times: int, people: int) -> str:
    return f"{times / people:.1f}" if people else "no"


def _columns(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    for row in rows:
        cells = [row[0].ljust(widths[0]), *(cell.rjust(widths[n]) for n, cell in enumerate(row[1:], 1))]
        yield ("  " + "  ".join(cells)).rstrip()


def deeds_dict(found: Before) -> dict[str, Any]:
    rows = [asdict(one) for one in deeds(found)]
    return {"conversions": found.conversions, "others": found.others, "actions": rows}


def things_dict(found: Content) -> dict[str, Any]:
    names = ("people", "won", "visits", "won_visits")
    return {name: getattr(found, name) for name in names} | {
        "content": [asdict(one) for one in things(found)]
    }


def deeds_csv(found: Before) -> str:
    header = ("kind", "thing", "before", "share", "last", "others", "others_share", "lift")
    rows: list[Sequence[Value]] = [
        (
            *(one.kind, one.thing, one.before, f"{one.share:.6f}", one.last, one.others),
            *(f"{one.others_share:.6f}", f"{one.lift:.6f}" if one.lift is not None else None),
        )
        for one in deeds(found)
    ]
    return csv_text(header, rows)


def things_csv(found: Content) -> str:
    rows: list[Sequence[Value]] = [
        (one.thing, one.people, one.views, one.won_people, one.won_views) for one in things(found)
    ]
    return csv_text(("content", "people", "times", "customers", "customer_times"), rows)
