"""Judging people who are due, and noting what should change in the CRMs: one transaction a batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sqlalchemy import Connection, text

from scoring.links import counted
from scoring.score import UNPUBLISHED, score
from scoring.sentence import sentences
from scoring.touches import NEVER, Ints
from sync import plan as planning
from sync.batch import Batch, Judge
from sync.handoff.clocks import read_clocks, sooner
from sync.handoff.custody import save_custodies
from sync.handoff.escalation import escalations
from sync.handoff.feedback import save_remarks
from sync.handoff.notices import told_otherwise
from sync.handoff.task_changes import task_changes
from sync.handoff.tasks import task_intents
from sync.safety.holdout import held_out
from sync.store import outbox
from sync.store import verdicts as judged
from sync.store.colleagues import load_with_colleagues
from sync.store.engine import Store
from sync.store.facts import Row, keep_timelines, load_facts, load_rows
from sync.store.made_tasks import made_tasks
from sync.store.mail_links import save_tours
from sync.store.outbox import Intent
from sync.store.partner_claims import save_claims
from sync.store.people import rows_in
from sync.store.trials import save_trial

BATCH = 1_000
UNDONE = "undone"  # the setting that names the run that a human took back last


def score_due(store: Store, judge: Judge, now: int) -> int:
    """This judges one batch of people who are due; it returns how many there were."""
    with store.transaction() as tx:
        people = judged.due_people(tx, now, BATCH)
        if people:
            judge_people(store, tx, judge, people, now)
    return len(people)


def judge_people(store: Store, tx: Connection, judge: Judge, people: Sequence[int], now: int) -> None:
    """This judges these people (ascending), keeps their verdicts and notes what should change."""
    before = judged.published(tx, people)
    batch = _judge(store, tx, judge, people, before, now)
    batch.held_out = held_out(batch, before, judge.settings.holdout_percent)
    opened = judged.save_episodes(tx, people, batch.verdicts)
    save_custodies(store, tx, batch)
    save_remarks(store, tx, batch, judge.context.feedback)
    spells = {person: spell for person, spell in opened.items() if person not in batch.held_out}
    unmade = {one.slot: one for one in outbox.unmade_tasks(tx, people)}
    batch.made = made_tasks(tx, people)
    tasks = task_intents(store, tx, judge, batch, spells, unmade.keys(), now)
    clocks = read_clocks(store, tx, judge, batch, now)  # they ask who was given what
    batch.verdicts = sooner(batch, clocks)
    for i, person in enumerate(people):
        wanted = planning.desired(batch.verdicts, i, batch.reasons[i], clocks.fields.get(person))
        shown = before.get(person, ("", {}))[1]
        told = planning.publish(wanted, shown, judge.settings.score_step)
        batch.told.append({} if person in batch.held_out else told)
    judged.save_verdicts(store, tx, people, batch.verdicts, batch.told)
    save_claims(store, tx, people, batch.verdicts)
    judged.mark_held_out(store, tx, people, batch.held_out)
    rules = {one.machine for one in judge.book.definitions}
    save_tours(store, tx, people, batch.facts.touches, rules)
    for one in judge.book.beside:
        found = score(batch.facts, one, now, context=judge.context)
        save_trial(store, tx, people, found, one)
    changes = task_changes(store, tx, batch, before, tasks, now)
    handed = told_otherwise(tx, judge.settings.notices, tasks, now)
    late = escalations(store, tx, judge, batch, tasks, clocks, now)
    _note(store, tx, judge, batch, _field_intents(batch) + handed + changes + late, unmade, now)


def _judge(
    store: Store, tx: Connection, judge: Judge, people: Sequence[int], before: Mapping[int, Any], now: int
) -> Batch:
    rows = load_rows(tx, people)
    keep_timelines(store, tx, people, rows)
    told = load_with_colleagues(tx, people) if judge.needs_colleagues else load_facts(tx, people, rows)
    facts = counted(told)
    shown = _published_scores(people, before)
    step = judge.settings.score_step * planning.POINT
    verdicts = score(
        facts,
        judge.book,
        now,
        context=judge.context,
        published=shown,
        score_step=step,
        lead_at=_lead_at(people, rows),
    )
    reasons = sentences(facts, verdicts, range(len(people)))
    grouped: dict[int, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row.person, []).append(row)
    return Batch(people, grouped, facts, verdicts, reasons)


def _lead_at(people: Sequence[int], rows: Sequence[Row]) -> Ints:
    """This is when a CRM first had each of the people; NEVER: nobody knows."""
    at = dict.fromkeys(people, NEVER)
    for row in rows:
        if row.created_at:
            at[row.person] = min(at[row.person], row.created_at)
    return np.array(list(at.values()), np.int64)


def _published_scores(people: Sequence[int], before: Mapping[int, Any]) -> Ints:
    shown = [before.get(person, ("", {}))[1].get("score") for person in people]
    return np.array([UNPUBLISHED if s is None else s * planning.POINT for s in shown], np.int64)


def _field_intents(batch: Batch) -> list[Intent]:
    found = []
    for i, person in enumerate(batch.people):
        if not batch.told[i]:
            continue
        for row in batch.rows.get(person, ()):
            change = planning.difference(row.own, batch.told[i]) if row.is_writable else {}
            if change:
                before = {name: row.own.get(name) for name in change}
                slot = f"fields:{row.key}"
                found.append(
                    Intent(0, 0, person, row.connection, "fields", row.key, change, before, slot=slot)
                )
    return found


def _note(
    store: Store,
    tx: Connection,
    judge: Judge,
    batch: Batch,
    intents: Sequence[Intent],
    unmade: Mapping[str, Intent],
    now: int,
) -> None:
    """This writes the changes down under the current plan; a new plan is opened only for real news."""
    waiting = outbox.waiting_fields(tx, batch.people)
    wanted = {one.key for one in intents if one.purpose == "fields"}
    tasks = {one.slot: _place(one) for one in intents if one.purpose == "task"}
    obsolete = [number for key, (number, _) in waiting.items() if key not in wanted]
    # A task that nobody has seen yet goes where the person lives now, or nowhere.
    obsolete += [one.id for slot, one in unmade.items() if tasks.get(slot) != _place(one)]
    outbox.drop_intents(store, tx, obsolete, now)
    slots = rows_in(tx, "SELECT slot FROM intent WHERE slot IN :values", tasks)
    taken = {row.slot for row in slots}
    news = [
        one
        for one in intents
        if (one.slot not in taken and waiting.get(one.key, (0, ""))[1] != outbox.as_text(one.payload))
    ]
    if not news:
        return
    plan = outbox.current_plan(tx)
    number = plan.id if plan and plan.state == "open" else 0
    if not number:
        number = outbox.new_plan(tx, judge.book.fingerprint, now)
    outbox.save_intents(store, tx, number, news, now)


def _place(task: Intent) -> tuple[Any, ...]:
    """This is what makes a task another before anybody has seen it: its place, its owner, its news."""
    told = task.payload
    return task.connection, task.key, told["owner_id"], told["priority"], told.get("told", {}).get("gist")


def decide(store: Store, judge: Judge, now: int, *, hold: bool = False) -> None:
    """This closes the open plan: released if it is small, held for a human if it is not."""
    with store.transaction() as tx:
        plan = outbox.current_plan(tx)
        if plan is None or plan.state == "released":
            return
        if not outbox.waits(tx, plan.id):
            outbox.decide_plan(tx, plan.id, "superseded", now, "nothing of it is wanted any more")
            return
        if plan.state != "open":
            return
        people = int(tx.execute(text("SELECT COUNT(*) FROM person WHERE merged_into IS NULL")).scalar_one())
        changes = outbox.intents_of(tx, plan.id)
        moved = {one.person for one in changes if one.purpose == "fields" and "status" in one.payload}
        first = tx.execute(text("SELECT 1 FROM plan WHERE state = 'done' LIMIT 1")).first() is None
        limits = planning.Limits(judge.settings.blast_radius_percent, judge.settings.blast_radius_min)
        undone = tx.execute(text("SELECT value FROM setting WHERE name = :name"), {"name": UNDONE}).scalar()
        why = "it was made to be looked at" if hold else ""
        why = why or (f"run {undone} was taken back" if undone else "")
        why = why or planning.why_held(len(moved), people, is_first=first, limits=limits)
        outbox.decide_plan(tx, plan.id, "held" if why else "released", now, why)
