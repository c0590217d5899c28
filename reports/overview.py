"""The whole on one screen: is all well, who stands where, what was read. For people, and for machines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from reports.funnel import Count, Funnel
from reports.health import Findings, Health, Stream, age, is_late
from reports.tally import Tally, tally_line


@dataclass(frozen=True, slots=True)
class Overview:
    """What `status` answers. `changes` are intents by state; the level of `health` is the exit code.

    `would_be_mqls` are people who are none only because what machines did does not count.
    """

    workspace: str
    people: int
    touches: int
    changes: Mapping[str, int]
    found: Findings
    health: Health
    funnel: Funnel
    would_be_mqls: int = 0

    def as_dict(self) -> dict[str, Any]:
        """This is the overview, ready for JSON."""
        found, last, counted = self.found, self.found.last, self.funnel
        return {
            "workspace": self.workspace,
            "as_of": stamp(found.as_of),
            "level": self.health.level.name.lower(),
            "exit_code": int(self.health.level),
            "problems": [{"text": one.text, "remedy": one.remedy} for one in self.health.problems],
            "people": self.people,
            "touches": self.touches,
            "statuses": _by_name(counted.statuses),
            "would_be_mqls_with_machines": self.would_be_mqls,
            "mqls_by_definition": _by_name(counted.definitions),
            "mqls_by_channel": _by_name(counted.channels),
            "mqls_by_partner": _by_name(counted.partners),
            "mqls_by_week": [
                {**asdict(week), "starts_at": stamp(week.starts_at), "mqls": week.mqls}
                for week in counted.weeks
            ],
            "streams": [_stream(one, found) for one in found.streams],
            "quarantine": [asdict(one) for one in found.aside],
            "refused": [asdict(one) for one in found.refusals],
            "intents": dict(self.changes),
            "plan": asdict(found.held) if found.held else None,
            "last_run": {**asdict(last), "ended_at": stamp(last.ended_at)} if last else None,
            "lease_holder": found.worker,
            "days": [asdict(one) for one in found.days],
            "counts": [_tally(one) for one in found.tallies],
        }

    def lines(self) -> list[str]:
        """This is the overview for people: first whether all is well, then the figures."""
        found, counted = self.found, self.funnel
        return [
            f"{self.workspace}: {self.health.level.name.lower()}",
            *(f"  ! {one.text}\n    → {one.remedy}" for one in self.health.problems),
            f"{self.people} people, {self.touches} touches",
            "people by status: " + (_words(_by_name(counted.statuses)) or "nobody judged yet"),
            *_mqls(counted),
            *(
                [f"would be MQL if machine clicks counted: {self.would_be_mqls}"]
                if self.would_be_mqls
                else []
            ),
            "changes: " + (_words(self.changes) or "none"),
            *(
                f"calls of the day: {one.connection} {one.used} of {one.limit}, {one.left} left for us"
                for one in found.days
            ),
            *(_stream_line(one, found) for one in found.streams),
            *map(tally_line, found.tallies),
            *(f"put aside: {one.connection} {one.stream}: {one.reason} ({one.rows})" for one in found.aside),
            last_run(found),
            *([f"working now: {found.worker}"] if found.worker else []),
        ]


def stamp(at: int) -> str:
    """This is an instant as people and files read it, "" for none."""
    if not at:
        return ""
    then = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)
    return then.strftime("%Y-%m-%dT%H:%M:%SZ")


def last_run(found: Findings) -> str:
    """This is one sentence on the last run that ended by itself."""
    last = found.last
    if last is None:
        return "no run yet"
    return f"last run: {last.command} {last.state} {age(last.ended_at, found.as_of)} ({stamp(last.ended_at)})"


def stream_note(one: Stream, found: Findings) -> str:
    """This says what is odd about a stream, "" if nothing is."""
    if not one.is_connected:
        return "not connected any more"
    return "late" if is_late(one, found) else ""


def _by_name(counts: Sequence[Count]) -> dict[str, int]:
    return {one.name: one.people for one in counts}


def _mqls(counted: Funnel) -> Iterator[str]:
    if counted.definitions:
        yield "MQLs by definition: " + _words(_by_name(counted.definitions))
        yield "MQLs by channel: " + _words(_by_name(counted.channels))
        yield "MQLs by partner: " + _words(_by_name(counted.partners))
    before, this = counted.weeks[-2:]
    yield f"new MQLs: {this.mqls} this week, {before.mqls} the week before"


def _stream(one: Stream, found: Findings) -> dict[str, Any]:
    return {**asdict(one), "caught_up_at": stamp(one.caught_up_at), "is_late": is_late(one, found)}


def _tally(one: Tally) -> dict[str, Any]:
    judged = {"missing": one.missing, "surplus": one.surplus, "counted_at": stamp(one.counted_at)}
    return {**asdict(one), **judged}


def _stream_line(one: Stream, found: Findings) -> str:
    note = stream_note(one, found)
    marked = f"  ({note})" if note else ""
    read = "never read" if not one.caught_up_at else f"read {age(one.caught_up_at, found.as_of)}"
    return f"  {one.connection:10} {one.name:17} {one.rows:>9} rows, {read}{marked}"


def _words(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())
