"""Who is given which lead: one task a company, and for everybody else the cause why there is none.

Of the people at a company who are MQL, the first carries the task, and the others join it: whoever calls
the one should know of the others, and nobody should be called by two. When the task's person is disposed
of, the next carries one. A lead that nobody can take is kept with the cause, and asked about again when
owners or territories change.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from operator import attrgetter

from sqlalchemy import Connection

from scoring.handoff.routing import Home
from sync.batch import Batch, Judge
from sync.clock import DAY
from sync.handoff.accounts import Names, companies_of
from sync.handoff.homes import Made
from sync.handoff.rounds import Asked, Given, Round, goes_on
from sync.store import assignments as stored
from sync.store.assignments import Assignment
from sync.store.engine import Store
from sync.store.outbox import tasks_in
from sync.store.verdicts import Spell

WORKED_ON = frozenset({"sal", "appointment", "sql"})  # by sales, who have no task of ours any more


def task_slot(episode: int) -> str:
    """This is the name of a spell's one task, for ever."""
    return f"task:{episode}#follow-up"


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
    given = Round(tx, judge, batch, asked, companies, now).decide() if asked else Given({}, {}, {})
    _keep(store, tx, held, given.assignments, set(batch.people))
    _tell_lost(store, tx, held, given.assignments, companies)
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
) -> list[Asked]:
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
            found.append(Asked(i, person, spell, score, held.get(spell.id), standing))
    return sorted(found, key=attrgetter("rank"))


def _seated(
    store: Store,
    tx: Connection,
    judge: Judge,
    batch: Batch,
    asked: Sequence[Asked],
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


def _keep(
    store: Store,
    tx: Connection,
    held: Mapping[int, Assignment],
    given: Mapping[int, Assignment],
    mine: Collection[int],
) -> None:
    """This notes what is new, and wakes those whom it concerns: who joined a task that is gone or was given
    to somebody else, and whose task somebody joined or left."""
    news = [one for one in given.values() if not goes_on(held.get(one.episode), one)]
    left = [replace(one, carrier=one.episode) for episode, one in held.items() if episode not in given]
    stored.save_assignments(store, tx, news)
    same = [one for one in given.values() if goes_on(held.get(one.episode), one)]
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


def _tell_lost(
    store: Store,
    tx: Connection,
    held: Mapping[int, Assignment],
    given: Mapping[int, Assignment],
    companies: Mapping[int, Names],
) -> None:
    """A task that is new may stand for colleagues whom nobody could take."""
    new = [
        one
        for one in given.values()
        if one.owner_id and one.carrier == one.episode and not goes_on(held.get(one.episode), one)
    ]
    names = {name for one in new for name in companies.get(one.person, ())}
    lost = stored.lost_at(tx, sorted(names))
    stored.wake(store, tx, lost - {one.person for one in given.values()})


def _differs(old: Assignment, new: Assignment) -> bool:
    names = ("record", "record_owner", "cause", "carrier")
    return any(getattr(old, name) != getattr(new, name) for name in names)
