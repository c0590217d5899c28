"""One workspace, opened: its settings, its store, its CRMs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from config import secrets
from config.settings import FILE, Settings, load_settings
from connectors.meanings import meanings_of
from connectors.port import Patience, Port
from connectors.protocol import Connector
from connectors.registry import FACTORIES
from sync import clock
from sync.collector import collect_seldom
from sync.definitions.versions import Kept, Written, brought_up
from sync.errors import WorkspaceMissing
from sync.store.definition_json import host_lists
from sync.store.definitions import load_definitions
from sync.store.engine import Store, open_engine, quick_check
from sync.store.looking import LOOK_S, looked_at
from sync.store.upgrade import upgrade


@dataclass(slots=True)
class Workspace:
    """Everything a step needs. `now` is a function, so that tests can hold the time still."""

    settings: Settings
    store: Store
    connectors: Mapping[str, Connector]
    now: Callable[[], int]
    alarm: clock.Alarm = field(default_factory=clock.Alarm)


@contextmanager
def opened(
    folder: Path,
    *,
    now: Callable[[], int] = clock.now,
    at: Callable[[str], None] = lambda _: None,
    patience: Patience | None = None,
    sleep: Callable[[float], None] | None = None,
) -> Iterator[Workspace]:
    """This opens the workspace in `folder`, brings its database up to date, and closes it at the end.

    `sleep` takes the place of a pause that ends early when the process should stop.
    Raises `WorkspaceMissing`, `config.errors.ConfigError`, `StoreDamaged` or `StoreTooNew`.
    """
    settings = _settings(folder)
    collect_seldom()
    alarm = clock.Alarm()
    port = Port(now=now, monotonic=clock.monotonic, sleep=sleep or alarm.sleep, at=at)
    engine = open_engine(settings.database_url)
    try:
        quick_check(engine, settings.database_url)
        upgrade(engine)
        store = Store(engine, settings.database_url, at)
        connectors = _connectors(settings, port, patience or Patience())
        yield Workspace(settings, store, connectors, now, alarm)
    finally:
        engine.dispose()


@contextmanager
def observed(
    folder: Path, *, now: Callable[[], int] = clock.now, look_s: float = LOOK_S, with_crms: bool = True
) -> Iterator[Workspace]:
    """This opens the workspace only to look at it: no secret is needed, no CRM called, nothing written.

    Whoever asks nothing of the connectors leaves them out and starts sooner (`with_crms`). Raises
    `WorkspaceMissing`, `config.errors.ConfigError`, or what `sync.store.looking` raises.
    """
    settings = _settings(folder)
    alarm = clock.Alarm()
    port = Port(now=now, monotonic=clock.monotonic, sleep=alarm.sleep, at=lambda _: None)
    with looked_at(settings.database_url, look_s) as store:
        connectors = _connectors(settings, port, Patience(), client_id=str) if with_crms else {}
        yield Workspace(settings, store, connectors, now, alarm)


def _settings(folder: Path) -> Settings:
    if not (folder / FILE).is_file():
        raise WorkspaceMissing(f"{folder / FILE} does not exist")
    return load_settings(folder)


def _connectors(
    settings: Settings,
    port: Port,
    patience: Patience,
    client_id: Callable[[], str] = secrets.salesforce_client_id,
) -> dict[str, Connector]:
    accounts: dict[str, Mapping[str, Any]] = {}
    if settings.hubspot_url:
        accounts["hubspot"] = {
            "base_url": settings.hubspot_url,
            "day_share": settings.hubspot.daily_share,
            "moves": {
                "lifecycle_stage": settings.hubspot.lifecycle_stage,
                "lead_status": settings.hubspot.lead_status,
            },
            "meanings": meanings_of(
                forms=settings.hubspot.forms,
                lists=settings.hubspot.lists,
                utm_properties=settings.hubspot.utm_properties,
                attributes=settings.fields_of("hubspot"),
                statuses=settings.statuses.get("hubspot", ()),
            ),
            **_hubspot_access(),
        }
    if settings.salesforce_login_url:
        accounts["salesforce"] = {
            "login_url": settings.salesforce_login_url,
            "client_id": client_id(),
            **_salesforce_proof(settings.salesforce.username),
            "options": {
                "day_share": settings.salesforce.daily_share,
                "own_share": settings.salesforce.own_share,
                "bulk_from": settings.salesforce.bulk_from,
                "default_owner": settings.salesforce.default_owner or "",
                "lead_status": settings.salesforce.lead_status or "",
                "attributes": settings.fields_of("salesforce"),
                "statuses": settings.statuses.get("salesforce", ()),
            },
        }
    return {name: FACTORIES[name](account, port, patience) for name, account in accounts.items()}


def _salesforce_proof(username: str | None) -> Mapping[str, Any]:
    if not username:
        return {"client_secret": secrets.salesforce_secret}
    return {"signer": {"username": username, "private_key": secrets.salesforce_private_key}}


def _hubspot_access() -> Mapping[str, Any]:
    if not secrets.is_hubspot_app():
        return {"token": secrets.hubspot_token}
    return {
        "app": {
            "client_id": secrets.hubspot_client_id,
            "client_secret": secrets.hubspot_client_secret,
            "refresh_token": secrets.hubspot_refresh_token,
            "keep": _keep_refresh_token,
        }
    }


def _keep_refresh_token(token: str) -> None:
    """HubSpot's refresh tokens stay as they are; should one be replaced, it must outlive this process."""
    if not secrets.keep_hubspot_refresh_token(token):
        import structlog  # noqa: PLC0415 (start-up time)

        remedy = "Authorise the app again, and put its refresh token into a file that we may write."
        structlog.get_logger().warning("refresh_token_not_kept", crm="hubspot", remedy=remedy)


def definitions_of(workspace: Workspace) -> tuple[Kept, ...]:
    """This is every version of every definition: those kept so far, brought up to what the files say now.

    It keeps nothing itself. Raises `config.errors.ConfigError`.
    """
    found = workspace.settings.definitions()
    written = [Written(one.definition, str(one.file), one.version_line, one.text) for one in found]
    lists = {each.name: each.listed for one in found for each in host_lists(one.definition)}
    with workspace.store.reading() as tx:
        kept = load_definitions(tx, lists)
    return brought_up(kept, written, workspace.now())


def folder_of(given: Path | None) -> Path:
    """This is the workspace's folder: the one that is named, else MQLSYNC_WORKSPACE, else here."""
    return given or Path(os.environ.get("MQLSYNC_WORKSPACE", "."))
