"""Is all well? How fresh the data is, what was put aside, refused or held: one level, and what to do.

Reading is late when a stream has not caught up for longer than its own clock allows: people are read
every cycle, lists of owners every hour, and a limit for both would be wrong for one of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

from reports.tally import Tally

MINUTE = 60_000_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
LATE_MIN = 15 * MINUTE
LATE_CYCLES = 10  # cycles may take long or fail now and then; ten in a row are news
LATE_ROUNDS = 2  # of a stream's own clock
SHOWN_MAX = 5


class Level(IntEnum):
    """How bad it is; the number is the exit code of `mqlsync status`."""

    FINE = 0
    DEGRADED = 1
    STOPPED = 2
    STORE = 3


@dataclass(frozen=True, slots=True)
class Stream:
    """How far one stream of a CRM was read. `caught_up_at` 0 = never, `every_s` 0 = in every cycle."""

    connection: str
    name: str
    rows: int
    caught_up_at: int
    every_s: int = 0
    is_connected: bool = True


@dataclass(frozen=True, slots=True)
class Aside:
    """So many rows of a stream could not be read, for this reason."""

    connection: str
    stream: str
    reason: str
    rows: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """A CRM refused this write, in its own words, and has not taken it since."""

    key: str
    purpose: str
    error: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Held:
    """A plan that waits for a human."""

    plan: int
    why: str


@dataclass(frozen=True, slots=True)
class LastRun:
    """How the last run ended: done, failed or stopped."""

    command: str
    state: str
    ended_at: int
    error: str = ""


@dataclass(frozen=True, slots=True)
class Day:
    """What a CRM said of the day's calls when it was last asked; `left` is what our share still allows."""

    connection: str
    used: int
    limit: int
    left: int


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found in the store at `as_of`. `worker` is who works on it right now, "" = nobody."""

    as_of: int
    interval_s: int
    streams: Sequence[Stream] = ()
    aside: Sequence[Aside] = ()
    refusals: Sequence[Refusal] = ()
    held: Held | None = None
    last: LastRun | None = None
    worker: str = ""
    days: Sequence[Day] = ()
    tallies: Sequence[Tally] = ()
    unrouted: Sequence[str] = ()  # why nobody can take a lead, one for each


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is not well, and what to do about it."""

    level: Level
    text: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Health:
    """The verdict on the whole, the worst first."""

    level: Level
    problems: tuple[Problem, ...]


def health(found: Findings) -> Health:
    """This judges what was found."""
    problems = (
        *_failed(found),
        *_unread(found),
        *_late(found),
        *_refused(found),
        *_unrouted(found),
        *_aside(found),
        *_incomplete(found),
        *_held(found),
    )
    ordered = tuple(sorted(problems, key=lambda one: -one.level))
    return Health(max((one.level for one in ordered), default=Level.FINE), ordered)


def is_late(stream: Stream, found: Findings) -> bool:
    """This says whether a stream that was read once has not caught up for too long."""
    if not stream.caught_up_at or not stream.is_connected:
        return False
    by_cycle = max(LATE_MIN, LATE_CYCLES * found.interval_s * 1_000_000)
    return found.as_of - stream.caught_up_at > by_cycle + LATE_ROUNDS * stream.every_s * 1_000_000


def age(at: int, as_of: int) -> str:
    """This is how long ago something was: `never`, `just now`, `5 min ago`, `3 h ago`, `2 days ago`."""
    if not at:
        return "never"
    passed = as_of - at
    if passed < MINUTE:
        return "just now"
    if passed < HOUR:
        return f"{passed // MINUTE} min ago"
    if passed < 2 * DAY:
        return f"{passed // HOUR} h ago"
    return f"{passed // DAY} days ago"


def _failed(found: Findings) -> Iterator[Problem]:
    if found.last is not None and found.last.state == "failed":
        why = found.last.error.rstrip(" .") or "without a reason"
        remedy = "`mqlsync check` shows what is missing; the next run goes on where this one was"
        yield Problem(
            Level.STOPPED, f"the last run failed {age(found.last.ended_at, found.as_of)}: {why}", remedy
        )


def _unread(found: Findings) -> Iterator[Problem]:
    """Nobody complains of a first read that is under way."""
    never = [
        f"{one.connection} {one.name}" for one in found.streams if one.is_connected and not one.caught_up_at
    ]
    if not never or found.worker:
        return
    if len(never) == len([one for one in found.streams if one.is_connected]):
        yield Problem(Level.DEGRADED, "nothing was read to its end yet", "run `mqlsync backfill`")
        return
    remedy = "run `mqlsync backfill`; what was read stays"
    yield Problem(Level.DEGRADED, f"never read to the end: {_some(never)}", remedy)


def _late(found: Findings) -> Iterator[Problem]:
    """A connection has stopped when nothing of it is read any more; single streams may just be late."""
    silent = set(_silent(found))
    for connection in sorted(silent):
        newest = max(one.caught_up_at for one in found.streams if one.connection == connection)
        text = f"{connection} was last read {age(newest, found.as_of)}"
        if found.worker:
            yield Problem(Level.DEGRADED, text, "a run is under way; look again when it has ended")
        else:
            yield Problem(Level.STOPPED, text, "is the daemon running? `mqlsync run` reads once")
    late = [
        f"{one.connection} {one.name} ({age(one.caught_up_at, found.as_of)})"
        for one in found.streams
        if one.connection not in silent and is_late(one, found)
    ]
    if late:
        remedy = "`mqlsync check` tells what may be missing; `mqlsync run` reads once"
        yield Problem(Level.DEGRADED, f"not read lately: {_some(late)}", remedy)


def _silent(found: Findings) -> Iterator[str]:
    """These are connections of which all streams that are read most often are late."""
    for connection in {one.connection for one in found.streams if one.is_connected and one.caught_up_at}:
        streams = [one for one in found.streams if one.connection == connection and one.caught_up_at]
        often = min(one.every_s for one in streams)
        if all(is_late(one, found) for one in streams if one.every_s == often):
            yield connection


def _refused(found: Findings) -> Iterator[Problem]:
    kinds = Counter((one.purpose, one.error, one.remedy) for one in found.refusals)
    for (purpose, error, remedy), times in kinds.most_common(SHOWN_MAX):
        what = "task" if purpose == "task" else "change of fields"
        first = next(one.key for one in found.refusals if (one.purpose, one.error) == (purpose, error))
        others = f" and {times - 1} more" if times > 1 else ""
        text = f"the CRM refused a {what} of {first}{others}: {error.rstrip(' .')}"
        yield Problem(Level.DEGRADED, text, remedy.rstrip(" .") or "`mqlsync check` may tell more")
    if len(kinds) > SHOWN_MAX:
        text = f"the CRM refused writes for {len(kinds) - SHOWN_MAX} more reasons"
        yield Problem(Level.DEGRADED, text, "mend the first ones and look again")


def _unrouted(found: Findings) -> Iterator[Problem]:
    causes = Counter(found.unrouted)
    for cause, times in causes.most_common(SHOWN_MAX):
        who = "1 lead waits" if times == 1 else f"{times} leads wait"
        remedy = "`mqlsync unrouted` lists who waits; change territories or owners, and they are given out"
        yield Problem(Level.DEGRADED, f"{who} for somebody to take them: {cause}", remedy)
    if len(causes) > SHOWN_MAX:
        text = f"leads wait for somebody to take them for {len(causes) - SHOWN_MAX} more causes"
        yield Problem(Level.DEGRADED, text, "`mqlsync unrouted` lists all of them")


def _aside(found: Findings) -> Iterator[Problem]:
    rows = sum(one.rows for one in found.aside)
    if rows:
        what = "1 row could not be read and was" if rows == 1 else f"{rows} rows could not be read and were"
        remedy = "correct them in the CRM; they are read again when they change"
        yield Problem(Level.DEGRADED, f"{what} put aside", remedy)


def _incomplete(found: Findings) -> Iterator[Problem]:
    """The line in time of a comparison lies behind all reading, so what differs there is no delay."""
    remedy = "the weekly comparison of all ids settles it; `mqlsync check` shows what our user may not see"
    for one in found.tallies:
        seen = f"counted {age(one.counted_at, found.as_of)}"
        if one.missing:
            text = f"not here: {one.missing} of {one.there} {one.stream} of {one.connection} ({seen})"
            yield Problem(Level.DEGRADED, text, remedy)
        if one.surplus:
            text = f"here, but not shown by {one.connection}: {one.surplus} {one.stream} ({seen})"
            yield Problem(Level.DEGRADED, text, remedy)


def _held(found: Findings) -> Iterator[Problem]:
    if found.held:
        remedy = "look at it with `mqlsync plan --no-pull`, release it with `mqlsync apply`"
        yield Problem(Level.DEGRADED, f"plan {found.held.plan} is held because {found.held.why}", remedy)


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN_MAX} more" if len(names) > SHOWN_MAX else ""
    return ", ".join(names[:SHOWN_MAX]) + more
