"""The command about promises: which clocks run, which are broken, how many promises were kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

Folder = Annotated[
    Path | None,
    typer.Option("--workspace", "-w", help="The workspace's folder; else MQLSYNC_WORKSPACE, else here."),
]


def sla(
    workspace: Folder = None,
    days: Annotated[
        int, typer.Option(min=1, max=36_500, help="Count clocks that started within so many days.")
    ] = 90,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Also write every clock to this file.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Also write the page that shows it.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")] = False,
) -> None:
    """Show which follow-ups run (soonest due first), which are broken, and how many promises were kept."""
    from reports.sla_text import sla_csv, sla_lines  # noqa: PLC0415
    from sync.handoff.sla_view import sla_of  # noqa: PLC0415
    from sync.workspace import folder_of, observed  # noqa: PLC0415

    with observed(folder_of(workspace), with_crms=False) as opened:
        report = sla_of(opened, days)
        has_promises = opened.settings.slas() is not None
    if csv is not None:
        _write(csv, sla_csv(report))
    if html is not None:
        from dashboard.sla_page import sla_page  # noqa: PLC0415

        _write(html, sla_page(report))
    if not has_promises:
        typer.echo("mqlsync.yaml promises nothing, so no clock runs; `sla` there starts them", err=True)
    if as_json:
        typer.echo(json.dumps(report.as_dict()))
        return
    for line in sla_lines(report):
        typer.echo(line)


def _write(file: Path, content: str) -> None:
    try:
        file.write_text(content, encoding="utf-8", newline="")
    except OSError as error:
        raise typer.BadParameter(f"{file} cannot be written: {error.strerror}") from None
