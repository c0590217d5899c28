"""The listener of a workspace: where it stands, whom it trusts, and where it writes things down."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.exc import DBAPIError

from sync.errors import NotListening, SyncError
from sync.store.engine import Store
from sync.store.hints import keep_hints
from sync.workspace import Workspace

if TYPE_CHECKING:
    from connectors.hubspot.webhooks import Hint


@contextmanager
def listening(workspace: Workspace, *, must: bool = False) -> Iterator[str]:
    """This listens for webhooks while the block runs, where the settings say so; it gives the address.

    A port that is taken is no failure unless we `must`: another process of ours may listen there.
    Raises `config.errors.ConfigError` without the secret that they are signed with.
    """
    settings = workspace.settings.webhooks
    if settings is None:
        yield ""
        return
    from config.secrets import hubspot_client_secret  # noqa: PLC0415 (start-up time)
    from sync.serve import Listener  # noqa: PLC0415 (start-up time)

    # A store of its own: what is written down here is no part of the work that the lease is about.
    store = Store(workspace.store.engine, workspace.store.url, workspace.store.at)

    def keep(found: list[Hint]) -> bool:
        rows = [(hint.event, hint.kind, hint.record_id, hint.portal) for hint in found]
        try:
            keep_hints(store, "hubspot", rows, workspace.now())
        except (SyncError, DBAPIError) as error:  # HubSpot tells it again, and the streams find it anyway
            structlog.get_logger().warning("webhook_not_kept", why=type(error).__name__)
            return False
        return True

    hubspot_client_secret()
    try:
        listener = Listener(settings, hubspot_client_secret, keep, workspace.now)
    except OSError as error:
        if must:
            raise
        structlog.get_logger().warning("webhooks_not_heard", port=settings.port, why=error.strerror)
        yield ""
        return
    listener.start()
    structlog.get_logger().info("webhooks_listening", port=listener.server_port)
    try:
        yield f"{settings.host}:{listener.server_port}"
    finally:
        listener.stop()


def serve(workspace: Workspace) -> None:
    """This listens until the process is asked to stop.

    Raises `NotListening` where the settings name no address or it is taken.
    """
    if workspace.settings.webhooks is None:
        raise NotListening("mqlsync.yaml says nothing about `webhooks`")
    try:
        with listening(workspace, must=True):
            while True:
                workspace.alarm.sleep(3_600)
    except OSError as error:
        raise NotListening(f"{workspace.settings.webhooks.host}: {error.strerror}") from error
