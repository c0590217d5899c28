"""Fields that an administrator deploys himself: written once, and nothing of his is overwritten."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from sync.cli import app
from sync.provisioning import written


def contents(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_the_folder_is_written_without_a_workspace_and_the_second_time_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "deploy"

    first = CliRunner().invoke(app, ["provision", "salesforce", "--sfdx", str(folder)])
    before = contents(folder)
    second = CliRunner().invoke(app, ["provision", "--sfdx", str(folder)])

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "made" in first.output
    assert "made" not in second.output
    assert before == contents(folder)
    assert {"sfdx-project.json", "README.md", "manifest/package.xml"} <= before.keys()


def test_a_project_that_is_there_already_keeps_its_settings_and_our_fields_are_renewed(
    tmp_path: Path,
) -> None:
    (tmp_path / "sfdx-project.json").write_text("{}")
    list(written("salesforce", tmp_path))
    field = next(tmp_path.rglob("MQL_Score__c.field-meta.xml"))
    field.write_text("<old/>")

    said = list(written("salesforce", tmp_path))

    assert (tmp_path / "sfdx-project.json").read_text() == "{}"
    assert "CustomField" in field.read_text()
    assert [line.partition(" ")[0] for line in said[:-1]] == ["kept", "renewed"]


def test_hubspot_has_nothing_to_deploy(tmp_path: Path) -> None:
    said = CliRunner().invoke(app, ["provision", "hubspot", "--sfdx", str(tmp_path)])

    assert said.exit_code != 0
    assert not contents(tmp_path)
