"""Salesforce behind the protocol that every CRM has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from connectors.outcome import Outcome
from connectors.port import Patience, Port
from connectors.protocol import FieldWrite, Finding, Known, Stream, TaskChange, TaskWrite, Usage
from connectors.records import Page
from connectors.salesforce import (
    bulk,
    check,
    deletions,
    moves,
    provision,
    pull,
    push,
    task_changes,
    tasks,
    window,
)
from connectors.salesforce.bundle import Bundle
from connectors.salesforce.client import CRM, Credentials, connected
from connectors.salesforce.grants import Certificate, ClientSecret, Grant, Signer
from connectors.salesforce.org import Org
from connectors.salesforce.streams import Options, sources


class SalesforceConnector:
    """One org."""

    def __init__(self, org: Org, options: Options) -> None:
        self._org, self._options = org, options
        self._sources = sources(options)
        self._bundle = Bundle(org, self._sources)
        self._results = bulk.Results(org, options.bulk_piece)

    @property
    def crm(self) -> str:
        return CRM

    @property
    def usage(self) -> Usage:
        return self._org.usage

    def streams(self) -> tuple[Stream, ...]:
        return (*(source.stream for source in self._sources.values()), deletions.STREAM)

    def pull(self, stream: str, cursor: str, known: Known) -> Page:
        share = self._org.share
        page = self._page(stream, share.read(cursor), known)
        return replace(page, cursor=share.marked(page.cursor))

    def _page(self, stream: str, cursor: str, known: Known) -> Page:
        if stream == deletions.STREAM.name:
            settled = self._bundle.settled(deletions.WATCHED)
            return deletions.page(self._org, self._sources, cursor, known, settled)
        source = self._sources[stream]
        walk = window.read(cursor)
        if walk.job:
            page = bulk.page(self._org, source, walk, self._results)
        else:
            asked = self._bundle.take(stream, cursor)
            page = pull.page(self._org, source, cursor, known, asked, bulk_from=self._options.bulk_from)
        self._bundle.remember(stream, page)
        return page

    def push(self, writes: Sequence[FieldWrite]) -> list[Outcome]:
        return moves.follow(self._org, self._options.lead_status, writes, push.push(self._org, writes))

    def push_tasks(self, tasks_: Sequence[TaskWrite]) -> list[Outcome]:
        return tasks.push_tasks(self._org, tasks_, self._options.default_owner)

    def change_tasks(self, changes: Sequence[TaskChange]) -> list[Outcome]:
        return task_changes.change_tasks(self._org, changes, self._options.default_owner)

    def check(self) -> list[Finding]:
        return check.check(self._org, self._sources, day_share=self._options.day_share)

    def provision(self) -> list[Finding]:
        return provision.provision(self._org)


def connect(
    login_url: str,
    client_id: str,
    proof: Callable[[], str] | Signer,
    *,
    port: Port,
    patience: Patience,
    options: Options | None = None,
) -> SalesforceConnector:
    """This builds the connector of one org; nothing is called before it is used. `login_url` is the
    org's own My Domain. `proof` is the app's secret, or who signs for it."""
    options = options or Options()
    grant: Grant = (
        Certificate(client_id, proof) if isinstance(proof, Signer) else ClientSecret(client_id, proof)
    )
    session, caller = connected(
        Credentials(login_url, grant),
        port=port,
        patience=patience,
        day_share=options.day_share,
        own_share=options.own_share,
    )
    return SalesforceConnector(Org(session, caller, port), options)
