"""One page of a stream: read, kept with its bookmark, and gone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from connectors.protocol import Connector, Known
from sync.store.engine import Store
from sync.store.pages import Saved, save_page


@dataclass(frozen=True, slots=True)
class PageRead:
    """What became of one page, and where the next one begins."""

    saved: Saved
    cursor: str
    expected: int
    caught_up: bool


def read_page(
    now: Callable[[], int], store: Store, connector: Connector, stream: str, cursor: str, known: Known
) -> PageRead:
    """This reads one page and keeps it. The page itself is gone then: no two are held at once."""
    page = connector.pull(stream, cursor, known)
    saved = save_page(store, connector.crm, stream, page, now())
    return PageRead(saved, page.cursor, page.expected, page.caught_up)
