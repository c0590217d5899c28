"""Reading the CRMs: page by page, each committed with its bookmark, until nothing more waits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from connectors.errors import ConnectorError
from connectors.protocol import Connector, Stream
from sync.hinted import read_hinted
from sync.one_page import read_page
from sync.resting import check_awake, rest
from sync.store.holdings import StoreHoldings
from sync.store.lease import renew_in_time
from sync.store.pages import Saved, bookmark
from sync.turns import due
from sync.workspace import Workspace

PAGES_MAX = 1_000_000


@dataclass(frozen=True, slots=True)
class Progress:
    """One page was kept."""

    connection: str
    stream: str
    rows: int
    expected: int


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a pull brought, and what stopped it, if anything did."""

    saved: Saved
    is_complete: bool
    troubles: tuple[str, ...] = ()


def pull(
    workspace: Workspace,
    *,
    pages_max: int = PAGES_MAX,
    everything: bool = False,
    tell: Callable[[Progress], None] = lambda _: None,
) -> Pulled:
    """This reads every stream that is due, at most `pages_max` pages each. A CRM that fails does not
    stop the other; what was read before stays, and the next pull goes on behind it."""
    total, complete, troubles = Saved(), True, []
    for connector in workspace.connectors.values():
        try:
            check_awake(workspace.store, connector.crm, workspace.now())
            total += read_hinted(workspace, connector)
            for stream, cursor in _due(workspace, connector, everything):
                saved, done = _stream(workspace, connector, stream, cursor, pages_max, tell)
                total, complete = total + saved, complete and done
        except ConnectorError as error:
            rest(workspace.store, connector.crm, error.until, workspace.now())
            troubles.append(str(error))  # it names the CRM
            complete = False
    return Pulled(total, complete, tuple(troubles))


def _due(workspace: Workspace, connector: Connector, everything: bool) -> list[tuple[Stream, str]]:
    """These streams are read now, each from its bookmark on."""
    marks = {each: bookmark(workspace.store, connector.crm, each.name) for each in connector.streams()}
    now = workspace.now()
    waited = {each: now - at if at and not everything else None for each, (_, at) in marks.items()}
    return [(stream, marks[stream][0]) for stream in due(waited)]


def _stream(
    workspace: Workspace,
    connector: Connector,
    stream: Stream,
    cursor: str,
    pages_max: int,
    tell: Callable[[Progress], None],
) -> tuple[Saved, bool]:
    store, total = workspace.store, Saved()
    held = StoreHoldings(store, connector.crm)
    rows = 0
    for _ in range(pages_max):
        workspace.alarm.check()
        kept = read_page(workspace.now, store, connector, stream.name, cursor, held)
        renew_in_time(store, workspace.now())
        total, cursor, rows = total + kept.saved, kept.cursor, rows + kept.saved.records + kept.saved.touches
        tell(Progress(connector.crm, stream.name, rows, kept.expected))
        if kept.caught_up:
            return total, True
    return total, False
