"""Another engine, given the same rules as SQL, says the same about one moment."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.scoring import curves, duckdb_moment
from benchmarks.stores import make
from sync.store.engine import Store, open_engine
from sync.store.facts import load_facts

PEOPLE = 400


def test_curves_agree_with_sql_at_one_moment(tmp_path: Path) -> None:
    url = make(tmp_path / "store.db", PEOPLE, tmp_path)
    store = Store(open_engine(url), url)
    people = range(1, PEOPLE + 1)

    with store.reading() as tx:
        found = curves(people, load_facts(tx, people))
    _, _, judged = duckdb_moment(tmp_path, PEOPLE)
    store.close()

    assert np.array_equal(found.engagement, judged[1:])
    assert found.points > PEOPLE
    assert found.engagement.any()
