"""What the tool can do is written down, and what is written down exists."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer.main
from pydantic import BaseModel

from config.channels import SitesModel
from config.definition_model import DefinitionModel
from config.partners import PartnersModel
from config.settings_model import SettingsModel
from sync.cli import app

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md")])
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
VARIABLE = re.compile(r"\bMQLSYNC_[A-Z_]*[A-Z]\b")
PACKAGES = ("config", "connectors", "dashboard", "reports", "sandbox", "scoring", "sync")


def documentation() -> str:
    return "\n".join(page.read_text() for page in PAGES)


def commands() -> dict[str, Any]:
    return dict(typer.main.get_group(app).commands)


def models_within(model: type[BaseModel]) -> set[type[BaseModel]]:
    """These are the model and all models that its fields name, however deep."""
    found, open_ = {model}, [model]
    while open_:
        for field in open_.pop().model_fields.values():
            for part in _parts(field.annotation):
                if isinstance(part, type) and issubclass(part, BaseModel) and part not in found:
                    found.add(part)
                    open_.append(part)
    return found


def _parts(annotation: object) -> list[object]:
    inner = [part for each in getattr(annotation, "__args__", ()) for part in _parts(each)]
    return [annotation, *inner]


def keys(model: type[BaseModel]) -> set[str]:
    fields = [item for one in models_within(model) for item in one.model_fields.items()]
    return {field.alias or name for name, field in fields}


@pytest.mark.parametrize("name", sorted(commands()))
def test_every_command_is_documented(name: str) -> None:
    assert f"mqlsync {name}" in documentation()


@pytest.mark.parametrize("name", sorted(commands()))
def test_every_option_is_documented(name: str) -> None:
    text = documentation()

    for parameter in commands()[name].params:
        for option in parameter.opts:
            if option.startswith("--"):
                assert f"`{option}" in text, f"{name} {option}"


def test_every_command_that_is_documented_exists() -> None:
    written = set(re.findall(r"\bmqlsync ([a-z]+)\b", "\n".join(code_in(documentation()))))

    assert written <= set(commands())


def code_in(text: str) -> list[str]:
    fenced = re.findall(r"```[a-z]*\n(.*?)```", text, flags=re.DOTALL)
    return fenced + re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text)


@pytest.mark.parametrize("model", [SettingsModel, DefinitionModel, PartnersModel, SitesModel])
def test_every_settings_key_is_documented(model: type[BaseModel]) -> None:
    text = "\n".join(code_in(documentation()))

    missing = sorted(name for name in keys(model) if not re.search(rf"\b{name}\b", text))
    assert not missing


def test_every_environment_variable_is_documented() -> None:
    from config.secrets import _Environment  # noqa: PLC0415 - named nowhere else than in this class

    used = {f"MQLSYNC_{name.upper()}" for name in _Environment.model_fields}
    for package in PACKAGES:
        for module in (ROOT / package).rglob("*.py"):
            used |= set(VARIABLE.findall(module.read_text()))

    assert used <= set(VARIABLE.findall(documentation()))


def test_every_runtime_package_has_its_reason() -> None:
    import tomllib  # noqa: PLC0415

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["postgres"]]
    reasons = (ROOT / "docs" / "libraries.md").read_text()

    for requirement in wanted:
        name = re.split(r"[\[<>=~!; ]", requirement)[0]
        assert f"| {name} |" in reasons, name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text()):
        if "://" not in target and not target.startswith("mailto:"):
            assert (page.parent / target).exists(), target


def test_every_script_that_the_readme_calls_can_be_run() -> None:
    for line in "\n".join(code_in((ROOT / "README.md").read_text())).splitlines():
        words = shlex.split(line, comments=True)
        if words and words[0].startswith("./"):
            assert (ROOT / words[0]).stat().st_mode & 0o111, words[0]


def test_the_image_runs_the_daemon_as_a_user_without_rights() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()

    assert "USER 10001:10001" in lines
    assert "STOPSIGNAL SIGTERM" in lines
    assert 'ENTRYPOINT ["mqlsync"]' in lines
    assert "daemon" in next(line for line in lines if line.startswith("CMD"))
    assert not re.search(r"\bpython\b", "\n".join(line for line in lines if line.startswith("RUN")))
