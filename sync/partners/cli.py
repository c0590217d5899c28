"""The commands about partners: list, import, audit, export. They parse, call one step, and print."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from config.settings import Settings
    from sync.partners.importing import Report

app = typer.Typer(
    help="Who markets with you: their files, their claims, their reports.", add_completion=False
)
Folder = Annotated[
    Path | None,
    typer.Option("--workspace", "-w", help="The workspace's folder; else MQLSYNC_WORKSPACE, else here."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="The partner's key or name in partners.yaml.")]


@app.callback(invoke_without_command=True)
def partners(context: typer.Context, workspace: Folder = None, as_json: AsJson = False) -> None:
    """Who markets with you: their files, their claims, their reports. Without a command: list."""
    if context.invoked_subcommand is None:
        _list(workspace, as_json)


@app.command("list")
def list_(workspace: Folder = None, as_json: AsJson = False) -> None:
    """List every partner: tier, definition and its state, whom it holds, what it lost, what it listed."""
    _list(workspace, as_json)


def _list(workspace: Path | None, as_json: bool) -> None:
    from sync.definitions.files import looking  # noqa: PLC0415
    from sync.partners.listing import listed  # noqa: PLC0415

    settings = _settings(workspace)
    with looking(settings) as tx:
        found = listed(settings, tx)
    if as_json:
        typer.echo(json.dumps({"partners": [one.as_dict() for one in found]}))
        return
    for one in found:
        for line in one.lines():
            typer.echo(line)
    if not found:
        typer.echo("No partners: describe them in partners.yaml.")


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The partner's list, as CSV.")],
    partner: Annotated[str, typer.Option("--partner", help="The partner's key or name in partners.yaml.")],
    columns: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="NAME=COLUMN", help="Which column has email, key, date or status."),
    ] = None,
    dates: Annotated[
        str, typer.Option("--dates", metavar="ORDER", help="How days with slashes are meant: dmy or mdy.")
    ] = "",
    kind: Annotated[
        str,
        typer.Option(
            "--kind", metavar="KIND", help="What a row is evidence of: list_import or deal_registration."
        ),
    ] = "list_import",
    workspace: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Take over a partner's own list of leads. Run it again with a newer file: nothing is doubled."""
    from sync.partners.importing import import_file  # noqa: PLC0415
    from sync.workspace import folder_of, opened  # noqa: PLC0415

    if kind not in ("list_import", "deal_registration"):
        raise typer.BadParameter(
            f"{kind!r} is no kind of evidence that a file can be: write list_import or deal_registration"
        )
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise typer.BadParameter(f"{file} cannot be read: {error.strerror}") from None
    with opened(folder_of(workspace)) as work:
        layout = _pairs(columns or []), _order(dates)
        found = import_file(work, raw, file.name, partner, kind, layout)
    _tell_import(found, as_json)
    raise typer.Exit(1 if found.refused else 0)


def _tell_import(found: Report, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(found.as_dict()))
        return
    for line in found.lines():
        typer.echo(line)


def _pairs(columns: list[str]) -> dict[str, str]:
    from config.partners_model import COLUMNS  # noqa: PLC0415

    pairs = {}
    for one in columns:
        name, mark, column = one.partition("=")
        if not mark or name.strip() not in COLUMNS or not column.strip():
            raise typer.BadParameter(
                f"{one!r} names no column: write {', '.join(COLUMNS)} and =COLUMN behind it"
            )
        pairs[name.strip()] = column.strip()
    return pairs


def _order(dates: str) -> Literal["", "dmy", "mdy"]:
    match dates:
        case "" | "dmy" | "mdy":
            return dates
        case _:
            raise typer.BadParameter(f"{dates!r} is no order of days: write dmy or mdy")


@app.command()
def audit(
    name: Name,
    aligned_on: Annotated[
        str,
        typer.Option(
            metavar="DATE", help="The day from which both used one definition; else when it was agreed."
        ),
    ] = "",
    everything: Annotated[bool, typer.Option("--all", help="List every lead, not only the newest.")] = False,
    csv: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write every lead to this file as CSV.")
    ] = None,
    workspace: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Compare a partner's list with our MQLs: both, only ours, only theirs, why, and what became of them."""
    from reports.partner_audit import lines, table  # noqa: PLC0415
    from sync.clock import parse  # noqa: PLC0415
    from sync.partners.accounts import account_of  # noqa: PLC0415
    from sync.partners.auditing import audit_of  # noqa: PLC0415
    from sync.workspace import folder_of, observed  # noqa: PLC0415

    try:
        at = parse(aligned_on.strip()) if aligned_on else 0
    except (ValueError, OverflowError):
        raise typer.BadParameter(f"{aligned_on!r} is no date; write it like 2026-11-03") from None
    with observed(folder_of(workspace), look_s=0, with_crms=False) as work:
        found = audit_of(work.settings, work.store, account_of(work.settings, name), at)
    if csv is not None:
        _write(csv, table(found))
    if as_json:
        typer.echo(json.dumps(found.as_dict()))
        return
    for line in lines(found, everything=everything):
        typer.echo(line)


@app.command()
def export(
    name: Name,
    to: Annotated[Path, typer.Option("--to", metavar="FOLDER", help="Where to write the files.")],
    workspace: Folder = None,
) -> None:
    """Write what this partner may see, and only that: its leads and results, as CSV and as a page."""
    from sync.partners.accounts import account_of  # noqa: PLC0415
    from sync.partners.exporting import export_to  # noqa: PLC0415
    from sync.workspace import folder_of, observed  # noqa: PLC0415

    with observed(folder_of(workspace), look_s=0, with_crms=False) as work:
        account = account_of(work.settings, name)
        for path in export_to(work.settings, work.store, account, to, work.now()):
            typer.echo(f"wrote {path}")


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8-sig", newline="")
    except OSError as error:
        raise typer.BadParameter(f"{path} cannot be written: {error.strerror}") from None


def _settings(workspace: Path | None) -> Settings:
    from config.settings import FILE, load_settings  # noqa: PLC0415
    from sync.errors import WorkspaceMissing  # noqa: PLC0415
    from sync.workspace import folder_of  # noqa: PLC0415

    folder = folder_of(workspace)
    if not (folder / FILE).is_file():
        raise WorkspaceMissing(f"{folder / FILE} does not exist")
    return load_settings(folder)
