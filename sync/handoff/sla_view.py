"""How promises stand, read from the store alone: what `mqlsync sla` shows."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from reports.sla import Line, SlaReport, sla_report
from sync.clock import DAY
from sync.handoff.clocks import JOINED
from sync.handoff.owners import owners_of
from sync.store.clocks import clocks_since, names_of, records_of
from sync.workspace import Workspace

_PLAIN = [one.name for one in fields(Line) if one.name not in ("key", "owner")]


def sla_of(workspace: Workspace, days: int) -> SlaReport:
    """This looks at the clocks that started within so many days, and at all that still run."""
    now = workspace.now()
    since = now - days * DAY
    with workspace.store.reading() as tx:
        rows = clocks_since(tx, since, JOINED)
        keys = records_of(tx, {row.person for row in rows})
        owners = owners_of(tx)
        sellers = {row.owner: owners.seller(row.owner) for row in rows if row.owner}
        names = names_of(tx, sellers.values())
    said = {key: f"{names[one]} ({one})" if names.get(one) else one for key, one in sellers.items()}
    return sla_report((_line(row, keys, said) for row in rows), since, now)


def _line(row: Any, keys: dict[int, str], owners: dict[str, str]) -> Line:
    """Who has a seat in both CRMs is one owner, by whichever id she was given the lead."""
    plain = {name: getattr(row, name) for name in _PLAIN}
    for name, nothing in (("seen_at", 0), ("escalated_at", 0), ("escalated_to", "")):
        plain[name] = plain[name] or nothing
    return Line(key=keys.get(row.person, ""), owner=owners.get(row.owner, ""), **plain)
