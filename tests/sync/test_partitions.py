"""Everybody is read once, in order, by processes of their own."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import text

from scoring.touches import Facts
from sync.store.engine import Store, open_engine
from sync.store.partitions import over_everybody
from sync.store.upgrade import upgrade

PEOPLE = 7


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Seven people with one visit each, of whom number 3 was merged into number 2."""
    address = f"sqlite:///{tmp_path / 'store.db'}"
    engine = open_engine(address)
    upgrade(engine)
    store = Store(engine, address)
    with store.transaction() as tx:
        for n in range(1, PEOPLE + 1):
            values = {"n": n, "key": f"hubspot:contact:{n}", "other": 2 if n == 3 else None}
            tx.execute(text("INSERT INTO person (id, due_at, merged_into) VALUES (:n, 0, :other)"), values)
            owner = values | {"person": values["other"] or n}
            tx.execute(text("INSERT INTO identity (key, person) VALUES (:key, :person)"), owner)
            tx.execute(
                text(
                    "INSERT INTO touch (connection, source_id, key, kind, occurred_at, recorded_at,"
                    " ingested_at, asset, page, seconds, campaign, url, referrer, provenance, fresh)"
                    " VALUES ('hubspot', :key, :key, 0, 1, 1, 1, 0, 0, :n, 0, 0, 0, 0, FALSE)"
                ),
                values,
            )
    store.close()
    return address


def seconds_of(people: Sequence[int], facts: Facts) -> tuple[int, list[int], list[int]]:
    return os.getpid(), list(people), facts.touches.seconds.tolist()


def fail(people: Sequence[int], facts: Facts) -> None:
    raise ArithmeticError(f"{len(people)} people")


def test_every_person_is_in_one_part_and_parts_come_in_order(url: str) -> None:
    parts = list(over_everybody(url, seconds_of, processes=2, people_at_once=3))

    assert [people for _, people, _ in parts] == [[1, 2], [4, 5, 6], [7]]
    assert [seconds for _, _, seconds in parts] == [[1, 2, 3], [4, 5, 6], [7]]
    assert os.getpid() not in {process for process, _, _ in parts}


def test_what_goes_wrong_in_a_part_is_raised_here(url: str) -> None:
    with pytest.raises(ArithmeticError, match="6 people"):
        list(over_everybody(url, fail, processes=1))


def test_a_store_without_people_has_no_parts(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'empty.db'}"
    engine = open_engine(address)
    upgrade(engine)
    engine.dispose()

    assert list(over_everybody(address, seconds_of)) == []
