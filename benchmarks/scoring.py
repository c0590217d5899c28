"""Complete score histories from the store, beside DuckDB answering one single moment over Parquet.

`./bench scoring [--size PEOPLE] [--json]` makes a store of PEOPLE with twenty touches each. Two processes
read everybody (touches and attributes) and compute every curve of twenty rules. DuckDB then judges the
same rules at one instant over the touches alone, and both must say the same of everybody. CPU seconds
are user and system, of all threads; starting Python and its imports are on neither side.
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
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from benchmarks.meter import Meter
from benchmarks.stores import LABELS, NOW, make
from scoring.context import Context
from scoring.curves import value_at
from scoring.definitions.conditions import scored
from scoring.definitions.definition import POINT, Definition, Group, Rule
from scoring.definitions.kinds import Match, Repeated
from scoring.engagement import levels
from scoring.history import history
from scoring.touches import DAY, Facts
from sync.store.partitions import over_everybody

PROCESSES = 2


def _rule(name: str, kind: str, points: float, group: str, **more: object) -> Rule:
    pages = more.pop("pages", ())
    return Rule(name, name, Match((kind,), pages=pages), round(points * POINT), group, **more)  # type: ignore[arg-type]


RULES = (
    _rule("demo", "demo_request", 60, "intent", half_life=45 * DAY, at_most=1),
    _rule("quote", "quote_request", 60, "intent", half_life=45 * DAY, at_most=1),
    _rule("contact", "contact_request", 50, "intent", half_life=45 * DAY, at_most=1),
    _rule("cart", "cart_add", 20, "intent", half_life=14 * DAY, at_most=1),
    _rule("registration", "webinar_registration", 25, "content", half_life=60 * DAY, at_most=3),
    _rule("attendance", "webinar_attendance", 15, "content", half_life=60 * DAY, at_most=3),
    _rule("event", "event_attendance", 15, "content", half_life=60 * DAY, at_most=2),
    _rule("download", "content_download", 15, "content", half_life=45 * DAY, at_most=3, once_per_day=True),
    _rule("newsletter", "newsletter_subscription", 10, "content", half_life=90 * DAY, at_most=1),
    _rule("form", "form_submission", 10, "content", half_life=45 * DAY, at_most=2),
    _rule("response", "campaign_response", 5, "content", half_life=30 * DAY, at_most=2),
    _rule("view", "page_view", 5, "web", window=30 * DAY, at_most=4, once_per_day=True),
    _rule("blog", "blog_visit", 2, "web", window=30 * DAY, at_most=3, once_per_day=True),
    _rule("pricing", "page_view", 20, "web", pages=("/pricing",), how=Repeated(2, 60 * DAY), window=30 * DAY),
    _rule(
        "product",
        "page_view",
        10,
        "web",
        pages=("/product/*",),
        how=Repeated(3, 90 * DAY),
        half_life=21 * DAY,
    ),
    _rule("click", "email_click", 3, "mail", window=30 * DAY, at_most=3, once_per_day=True),
    _rule("social", "social_interaction", 2, "mail", window=30 * DAY, at_most=2),
    _rule("ad", "ad_click", 5, "web", window=30 * DAY, at_most=2, once_per_day=True),
    _rule("meeting", "meeting", 25, "sales", half_life=30 * DAY, at_most=2),
    _rule("careers", "page_view", -10, "doubts", pages=("/careers",), window=90 * DAY, at_most=3),
)
GROUPS = (
    Group("intent", cap=120 * POINT),
    Group("content", cap=75 * POINT),
    Group("web", cap=30 * POINT),
    Group("mail", cap=10 * POINT),
    Group("sales", cap=40 * POINT),
    Group("doubts", floor=-30 * POINT),
)
DEFINITION = Definition("bench", "1", "bench", scored(80 * POINT), RULES, GROUPS)


@dataclass(frozen=True, slots=True)
class Part:
    """What one part of the people cost, and what was found."""

    process: int
    read_cpu_s: float
    curves_cpu_s: float
    peak_mb: float
    touches: int
    points: int
    people: np.ndarray
    engagement: np.ndarray


METER = Meter()  # begins once everything is imported


def curves(people: Sequence[int], facts: Facts) -> Part:
    """This computes every curve, and everybody's engagement at NOW. What was spent before it was reading."""
    read_cpu_s = METER.spent()
    past = history(facts, DEFINITION, Context())
    engagement = value_at(past.engagement, facts.people, NOW)
    return Part(
        process=os.getpid(),
        read_cpu_s=read_cpu_s,
        curves_cpu_s=METER.spent(),
        peak_mb=_peak_mb(),
        touches=len(facts.touches),
        points=len(past.engagement.at),
        people=np.array(people),
        engagement=engagement,
    )


def main(argv: Sequence[str] | None = None) -> int:
    """This measures and prints."""
    parser = argparse.ArgumentParser(prog="bench scoring", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--size", type=int, default=100_000, help="people, with twenty touches each")
    parser.add_argument("--json", action="store_true", help="only the JSON object on standard output")
    given = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as elsewhere:
            url = elsewhere.submit(make, folder / "store.db", given.size, folder).result()
            began = time.monotonic()
            parts = list(over_everybody(url, curves, processes=PROCESSES))
            wall_s = time.monotonic() - began
            duckdb_cpu_s, duckdb_wall_s, judged = elsewhere.submit(duckdb_moment, folder, given.size).result()
    found = np.zeros(given.size + 1, np.int64)
    for part in parts:
        found[part.people] = part.engagement
    if not np.array_equal(found, judged):
        print("the curves and DuckDB disagree", file=sys.stderr)
        return 1
    answer = _answer(given.size, parts, duckdb_cpu_s)
    answer |= {"wall_s": round(wall_s, 2), "duckdb_wall_s": round(duckdb_wall_s, 2)}
    if not given.json:
        for key, value in answer.items():
            print(f"{key:16} {value:>14,}", file=sys.stderr)
    print(json.dumps(answer))
    return 0


def _answer(people: int, parts: Sequence[Part], duckdb_cpu_s: float) -> dict[str, float]:
    read_cpu_s = sum(part.read_cpu_s for part in parts)
    curves_cpu_s = sum(part.curves_cpu_s for part in parts)
    peaks: dict[int, float] = {}
    for part in parts:
        peaks[part.process] = max(part.peak_mb, peaks.get(part.process, 0))
    return {
        "people": people,
        "touches": sum(part.touches for part in parts),
        "read_cpu_s": round(read_cpu_s, 3),
        "curves_cpu_s": round(curves_cpu_s, 3),
        "duckdb_cpu_s": round(duckdb_cpu_s, 3),
        "ratio": round((read_cpu_s + curves_cpu_s) / duckdb_cpu_s, 3),
        "history_points": sum(part.points for part in parts),
        "peak_mb": round(sum(peaks.values()) + _peak_mb(), 1),
        "processes": len(peaks),
    }


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def duckdb_moment(folder: Path, people: int) -> tuple[float, float, np.ndarray]:
    """This judges the same rules at NOW only, in one SQL statement over Parquet; people count from 1."""
    import duckdb  # noqa: PLC0415 - kept out of the processes whose memory is measured

    began, at = time.process_time(), time.monotonic()
    with duckdb.connect() as duck:
        found = duck.execute(moment_sql(str(folder / "*.parquet"))).fetchnumpy()
    cpu_s, wall_s = time.process_time() - began, time.monotonic() - at
    engagement = np.zeros(people + 1, np.int64)
    engagement[found["person"]] = found["points"]
    return cpu_s, wall_s, engagement


def moment_sql(files: str) -> str:
    """This is the rules as SQL, for one instant."""
    rules = ",\n".join(f"r{n} AS ({_rule_sql(rule)})" for n, rule in enumerate(RULES))
    every = " UNION ALL ".join(
        f"SELECT person, '{rule.group}' AS grp, points FROM r{n}" for n, rule in enumerate(RULES)
    )
    clips = " ".join(f"WHEN '{group.name}' THEN {_clipped('sum(points)', group)}" for group in GROUPS)
    return (
        f"WITH touch AS (SELECT * FROM read_parquet('{files}') WHERE t <= {NOW}),\n{rules},\n"
        f"groups AS (SELECT person, CASE grp {clips} END AS points FROM ({every}) GROUP BY person, grp)\n"
        "SELECT person, sum(points)::BIGINT AS points FROM groups GROUP BY person"
    )


def _rule_sql(rule: Rule) -> str:
    """Select, once per day, find the moments, keep the newest, fade: in the order of the curves."""
    kind = LABELS.index(rule.match.kinds[0])
    prefixes = [page.removesuffix("*") for page in rule.match.pages]
    pages = [n for n, label in enumerate(LABELS) if any(label.startswith(prefix) for prefix in prefixes)]
    where = f"kind = {kind}" + (f" AND page IN ({', '.join(map(str, pages))})" if pages else "")
    rows = f"SELECT person, t, id FROM touch WHERE {where}"
    if rule.once_per_day:
        rows += (
            " QUALIFY row_number() OVER (PARTITION BY person, CASE WHEN asset > 0 THEN asset ELSE page END,"
            f" t // {DAY} ORDER BY t, id) = 1"
        )
    if isinstance(rule.how, Repeated):
        oldest = f"lag(t, {rule.how.times - 1}) OVER (PARTITION BY person ORDER BY t, id)"
        enough = (
            f"SELECT person, t, id, {oldest} AS oldest FROM ({rows}) QUALIFY t - oldest < {rule.how.within}"
        )
        before = "lag(oldest) OVER (PARTITION BY person ORDER BY t, id)"
        rises = f"{before} IS NULL OR {before} + {rule.how.within} < t"
        rows = f"SELECT person, t, id FROM ({enough}) QUALIFY {rises}"
    if rule.at_most:
        newest = "row_number() OVER (PARTITION BY person ORDER BY t DESC, id DESC)"
        rows = f"SELECT person, t, id FROM ({rows}) QUALIFY {newest} <= {rule.at_most}"
    points = str(rule.points)
    if rule.half_life:
        steps = " ".join(f"WHEN {n} THEN {worth}" for n, worth in enumerate(levels(rule)))
        points = f"CASE ({NOW} - t) // {rule.half_life} {steps} ELSE 0 END"
    lasts = f" WHERE {NOW} - t < {rule.window}" if rule.window else ""
    return f"SELECT person, {points} AS points FROM ({rows}){lasts}"


def _clipped(total: str, group: Group) -> str:
    if group.floor is not None:
        total = f"greatest({total}, {group.floor})"
    return total if group.cap is None else f"least({total}, {group.cap})"


if __name__ == "__main__":
    sys.exit(main())
