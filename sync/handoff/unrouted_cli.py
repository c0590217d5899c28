"""The command about leads that nobody can take."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

Folder = Annotated[
    Path | None,
    typer.Option("--workspace", "-w", help="The workspace's folder; else MQLSYNC_WORKSPACE, else here."),
]


def unrouted(
    workspace: Folder = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")] = False,
) -> None:
    """List MQLs whom nobody can take, each with the cause, and owners in territories who cannot take any."""
    from sync.handoff.unrouted import unrouted_of  # noqa: PLC0415
    from sync.workspace import folder_of, observed  # noqa: PLC0415

    with observed(folder_of(workspace), with_crms=False) as opened:
        found = unrouted_of(opened)
    if as_json:
        typer.echo(json.dumps(found.as_dict()))
        return
    for line in found.lines():
        typer.echo(line)
