from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hubspot_portal import NOW
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.acting import SCENES, act
from sandbox.behaviour import JOURNEY, Kind
from sandbox.clock import DAY, MILLISECOND, SECOND, instant
from sandbox.people import ROLES
from sandbox.world import SPAN, World

WORLD = World(7, 200, NOW)


def everything(world: World) -> list[object]:
    return [(world.person(i), world.modified_at(i), world.activities(i)) for i in range(world.people)]


def test_the_same_seed_people_and_now_make_the_same_world() -> None:
    assert everything(World(7, 200, NOW)) == everything(World(7, 200, NOW))
    assert everything(World(8, 200, NOW)) != everything(World(7, 200, NOW))


def test_people_come_out_the_same_in_whatever_order_they_are_asked_for() -> None:
    forward, backward = World(7, 300, NOW), World(7, 300, NOW)

    told = [backward.activities(i) for i in reversed(range(300))]

    assert [forward.activities(i) for i in range(300)] == told[::-1]


def test_nobody_is_made_when_a_world_of_two_hundred_thousand_starts() -> None:
    world = World(7, 200_000, NOW)

    assert world.made.total() == 0

    world.activities(199_999)

    assert world.made == Counter(people=1, journeys=1)


@given(people=st.integers(1, 3_000), seed=st.integers(0, 50))
@settings(max_examples=50)
def test_stamps_never_fall_with_the_index_and_never_precede_a_persons_last_activity(
    people: int, seed: int
) -> None:
    world = World(seed, people, NOW)
    stamps = [world.modified_at(i) for i in range(people)]

    assert all(a <= b for a, b in pairwise(stamps))
    assert all(world.last_at(i) <= stamps[i] <= NOW for i in range(people))
    assert all(stamp % MILLISECOND == 0 for stamp in stamps)


@given(since=st.integers(0, SPAN), width=st.integers(0, SPAN))
def test_a_window_of_stamps_is_a_range_of_people(since: int, width: int) -> None:
    low, high = NOW - SPAN + since, NOW - SPAN + since + width

    found = WORLD.modified_between(low, high)

    assert list(found) == [i for i in range(200) if low <= WORLD.modified_at(i) < high]


def test_bulk_jobs_tie_stamps_and_more_than_ten_thousand_in_a_large_world() -> None:
    large = World(7, 200_000, NOW)

    bulk = Counter(large.modified_at(i) for i in range(45_000, 75_000))
    without = World(7, 200, NOW, ties=False)

    contacts = sum(large.residence(i)[0] != "salesforce" for i in range(50_000, 70_000))
    assert max(bulk.values()) >= 20_000
    assert contacts > 10_000
    assert len({without.modified_at(i) for i in range(200)}) == 200


def test_every_address_finds_its_person_and_no_other_address_does() -> None:
    for index in range(200):
        person = WORLD.person(index)
        assert WORLD.find(person.email) == index
        assert WORLD.find(person.hubspot_email.upper()) == index
        assert WORLD.find("x" + person.email) is None
    assert WORLD.find("nobody@nowhere.example") is None
    assert WORLD.find("ada.abel999999@alder1.example") is None
    assert len({WORLD.person(i).email for i in range(200)}) == 200


@pytest.mark.parametrize("seed", [0, 1, 7, 42, 1234])
def test_a_world_of_two_hundred_has_fifteen_to_twentyfive_hot_people(seed: int) -> None:
    world = World(seed, 200, NOW)

    assert 15 <= len(list(world.hottest(200))) <= 25
    assert len(list(world.hottest(3))) == 3


def test_every_role_residence_partner_and_ending_exists() -> None:
    people = [WORLD.person(i) for i in range(200)]
    kinds = {a.kind for i in range(200) for a in WORLD.activities(i)}

    assert {p.role for p in people} == set(ROLES)
    assert {f"{p.residence} {p.salesforce_kind}".strip() for p in people} == {
        "hubspot",
        "both lead",
        "both contact",
        "salesforce lead",
        "salesforce contact",
    }
    assert {p.partner for p in people} == {"", "kestrel", "brightpath", "orbis"}
    assert any(p.linked for p in people)
    assert any(p.email != p.hubspot_email for p in people)
    assert kinds == set(Kind.__args__)  # type: ignore[attr-defined]


def test_a_few_people_come_by_two_partners_by_a_link_or_by_a_page() -> None:
    seen = {
        i: {p for p in ("kestrel", "brightpath", "orbis") for a in WORLD.activities(i) if p in a.url}
        for i in range(200)
    }

    assert {len(partners) for partners in seen.values()} == {0, 1, 2}
    assert {i % 33 for i, partners in seen.items() if len(partners) == 2} == {5, 13}


def test_a_journey_ends_at_its_last_instant_and_lasts_thirty_days_unless_it_is_long() -> None:
    for index in range(200):
        person, activities = WORLD.person(index), WORLD.activities(index)
        begin = WORLD.start if person.long else max(WORLD.start, WORLD.last_at(index) - JOURNEY)

        assert activities[-1].at == WORLD.last_at(index)
        assert all(begin <= a.at <= WORLD.last_at(index) and a.at % MILLISECOND == 0 for a in activities)
        assert [a.n for a in activities] == list(range(len(activities)))


def test_somebody_acts_on_either_side_of_the_turn_of_the_year() -> None:
    midnight = instant("2026-01-01T00:00:00Z")
    instants = {a.at for i in range(200) for a in WORLD.activities(i)}

    assert {midnight, midnight - MILLISECOND} <= instants


def test_a_bot_follows_every_link_of_a_mail_within_two_seconds() -> None:
    bots = [i for i in range(200) if WORLD.person(i).role == "bot"]
    bursts = [
        [a for a in WORLD.activities(i) if a.kind == "mail_click" and a.asset == mail]
        for i in bots
        for mail in {a.asset for a in WORLD.activities(i) if a.kind == "mail_click"}
    ]

    assert bursts
    for burst in bursts:
        assert len({a.url for a in burst}) == 4
        assert burst[-1].at - burst[0].at < 2 * SECOND


@given(
    since=st.integers(-DAY, SPAN + DAY),
    width=st.integers(0, SPAN),
    kinds=st.sets(st.sampled_from(["page_view", "form", "call", "mail_click", "webinar_attended"])),
    newest_first=st.booleans(),
)
@settings(max_examples=40)
def test_the_timeline_gives_what_a_look_at_everybody_gives(
    since: int, width: int, kinds: set[Kind], newest_first: bool
) -> None:
    low, high = WORLD.start + since, WORLD.start + since + width
    world = World(7, 200, NOW)

    found = list(world.timeline.between(kinds, low, high, newest_first=newest_first))

    expected = sorted(
        (
            (a.at, i, a.n)
            for i in range(200)
            for a in WORLD.activities(i)
            if a.kind in kinds and low <= a.at < high
        ),
        reverse=newest_first,
    )
    assert [(a.at, i, a.n) for _, i, a in found] == expected


def test_what_happens_now_is_told_moves_the_stamp_and_is_forgotten_by_a_reset() -> None:
    world = World(7, 200, NOW)
    before = everything(world)

    done = act(world, 12, "demo_request", at=NOW + SECOND, recorded_at=NOW + 2 * SECOND)

    assert list(world.activities(12))[-len(done) :] == done
    assert world.changed_at(12) == NOW + 2 * SECOND
    assert world.changed_at(12, NOW + 2 * SECOND - 1) == world.modified_at(12)
    assert world.moved() == [12]
    last = list(world.timeline.between({"form"}, NOW, NOW + DAY))
    assert [(i, a.asset) for _, i, a in last] == [(12, "demo")]

    world.reset()

    assert everything(world) == before
    assert not list(world.timeline.between({"form"}, NOW, NOW + DAY))


@pytest.mark.parametrize("kind", sorted(SCENES))
def test_everything_that_can_be_made_to_happen_shows_in_the_persons_journey(kind: str) -> None:
    world = World(7, 200, NOW)
    before = len(world.activities(0))

    done = act(world, 0, kind, at=NOW, recorded_at=NOW)

    assert done
    assert len(world.activities(0)) == before + len(done)
    assert all(world.activity(0, a.n) == a for a in done)


def test_only_those_whom_sales_may_have_called_are_looked_at_for_calls() -> None:
    called = {i for i in range(200) if any(a.kind in ("call", "deal_created") for a in WORLD.activities(i))}

    assert called <= set(WORLD.dealt_with())
    assert len(list(WORLD.dealt_with())) < 60


@pytest.mark.parametrize(("people", "seed"), [(0, 1), (1_000_001, 1), (10, -1)])
def test_a_world_without_people_or_with_too_many_is_refused(people: int, seed: int) -> None:
    with pytest.raises(ValueError, match="a world has"):
        World(seed, people, NOW)
