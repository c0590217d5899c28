"""A backfill of people into a fresh store, beside a bare loop over the very same pages.

`./bench pull --crm hubspot|salesforce [--size PEOPLE] [--bulk] [--runs N] [--json]` starts the sandbox,
pulls the streams of people in one process and, in another, asks for the same pages with urllib3, orjson and
executemany. CPU seconds of each process itself, imports and login left out. On shared machines the same
work takes half as long again at times, so each pull has a bare loop right behind it, and `ratio` is that of
all pulls to all bare loops together; `ratios` are those of the single pairs, all other figures those of the
pair in the middle. Memory is the pulling process's own: idle is after its first call, so that libraries
imported on use are in it. `first_request_s` passes from the start of a fresh process, its store made anew,
until the first call; on a busy machine look at its CPU. One JSON object at the end.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from operator import itemgetter
from pathlib import Path
from typing import Any, TypeVar

import orjson
import urllib3

from connectors.hubspot.client import objects
from connectors.hubspot.fields import CONTACT_PROPERTIES
from connectors.hubspot.reading import LIST_MAX
from connectors.port import Patience, Port
from connectors.protocol import Connector
from connectors.registry import FACTORIES
from connectors.salesforce import soql
from connectors.salesforce.client import DATA
from connectors.salesforce.streams import Options, sources
from sync import clock
from sync.collector import collect_seldom
from sync.one_page import read_page
from sync.store.engine import Store, open_engine
from sync.store.pages import bookmark, known
from sync.store.upgrade import upgrade

STREAMS = {"hubspot": ("contacts",), "salesforce": ("leads", "contacts")}
FIRST = {"hubspot": "owners", "salesforce": "users"}  # a small stream, read to be connected
PAGES_MAX = 100_000
READY_S = 600.0

T = TypeVar("T")
Account = Mapping[str, str]
Get = Callable[[str, Sequence[tuple[str, str]]], Any]


def main(argv: Sequence[str] | None = None) -> int:
    """This measures and prints."""
    parser = argparse.ArgumentParser(prog="bench pull", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--crm", choices=sorted(STREAMS), default="hubspot")
    parser.add_argument("--size", type=int, default=30_000, help="how many people the sandbox makes")
    parser.add_argument("--bulk", action="store_true", help="salesforce: by bulk query, whatever the size")
    parser.add_argument(
        "--runs", type=int, default=5, help="pairs of pull and bare loop; together they count"
    )
    parser.add_argument("--json", action="store_true", help="only the JSON object on standard output")
    given = parser.parse_args(argv)
    if given.runs < 1:
        parser.error("--runs: at least one pair is needed")
    pairs = []
    with sandbox(given.size, "--no-limits") as accounts:
        account = accounts[given.crm]
        for _ in range(given.runs):
            with tempfile.TemporaryDirectory() as name:
                ours = alone(real, given.crm, account, Path(name), clock.monotonic(), given.bulk)
                rows, cpu_s = alone(bare, given.crm, account, Path(name))
            if rows != ours["rows"]:
                print(f"the bare loop read {rows} rows, the pull kept {ours['rows']}", file=sys.stderr)
                return 1
            pairs.append((round(ours["cpu_s"] / cpu_s, 3), ours, cpu_s))
    _, found, bare_cpu_s = sorted(pairs, key=itemgetter(0))[len(pairs) // 2]
    ratio = sum(ours["cpu_s"] for _, ours, _ in pairs) / sum(cpu_s for *_, cpu_s in pairs)
    ratios = [each for each, *_ in pairs]
    compared = {"bare_cpu_s": round(bare_cpu_s, 3), "ratio": round(ratio, 2), "ratios": ratios}
    answer = {"crm": given.crm, **found, **compared}
    if not given.json:
        for key, value in answer.items():
            print(f"{key:16} {value!s:>14}", file=sys.stderr)
    print(json.dumps(answer))
    return 0


@contextmanager
def sandbox(people: int, *options: str) -> Iterator[Mapping[str, Account]]:
    """This runs the sandbox; it ends with us, however we end."""
    command = [sys.executable, "-m", "sandbox", "--people", str(people), "--with-parent"]
    with subprocess.Popen([*command, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        try:
            line = process.stdout.readline()
            if not line:
                raise SystemExit("the sandbox did not start")
            yield json.loads(line)
        finally:
            process.stdin.close()
            process.wait(READY_S)


def alone(work: Callable[..., T], *given: Any) -> T:
    """This does the work in a fresh process, whose CPU time and memory are then its own."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as elsewhere:
        return elsewhere.submit(work, *given).result()


def real(crm: str, account: Account, folder: Path, began: float, is_bulk: bool) -> dict[str, float]:
    """This pulls through the connector into a store as a worker does, then once more with no news."""
    collect_seldom()
    url = f"sqlite:///{folder / 'store.sqlite'}"
    engine = open_engine(url)
    upgrade(engine)
    store = Store(engine, url)
    first: list[float] = []

    def at(_: str) -> None:
        if not first:
            first.extend((clock.monotonic() - began, time.process_time()))

    connector = connected(crm, account, at, is_bulk=is_bulk)
    connector.pull(FIRST[crm], "", lambda _, __: frozenset())
    idle_mb, before = resident_mb("VmRSS"), connector.usage.calls
    started = time.process_time()
    calls = people(connector, store)
    cpu_s = time.process_time() - started
    peak_mb, between = resident_mb("VmHWM"), connector.usage.calls
    rows = kept(crm, store)
    people(connector, store)
    return {
        "rows": rows,
        "cpu_s": round(cpu_s, 3),
        "idle_mb": round(idle_mb, 1),
        "peak_mb": round(peak_mb, 1),
        "requests": between - before,
        **{f"requests_{stream}": count for stream, count in calls.items()},
        "requests_idle": connector.usage.calls - between,
        "first_request_s": round(first[0], 3),
        "first_request_cpu_s": round(first[1], 3),
    }


def connected(crm: str, account: Account, at: Callable[[str], None], *, is_bulk: bool = False) -> Connector:
    settings: dict[str, Any]
    if crm == "hubspot":
        # the sandbox has no limits, so our own must not make us wait
        settings = {"base_url": account["url"], "token": partial(account.__getitem__, "token")}
        settings["calls_per_10_s"] = 1_000_000
    else:
        settings = {"login_url": account["url"], "client_id": account["client_id"]}
        settings["client_secret"] = partial(account.__getitem__, "client_secret")
        settings["options"] = {"bulk_from": 1 if is_bulk else 0}
    port = Port(now=clock.now, monotonic=clock.monotonic, sleep=clock.Alarm().sleep, at=at)
    return FACTORIES[crm](settings, port, Patience())


def people(connector: Connector, store: Store) -> dict[str, int]:
    """This reads the streams of people until nothing more waits; it returns how many calls each took."""
    calls = {}
    for stream in STREAMS[connector.crm]:
        before = connector.usage.calls
        cursor, _ = bookmark(store, connector.crm, stream)
        for _ in range(PAGES_MAX):
            kept = read_page(
                clock.now, store, connector, stream, cursor, partial(known, store, connector.crm)
            )
            cursor = kept.cursor
            if kept.caught_up:
                break
        calls[stream] = connector.usage.calls - before
    return calls


def kept(crm: str, store: Store) -> int:
    """This is how many rows the store holds; SQLite sorts them for it, which is no part of the pull."""
    with store.reading() as tx:
        kinds = [stream.removesuffix("s") for stream in STREAMS[crm]]
        counts = tx.exec_driver_sql("SELECT kind, count(*) FROM record GROUP BY kind").all()
    return sum(count for kind, count in counts if kind in kinds)


def bare(crm: str, account: Account, folder: Path) -> tuple[int, float]:
    """This is the least that a backfill can do: ask for the pages, parse them, insert every field as a
    column, one transaction per page."""
    pool = urllib3.PoolManager()
    headers: dict[str, str] = {"Accept": "application/json"}

    def get(path: str, query: Sequence[tuple[str, str]]) -> Any:
        answer = pool.request("GET", account["url"] + path, fields=list(query), headers=headers)
        if answer.status != 200:
            raise SystemExit(f"{crm} {path}: {answer.status}")
        return orjson.loads(answer.data)

    if crm == "hubspot":
        headers["Authorization"] = f"Bearer {account['token']}"
        width, pages = len(CONTACT_PROPERTIES), hubspot_pages(get)
    else:
        form = {name: account[name] for name in ("client_id", "client_secret")}
        form["grant_type"] = "client_credentials"
        said = pool.request_encode_body(
            "POST", account["url"] + "/services/oauth2/token", form, encode_multipart=False
        )
        headers["Authorization"] = f"Bearer {orjson.loads(said.data)['access_token']}"
        queries = salesforce_queries(get)
        width, pages = max(len(fields) for _, fields in queries), salesforce_pages(get, queries)
    table = sqlite3.connect(folder / "bare.sqlite", isolation_level=None)
    table.execute("PRAGMA journal_mode = WAL")
    table.execute("PRAGMA synchronous = NORMAL")
    table.execute(f"CREATE TABLE row (id TEXT PRIMARY KEY, {', '.join(f'c{n}' for n in range(width))})")
    rows, started = 0, time.process_time()
    for page in pages:
        table.execute("BEGIN IMMEDIATE")
        if page:
            marks = ", ".join("?" * len(page[0]))
            columns = ", ".join(["id", *(f"c{n}" for n in range(len(page[0]) - 1))])
            table.executemany(f"INSERT INTO row ({columns}) VALUES ({marks})", page)
        table.execute("COMMIT")
        rows += len(page)
    cpu_s = time.process_time() - started
    table.close()
    return rows, cpu_s


def hubspot_pages(get: Get) -> Iterator[list[tuple[Any, ...]]]:
    """These are the pages of the list of contacts: id and properties."""

    asked = [
        ("limit", str(LIST_MAX)),
        ("properties", ",".join(CONTACT_PROPERTIES)),
        ("archived", "false"),
    ]
    after = ""
    for _ in range(PAGES_MAX):
        said = get(objects("contacts"), [*asked, *([("after", after)] if after else [])])
        yield [(row["id"], *map(row["properties"].get, CONTACT_PROPERTIES)) for row in said["results"]]
        after = said.get("paging", {}).get("next", {}).get("after", "")
        if not after:
            return


def salesforce_queries(get: Get) -> list[tuple[str, list[str]]]:
    """These are the objects with the fields that the org shows, asked before the clock runs."""

    found = []
    for stream in STREAMS["salesforce"]:
        source = sources(Options())[stream]
        shown = {field["name"] for field in get(f"{DATA}/sobjects/{source.object}/describe", ())["fields"]}
        found.append((source.object, [name for name in source.fields if "." in name or name in shown]))
    return found


def salesforce_pages(get: Get, queries: Sequence[tuple[str, list[str]]]) -> Iterator[list[tuple[Any, ...]]]:
    """These are the pages of leads and contacts by id: id and fields, the account's among them."""

    until = clock.now()
    for name, fields in queries:
        last = ""
        own = [field for field in fields if "." not in field]
        parents = [field.partition(".")[2] for field in fields if "." in field]
        for _ in range(PAGES_MAX):
            where = soql.first_load(until=until, after_id=last)
            text = soql.select(fields, name, where, order=("Id",), limit=soql.LIMIT)
            said = get(f"{DATA}/queryAll", [("q", text)])
            if parents:
                yield [
                    (row["Id"], *map(row.get, own), *map((row["Account"] or {}).get, parents))
                    for row in said["records"]
                ]
            else:
                yield [(row["Id"], *map(row.get, own)) for row in said["records"]]
            if said["done"] and said["totalSize"] < soql.LIMIT:  # wide rows come in shortened pages
                break
            last = said["records"][-1]["Id"]


def resident_mb(which: str) -> float:
    """This is our memory: `VmRSS` now, `VmHWM` at its highest. Where /proc is missing, the highest."""
    status = Path("/proc/self/status")
    if not status.is_file():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    lines = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
    return int(lines[which].split()[0]) / 1024


if __name__ == "__main__":
    sys.exit(main())
