"""Were promises kept? Which clocks run, which are broken, and the share that was kept, by whose it was.

The share counts promises of which it is known: kept ones and broken ones. One that still runs counts as
broken from its due instant on, whether or not anybody has looked since; one that a spell's end closed
before its time counts as neither. Time is told on the clock and as working time, up to the first
attempt, from the MQL instant (`first_touch`) and from the assignment (`from_assignment`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from reports.intervals import wilson
from reports.overview import stamp
from scoring.touches import HOUR

PROMISES = ("first_touch", "from_assignment", "attempts", "decision")
MEASURED = "from_assignment"  # nobody promised anything by it
BY = ("owner", "territory", "partner", "tier", "definition")


@dataclass(frozen=True, slots=True)
class Line:
    """One promise about one spell. `key` is the CRM row to look at; 0 is an instant that is not known.

    `stopped_at` is when it was done, `ended_at` when the spell was over, done or not.
    `seen_at` and `escalated_at` are when a breach was noticed, and when somebody was told.
    """

    person: int
    key: str
    number: int
    promise: str
    state: str
    started_at: int
    due_at: int
    stopped_at: int
    ended_at: int
    target: int
    worked: int
    passed: int
    owner: str
    territory: str
    partner: str
    tier: str
    definition: str
    seen_at: int = 0
    escalated_at: int = 0
    escalated_to: str = ""

    @property
    def is_open(self) -> bool:
        """This tells whether the thing is still to be done."""
        return not self.stopped_at and not self.ended_at

    @property
    def is_promised(self) -> bool:
        return self.promise != MEASURED


@dataclass(frozen=True, slots=True)
class Share:
    """How often one promise was kept, for all (`by` is "") or for those whose `by` is `name`.

    The times are medians, up to the instant at which it was done, early or late.
    """

    promise: str
    by: str
    name: str
    kept: int
    broken: int
    running: int
    low: float
    high: float
    worked: int | None
    passed: int | None

    @property
    def known(self) -> int:
        return self.kept + self.broken

    @property
    def percent(self) -> float | None:
        return 100 * self.kept / self.known if self.known else None


@dataclass(frozen=True, slots=True)
class SlaReport:
    """What `mqlsync sla` answers. `since` is when the oldest clock of it may have started."""

    as_of: int
    since: int
    lines: Sequence[Line]
    shares: Sequence[Share]

    @property
    def running(self) -> list[Line]:
        """These clocks run or stand, the soonest due first, those that stand last."""
        found = [one for one in self.lines if one.is_promised and one.state in ("running", "paused")]
        return sorted(found, key=lambda one: (one.due_at == 0, one.due_at, one.person))

    @property
    def breached(self) -> list[Line]:
        """These promises are broken: what is still to be done first, in order of their due instants."""
        found = [one for one in self.lines if one.is_promised and one.state == "breached"]
        return sorted(found, key=lambda one: (not one.is_open, one.due_at, one.person))

    def as_dict(self) -> dict[str, Any]:
        return {
            "as_of": stamp(self.as_of),
            "since": stamp(self.since),
            "running": [_plain(one) for one in self.running],
            "breached": [_plain(one) for one in self.breached],
            "shares": [_share(one) for one in self.shares],
        }


def sla_report(lines: Iterable[Line], since: int, as_of: int) -> SlaReport:
    """This is the report; lines may be a little old, which changes nothing but what is due by now."""
    now = [_as_of(one, as_of) for one in lines]
    now = [one for one in now if one.started_at >= since or one.is_open]
    counted = [one for one in now if one.started_at >= since]
    shares = []
    for promise in PROMISES:
        of = [one for one in counted if one.promise == promise]
        if not of:
            continue
        shares.append(_counted(of, promise, "", ""))
        for by in BY:
            names = sorted({getattr(one, by) for one in of})
            if names != [""]:
                shares += [
                    _counted([one for one in of if getattr(one, by) == name], promise, by, name)
                    for name in names
                ]
    return SlaReport(as_of, since, now, shares)


def _as_of(one: Line, as_of: int) -> Line:
    is_late = one.state == "running" and 0 < one.due_at <= as_of
    return replace(one, state="breached") if is_late else one


def _counted(of: Sequence[Line], promise: str, by: str, name: str) -> Share:
    kept = sum(one.state == "met" for one in of)
    broken = sum(one.state == "breached" for one in of)
    low, high = wilson(kept, kept + broken) if kept + broken else (0.0, 1.0)
    done = [one for one in of if one.stopped_at and one.state in ("met", "breached")]
    return Share(
        *(promise, by, name, kept, broken),
        sum(one.state in ("running", "paused") for one in of),
        *(low, high),
        *(_median([one.worked for one in done]), _median([one.passed for one in done])),
    )


def _median(values: Sequence[int]) -> int | None:
    ordered = sorted(values)
    half = len(ordered) // 2
    if not ordered:
        return None
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) // 2


def _plain(one: Line) -> dict[str, Any]:
    told = asdict(one)
    for name in ("started_at", "due_at", "stopped_at", "ended_at", "seen_at", "escalated_at"):
        told[name] = stamp(told[name]) if told[name] else None
    for name in ("target", "worked", "passed"):
        told[f"{name}_hours"] = _hours(told.pop(name))
    return told


def _share(one: Share) -> dict[str, Any]:
    return {
        **{name: getattr(one, name) for name in ("promise", "by", "name", "kept", "broken", "running")},
        "kept_percent": None if one.percent is None else round(one.percent, 1),
        "interval_percent": [round(100 * one.low, 1), round(100 * one.high, 1)] if one.known else None,
        "median_working_hours": None if one.worked is None else _hours(one.worked),
        "median_hours": None if one.passed is None else _hours(one.passed),
    }


def _hours(micros: int) -> float:
    return round(micros / HOUR, 3)
