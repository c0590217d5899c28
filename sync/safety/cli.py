"""The commands that look after what was written: errors, undo, drift, reconcile, holdout, fields."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

Folder = Annotated[
    Path | None,
    typer.Option("--workspace", "-w", help="The workspace's folder; else MQLSYNC_WORKSPACE, else here."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]

errors_app = typer.Typer(help="Show what was refused or could not be read, and try it again.")


def _say(lines: Iterable[str], value: dict[str, Any], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(value, default=str))
        return
    for line in lines:
        typer.echo(line)


@errors_app.callback(invoke_without_command=True)
def errors(context: typer.Context, workspace: Folder = None, as_json: AsJson = False) -> None:
    """Show what was refused or could not be read, with its cause. Without a command: list."""
    if context.invoked_subcommand is None:
        _list(workspace, as_json)


@errors_app.command("list")
def list_(workspace: Folder = None, as_json: AsJson = False) -> None:
    """List what a CRM refused and what could not be read, each with its number, its cause and the fix."""
    _list(workspace, as_json)


def _list(workspace: Path | None, as_json: bool) -> None:
    from sync.safety.inbox import inbox  # noqa: PLC0415
    from sync.workspace import folder_of, observed  # noqa: PLC0415

    with observed(folder_of(workspace), with_crms=False) as opened:
        found = inbox(opened.store)
    _say(found.lines(), found.as_dict(), as_json)


@errors_app.command()
def retry(
    numbers: Annotated[
        list[int] | None, typer.Argument(metavar="NUMBER...", help="Numbers that `mqlsync errors` shows.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Everything that was refused.")] = False,
    workspace: Folder = None,
) -> None:
    """Let refused changes be tried with the next cycle, once their cause is mended."""
    from sync.safety.inbox import retry as again  # noqa: PLC0415
    from sync.workspace import folder_of, opened  # noqa: PLC0415

    if bool(numbers) == everything:
        raise typer.BadParameter("name the numbers that `mqlsync errors` shows, or write --all")
    with opened(folder_of(workspace)) as here:
        count = again(here, numbers or ())
    typer.echo(f"{count} of them will be tried with the next cycle (`mqlsync run` begins one now)")


def undo(
    number: Annotated[
        int | None, typer.Argument(metavar="RUN", help="The run's number; without one, runs are listed.")
    ] = None,
    workspace: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Set what a run wrote to what stood there before, where nobody has changed it since."""
    from sync.safety.undo import undo as take_back  # noqa: PLC0415
    from sync.safety.undo import wrote  # noqa: PLC0415
    from sync.workspace import folder_of, observed, opened  # noqa: PLC0415

    if number is None:
        with observed(folder_of(workspace), with_crms=False) as looked:
            runs = wrote(looked.store)
        lines = [
            f"{one.run}  {one.started_at}  {one.command}: {one.records} records, {one.tasks} tasks"
            for one in runs
        ]
        _say(lines or ["No run wrote anything yet."], {"runs": [asdict(one) for one in runs]}, as_json)
        return
    with opened(folder_of(workspace)) as here:
        found = take_back(here, number)
    _say(found.lines(), found.as_dict(), as_json)
    for trouble in found.applied.stopped:
        typer.echo(trouble, err=True)
    raise typer.Exit(1 if found.applied.stopped else 0)


def drift(
    days: Annotated[int, typer.Option(min=1, max=3_650, help="How far to look back.")] = 30,
    workspace: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Show where others changed fields of ours; the next cycle sets them right."""
    from sync.safety.drift import drift as look  # noqa: PLC0415
    from sync.workspace import folder_of, observed  # noqa: PLC0415

    with observed(folder_of(workspace), with_crms=False) as here:
        found = look(here.store, here.now(), days)
    _say(found.lines(), found.as_dict(), as_json)


def reconcile(
    workspace: Folder = None,
    most: Annotated[int, typer.Option("--most", min=1, help="How many differences to print.")] = 100,
    as_json: AsJson = False,
) -> None:
    """Compare what the two CRMs show of the same people, with the cause of each difference."""
    from sync.safety.reconcile import reconcile as compare  # noqa: PLC0415
    from sync.workspace import folder_of, observed  # noqa: PLC0415

    with observed(folder_of(workspace), with_crms=False) as here:
        found = compare(here.store, most)
    _say(found.lines(), found.as_dict(), as_json)


def holdout(workspace: Folder = None, as_json: AsJson = False) -> None:
    """Compare those who are scored but not written with everybody else."""
    from sync.safety.holdout import holdout as compare  # noqa: PLC0415
    from sync.workspace import folder_of, observed  # noqa: PLC0415

    with observed(folder_of(workspace), with_crms=False) as here:
        found = compare(here.store, here.settings.holdout_percent)
    _say(found.lines(), found.as_dict(), as_json)


def fields(as_json: AsJson = False) -> None:
    """List every field that mqlsync touches: whose it is, who may change it, what happens if others do."""
    from sync.safety.ownership import ownership  # noqa: PLC0415

    found = ownership()
    _say(found.lines(), found.as_dict(), as_json)
