"""The ledger of runs and the store's own memory."""

from __future__ import annotations

from sync.store.engine import Store
from sync.store.runs import RunEntry, begin, finish, latest, recall, remember


def test_a_run_is_running_until_it_is_finished(store: Store) -> None:
    run = begin(store, "cycle", 100)
    assert latest(store, 5) == [RunEntry(run, "cycle", 100, 0, "running", {}, "")]

    finish(store, run, "done", {"pulled": 3}, "", 200)

    assert latest(store, 5) == [RunEntry(run, "cycle", 100, 200, "done", {"pulled": 3}, "")]


def test_a_finished_run_keeps_its_first_ending(store: Store) -> None:
    run = begin(store, "cycle", 100)
    finish(store, run, "failed", {}, "the CRM did not answer", 200)

    finish(store, run, "done", {}, "", 300)

    (entry,) = latest(store, 1)
    assert (entry.state, entry.error, entry.ended_at) == ("failed", "the CRM did not answer", 200)


def test_the_latest_runs_come_first_and_no_more_than_asked(store: Store) -> None:
    runs = [begin(store, "cycle", at) for at in (1, 2, 3)]

    assert [entry.id for entry in latest(store, 2)] == [runs[2], runs[1]]
    assert latest(store, 0) == []


def test_a_run_that_still_runs_when_the_next_one_begins_was_killed(store: Store) -> None:
    one = begin(store, "cycle", 1)

    two = begin(store, "cycle", 5)
    finish(store, one, "done", {}, "", 6)

    assert latest(store, 2) == [
        RunEntry(two, "cycle", 5, 0, "running", {}, ""),
        RunEntry(one, "cycle", 1, 5, "stopped", {}, "killed"),
    ]


def test_a_run_that_ended_is_not_touched_by_the_next_one(store: Store) -> None:
    one = begin(store, "pull", 1)
    finish(store, one, "done", {}, "", 2)

    two = begin(store, "score", 3)

    assert {entry.id: entry.state for entry in latest(store, 2)} == {one: "done", two: "running"}


def test_a_setting_is_recalled_as_last_remembered(store: Store) -> None:
    assert recall(store, "live_from") == ""

    remember(store, "live_from", "1")
    remember(store, "live_from", "2")

    assert recall(store, "live_from") == "2"
    assert recall(store, "other") == ""
