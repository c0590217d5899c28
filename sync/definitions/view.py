"""What the definitions of a workspace look like from outside: states, volumes, reviews, agreements.

It reads files, and the store where there is one; it writes nothing and calls no CRM.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, text

from config.definition_checks import standing_assumptions
from config.definitions import Written
from config.settings import Settings
from reports.agreement import Agreement, Assumed, Beside, Example, Remark, agreement, day
from reports.example_leads import example_leads
from reports.wording import points
from scoring.definitions.definition import Definition
from scoring.partner import Partner
from scoring.touches import SECOND
from sync.definitions.files import looking, named
from sync.masking import masked_text

_COUNTED = """
SELECT definition, COUNT(*) AS people, SUM(CASE WHEN status = 'mql' THEN 1 ELSE 0 END) AS mqls,
  SUM(CASE WHEN {} THEN 1 ELSE 0 END) AS would_be
FROM {} GROUP BY definition
"""
_HELD = "SELECT partner, COUNT(*) AS people FROM verdict WHERE partner <> '' GROUP BY partner"
_SHOWN = """
SELECT person, score, grade, published FROM verdict WHERE definition = :name AND status = :status
ORDER BY score DESC, person LIMIT :most
"""
# Whom to show of those who are judged today: status, how many, and what to call them.
REAL = (("mql", 2, "Qualifies today"), ("lead", 1, "Comes nearest today"))


@dataclass(frozen=True, slots=True)
class Volume:
    """How many people a definition judges today, how many of them are MQL, and how many would be if what
    machines did counted."""

    people: int = 0
    mqls: int = 0
    would_be: int = 0


@dataclass(frozen=True, slots=True)
class Volumes:
    """By definition name; `held` are people whom each partner holds. All empty without a store."""

    judged: Mapping[str, Volume] = field(default_factory=dict)
    held: Mapping[str, int] = field(default_factory=dict)
    is_known: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """One definition in the list."""

    name: str
    version: str
    label: str
    scope: str
    state: str
    effective: str
    retired: str
    fingerprint: str
    file: str
    volume: Volume | None
    assumed: int
    overdue: tuple[str, ...]
    flags: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        found: dict[str, Any] = {name: getattr(self, name) for name in self.__dataclass_fields__}
        counted = self.volume
        people = asdict(counted) if counted else None
        return found | {"volume": people, "overdue": list(self.overdue), "flags": list(self.flags)}


def today_of(now: int) -> date:
    """This is the date of an instant, UTC."""
    return datetime.fromtimestamp(now // SECOND, tz=UTC).date()


def volumes(tx: Connection | None) -> Volumes:
    """This counts who is judged by what today; drafts and trials count whom they would concern."""
    if tx is None:
        return Volumes()
    tables = (("FALSE", "trial"), ("would_be_mql", "verdict"))
    rows = [row for table in tables for row in tx.execute(text(_COUNTED.format(*table)))]
    judged = {row.definition: Volume(int(row.people), int(row.mqls), int(row.would_be)) for row in rows}
    held = tx.execute(text(_HELD))
    return Volumes(judged, {row.partner: int(row.people) for row in held}, is_known=True)


def listed(written: Sequence[Written], counted: Volumes, today: date) -> list[Listed]:
    """This is every definition with what people want to know of it first."""
    return [_listed(one, counted, today) for one in written]


def _listed(one: Written, counted: Volumes, today: date) -> Listed:
    definition, terms = one.definition, one.definition.terms
    assumed = standing_assumptions(one.document, one.model)
    scope = definition.scope
    return Listed(
        name=definition.name,
        version=definition.version,
        label=definition.label,
        scope=f"{scope.kind} {scope.name}".strip(),
        state=f"{terms.state}, trial" if terms.trial else terms.state,
        effective=day(terms.effective_at) if terms.effective_at else "",
        retired=day(terms.retired_at) if terms.retired_at else "",
        fingerprint=definition.fingerprint,
        file=one.file.name,
        volume=counted.judged.get(definition.name, Volume()) if counted.is_known else None,
        assumed=len(assumed),
        overdue=tuple(path for path, entry in assumed.items() if entry.review <= today),
        flags=tuple(_flags(definition, counted)),
    )


def _flags(definition: Definition, counted: Volumes) -> Iterator[str]:
    """Money is spent on a campaign whose terms nobody has agreed to."""
    if definition.terms.state != "draft" or definition.scope.kind != "partner":
        return
    people = counted.held.get(definition.scope.name, 0)
    campaigns = sorted({one for rule in definition.rules for one in rule.match.campaigns})
    if campaigns:
        yield f"draft, but names campaigns: {', '.join(campaigns)}"
    if people:
        yield f"draft, but campaigns run: {definition.scope.name} has brought {people} people"


def beside(one: Written, partners: Sequence[Partner], counted: Volumes, today: date) -> Beside:
    """This is what stands beside the meaning of a definition, for its agreement."""
    model = one.model
    volume = counted.judged.get(one.definition.name, Volume()) if counted.is_known else None
    return Beside(
        partners={partner.slug: partner.name for partner in partners},
        assumed=[
            Assumed(path, entry.why, entry.review.isoformat(), entry.review <= today)
            for path, entry in standing_assumptions(one.document, model).items()
        ],
        objections=[Remark(said.by, said.on.isoformat(), said.text) for said in model.objections],
        notes=[Remark(said.by, said.on.isoformat(), said.text) for said in model.notes],
        one_sided=model.one_sided or "",
        people=volume.people if volume else None,
        mqls=volume.mqls if volume else None,
    )


def agreed(settings: Settings, name: str, now: int) -> Agreement:
    """This is the agreement on one definition of the workspace, with invented and real examples."""
    one = named(settings.definitions(), name)
    context = settings.context()
    today = today_of(now)
    examples = example_leads(one.definition, context)
    with looking(settings) as tx:
        told = beside(one, context.partners, volumes(tx), today)
        examples += real_examples(tx, one.definition.name) if tx is not None else []
    return agreement(one.definition, told, examples)


def real_examples(tx: Connection, name: str) -> list[Example]:
    """These are people whom the definition judges today, without names or addresses."""
    found = []
    for status, most, title in REAL:
        for row in tx.execute(text(_SHOWN), {"name": name, "status": status, "most": most}):
            reason = masked_text(str(json.loads(row.published or "{}").get("reason") or ""))
            result = f"score {points(int(row.score))}, grade {row.grade}: {status}"
            lines = (f"person {row.person}", *([reason] if reason else []))
            found.append(Example(title, status == "mql", lines, result))
    return found
