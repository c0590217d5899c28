"""What of a task may be written, face by face: ours follows, a human's stays."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from connectors.task_edits import BEGUN, CLOSED, NOTHING, OPEN, Edits, edits

NAMES = ("subject", "body", "owner", "due", "priority", "status")
OLD = {"subject": "Call", "body": "Why", "owner": "7", "due": "1", "priority": "HIGH", "status": OPEN}
NEW = {**OLD, "subject": "Call now", "body": "Why and why"}
OVER = {**OLD, "body": "No longer. Why", "status": CLOSED}


def test_what_still_shows_our_words_follows() -> None:
    assert edits(NEW, [OLD], OLD) == Edits(frozenset({"subject", "body"}))


def test_what_shows_the_new_words_already_needs_no_write() -> None:
    assert edits(NEW, [OLD], NEW) == NOTHING


def test_a_human_edit_stays_and_the_rest_follows() -> None:
    assert edits(NEW, [OLD], {**OLD, "subject": "Call after lunch"}) == Edits(frozenset({"body"}))
    assert edits(NEW, [OLD], {**OLD, "owner": "8"}) == Edits(frozenset({"subject", "body"}))


def test_words_that_may_have_been_sent_in_between_are_ours_too() -> None:
    between = {**OLD, "body": "Why not"}

    assert edits(NEW, [OLD], between) == Edits(frozenset({"subject"}))
    assert edits(NEW, [OLD, between], between) == Edits(frozenset({"subject", "body"}))


def test_a_task_that_somebody_has_done_is_left_alone() -> None:
    assert edits(NEW, [OLD], {**OLD, "status": CLOSED}) == NOTHING
    assert edits(OVER, [OLD], {**OLD, "status": CLOSED}) == NOTHING


def test_a_task_that_has_been_begun_follows_and_keeps_its_status() -> None:
    assert edits(NEW, [OLD], {**OLD, "status": BEGUN}) == Edits(frozenset({"subject", "body"}))


def test_a_task_is_closed_while_it_is_as_we_left_it() -> None:
    assert edits(OVER, [OLD], OLD) == Edits(frozenset({"body", "status"}))


def test_a_task_that_has_been_begun_or_edited_stays_open_and_says_why() -> None:
    for name, value in {"status": BEGUN, "owner": "8", "due": "2", "subject": "Call after lunch"}.items():
        assert edits(OVER, [OLD], {**OLD, name: value}, "No longer.") == Edits(frozenset({"body"}))
    edited = {**OLD, "body": "Why. I tried."}
    assert edits(OVER, [OLD], edited, "No longer.") == Edits(adds_note=True)


def test_a_note_is_added_once() -> None:
    edited = {**OLD, "body": "Why. I tried. No longer."}

    assert edits(OVER, [OLD], edited, "No  longer.") == NOTHING


def test_what_we_closed_we_may_open_again_and_what_a_human_closed_we_may_not() -> None:
    assert edits(OLD, [OVER], OVER) == Edits(frozenset({"body", "status"}))
    assert edits(NEW, [OLD, OVER], OVER) == Edits(frozenset({"subject", "body", "status"}))
    assert edits(OLD, [OVER], {**OVER, "status": BEGUN}) == Edits(frozenset({"body"}))


FACES = st.fixed_dictionaries(
    {name: st.sampled_from("abc") for name in NAMES if name != "status"}
    | {"status": st.sampled_from((OPEN, BEGUN, CLOSED))}
)
OURS = FACES.filter(lambda face: face["status"] != BEGUN)


@given(OURS, st.lists(OURS, min_size=1, max_size=3), FACES)
def test_only_our_own_words_are_ever_written_over(
    wanted: dict[str, str], ours: list[dict[str, str]], shown: dict[str, str]
) -> None:
    found = edits(wanted, ours, shown, "note")

    for name in found.faces:
        assert shown[name] in {one[name] for one in ours}
        assert shown[name] != wanted[name]
    after = {**shown, **{name: wanted[name] for name in found.faces}}
    assert edits(wanted, ours, after, "note").faces == frozenset()


@given(OURS, OURS)
def test_a_task_that_nobody_touched_ends_as_wanted(wanted: dict[str, str], ours: dict[str, str]) -> None:
    found = edits(wanted, [ours], ours)

    assert {**ours, **{name: wanted[name] for name in found.faces}} == wanted
