"""What changed between two definitions, in words that a partner manager reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from reports.agreement import grades_text, limits, state_text
from reports.wording import asks, deed, machine_signs, outline, passing, points, sentence, span, whom, worth
from scoring.definitions.conditions import Condition, GradeIs, Reaches, leaves
from scoring.definitions.definition import Criterion, Definition, Rule
from scoring.touches import HOUR

Named = TypeVar("Named")


def differences(before: Definition, after: Definition, partners: Mapping[str, str]) -> list[str]:
    """This is every difference in meaning and terms, in the order of a definition; empty if there is none."""
    names = dict(partners)
    return [
        *_changed("about", whom(before, names), whom(after, names)),
        *_changed("state", state_text(before), state_text(after)),
        *_qualifying(before.qualified, after.qualified),
        *_terms(before, after),
        *_groups(before, after),
        *_rules(before, after),
        *_changed("grades", grades_text(before), grades_text(after)),
        *_fit(before, after),
        *_exclusions(before, after),
    ]


def _changed(what: str, before: str, after: str, unit: str = "") -> list[str]:
    if before == after:
        return []
    return [f"{what}: {before or 'none'} → {after or 'none'}{unit}"]


def _qualifying(before: Condition, after: Condition) -> Iterator[str]:
    """Where only numbers and grades differ, those are compared; else both are told whole."""
    if before == after:
        return
    old, new = list(leaves(before)), list(leaves(after))
    if _shape(before) == _shape(after):
        for one, two in zip(old, new, strict=True):
            yield from _changed(f"{_asked(one)} to qualify", _least(one), _least(two))
        return
    yield "what has to hold is different; before:"
    yield from (f"  {'  ' * line.depth}- {line.text}" for line in outline(before))
    yield "now:"
    yield from (f"  {'  ' * line.depth}- {line.text}" for line in outline(after))


def _shape(condition: Condition) -> list[tuple[int, str]]:
    """This is the outline without the numbers and grades that are asked for."""
    asked = {sentence(one): _asked(one) for one in leaves(condition)}
    return [(line.depth, asked.get(line.text, line.text)) for line in outline(condition)]


def _asked(one: Condition) -> str:
    match one:
        case Reaches(what, _):
            return what.removeprefix("group:")
        case GradeIs():
            return "grade"
        case _:
            return sentence(one)


def _least(one: Condition) -> str:
    match one:
        case Reaches(_, least):
            return points(least)
        case GradeIs(least):
            return least
        case _:
            return sentence(one)


def _terms(before: Definition, after: Definition) -> Iterator[str]:
    yield from _changed("whole score", limits(before.floor, before.cap), limits(after.floor, after.cap))
    yield from _changed(
        "an MQL is a lead again after",
        span(before.expires_after) if before.expires_after else "never",
        span(after.expires_after) if after.expires_after else "never",
        " below the line",
    )
    yield from _changed(
        "first attempt due after", f"{before.follow_up / HOUR:.6g}", f"{after.follow_up / HOUR:.6g}", " hours"
    )
    yield from _changed("engagement for 1 and 2 in the grid", _both(before.bands), _both(after.bands))
    old, new = ("; ".join(machine_signs(one.machine)) or "nothing" for one in (before, after))
    yield from _changed("what a program did", old, new)


def _both(bands: tuple[int, int]) -> str:
    return " and ".join(points(one) for one in bands)


def _pairs(
    before: Iterable[tuple[str, Named]], after: Iterable[tuple[str, Named]]
) -> Iterator[tuple[str, Named | None, Named | None]]:
    """These are things of one name before and after, None where there is none."""
    old, new = dict(before), dict(after)
    for name in dict.fromkeys([*old, *new]):
        if old.get(name) != new.get(name):
            yield name, old.get(name), new.get(name)


def _groups(before: Definition, after: Definition) -> Iterator[str]:
    for name, old, new in _pairs(((g.name, g) for g in before.groups), ((g.name, g) for g in after.groups)):
        if old and new:
            yield from _changed(f"group {name}", limits(old.floor, old.cap), limits(new.floor, new.cap))
        elif one := old or new:
            told = limits(one.floor, one.cap) or "without limits"
            yield f"group {name}: {'removed' if old else 'new'}, {told}"


def _rules(before: Definition, after: Definition) -> Iterator[str]:
    for _, old, new in _pairs(((r.name, r) for r in before.rules), ((r.name, r) for r in after.rules)):
        if old and new:
            yield from _rule(old, new)
        elif new:
            told = "; ".join(part for part in (asks(new), worth(new)) if part)
            yield f"{new.label}: new, {points(new.points)} points ({told})"
        elif old:
            yield f"{old.label}: removed (was {points(old.points)} points)"


def _rule(old: Rule, new: Rule) -> Iterator[str]:
    if old.label != new.label:
        yield f"{old.label}: now called {new.label}"
    yield from _changed(new.label, points(old.points), points(new.points), " points")
    yield from _changed(f"{new.label}, for", deed(old.match, old.how), deed(new.match, new.how))
    yield from _changed(f"{new.label}, how long and how often", worth(old), worth(new))
    yield from _changed(f"{new.label}, group", old.group, new.group)


def _fit(before: Definition, after: Definition) -> Iterator[str]:
    yield from _changed(
        "fit as a whole", limits(before.fit.floor, before.fit.cap), limits(after.fit.floor, after.fit.cap)
    )
    old, new = before.fit.criteria, after.fit.criteria
    for _, one, two in _pairs(((c.name, c) for c in old), ((c.name, c) for c in new)):
        if one and two:
            yield from _criterion(one, two)
        elif two:
            yield f"{two.label}: new for fit ({_worths(two)})"
        elif one:
            yield f"{one.label}: no longer counts for fit"


def _worths(one: Criterion) -> str:
    return ", ".join(f"{band.label} {points(band.points)}" for band in one.bands)


def _criterion(old: Criterion, new: Criterion) -> Iterator[str]:
    if (old.label, old.field) != (new.label, new.field):
        yield f"{old.label}: now {new.label}, by {new.field}"
    for label, one, two in _pairs(((b.label, b) for b in old.bands), ((b.label, b) for b in new.bands)):
        if one and two:
            yield from _changed(f"{new.label}, {label}", points(one.points), points(two.points), " points")
            yield from _changed(f"{new.label}, {label}", passing(one.test), passing(two.test))
        elif two:
            yield f"{new.label}, {label}: new, {points(two.points)} points ({passing(two.test)})"
        elif one:
            yield f"{new.label}, {label}: removed (was {points(one.points)} points)"
    kept = _order(old, new)
    if kept != _order(new, old):
        yield f"{new.label}: values are tried in another order"
    yield from _changed(f"{new.label}, not known", points(old.unknown), points(new.unknown), " points")
    yield from _changed(
        f"{new.label}, anything else", points(old.otherwise), points(new.otherwise), " points"
    )


def _order(one: Criterion, other: Criterion) -> Sequence[str]:
    labels = {band.label for band in other.bands}
    return [band.label for band in one.bands if band.label in labels]


def _exclusions(before: Definition, after: Definition) -> Iterator[str]:
    old = [(one.reason, "; or ".join(map(sentence, one.causes))) for one in before.exclusions]
    new = [(one.reason, "; or ".join(map(sentence, one.causes))) for one in after.exclusions]
    for reason, one, two in _pairs(old, new):
        if one and two:
            yield f"{reason} excluded: {one} → {two}"
        else:
            yield f"{reason}: {'now excluded' if two else 'no longer excluded'} ({two or one})"
    if {r for r, _ in old} == {r for r, _ in new} and [r for r, _ in old] != [r for r, _ in new]:
        yield f"reasons are looked for in another order: {', '.join(reason for reason, _ in new)}"
