"""The agreement on one definition: everything that both sides sign, in plain sentences, from the values.

It is the same text for marketing, sales and partners. Points, conditions and exclusions are the
definition's own; what nobody has measured yet is said to be assumed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from reports.wording import (
    Line,
    asks,
    field,
    label_of,
    machine_signs,
    outline,
    passing,
    points,
    sentence,
    span,
    whom,
    worth,
)
from scoring.definitions.definition import Criterion, Definition, Group
from scoring.handoff.states import STATES
from scoring.touches import HOUR, SECOND

STAGES = tuple((one.label, one.entry) for one in STATES)


@dataclass(frozen=True, slots=True)
class Assumed:
    """A number that nobody has measured yet; dates are ISO."""

    path: str
    why: str
    review: str
    overdue: bool


@dataclass(frozen=True, slots=True)
class Remark:
    """What somebody said about a definition."""

    by: str
    on: str
    text: str


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands in the file beside the meaning, and what the workspace knows."""

    partners: Mapping[str, str]
    assumed: Sequence[Assumed] = ()
    objections: Sequence[Remark] = ()
    notes: Sequence[Remark] = ()
    one_sided: str = ""
    people: int | None = None
    mqls: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table of points."""

    label: str
    what: str
    points: str
    lasts: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Points that are clipped together."""

    title: str
    limits: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """A lead under this definition: what is known, what was done, and what came of it."""

    title: str
    qualifies: bool
    lines: tuple[str, ...]
    result: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """One page. Every part is text for people."""

    title: str
    facts: tuple[tuple[str, str], ...]
    qualifies: tuple[Line, ...]
    groups: tuple[Table, ...]
    fit: tuple[Table, ...]
    grades: str
    excluded: tuple[tuple[str, tuple[str, ...]], ...]
    duties: tuple[str, ...]
    assumed: tuple[Assumed, ...]
    objections: tuple[Remark, ...]
    notes: tuple[Remark, ...]
    examples: tuple[Example, ...]


def agreement(definition: Definition, beside: Beside, examples: Sequence[Example] = ()) -> Agreement:
    """This is what a definition says, for people."""
    groups = [group_table(definition, group) for group in definition.groups]
    return Agreement(
        title=definition.label,
        facts=tuple(_facts(definition, beside)),
        qualifies=tuple(outline(definition.qualified)),
        groups=tuple(table for table in groups if table.rows),
        fit=fit_tables(definition),
        grades=grades_text(definition),
        excluded=tuple((one.reason, tuple(sentence(c) for c in one.causes)) for one in definition.exclusions),
        duties=tuple(_duties(definition)),
        assumed=tuple(beside.assumed),
        objections=tuple(beside.objections),
        notes=tuple(beside.notes),
        examples=tuple(examples),
    )


def _facts(definition: Definition, beside: Beside) -> list[tuple[str, str]]:
    found = [
        ("About", whom(definition, dict(beside.partners))),
        ("Definition", f"{definition.name}, version {definition.version} ({definition.fingerprint})"),
        ("State", state_text(definition)),
    ]
    if beside.people is not None:
        found.append(("Today", f"judges {beside.people} people, of whom {beside.mqls or 0} are MQL"))
    if beside.one_sided:
        found.append(("One-sided on purpose", beside.one_sided))
    return found


def state_text(definition: Definition) -> str:
    """This is what was agreed, by whom and for when."""
    terms = definition.terms
    said = {"draft": "draft, not yet agreed", "agreed": "agreed", "retired": "retired"}[terms.state]
    if terms.agreed_by:
        said += f" by {' and '.join(terms.agreed_by)} on {day(terms.agreed_at)}"
    if terms.effective_at:
        said += f"; counts from {day(terms.effective_at)}"
    if terms.retired_at:
        said += f"; ends on {day(terms.retired_at)}"
    return said + ("; on trial: computed beside the others, without effect" if terms.trial else "")


def day(at: int) -> str:
    """This is the date of an instant, UTC."""
    return datetime.fromtimestamp(at // SECOND, tz=UTC).date().isoformat()


def group_table(definition: Definition, group: Group) -> Table:
    """These are the rules of one group; those that weigh most stand first."""
    rules = [rule for rule in definition.rules if rule.group == group.name]
    rows = [
        Row(label_of(rule), asks(rule), points(rule.points), worth(rule))
        for rule in sorted(rules, key=lambda rule: -abs(rule.points))
    ]
    return Table(group.name, limits(group.floor, group.cap), tuple(rows))


def fit_tables(definition: Definition) -> tuple[Table, ...]:
    """This is what each attribute is worth, band by band."""
    return tuple(_criterion(one) for one in definition.fit.criteria)


def _criterion(one: Criterion) -> Table:
    rows = [Row(band.label, passing(band.test), points(band.points)) for band in one.bands]
    rows += [Row("anything else", "", points(one.otherwise)), Row("not known", "", points(one.unknown))]
    return Table(one.label, field(one.field) if field(one.field) != one.label else "", tuple(rows))


def limits(floor: int | None, cap: int | None) -> str:
    """This is what a group can be worth at the most and at the least."""
    said = [f"at most {points(cap)}"] if cap is not None else []
    return ", ".join([*said, f"at least {points(floor)}"] if floor is not None else said)


def grades_text(definition: Definition) -> str:
    """This is where the grades begin."""
    a, b, c = (points(one) for one in definition.fit.grades)
    return f"A from {a}, B from {b}, C from {c}, else D"


def _duties(definition: Definition) -> Iterator[str]:
    hours = f"{definition.follow_up / HOUR:.6g} hours"
    yield f"A first attempt is due {hours} after the moment of qualifying."
    if definition.expires_after:
        below = span(definition.expires_after)
        yield f"An MQL whom nobody picked up is a lead again when {below} below the line."
    yield "Sales accepts, or sends back with a reason. Whoever is sent back starts anew and may come again."
    yield "Whoever is below the line stays in nurture, which can lift them."
    if told := machine_signs(definition.machine):
        yield f"What a program did does not count: {'; '.join(told)}."
