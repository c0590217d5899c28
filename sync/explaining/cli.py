"""The command `explain`. It parses, looks, and prints; heavy parts are imported when it runs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Annotated

import typer

FORMS = "2026-11-03 (its first moment, UTC), 2026-11-03T09:15 (UTC) or 2026-11-03T10:15:00+01:00"
WIDTH_PIPED = 100  # where nobody says how wide the terminal is


def explain(
    person: Annotated[
        str, typer.Argument(metavar="PERSON", help="An e-mail address, a CRM id, or a person's number.")
    ],
    workspace: Annotated[
        Path | None,
        typer.Option("--workspace", "-w", help="The workspace's folder; else MQLSYNC_WORKSPACE, else here."),
    ] = None,
    as_of: Annotated[
        str,
        typer.Option(metavar="DATE", help="A date or instant (ISO): what held then, what was known then?"),
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")] = False,
) -> None:
    """Show why a person has her score: every contribution, its touch, and when it fades."""
    from sync.clock import parse  # noqa: PLC0415
    from sync.explaining.explain import explain as look  # noqa: PLC0415
    from sync.workspace import folder_of, observed  # noqa: PLC0415

    try:
        at = parse(as_of.strip()) if as_of else None
    except (ValueError, OverflowError):
        raise typer.BadParameter(f"{as_of!r} is no date; write {FORMS}") from None
    with observed(folder_of(workspace), look_s=0, with_crms=False) as opened:
        found = look(opened, person, at)
    if as_json:
        from sync.explaining.as_json import as_dict  # noqa: PLC0415

        typer.echo(json.dumps(as_dict(found), ensure_ascii=False))
        return
    from sync.explaining.as_text import lines  # noqa: PLC0415

    width = shutil.get_terminal_size((WIDTH_PIPED, 0)).columns
    for line in lines(found, width):
        typer.echo(line)
