"""YAML files as plain values, with the line of every key, so that errors can point to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from config.errors import ConfigError, Problem

Place = tuple[str | int, ...]
# PyYAML's parser in C, where it was built with one: every command reads some files, and this takes a tenth.
_FAST: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Document:
    """The values of one file. `lines` maps the path of each key or item to its line.

    What was taken over from other files has its line there; `files` tells which those are.
    """

    file: str
    values: object
    lines: Mapping[Place, int]
    files: Mapping[Place, str] = field(default_factory=dict)

    def line_of(self, place: Place) -> int:
        """This is the line of the key, or of the nearest key around it."""
        return self.lines.get(self._nearest(place), 1)

    def problem(self, place: Place, what: str, remedy: str = "") -> Problem:
        """This names the place in words."""
        file = self.files.get(self._nearest(place), self.file)
        return Problem(file, self.line_of(place), ".".join(str(part) for part in place), what, remedy)

    def _nearest(self, place: Place) -> Place:
        while place and place not in self.lines:
            place = place[:-1]
        return place


def read_yaml(path: Path) -> Document:
    """This reads one file; an unreadable one is a ConfigError too."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        remedy = "check the path and its permissions"
        raise ConfigError([Problem(str(path), 1, "", error.strerror or "cannot be read", remedy)]) from error
    except UnicodeDecodeError as error:
        remedy = "save it as UTF-8"
        raise ConfigError([Problem(str(path), 1, "", "is not UTF-8 text", remedy)]) from error
    return parse_yaml(text, str(path))


def parse_yaml(text: str, file: str) -> Document:
    """This reads YAML text; duplicate keys are refused, since one of them would be ignored."""
    try:
        return _parsed(text, file, _FAST)
    except ConfigError:
        return _parsed(text, file, yaml.SafeLoader)  # it says in better words what is wrong


def _parsed(text: str, file: str, kind: type[yaml.SafeLoader]) -> Document:
    try:
        loader = kind(text)
        reader = _Reader(file, loader)
        try:
            node = loader.get_single_node()
            values = None if node is None else reader.value(node, ())
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        what = error.problem or "is not valid YAML"
        raise ConfigError([Problem(file, line, "", what, "mend the YAML there")]) from error
    except (yaml.YAMLError, ValueError) as error:
        raise ConfigError([Problem(file, 1, "", "is not valid YAML", str(error).splitlines()[0])]) from error
    if reader.problems:
        raise ConfigError(reader.problems)
    return Document(file, values, reader.lines)


class _Reader:
    """This walks the nodes once, noting lines and duplicate keys."""

    def __init__(self, file: str, loader: yaml.SafeLoader) -> None:
        self.file = file
        self.loader = loader
        self.lines: dict[Place, int] = {}
        self.problems: list[Problem] = []
        self._open: set[int] = set()

    def value(self, node: yaml.Node, place: Place) -> object:
        self.lines.setdefault(place, node.start_mark.line + 1)
        if id(node) in self._open:
            raise yaml.constructor.ConstructorError(None, None, "refers to itself", node.start_mark)
        self._open.add(id(node))
        try:
            if isinstance(node, yaml.MappingNode):
                return self._mapping(node, place)
            if isinstance(node, yaml.SequenceNode):
                return [self.value(item, (*place, number)) for number, item in enumerate(node.value)]
            return self.loader.construct_object(node)
        finally:
            self._open.discard(id(node))

    def _mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, object]:
        values: dict[str, object] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(
                    None, None, "a key must be a word", key_node.start_mark
                )
            key = str(key_node.value)  # as written: `no` and `1` are names here, not values
            if key in values:
                name = ".".join(str(part) for part in (*place, key))
                first = self.lines[(*place, key)]
                self.problems.append(
                    Problem(
                        self.file, line, name, f"stands twice (first in line {first})", "keep one of them"
                    )
                )
                continue
            self.lines[(*place, key)] = line
            values[key] = self.value(value_node, (*place, key))
        return values
