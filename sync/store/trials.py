"""What drafts and trials would say of people. It is compared in reports and never told to a CRM."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from scoring.definitions.definition import Definition
from scoring.verdicts import Verdicts
from sync.store.engine import Store

_SAVE = """
INSERT INTO trial (person, definition, version, status, score, qualified_at, as_of)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (person, definition, version) DO UPDATE SET status = excluded.status, score = excluded.score,
  qualified_at = excluded.qualified_at, as_of = excluded.as_of
"""


def save_trial(
    store: Store, tx: Connection, people: Sequence[int], verdicts: Verdicts, definition: Definition
) -> None:
    """This keeps the verdicts on those whom the definition would concern, and drops those on others."""
    key = (definition.name, definition.version)
    concerned = [
        verdicts.judged_by(i) is not None or verdicts.qualified_at[i] > 0 for i in range(len(people))
    ]
    rows = [
        (
            *(person, *key, verdicts.status_of(i), int(verdicts.score[i])),
            *(int(verdicts.qualified_at[i]), verdicts.as_of),
        )
        for i, person in enumerate(people)
        if concerned[i]
    ]
    store.many(tx, _SAVE, rows)
    others = [(person, *key) for i, person in enumerate(people) if not concerned[i]]
    store.many(tx, "DELETE FROM trial WHERE person = ? AND definition = ? AND version = ?", others)
