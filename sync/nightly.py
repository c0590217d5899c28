"""Once a night everybody is judged anew, a part of them in every cycle, to see whether verdicts hold.

Whoever has news is due, and who is due is judged; so nobody else's verdict can be another than the stored
one. Where it is, news got lost or a rule forgot when to look again: the verdict is mended, and it is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from config.settings import Nightly
from config.zones import WEEKDAYS
from scoring.definitions.definition import POINT
from sync.batch import Judge
from sync.clock import from_datetime, to_datetime
from sync.score import BATCH, judge_people
from sync.store import nightly
from sync.store.engine import Store
from sync.store.nightly import Found

REMEDY = "It is mended. Should it happen again, tell us, with what `mqlsync explain` says of this person."


@dataclass(frozen=True, slots=True)
class Checked:
    """How many people were judged anew without need, and of how many the verdict was another."""

    people: int = 0
    differed: int = 0

    def __add__(self, other: Checked) -> Checked:
        return Checked(self.people + other.people, self.differed + other.differed)


def begins_at(schedule: Nightly, now: int) -> int:
    """This is the latest instant up to `now` at which the schedule says so.

    On a day on which clocks skip that time, it is an hour later by the new clock.
    """
    zone = ZoneInfo(schedule.zone)
    today = to_datetime(now).astimezone(zone).date()
    days = [today - timedelta(days=ago) for ago in range(len(WEEKDAYS) + 1)]
    instants = (
        from_datetime(datetime.combine(day, schedule.at, zone))
        for day in days
        if WEEKDAYS[day.weekday()] in schedule.days
    )
    return next(at for at in instants if at <= now)


def check_some(store: Store, judge: Judge, now: int) -> Checked:
    """This judges the next batch of people who are not due; nobody where no night's look is under way."""
    with store.transaction() as tx:
        people = nightly.next_people(tx, now, BATCH)
        if not people:
            return Checked()
        before = nightly.verdicts_of(tx, people)
        judge_people(store, tx, judge, people, now)
        after = nightly.verdicts_of(tx, people)
    return Checked(len(people), _tell(people, before, after, judge.settings.score_step * POINT))


def _tell(people: Sequence[int], before: dict[int, Found], after: dict[int, Found], step: int) -> int:
    """This names everybody whose verdict was another, by number, and in what it was."""
    differed = {
        person: what for person in people if (what := _difference(before.get(person), after[person], step))
    }
    for person, what in differed.items():
        import structlog  # noqa: PLC0415 (start-up time)

        structlog.get_logger().warning("verdict_differed", person=person, what=what, remedy=REMEDY)
    return len(differed)


def _difference(before: Found | None, after: Found, step: int) -> list[str]:
    """A score may move by less than a step without anybody's being due; nothing else may."""
    if before is None:
        return ["verdict"]
    found = [name for name, value in after.rest.items() if before.rest[name] != value]
    return found + ["score"] * (abs(before.score - after.score) >= step)
