"""A task that stands in a CRM is changed by news of its lead, and closed when its reason is gone."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from sqlalchemy import text
from task_lives import ASKED, JANE, KEY, Life, rejections, seen

from connectors.outcome import Rejected, Retry
from connectors.protocol import TaskChange
from connectors.records import Page, Record, TaskSeen, Touch
from sync.clock import DAY, HOUR
from sync.safety.inbox import retry
from sync.show import view
from sync.store.engine import Store
from sync.store.erase import erase
from sync.store.pages import save_page


@pytest.fixture
def life(store: Store, tmp_path: Path) -> Life:
    """Jane is MQL and her task stands."""
    life = Life(store, tmp_path / "workspace")
    life.arrives()
    assert life.passes() == []
    assert len(life.tasks) == 1
    return life


def test_a_task_is_not_changed_by_what_changes_nothing(life: Life) -> None:
    life.does("email_open")
    life.contact(city="Berlin")

    assert life.passes() == []
    assert life.passes(3 * DAY) == []


def test_an_owner_a_title_and_another_deed_are_news(life: Life) -> None:
    life.contact(owner_id="8")
    (owner,) = life.passes()
    life.contact(owner_id="8", title="CMO")
    (title,) = life.passes()

    assert owner.wanted.owner_id == "8"
    assert owner.shown[0].owner_id == "9"
    assert "CMO" in title.wanted.body
    assert title.shown == (owner.wanted,)
    assert life.passes() == []
    assert len(life.tasks) == 1


def test_a_task_that_fades_keeps_its_reason_and_its_priority(life: Life) -> None:
    (made,) = life.tasks

    sent = [one for _ in range(5) for one in life.passes(10 * DAY)]

    assert [one for one in sent if one.wanted.is_open] == []
    assert made.priority == "high"


def test_a_change_goes_where_the_task_stands(life: Life) -> None:
    (made,) = life.tasks
    life.contact("1702", owner_id="8")  # another record of hers, the younger one
    life.contact(owner_id="8", title="CMO")

    (change,) = life.passes()

    assert (change.id, change.wanted.key, change.wanted.record_id) == ("T1", made.key, made.record_id)


def test_colleagues_who_become_mql_stand_in_the_task(life: Life) -> None:
    life.arrives("1702", email="ann@acme.example", first_name="Ann", last_name="Bee", title="CTO")

    bodies = [one.wanted.body for one in life.passes()]

    assert len(bodies) == 1
    assert "Colleague: Ann Bee · CTO · MQL" in bodies[0]


ENDS = {
    "sales_rejected": "rejected by sales",
    "deal_won": "won",
}


@pytest.mark.parametrize("kind", ENDS)
def test_a_task_is_closed_when_its_spell_ends(life: Life, kind: str) -> None:
    life.does(kind)

    (change,) = life.passes()

    assert not change.wanted.is_open
    assert change.note.startswith(f"No longer needed: {ENDS[kind]}")
    assert change.wanted.body.startswith(change.note)
    assert life.passes() == []
    assert life.passes(DAY) == []


@pytest.mark.parametrize("state", [{"is_closed": True}, {"is_deleted": True}])
def test_a_task_that_somebody_finished_is_left_alone_until_it_is_open_again(
    life: Life, state: dict[str, bool]
) -> None:
    seen(life, **state)
    life.contact(title="CMO")
    assert life.passes() == []

    seen(life)
    life.contact(title="CEO")

    (change,) = life.passes()
    assert "CEO" in change.wanted.body


def test_an_older_state_does_not_replace_a_newer_one(life: Life) -> None:
    seen(life, is_closed=True)
    life.stamp -= 5
    seen(life)
    life.contact(title="CMO")

    assert life.passes() == []


def test_of_people_who_are_not_known_no_task_is_kept(life: Life) -> None:
    told = TaskSeen("T9", "hubspot:contact:404#1#follow-up", changed_at=1)
    save_page(life.workspace.store, "hubspot", "tasks", Page("1", True, tasks=(told,)), life.now)

    with life.workspace.store.reading() as tx:
        assert tx.execute(text("SELECT * FROM task_state")).all() == []


@pytest.mark.parametrize("kind", ["sales_accepted", "opportunity_created"])
def test_a_task_that_sales_took_over_is_theirs(life: Life, kind: str) -> None:
    life.does(kind)

    assert life.passes() == []


def test_a_task_on_which_sales_has_begun_stays_open_and_says_why(life: Life) -> None:
    life.does("call", ago=2 * HOUR)
    life.does("sales_rejected")

    changes = life.passes()

    assert [one.wanted.is_open for one in changes] == [True] * len(changes)
    assert changes[-1].wanted.body.startswith("No longer needed: rejected by sales")
    assert life.passes() == []


def test_a_task_says_why_somebody_is_excluded(life: Life) -> None:
    life.contact(title="Student")

    (change,) = life.passes()

    assert not change.wanted.is_open
    assert change.note.startswith("No longer needed: excluded 2024-10-03 (")


def test_a_task_that_was_closed_is_opened_when_the_spell_goes_on_after_all(life: Life) -> None:
    closed: list[TaskChange] = []
    for _ in range(40):
        closed = closed or [one for one in life.passes(5 * DAY) if not one.wanted.is_open]
        if closed:
            break
    at = life.now - 6 * DAY  # before the spell expired, and nobody knew
    life.read(touches=tuple(Touch(KEY, f"late:{kind}", kind, at, at) for kind in ASKED))

    (opened,) = life.passes()

    assert closed[0].note.startswith("No longer needed: expired")
    assert opened.wanted.is_open
    assert opened.shown == (closed[0].wanted,)
    assert "No longer" not in opened.wanted.body
    assert len(life.tasks) == 1


def test_the_next_spell_has_a_task_of_its_own_that_tells_of_the_first(life: Life) -> None:
    life.does("sales_rejected", asset="No budget")
    life.passes()
    life.now += 10 * DAY
    at = life.now - HOUR
    life.read(touches=tuple(Touch(KEY, f"again:{kind}", kind, at, at) for kind in ASKED))

    changes = life.passes()

    assert changes == []
    assert len(life.tasks) == 2
    assert "for the 2nd time: last put into nurture by sales 2024-10-03 (No budget)" in life.tasks[1].body


def test_a_change_that_waits_is_replaced_by_the_newest(life: Life) -> None:
    life.contact(title="CMO")
    life.judged()
    life.contact(title="CEO")
    life.judged()

    (waiting,) = life.waiting()
    life.sent()

    assert waiting.purpose == "task-update"
    (change,) = life.changes
    assert "CEO" in change.wanted.body
    assert len(change.shown) == 1


def test_a_change_that_is_not_wanted_any_more_is_never_sent(life: Life) -> None:
    life.contact(title="CMO")
    life.judged()
    assert len(life.waiting()) == 1
    life.contact()
    life.judged()

    assert life.waiting() == []
    assert life.passes() == []


def test_what_may_have_been_sent_is_remembered_as_ours(life: Life) -> None:
    life.outcomes = [Retry("the answer was lost")]
    life.contact(title="CMO")
    (lost,) = life.passes()
    life.contact(title="CEO")
    (second,) = life.passes(HOUR)

    assert second.shown == (*lost.shown, lost.wanted)


def test_what_may_have_been_sent_is_taken_back_when_it_is_not_wanted_any_more(life: Life) -> None:
    life.outcomes = [Retry("the answer was lost")]
    life.contact(title="CMO")
    (lost,) = life.passes()
    life.contact()
    (back,) = life.passes(HOUR)

    assert back.wanted == lost.shown[0]
    assert lost.wanted in back.shown
    assert life.passes() == []


def test_closing_replaces_an_update_that_waits(life: Life) -> None:
    life.contact(title="CMO")
    life.judged()
    life.does("sales_rejected")
    life.judged()

    (waiting,) = life.waiting()

    assert waiting.purpose == "task-close"


def test_a_refused_change_is_seen_and_meant_again(life: Life) -> None:
    life.outcomes = [Rejected("NO")]
    life.contact(title="CMO")
    (refused,) = life.passes()

    with life.workspace.store.transaction() as tx:
        tx.execute(text("UPDATE person SET due_at = 0"))
    (again,) = life.passes()

    assert again == refused


def test_a_refused_change_that_is_tried_again_is_decided_on_anew(life: Life) -> None:
    life.outcomes = [Rejected("NO")]
    life.contact(title="CMO")
    life.passes()
    assert rejections(life) == ["task-update"]

    retry(life.workspace, [])
    life.contact(title="CEO")
    (change,) = life.passes()

    assert "CEO" in change.wanted.body
    assert rejections(life) == []


def test_a_refused_update_is_over_when_the_task_is_closed(life: Life) -> None:
    life.outcomes = [Rejected("NO")]
    life.contact(title="CMO")
    life.passes()
    life.does("sales_rejected")
    life.passes()

    assert rejections(life) == []


def test_nothing_is_changed_before_the_task_is_there(store: Store, tmp_path: Path) -> None:
    life = Life(store, tmp_path / "workspace")
    life.arrives()
    life.outcomes = [Retry("the answer was lost")]
    assert life.passes() == []

    life.contact(title="CMO")
    first = life.passes()  # too early for another try
    second = life.passes(HOUR)
    third = life.passes()

    assert (first, second) == ([], [])
    (change,) = third
    assert "CMO" in change.wanted.body
    assert {one.key for one in life.tasks} == {change.wanted.key}


def test_a_task_that_was_never_sent_says_the_latest(store: Store, tmp_path: Path) -> None:
    life = Life(store, tmp_path / "workspace")
    life.arrives()
    life.judged()
    life.contact(title="CMO")
    life.judged()

    life.sent()

    (task,) = life.tasks
    assert "CMO" in task.body
    assert life.changes == []


def test_a_store_from_before_knows_its_tasks_and_leaves_their_texts_alone(life: Life) -> None:
    with life.workspace.store.transaction() as tx:
        row = tx.execute(text("SELECT id, payload FROM intent WHERE purpose = 'task'")).one()
        old = {name: value for name, value in orjson.loads(row.payload).items() if name != "told"}
        sql = "UPDATE intent SET payload = :payload WHERE id = :id"
        tx.execute(text(sql), {"payload": orjson.dumps(old).decode(), "id": row.id})
    life.contact(title="CMO")

    assert life.passes() == []

    life.contact(title="CMO", owner_id="8")
    (change,) = life.passes()
    assert change.wanted.owner_id == "8"


def test_a_settled_change_keeps_no_words(life: Life) -> None:
    life.contact(title="CMO")
    life.passes()
    life.contact(title="CEO")
    life.judged()
    life.contact(title="CMO")
    life.judged()

    with life.workspace.store.reading() as tx:
        rows = tx.execute(
            text("SELECT state, payload, before FROM intent WHERE purpose = 'task-update'")
        ).all()
    assert sorted(tuple(row) for row in rows) == [("done", "{}", "{}"), ("overtaken", "{}", "{}")]


def test_erasing_somebody_forgets_what_her_task_says(life: Life) -> None:
    seen(life, status="WAITING")
    life.contact(title="CMO")
    life.judged()
    erase(life.workspace.store, [KEY], life.now)

    with life.workspace.store.reading() as tx:
        assert tx.execute(text("SELECT payload, before FROM intent")).all() == []
        assert tx.execute(text("SELECT * FROM task_state")).all() == []


def test_merged_people_keep_one_open_task_and_the_other_is_closed(life: Life) -> None:
    other = {"email": "jane@other.example", "email_domain": "other.example", "owner_id": "8"}
    other |= {"company": "Other", "company_key": "hubspot:company:6"}
    life.arrives("1800", **other)
    life.passes()
    assert len(life.tasks) == 2
    life.stamp += 10
    keys = ("email:jane@other.example", "email:jane@acme.example")
    life.read(Record("contact", "1800", life.stamp, 5, False, {**JANE, **other}, keys=keys))

    changes = life.passes()

    (closed,) = [one for one in changes if not one.wanted.is_open]
    assert closed.note == "No longer needed: merged into another 2024-10-04."
    assert len(life.tasks) == 2
    assert life.passes() == []


def test_a_plan_that_only_changes_tasks_shows_them_and_can_be_released(life: Life) -> None:
    life.arrives(
        "1800", email="j@other.example", email_domain="other.example", company_key="hubspot:company:6"
    )
    life.passes()
    life.contact(title="CMO")
    life.does("sales_rejected", number="1800")
    life.judged()

    shown = view(life.workspace.store)

    assert shown is not None
    assert (shown.tasks, shown.tasks_updated, shown.tasks_closed) == (0, 1, 1)
    assert "Tasks to be updated: 1, to be closed: 1" in shown.lines()
    assert shown.next_command
