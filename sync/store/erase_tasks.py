"""Tasks of colleagues may name somebody who is erased: her name goes, the rest of the task stays."""

from __future__ import annotations

from collections.abc import Collection

import orjson
from sqlalchemy import Connection

from scoring.handoff.plain_text import line
from sync.store.engine import Store
from sync.store.people import rows_in

FORGOTTEN = "somebody"
_SAID = "SELECT attributes FROM record WHERE key IN :values"
_TASKS = (
    "SELECT DISTINCT t.id, t.payload, t.before FROM record hers JOIN record r ON r.company = hers.company "
    "JOIN identity i ON i.key = r.key JOIN intent t ON t.person = i.person "
    "WHERE hers.key IN :values AND hers.company <> '' AND t.purpose <> 'fields'"
)


def strip_names(store: Store, tx: Connection, keys: Collection[str]) -> int:
    """This takes her name out of every task that was ever meant for a colleague; it says out of how many.

    `keys` are all her keys. It must run while her records are still there.
    """
    names = {_name(orjson.loads(row.attributes)) for row in rows_in(tx, _SAID, keys)} - {""}
    words = [orjson.dumps(name).decode()[1:-1] for name in sorted(names, key=len, reverse=True)]
    found = []
    for row in rows_in(tx, _TASKS, keys) if words else ():
        payload, before = row.payload, row.before
        for word in words:
            payload, before = payload.replace(word, FORGOTTEN), before.replace(word, FORGOTTEN)
        if (payload, before) != (row.payload, row.before):
            found.append((payload, before, row.id))
    store.many(tx, "UPDATE intent SET payload = ?, before = ? WHERE id = ?", found)
    return len(found)


def _name(said: dict[str, object]) -> str:
    return line(f"{said.get('first_name') or ''} {said.get('last_name') or ''}")
