"""The SLA report for people, and as a table for a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator

from reports.csv_text import csv_text
from reports.overview import stamp
from reports.sla import Line, Share, SlaReport
from scoring.touches import DAY, HOUR, MINUTE

SHOWN_MAX = 20
WORDS = {
    "first_touch": "first attempt",
    "from_assignment": "first attempt, from the assignment",
    "attempts": "number of attempts",
    "decision": "decision",
}


def sla_lines(report: SlaReport, shown_max: int = SHOWN_MAX) -> Iterator[str]:
    """This is the report on one screen; what is too long for it stands in `--csv` and `--json`."""
    running, breached = report.running, report.breached
    still = [one for one in breached if one.is_open]
    counts = f"{len(running)} running, {len(still)} broken and still to be done"
    yield f"SLA clocks at {stamp(report.as_of)}: {counts}"
    yield from _listed("running", [_running(one, report.as_of) for one in running], shown_max)
    yield from _listed("broken", [_broken(one) for one in breached], shown_max)
    yield ""
    if not report.shares:
        yield f"No clock has started since {stamp(report.since)}."
        return
    yield f"kept, of clocks that started since {stamp(report.since)} (95 % interval; medians)"
    for one in report.shares:
        if not one.by:
            yield f"  {WORDS[one.promise]}: {_share(one)}"
        else:
            yield f"    {one.by} {one.name or '(none)'}: {_share(one)}"


def sla_csv(report: SlaReport) -> str:
    """This is every clock as a row."""
    instants = ("started_at", "due_at", "stopped_at", "ended_at", "seen_at", "escalated_at")
    texts = ("owner", "territory", "partner", "tier", "definition", "escalated_to")
    header = ("person", "record", "spell", "promise", "state", *instants, "promised_minutes")
    rows = (
        (
            *(one.person, one.key, one.number, one.promise, one.state),
            *(stamp(getattr(one, name)) for name in instants),
            *(one.target // MINUTE, one.worked // MINUTE, one.passed // MINUTE),
            *(getattr(one, name) for name in texts),
        )
        for one in report.lines
    )
    return csv_text((*header, "working_minutes", "minutes", *texts), rows)


def _listed(title: str, lines: list[str], shown_max: int) -> Iterator[str]:
    if not lines:
        return
    yield ""
    yield title
    yield from (f"  {line}" for line in lines[:shown_max])
    if len(lines) > shown_max:
        yield f"  … and {len(lines) - shown_max} more"


def _running(one: Line, as_of: int) -> str:
    when = f"due {stamp(one.due_at)} (in {lasting(one.due_at - as_of)})" if one.due_at else "stands still"
    return f"{when}  {_who(one)}"


def _broken(one: Line) -> str:
    if one.is_open:
        done = "still to be done"
    elif one.stopped_at:
        done = f"done {stamp(one.stopped_at)}"
    else:
        done = "the spell is over"
    told = f", {one.escalated_to} was told" if one.escalated_at else ""
    return f"was due {stamp(one.due_at)}, {done}{told}  {_who(one)}"


def _who(one: Line) -> str:
    owner = f", {one.owner}" if one.owner else ", nobody's"
    return f"{WORDS[one.promise]}: person {one.person} ({one.key}){owner}"


def _share(one: Share) -> str:
    running = f", {one.running} running" if one.running else ""
    if one.percent is None:
        return f"none is decided yet{running}"
    times = ""
    if one.worked is not None and one.passed is not None:
        times = f"; after {lasting(one.worked)} of work, {lasting(one.passed)} on the clock"
    interval = f"{100 * one.low:.0f} to {100 * one.high:.0f} %"
    return f"{one.kept} of {one.known}, {one.percent:.0f} % ({interval}){running}{times}"


def lasting(micros: int) -> str:
    """This is a length of time in its two largest units: `1 d 4 h`, `3 h 20 min`, `45 min`."""
    if micros >= DAY:
        return f"{micros // DAY} d {micros % DAY // HOUR} h"
    if micros >= HOUR:
        return f"{micros // HOUR} h {micros % HOUR // MINUTE} min"
    return f"{micros // MINUTE} min"
