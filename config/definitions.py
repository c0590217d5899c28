"""Definition files: what an operator writes about "qualified", as the values scoring judges by.

A workspace has its own definition (`definition.yaml`, else the shipped one) and further ones for
programmes, tiers and partners in `definitions/`. They are read together: one may extend another, and no
two may judge the same people at the same time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import TypeVar

from config.checked import checked
from config.definition_checks import doubts, never_matching, out_of_reach, unknown_names, wrong_assumptions
from config.definition_model import DefinitionModel, FitModel
from config.errors import ConfigError, Problem
from config.inheritance import Named, inherited, named
from config.mail_domains import domain_lists
from config.vocabulary import ATTRIBUTES, Lists, span
from config.yaml_lines import Document, read_yaml
from scoring.definitions.definition import Band, Criterion, Definition, Exclusion, Fit, Group, Scope
from scoring.partner import Partner
from scoring.touches import HOUR, NEVER

DEFAULTS = Path(__file__).parent / "defaults"
FILE = "definition.yaml"
FOLDER = "definitions"
PATTERN = "*.yaml"

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What definitions may name. Without `partners`, nobody asks whether partners and tiers exist.

    `attributes` are the names that the workspace has given to fields of its CRMs.
    """

    lists: Lists
    partners: tuple[Partner, ...] | None = None
    attributes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """One definition as its file says it. `text` is the file's own, without what it extends."""

    definition: Definition
    file: Path
    version_line: int
    text: str = field(repr=False)
    model: DefinitionModel = field(repr=False)
    document: Document = field(repr=False)

    def warnings(self, today: date) -> list[Problem]:
        """These look wrong, but may be meant."""
        return doubts(self.document, self.model, self.definition, today)


def load_definition(
    path: Path, lists: Lists | None = None, partners: tuple[Partner, ...] | None = None
) -> Definition:
    """This reads one definition file; a `ConfigError` lists everything that is wrong with it."""
    return load_written(path, lists, partners).definition


def load_written(
    path: Path,
    lists: Lists | None = None,
    partners: tuple[Partner, ...] | None = None,
    attributes: Iterable[str] = (),
) -> Written:
    """This reads one file; what it extends is looked for beside it, and among what is shipped.

    `attributes` are the names that the workspace has given to fields of its CRMs.
    """
    document = read_yaml(path)
    near = [path.parent, *([path.parent.parent] if path.parent.name == FOLDER else [])]
    words = Vocabulary(domain_lists(near[-1]) if lists is None else lists, partners, tuple(attributes))
    if not _extends(document):
        return _written(path, inherited(document, ()), words)
    beside = [
        one for folder in near for one in sorted(folder.glob(PATTERN)) if one.resolve() != path.resolve()
    ]
    return _written(path, inherited(document, _named([document, *_readable(beside)])), words)


def load_definitions(
    folder: Path,
    *,
    own: Path | None = None,
    partners: tuple[Partner, ...] | None = None,
    attributes: Iterable[str] = (),
) -> tuple[Written, ...]:
    """This reads all definitions of a workspace; a `ConfigError` lists everything wrong with any of them.

    `own` is the file of the workspace's own definition, if it is not called so. The shipped one is read
    where no file judges everybody. Without `partners`, nobody asks whether partners and tiers exist.
    """
    shipped = DEFAULTS / FILE
    own = folder / FILE if own is None else own
    files = [one for one in (own,) if one != shipped and one.is_file()]
    files += sorted((folder / FOLDER).glob(PATTERN))
    words = Vocabulary(domain_lists(folder), partners, tuple(attributes))
    documents, problems = _collected(files, read_yaml)
    known = _named(documents.values())
    found, wrong = _collected(
        documents, lambda file: _written(file, inherited(documents[file], known), words)
    )
    written = tuple(found.values())
    problems += [*wrong, *_contradictions(written)]
    if problems:
        raise ConfigError(problems)
    if any(one.definition.scope.kind == "own" and counts(one.definition) for one in written):
        return written
    return (_written(shipped, read_yaml(shipped), words), *written)


def default_definition() -> Definition:
    """This is the definition that is shipped."""
    return load_definition(DEFAULTS / FILE)


def counts(definition: Definition) -> bool:
    """This tells whether a definition judges anybody at any time."""
    return definition.terms.state != "draft" and not definition.terms.trial


def _extends(document: Document) -> bool:
    return isinstance(document.values, dict) and document.values.get("extends") is not None


def _readable(files: Iterable[Path]) -> list[Document]:
    """A neighbour that cannot be read is somebody else's problem, unless it is the one that is missed."""
    found, _ = _collected(files, read_yaml)
    return list(found.values())


def _collected(
    files: Iterable[Path], read: Callable[[Path], Found]
) -> tuple[dict[Path, Found], list[Problem]]:
    """This reads what can be read, and notes what is wrong with the rest."""
    found: dict[Path, Found] = {}
    problems: list[Problem] = []
    for file in files:
        try:
            found[file] = read(file)
        except ConfigError as error:
            problems += error.problems
    return found, problems


def _named(documents: Iterable[Document]) -> list[Named]:
    """These can be extended; the shipped standard can, unless another has its name."""
    found = [one for document in documents if (one := named(document))]
    standard = named(read_yaml(DEFAULTS / FILE))
    if standard and all(one.name != standard.name for one in found):
        found.append(standard)
    return found


def _written(path: Path, document: Document, words: Vocabulary) -> Written:
    model = checked(document, DefinitionModel, **{ATTRIBUTES: words.attributes})
    problems = unknown_names(document, model, words.lists, words.partners)
    problems += [*never_matching(document, model), *wrong_assumptions(document, model)]
    if problems:
        raise ConfigError(problems)
    definition = _definition(model, words.lists)
    if problems := out_of_reach(document, model, definition):
        raise ConfigError(problems)
    text = path.read_text(encoding="utf-8")
    return Written(definition, path, document.line_of(("version",)), text, model, document)


def _contradictions(written: Sequence[Written]) -> list[Problem]:
    """Two files may not be one version, nor judge the same people at the same time."""
    problems = []
    for one, two in combinations(written, 2):
        a, b = one.definition, two.definition
        if (a.name, a.version) == (b.name, b.version):
            what = f"is also version {b.version} of `{b.name}` in {one.file.name}"
            problems.append(
                two.document.problem(("version",), what, "raise the version, or give it another name")
            )
        elif counts(a) and counts(b) and a.scope.kind == b.scope.kind and a.scope.name == b.scope.name:
            problems += _overlap(one, two)
    return problems


def _overlap(one: Written, two: Written) -> list[Problem]:
    a, b = one.definition.terms, two.definition.terms
    of = two.definition.scope
    whom = f"{of.kind} {of.name}".strip()
    if one.definition.name == two.definition.name:
        if a.effective_at != b.effective_at:
            return []  # the later one supersedes the earlier from its day on
        what, remedy = (
            f"begins together with {one.file.name}",
            "write `effective: DATE` into the newer version",
        )
    else:
        if a.effective_at >= (b.retired_at or NEVER) or b.effective_at >= (a.retired_at or NEVER):
            return []
        what = f"judges the same people ({whom}) at the same time as {one.file.name}"
        remedy = "set `effective` and `retired` so that they do not overlap, or make one a `trial`"
    return [two.document.problem(("effective",), what, remedy)]


def _definition(model: DefinitionModel, lists: Lists) -> Definition:
    return Definition(
        name=model.name,
        version=model.version,
        label=model.label or model.name,
        qualified=model.qualified.condition(lists),
        rules=tuple(rule.rule(name, lists) for name, rule in model.rules.items()),
        groups=tuple(Group(name, group.cap, group.floor) for name, group in model.groups.items()),
        fit=_fit(model.fit, lists),
        exclusions=tuple(
            Exclusion(one.reason, tuple(cause.cause(lists) for cause in one.any)) for one in model.exclusions
        ),
        machine=model.machine_clicks.machine(),
        scope=model.scope.scope() if model.scope else Scope(),
        bands=model.bands,
        floor=model.score.floor,
        cap=model.score.cap,
        expires_after=span(model.qualified.expires_after_days),
        follow_up=round(model.follow_up_hours * HOUR),
        terms=model.terms(),
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
