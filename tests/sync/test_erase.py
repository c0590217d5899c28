"""Erasing a person: nothing of her is left anywhere, she never comes back, and others stay whole."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import insert, text
from sqlmodel import SQLModel

from connectors.records import Page, Record, Touch, Unread
from sync.store.backup import backup, restore
from sync.store.engine import Store, open_engine
from sync.store.erase import erase, replay
from sync.store.facts import keep_timelines
from sync.store.pages import save_page
from sync.store.people import resolve_records, wake_touched
from sync.store.schema import Intent
from sync.store.upgrade import upgrade

NOW = 1_795_000_000_000_000
JANE, JIM = "jane@mail.example", "jim@mail.example"
HERS = ("jane", "hubspot:contact:1", "salesforce:lead:00q1", "555-0100")


def contact(number: str, address: str, **more: str) -> Record:
    attributes = {"email": address, "company_key": "hubspot:company:9", **more}
    return Record("contact", number, NOW, NOW, attributes=attributes, keys=(f"email:{address}",))


def touch(key: str, number: int, url: str = "https://acme.example/pricing?utm_source=x") -> Touch:
    return Touch(key, f"view:{number}", "page_view", NOW - number, asset="Pricing", url=url)


PAGE = Page(
    "cursor",
    True,
    records=(contact("1", JANE, phone="555-0100"), contact("2", JIM)),
    touches=(
        touch("hubspot:contact:1", 1),
        touch(f"email:{JANE}", 2, f"https://acme.example/u?e={JANE}"),
        touch("hubspot:contact:2", 3),
    ),
    unread=(
        Unread("forms", "f1", "ValueError", b'{"values":[{"value":"Jane@Mail.example"}]}'),
        Unread("forms", "f2", "ValueError", b'{"values":[{"value":"jim@mail.example"}]}'),
    ),
)
LEAD = contact("00Q1", "JANE@mail.example")._replace(
    kind="lead", keys=(f"email:{JANE}", "email:info@mail.example")
)


ODD = Unread("lead_status", "1", "ValueError", b"{}")


def filled(store: Store) -> Store:
    save_page(store, "hubspot", "contacts", PAGE, NOW)
    changed = PAGE.records[0]._replace(
        stamp=NOW + 1, attributes={"email": JANE, "phone": "555-0100", "city": "Jane's"}
    )
    save_page(store, "hubspot", "contacts", Page("cursor", True, records=(changed,)), NOW)
    save_page(store, "salesforce", "leads", Page("", True, records=(LEAD,)), NOW)
    save_page(store, "hubspot", "lead_status", Page("", True, unread=(ODD,)), NOW)
    resolve_records(store, 100)
    wake_touched(store)
    with store.transaction() as tx:
        keep_timelines(store, tx, people(store))
        row = Intent(
            plan=1, person=person_of(store, "hubspot:contact:1"), connection="hubspot", purpose="task",
            key="hubspot:contact:1", payload='{"body": "Call Jane"}', before="{}", state="done",
            created_at=NOW,
        )  # fmt: skip
        tx.execute(insert(Intent).values(**row.model_dump(exclude={"id"})))
    return store


def people(store: Store) -> list[int]:
    with store.reading() as tx:
        return list(tx.execute(text("SELECT id FROM person ORDER BY id")).scalars())


def person_of(store: Store, key: str) -> int:
    with store.reading() as tx:
        return int(
            tx.execute(text("SELECT person FROM identity WHERE key = :key"), {"key": key}).scalar() or 0
        )


def everything(store: Store) -> str:
    """This is all that stands in any table, as one text."""
    with store.reading() as tx:
        cells = [
            cell
            for table in SQLModel.metadata.sorted_tables
            for row in tx.execute(text(f"SELECT * FROM {table.name}"))
            for cell in row
        ]
    rows = [bytes(c).decode(errors="replace") if isinstance(c, bytes | memoryview) else str(c) for c in cells]
    return "\n".join(rows).casefold()


def test_nothing_of_her_is_left_in_any_table_and_others_stay_whole(store: Store) -> None:
    filled(store)
    before = everything(store)
    her, him = person_of(store, "hubspot:contact:1"), person_of(store, "hubspot:contact:2")

    erased = erase(store, {f"email:{JANE}"}, NOW)

    left = everything(store)
    assert all(word in before for word in HERS)
    assert not any(word in left for word in HERS)
    assert erased.people == 1
    assert erased.rows["touch"] == 2
    assert erased.rows["quarantine"] == 2
    assert people(store) == [him]
    assert her != him
    assert person_of(store, "hubspot:contact:2") == him
    assert "acme.example/pricing?utm_source=x" in left  # he had been there too
    assert "jim@mail.example" in left


def test_what_is_read_of_her_again_is_not_kept(store: Store) -> None:
    filled(store)
    erase(store, {"hubspot:contact:1"}, NOW)
    left = everything(store)

    later = replace(PAGE, records=(PAGE.records[0], contact("7", "JANE@mail.example".casefold())))
    saved = save_page(store, "hubspot", "contacts", later, NOW + 1)
    save_page(store, "salesforce", "leads", Page("", True, records=(LEAD,)), NOW + 1)
    resolve_records(store, 100)

    assert (saved.records, saved.touches, saved.unread) == (0, 1, 1)
    assert not any(word in everything(store) for word in HERS)
    assert left.count("hubspot:contact:2") == everything(store).count("hubspot:contact:2")


def test_her_number_is_never_given_to_another(store: Store) -> None:
    filled(store)
    last = people(store)[-1]
    with store.reading() as tx:
        keys = set(tx.execute(text("SELECT key FROM identity WHERE person = :p"), {"p": last}).scalars())

    erase(store, keys, NOW)
    save_page(store, "hubspot", "contacts", Page("", True, records=(contact("3", "new@mail.example"),)), NOW)
    resolve_records(store, 100)

    assert person_of(store, "hubspot:contact:3") == last + 1


def test_a_mailbox_that_many_read_is_not_buried_with_one_of_them(store: Store) -> None:
    filled(store)
    erase(store, {"hubspot:contact:1"}, NOW)

    info = contact("8", "info@mail.example")._replace(keys=("email:info@mail.example",))
    saved = save_page(store, "hubspot", "contacts", Page("", True, records=(info,)), NOW)

    assert saved.records == 1


def test_a_page_that_says_that_somebody_was_wiped_erases_her(store: Store) -> None:
    filled(store)

    save_page(store, "hubspot", "contacts", Page("", True, erased=("hubspot:contact:1",)), NOW)

    assert not any(word in everything(store) for word in HERS)


def test_an_address_that_nobody_has_yet_is_buried_all_the_same(store: Store) -> None:
    erased = erase(store, {f"email:{JANE}"}, NOW)
    saved = save_page(store, "hubspot", "contacts", PAGE, NOW)

    assert erased.people == 0
    assert saved.records == 1


def test_erasing_twice_finds_nobody_the_second_time(store: Store) -> None:
    filled(store)
    erase(store, {"hubspot:contact:1"}, NOW)

    with store.transaction() as tx:
        again = replay(store, tx, NOW)

    assert again.people == 0


def test_whoever_stood_in_no_row_yet_is_found_by_her_record_alone(store: Store) -> None:
    save_page(store, "hubspot", "contacts", PAGE, NOW)

    erase(store, {"hubspot:contact:1"}, NOW)

    assert "jane" not in everything(store)


def test_the_file_itself_no_longer_holds_her(tmp_path: Path) -> None:
    file = tmp_path / "mqlsync.db"
    store = opened(file)
    filled(store)

    erase(store, {"hubspot:contact:1"}, NOW)

    raw = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    store.close()
    assert b"jim@mail.example" in raw
    assert b"jane" not in raw.lower()


@pytest.mark.parametrize("erased_before_copy", [False, True])
def test_a_restored_copy_forgets_her_again(tmp_path: Path, *, erased_before_copy: bool) -> None:
    file = tmp_path / "mqlsync.db"
    store = opened(file)
    filled(store)
    if erased_before_copy:
        erase(store, {"hubspot:contact:2"}, NOW)
    copy = backup(store, tmp_path / "copies", NOW)
    erase(store, {"hubspot:contact:1"}, NOW)
    store.close()

    restore(store.url, copy, NOW)

    again = opened(file)
    saved = save_page(again, "hubspot", "contacts", PAGE, NOW)
    left = everything(again)
    again.close()
    assert not any(word in left for word in HERS)
    assert saved.records == (0 if erased_before_copy else 1)
    assert list(tmp_path.glob("*.part*")) == []


def opened(file: Path) -> Store:
    url = f"sqlite:///{file}"
    engine = open_engine(url)
    upgrade(engine)
    return Store(engine, url)


def test_a_colleagues_task_loses_her_name_and_keeps_the_rest(store: Store) -> None:
    jane = contact("1", JANE, first_name="Jane", last_name='O"Hara')
    save_page(store, "hubspot", "contacts", Page("", True, records=(jane, contact("2", JIM))), NOW)
    resolve_records(store, 100)
    body = 'Call Jim\\nColleague: Jane O\\"Hara · CEO · MQL'
    with store.transaction() as tx:
        row = Intent(
            plan=1, person=person_of(store, "hubspot:contact:2"), connection="hubspot", purpose="task",
            key="hubspot:contact:2", payload=f'{{"body":"{body}"}}', before="{}", state="done",
            created_at=NOW,
        )  # fmt: skip
        tx.execute(insert(Intent).values(**row.model_dump(exclude={"id"})))

    erase(store, ["hubspot:contact:1"], NOW)

    with store.reading() as tx:
        told = tx.execute(text("SELECT payload FROM intent")).scalar_one()
    assert told == '{"body":"Call Jim\\nColleague: somebody · CEO · MQL"}'
