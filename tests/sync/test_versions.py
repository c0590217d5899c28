"""Which versions count from when: nothing that was reached is ever moved."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.errors import ConfigError
from scoring.definitions.conditions import scored
from scoring.definitions.definition import POINT, Definition, Group, Rule, Scope, Terms
from scoring.definitions.kinds import Match
from scoring.touches import DAY
from sync.definitions.versions import Kept, Written, book_of, brought_up

T = 20_000 * DAY


def written(
    version: str = "1", points: int = 10, name: str = "own", scope: str = "own", **terms: object
) -> Written:
    rules = (Rule("view", "view", Match(("page_view",)), points * POINT, "g"),)
    found = Definition(
        name,
        version,
        name,
        scored(POINT),
        rules,
        (Group("g"),),
        scope=Scope(scope),
        terms=Terms(**terms),  # type: ignore[arg-type]
    )
    return Written(found, "definition.yaml", 7, f"{name} {version} {points}")


def after(*steps: tuple[int, list[Written]]) -> tuple[Kept, ...]:
    kept: tuple[Kept, ...] = ()
    for now, files in steps:
        kept = brought_up(kept, files, now)
    return kept


def judge(kept: tuple[Kept, ...], at: int) -> str:
    """These definitions concern everybody, so the strongest in force judges."""
    book = book_of(kept)
    found = [book.definitions[one.index] for one in book.in_force() if one.start <= at < one.end]
    return f"{found[0].name} {found[0].version}" if found else "nobody"


def test_what_the_first_look_finds_has_always_counted() -> None:
    kept = after((T, [written()]))

    assert judge(kept, T - 9 * DAY) == judge(kept, T) == "own 1"


def test_a_new_version_without_a_date_counts_from_when_it_is_first_seen() -> None:
    kept = after((T, [written()]), (T + DAY, [written("2")]), (T + 2 * DAY, [written("2")]))

    assert judge(kept, T + DAY - 1) == "own 1"
    assert judge(kept, T + DAY) == "own 2"
    assert len(kept) == 2


def test_a_planned_version_counts_from_its_date_and_the_old_one_until_then() -> None:
    planned = written("2", effective_at=T + 5 * DAY)
    kept = after((T, [written()]), (T + DAY, [planned]))

    assert judge(kept, T + 5 * DAY - 1) == "own 1"
    assert judge(kept, T + 5 * DAY) == "own 2"
    assert (
        judge(after((T, [written()]), (T + DAY, [planned]), (T + 2 * DAY, [written()])), T + 6 * DAY)
        == "own 1"
    )
    sooner = written("2", effective_at=T + 3 * DAY)
    assert (
        judge(after((T, [written()]), (T + DAY, [planned]), (T + 2 * DAY, [sooner])), T + 3 * DAY) == "own 2"
    )


def test_a_date_in_the_past_begins_now() -> None:
    kept = after((T, [written()]), (T + DAY, [written("2", effective_at=T - DAY)]))

    assert judge(kept, T + DAY - 1) == "own 1"
    assert judge(kept, T + DAY) == "own 2"


def test_a_version_that_counts_cannot_become_another_one() -> None:
    kept = after((T, [written()]))

    with pytest.raises(ConfigError, match=r"definition\.yaml:7: version: .*raise the version"):
        brought_up(kept, [written(points=11)], T + DAY)


def test_a_draft_and_a_trial_may_change_until_they_are_agreed() -> None:
    kept = after(
        (T, [written(), written("2", 11, state="draft")]),
        (T + DAY, [written(), written("2", 12, state="draft")]),
        (T + 2 * DAY, [written(), written("2", 13, trial=True)]),
    )
    agreed = brought_up(kept, [written(), written("2", 14)], T + 3 * DAY)

    assert len(kept) == len(agreed) == 2
    assert [one.version for one in book_of(kept).beside] == ["2"]
    assert judge(agreed, T + 3 * DAY - 1) == "own 1"
    assert judge(agreed, T + 3 * DAY) == "own 2"


def test_a_meaning_that_moved_under_the_same_text_counts_from_now() -> None:
    moved = replace(written(points=11), text=written().text)
    kept = after((T, [written()]), (T + DAY, [moved]), (T + 2 * DAY, [moved]))

    assert [one.definition.terms.effective_at for one in kept] == [0, T + DAY]


def test_going_back_to_an_older_version_is_a_stretch_of_its_own() -> None:
    kept = after(
        (T, [written()]),
        (T + DAY, [written("2")]),
        (T + 2 * DAY, [written()]),
        (T + 3 * DAY, [written()]),
    )

    at = [judge(kept, T + day * DAY) for day in (0, 1, 2, 3)]
    assert at == ["own 1", "own 2", "own 1", "own 1"]
    assert len(kept) == 3


def test_a_definition_whose_file_is_gone_ends_and_may_come_again() -> None:
    partner = written(name="more", scope="product")
    kept = after((T, [written(), partner]), (T + DAY, [written()]), (T + 2 * DAY, [written()]))
    again = brought_up(kept, [written(), partner], T + 3 * DAY)

    assert [judge(kept, T + DAY - 1), judge(kept, T + DAY)] == ["more 1", "own 1"]
    assert [judge(again, T + 3 * DAY - 1), judge(again, T + 3 * DAY)] == ["own 1", "more 1"]
    assert judge(again, T + DAY - 1) == "more 1"


def test_retirement_takes_effect_at_its_date_but_not_in_the_past() -> None:
    def retired(*dates: int) -> tuple[Kept, ...]:
        steps = [
            (T + DAY, [written(), written(name="more", scope="product", state="retired", retired_at=at)])
            for at in dates
        ]
        return after((T, [written(), written(name="more", scope="product")]), *steps, *steps)

    assert [judge(retired(0), T + DAY - 1), judge(retired(0), T + DAY)] == ["more 1", "own 1"]
    assert [judge(retired(T - DAY), T + DAY - 1), judge(retired(T - DAY), T + DAY)] == ["more 1", "own 1"]
    assert [judge(retired(T + 9 * DAY), T + 9 * DAY - 1), judge(retired(T + 9 * DAY), T + 9 * DAY)] == [
        "more 1",
        "own 1",
    ]
    assert len(retired(0)) == 2


def test_an_agreed_version_that_becomes_a_draft_again_ends_now() -> None:
    kept = after(
        (T, [written()]), (T + DAY, [written(state="draft")]), (T + 2 * DAY, [written(state="draft")])
    )

    assert [judge(kept, T + DAY - 1), judge(kept, T + DAY)] == ["own 1", "nobody"]
    assert len(kept) == 2


files = st.lists(
    st.builds(
        written,
        st.sampled_from(["1", "2", "3"]),
        st.just(10),
        st.sampled_from(["a", "b"]),
        st.sampled_from(["own", "product"]),
        state=st.sampled_from(["agreed", "agreed", "draft", "retired"]),
        trial=st.sampled_from([False, False, True]),
        effective_at=st.sampled_from([0, T + 2 * DAY, T + 5 * DAY]),
        retired_at=st.sampled_from([0, 0, T + 4 * DAY]),
    ),
    max_size=3,
    unique_by=lambda one: (one.definition.name, one.definition.version),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(files, min_size=2, max_size=6))
def test_no_change_of_files_moves_what_was_reached(days: list[list[Written]]) -> None:
    own = written(name="z")
    kept: tuple[Kept, ...] = ()
    for day, found in enumerate(days):
        now = T + day * DAY
        present = [own, *(replace(one, text="same") for one in found)]
        reached = [T - DAY, T, now - 1] if kept else []
        before = [judge(kept, at) for at in reached]

        kept = brought_up(kept, present, now)

        assert [judge(kept, at) for at in reached] == before
        settled = brought_up(kept, present, now)
        assert settled == kept
        assert book_of(settled).fingerprint == book_of(kept).fingerprint
