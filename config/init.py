"""A new workspace: commented files to start from, and shipped examples of definitions."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from pathlib import Path

from config import schema
from config.definitions import DEFAULTS, FOLDER, load_written
from config.definitions import FILE as DEFINITION
from config.errors import ConfigError, Problem, nearest
from config.settings import FILE

EXAMPLES = DEFAULTS / "examples"
WORKSPACE = "workspace: my-company"
REVIEW_AFTER = timedelta(days=60)


def examples() -> list[str]:
    """These are the definitions that are shipped as examples, besides the standard."""
    return sorted(file.stem for file in EXAMPLES.glob("*.yaml"))


def init(folder: Path, example: str | None = None, today: date | None = None) -> list[Path]:
    """This writes the files that are not there yet and returns them; what is there is left alone.

    With an example, it is written too, with what it extends; one for everybody becomes the workspace's
    own definition. What is assumed is to be reviewed two months after `today`.
    """
    written = []
    own, further = _definitions(folder, example)
    asked = further[-1] if further else own
    if example is not None and asked[0].exists():
        raise _wrong(str(asked[0]), "is there already", "move it away first")
    definitions = [(path, _reviewed(text, today)) for path, text in (own, *further)]
    settings = (folder / FILE, _settings(folder.resolve().name))
    partners = (folder / "partners.yaml", (DEFAULTS / "partners.yaml").read_text(encoding="utf-8"))
    try:
        for path, text in (settings, *definitions, partners, (folder / schema.FILE, schema.schema_text())):
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                with path.open("x", encoding="utf-8") as file:
                    file.write(text)
            except FileExistsError:
                continue
            written.append(path)
    except OSError as error:
        what = error.strerror or "cannot be written"
        raise _wrong(str(error.filename or folder), what, "choose a folder that you may write to") from error
    return written


def _definitions(folder: Path, example: str | None) -> tuple[tuple[Path, str], list[tuple[Path, str]]]:
    """These are the workspace's own definition, and the example with what it extends, it itself last."""
    own, further = DEFAULTS / DEFINITION, []
    if example is not None and example != "standard":
        if example not in examples():
            raise _wrong(f"example `{example}`", "there is none", nearest(example, [*examples(), "standard"]))
        if load_written(EXAMPLES / f"{example}.yaml").definition.scope.kind == "own":
            own = EXAMPLES / f"{example}.yaml"
        else:
            further = [EXAMPLES / f"{name}.yaml" for name in reversed(_chain(example))]
    return (
        (folder / DEFINITION, schema.pointing_to(schema.FILE, own.read_text(encoding="utf-8"))),
        [
            (folder / FOLDER / file.name, schema.pointing_to(f"../{schema.FILE}", file.read_text("utf-8")))
            for file in further
        ],
    )


def _chain(example: str) -> list[str]:
    """This is the example and the examples that it extends, as far as they are examples."""
    found = [example]
    while (base := load_written(EXAMPLES / f"{found[-1]}.yaml").model.extends) in examples():
        found.append(str(base))
    return found


def _reviewed(text: str, today: date | None) -> str:
    if today is None:
        return text
    return re.sub(r"\breview: \d{4}-\d\d-\d\d", f"review: {today + REVIEW_AFTER}", text)


def _settings(workspace: str) -> str:
    """The workspace is called like its folder, in quotes, since YAML would take some names for numbers."""
    text = (DEFAULTS / FILE).read_text(encoding="utf-8")
    if not workspace.strip():
        return text
    return text.replace(WORKSPACE, f"workspace: {json.dumps(workspace)}", 1)


def _wrong(file: str, what: str, remedy: str) -> ConfigError:
    return ConfigError([Problem(file, 0, "", what, remedy)])
