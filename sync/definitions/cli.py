"""The commands about definitions: list, check, diff, text, print, schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from config.definitions import Written
    from config.errors import Problem
    from config.settings import Settings
    from sync.definitions.view import Listed

app = typer.Typer(help="Show, check and compare what “qualified” means.", add_completion=False)
Folder = Annotated[
    Path | None,
    typer.Option("--workspace", "-w", help="The workspace's folder; else MQLSYNC_WORKSPACE, else here."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]


@app.callback(invoke_without_command=True)
def definitions(context: typer.Context, workspace: Folder = None, as_json: AsJson = False) -> None:
    """Show, check and compare what “qualified” means. Without a command: list."""
    if context.invoked_subcommand is None:
        _list(workspace, as_json)


@app.command("list")
def list_(workspace: Folder = None, as_json: AsJson = False) -> None:
    """List every definition: state, whom it is about, since when, how many it judges, overdue reviews."""
    _list(workspace, as_json)


def _list(workspace: Path | None, as_json: bool) -> None:
    from sync import clock  # noqa: PLC0415
    from sync.definitions.files import looking  # noqa: PLC0415
    from sync.definitions.view import listed, today_of, volumes  # noqa: PLC0415

    settings = _settings(workspace)
    with looking(settings) as tx:
        found = listed(settings.definitions(), volumes(tx), today_of(clock.now()))
    if as_json:
        typer.echo(json.dumps({"definitions": [one.as_dict() for one in found]}))
        return
    for one in found:
        for line in _lines(one):
            typer.echo(line)


def _lines(one: Listed) -> list[str]:
    when = f", from {one.effective}" if one.effective else ""
    until = f", until {one.retired}" if one.retired else ""
    judges = f"{one.volume.people} people, {one.volume.mqls} MQL" if one.volume else "no store yet"
    if one.volume and one.volume.would_be:
        judges += f" ({one.volume.would_be} more if machine clicks counted)"
    found = [
        f"{one.name} {one.version}  {one.label}",
        f"  {one.state}{when}{until}; {one.scope}; {judges}; {one.fingerprint}; {one.file}",
    ]
    if one.assumed:
        found.append(f"  assumed numbers: {one.assumed}, of which to be reviewed now: {len(one.overdue)}")
    found += [f"  ! review overdue: {path}" for path in one.overdue]
    return found + [f"  ! {flag}" for flag in one.flags]


@app.command()
def check(
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="FILE...", help="The files; all of the workspace if none.")
    ] = None,
    workspace: Folder = None,
) -> None:
    """Look for mistakes in definition files, each with file, line, key and what to do. Changes nothing."""
    from sync import clock  # noqa: PLC0415
    from sync.definitions.files import checked_file  # noqa: PLC0415
    from sync.definitions.view import today_of  # noqa: PLC0415

    today = today_of(clock.now())
    problems: list[Problem] = []
    found: list[Written] = []
    for file in files or []:
        wrong, one = checked_file(file)
        problems += wrong
        found += [one] if one else []
    if not files:
        found += _settings(workspace).definitions()  # what is wrong is raised, and printed at the border
    doubts = [doubt for one in found for doubt in one.warnings(today)]
    for level, told in (("error", problems), ("warning", doubts)):
        for problem in dict.fromkeys(told):
            typer.echo(f"{level}: {problem}")
    for one in found:
        if not problems:
            typer.echo(f"fine: {one.file.name}: {one.definition.name} {one.definition.version}")
    raise typer.Exit(1 if problems else 0)


@app.command()
def diff(
    before: Annotated[str, typer.Argument(metavar="A", help="A file, a name, or NAME@VERSION.")],
    after: Annotated[str, typer.Argument(metavar="B", help="A file, a name, or NAME@VERSION.")],
    workspace: Folder = None,
) -> None:
    """Say in words what changed from A to B. Nothing else is printed if they mean the same."""
    from reports.difference import differences  # noqa: PLC0415
    from sync.definitions.files import found_definition  # noqa: PLC0415

    folder = _folder(workspace)
    one, partners = found_definition(folder, before)
    two, more = found_definition(folder, after)
    names = {partner.slug: partner.name for partner in (*partners, *more)}
    told = differences(one, two, names)
    typer.echo(f"{one.name} {one.version} → {two.name} {two.version}")
    for line in told or ["Nothing differs in meaning."]:
        typer.echo(f"  {line}")


@app.command("text")
def text_(
    name: Annotated[str, typer.Argument(help="A definition's name, or NAME@VERSION, also a former one.")],
    workspace: Folder = None,
) -> None:
    """Print the file of a definition as it stands, or as it stood when that version was in use."""
    from sync.definitions.files import found_text  # noqa: PLC0415

    typer.echo(found_text(_settings(workspace), name), nl=False)


@app.command("print")
def print_(
    name: Annotated[str, typer.Argument(help="A definition's name, or NAME@VERSION.")],
    workspace: Folder = None,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it to this file as a page to print and sign.")
    ] = None,
) -> None:
    """Print the agreement on one definition in plain words, with examples of leads."""
    from reports.agreement_text import lines  # noqa: PLC0415
    from sync import clock  # noqa: PLC0415
    from sync.definitions.view import agreed  # noqa: PLC0415

    told = agreed(_settings(workspace), name, clock.now())
    if html is None:
        for line in lines(told):
            typer.echo(line)
        return
    from dashboard.agreement import agreement_page  # noqa: PLC0415

    html.write_text(agreement_page(told), encoding="utf-8")
    typer.echo(f"wrote {html}")


@app.command()
def schema() -> None:
    """Print the JSON Schema of definition files, for editors."""
    from config.schema import schema_text  # noqa: PLC0415

    typer.echo(schema_text(), nl=False)


def _folder(workspace: Path | None) -> Path:
    from sync.workspace import folder_of  # noqa: PLC0415

    return folder_of(workspace)


def _settings(workspace: Path | None) -> Settings:
    from config.settings import FILE, load_settings  # noqa: PLC0415
    from sync.errors import WorkspaceMissing  # noqa: PLC0415

    folder = _folder(workspace)
    if not (folder / FILE).is_file():
        raise WorkspaceMissing(f"{folder / FILE} does not exist")
    return load_settings(folder)
