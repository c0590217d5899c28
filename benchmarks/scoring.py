"""Complete score histories from SQLite, beside DuckDB answering one single moment over Parquet.

`./bench scoring [--size PEOPLE] [--json]` makes a store of PEOPLE with twenty touches each, reads it
into arrays, computes every curve of twenty rules, lets DuckDB judge the same rules at one instant, and
checks that both say the same at that instant. CPU seconds of all threads; one JSON object at the end.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import chain
from pathlib import Path

import numpy as np

from scoring.conditions import scored
from scoring.context import Context
from scoring.curves import in_order, value_at
from scoring.definition import POINT, Definition, Group, Rule
from scoring.engagement import levels
from scoring.history import history, parts
from scoring.kinds import Match, Repeated
from scoring.touches import DAY, SECOND, Attributes, Facts, Touches

TOUCHES_EACH = 20
PEOPLE_AT_ONCE = 20_000
NOW = 1_795_000_000 * SECOND
SPAN = 540 * DAY
KINDS = (
    "page_view", "blog_visit", "form_submission", "content_download", "newsletter_subscription",
    "webinar_registration", "webinar_attendance", "event_attendance", "demo_request", "contact_request",
    "quote_request", "email_open", "email_click", "social_interaction", "ad_click", "cart_add",
    "campaign_response", "call", "meeting",
)  # fmt: skip
PAGES = ("/pricing", "/careers", *(f"/product/{n}" for n in range(20)), *(f"/blog/{n}" for n in range(200)))
LABELS = ("", *KINDS, *PAGES, *(f"asset {n}" for n in range(300)))
COLUMNS = ("person", "at", "id", "kind", "asset", "page")


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


def main(argv: Sequence[str] | None = None) -> int:
    """This measures and prints."""
    parser = argparse.ArgumentParser(prog="bench scoring", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--size", type=int, default=100_000, help="people, with twenty touches each")
    parser.add_argument("--json", action="store_true", help="only the JSON object on standard output")
    given = parser.parse_args(argv)
    spawn = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as name, ProcessPoolExecutor(1, spawn) as elsewhere:
        folder = Path(name)
        elsewhere.submit(make, folder, given.size).result()
        began = time.process_time()
        touches = read(folder)
        read_cpu_s = time.process_time() - began
        began = time.process_time()
        points, at_once = curves(touches, given.size)
        curves_cpu_s = time.process_time() - began
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        duckdb_cpu_s, judged = elsewhere.submit(duckdb_moment, folder, given.size).result()
        if not np.array_equal(at_once, judged):
            print("the curves and DuckDB disagree", file=sys.stderr)
            return 1
    answer = {
        "people": given.size,
        "touches": len(touches),
        "read_cpu_s": round(read_cpu_s, 3),
        "curves_cpu_s": round(curves_cpu_s, 3),
        "duckdb_cpu_s": round(duckdb_cpu_s, 3),
        "ratio": round((read_cpu_s + curves_cpu_s) / duckdb_cpu_s, 3),
        "history_points": points,
        "peak_mb": round(peak_mb, 1),
    }
    if not given.json:
        for key, value in answer.items():
            print(f"{key:16} {value:>14,}", file=sys.stderr)
    print(json.dumps(answer))
    return 0


def make(folder: Path, people: int) -> None:
    """This writes the same touches as a SQLite table, in order of arrival, and as Parquet."""
    import duckdb  # noqa: PLC0415 - kept out of the process whose memory is measured

    store = sqlite3.connect(folder / "store.sqlite")
    store.execute(
        "CREATE TABLE touch (id INTEGER PRIMARY KEY, source_id TEXT, kind INTEGER, person INTEGER,"
        " at INTEGER, recorded_at INTEGER, asset INTEGER, page INTEGER, url INTEGER, referrer INTEGER,"
        " fresh INTEGER)"
    )
    base = 1
    for number, first in enumerate(range(0, people, PEOPLE_AT_ONCE)):
        count = min(PEOPLE_AT_ONCE, people - first) * TOUCHES_EACH
        columns = _made(
            np.random.default_rng((7, number)), first, min(people, first + PEOPLE_AT_ONCE), base, count
        )
        base += count
        rows = zip(*(columns[name].tolist() for name in COLUMNS), strict=True)
        store.executemany(
            "INSERT INTO touch VALUES (?, 'event:' || ?, ?, ?, ?, ?, ?, ?, 0, 0, 0)",
            ((i, i, kind, person, at, at, asset, page) for person, at, i, kind, asset, page in rows),
        )
        store.commit()
        with duckdb.connect() as duck:
            duck.register("made", {"t" if name == "at" else name: column for name, column in columns.items()})
            duck.execute(f"COPY (SELECT * FROM made ORDER BY person, t, id) TO '{folder}/{number}.parquet'")
    store.close()


def _made(rng: np.random.Generator, first: int, end: int, base: int, count: int) -> dict[str, np.ndarray]:
    weights = np.array([40, 12, 3, 5, 1, 3, 2, 1, 1, 1, 0.5, 12, 8, 2, 3, 0.5, 2, 1.5, 1.5])
    kind = rng.choice(len(KINDS), count, p=weights / weights.sum()) + 1
    page = 1 + len(KINDS) + np.minimum(rng.geometric(0.06, count) - 1, len(PAGES) - 1)
    asset = 1 + len(KINDS) + len(PAGES) + rng.integers(0, 300, count)
    viewed = kind <= 2
    return {
        "person": rng.integers(first, end, count).astype(np.int32),
        "at": NOW - (rng.random(count) ** 1.5 * SPAN).astype(np.int64),
        "id": np.arange(base, base + count),
        "kind": kind.astype(np.int32),
        "asset": np.where(viewed, 0, asset).astype(np.int32),
        "page": np.where(viewed, page, 0).astype(np.int32),
    }


def read(folder: Path) -> Touches:
    """This reads the table into arrays; rows come as they arrived and are sorted here."""
    store = sqlite3.connect(folder / "store.sqlite")
    rows = store.execute("SELECT person, at, id, kind, asset, page FROM touch")
    cells = np.fromiter(chain.from_iterable(rows), np.int64).reshape(-1, len(COLUMNS))
    store.close()
    order = in_order(cells[:, 0], cells[:, 1])  # stable, and rows come in order of id
    wide = {"at", "id"}
    columns = {
        name: cells[order, number].astype(np.int64 if name in wide else np.int32)
        for number, name in enumerate(COLUMNS)
    }
    return Touches(labels=LABELS, **columns)


def curves(touches: Touches, people: int) -> tuple[int, np.ndarray]:
    """This computes every curve, and gives the number of changes and everybody's engagement at NOW."""
    facts = Facts(people, touches, Attributes())
    points, now = 0, []
    for _, part in parts(facts):
        past = history(part, DEFINITION, Context())
        points += len(past.engagement.at)
        now.append(value_at(past.engagement, part.people, NOW))
    return points, np.concatenate(now)


def duckdb_moment(folder: Path, people: int) -> tuple[float, np.ndarray]:
    """This judges the same rules at NOW only, in one SQL statement over Parquet."""
    import duckdb  # noqa: PLC0415 - kept out of the process whose memory is measured

    began = time.process_time()
    with duckdb.connect() as duck:
        found = duck.execute(moment_sql(str(folder / "*.parquet"))).fetchnumpy()
    cpu_s = time.process_time() - began
    engagement = np.zeros(people, np.int64)
    engagement[found["person"]] = found["points"]
    return cpu_s, engagement


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
