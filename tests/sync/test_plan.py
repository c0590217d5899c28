"""What is told to the CRMs, and when a human is asked first."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.plan import Limits, difference, publish, why_held

WANTED: dict[str, Any] = {
    "status": "mql",
    "score": 90,
    "grade": "B",
    "reason": "Demo request.",
    "partner": None,
}


def test_a_person_of_whom_there_is_nothing_to_say_is_left_alone() -> None:
    assert publish({**WANTED, "status": "lead", "score": 0}, {}, 5) == {}
    assert publish({**WANTED, "status": "lead", "score": 1}, {}, 5) != {}
    assert publish({**WANTED, "status": "disqualified", "score": 0}, {}, 5) != {}


def test_a_score_alone_is_told_again_from_the_step_on() -> None:
    below = publish({**WANTED, "score": 86}, WANTED, 5)
    at_step = publish({**WANTED, "score": 85}, WANTED, 5)

    assert below["score"] == 90
    assert at_step["score"] == 85


@pytest.mark.parametrize("change", [{"status": "rejected"}, {"grade": "C"}, {"reason": "Quote request."}])
def test_a_new_status_grade_or_reason_brings_the_score_along(change: dict[str, Any]) -> None:
    told = publish({**WANTED, "score": 89, **change}, WANTED, 5)

    assert told["score"] == 89


def test_another_field_is_told_without_moving_the_score() -> None:
    told = publish({**WANTED, "score": 88, "partner": "kestrel"}, WANTED, 5)

    assert (told["partner"], told["score"]) == ("kestrel", 90)


@given(st.dictionaries(st.sampled_from(sorted(WANTED)), st.sampled_from(["x", 1, 90])))
def test_a_written_difference_leaves_no_difference(shown: dict[str, Any]) -> None:
    after = {**shown, **difference(shown, WANTED)}

    assert difference({name: value for name, value in after.items() if value is not None}, WANTED) == {}


def test_an_empty_field_that_is_already_empty_is_no_difference() -> None:
    assert "partner" not in difference({}, WANTED)
    assert difference({"partner": "orbis"}, WANTED)["partner"] is None


def test_the_first_plan_is_held_whatever_its_size() -> None:
    assert "first plan" in why_held(0, 1_000, is_first=True, limits=Limits())


def test_a_plan_is_held_above_the_share_and_not_at_it() -> None:
    limits = Limits(share_percent=20, people_min=10)

    assert why_held(20, 100, is_first=False, limits=limits) == ""
    assert "21 of 100" in why_held(21, 100, is_first=False, limits=limits)


def test_a_handful_of_people_is_never_too_many() -> None:
    assert why_held(10, 11, is_first=False, limits=Limits(people_min=10)) == ""
    assert why_held(11, 11, is_first=False, limits=Limits(people_min=10)) != ""


@pytest.mark.parametrize(
    ("shown", "differs"),
    [("Demo req…", False), ("Demo request.…", False), ("Quote…", True), ("Demo req", True), ("…", True)],
)
def test_a_text_that_was_cut_to_the_length_of_its_field_is_no_difference(shown: str, differs: bool) -> None:
    assert ("reason" in difference({**WANTED, "reason": shown}, WANTED)) is differs
