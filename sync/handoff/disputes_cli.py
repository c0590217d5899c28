"""The command that lists what sales disputes, and what of its word could not be taken as it stands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer


def disputes(
    workspace: Annotated[
        Path | None,
        typer.Option("--workspace", "-w", help="The workspace's folder; else MQLSYNC_WORKSPACE, else here."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")] = False,
) -> None:
    """List what sales disputes, reasons that are in no list, and what programs said in the name of sales."""
    from sync.handoff.feedback import disputes as look  # noqa: PLC0415
    from sync.workspace import folder_of, observed  # noqa: PLC0415

    with observed(folder_of(workspace), with_crms=False) as here:
        found = look(here.store)
    if as_json:
        typer.echo(json.dumps(found.as_dict()))
        return
    for line in found.lines():
        typer.echo(line)
