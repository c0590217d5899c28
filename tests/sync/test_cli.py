"""The command line, as somebody types it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sync.cli import ORDER


def mqlsync(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sync.cli", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def test_help_names_every_command(tmp_path: Path) -> None:
    shown = mqlsync("--help", folder=tmp_path)

    assert shown.returncode == 0
    commands = "init check provision backfill run daemon plan apply explain status backup restore"
    for command in commands.split():
        assert f"  {command} " in shown.stdout


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys, sync.cli; print([m for m in ('numpy', 'sqlalchemy', 'hubspot', 'simple_salesforce', "
        "'pydantic', 'apscheduler', 'alembic') if m in sys.modules])"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True
    )

    assert shown.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "words",
    [
        ["frobnicate"],
        ["apply", "not-a-number"],
        ["run", "--no-such-option"],
        ["sandbox", "--no-such-option"],
        ["sandbox", "--people", "0"],
    ],
)
def test_a_wrong_word_is_a_usage_error(words: list[str], tmp_path: Path) -> None:
    assert mqlsync(*words, folder=tmp_path).returncode == 64


def test_no_workspace_says_how_to_make_one(tmp_path: Path) -> None:
    shown = mqlsync("run", folder=tmp_path)

    assert shown.returncode == 1
    assert "mqlsync init" in shown.stderr
    assert "Traceback" not in shown.stderr


def test_init_makes_a_workspace_and_overwrites_nothing(tmp_path: Path) -> None:
    first = mqlsync("init", folder=tmp_path)
    (tmp_path / "mqlsync.yaml").write_text("workspace: mine\n")
    second = mqlsync("init", folder=tmp_path)

    assert first.returncode == second.returncode == 0
    assert (tmp_path / "definition.yaml").is_file()
    assert (tmp_path / "mqlsync.yaml").read_text() == "workspace: mine\n"


def test_a_misspelt_key_is_named_with_file_line_and_the_nearest_key(tmp_path: Path) -> None:
    mqlsync("init", folder=tmp_path)
    settings = tmp_path / "mqlsync.yaml"
    settings.write_text("workspace: mine\nintervall_seconds: 60\nconnections:\n  hubspot: {}\n")

    shown = mqlsync("run", folder=tmp_path)

    assert shown.returncode == 1
    assert "mqlsync.yaml:2: intervall_seconds" in shown.stderr
    assert "interval_seconds" in shown.stderr.replace("intervall_seconds", "")
    assert not list(tmp_path.glob("*.db"))


def test_a_date_that_is_none_is_a_usage_error(tmp_path: Path) -> None:
    assert mqlsync("explain", "1", "--as-of", "yesterday", folder=tmp_path).returncode == 64


def test_help_lists_the_commands_in_the_order_in_which_one_needs_them(tmp_path: Path) -> None:
    shown = mqlsync("--help", folder=tmp_path).stdout.partition("Commands:")[2]

    assert [line.split()[0] for line in shown.splitlines() if line.strip()] == list(ORDER)
