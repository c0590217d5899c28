"""At which company somebody works, by all of its names, and whose task at that company is open.

A company goes by its key in each CRM, by its domain, and by the mail domain of who works there; so one
firm in two CRMs is one company, and so is the lead whom nobody has put into it yet. Hosts where everybody
may have a mailbox are nobody's company, and a page at a social network is no website of one's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection

from scoring.context import SiteLists
from scoring.definitions.kinds import HostList
from scoring.patterns import host_of, is_listed
from sync.store.facts import Row
from sync.store.people import rows_in

Names = frozenset[str]


def companies_of(
    tx: Connection, rows: Mapping[int, Sequence[Row]], public: Sequence[HostList], sites: SiteLists
) -> dict[int, Names]:
    """These are the names of each person's company; `public` are the hosts that give everybody a mailbox,
    `sites` those where everybody may have a page."""
    listed = sorted(name for name in sites.social | sites.video | sites.shopping if "." in name)
    pages = HostList("pages", tuple(listed))
    live = {person: [row for row in own if not row.deleted] for person, own in rows.items()}
    keys = {key for own in live.values() for row in own if (key := _company_key(row))}
    told = rows_in(tx, "SELECT key, attributes FROM record WHERE key IN :values", sorted(keys))
    hosts = {row.key: _hosts_of(orjson.loads(row.attributes), pages) for row in told}
    return {person: frozenset(_names(own, hosts, public)) for person, own in live.items()}


def _names(
    rows: Iterable[Row], hosts: Mapping[str, Sequence[str]], public: Sequence[HostList]
) -> Iterable[str]:
    for row in rows:
        key = _company_key(row)
        domains = [host for host in hosts.get(key, ()) if host]
        if key and not any(is_public(host, public) for host in domains):
            yield key
        for host in (*domains, mail_domain(row.attributes)):
            if host and not is_public(host, public):
                yield host


def is_public(host: str, public: Iterable[HostList]) -> bool:
    """This tells whether anybody may have a mailbox there."""
    return any(is_listed(host, one) for one in public)


def mail_domain(attributes: Mapping[str, Any]) -> str:
    """This is the host of somebody's mail address, "" if she has none."""
    return host_of(str(attributes.get("email_domain") or attributes.get("email") or ""))


def _company_key(row: Row) -> str:
    return str(row.attributes.get("company_key") or "")


def _hosts_of(company: Mapping[str, Any], pages: HostList) -> list[str]:
    domain, website = (host_of(str(company.get(name) or "")) for name in ("domain", "website"))
    return [domain, "" if is_listed(website, pages) else website]
