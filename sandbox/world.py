"""One company's world over eighteen months: who is in it, when each row last changed, what people did.

A world is a pure function of (seed, people, now). Nothing per person is made at the start: people,
journeys and modification stamps are computed from the index when somebody asks, and what happens
while the sandbox runs lies in an overlay on top. Stamps rise with the index, so a window of stamps is
a range of indices.

    world = World(seed=7, people=200, now=machine_now())
    world.person(12); world.activities(12); world.modified_at(12)
    world.timeline.between({"call", "meeting"}, since, until)
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from sandbox.behaviour import RECENT, Activity, journey, may_be_called
from sandbox.clock import DAY, MILLISECOND
from sandbox.people import COMPANY_SIZE, Company, Person, Residence, SalesforceKind, company, person
from sandbox.people import index_of as index_in_address
from sandbox.people import residence as residence_of
from sandbox.timeline import Timeline

SPAN = 548 * DAY  # eighteen months
PEOPLE_MAX = 1_000_000
CACHED = 4096
LIVE_FROM = 1000  # numbers of live activities start here; journeys are shorter

# Bulk jobs stamp many rows with one instant: the first rows of every block do so, and one tenth
# of the world does at once, which is more than 10,000 people in a world of 200,000.
BLOCK, TIED = 64, 24


class World:
    """This answers every question about people, companies and what they did. Thread-safe by `lock`."""

    def __init__(self, seed: int, people: int, now: int, *, ties: bool = True) -> None:
        if not 1 <= people <= PEOPLE_MAX or seed < 0:
            raise ValueError(f"a world has 1 to {PEOPLE_MAX} people and a seed of 0 or more")
        self.seed, self.people, self.now, self.ties = seed, people, now - now % MILLISECOND, ties
        self.start = self.now - SPAN
        self.lock = threading.RLock()
        self.made: Counter[str] = Counter()  # how many people and journeys were computed so far
        self.person = lru_cache(CACHED)(self._person)
        self.journey = lru_cache(CACHED)(self._journey)
        self.company = lru_cache(CACHED)(self._company)
        self.timeline = Timeline(self)
        self._live: dict[int, list[Activity]] = {}
        self._moved: dict[int, list[int]] = {}

    # ------------------------------------------------------------------ stamps, by arithmetic

    def last_at(self, index: int) -> int:
        """This is the end of that person's journey. A fifth of all people were here within three weeks."""
        left = 2 * (self.people - index) - 1  # of twice the people, so that nobody acts at the very end
        age = SPAN * left * left // (4 * self.people * self.people)
        return (self.now - age) // MILLISECOND * MILLISECOND

    def modified_at(self, index: int) -> int:
        """This is when the person's rows last changed before the start: it never falls with the index."""
        return self.last_at(self._tied(index))

    def changed_at(self, index: int, known_at: int | None = None) -> int:
        """This is `modified_at`, moved by what the person did since (as far as was known then)."""
        stamp = self.modified_at(index)
        for recorded_at in self._moved.get(index, ()):
            if known_at is None or recorded_at <= known_at:
                stamp = max(stamp, recorded_at)
        return stamp

    def modified_between(self, since: int, until: int) -> range:
        """These people's rows changed in [since, until), before the sandbox started."""
        everybody = range(self.people)
        first = bisect_left(everybody, since, key=self.modified_at)
        return range(first, max(first, bisect_left(everybody, until, key=self.modified_at)))

    def last_between(self, since: int, until: int) -> range:
        """These people's journeys ended in [since, until)."""
        everybody = range(self.people)
        first = bisect_left(everybody, since, key=self.last_at)
        return range(first, max(first, bisect_left(everybody, until, key=self.last_at)))

    def moved(self) -> list[int]:
        """These people did something since the sandbox started."""
        return sorted(self._moved)

    # ------------------------------------------------------------------ people and companies

    def residence(self, index: int) -> tuple[Residence, SalesforceKind]:
        """This says where the person is kept, without computing the person."""
        return residence_of(index)

    def activities(self, index: int) -> tuple[Activity, ...]:
        """This is everything a person did, in order of time, what happened just now included."""
        live = self._live.get(index)
        if not live:
            return self.journey(index)
        return tuple(sorted((*self.journey(index), *live), key=lambda a: (a.at, a.n)))

    def activity(self, index: int, n: int) -> Activity:
        """This is one activity by its number."""
        return self._live[index][n - LIVE_FROM] if n >= LIVE_FROM else self.journey(index)[n]

    def find(self, email: str) -> int | None:
        """This is the index of the person with that address, whatever its case."""
        index = index_in_address(email)
        if 0 <= index < self.people and self.person(index).email == email.strip().casefold():
            return index
        return None

    @property
    def companies(self) -> int:
        return -(-self.people // COMPANY_SIZE)

    def members(self, number: int) -> range:
        """These people share a place of work (students and the like among them do not)."""
        return range(number * COMPANY_SIZE, min((number + 1) * COMPANY_SIZE, self.people))

    def dealt_with(self, start: int = 0) -> Iterator[int]:
        """These people, from that index on, may have been called by sales; all others never were."""
        recent = self.last_between(self.now - RECENT, self.now + 1)
        for index in range(start, self.people):
            if may_be_called(index, recent=index in recent) or index in self._live:
                yield index

    def hottest(self, limit: int) -> Iterator[Person]:
        """These people want to buy now: hot, lately, and nobody whom a definition would exclude."""
        recent = self.last_between(self.now - RECENT, self.now + 1)
        people = (self.person(index) for index in reversed(recent))
        wanted = (p for p in people if p.hot and p.role in ("prospect", "free_mail"))
        yield from (p for p, _ in zip(wanted, range(limit), strict=False))

    # ------------------------------------------------------------------ what happens while it runs

    def live(self, index: int, activity: Activity, recorded_at: int) -> Activity:
        """This lets a person do something now; both CRMs show it, and the rows' stamps move."""
        with self.lock:
            happened = self._live.setdefault(index, [])
            numbered = replace(activity, n=LIVE_FROM + len(happened))
            happened.append(numbered)
            self._moved.setdefault(index, []).append(recorded_at)
            self.timeline.add(index, numbered)
            return numbered

    def reset(self) -> None:
        """This forgets everything that happened since the start."""
        with self.lock:
            self._live.clear()
            self._moved.clear()
            self.timeline.reset()

    # ------------------------------------------------------------------ computing

    def _tied(self, index: int) -> int:
        """This is the person whose stamp this one shares: always a later or the same one."""
        if not self.ties:
            return index
        bulk = range(self.people // 4, self.people // 4 + self.people // 10)
        if index in bulk:
            index = bulk.stop - 1
        block, place = divmod(index, BLOCK)
        return min(block * BLOCK + TIED - 1, self.people - 1) if place < TIED else index

    def _person(self, index: int) -> Person:
        self.made["people"] += 1
        return person(self.seed, index, recent=self.now - self.last_at(index) <= RECENT)

    def _journey(self, index: int) -> tuple[Activity, ...]:
        self.made["journeys"] += 1
        return journey(self.seed, self.person(index), self.start, self.last_at(index), self.now)

    def _company(self, number: int) -> Company:
        return company(self.seed, number)
