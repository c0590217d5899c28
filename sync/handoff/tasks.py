"""The tasks that should stand in a CRM: one per spell of whoever is MQL now."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Connection

from connectors.records import key_of
from scoring.handoff.routing import follow_up_due
from sync.batch import Batch, Judge
from sync.handoff.routing import give_out, task_slot
from sync.handoff.texts import texts_of
from sync.store.engine import Store
from sync.store.outbox import Intent
from sync.store.verdicts import Spell


def task_intents(
    store: Store,
    tx: Connection,
    judge: Judge,
    batch: Batch,
    spells: Mapping[int, Spell],
    decided: Collection[str],
    now: int,
) -> list[Intent]:
    """These are the tasks that should stand in a CRM; one that was `decided` on does not grow too old."""
    homes = give_out(store, tx, judge, batch, spells, decided, now)
    texts = texts_of(tx, batch, spells)
    found = []
    for i, chosen in sorted(homes.items()):
        person = batch.people[i]
        spell, by = spells[person], batch.verdicts.qualified_by(i)
        if by is None:
            continue
        slot = task_slot(spell.id)
        key = key_of(chosen.crm, chosen.kind, chosen.id)
        due = follow_up_due(
            *(by, batch.verdicts, i),
            known_at=spell.noticed_at,
            slas=judge.slas,
            owner_id=chosen.owner_id,
        )
        payload = texts.payload(i, by, chosen, slot, due_at=due)
        found.append(Intent(0, 0, person, chosen.crm, "task", key, payload, {}, slot=slot))
    return found
