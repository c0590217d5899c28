"""The JSON Schema of definition files, for editors: names, types and explanations while somebody types.

It is made from the models, so it cannot say anything else. It asks for less than `definitions check`: a
file that extends another may leave out or take away what the other one says.
"""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from textwrap import dedent
from typing import Any

from config.checked import Checked
from config.definition_model import DefinitionModel

FILE = "definition.schema.json"
COMMENT = "# yaml-language-server: $schema="
# What may stand half in one file and half in the one that it extends.
HALVES = ("RuleModel", "CriterionModel", "GradesModel")


def definition_schema() -> dict[str, Any]:
    """This is the schema as a value."""
    schema = DefinitionModel.model_json_schema(mode="validation")
    _explain(schema)
    for name in HALVES:
        schema["$defs"][name].pop("required", None)
    schema["required"] = ["name", "version"]
    schema["anyOf"] = [{"required": ["qualified"]}, {"required": ["extends"]}]
    _let_take_away(schema)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "mqlsync definition",
        "description": "What “qualified” means.",
    }


def schema_text() -> str:
    """This is the schema as the file that is published."""
    return json.dumps(definition_schema(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def pointing_to(schema: str, text: str) -> str:
    """This is a definition file whose first line points to the schema."""
    first, _, rest = text.partition("\n")
    return f"{COMMENT}{schema}\n{rest if first.startswith(COMMENT) else text}"


def _explain(schema: dict[str, Any]) -> None:
    """This puts the text below each field beside it."""
    models = {model.__name__: model for model in _all(Checked)}
    for name, shown in {**schema["$defs"], DefinitionModel.__name__: schema}.items():
        for of in reversed(models[name].__mro__) if name in models else ():
            for field, words in _below_fields(of).items():
                if field in shown.get("properties", {}):
                    shown["properties"][field].setdefault("description", words)


def _all(model: type[Checked]) -> Iterator[type[Checked]]:
    for each in model.__subclasses__():
        yield each
        yield from _all(each)


def _below_fields(of: type) -> dict[str, str]:
    if not issubclass(of, Checked):
        return {}
    (written,) = ast.parse(dedent(inspect.getsource(of))).body
    body = written.body if isinstance(written, ast.ClassDef) else []
    found: dict[str, str] = {}
    for field, below in pairwise(body):
        match field, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(words))):
                found[of.model_fields[name].alias or name] = inspect.cleandoc(words)
    return found


def _let_take_away(node: Any) -> None:
    """In a file that extends another, nothing stands where something is to be taken away."""
    if isinstance(node, list):
        for inner in node:
            _let_take_away(inner)
    if not isinstance(node, dict):
        return
    for noise in ("default", "title"):  # values as they are inside, and every key's name once more
        if not isinstance(node.get(noise), dict):
            node.pop(noise, None)
    named = node.get("additionalProperties")
    if isinstance(named, dict) and "$ref" in named:
        node["additionalProperties"] = {"anyOf": [named, {"type": "null"}]}
    for key, inner in node.items():
        if key != "additionalProperties":
            _let_take_away(inner)


def main(path: Path = Path(__file__).parents[1] / "docs" / FILE) -> None:
    """This writes the published schema anew."""
    path.write_text(schema_text(), encoding="utf-8")


if __name__ == "__main__":
    main()
