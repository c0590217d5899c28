"""The commands that look at the CRMs before anything is read, and give them our fields."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sync import wording

if TYPE_CHECKING:
    from connectors.protocol import Connector, Finding
    from sync.workspace import Workspace

Crm = Annotated[
    str, typer.Argument(metavar="[CRM]", help="hubspot or salesforce; else all that are connected.")
]
Folder = Annotated[
    Path | None,
    typer.Option("--workspace", "-w", help="The workspace's folder; else MQLSYNC_WORKSPACE, else here."),
]


def check(crm: Crm = "", workspace: Folder = None) -> None:
    """Look at credentials, scopes, fields and limits of every connected CRM. Changes nothing."""
    from sync.handoff.unrouted import territories_checked  # noqa: PLC0415
    from sync.provisioning import checked  # noqa: PLC0415
    from sync.workspace import folder_of, opened  # noqa: PLC0415

    with opened(folder_of(workspace)) as work:
        work.settings.definition()
        work.settings.context()
        errors = sum(_print(one.crm, checked(one)) for one in _chosen(work, crm))
        errors += _print("routing", territories_checked(work))
    raise typer.Exit(1 if errors else 0)


def provision(
    crm: Crm = "",
    sfdx: Annotated[
        Path | None,
        typer.Option(help="Call nobody; write what a Salesforce administrator can deploy into this folder."),
    ] = None,
    workspace: Folder = None,
) -> None:
    """Create the fields that mqlsync writes, where they are missing. Never deletes."""
    from sync.provisioning import provisioned, written  # noqa: PLC0415
    from sync.workspace import folder_of, opened  # noqa: PLC0415

    if sfdx is not None:
        if crm not in ("", "salesforce"):
            raise typer.BadParameter("only Salesforce can be deployed from files", param_hint="--sfdx")
        for line in written("salesforce", sfdx):
            typer.echo(line)
        return
    with opened(folder_of(workspace)) as work:
        errors = sum(_print(one.crm, provisioned(one)) for one in _chosen(work, crm))
    raise typer.Exit(1 if errors else 0)


def _chosen(work: Workspace, crm: str) -> Iterator[Connector]:
    if crm and crm not in work.connectors:
        raise typer.BadParameter(f"{crm} is not connected here", param_hint="CRM")
    yield from (one for name, one in work.connectors.items() if crm in ("", name))


def _print(crm: str, findings: list[Finding]) -> int:
    for line in wording.of_findings(crm, findings):
        typer.echo(line)
    return sum(finding.state == "error" for finding in findings)
