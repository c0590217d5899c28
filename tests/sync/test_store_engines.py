"""What the store promises on both engines when workers meet, are killed or fall asleep."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from sqlalchemy import make_url

from connectors.records import Page, Record, Touch
from sync.clock import SECOND
from sync.errors import LeaseLost, NotInstalled, StoreClosed
from sync.store.engine import Store, open_engine, quick_check
from sync.store.lease import LENGTH_S, acquire, holder
from sync.store.pages import bookmark, save_page
from sync.store.postgres import open_postgres
from sync.store.runs import recall, remember
from sync.store.upgrade import upgrade

NOW = 1_000_000 * SECOND
END = NOW + LENGTH_S * SECOND
PAGE = Page("after 1", False, (Record("contact", "1", 10, 5),))
WAIT_S = 30
A_MOMENT_S = 0.2
SILENCE_S = 0.5  # longer than a busy machine pauses between two statements


@pytest.fixture
def first(open_store: Callable[[], Store]) -> Store:
    return open_store()


@pytest.fixture
def second(open_store: Callable[[], Store]) -> Store:
    return open_store()


@contextmanager
def postgres_store(url: str, **patience: float) -> Iterator[Store]:
    patient = open_engine(url)
    upgrade(patient)
    patient.dispose()
    engine = open_postgres(make_url(url), **patience)
    try:
        yield Store(engine, url)
    finally:
        engine.dispose()


def count_up(store: Store, times: int) -> None:
    for _ in range(times):
        with store.transaction() as tx:
            held = tx.exec_driver_sql("SELECT value FROM setting WHERE name = 'count'").scalar_one()
            tx.exec_driver_sql(f"UPDATE setting SET value = '{int(held) + 1}' WHERE name = 'count'")


def test_two_writers_who_read_before_they_write_lose_nothing(first: Store, second: Store) -> None:
    remember(first, "count", "0")

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(count_up, store, 20) for store in (first, second)]:
            done.result(WAIT_S)

    assert recall(first, "count") == "40"


def test_a_reader_sees_one_state_whoever_writes_meanwhile(first: Store, second: Store) -> None:
    remember(first, "word", "before")

    with second.reading() as tx:
        seen = [tx.exec_driver_sql("SELECT value FROM setting").scalar()]
        remember(first, "word", "after")
        seen.append(tx.exec_driver_sql("SELECT value FROM setting").scalar())

    assert seen == ["before", "before"]
    assert recall(second, "word") == "after"


def test_nobody_takes_the_lease_between_its_check_and_the_commit(first: Store, second: Store) -> None:
    acquire(first, NOW, owner="one")
    with ThreadPoolExecutor(1) as pool:
        taking = []

        def at(place: str) -> None:
            if place == "store.before commit":
                taking.append(pool.submit(acquire, second, END, owner="two"))
                with pytest.raises(TimeoutError):
                    taking[0].result(A_MOMENT_S)

        first.at = at
        save_page(first, "hubspot", "contacts", PAGE, NOW)
        taking[0].result(WAIT_S)
    first.at = lambda _: None

    assert bookmark(second, "hubspot", "contacts")[0] == "after 1"
    assert holder(second, END) == "two"
    with pytest.raises(LeaseLost, match="two"):
        save_page(first, "hubspot", "contacts", PAGE, END)


@pytest.mark.parametrize("place", ["store.before commit", "store.after commit"])
def test_a_worker_killed_around_its_commit_leaves_all_or_nothing_and_no_lock(
    url: str, first: Store, place: str
) -> None:
    child = multiprocessing.get_context("spawn").Process(target=save_and_die, args=(url, place))
    child.start()
    child.join(WAIT_S)

    assert child.exitcode == -signal.SIGKILL
    kept = "after 1" if place == "store.after commit" else ""
    assert bookmark(first, "hubspot", "contacts")[0] == kept
    save_page(first, "hubspot", "contacts", PAGE, NOW)
    assert bookmark(first, "hubspot", "contacts")[0] == "after 1"


def save_and_die(url: str, place: str) -> None:
    def at(here: str) -> None:
        if here == place:
            os.kill(os.getpid(), signal.SIGKILL)

    save_page(Store(open_engine(url), url, at), "hubspot", "contacts", PAGE, NOW)


def test_texts_with_a_zero_character_are_kept_and_found_again(store: Store) -> None:
    touch = Touch("hubspot:contact:1", "visit:1", "page_view", NOW, campaign="spring\0sale")

    save_page(store, "hubspot", "visits", Page("a", False, touches=(touch,)), NOW)
    save_page(store, "hubspot", "visits", Page("b", False, touches=(touch,)), NOW)

    with store.reading() as tx:
        texts = tx.exec_driver_sql("SELECT text FROM label ORDER BY text").scalars().all()
    assert texts == ["page_view", "springsale"]


def test_a_postgres_worker_asleep_in_a_transaction_is_let_go_for_its_successor(postgres_url: str) -> None:
    with (
        postgres_store(postgres_url, silence_s=SILENCE_S) as sleeper,
        postgres_store(postgres_url) as successor,
    ):
        acquire(sleeper, NOW, owner="one")

        def at(place: str) -> None:
            if place == "store.before commit":
                acquire(successor, END, owner="two")

        sleeper.at = at

        with pytest.raises(StoreClosed, match="idle"):
            remember(sleeper, "word", "late")

        assert holder(successor, END) == "two"
        assert recall(successor, "word") == ""


def test_a_postgres_writer_does_not_wait_for_ever(postgres_url: str) -> None:
    with (
        postgres_store(postgres_url) as busy,
        postgres_store(postgres_url, lock_wait_s=A_MOMENT_S) as hasty,
        busy.transaction(),
        pytest.raises(StoreClosed, match="lock timeout"),
    ):
        remember(hasty, "word", "mine")


def test_postgres_readers_cannot_write(postgres_url: str) -> None:
    with (
        postgres_store(postgres_url) as store,
        pytest.raises(Exception, match="read-only transaction"),
        store.reading() as tx,
    ):
        tx.exec_driver_sql("DELETE FROM setting")


def hang_up(by: Store) -> None:
    """The server closes everybody else's connection, as it does when it is restarted."""
    with by.reading() as tx:
        tx.exec_driver_sql(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_a_postgres_store_goes_on_when_the_server_is_back(postgres_url: str) -> None:
    with postgres_store(postgres_url) as store, postgres_store(postgres_url) as other:
        remember(store, "word", "before")
        hang_up(by=other)

        remember(store, "word", "after")

        assert recall(store, "word") == "after"


def test_a_postgres_that_leaves_amid_a_transaction_kept_nothing_of_it(postgres_url: str) -> None:
    with postgres_store(postgres_url) as store, postgres_store(postgres_url) as other:

        def at(place: str) -> None:
            if place == "store.before commit":
                hang_up(by=other)

        store.at = at
        with pytest.raises(StoreClosed):
            remember(store, "word", "lost")
        store.at = lambda _: None

        assert recall(store, "word") == ""


def test_a_postgres_that_does_not_answer_is_named_without_its_password(postgres_url: str) -> None:
    url = make_url(postgres_url).set(database="nowhere", password="hunter2")
    engine = open_engine(url.render_as_string(hide_password=False))

    with pytest.raises(StoreClosed, match="nowhere") as caught:
        quick_check(engine, "")
    engine.dispose()

    assert "hunter2" not in str(caught.value)


def test_a_missing_driver_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)

    with pytest.raises(NotInstalled, match=r"mqlsync\[postgres\]"):
        open_engine("postgresql+psycopg://localhost/mqlsync")
