"""What a CRM takes back is gone, with all that hangs on it, and whoever it was about is judged anew."""

from __future__ import annotations

from sqlalchemy import text

from connectors.records import Page, Record, Touch
from sync.clock import DAY
from sync.store.engine import Store
from sync.store.pages import save_page
from sync.store.people import resolve_records, wake_touched
from sync.store.timelines import pack, read_packs, save_packs

NOW = 1_000 * DAY
CRM = "salesforce"
JANE, JOHN = f"{CRM}:contact:1", f"{CRM}:contact:2"


def call(source_id: str, key: str = JANE) -> Touch:
    return Touch(key, source_id, "call", NOW - DAY)


def save(store: Store, *touches: Touch, withdrawn: tuple[str, ...] = (), crm: str = CRM) -> None:
    save_page(store, crm, "tasks", Page("c", True, touches=touches, withdrawn=withdrawn), NOW)


def kept(store: Store) -> list[str]:
    with store.reading() as tx:
        return sorted(tx.execute(text("SELECT source_id FROM touch")).scalars())


def test_a_touch_that_is_taken_back_goes_with_what_hangs_on_it_and_nothing_else(store: Store) -> None:
    names = ["task:1", "task:1:a", "task:1:b", "task:10", "task:1;", "event:1"]
    save(store, *(call(name) for name in names))
    save(store, call("task:1"), crm="hubspot")

    save(store, withdrawn=("task:1", "task:2"))

    assert kept(store) == sorted(["task:1", "task:10", "task:1;", "event:1"])


def test_a_touch_that_is_taken_back_and_told_again_is_there_once(store: Store) -> None:
    save(store, call("task:1"))
    save(store, withdrawn=("task:1",))
    save(store, call("task:1"), withdrawn=("task:1",))

    assert kept(store) == ["task:1"]


def test_only_whom_it_was_about_is_judged_anew_and_her_pack_is_dropped(store: Store) -> None:
    records = tuple(Record("contact", each, 10, 5) for each in ("1", "2"))
    page = Page("c", True, records, (call("task:1", JANE), call("task:2", JOHN)))
    save_page(store, CRM, "contacts", page, NOW)
    resolve_records(store, 10)
    wake_touched(store)
    with store.transaction() as tx:
        tx.execute(text("UPDATE person SET due_at = 99"))
        rows = tx.execute(text("SELECT key, person FROM identity")).all()
        people = {row.key: row.person for row in rows}
        save_packs(store, tx, [pack(each, b"", {}, ()) for each in people.values()])

    save(store, withdrawn=("task:1",))

    with store.reading() as tx:
        due = {row.id: row.due_at for row in tx.execute(text("SELECT id, due_at FROM person"))}
        assert due == {people[JANE]: 0, people[JOHN]: 99}
        assert set(read_packs(tx, sorted(due))) == {people[JOHN]}
