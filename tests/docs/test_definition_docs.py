"""What is published about definition files is true: the schema, its explanations, and the page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.definitions import DEFAULTS, load_written
from config.init import EXAMPLES, examples
from config.schema import COMMENT, definition_schema, pointing_to, schema_text
from config.vocabulary import KINDS
from scoring.touches import ATTRIBUTE_FIELDS, ENGAGEMENT_KINDS

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "definitions.md").read_text(encoding="utf-8")
FILES = [DEFAULTS / "definition.yaml", *(EXAMPLES / f"{name}.yaml" for name in examples())]


def keys(node: Any) -> Iterator[str]:
    """These are the names of all properties anywhere in a schema."""
    if isinstance(node, list):
        for inner in node:
            yield from keys(inner)
    if isinstance(node, dict):
        yield from node.get("properties", {})
        for inner in node.values():
            yield from keys(inner)


def test_the_published_schema_is_the_one_that_is_made_now() -> None:
    published = (DOCS / "definition.schema.json").read_text(encoding="utf-8")

    assert published == schema_text(), "run: python -m config.schema"


def code_in(text: str) -> str:
    fenced = re.findall(r"```[a-z]*\n(.*?)```", text, flags=re.DOTALL)
    return "\n".join(fenced + re.findall(r"`([^`\n]+)`", text))


@pytest.mark.parametrize("key", sorted(set(keys(definition_schema()))))
def test_every_key_is_documented(key: str) -> None:
    assert re.search(rf"\b{key}\b", code_in(PAGE))


@pytest.mark.parametrize("word", [*ENGAGEMENT_KINDS, *ATTRIBUTE_FIELDS, *examples()])
def test_every_kind_field_and_example_is_documented(word: str) -> None:
    assert f"`{word}`" in PAGE


def test_every_definition_in_the_docs_can_be_loaded(tmp_path: Path) -> None:
    blocks = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)]
    parts = [one for one in blocks if {"qualified", "rules"} & set(one)]
    assert len(parts) > 2
    base = {
        "name": "a",
        "version": "1",
        "qualified": {"did": {"when": "call"}},
        "groups": {"web": {}, "content": {}},
        "rules": {"r": {"when": "demo_request", "points": 100, "group": "content"}},
        "fit": {"grades": {"A": 3, "B": 2, "C": 0}},
    }
    for number, part in enumerate(parts):
        path = tmp_path / f"{number}.yaml"
        path.write_text(yaml.safe_dump(base | part), encoding="utf-8")
        assert load_written(path)


def test_editors_are_told_what_a_key_means() -> None:
    schema = definition_schema()
    silent = [
        f"{name}.{key}"
        for name in ("RuleModel", "DidModel", "ConditionModel", "ScopeModel", "QualifiedModel")
        for key, told in schema["$defs"][name]["properties"].items()
        if "description" not in told and "$ref" not in told
    ]

    assert not [one for one in silent if not one.startswith("ScopeModel")]


def test_the_schema_offers_exactly_the_kinds_there_are() -> None:
    told = json.dumps(definition_schema()["$defs"]["MatchModel"]["properties"]["when"])

    assert json.dumps(list(KINDS)) in told


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_key_of_a_shipped_file_is_in_the_schema(file: Path) -> None:
    schema = definition_schema()

    assert set(yaml.safe_load(file.read_text(encoding="utf-8"))) <= set(schema["properties"])


def test_a_file_gets_one_line_that_points_to_the_schema() -> None:
    once = pointing_to("a.json", "name: x\n")
    twice = pointing_to("b.json", once)

    assert once == f"{COMMENT}a.json\nname: x\n"
    assert twice == f"{COMMENT}b.json\nname: x\n"
