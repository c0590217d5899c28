"""Plain values against a model, with every error turned into file, line, key and what to do."""

from __future__ import annotations

from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from config.errors import ConfigError, Problem, nearest
from config.yaml_lines import Document, Place


class Checked(BaseModel):
    """Keys that nobody reads are errors, and types are taken literally."""

    # What stands below a field is read by `config.schema`: pydantic would read the source at each start.
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


Model = TypeVar("Model", bound=Checked)

_REMEDIES = {
    "missing": "add it",
    "string_type": "put it in quotes",
    "int_type": "write a whole number",
    "float_type": "write a number",
    "bool_type": "write true or false",
    "tuple_type": "write a list: [a, b]",
    "dict_type": "write `key: value` lines below it",
    "model_type": "write `key: value` lines below it",
    "mapping_type": "write `key: value` lines below it",
    "date_type": "write it like 2026-11-23",
    "date_from_datetime_inexact": "write it like 2026-11-23",
}

# Where pydantic's words would name Python types or our own classes.
_WORDS = {
    "string_type": "should be text",
    "tuple_type": "should be a list",
    "dict_type": "should be keys and values",
    "model_type": "should be keys and values",
    "mapping_type": "should be keys and values",
    "date_type": "should be a date",
    "date_from_datetime_inexact": "should be a date without a time",
}


def checked(document: Document, model: type[Model], **context: Any) -> Model:
    """This is the file's content as the model has it; all errors at once otherwise.

    `context` is what its validators ask for besides.
    """
    values = {} if document.values is None else document.values
    try:
        return model.model_validate(values, context=context)
    except ValidationError as error:
        raise ConfigError([_problem(document, model, detail) for detail in error.errors()]) from None


def _problem(document: Document, model: type[Checked], detail: ErrorDetails) -> Problem:
    place: Place = detail["loc"]
    kind = detail["type"]
    if kind == "extra_forbidden":
        valid = _keys(model, place[:-1])
        return document.problem(place, "nothing reads this key", nearest(str(place[-1]), valid))
    if kind == "missing":
        return document.problem(place, "is missing", _REMEDIES[kind])
    what = _WORDS.get(kind) or detail["msg"].removeprefix("Value error, ").removeprefix("Input ")
    what, _, remedy = what.partition("; ")
    return document.problem(place, what[:1].lower() + what[1:], remedy or _REMEDIES.get(kind, ""))


def _keys(model: type[Checked], place: Place) -> list[str]:
    """This lists the keys that are valid at a place of the file."""
    found: Any = model
    for part in place:
        inner = fields_of(found).get(str(part), found) if _is_model(found) else found
        found = _model_in(inner) or found
    return list(fields_of(found))


def fields_of(model: type[BaseModel]) -> dict[str, Any]:
    """These are the keys of a model as they are written, and what may stand there."""
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def _model_in(annotation: Any) -> Any:
    if _is_model(annotation):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Checked)
