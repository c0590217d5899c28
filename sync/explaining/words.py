"""What holds, what is missing and what would help, in the words of the agreement."""

from __future__ import annotations

from collections.abc import Iterator

from reports import wording
from scoring.definitions import kinds
from scoring.definitions.checklist import Point
from scoring.definitions.conditions import (
    GRADES,
    AllOf,
    AnyOf,
    AtLeast,
    Did,
    GradeIs,
    HasAttribute,
    NotOf,
    Reaches,
)
from scoring.definitions.kinds import How
from scoring.definitions.whatif import Elsewhere, Way
from scoring.touches import SECOND

COUNTED = {"asset": "things", "page": "pages", "campaign": "campaigns"}


def missing(point: Point) -> list[str]:
    """These are the things that are asked for and are not there, one text each."""
    if point.holds:
        return []
    match point.condition:
        case AllOf():
            return [text for part in point.parts for text in missing(part)]
        case AnyOf() | AtLeast():
            more = point.needs - point.has
            texts = [" and ".join(missing(part)) for part in point.parts if not part.holds]
            if len(texts) == 1:
                return texts
            return [f"{more} more of {len(texts)}: {'; '.join(texts)}" if texts else "cannot hold"]
        case NotOf(inner):
            return [f"stands against it: {wording.sentence(inner)}"]
        case _:
            return [reached(point)]


def outline(point: Point, depth: int = 0) -> Iterator[tuple[int, bool, str]]:
    """This is the condition as an outline: how deep, whether it holds, and how far it has come."""
    match point.condition:
        case AllOf():
            text = f"all of these: {point.has} of {len(point.parts)}"
        case AnyOf():
            text = f"at least one of these: {point.has} of {len(point.parts)}"
        case AtLeast(count):
            text = f"at least {count} of these: {point.has} of {len(point.parts)}"
        case NotOf():
            text = "not this:"
        case _:
            text = reached(point)
    yield depth, point.holds, text
    for part in point.parts:
        yield from outline(part, depth + 1)


def reached(point: Point) -> str:
    """This is a condition that holds no others, with what there is of it."""
    match point.condition:
        case Reaches(what):
            name = f"points for {what.removeprefix('group:')}" if what.startswith("group:") else what
            return f"{name} {wording.points(point.has)} of {wording.points(point.needs)}"
        case GradeIs(least):
            return f"fit grade {GRADES[point.has]}, needs {least}" + ("" if least == "A" else " or better")
        case HasAttribute():
            return f"{wording.leaf(point.condition)}: {point.value or 'unknown'}"
        case Did(_, how):
            counted = _counted(how, point.has, point.needs)
            return wording.leaf(point.condition) + (f": {counted}" if counted else "")
        case _:
            return wording.leaf(point.condition)


def way(one: Way) -> str:
    """This is what she would have to do, without how often."""
    match one.how:
        case kinds.Sequence(then):
            steps = (one.match, *then)
            rest = steps[-one.times :] if one.times < len(steps) else steps
            did = ", then ".join(wording.single(step) for step in rest)
        case kinds.Distinct(_, _, of):
            did = f"{wording.single(one.match)}, each of another {of}"
        case kinds.Depth(least, _, "seconds"):
            did = f"{wording.single(one.match)}, {wording.span(min(least, 600) * SECOND)} each"
        case _:
            did = wording.single(one.match)
    return f"{one.label} ({did})" if one.label and one.label != did else did


def other_way(one: Elsewhere) -> str:
    """This is what would help and is not hers to do."""
    condition = one.point.condition
    text = reached(one.point)
    if isinstance(condition, Did):
        match condition.how:
            case kinds.Committee():
                text = f"needs {_people(one.point.needs - one.point.has)} of her company: {text}"
            case kinds.Silence():
                text = f"comes with time: {text}"
            case kinds.FieldIs():
                text = f"needs a value: {text}"
            case _:
                pass
    elif isinstance(condition, HasAttribute):
        text = f"needs a value: {text}"
    elif isinstance(condition, NotOf):
        text = f"stands against it: {wording.sentence(condition.condition)}"
    return f"{one.label}: {text}" if one.label else text


def _people(number: int) -> str:
    return "one more person" if number == 1 else f"{number} more people"


def _counted(how: How, has: int, needs: int) -> str:
    match how:
        case kinds.Repeated() if needs > 1:
            return f"{has} of {needs}"
        case kinds.Distinct(_, _, of):
            return f"{has} of {needs} {COUNTED[of]}"
        case kinds.Depth(_, _, of):
            if of == "pages":
                return f"{has} of {needs} pages"
            return f"{wording.span(has * SECOND)} of {wording.span(needs * SECOND)}" if has else "none yet"
        case kinds.Committee():
            return f"{has} of {needs} people"
        case kinds.Sequence():
            return f"{has} of {needs} steps"
        case _:
            return ""
