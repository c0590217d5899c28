"""The command that forgets a person, for the day on which she asks for it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sync.store.engine import Store


def erase(
    person: Annotated[
        str, typer.Argument(metavar="PERSON", help="An e-mail address, a CRM id, or a person's number.")
    ],
    workspace: Annotated[
        Path | None,
        typer.Option("--workspace", "-w", help="The workspace's folder; else MQLSYNC_WORKSPACE, else here."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
) -> None:
    """Forget everything about a person, for good, and never read her again. No CRM is changed."""
    from sync.store.erase import erase as forget  # noqa: PLC0415
    from sync.store.lease import acquire, owner_name, release  # noqa: PLC0415
    from sync.workspace import folder_of, opened  # noqa: PLC0415

    with opened(folder_of(workspace)) as work:
        keys = _keys_of(work.store, person)
        if not yes:
            typer.confirm(
                "Erase everything that is stored about this person? There is no way back.", abort=True
            )
        acquire(work.store, work.now(), owner=owner_name())
        try:
            erased = forget(work.store, keys, work.now())
        finally:
            release(work.store)
    for name, count in sorted(erased.rows.items()):
        typer.echo(f"{count:8} {name}")
    typer.echo("She is forgotten." if erased.people else "Nobody was known by that address; it will stay so.")
    typer.echo(
        "Delete her in the CRMs too. Copies made by `mqlsync backup` forget her when they are restored."
    )


def _keys_of(store: Store, who: str) -> frozenset[str]:
    """An address may be erased before anybody with it was read. Raises `NoSuchPerson`."""
    from sqlalchemy import text  # noqa: PLC0415

    from connectors.records import email_key  # noqa: PLC0415
    from sync.errors import NoSuchPerson  # noqa: PLC0415
    from sync.explaining.explain import find_person  # noqa: PLC0415

    with store.reading() as tx:
        try:
            number = find_person(tx, who.strip())
        except NoSuchPerson:
            address = email_key(who.strip().removeprefix("email:"))
            if not address:
                raise
            return frozenset({address})
        found = tx.execute(text("SELECT key FROM identity WHERE person = :person"), {"person": number})
        return frozenset(str(key) for key in found.scalars())
