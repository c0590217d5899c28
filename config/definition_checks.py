"""What is wrong with one definition beyond its form, and what looks wrong but may be meant.

Errors refuse the file; warnings are for people. Each names the place and what to do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from pydantic import BaseModel

from config.conditions_model import ConditionModel
from config.definition_model import AssumedModel, DefinitionModel
from config.errors import Problem, nearest
from config.moments_model import DistinctModel
from config.reach import Bounds, best_grade, bounds, can_hold
from config.tests_model import TestModel
from config.vocabulary import UNDELIVERED, WITHOUT, Lists
from config.yaml_lines import Document, Place
from scoring.definitions.conditions import GRADES, Condition, Did, GradeIs, HasAttribute, Reaches, leaves
from scoring.definitions.definition import POINT, Definition
from scoring.partner import Partner


def parts_of(value: object, place: Place = ()) -> Iterator[tuple[Place, BaseModel]]:
    """This walks every model inside a model, with the place where it stands in the file."""
    if isinstance(value, BaseModel):
        yield place, value
        for name, field in type(value).model_fields.items():
            yield from parts_of(getattr(value, name), (*place, field.alias or name))
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from parts_of(inner, (*place, key))
    elif isinstance(value, tuple):
        for number, inner in enumerate(value):
            yield from parts_of(inner, (*place, number))


def unknown_names(
    document: Document, model: DefinitionModel, lists: Lists, partners: tuple[Partner, ...] | None
) -> list[Problem]:
    """These are groups, lists, partners and tiers that nobody has described. None: partners unknown."""
    found = [
        document.problem(
            ("rules", name, "group"), f"`{rule.group}` is no group", nearest(rule.group, model.groups)
        )
        for name, rule in model.rules.items()
        if rule.group not in model.groups
    ]
    for place, part in parts_of(model):
        if isinstance(part, TestModel):
            found += _absent(document, (*place, "lists"), part.lists or (), lists, "list")
        if isinstance(part, ConditionModel):
            found += _absent(document, (*place, "group"), part.group or (), model.groups, "group")
        if partners is not None and getattr(part, "partners", None):
            slugs = [one.slug for one in partners]
            named: tuple[str, ...] = getattr(part, "partners", ())
            named = tuple(name for name in named if "*" not in name)
            found += _absent(document, (*place, "partners"), named, slugs, "partner")
    return found + _unknown_scope(document, model, partners)


def _absent(document: Document, place: Place, names: Any, known: Any, what: str) -> list[Problem]:
    return [
        document.problem(
            place, f"there is no {what} `{name}`", nearest(name, known) if known else f"add a {what}"
        )
        for name in names
        if name not in known
    ]


def _unknown_scope(
    document: Document, model: DefinitionModel, partners: tuple[Partner, ...] | None
) -> list[Problem]:
    if model.scope is None or partners is None:
        return []
    slugs, tiers = [one.slug for one in partners], sorted({one.tier for one in partners})
    named = (model.scope.partner,) if model.scope.partner else ()
    tier = (model.scope.tier,) if model.scope.tier else ()
    return [
        *_absent(document, ("scope", "partner"), named, slugs, "partner"),
        *_absent(document, ("scope", "tier"), tier, tiers, "tier"),
    ]


def never_matching(document: Document, model: DefinitionModel) -> list[Problem]:
    """These are patterns on what the kinds of touch beside them never tell."""
    found = []
    for place, part in parts_of(model):
        kinds = getattr(part, "when", None)
        if not kinds:
            continue
        asked = [key for key in ("pages", "campaigns") if getattr(part, key, None)]
        distinct, depth = getattr(part, "distinct", None), getattr(part, "depth", None)
        if isinstance(distinct, DistinctModel) and distinct.of != "asset":
            asked.append(f"{distinct.of}s")
        if depth is not None:
            asked.append("pages" if depth.pages else "seconds")
        for key in asked:
            if WITHOUT[key].issuperset(kinds):
                what = f"nothing can match: {' and '.join(kinds)} never {_tells(key)}"
                key_place = (*place, key) if getattr(part, key, None) else place
                found.append(document.problem(key_place, what, "choose other kinds in `when`, or remove it"))
    return found


def _tells(key: str) -> str:
    return {"pages": "tell a page", "campaigns": "tell a campaign", "seconds": "tell a time spent"}[key]


def out_of_reach(document: Document, model: DefinitionModel, definition: Definition) -> list[Problem]:
    """These are thresholds and grades above what caps and `at_most` allow."""
    found = bounds(definition)
    problems: list[Problem] = []
    for place, part in parts_of(model.qualified, ("qualified",)):
        if isinstance(part, ConditionModel):
            problems += _asked_too_much(document, place, part, definition, found)
    if not problems and not can_hold(definition.qualified, definition, found):
        what = "can never hold: its parts exclude each other"
        problems.append(document.problem(("qualified",), what, "loosen one of them"))
    return problems


def _asked_too_much(
    document: Document, place: Place, part: ConditionModel, definition: Definition, found: dict[str, Bounds]
) -> Iterator[Problem]:
    asked: list[tuple[Place, str, int | None]] = [
        ((what,), what, getattr(part, what)) for what in ("score", "engagement", "fit")
    ]
    asked += [(("group", name), f"group:{name}", least) for name, least in (part.group or {}).items()]
    for key, what, least in asked:
        if least is not None and what in found and found[what].most < least:
            said = (
                f"can never be reached: {what.removeprefix('group:')} is at most {_points(found[what].most)}"
            )
            yield document.problem(
                (*place, *key), said, "lower it, or raise the caps, points or at_most below it"
            )
    best = best_grade(definition, found)
    if part.grade is not None and best > part.grade:
        said = f"can never be reached: fit is at most {_points(found['fit'].most)}, which is grade {best}"
        yield document.problem((*place, "grade"), said, "ask for less, or change fit.grades or the criteria")


def _points(thousandths: float) -> str:
    return f"{thousandths / POINT:g}"


def wrong_assumptions(document: Document, model: DefinitionModel) -> list[Problem]:
    """These are paths at which nothing stands, where the file itself says so."""
    found = []
    for path in model.assumed:
        missing = _missing(document, path)
        place = ("assumed", path)
        if missing is not None and document.files.get(place, document.file) == document.file:
            near = nearest(path.split(".")[len(missing) - 1], missing[-1]) if missing[-1] else ""
            found.append(document.problem(place, "there is nothing at this path", near))
    return found


def standing_assumptions(document: Document, model: DefinitionModel) -> dict[str, AssumedModel]:
    """These are the assumptions that still concern something: a taken over one lapses with its number."""
    return {path: one for path, one in model.assumed.items() if _missing(document, path) is None}


def _missing(document: Document, path: str) -> tuple[tuple[str, ...], ...] | None:
    """This is None if the path leads somewhere, else the keys that there are, step by step until it fails."""
    here: Any = document.values
    seen: list[tuple[str, ...]] = []
    for part in path.split("."):
        if isinstance(here, list):
            here = {str(number): one for number, one in enumerate(here)}
        seen.append(tuple(here) if isinstance(here, dict) else ())
        if part not in seen[-1]:
            return tuple(seen)
        here = here[part]
    return None


def doubts(document: Document, model: DefinitionModel, definition: Definition, today: date) -> list[Problem]:
    """These are warnings: one half only, kinds that no CRM reports, assumptions that nobody reviewed.

    What a file takes over is warned of where it stands.
    """
    found = list(_undelivered(document, model))
    if not model.one_sided and (half := _only_half(definition)):
        what = f"looks only at {half}"
        remedy = "ask for the other half too, or say why not: `one_sided: reason`"
        found.append(document.problem(("qualified",), what, remedy))
    for path, one in standing_assumptions(document, model).items():
        if one.review <= today:
            what = f"was to be reviewed by {one.review.isoformat()}"
            remedy = "replace the number by what was measured, or set a new date"
            found.append(document.problem(("assumed", path), what, remedy))
    return [one for one in found if one.file == document.file]


def _undelivered(document: Document, model: DefinitionModel) -> Iterator[Problem]:
    for place, part in parts_of(model):
        kinds = getattr(part, "when", None) or ()
        if kinds and all(kind in UNDELIVERED for kind in kinds):
            what = f"neither CRM reports {' or '.join(kinds)} by itself"
            yield document.problem((*place, "when"), what, "make sure that something else brings it in")


def _only_half(definition: Definition) -> str:
    parts = list(leaves(definition.qualified))
    by_score = any(isinstance(one, Reaches) and one.what == "score" for one in parts)
    does = any(_asks_what_they_did(one) for one in parts) or (by_score and bool(definition.rules))
    are = any(_asks_who_they_are(one) for one in parts) or (by_score and bool(definition.fit.criteria))
    if does and are:
        return ""
    return (
        "what people do, and never at who they are" if does else "who people are, and never at what they do"
    )


def _asks_what_they_did(one: Condition) -> bool:
    return isinstance(one, Did) or (isinstance(one, Reaches) and one.what not in ("score", "fit"))


def _asks_who_they_are(one: Condition) -> bool:
    if isinstance(one, Reaches):
        return one.what == "fit"
    return isinstance(one, HasAttribute) or (isinstance(one, GradeIs) and one.least != GRADES[-1])
