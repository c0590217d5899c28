"""Versions of definitions in the store: whole, with their texts, for good."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings
from sqlalchemy import text

from config.definitions import default_definition
from scoring.definitions.definition import Definition, Terms
from scoring.score import score
from scoring.touches import DAY, Facts, attributes_of, touches_of
from scoring.verdicts import Verdicts
from sync.definitions.versions import Kept
from sync.store.colleagues import companies
from sync.store.definition_json import decode, encode, host_lists
from sync.store.definitions import load_definitions, remember_definitions, source_of
from sync.store.engine import Store
from sync.store.trials import save_trial
from sync.store.verdicts import save_episodes

sys.path.append(str(Path(__file__).parents[1] / "scoring"))
from lives import definitions

T = 20_000 * DAY
STANDARD = default_definition()
LISTS = {one.name: one.listed for one in host_lists(STANDARD)}


@settings(max_examples=60, deadline=None)
@given(definitions())
def test_a_definition_comes_back_as_it_was(definition: Definition) -> None:
    agreed = replace(definition, terms=Terms(agreed_by=("Jo",), agreed_at=T, effective_at=T, trial=True))

    assert decode(encode(agreed), {}) == agreed


def test_lists_of_hosts_are_put_in_as_they_are_today() -> None:
    back = decode(encode(STANDARD), LISTS)
    other = decode(encode(STANDARD), {})

    assert LISTS
    assert back == STANDARD
    assert other.fingerprint == STANDARD.fingerprint
    assert all(one.listed == () for one in host_lists(other))


def test_every_version_stays_with_its_text_and_changed_terms(store: Store) -> None:
    first = Kept(STANDARD, T, "one")
    second = Kept(replace(STANDARD, version="2", terms=Terms(effective_at=T)), T, "two")

    assert remember_definitions(store, (first,), "m1")
    with store.reading() as tx:
        kept = load_definitions(tx, LISTS)
    ended = replace(kept[0], definition=replace(kept[0].definition, terms=Terms("retired", retired_at=T)))
    assert remember_definitions(store, (ended, second), "m2")
    assert not remember_definitions(store, (ended,), "m2")

    with store.reading() as tx:
        found = load_definitions(tx, LISTS)
        assert [(one.definition, one.first_seen_at, one.text) for one in found] == [
            (ended.definition, T, "one"),
            (second.definition, T, "two"),
        ]
        assert (source_of(tx, "standard", "1"), source_of(tx, "standard", "2")) == ("one", "two")
        assert source_of(tx, "standard", "3") is None


def test_a_list_that_is_gone_is_remembered_as_it_was_last_seen(store: Store) -> None:
    remember_definitions(store, (Kept(STANDARD, T, "one"),), "m")

    with store.reading() as tx:
        assert load_definitions(tx, {})[0].definition == STANDARD


def test_a_new_meaning_makes_everybody_due(store: Store) -> None:
    with store.transaction() as tx:
        tx.execute(text("INSERT INTO person (id, due_at) VALUES (1, 99)"))

    remember_definitions(store, (), "m1")

    with store.reading() as tx:
        assert tx.execute(text("SELECT due_at FROM person")).scalar() == 0


RECORD = """
INSERT INTO record (key, connection, kind, record_id, stamp, created_at, ingested_at, deleted, fresh, company,
                    attributes, own, names)
VALUES (:key, 'x', 'contact', '1', 0, 0, 0, FALSE, FALSE, :company, '{}', '{}', '[]')
"""


def judged(*days: int, definition: Definition = STANDARD, at: int = T) -> Verdicts:
    done = [
        {"id": n, "at": T + day * DAY, "kind": kind}
        for n, day in enumerate(days)
        for kind in ("demo_request", "quote_request")
    ]
    facts = Facts(1, touches_of({**one, "id": n} for n, one in enumerate(done)), attributes_of([]))
    return score(facts, definition, at)


def test_what_a_trial_says_is_kept_beside_and_dropped_with_it(store: Store) -> None:
    trial = replace(STANDARD, name="try", terms=Terms(trial=True))
    kept = (Kept(trial, T, ""),)
    remember_definitions(store, kept, "m1")
    with store.transaction() as tx:
        save_trial(store, tx, [7], judged(0), trial)
        save_trial(store, tx, [7], judged(0), trial)

    with store.reading() as tx:
        rows = [
            tuple(row)
            for row in tx.execute(text("SELECT person, definition, version, qualified_at FROM trial"))
        ]
        stored = load_definitions(tx, LISTS)
    remember_definitions(store, (replace(stored[0], definition=replace(trial, terms=Terms())),), "m2")

    assert rows == [(7, "try", "1", T)]
    with store.reading() as tx:
        assert tx.execute(text("SELECT COUNT(*) FROM trial")).scalar() == 0


def episodes(store: Store) -> list[tuple[int, int, int, int, str]]:
    with store.reading() as tx:
        sql = "SELECT id, number, qualified_at, ended_at, version FROM episode ORDER BY id"
        return [tuple(row) for row in tx.execute(text(sql))]


def align(store: Store, verdicts: Verdicts) -> None:
    with store.transaction() as tx:
        save_episodes(tx, [7], verdicts)


def test_a_spell_that_ended_between_two_looks_is_not_taken_for_the_next(store: Store) -> None:
    align(store, judged(0))
    later = judged(0, 400, at=T + 400 * DAY)
    align(store, later)

    ((first, one, began, ended, _), (_, two, again, still, _)) = episodes(store)
    assert (one, began, two, again, still) == (1, T, 2, T + 400 * DAY, 0)
    assert T < ended < again
    align(store, later)
    assert len(episodes(store)) == 2
    assert episodes(store)[0][0] == first


def test_a_late_fact_moves_the_start_and_a_void_one_ends_the_spell(store: Store) -> None:
    align(store, judged(0))
    align(store, judged(-2, 0))
    assert [row[2:4] for row in episodes(store)] == [(T - 2 * DAY, 0)]

    align(store, judged())
    assert [row[2:4] for row in episodes(store)] == [(T - 2 * DAY, T)]

    align(store, judged(-2))
    assert [row[1:4] for row in episodes(store)] == [(1, T - 2 * DAY, 0)]


def test_colleagues_hang_together_across_crms(store: Store) -> None:
    rows = [
        ("hubspot:contact:1", "h1", 1),
        ("salesforce:contact:1", "s1", 1),
        ("hubspot:contact:2", "h1", 2),
        ("salesforce:contact:3", "s1", 3),
        ("hubspot:contact:4", "h9", 4),
        ("hubspot:contact:5", "", 5),
    ]
    with store.transaction() as tx:
        for key, company, person in rows:
            tx.execute(
                text("INSERT INTO identity (key, person) VALUES (:key, :person)"),
                {"key": key, "person": person},
            )
            tx.execute(
                text(RECORD),
                {"key": key, "company": company},
            )

    with store.reading() as tx:
        found, alone = companies(tx, [2]), companies(tx, [4, 5])

    assert found == {1: 1, 2: 1, 3: 1}
    assert alone == {4: 1}
