"""What the texts of a batch's tasks need beyond the people themselves, asked once for all of them.

A text follows the news of a lead. What merely fades is no news: as long as nothing newer counts, an open
task keeps the reason it gave, and its priority does not fall.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from sqlalchemy import Connection

from connectors.records import key_of
from scoring.definitions.definition import Definition
from scoring.handoff.next_step import sooner
from scoring.handoff.routing import Home
from scoring.handoff.task_text import Colleague, Earlier, Who, news_at, task_text
from scoring.touches import SALES_KINDS, Facts
from sync.batch import Batch
from sync.store.assignments import joined
from sync.store.facts import Row
from sync.store.people import rows_in
from sync.store.verdicts import Spell

REFUSALS = ("rejected", "nurture", "recycled", "disqualified", "lost")  # endings for which sales has reasons
NO_SPELLS = ("void", "merged")  # endings of what never was one
AT_WORK = ("mql", "sal", "sql", "appointment", "customer")

_KNOWN = (
    "SELECT DISTINCT r.company, i.person, v.status FROM record r JOIN identity i ON i.key = r.key "
    "LEFT JOIN verdict v ON v.person = i.person "
    "WHERE r.company IN :values AND r.company <> '' AND NOT r.deleted"
)
_NAMED = (
    "SELECT i.person, r.attributes FROM identity i JOIN record r ON r.key = i.key "
    "WHERE i.person IN :values AND NOT r.deleted ORDER BY r.key"
)
_SPELLS = (
    "SELECT person, number, qualified_at, ended_at, ended_by FROM episode "
    "WHERE person IN :values AND ended_at > 0 ORDER BY number"
)


@dataclass(frozen=True, slots=True)
class Texts:
    """What is known beside the people: others at their companies, and their spells before.

    `joined` are people who have no task of their own, by the spell of the task that stands for them.
    """

    batch: Batch
    spells: Mapping[int, Spell]
    companies: Mapping[str, Mapping[int, str]]
    names: Mapping[int, Colleague]
    joined: Mapping[int, Sequence[int]]
    earlier: Mapping[int, Sequence[Earlier]]

    def payload(self, i: int, by: Definition, home: Home, slot: str, *, due_at: int) -> dict[str, Any]:
        """This is the task of the batch's i-th person, as a CRM gets it, and what we note beside it."""
        batch, spell = self.batch, self.spells[self.batch.people[i]]
        newest, reason = news_at(batch.verdicts, i), batch.reasons[i]
        made = batch.made.get(slot)
        told: Mapping[str, Any] = made.payload.get("told", {}) if made else {}
        if told and newest <= told["news_at"]:
            newest, reason = told["news_at"], told["reason"]
        words = task_text(
            *(batch.facts, by, batch.verdicts, i),
            who=self._who(i, spell),
            reason=reason,
            due_at=due_at,
        )
        priority = sooner(words.priority, made.payload["priority"]) if made else words.priority
        return {
            "key": f"{key_of(home.crm, home.kind, home.id)}#{spell.number}#follow-up",
            "kind": home.kind,
            "record_id": home.id,
            "owner_id": home.owner_id,
            "subject": words.subject,
            "body": words.body,
            "due_at": words.due_at,
            "priority": priority,
            "told": {"gist": words.gist, "news_at": newest, "reason": reason},
        }

    def _who(self, i: int, spell: Spell) -> Who:
        person = self.batch.people[i]
        rows = self.batch.rows.get(person, ())
        known = _known(rows)
        others = {
            other: status
            for key in _companies(rows)
            for other, status in self.companies.get(key, {}).items()
            if other != person
        }
        others |= dict.fromkeys(self.joined.get(spell.id, ()), "mql")
        at_work = [self.names[other] for other in sorted(others) if other in self.names]
        return Who(
            *(_name(known), known.get("title", ""), known.get("company", "")),
            website=known.get("website", ""),
            country=known.get("country", ""),
            colleagues=at_work,
            at_company=len(others),
            earlier=[one for one in self.earlier.get(person, ()) if one.number < spell.number],
        )


def texts_of(tx: Connection, batch: Batch, spells: Mapping[int, Spell]) -> Texts:
    """This asks for everything at once; only about those who have an open spell."""
    numbers = {person: i for i, person in enumerate(batch.people) if person in spells}
    keys = {key for person in numbers for key in _companies(batch.rows.get(person, ()))}
    companies: dict[str, dict[int, str]] = {}
    for row in rows_in(tx, _KNOWN, sorted(keys)):
        companies.setdefault(row.company, {})[row.person] = row.status or ""
    statuses = {person: status for held in companies.values() for person, status in held.items()}
    together = joined(tx, [spell.id for spell in spells.values()])
    statuses |= {person: "mql" for people in together.values() for person in people}
    at_work = sorted(person for person, status in statuses.items() if status in AT_WORK)
    known: dict[int, dict[str, str]] = {}
    for row in rows_in(tx, _NAMED, at_work):
        known.setdefault(row.person, {}).update(_texts(orjson.loads(row.attributes)))
    names = {
        person: Colleague(_name(told), told.get("title", ""), statuses[person])
        for person, told in known.items()
    }
    return Texts(batch, spells, companies, names, together, _earlier(tx, batch, numbers))


def _earlier(tx: Connection, batch: Batch, numbers: Mapping[int, int]) -> dict[int, list[Earlier]]:
    found: dict[int, list[Earlier]] = {}
    for row in rows_in(tx, _SPELLS, sorted(numbers)):
        if row.ended_by not in NO_SPELLS:
            told = row.ended_by in REFUSALS
            why = said(batch.facts, numbers[row.person], row.ended_at) if told else ""
            spell = Earlier(row.number, row.qualified_at, row.ended_at, row.ended_by, why)
            found.setdefault(row.person, []).append(spell)
    return found


def said(facts: Facts, i: int, at: int) -> str:
    """This is what sales gave as the reason when it ended a spell."""
    touches = facts.touches
    first, end = np.searchsorted(touches.person, [i, i + 1])
    for row in first + np.flatnonzero(touches.at[first:end] == at):
        if touches.labels[touches.kind[row]] in SALES_KINDS:
            return str(touches.labels[touches.asset[row]])
    return ""


def _companies(rows: Iterable[Row]) -> list[str]:
    told = (str(row.attributes.get("company_key", "")) for row in rows if not row.deleted)
    return sorted({key for key in told if key})


def _known(rows: Iterable[Row]) -> dict[str, str]:
    known: dict[str, str] = {}
    for row in rows:
        known |= _texts(row.attributes)
    return known


def _texts(attributes: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in attributes.items()}


def _name(known: Mapping[str, str]) -> str:
    name = " ".join(part for part in (known.get("first_name"), known.get("last_name")) if part)
    return name or known.get("email", "")
