"""Definition files: what an operator writes about "qualified", as the values scoring judges by.

Lists of domains are named (`lists: [disposable]`) and stand in `domains.yaml`: the shipped one, and
the one beside the definition, which replaces lists of the same name.
"""

from __future__ import annotations

from pathlib import Path

from config.checked import checked
from config.definition_model import DefinitionModel, FitModel, Lists, ListsModel, TestModel, span
from config.errors import ConfigError, Problem, nearest
from config.yaml_lines import Document, Place, read_yaml
from scoring.conditions import scored
from scoring.definition import Band, Criterion, Definition, Exclusion, Fit, Group, MachineClicks, Scope
from scoring.touches import HOUR, SECOND

DEFAULTS = Path(__file__).parent / "defaults"


def load_definition(path: Path, lists: Lists | None = None) -> Definition:
    """This reads one definition file; a `ConfigError` lists everything that is wrong with it."""
    document = read_yaml(path)
    model = checked(document, DefinitionModel)
    lists = domain_lists(path.parent) if lists is None else lists
    problems = [*_unknown_groups(document, model), *_unknown_lists(document, model, lists)]
    if problems:
        raise ConfigError(problems)
    return _definition(model, lists)


def default_definition() -> Definition:
    """This is the definition that is shipped."""
    return load_definition(DEFAULTS / "definition.yaml")


def domain_lists(folder: Path) -> Lists:
    """These are the shipped lists of domains, replaced name by name by those in the folder's own file."""
    found: dict[str, tuple[str, ...]] = {}
    for file in dict.fromkeys((DEFAULTS / "domains.yaml", folder / "domains.yaml")):
        if file.exists():
            found.update(checked(read_yaml(file), ListsModel).lists)
    return found


def _unknown_groups(document: Document, model: DefinitionModel) -> list[Problem]:
    return [
        document.problem(
            ("rules", name, "group"), f"`{rule.group}` is no group", nearest(rule.group, model.groups)
        )
        for name, rule in model.rules.items()
        if rule.group not in model.groups
    ]


def _unknown_lists(document: Document, model: DefinitionModel, lists: Lists) -> list[Problem]:
    tests: list[tuple[Place, TestModel]] = [
        (("fit", "criteria", name, "bands", number, "lists"), band)
        for name, criterion in model.fit.criteria.items()
        for number, band in enumerate(criterion.bands)
    ]
    tests += [
        (("exclusions", one, "any", two, "lists"), cause)
        for one, exclusion in enumerate(model.exclusions)
        for two, cause in enumerate(exclusion.any)
    ]
    return [
        document.problem(place, f"there is no list `{name}`", nearest(name, lists))
        for place, test in tests
        for name in test.lists or ()
        if name not in lists
    ]


def _definition(model: DefinitionModel, lists: Lists) -> Definition:
    return Definition(
        name=model.name,
        version=model.version,
        label=model.label or model.name,
        qualified=scored(model.qualified.score, model.qualified.engagement, model.qualified.grade),
        rules=tuple(rule.rule(name) for name, rule in model.rules.items()),
        groups=tuple(Group(name, group.cap, group.floor) for name, group in model.groups.items()),
        fit=_fit(model.fit, lists),
        exclusions=tuple(
            Exclusion(one.reason, tuple(cause.cause(lists) for cause in one.any)) for one in model.exclusions
        ),
        machine=MachineClicks(
            model.machine_clicks.links, round(model.machine_clicks.within_seconds * SECOND)
        ),
        scope=Scope(),
        floor=model.score.floor,
        cap=model.score.cap,
        expires_after=span(model.qualified.expires_after_days),
        follow_up=round(model.follow_up_hours * HOUR),
    )


def _fit(model: FitModel, lists: Lists) -> Fit:
    criteria = tuple(
        Criterion(
            name=name,
            label=one.label or name.replace("_", " "),
            field=one.field,
            bands=tuple(Band(band.label, band.test(lists), band.points) for band in one.bands),
            unknown=one.unknown,
            otherwise=one.otherwise,
        )
        for name, one in model.criteria.items()
    )
    grades = (model.grades.A, model.grades.B, model.grades.C)
    return Fit(criteria, grades, model.cap, model.floor)
