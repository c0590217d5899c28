"""One worker at a time, and a paused one cannot write after it was replaced."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from connectors.records import Page, Record
from sync.clock import SECOND
from sync.errors import LeaseHeld, LeaseLost
from sync.store.engine import Store
from sync.store.lease import LENGTH_S, acquire, holder, release, renew
from sync.store.pages import bookmark, known, save_page

NOW = 1_000_000 * SECOND
END = NOW + LENGTH_S * SECOND
PAGE = Page("after 1", False, (Record("contact", "1", 10, 5),))


@pytest.fixture
def first(open_store: Callable[[], Store]) -> Store:
    return open_store()


@pytest.fixture
def second(open_store: Callable[[], Store]) -> Store:
    return open_store()


def test_a_second_worker_is_refused_until_the_very_end(first: Store, second: Store) -> None:
    acquire(first, NOW, owner="one")

    with pytest.raises(LeaseHeld, match="one is working"):
        acquire(second, END - 1, owner="two")

    assert second.lease is None
    assert holder(second, END - 1) == "one"


def test_a_second_worker_takes_over_once_the_lease_ended(first: Store, second: Store) -> None:
    before = acquire(first, NOW, owner="one")

    after = acquire(second, END, owner="two")

    assert after.fence > before.fence
    assert holder(first, END) == "two"


def test_a_worker_that_woke_after_its_replacement_keeps_nothing(first: Store, second: Store) -> None:
    acquire(first, NOW, owner="one")
    acquire(second, END, owner="two")

    with pytest.raises(LeaseLost, match="two"):
        save_page(first, "hubspot", "contacts", PAGE, END)

    assert bookmark(second, "hubspot", "contacts") == ("", 0)
    assert known(second, "hubspot", "contact", [("1", 10)]) == frozenset()
    save_page(second, "hubspot", "contacts", PAGE, END)
    assert known(first, "hubspot", "contact", [("1", 10)]) == {"1"}


def test_a_worker_that_woke_late_but_was_not_replaced_goes_on(first: Store) -> None:
    acquire(first, NOW, owner="one")

    save_page(first, "hubspot", "contacts", PAGE, END + SECOND)

    assert bookmark(first, "hubspot", "contacts")[0] == "after 1"


def test_a_restarted_worker_of_the_same_name_shuts_its_former_self_out(first: Store, second: Store) -> None:
    acquire(first, NOW, owner="one")
    acquire(second, NOW, owner="one")

    with pytest.raises(LeaseLost):
        save_page(first, "hubspot", "contacts", PAGE, NOW)


def test_renewing_moves_the_end(first: Store, second: Store) -> None:
    acquire(first, NOW, owner="one")
    renew(first, END - 1)

    with pytest.raises(LeaseHeld):
        acquire(second, END, owner="two")
    with pytest.raises(LeaseHeld):
        acquire(second, END - 2 + LENGTH_S * SECOND, owner="two")
    acquire(second, END - 1 + LENGTH_S * SECOND, owner="two")


def test_a_lost_lease_cannot_be_renewed(first: Store, second: Store) -> None:
    acquire(first, NOW, owner="one")
    acquire(second, END, owner="two", length_s=10)

    with pytest.raises(LeaseLost):
        renew(first, END)

    assert holder(second, END + 10 * SECOND - 1) == "two"
    assert holder(second, END + 10 * SECOND) == ""


def test_a_released_lease_is_free_at_once(first: Store, second: Store) -> None:
    acquire(first, NOW, owner="one")
    release(first)

    assert holder(second, NOW) == ""
    acquire(second, NOW, owner="two")
    assert holder(first, NOW) == "two"


def test_releasing_a_lost_lease_leaves_the_new_holder_alone(first: Store, second: Store) -> None:
    acquire(first, NOW, owner="one")
    acquire(second, END, owner="two")

    release(first)

    assert holder(second, END) == "two"
    save_page(second, "hubspot", "contacts", PAGE, END)


def test_releasing_nothing_is_harmless(first: Store) -> None:
    release(first)

    assert holder(first, NOW) == ""
