"""Who gets the task, and by when it is due.

A person may have records in both CRMs; her task goes to one home only. What it says: `task_text`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scoring.definitions.definition import Definition
from scoring.handoff.sla import Slas
from scoring.verdicts import Verdicts

HOME_ORDER = ("salesforce", "hubspot")


@dataclass(frozen=True, slots=True)
class Home:
    """One CRM record of a person, as far as routing cares."""

    crm: str
    kind: str
    id: str
    owner_id: str
    owner_is_active: bool
    is_live: bool = True
    created_at: int = 0


def home(records: Iterable[Home], order: Sequence[str] = HOME_ORDER) -> Home | None:
    """This chooses the record that carries the task: live, with an active owner, in the first CRM of `order`.

    Within one CRM a contact goes before a lead (a lead that was converted is history), then the oldest.
    """
    fit = [
        one for one in records if one.is_live and one.owner_id and one.owner_is_active and one.crm in order
    ]
    return min(
        fit,
        key=lambda one: (order.index(one.crm), one.kind != "contact", one.created_at, one.id),
        default=None,
    )


def follow_up_due(
    definition: Definition,
    verdicts: Verdicts,
    person: int,
    *,
    known_at: int,
    slas: Slas | None = None,
    owner_id: str = "",
) -> int:
    """This is by when somebody must have tried.

    The clock starts when she qualified, but never before we knew. It counts the working hours of the
    owner, or hours on the wall where the workspace keeps no calendar.
    """
    start = max(int(verdicts.qualified_at[person]), known_at)
    if slas is None:
        return start + definition.follow_up
    return slas.first_touch_due(slas.of(*verdicts.partner_of(person)), owner_id, start, definition.follow_up)
