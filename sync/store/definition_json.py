"""A definition as JSON text and back, equal to the last value.

What lists of hosts hold is no part of it: they are kept up elsewhere, and put in again when it is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import orjson

from scoring.definitions import conditions, definition, kinds
from scoring.definitions.definition import Definition
from scoring.definitions.kinds import HostList

Lists = Mapping[str, tuple[str, ...]]

_TYPES: dict[str, Any] = {
    name: kind
    for module in (kinds, conditions, definition)
    for name, kind in vars(module).items()
    if isinstance(kind, type) and is_dataclass(kind)
}


def encode(value: Definition) -> str:
    """This is the definition as JSON, without the content of lists."""
    return orjson.dumps(_plain(value)).decode()


def decode(text: str, lists: Lists) -> Definition:
    """This is the definition that `encode` was given, with the content that `lists` have today."""
    found: Definition = _value(orjson.loads(text), lists)
    return found


def host_lists(value: object) -> Iterator[HostList]:
    """These are the lists that a definition names."""
    if isinstance(value, HostList):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from host_lists(one)
    elif is_dataclass(value):
        for field in fields(value):
            yield from host_lists(getattr(value, field.name))


def _plain(value: object) -> object:
    if isinstance(value, HostList):
        return {"is": "HostList", "name": value.name}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if not is_dataclass(value):
        return value
    return {"is": type(value).__name__} | {
        field.name: _plain(getattr(value, field.name)) for field in fields(value)
    }


def _value(plain: Any, lists: Lists) -> Any:
    if isinstance(plain, list):
        return tuple(_value(one, lists) for one in plain)
    if not isinstance(plain, dict):
        return plain
    given = {name: _value(one, lists) for name, one in plain.items() if name != "is"}
    if plain["is"] == "HostList":
        return HostList(given["name"], lists.get(given["name"], ()))
    return _TYPES[plain["is"]](**given)
