"""What happened when, across all people: the index behind every portal-wide stream.

Journeys end at an instant that rises with the index and last thirty days (a few last longer), so a day
concerns a range of people. A day's entries are computed when somebody asks for that day, each journey
once; an entry is one integer (instant, person, number), so sorting is sorting numbers.
"""

from __future__ import annotations

from bisect import insort
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from heapq import merge
from typing import TYPE_CHECKING

from sandbox.behaviour import JOURNEY, Activity, Kind
from sandbox.clock import DAY, MILLISECOND
from sandbox.people import is_long

if TYPE_CHECKING:
    from sandbox.world import World

NUMBER_BITS, PERSON_BITS = 12, 20
AT_SHIFT = NUMBER_BITS + PERSON_BITS


def position(at: int, index: int, n: int) -> int:
    """This is the place of an activity in the order of all: by millisecond, person, number."""
    return (at // MILLISECOND) << AT_SHIFT | index << NUMBER_BITS | n


def bound(at: int) -> int:
    """This is the first position at or after an instant."""
    return -(-at // MILLISECOND) << AT_SHIFT


class Timeline:
    """This walks through activities of some kinds in order of time, either way, from any position."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._days: dict[Kind, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
        self._told = bytearray()
        self._complete: set[int] = set()
        self._live: dict[Kind, list[int]] = defaultdict(list)

    def between(
        self, kinds: Collection[Kind], since: int, until: int, *, newest_first: bool = False
    ) -> Iterator[tuple[int, int, Activity]]:
        """These are (position, person, activity) of the kinds in [since, until)."""
        low, high = bound(since), bound(until)
        first, last = max(since, self.world.start) // DAY, min(until - 1, self.world.now) // DAY
        days = range(first, last + 1)
        past = self._past(kinds, reversed(days) if newest_first else days, newest_first)
        live = sorted((p for kind in kinds for p in self._live[kind]), reverse=newest_first)
        for place in merge(past, live, reverse=newest_first):
            if low <= place < high:
                yield (place, *self.activity(place))
            elif (place < low) == newest_first:
                return

    def live(self, kinds: Collection[Kind]) -> list[tuple[int, int, Activity]]:
        """These are the activities of the kinds that happened while the sandbox runs."""
        return [(place, *self.activity(place)) for kind in kinds for place in self._live[kind]]

    def activity(self, place: int) -> tuple[int, Activity]:
        """This is the person and the activity at a position."""
        index = place >> NUMBER_BITS & (1 << PERSON_BITS) - 1
        return index, self.world.activity(index, place & (1 << NUMBER_BITS) - 1)

    def add(self, index: int, activity: Activity) -> None:
        insort(self._live[activity.kind], position(activity.at, index, activity.n))

    def reset(self) -> None:
        self._live.clear()

    def _past(self, kinds: Collection[Kind], days: Iterable[int], newest_first: bool) -> Iterator[int]:
        for day in days:
            if day not in self._complete:
                self._complete_day(day)
            places = [place for kind in kinds for place in self._days[kind].get(day, ())]
            places.sort(reverse=newest_first)
            yield from places

    def _complete_day(self, day: int) -> None:
        """This tells every journey that may touch the day, each once in the life of the sandbox."""
        world = self.world
        if not self._told:
            self._told = bytearray(world.people)
        near = world.last_between(day * DAY, (day + 1) * DAY + JOURNEY)
        for index in near:
            self._tell(index)
        for index in range(near.stop, world.people):
            if is_long(index):
                self._tell(index)
        self._complete.add(day)

    def _tell(self, index: int) -> None:
        if self._told[index]:
            return
        self._told[index] = 1
        for activity in self.world.journey(index):
            self._days[activity.kind][activity.at // DAY].append(position(activity.at, index, activity.n))
