"""A new workspace: commented files to start from."""

from __future__ import annotations

import json
from pathlib import Path

from config.definitions import DEFAULTS
from config.errors import ConfigError, Problem
from config.settings import FILE

FILES = (FILE, "definition.yaml", "partners.yaml")
EXAMPLE = "workspace: my-company"


def init(folder: Path) -> list[Path]:
    """This writes the files that are not there yet and returns them; what is there is left alone."""
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            try:
                with (folder / name).open("x", encoding="utf-8") as file:
                    file.write(_text(name, folder.resolve().name))
            except FileExistsError:
                continue
            written.append(folder / name)
    except OSError as error:
        what = error.strerror or "cannot be written"
        remedy = "choose a folder that you may write to"
        raise ConfigError([Problem(str(error.filename or folder), 0, "", what, remedy)]) from error
    return written


def _text(name: str, workspace: str) -> str:
    """The workspace is called like its folder, in quotes, since YAML would take some names for numbers."""
    text = (DEFAULTS / name).read_text(encoding="utf-8")
    if name == FILE and workspace.strip():
        return text.replace(EXAMPLE, f"workspace: {json.dumps(workspace)}", 1)
    return text
