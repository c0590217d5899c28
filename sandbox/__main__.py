"""Starts the sandbox: `python -m sandbox --people 200 --seed 7`.

When all ports listen, one JSON line on standard output says where and with which credentials. Then it
serves until SIGTERM or SIGINT, or, with `--with-parent`, until standard input closes.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Sequence

import orjson

from sandbox.acting import something
from sandbox.clock import Clock, instant, iso, machine_now
from sandbox.control import Control
from sandbox.crm import FakeCrm
from sandbox.faults import Faults
from sandbox.front import Front
from sandbox.hubspot.api import FakeHubSpot, Options
from sandbox.marketing import FORMS
from sandbox.salesforce.fake import Salesforce
from sandbox.server import Server
from sandbox.world import PEOPLE_MAX, World


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="sandbox", description="A fake HubSpot and a fake Salesforce.")
    parser.add_argument("--people", type=int, default=200, help="how many people live in the world")
    parser.add_argument("--seed", type=int, default=7, help="same seed, same world")
    parser.add_argument("--now", type=_instant, default=None, help="where the world ends, ISO (default: now)")
    parser.add_argument("--frozen", action="store_true", help="time stands still until it is advanced")
    parser.add_argument("--port", type=int, default=0, help="control port; the CRMs take the next ones")
    parser.add_argument(
        "--live", type=float, default=0.0, metavar="S", help="something happens every S seconds"
    )
    parser.add_argument("--lag", type=float, default=0.0, metavar="S", help="how far search runs behind")
    parser.add_argument("--no-ties", action="store_true", help="no bulk jobs: stamps hardly ever tie")
    parser.add_argument("--no-limits", action="store_true", help="no rate limits")
    parser.add_argument("--hubspot-burst", type=int, default=190, help="HubSpot calls per ten seconds")
    parser.add_argument(
        "--without-scope", action="append", default=[], metavar="NAME", help="a missing scope"
    )
    parser.add_argument("--forms", type=int, default=len(FORMS), help="how many forms HubSpot lists")
    parser.add_argument("--no-unique-tasks", action="store_true", help="no unique properties on tasks")
    parser.add_argument("--with-parent", action="store_true", help="end when standard input closes")
    asked = parser.parse_args(argv)
    if not 1 <= asked.people <= PEOPLE_MAX or asked.seed < 0:
        parser.error(f"a world has 1 to {PEOPLE_MAX} people and a seed of 0 or more")
    return asked


def main(argv: Sequence[str] | None = None) -> int:
    asked = arguments(argv)
    start = machine_now() if asked.now is None else asked.now
    world = World(asked.seed, asked.people, start, ties=not asked.no_ties)
    clock = Clock(world.now, frozen=asked.frozen)
    faults, stop = Faults(), threading.Event()
    fronts = [Front(crm, world.lock, faults) for crm in crms(asked, world, clock)]
    control = Control(world, clock, fronts, faults)
    ports = [asked.port + n if asked.port else 0 for n in range(len(fronts) + 1)]
    servers = [
        Server(deliver, clock, port=port)
        for deliver, port in zip([control.deliver, *(f.deliver for f in fronts)], ports, strict=True)
    ]
    for server in servers:
        server.start()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    ready = {
        front.crm.name: {"url": server.url, **front.crm.credentials()}
        for front, server in zip(fronts, servers[1:], strict=True)
    }
    ready |= {"control": {"url": servers[0].url}}
    sys.stdout.buffer.write(orjson.dumps(ready | {"now": iso(clock.now())}) + b"\n")
    sys.stdout.flush()
    if asked.with_parent:
        threading.Thread(target=_until_parent_leaves, args=(stop,), daemon=True).start()
    _serve(world, clock, stop, every_s=asked.live)
    for server in servers:
        server.stop()
    return 0


def crms(asked: argparse.Namespace, world: World, clock: Clock) -> list[FakeCrm]:
    """These are the fake CRMs of this sandbox."""
    options = Options(
        burst=asked.hubspot_burst,
        limits=not asked.no_limits,
        without_scopes=frozenset(asked.without_scope),
        forms=asked.forms,
        unique_tasks=not asked.no_unique_tasks,
    )
    found: list[FakeCrm] = [FakeHubSpot(world, clock, options), Salesforce(world, clock)]
    for crm in found:
        crm.lag(asked.lag)
    return found


def _serve(world: World, clock: Clock, stop: threading.Event, *, every_s: float) -> None:
    """This waits for the end; with `every_s`, somebody does something in between."""
    turn = 0
    while not stop.wait(every_s or None):
        something(world, turn, clock.now())
        turn += 1


def _until_parent_leaves(stop: threading.Event) -> None:
    while os.read(sys.stdin.fileno(), 4096):  # unbuffered: a buffered read cannot be left at exit
        pass
    stop.set()


def _instant(text: str) -> int:
    try:
        return instant(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is no ISO instant") from None


if __name__ == "__main__":
    sys.exit(main())
