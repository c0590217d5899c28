"""A backfill of contacts from a portal that counts calls and refuses what is too fast.

`./bench limits [--size CONTACTS] [--per-ten-seconds CALLS] [--json]` takes a page of contacts from the
sandbox and serves so many like them from a portal with limits. The connector, its pace and the store are
those of a worker, and nobody tells it the limit beforehand. `limited_s` is from the first call until the last
contact is kept, `limited_refused_share` how many of all calls were answered 429.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import requests

from benchmarks.limited_portal import limited
from benchmarks.pull import PAGES_MAX, READY_S, Account, alone, sandbox
from connectors.hubspot.client import objects
from connectors.hubspot.fields import CONTACT_PROPERTIES
from connectors.hubspot.reading import LIST_MAX
from connectors.port import Patience, Port
from connectors.registry import FACTORIES
from sync import clock
from sync.store.engine import Store, open_engine
from sync.store.pages import bookmark, known, save_page
from sync.store.upgrade import upgrade

SIZE = 40_000
PER_TEN_SECONDS = 190  # Professional and Enterprise portals, without the limit increase
PEOPLE = 300  # of the sandbox: more than fit a page


def main(argv: Sequence[str] | None = None) -> int:
    """This measures and prints."""
    parser = argparse.ArgumentParser(prog="bench limits", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--size", type=int, default=SIZE, help="how many contacts are read")
    parser.add_argument("--per-ten-seconds", type=int, default=PER_TEN_SECONDS, help="what the portal allows")
    parser.add_argument("--json", action="store_true", help="only the JSON object on standard output")
    given = parser.parse_args(argv)
    with sandbox(PEOPLE, "--no-limits") as accounts:
        rows = contacts(accounts["hubspot"])
    with (
        tempfile.TemporaryDirectory() as name,
        limited(rows, given.size, given.per_ten_seconds) as url,
    ):
        found = alone(backfilled, {"url": url, "token": "pat-any"}, Path(name))
    answer = {"crm": "hubspot", "per_ten_seconds": given.per_ten_seconds, **found}
    if not given.json:
        for key, value in answer.items():
            print(f"{key:22} {value!s:>14}", file=sys.stderr)
    print(json.dumps(answer))
    return 0


def contacts(account: Account) -> list[dict[str, Any]]:
    """This is a page of contacts as the connector asks for them."""
    query = {"limit": str(LIST_MAX), "properties": ",".join(CONTACT_PROPERTIES), "archived": "false"}
    headers = {"Authorization": f"Bearer {account['token']}"}
    said = requests.get(account["url"] + objects("contacts"), query, headers=headers, timeout=READY_S)
    rows: list[dict[str, Any]] = said.json()["results"]
    return rows


def backfilled(account: Account, folder: Path) -> dict[str, float]:
    """This reads the contacts into a fresh store, in a process of its own."""
    url = f"sqlite:///{folder / 'store.sqlite'}"
    engine = open_engine(url)
    upgrade(engine)
    store = Store(engine, url)
    port = Port(now=clock.now, monotonic=clock.monotonic, sleep=clock.Alarm().sleep, at=lambda _: None)
    settings = {"base_url": account["url"], "token": partial(account.__getitem__, "token")}
    connector = FACTORIES["hubspot"](settings, port, Patience())
    cursor, _ = bookmark(store, "hubspot", "contacts")
    rows, began = 0, clock.monotonic()
    for _ in range(PAGES_MAX):
        page = connector.pull("contacts", cursor, partial(known, store, "hubspot"))
        rows += save_page(store, "hubspot", "contacts", page, clock.now()).records
        cursor = page.cursor
        if "start" not in cursor:  # the list is at its end
            break
    took_s, usage = clock.monotonic() - began, connector.usage
    return {
        "rows": rows,
        "requests": usage.calls,
        "refused": usage.throttled,
        "limited_s": round(took_s, 2),
        "limited_refused_share": round(usage.throttled / usage.calls, 4),
    }


if __name__ == "__main__":
    sys.exit(main())
