"""Who gets the task, and what it says.

A person may have records in both CRMs; her task goes to one home only. A task is plain text, because
the CRMs disagree about markup and the texts come from strangers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import numpy as np

from scoring.definitions.definition import Definition
from scoring.handoff.sla import Slas
from scoring.ledger import TouchLine, points_text, touch_line
from scoring.machines import machine_clicks
from scoring.touches import MINUTE, SALES_KINDS, SECOND, SENT_KINDS, Facts
from scoring.verdicts import Verdicts

HOME_ORDER = ("salesforce", "hubspot")
TOUCHES_MAX = 8
SUBJECT_MAX = 255
URGENT = 1.25  # times the threshold: this much above the line goes first
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069]+")


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


@dataclass(frozen=True, slots=True)
class Who:
    """The person as a BDR wants to see her; `links` lead to her records."""

    name: str
    title: str = ""
    company: str = ""
    website: str = ""
    country: str = ""
    links: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class TaskText:
    """What the task says and by when it should be done."""

    subject: str
    body: str
    due_at: int
    priority: Literal["high", "medium"]


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


def task_text(
    facts: Facts,
    definition: Definition,
    verdicts: Verdicts,
    person: int,
    *,
    who: Who,
    reason: str,
    due_at: int,
) -> TaskText:
    """This writes the task, which is due when `follow_up_due` says."""
    company = f", {who.company}" if who.company else ""
    urgent = int(verdicts.score[person]) >= definition.threshold * URGENT
    lines = [
        reason,
        "",
        _verdict(definition, verdicts, person),
        *_about(who),
        *_origin(verdicts, person),
        *_lately(facts, definition, verdicts, person),
        *(["", "Records:", *who.links] if who.links else []),
    ]
    return TaskText(
        _clean(f"MQL: {who.name or 'unnamed lead'}{company}")[:SUBJECT_MAX],
        "\n".join(_clean(line) for line in lines),
        due_at,
        "high" if urgent else "medium",
    )


def _verdict(definition: Definition, verdicts: Verdicts, person: int) -> str:
    has, needs = points_text(int(verdicts.score[person])), points_text(definition.threshold)
    since = _when(int(verdicts.qualified_at[person]))
    return (
        f"Score {has} (needs {needs}), qualified {since} by {definition.label}, version {definition.version}."
    )


def _about(who: Who) -> list[str]:
    parts = [who.title, who.company, who.website, who.country]
    return [" · ".join(part for part in parts if part)] if any(parts) else []


def _origin(verdicts: Verdicts, person: int) -> list[str]:
    lines = []
    slug, tier = verdicts.partner_of(person)
    if slug:
        lines.append(f"Partner: {slug} ({tier})")
    for name, origins in (("First touch", verdicts.first), ("Last touch", verdicts.last)):
        parts = [part for part in origins.texts(person) if part]
        if parts:
            lines.append(f"{name}: {' / '.join(parts)}")
    return lines


def _lately(facts: Facts, definition: Definition, verdicts: Verdicts, person: int) -> list[str]:
    """This lists the latest touches that a human made, newest first."""
    touches = facts.of_people(person, person + 1).touches
    counts = ~machine_clicks(touches, definition.machine) & (touches.at <= verdicts.as_of)
    lines = [touch_line(touches, int(row)) for row in np.flatnonzero(counts)[::-1]]
    shown = [_touch(line) for line in lines if line.kind not in SENT_KINDS + SALES_KINDS][:TOUCHES_MAX]
    return ["", "Latest activity:", *shown] if shown else []


def _touch(line: TouchLine) -> str:
    what = line.asset or line.page
    parts = [f"{_when(line.at)}  {line.kind.replace('_', ' ')}", what, line.url if line.url != what else ""]
    return "  ".join(part for part in parts if part)


def _when(at: int) -> str:
    then = datetime.fromtimestamp(at // MINUTE * MINUTE / SECOND, tz=UTC)
    return then.strftime("%Y-%m-%d %H:%M UTC")


def _clean(text: str) -> str:
    """This keeps a line one line, without characters that change how the rest is read."""
    return _CONTROL.sub(" ", text).rstrip()
