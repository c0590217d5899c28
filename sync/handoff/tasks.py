"""The tasks that should stand in a CRM: one per spell of whoever is MQL now."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import chain
from typing import Any

from sqlalchemy import Connection

from connectors.records import key_of
from scoring.definitions.definition import Definition
from scoring.handoff.routing import Home, follow_up_due
from scoring.handoff.task_text import Who, task_text
from sync.batch import Batch, Judge
from sync.clock import DAY
from sync.handoff.homes import home_of, owners_of
from sync.store.outbox import Intent
from sync.store.verdicts import Spell


def task_intents(
    tx: Connection,
    judge: Judge,
    batch: Batch,
    spells: Mapping[int, Spell],
    decided: Collection[str],
    now: int,
) -> list[Intent]:
    """These are the tasks that should stand in a CRM; one that was `decided` on does not grow too old."""
    owners = owners_of(tx, chain.from_iterable(batch.rows.values()))
    youngest = now - judge.settings.task_age_max_days * DAY
    found = []
    for i, person in enumerate(batch.people):
        spell = spells.get(person)
        by = batch.verdicts.qualified_by(i)
        if spell is None or by is None or batch.verdicts.status_of(i) != "mql":
            continue
        slot = f"task:{spell.id}#follow-up"
        is_news = spell.qualified_at >= youngest or 0 < judge.live_from <= spell.qualified_at
        if not is_news and slot not in decided:
            continue
        rows = batch.rows.get(person, ())
        chosen = home_of(rows, owners, judge.settings.home_crm, judge.settings.stand_ins)
        if chosen is None:
            continue
        key = key_of(chosen.crm, chosen.kind, chosen.id)
        name = f"{key}#{spell.number}#follow-up"
        due = follow_up_due(
            *(by, batch.verdicts, i),
            known_at=spell.noticed_at,
            slas=judge.slas,
            owner_id=chosen.owner_id,
        )
        payload = _task(by, batch, i, chosen, name, due_at=due)
        found.append(Intent(0, 0, person, chosen.crm, "task", key, payload, {}, slot=slot))
    return found


def _task(by: Definition, batch: Batch, i: int, chosen: Home, key: str, *, due_at: int) -> dict[str, Any]:
    rows = batch.rows[batch.people[i]]
    known: dict[str, str] = {}
    for row in rows:
        known |= {name: str(value) for name, value in row.attributes.items()}
    name = " ".join(part for part in (known.get("first_name"), known.get("last_name")) if part)
    who = Who(
        *(name or known.get("email", ""), known.get("title", ""), known.get("company", "")),
        website=known.get("website", ""),
        country=known.get("country", ""),
    )
    words = task_text(
        *(batch.facts, by, batch.verdicts, i),
        who=who,
        reason=batch.reasons[i],
        due_at=due_at,
    )
    return {
        "key": key,
        "kind": chosen.kind,
        "record_id": chosen.id,
        "owner_id": chosen.owner_id,
        "subject": words.subject,
        "body": words.body,
        "due_at": words.due_at,
        "priority": words.priority,
    }
