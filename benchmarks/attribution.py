"""All heuristic models over everybody, beside what it costs to read the touches.

`./bench attribution [--size PEOPLE] [--json]` makes a store of PEOPLE with twenty touches each. Two processes
read everybody, and every third visit or click gets one of 200 tagged links; one in five has a click id of its
own. Then every person converts once, now, with her lead and her opportunity on the way, and each model splits
that conversion over all she did. Finding out where touches came from and which of them count is part of the
models' cost. CPU seconds are user and system, of all threads; starting Python and its imports are on neither
side.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from benchmarks.meter import Meter
from benchmarks.stores import NOW, make
from config.channels import load_sites
from config.definitions import DEFAULTS
from scoring.attribution import sources
from scoring.context import Context
from scoring.models.heuristic import HEURISTICS, heuristic
from scoring.models.journeys import Conversions, journeys, steps
from scoring.models.shares import WHOLE, summed
from scoring.touches import DAY, Facts, Touches
from sync.store.partitions import over_everybody

PROCESSES = 2
CONTEXT = Context(("own.example",), sites=load_sites(DEFAULTS / "channels.yaml"))
LINKS = tuple(
    f"https://own.example/?utm_source={source}&utm_medium={medium}&utm_campaign=campaign-{number}"
    for source, medium in (
        ("google", "cpc"),
        ("linkedin", "social"),
        ("news", "email"),
        ("bing", "organic"),
        ("x", "cpc"),
    )
    for number in range(40)
)
ADS = 40  # the first of the links are Google's
LINKED = ("page_view", "blog_visit", "email_click", "ad_click")


@dataclass(frozen=True, slots=True)
class Part:
    """What one part of the people cost, and what was found."""

    process: int
    read_cpu_s: float
    cpu_s: float
    peak_mb: float
    touches: int
    steps: int
    is_whole: bool


METER = Meter()  # begins once everything is imported


def attributed(people: Sequence[int], facts: Facts) -> Part:
    """This splits one conversion of everybody by every model. What was spent before it was reading."""
    read_cpu_s = METER.spent()
    touches = linked(facts.touches)
    METER.spent()  # reading would have brought the links along
    walked = steps(touches, sources(touches, np.zeros(len(touches), np.bool_), CONTEXT))
    unit = np.arange(len(people))
    now = np.full(len(people), NOW, np.int64)
    ends = Conversions(unit, now, now - 120 * DAY - unit, now - 30 * DAY - unit, now)
    found = journeys(walked, ends, None)
    shares = [heuristic(name, found) for name in HEURISTICS]
    cpu_s = METER.spent()
    due = np.where(found.size > 0, WHOLE, 0)
    is_whole = all(np.array_equal(summed(share, found.size), due) for share in shares)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    part = Part(os.getpid(), read_cpu_s, cpu_s, peak_mb, len(touches), len(found.row), is_whole)
    METER.spent()  # the check is nobody's cost
    return part


def linked(touches: Touches) -> Touches:
    """This gives every third visit or click a tagged link; each click on an ad of Google has its own id."""
    kinds = [code for code, text in enumerate(touches.labels) if text in LINKED]
    has_link = np.isin(touches.kind, kinds) & (touches.id % 3 == 0)
    link = len(touches.labels) + touches.id // 3 % len(LINKS)
    url = np.where(has_link, link, 0).astype(np.int32)
    ads = np.flatnonzero((url > 0) & (url < len(touches.labels) + ADS))
    own = [f"{LINKS[url[row] - len(touches.labels)]}&gclid=Cj0{touches.id[row]}" for row in ads]
    url[ads] = len(touches.labels) + len(LINKS) + np.arange(len(ads))
    return replace(touches, labels=[*touches.labels, *LINKS, *own], url=url)


def main(argv: Sequence[str] | None = None) -> int:
    """This measures and prints."""
    parser = argparse.ArgumentParser(prog="bench attribution", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--size", type=int, default=100_000, help="people, with twenty touches each")
    parser.add_argument("--json", action="store_true", help="only the JSON object on standard output")
    given = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as name:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as elsewhere:
            url = elsewhere.submit(make, Path(name) / "store.db", given.size).result()
        began = time.monotonic()
        parts = list(over_everybody(url, attributed, processes=PROCESSES))
        wall_s = time.monotonic() - began
    if not all(part.is_whole for part in parts):
        print("shares do not add up to the whole", file=sys.stderr)
        return 1
    answer = _answer(given.size, parts) | {"wall_s": round(wall_s, 2)}
    if not given.json:
        for key, value in answer.items():
            print(f"{key:16} {value:>14,}", file=sys.stderr)
    print(json.dumps(answer))
    return 0


def _answer(people: int, parts: Sequence[Part]) -> dict[str, float]:
    read_cpu_s = sum(part.read_cpu_s for part in parts)
    cpu_s = sum(part.cpu_s for part in parts)
    peaks: dict[int, float] = {}
    for part in parts:
        peaks[part.process] = max(part.peak_mb, peaks.get(part.process, 0))
    return {
        "people": people,
        "touches": sum(part.touches for part in parts),
        "steps": sum(part.steps for part in parts),
        "models": len(HEURISTICS),
        "cpu_s": round(cpu_s, 3),
        "read_cpu_s": round(read_cpu_s, 3),
        "ratio": round(cpu_s / read_cpu_s, 3),
        "peak_mb": round(sum(peaks.values()), 1),
    }


if __name__ == "__main__":
    sys.exit(main())
