"""HubSpot behind the protocol that every CRM has."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from connectors.hubspot import check, provision, pull, push, tasks
from connectors.hubspot.access import App
from connectors.hubspot.client import CALLS_PER_10_S, CRM, LIVE, Portal, Transport, paced, portal_of
from connectors.meanings import Meanings
from connectors.outcome import Outcome
from connectors.port import Patience, Port
from connectors.protocol import FieldWrite, Finding, Known, Stream, TaskWrite, Usage
from connectors.records import Page


class HubSpotConnector:
    """One portal."""

    def __init__(self, portal: Portal, meanings: Meanings) -> None:
        self._portal = portal
        self._sources = pull.sources(meanings)

    @property
    def crm(self) -> str:
        return CRM

    @property
    def usage(self) -> Usage:
        return self._portal.caller.usage

    def streams(self) -> tuple[Stream, ...]:
        return tuple(source.stream for source in self._sources.values())

    def pull(self, stream: str, cursor: str, known: Known) -> Page:
        return pull.page(self._portal, self._sources[stream], cursor, known)

    def push(self, writes: Sequence[FieldWrite]) -> list[Outcome]:
        return push.push(self._portal, writes)

    def push_tasks(self, tasks_: Sequence[TaskWrite]) -> list[Outcome]:
        return tasks.push_tasks(self._portal, tasks_)

    def check(self) -> list[Finding]:
        return check.check(self._portal)

    def provision(self) -> list[Finding]:
        return provision.provision(self._portal)


def connect(
    token: Callable[[], str] | App,
    *,
    port: Port,
    patience: Patience,
    base_url: str = LIVE,
    meanings: Meanings | None = None,
    calls_per_10_s: int = CALLS_PER_10_S,
    day_share: float = 0.8,
) -> HubSpotConnector:
    """This builds the connector of one portal; nothing is called before it is used. `token` reads a key,
    and is asked again after a 401, so that a rotated one needs no restart; or it is an OAuth app.
    `day_share` of the account's daily calls are ours, the rest is left to other apps."""
    transport = Transport(base_url, port, patience)
    pace = paced(port, calls_per_10_s=calls_per_10_s, day_share=day_share)
    return HubSpotConnector(portal_of(transport, token, pace, patience, port), meanings or Meanings())
