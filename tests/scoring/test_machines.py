"""Each sign of a machine at its edges: what it voids, what it leaves, and what late facts do to it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.definitions.definition import EVERYBODY_IS_HUMAN, MachineClicks
from scoring.machines import BURST, CRM, DELIVERY, EVERY_LINK, followed, link_of, machine_clicks, signs
from scoring.touches import DAY, MINUTE, SECOND, Touches, touches_of

T = 20_000 * DAY
ALL_SIGNS = MachineClicks()
ONLY_BURST = replace(EVERYBODY_IS_HUMAN, links=3)
ONLY_EVERY_LINK = replace(EVERYBODY_IS_HUMAN, every_link=4)
ONLY_DELIVERY = replace(EVERYBODY_IS_HUMAN, after_delivery=3 * SECOND)
ONLY_CRM = replace(EVERYBODY_IS_HUMAN, crm_says=True)


def click(at: int, url: str = "https://a.example/", **more: Any) -> dict[str, Any]:
    return {"at": at, "kind": "email_click", "url": url, "asset": "email:1", **more}


def delivery(at: int, **more: Any) -> dict[str, Any]:
    return {"at": at, "kind": "email_delivered", "asset": "email:1", **more}


def many(*rows: dict[str, Any]) -> Touches:
    return touches_of({"id": number, **row} for number, row in enumerate(rows))


def voided(rule: MachineClicks, *rows: dict[str, Any]) -> list[bool]:
    """In the order in which the rows were given."""
    touches = many(*rows)
    marked = machine_clicks(touches, rule)
    return [bool(marked[list(touches.id).index(number)]) for number in range(len(rows))]


def walk(links: int, *, known: int, apart: int = SECOND, query: str = "") -> list[dict[str, Any]]:
    """So many different links of one mail, one after the other."""
    return [
        click(T + number * apart, f"https://a.example/{number}{query}", mail_links=known)
        for number in range(links)
    ]


@pytest.mark.parametrize(("last", "is_burst"), [(2 * SECOND - 1, True), (2 * SECOND, False)])
def test_three_links_of_one_mail_within_two_seconds_are_a_burst(last: int, is_burst: bool) -> None:
    clicks = [click(T, "a"), click(T + 1, "b"), click(T + last, "c")]

    assert voided(ONLY_BURST, *clicks) == [is_burst] * 3
    assert voided(replace(ONLY_BURST, links=4), *clicks) == [False] * 3
    assert voided(replace(ONLY_BURST, links=0), *clicks) == [False] * 3


@pytest.mark.parametrize(
    ("links", "known", "whole"), [(4, 4, True), (3, 4, False), (3, 3, False), (5, 5, True), (4, 5, False)]
)
def test_every_link_of_a_mail_that_has_four_was_followed_by_a_program(
    links: int, known: int, whole: bool
) -> None:
    assert voided(ONLY_EVERY_LINK, *walk(links, known=known)) == [whole] * links


def test_every_link_means_within_a_minute() -> None:
    in_time = [*walk(3, known=4), click(T + MINUTE - 1, "https://a.example/9", mail_links=4)]
    too_late = [*walk(3, known=4), click(T + MINUTE, "https://a.example/9", mail_links=4)]

    assert voided(ONLY_EVERY_LINK, *in_time) == [True] * 4
    assert voided(ONLY_EVERY_LINK, *too_late) == [False] * 4
    assert voided(replace(ONLY_EVERY_LINK, every_link_within=MINUTE + 1), *too_late) == [True] * 4


def test_a_mail_with_few_links_is_read_whole_by_people_too() -> None:
    assert voided(ONLY_EVERY_LINK, *walk(3, known=3)) == [False] * 3
    assert voided(replace(ONLY_EVERY_LINK, every_link=3), *walk(3, known=3)) == [True] * 3
    assert voided(replace(ONLY_EVERY_LINK, every_link=0), *walk(4, known=4)) == [False] * 4


def test_clicks_on_the_same_link_again_do_not_make_it_every_link() -> None:
    again = [click(T + number, "https://a.example/1", mail_links=4) for number in range(4)]

    assert voided(ONLY_EVERY_LINK, *again) == [False] * 4


def test_what_a_link_carries_behind_its_path_makes_it_no_other_link() -> None:
    personal = [
        click(T + number, f"https://a.example/1?token={number}#part{number}", mail_links=4)
        for number in range(4)
    ]

    assert voided(ONLY_EVERY_LINK, *personal) == [False] * 4
    assert voided(ONLY_EVERY_LINK, *walk(4, known=4, query="?token=9")) == [True] * 4
    assert link_of("https://a.example/1?x=/2#3") == link_of("https://a.example/1#?") == "https://a.example/1"


def test_only_clicks_near_the_tour_are_part_of_it() -> None:
    tour = walk(4, known=4)
    later = [click(T + 59 * SECOND, mail_links=4), click(T + 64 * SECOND, mail_links=4)]

    assert voided(ONLY_EVERY_LINK, *tour, *later) == [True] * 5 + [False]


def test_every_link_is_asked_of_one_person_and_one_mail() -> None:
    tour = walk(4, known=4)

    by_two = [{**one, "person": number % 2} for number, one in enumerate(tour)]
    of_two = [{**one, "campaign": "ab"[number % 2]} for number, one in enumerate(tour)]

    assert voided(ONLY_EVERY_LINK, *by_two) == voided(ONLY_EVERY_LINK, *of_two) == [False] * 4


def test_a_link_that_was_unknown_gives_the_clicks_back() -> None:
    before, after = many(*walk(4, known=4)), many(*walk(4, known=5))

    assert len(followed(before, ALL_SIGNS)) == 4
    assert len(followed(after, ALL_SIGNS)) == 0
    assert len(followed(before, ONLY_BURST)) == 0


@pytest.mark.parametrize(
    ("after", "is_machine"), [(0, True), (3 * SECOND - 1, True), (3 * SECOND, False), (DAY, False)]
)
@pytest.mark.parametrize("side", [1, -1])
def test_a_click_within_three_seconds_of_the_delivery_is_no_human(
    after: int, is_machine: bool, side: int
) -> None:
    both = [delivery(T), click(T + side * after)]

    assert voided(ONLY_DELIVERY, *both) == [False, is_machine]
    assert voided(replace(ONLY_DELIVERY, after_delivery=0), *both) == [False, False]
    assert voided(replace(ONLY_DELIVERY, after_delivery=2 * DAY), *both) == [False, True]


@pytest.mark.parametrize("other", [{"person": 1}, {"asset": "email:2"}, {"campaign": "spring"}])
def test_a_delivery_is_of_one_mail_to_one_person(other: dict[str, Any]) -> None:
    assert voided(ONLY_DELIVERY, delivery(T, **other), click(T)) == [False, False]
    assert voided(ONLY_DELIVERY, delivery(T, **other), click(T, **other)) == [False, True]


def test_mails_without_a_name_are_not_taken_for_one() -> None:
    assert voided(ONLY_DELIVERY, delivery(T, asset=""), click(T, asset="")) == [False, False]


def test_what_is_delivered_late_voids_what_came_before() -> None:
    clicked = click(T + SECOND)

    assert voided(ALL_SIGNS, clicked) == [False]
    assert voided(ALL_SIGNS, clicked, delivery(T)) == [True, False]


def test_what_the_crm_takes_for_a_program_is_voided_whatever_it_is() -> None:
    rows = [click(T, is_machine=True), {"at": T, "kind": "page_view", "is_machine": True}, click(T + DAY)]

    assert voided(ONLY_CRM, *rows) == [True, True, False]
    assert voided(replace(ONLY_CRM, crm_says=False), *rows) == [False] * 3


def test_every_sign_is_told_apart() -> None:
    rows = [delivery(T), *walk(4, known=4, apart=SECOND // 2), click(T + DAY, is_machine=True)]

    found = signs(many(*rows), ALL_SIGNS)

    assert {sign: marked.tolist() for sign, marked in found.items()} == {
        BURST: [False, True, True, True, True, False],
        EVERY_LINK: [False, True, True, True, True, False],
        DELIVERY: [False, True, True, True, True, False],
        CRM: [False, False, False, False, False, True],
    }
    assert not signs(many(*rows), EVERYBODY_IS_HUMAN)


def test_nobody_is_voided_where_nothing_is_known() -> None:
    assert not machine_clicks(Touches(), ALL_SIGNS).any()
    assert voided(ALL_SIGNS, {"at": T, "kind": "page_view"}, delivery(T)) == [False, False]


rows_of_people = st.lists(
    st.builds(
        lambda row, person, at: {**row, "person": person, "at": T + at * SECOND // 2},
        st.sampled_from(
            [delivery(0), delivery(0, asset="email:2"), click(0, is_machine=True)]
            + [click(0, url, mail_links=3) for url in ("a", "b?1", "b?2", "c")]
            + [click(0, url, asset="email:2") for url in ("a", "b", "c")]
        ),
        st.integers(0, 3),
        st.integers(0, 40),
    ),
    max_size=30,
)
rules = st.builds(
    MachineClicks,
    links=st.sampled_from([0, 2, 3]),
    every_link=st.sampled_from([0, 2, 3]),
    every_link_within=st.sampled_from([SECOND, 5 * SECOND]),
    after_delivery=st.sampled_from([0, SECOND]),
    crm_says=st.booleans(),
)


@given(rows_of_people, rules)
def test_people_are_judged_alone_as_among_others(rows: list[dict[str, Any]], rule: MachineClicks) -> None:
    touches = many(*rows)
    together = machine_clicks(touches, rule)

    for person in range(4):
        own = np.flatnonzero(touches.person == person)
        assert machine_clicks(touches.take(own), rule).tolist() == together[own].tolist()
