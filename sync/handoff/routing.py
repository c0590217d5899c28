"""Who is given which lead: one task a company, and for everybody else the cause why there is none.

Of the people at a company who are MQL, the first carries the task, and the others join it: whoever calls
the one should know of the others, and nobody should be called by two. When the task's person is disposed
of, the next carries one. A lead that nobody can take is kept with the cause, and asked about again when
owners or territories change.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter

from sqlalchemy import Connection

from connectors.records import key_of
from scoring.handoff.lead import lead_of, said_of
from scoring.handoff.routing import Home
from scoring.handoff.territory import Lead
from sync.batch import Batch, Judge
from sync.clock import DAY
from sync.handoff.accounts import Names, companies_of
from sync.handoff.homes import Case, Desk, Made, Placed
from sync.handoff.owners import Owners, owner_key, owners_of
from sync.store import assignments as stored
from sync.store.assignments import Assignment
from sync.store.engine import Store
from sync.store.outbox import tasks_in
from sync.store.verdicts import Spell

WORKED_ON = frozenset({"sal", "appointment", "sql"})  # by sales, who have no task of ours any more


def task_slot(episode: int) -> str:
    """This is the name of a spell's one task, for ever."""
    return f"task:{episode}#follow-up"


@dataclass(frozen=True, slots=True)
class _Asked:
    """One spell that should have somebody."""

    i: int
    person: int
    spell: Spell
    score: int
    held: Assignment | None
    made: Made | None

    @property
    def rank(self) -> tuple[bool, bool, int, int, int]:
        """Who has a task goes first, then who was to get one, then who qualified first."""
        carries = self.held is not None and self.held.carrier == self.spell.id and self.held.owner_id != ""
        return self.made is None, not carries, self.spell.qualified_at, -self.score, self.spell.id


def give_out(
    store: Store,
    tx: Connection,
    judge: Judge,
    batch: Batch,
    spells: Mapping[int, Spell],
    decided: Collection[str],
    now: int,
) -> dict[int, Home]:
    """This gives everybody of a batch to somebody, and returns whose task stands at which record.

    `spells` are the open ones; people are numbered by their place in the batch. A task that was `decided`
    on (its slot) and stands in no CRM yet does not grow too old. It runs in the batch's transaction, so a
    retry costs nobody a turn.
    """
    held = stored.latest_of(tx, batch.people)
    asked = _asked(tx, judge, batch, spells, held, decided, now)
    if not asked and not held:
        return {}
    companies = _seated(store, tx, judge, batch, asked, held)
    given = _Round(tx, judge, batch, asked, companies, now).decide() if asked else _Given({}, {}, {})
    _keep(store, tx, held, given.assignments, set(batch.people))
    if given.turns:
        stored.save_turns(store, tx, given.turns)
    return given.homes


def _asked(
    tx: Connection,
    judge: Judge,
    batch: Batch,
    spells: Mapping[int, Spell],
    held: Mapping[int, Assignment],
    decided: Collection[str],
    now: int,
) -> list[_Asked]:
    """These are the spells of MQLs that are news, or were decided on before; in the order of their rank."""
    mql = [
        (i, person, spells[person])
        for i, person in enumerate(batch.people)
        if person in spells and batch.verdicts.status_of(i) == "mql"
    ]
    made = tasks_in(tx, [slot for *_, one in mql if (slot := task_slot(one.id)) not in decided])
    youngest = now - judge.settings.task_age_max_days * DAY
    found = []
    for i, person, spell in mql:
        slot = task_slot(spell.id)
        is_news = spell.qualified_at >= youngest or 0 < judge.live_from <= spell.qualified_at
        if is_news or slot in decided or slot in made or spell.id in held:
            task = made.get(slot)
            standing = Made(task.connection, task.key, str(task.payload["owner_id"])) if task else None
            score = int(batch.verdicts.score[i])
            found.append(_Asked(i, person, spell, score, held.get(spell.id), standing))
    return sorted(found, key=attrgetter("rank"))


def _seated(
    store: Store,
    tx: Connection,
    judge: Judge,
    batch: Batch,
    asked: Sequence[_Asked],
    held: Mapping[int, Assignment],
) -> dict[int, Names]:
    """This keeps at which company everybody is worked on, sales' own included, and returns it."""
    given = {one.person for one in held.values()}
    people = {one.person for one in asked}
    for i, person in enumerate(batch.people):
        if person in given and batch.verdicts.status_of(i) in WORKED_ON:
            people.add(person)
    rows = {person: batch.rows.get(person, ()) for person in sorted(people)}
    companies = companies_of(tx, rows, judge.public_hosts, judge.context.sites.known)
    stored.save_seats(store, tx, stored.seats_of(tx, batch.people), companies)
    return companies


@dataclass(frozen=True, slots=True)
class _Given:
    """What was decided: whose task stands where, everybody's assignment, and the turns if any was taken."""

    homes: dict[int, Home]
    assignments: dict[int, Assignment]
    turns: Mapping[str, Mapping[str, int]]


class _Round:
    """The spells of one batch, given out in the order of their rank."""

    def __init__(
        self,
        tx: Connection,
        judge: Judge,
        batch: Batch,
        asked: Sequence[_Asked],
        companies: Mapping[int, Names],
        now: int,
    ) -> None:
        settings = judge.settings
        self._batch, self._asked, self._companies, self._now = batch, asked, companies, now
        self._owners = _owners(tx, judge, batch, asked)
        self._before = stored.turns_of(tx) if settings.territories else {}
        self._desk = Desk(
            self._owners,
            order=settings.home_crm,
            stand_ins=settings.stand_ins,
            territories=settings.territories,
            away=self._owners.away(judge.slas, now) if settings.territories else (),
            turns=self._before,
        )
        people = [one.i for one in asked] if settings.territories else []
        self._said = said_of(batch.facts.attributes, people, now)
        self._carriers: dict[str, list[Assignment]] = {}
        self._lately: dict[str, Assignment] = {}
        self._look_up(tx, [one.person for one in asked], set(batch.people))

    def _look_up(self, tx: Connection, asked: Sequence[int], mine: Collection[int]) -> None:
        """This is whose tasks are open at these companies, and who was given somebody there last."""
        names = {name for person in asked for name in self._companies[person]}
        for name, is_open, one in stored.at_work(tx, sorted(names)):
            self._lately.setdefault(name, one)
            if is_open and one.carrier == one.episode and one.person not in mine:
                self._carriers.setdefault(name, []).append(one)

    def decide(self) -> _Given:
        homes: dict[int, Home] = {}
        assignments: dict[int, Assignment] = {}
        for one in self._asked:
            carrier = None if one.made else self._carrier(one)
            if carrier:
                assignments[one.spell.id] = self._joined(one, carrier)
                self._take_back(one, assignments[one.spell.id])
                continue
            placed = self._desk.place(self._case(one), self._colleague(one))
            if placed.home:
                homes[one.i] = placed.home
            mine = assignments[one.spell.id] = self._assignment(one, placed)
            self._take_back(one, mine)
            for name in self._companies[one.person] if mine.owner_id else ():
                self._carriers.setdefault(name, []).append(mine)
        turns = self._desk.turns if self._desk.turns != self._before else {}
        return _Given(homes, assignments, turns)

    def _take_back(self, one: _Asked, given: Assignment) -> None:
        """Whoever was to have her, and lost her before any CRM had the task, has lost no turn."""
        if one.held and one.held.how == "territory" and not one.made and not _goes_on(one.held, given):
            self._desk.take_back(one.held)

    def _carrier(self, one: _Asked) -> Assignment | None:
        """This is the oldest spell at the same company that has a task, or will have one."""
        open_ones = [each for name in self._companies[one.person] for each in self._carriers.get(name, ())]
        return min(open_ones, key=attrgetter("episode"), default=None)

    def _colleague(self, one: _Asked) -> str:
        """This is the key of who was given somebody of the company last."""
        found = [self._lately[name] for name in self._companies[one.person] if name in self._lately]
        last = max(found, key=attrgetter("since", "episode"), default=None)
        return key_of(last.connection, "owner", last.owner_id) if last else ""

    def _case(self, one: _Asked) -> Case:
        key = str(one.spell.id)
        lead = Lead(key)
        if one.i in self._said:
            hosts = [name for name in self._companies[one.person] if ":" not in name]
            partner = self._batch.verdicts.partner_of(one.i)[0]
            lead = lead_of(self._said[one.i], key=key, hosts=hosts, partner=partner)
        return Case(lead, self._batch.rows.get(one.person, ()), one.held, one.made)

    def _assignment(self, one: _Asked, placed: Placed) -> Assignment:
        home = None if placed.cause else placed.home
        return Assignment(
            *(one.spell.id, one.person),
            connection=home.crm if home else "",
            record=key_of(home.crm, home.kind, home.id) if home else "",
            owner_id=home.owner_id if home else "",
            record_owner=self._case(one).owners,
            territory=placed.territory,
            how=placed.how if home else "",
            cause=placed.cause,
            carrier=one.spell.id,
            since=self._now,
        )

    def _joined(self, one: _Asked, carrier: Assignment) -> Assignment:
        return replace(
            carrier,
            episode=one.spell.id,
            person=one.person,
            record_owner=self._case(one).owners,
            territory="",
            how="account",
            since=self._now,
        )


def _owners(tx: Connection, judge: Judge, batch: Batch, asked: Sequence[_Asked]) -> Owners:
    """Territories may name anybody; without them, only owners of the records matter."""
    if judge.settings.territories:
        return owners_of(tx)
    keys = {
        owner_key(row.connection, row.attributes) for one in asked for row in batch.rows.get(one.person, ())
    }
    keys |= {key_of(one.held.connection, "owner", one.held.owner_id) for one in asked if one.held}
    keys |= {key_of(one.made.connection, "owner", one.made.owner_id) for one in asked if one.made}
    return owners_of(tx, keys - {""})


def _keep(
    store: Store,
    tx: Connection,
    held: Mapping[int, Assignment],
    given: Mapping[int, Assignment],
    mine: Collection[int],
) -> None:
    """This notes what is new, and wakes those whom it concerns: who joined a task that is gone or was given
    to somebody else, and whose task somebody joined or left."""
    news = [one for one in given.values() if not _goes_on(held.get(one.episode), one)]
    left = [replace(one, carrier=one.episode) for episode, one in held.items() if episode not in given]
    stored.save_assignments(store, tx, news)
    same = [one for one in given.values() if _goes_on(held.get(one.episode), one)]
    stored.mend(store, tx, [one for one in (*same, *left) if _differs(held[one.episode], one)])
    renewed = {one.episode for one in (*news, *left)}
    moved: set[int] = set()
    for one in (*given.values(), *left):
        before = held[one.episode].carrier if one.episode in held else one.episode
        if before != one.carrier:
            moved |= {before, one.carrier}
    waiting = stored.joined(tx, sorted((renewed | moved) & held.keys()))
    stored.wake(store, tx, {person for people in waiting.values() for person in people} - set(mine))
    stored.wake_carriers(store, tx, moved - held.keys() - given.keys())


def _goes_on(old: Assignment | None, new: Assignment) -> bool:
    """This tells whether nobody else was given the spell, so that no clock is handed over."""
    return old is not None and (old.connection, old.owner_id) == (new.connection, new.owner_id)


def _differs(old: Assignment, new: Assignment) -> bool:
    names = ("record", "record_owner", "cause", "carrier")
    return any(getattr(old, name) != getattr(new, name) for name in names)
