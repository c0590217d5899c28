"""Who waits for somebody to take her, and who is named in a territory without being able to take anybody."""

from __future__ import annotations

from collections.abc import Iterator

from config.settings import Settings
from connectors.protocol import Finding
from reports.unrouted import Trouble, Unrouted, Waiting
from scoring.handoff.sla import Slas
from sync.handoff.owners import Owners, owners_of
from sync.store import assignments
from sync.store.people import rows_in
from sync.workspace import Workspace

REMEDY = "write the id of somebody who works there; `mqlsync unrouted` lists who waits"


def unrouted_of(workspace: Workspace) -> Unrouted:
    """This looks at the store only."""
    settings = workspace.settings
    with workspace.store.reading() as tx:
        lost = assignments.unrouted(tx)
        people = sorted({one.person for one in lost})
        records: dict[int, list[str]] = {}
        for row in rows_in(
            tx,
            "SELECT i.person, r.key FROM identity i JOIN record r ON r.key = i.key "
            "WHERE i.person IN :values AND NOT r.deleted ORDER BY r.key",
            people,
        ):
            records.setdefault(row.person, []).append(row.key)
        spells = rows_in(
            tx, "SELECT id, qualified_at FROM episode WHERE id IN :values", [one.episode for one in lost]
        )
        began = {row.id: row.qualified_at for row in spells}
        waiting = [
            Waiting(
                *(one.person, records.get(one.person, []), began[one.episode], one.since),
                territory=one.territory,
                cause=one.cause,
            )
            for one in lost
        ]
        return Unrouted(waiting, list(troubles(owners_of(tx), settings, settings.slas(), workspace.now())))


def territories_checked(workspace: Workspace) -> list[Finding]:
    """These are findings for `check`. Before owners were read, nothing is known of any."""
    settings = workspace.settings
    with workspace.store.reading() as tx:
        owners = owners_of(tx)
    if not settings.territories or not owners.by_key:
        return []
    found = [
        Finding(
            one.territory,
            "error" if one.what == "unknown" else "warning",
            f"{one.owner} is {one.what}",
            REMEDY,
        )
        for one in troubles(owners, settings, None, 0)
    ]
    return found or [Finding("territories", "ok", f"{len(settings.territories)} with owners who work")]


def troubles(owners: Owners, settings: Settings, slas: Slas | None, now: int) -> Iterator[Trouble]:
    """This is what keeps owners named in territories from being given leads, now or for good."""
    away = owners.away(slas, now)
    for territory in settings.territories:
        for name in territory.owners:
            what = owners.trouble(name, settings.home_crm)
            if what:
                yield Trouble(territory.name, name, what)
            elif owners.named(name) in away:
                yield Trouble(territory.name, name, "on leave")
