"""Another engine, given the same rules as SQL, says the same about one moment."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.scoring import curves, duckdb_moment, make, read

PEOPLE = 400


def test_curves_agree_with_sql_at_one_moment(tmp_path: Path) -> None:
    make(tmp_path, PEOPLE)

    points, engagement = curves(read(tmp_path), PEOPLE)
    _, judged = duckdb_moment(tmp_path, PEOPLE)

    assert np.array_equal(engagement, judged)
    assert points > PEOPLE
    assert engagement.any()
