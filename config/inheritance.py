"""What a definition takes over from the one it extends: a partner's from its tier's, a tier's from ours.

Keys are merged one by one, lists are replaced, and what is set to nothing (`key:`) is taken away. A
condition is replaced as a whole, unless both say nothing but numbers. Who a definition is, whom it
concerns, and who agreed to it is never taken over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from config.errors import ConfigError, Problem, nearest
from config.yaml_lines import Document, Place

OF_ITS_OWN = frozenset(
    {"name", "version", "label", "extends", "remove", "scope", "state", "agreed", "effective", "retired"}
    | {"trial", "objections", "notes"}
)
NUMBERS = frozenset({"score", "engagement", "fit", "grade", "expires_after_days"})


@dataclass(frozen=True, slots=True)
class Named:
    """A file that others may extend, by its name or by `NAME VERSION`."""

    name: str
    version: str
    document: Document


def named(document: Document) -> Named | None:
    """This is what a file is called, None if it does not say so in words."""
    values = document.values if isinstance(document.values, dict) else {}
    name, version = values.get("name"), values.get("version", "")
    return Named(name, str(version), document) if isinstance(name, str) else None


def inherited(document: Document, others: Sequence[Named], seen: tuple[str, ...] = ()) -> Document:
    """This is the file with everything that it takes over; a `ConfigError` tells what cannot be."""
    values = document.values
    if not isinstance(values, dict) or values.get("extends") is None:
        return _without_remove(document)
    seen = (*seen, document.file)
    base = _base(document, others)
    if base.file in seen:
        chain = " → ".join(_short(file) for file in (*seen[seen.index(base.file) :], base.file))
        raise ConfigError(
            [document.problem(("extends",), f"runs in a circle: {chain}", "let one of them extend nothing")]
        )
    return _merged(document, inherited(base, others, seen))


def _short(file: str) -> str:
    return file.replace("\\", "/").rpartition("/")[2]


def _without_remove(document: Document) -> Document:
    if isinstance(document.values, dict) and document.values.get("remove") is not None:
        what = "there is nothing to remove from"
        raise ConfigError([document.problem(("remove",), what, "add `extends: NAME`, or remove this key")])
    return document


def _base(document: Document, others: Sequence[Named]) -> Document:
    wanted = str(_mapping(document)["extends"]).strip()
    found = [one for one in others if wanted in (one.name, f"{one.name} {one.version}")]
    if len(found) == 1:
        return found[0].document
    if found:
        choice = ", ".join(f"`{one.name} {one.version}`" for one in found)
        what, remedy = f"there are several versions of `{wanted}`", f"write which one: {choice}"
    else:
        names = sorted({one.name for one in others if one.document.file != document.file})
        what = f"there is no definition `{wanted}`"
        remedy = nearest(wanted, names) if names else "put its file beside this one"
    raise ConfigError([document.problem(("extends",), what, remedy)])


def _mapping(document: Document) -> dict[str, Any]:
    return document.values if isinstance(document.values, dict) else {}


def _merged(document: Document, base: Document) -> Document:
    """This lays the file over its base; every key keeps the place where it stands."""
    merger = _Merger(document, base)
    below = {key: value for key, value in _mapping(base).items() if key not in OF_ITS_OWN}
    values = merger.merge((), _mapping(document), below)
    merger.remove(values)
    if merger.problems:
        raise ConfigError(merger.problems)
    return replace(document, values=values, lines=merger.lines, files=merger.files)


class _Merger:
    """This walks both files at once, noting for every key which of them it comes from."""

    def __init__(self, document: Document, base: Document) -> None:
        self.document = document
        self.base = base
        self.lines: dict[Place, int] = dict(document.lines)
        self.files: dict[Place, str] = dict(document.files)
        self.problems: list[Problem] = []

    def merge(self, place: Place, own: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key in (*base, *(key for key in own if key not in base)):
            inner = (*place, key)
            if key not in own:
                values[key] = base[key]
                self._take_lines(inner)
            elif own[key] is None and key not in OF_ITS_OWN:
                if key not in base:
                    self._nothing_there(inner, key, base)
            elif isinstance(own[key], dict) and isinstance(base.get(key), dict):
                below = base[key] if _fits(inner, own[key], base[key]) else _terms_only(base[key])
                values[key] = self.merge(inner, own[key], below)
            else:
                values[key] = own[key]
        return values

    def remove(self, values: dict[str, Any]) -> None:
        """A bare name is a rule's; anything else is the path of what shall go."""
        given = values.get("remove") or []
        for number, path in enumerate([given] if isinstance(given, str) else given):
            parts = str(path).split(".") if "." in str(path) else ["rules", str(path)]
            holder: Any = values
            for part in parts[:-1]:
                holder = holder.get(part) if isinstance(holder, dict) else None
            if not isinstance(holder, dict) or parts[-1] not in holder:
                self._nothing_there(("remove", number), parts[-1], holder if isinstance(holder, dict) else {})
            else:
                del holder[parts[-1]]

    def _nothing_there(self, place: Place, key: str, base: Mapping[str, Any]) -> None:
        what = f"`{key}` cannot be taken away: the definition that it extends has no such key"
        self.problems.append(self.document.problem(place, what, nearest(key, base) if base else ""))

    def _take_lines(self, place: Place) -> None:
        for inner, line in self.base.lines.items():
            if inner[: len(place)] == place:
                self.lines[inner] = line
                self.files[inner] = self.base.files.get(inner, self.base.file)


def _fits(place: Place, own: Mapping[str, Any], base: Mapping[str, Any]) -> bool:
    """Half of one condition and half of another make one that nobody wrote."""
    return place != ("qualified",) or {*own, *base} <= NUMBERS


def _terms_only(base: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in base.items() if key == "expires_after_days"}
