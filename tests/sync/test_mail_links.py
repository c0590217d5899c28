"""Clicks of machines, from the page they came with to the verdict: links are counted over everybody, and
what is heard of late is heard."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text

from config.init import init
from config.settings import load_settings
from connectors.records import Page, Record, Touch
from sync.clock import DAY, MINUTE, SECOND
from sync.cycle import judge_of
from sync.definitions.view import Volume, volumes
from sync.score import score_due
from sync.status import status
from sync.store import mail_links
from sync.store.engine import Store, open_engine
from sync.store.facts import load_facts
from sync.store.pages import save_page
from sync.store.people import resolve_records, wake_touched
from sync.store.upgrade import MIGRATIONS, upgrade
from sync.workspace import Workspace

NOW = 20_000 * DAY
JANE, JOHN = "email:jane@acme.example", "email:john@acme.example"
KNOWN = {"title": "VP Marketing", "employees": "500", "industry": "Software", "country": "Germany"}
SITE = "https://www.acme.example"


@pytest.fixture
def workspace(store: Store, tmp_path: Path) -> Workspace:
    folder = tmp_path / "workspace"
    init(folder)
    return Workspace(load_settings(folder), store, {}, lambda: NOW)


def contact(number: str, key: str) -> Record:
    return Record("contact", number, 10, 5, attributes=KNOWN, keys=(key,))


def click(key: str, link: str, at: int, *, mail: str = "email:1", number: int = 0) -> Touch:
    url = f"{SITE}/{link}" if link else ""
    return Touch(key, f"{key}:{mail}:{link}:{at}:{number}", "email_click", at, at, asset=mail, url=url)


def tour(key: str, links: Sequence[str], at: int) -> list[Touch]:
    """So slow that it is no burst, so quick that no human reads along."""
    return [click(key, link, at + number * 10 * SECOND) for number, link in enumerate(links)]


def read(workspace: Workspace, *rows: Record | Touch) -> None:
    records = tuple(row for row in rows if isinstance(row, Record))
    touches = tuple(row for row in rows if isinstance(row, Touch))
    save_page(workspace.store, "hubspot", "all", Page("1", True, records, touches), NOW)
    while resolve_records(workspace.store, 100):
        pass
    wake_touched(workspace.store)


def judge(workspace: Workspace) -> int:
    found = judged = 0
    while judged := score_due(workspace.store, judge_of(workspace), NOW):
        found += judged
    return found


def row_of(store: Store, select: str) -> Any:
    with store.reading() as tx:
        return tx.execute(text(select)).one()


def links_seen(store: Store) -> list[int]:
    with store.reading() as tx:
        people = sorted(tx.execute(text("SELECT DISTINCT person FROM identity")).scalars())
        return sorted(load_facts(tx, people).touches.mail_links.tolist())


def points_of(store: Store, key: str) -> int:
    person = f"SELECT person FROM identity WHERE key = '{key}'"
    return int(row_of(store, f"SELECT engagement FROM verdict WHERE person = ({person})")[0])


def test_links_are_counted_over_everybody_and_without_what_is_personal(workspace: Workspace) -> None:
    read(
        workspace,
        *(contact("1", JANE), contact("2", JOHN)),
        *(click(JANE, "a?for=jane", NOW), click(JOHN, "a?for=john#top", NOW), click(JOHN, "b", NOW)),
        *(click(JANE, "a", NOW, mail="email:2"), click(JANE, "c", NOW, mail=""), click(JANE, "", NOW)),
        Touch(JANE, "view", "page_view", NOW, asset="email:1", url=f"{SITE}/d"),
    )

    assert links_seen(workspace.store) == [0, 0, 1, 2, 2, 2, 2]


def test_a_mail_with_a_link_for_everybody_does_not_fill_the_store(workspace: Workspace) -> None:
    most = mail_links.LINKS_MAX
    first = [click(JANE, str(number), NOW) for number in range(most - 1)]
    second = [click(JANE, f"more{number}", NOW) for number in range(3)]

    read(workspace, contact("1", JANE), *first)
    read(workspace, *second)

    assert row_of(workspace.store, "SELECT COUNT(*) FROM mail_link")[0] == most
    assert set(links_seen(workspace.store)) == {most}


def test_a_link_followed_for_the_first_time_gives_back_what_every_link_had_voided(
    workspace: Workspace,
) -> None:
    read(workspace, contact("1", JANE), contact("2", JOHN), *tour(JANE, "abcd", NOW - DAY))
    judge(workspace)
    assert points_of(workspace.store, JANE) == 0

    read(workspace, click(JOHN, "e", NOW - DAY))

    assert judge(workspace) == 2  # John, who clicked, and Jane, whose tour was none
    assert points_of(workspace.store, JANE) == 3_000
    assert judge(workspace) == 0


def test_links_that_were_known_wake_nobody_else(workspace: Workspace) -> None:
    read(workspace, contact("1", JANE), contact("2", JOHN), *tour(JANE, "abcd", NOW - DAY))
    judge(workspace)

    read(workspace, click(JOHN, "a", NOW - DAY), click(JOHN, "x", NOW - DAY, mail="email:2"))

    assert judge(workspace) == 1
    assert points_of(workspace.store, JANE) == 0


def qualifying(workspace: Workspace) -> None:
    """Jane has 25 for a webinar, 2 for a visit and 3 for each of four mails, of which three are enough."""
    webinar = Touch(JANE, "webinar", "webinar_registration", NOW - 9 * DAY, asset="Webinar")
    visit = Touch(JANE, "visit", "blog_visit", NOW - 8 * DAY, page="/blog/a")
    clicks = [click(JANE, "a", NOW - days * DAY, mail=f"email:{days}") for days in (4, 3, 2, 1)]
    read(workspace, contact("1", JANE), webinar, visit, *clicks)


def arrival(days: int) -> Touch:
    at = NOW - days * DAY - SECOND
    return Touch(JANE, f"arrival:{days}", "email_delivered", at, at, asset=f"email:{days}")


VERDICT = "SELECT status, engagement, qualified_at, would_be_mql FROM verdict"


def test_a_delivery_heard_of_late_moves_the_moment_of_qualifying(workspace: Workspace) -> None:
    qualifying(workspace)
    judge(workspace)
    before = tuple(row_of(workspace.store, VERDICT))

    read(workspace, arrival(3))
    judge(workspace)

    assert before == ("mql", 36_000, NOW - 2 * DAY, False)
    assert tuple(row_of(workspace.store, VERDICT)) == ("mql", 36_000, NOW - DAY, False)
    assert row_of(workspace.store, "SELECT qualified_at, ended_at FROM episode") == (NOW - DAY, 0)
    assert row_of(workspace.store, "SELECT COUNT(*) FROM touch")[0] == 7


def test_who_is_no_mql_because_machines_clicked_is_remembered_and_no_crm_is_told(
    workspace: Workspace,
) -> None:
    qualifying(workspace)
    judge(workspace)

    read(workspace, arrival(3), arrival(2))
    judge(workspace)

    assert tuple(row_of(workspace.store, VERDICT)) == ("lead", 33_000, 0, True)
    assert row_of(workspace.store, "SELECT ended_by FROM episode")[0] == "void"
    told = str(row_of(workspace.store, "SELECT published FROM verdict")[0])
    assert '"status":"lead"' in told
    assert "would" not in told
    shown = status(workspace)
    assert shown.would_be_mqls == shown.as_dict()["would_be_mqls_with_machines"] == 1
    assert "would be MQL if machine clicks counted: 1" in shown.lines()
    with workspace.store.reading() as tx:
        assert volumes(tx).judged == {"standard": Volume(people=1, mqls=0, would_be=1)}


def test_the_crms_own_word_may_come_later(workspace: Workspace) -> None:
    qualifying(workspace)
    judge(workspace)

    read(
        workspace,
        *(
            click(JANE, "a", NOW - days * DAY, mail=f"email:{days}")._replace(is_machine=True)
            for days in (3, 2)
        ),
    )
    judge(workspace)

    assert tuple(row_of(workspace.store, VERDICT)) == ("lead", 33_000, 0, True)


@pytest.fixture
def old_store(url: str) -> Iterator[Store]:
    """A store as it was before links were counted."""
    engine = open_engine(url)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.connect().execution_options(begin="IMMEDIATE") as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")
    store = Store(engine, url)
    yield store
    store.close()


def test_links_that_were_followed_before_anybody_counted_are_counted_by_the_upgrade(
    old_store: Store, tmp_path: Path
) -> None:
    labels = ["email_click", "email:1", f"{SITE}/a?x=1", f"{SITE}/a", f"{SITE}/b", "page_view"]
    clicks = [(1, 2, 3), (1, 2, 4), (1, 2, 5), (1, 0, 5), (6, 2, 4)]
    with old_store.transaction() as tx:
        old_store.many(tx, "INSERT INTO label (text) VALUES (?)", [(one,) for one in labels])
        old_store.many(
            tx,
            "INSERT INTO touch (connection, source_id, key, kind, occurred_at, recorded_at, ingested_at,"
            " asset, page, seconds, campaign, url, referrer, provenance, fresh)"
            " VALUES ('hubspot', ?, ?, ?, ?, 1, 1, ?, 0, 0, 0, ?, 0, 0, TRUE)",
            [(f"c{n}", JANE, kind, NOW, asset, url) for n, (kind, asset, url) in enumerate(clicks)],
        )

    upgrade(old_store.engine)

    assert row_of(old_store, "SELECT COUNT(*) FROM mail_link")[0] == 2
    folder = tmp_path / "workspace"
    init(folder)
    read(
        Workspace(load_settings(folder), old_store, {}, lambda: NOW),
        contact("1", JANE),
        click(JANE, "b", NOW + MINUTE),
    )
    assert links_seen(old_store) == [0, 0, 2, 2, 2, 2]


def test_whoever_is_merged_takes_her_tours_along(workspace: Workspace) -> None:
    read(workspace, contact("1", JANE), contact("2", JOHN), *tour(JOHN, "abcd", NOW - DAY))
    judge(workspace)

    merged = Record("contact", "2", 20, 5, attributes=KNOWN, keys=(JOHN, "hubspot:contact:1"))
    read(workspace, merged)
    judge(workspace)
    read(workspace, click("email:other@acme.example", "e", NOW))

    survivor = row_of(workspace.store, "SELECT DISTINCT person FROM identity")[0]
    assert tuple(
        row_of(workspace.store, "SELECT person, due_at FROM mail_tour JOIN person ON id = person")
    ) == (*(survivor, 0),)
