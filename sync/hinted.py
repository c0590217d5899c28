"""Reading at once what a CRM said has changed, before its streams are read as always.

A hint only says whom to look at: the record is read from the CRM's database, and whatever a hint did
not say is found by the streams.
"""

from __future__ import annotations

from dataclasses import replace

from connectors.protocol import Connector, Hinted
from sync.store.hints import settle_hints, waiting_hints
from sync.store.holdings import StoreHoldings
from sync.store.pages import Saved, bookmark, save_page
from sync.workspace import Workspace

BATCHES_MAX = 50  # of one cycle; the rest waits for the next, and the streams find it anyway


def read_hinted(workspace: Workspace, connector: Connector) -> Saved:
    """This reads the records that wait. Raises `ConnectorError`; nothing is forgotten then."""
    total = Saved()
    if not isinstance(connector, Hinted):
        return total
    for _ in range(BATCHES_MAX):
        workspace.alarm.check()
        waiting = waiting_hints(workspace.store, connector.crm)
        if waiting is None:
            break
        known = StoreHoldings(workspace.store, connector.crm)
        stream, page = connector.look(waiting.kind, waiting.ids, waiting.portal, known)
        held, _ = bookmark(workspace.store, connector.crm, stream)
        whole = replace(page, cursor=held, caught_up=False)  # the stream's own bookmark stays
        total += save_page(workspace.store, connector.crm, stream, whole, workspace.now())
        settle_hints(workspace.store, connector.crm, waiting, workspace.now())
    return total
