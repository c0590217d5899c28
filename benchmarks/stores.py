"""Stores of any size for measuring: made people with made touches, as the pipeline would have left them.

Rows are poured in through the driver, so a million people take minutes. Everybody has a contact in
HubSpot, an address, a company, a verdict and twenty touches; every second title has changed once.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np

from scoring.touches import DAY, SECOND
from sync.store.engine import Store, open_engine
from sync.store.facts import rebuild_timelines
from sync.store.upgrade import upgrade

TOUCHES_EACH = 20
PEOPLE_AT_ONCE = 20_000
PEOPLE_PER_COMPANY = 20
CONTACT_1 = 10_000_000_000  # the number of a contact in HubSpot is this and the person's
NOW = 1_795_000_000 * SECOND
SPAN = 540 * DAY
KINDS = (
    "page_view", "blog_visit", "form_submission", "content_download", "newsletter_subscription",
    "webinar_registration", "webinar_attendance", "event_attendance", "demo_request", "contact_request",
    "quote_request", "email_open", "email_click", "social_interaction", "ad_click", "cart_add",
    "campaign_response", "call", "meeting",
)  # fmt: skip
WEIGHTS = (40, 12, 3, 5, 1, 3, 2, 1, 1, 1, 0.5, 12, 8, 2, 3, 0.5, 2, 1.5, 1.5)
PAGES = ("/pricing", "/careers", *(f"/product/{n}" for n in range(20)), *(f"/blog/{n}" for n in range(200)))
LABELS = ("", *KINDS, *PAGES, *(f"asset {n}" for n in range(300)))

_NUMBERS = (
    "WITH RECURSIVE one(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM one WHERE n < :count), "
    "x(n, id, company, stage) AS (SELECT n, :contact + n, 1 + n / :each, "
    "CASE n % 3 WHEN 0 THEN 'lead' WHEN 1 THEN 'subscriber' ELSE 'opportunity' END FROM one) "
)
_ROWS = (
    "INSERT INTO person (id, due_at) SELECT n, :never FROM x",
    """INSERT INTO record (key, connection, kind, record_id, stamp, created_at, ingested_at, deleted, fresh,
         company, attributes, own, names)
       SELECT 'hubspot:contact:' || id, 'hubspot', 'contact', id, :now, :now - :span, :now, FALSE, FALSE,
         'hubspot:company:' || company,
         json_object('email', 'p' || n || '@c' || company || '.example', 'first_name', 'Ada',
           'last_name', 'Number' || n, 'title', 'Head of Part ' || n % 500, 'country', 'Country ' || n % 40,
           'city', 'City ' || n % 900, 'lifecycle_stage', stage, 'owner_id', '' || n % 50,
           'company_key', 'hubspot:company:' || company), '{}',
         json_array('email:p' || n || '@c' || company || '.example') FROM x""",
    "INSERT INTO identity (key, person) SELECT 'hubspot:contact:' || id, n FROM x",
    "INSERT INTO identity (key, person) SELECT 'email:p' || n || '@c' || company || '.example', n FROM x",
    """INSERT INTO edge (record, key, reason) SELECT 'hubspot:contact:' || id,
         'email:p' || n || '@c' || company || '.example', 'email' FROM x""",
    """INSERT INTO change (key, field, before, value, occurred_at, recorded_at, ingested_at)
       SELECT 'hubspot:contact:' || id, 'title', 'Part ' || n % 500, 'Head of Part ' || n % 500,
         :now - :span / 2, :now - :span / 2, :now FROM x WHERE n % 2 = 0""",
    """INSERT INTO verdict (person, as_of, definition, version, fingerprint, status, score, engagement, fit,
         grade, exclusion, qualified_at, recheck_at, partner, published)
       SELECT n, :now, 'bench', '1', 'bench', 'lead', n % 90000, n % 90000, 0, 'D', '', 0, :never, '', '{}'
       FROM x""",
)
_COMPANIES = """INSERT INTO record (key, connection, kind, record_id, stamp, created_at, ingested_at, deleted,
  fresh, company, attributes, own, names) SELECT 'hubspot:company:' || n, 'hubspot', 'company', n, :now,
  :now - :span, :now, FALSE, FALSE, '', json_object('name', 'Company ' || n, 'industry', 'Trade ' || n % 30,
  'employees', '' || (n * 37 % 5000), 'website', 'https://c' || n || '.example'), '{}', '[]' FROM x"""
_TOUCH = (
    "INSERT INTO touch (id, connection, source_id, key, kind, occurred_at, recorded_at, ingested_at, asset,"
    " page, seconds, campaign, url, referrer, provenance, fresh)"
    f" VALUES (?1, 'hubspot', 'event:' || (?1 + {CONTACT_1}), 'hubspot:contact:' || (?2 + {CONTACT_1}), ?3,"
    " ?4, ?4, ?4, ?5, ?6, 0, 0, 0, 0, 0, FALSE)"
)


def make(file: Path, people: int, parquet: Path | None = None) -> str:
    """This makes the store and, where asked, the same touches as Parquet; it returns the store's URL."""
    url = f"sqlite:///{file}"
    engine = open_engine(url)
    upgrade(engine)
    with closing(sqlite3.connect(file)) as raw:
        raw.execute("PRAGMA synchronous = OFF")
        raw.execute("PRAGMA cache_size = -200000")
        _pour_people(raw, people)
        _pour_touches(raw, people, parquet)
    rebuild_timelines(Store(engine, url))
    engine.dispose()
    return url


def _pour_people(raw: sqlite3.Connection, people: int) -> None:
    values = {"never": 2**62, "now": NOW, "span": SPAN, "contact": CONTACT_1, "each": PEOPLE_PER_COMPANY}
    for statement in _ROWS:
        _pour(raw, statement, values | {"count": people})
    _pour(raw, _COMPANIES, values | {"count": 1 + people // PEOPLE_PER_COMPANY})
    raw.executemany("INSERT INTO label (id, text) VALUES (?, ?)", list(enumerate(LABELS))[1:])
    raw.commit()


def _pour(raw: sqlite3.Connection, statement: str, values: dict[str, int]) -> None:
    into, _, selected = statement.partition("SELECT ")
    raw.execute(f"{into} {_NUMBERS} SELECT {selected}", values)


def _pour_touches(raw: sqlite3.Connection, people: int, parquet: Path | None) -> None:
    first_id = 1
    for first in range(1, people + 1, PEOPLE_AT_ONCE):
        end = min(people + 1, first + PEOPLE_AT_ONCE)
        made = _made(np.random.default_rng((7, first)), first, end, first_id)
        first_id += len(made["id"])
        columns = (made[name].tolist() for name in ("id", "person", "kind", "at", "asset", "page"))
        raw.executemany(_TOUCH, zip(*columns, strict=True))
        raw.commit()
        if parquet is not None:
            _as_parquet(made, parquet / f"{first}.parquet")


def _made(rng: np.random.Generator, first: int, end: int, first_id: int) -> dict[str, np.ndarray]:
    count = (end - first) * TOUCHES_EACH
    kind = rng.choice(len(KINDS), count, p=np.array(WEIGHTS) / sum(WEIGHTS)) + 1
    page = 1 + len(KINDS) + np.minimum(rng.geometric(0.06, count) - 1, len(PAGES) - 1)
    asset = 1 + len(KINDS) + len(PAGES) + rng.integers(0, 300, count)
    viewed = kind <= 2
    return {
        "person": rng.integers(first, end, count).astype(np.int32),
        "at": NOW - (rng.random(count) ** 1.5 * SPAN).astype(np.int64),
        "id": np.arange(first_id, first_id + count),
        "kind": kind.astype(np.int32),
        "asset": np.where(viewed, 0, asset).astype(np.int32),
        "page": np.where(viewed, page, 0).astype(np.int32),
    }


def _as_parquet(made: dict[str, np.ndarray], file: Path) -> None:
    import duckdb  # noqa: PLC0415 - kept out of processes whose memory is measured

    with duckdb.connect() as duck:
        duck.register("made", {"t" if name == "at" else name: column for name, column in made.items()})
        duck.execute(f"COPY (SELECT * FROM made ORDER BY person, t, id) TO '{file}'")
