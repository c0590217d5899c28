"""The leads of one batch, given out one by one: who carries a task, and who joins a colleague's."""

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
from sync.handoff.accounts import Names
from sync.handoff.homes import Case, Desk, Made, Placed
from sync.handoff.owners import Owners, owner_key, owners_of
from sync.store import assignments as stored
from sync.store.assignments import Assignment
from sync.store.verdicts import Spell


@dataclass(frozen=True, slots=True)
class Asked:
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


@dataclass(frozen=True, slots=True)
class Given:
    """What was decided: whose task stands where, everybody's assignment, and the turns if any was taken."""

    homes: dict[int, Home]
    assignments: dict[int, Assignment]
    turns: Mapping[str, Mapping[str, int]]


class Round:
    """The spells of one batch, given out in the order of their rank."""

    def __init__(
        self,
        tx: Connection,
        judge: Judge,
        batch: Batch,
        asked: Sequence[Asked],
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

    def decide(self) -> Given:
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
        for one in self._asked:  # who comes later may have a task that stands for those before her
            carrier = self._carrier(one) if assignments[one.spell.id].cause and not one.made else None
            if carrier:
                assignments[one.spell.id] = self._joined(one, carrier)
        turns = self._desk.turns if self._desk.turns != self._before else {}
        return Given(homes, assignments, turns)

    def _take_back(self, one: Asked, given: Assignment) -> None:
        """Whoever was to have her, and lost her before any CRM had the task, has lost no turn."""
        if one.held and one.held.how == "territory" and not one.made and not goes_on(one.held, given):
            self._desk.take_back(one.held)

    def _carrier(self, one: Asked) -> Assignment | None:
        """This is the oldest spell at the same company that has a task, or will have one."""
        open_ones = [each for name in self._companies[one.person] for each in self._carriers.get(name, ())]
        return min(open_ones, key=attrgetter("episode"), default=None)

    def _colleague(self, one: Asked) -> str:
        """This is the key of who was given somebody of the company last."""
        found = [self._lately[name] for name in self._companies[one.person] if name in self._lately]
        last = max(found, key=attrgetter("since", "episode"), default=None)
        return key_of(last.connection, "owner", last.owner_id) if last else ""

    def _case(self, one: Asked) -> Case:
        key = str(one.spell.id)
        lead = Lead(key)
        if one.i in self._said:
            hosts = [name for name in self._companies[one.person] if ":" not in name]
            partner = self._batch.verdicts.partner_of(one.i)[0]
            lead = lead_of(self._said[one.i], key=key, hosts=hosts, partner=partner)
        return Case(lead, self._batch.rows.get(one.person, ()), one.held, one.made)

    def _assignment(self, one: Asked, placed: Placed) -> Assignment:
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

    def _joined(self, one: Asked, carrier: Assignment) -> Assignment:
        return replace(
            carrier,
            episode=one.spell.id,
            person=one.person,
            record_owner=self._case(one).owners,
            territory="",
            how="account",
            since=self._now,
        )


def _owners(tx: Connection, judge: Judge, batch: Batch, asked: Sequence[Asked]) -> Owners:
    """Territories may name anybody; without them, only owners of the records matter."""
    if judge.settings.territories:
        return owners_of(tx)
    keys = {
        owner_key(row.connection, row.attributes) for one in asked for row in batch.rows.get(one.person, ())
    }
    keys |= {key_of(one.held.connection, "owner", one.held.owner_id) for one in asked if one.held}
    keys |= {key_of(one.made.connection, "owner", one.made.owner_id) for one in asked if one.made}
    return owners_of(tx, keys - {""})


def goes_on(old: Assignment | None, new: Assignment) -> bool:
    """This tells whether nobody else was given the spell, so that no clock is handed over."""
    return old is not None and (old.connection, old.owner_id) == (new.connection, new.owner_id)
