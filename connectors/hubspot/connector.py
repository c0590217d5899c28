"""HubSpot behind the protocol that every CRM has."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from connectors.hubspot import check, provision, pull, push, task_changes, tasks
from connectors.hubspot.access import App
from connectors.hubspot.client import CRM, LIVE, Portal, Transport, paced, portal_of
from connectors.hubspot.moves import Moves, with_set_back
from connectors.meanings import Meanings
from connectors.outcome import Outcome
from connectors.port import Patience, Port
from connectors.protocol import FieldWrite, Finding, Known, Stream, TaskChange, TaskWrite, Usage
from connectors.records import Page

LOOKED_AT = {"contact": "contacts", "company": "companies", "deal": "deals"}


class HubSpotConnector:
    """One portal."""

    def __init__(self, portal: Portal, meanings: Meanings, moves: Moves) -> None:
        self._portal, self._moves = portal, moves
        self._sources = pull.sources(meanings)
        self._further = dict(meanings.attributes)

    @property
    def crm(self) -> str:
        return CRM

    @property
    def usage(self) -> Usage:
        return self._portal.caller.usage

    def streams(self) -> tuple[Stream, ...]:
        return tuple(source.stream for source in self._sources.values())

    def pull(self, stream: str, cursor: str, known: Known) -> Page:
        page = pull.page(self._portal, self._sources[stream], cursor, known)
        return with_set_back(self._portal, self._moves, known, page)

    def look(self, kind: str, ids: Sequence[str], account: str, known: Known) -> tuple[str, Page]:
        stream = LOOKED_AT[kind]
        page = pull.look(self._portal, self._sources[stream], ids, account, known)
        return stream, with_set_back(self._portal, self._moves, known, page)

    def push(self, writes: Sequence[FieldWrite]) -> list[Outcome]:
        return push.push(self._portal, writes, self._moves)

    def push_tasks(self, tasks_: Sequence[TaskWrite]) -> list[Outcome]:
        return tasks.push_tasks(self._portal, tasks_)

    def change_tasks(self, changes: Sequence[TaskChange]) -> list[Outcome]:
        return task_changes.change_tasks(self._portal, changes)

    def check(self) -> list[Finding]:
        return check.check(self._portal, self._further)

    def provision(self) -> list[Finding]:
        return provision.provision(self._portal)


def connect(
    token: Callable[[], str] | App,
    *,
    port: Port,
    patience: Patience,
    base_url: str = LIVE,
    meanings: Meanings | None = None,
    moves: Moves | None = None,
    **pacing: float,
) -> HubSpotConnector:
    """This builds the connector of one portal; nothing is called before it is used. `token` reads a key,
    and is asked again after a 401, so that a rotated one needs no restart; or it is an OAuth app.
    `pacing` is what `paced` takes."""
    pace = paced(port, **pacing)
    portal = portal_of(Transport(base_url, port, patience), token, pace, patience, port)
    return HubSpotConnector(portal, meanings or Meanings(), moves or Moves())
