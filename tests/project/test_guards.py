"""What must never slip into the tree."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINES_MAX = 400


def tracked() -> list[Path]:
    names = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\n")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def test_requirement_files_name_no_host() -> None:
    files = sorted((ROOT / "requirements").glob("*.txt"))

    assert {f.name for f in files} == {"dev.txt", "run.txt", "uv.txt"}
    for file in files:
        assert "://" not in file.read_text(), f"{file.name} records an address; refresh it with tools/lock"


def test_every_required_package_is_pinned_by_hash() -> None:
    for file in sorted((ROOT / "requirements").glob("*.txt")):
        for block in re.split(r"\n(?=\S)", file.read_text()):
            if re.match(r"[a-z0-9]", block):
                assert "--hash=sha256:" in block, block.splitlines()[0]


def test_no_lock_that_records_hosts_is_tracked() -> None:
    names = {path.name for path in tracked()}

    assert not any(name == "uv.lock" or re.fullmatch(r"pylock.*\.toml", name) for name in names)


@pytest.mark.parametrize(
    "path",
    [p for p in tracked() if p.suffix == ".py" and ROOT / "tests" not in p.parents],
    ids=lambda p: str(p.relative_to(ROOT)),
)
def test_a_module_stays_short(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LINES_MAX, "does this module know two things?"


def test_no_path_of_a_machine_is_tracked() -> None:
    private = re.compile(r"/(?:wor" + r"k|home|root|Users)/[a-z]")
    for path in tracked():
        if path.suffix in {".py", ".md", ".toml", ".yaml", ".yml", ""} and b"\0" not in path.read_bytes():
            assert not private.search(path.read_text()), path
