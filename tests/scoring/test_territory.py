"""Routing: which territory fits, whose turn it is, and that a retry moves nothing."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.handoff.territory import (
    Given,
    Lead,
    Nobody,
    Roster,
    Territory,
    fits,
    hidden_by,
    route,
    territory_of,
)

TEAM = ("ann", "bob", "cid")
ALL = Territory("all", TEAM)
ORPHAN = Lead("", owner_id="gone", account_owner_id="gone too")


def owners(leads: list[Lead], territories: list[Territory], roster: Roster) -> tuple[list[str], Roster]:
    routed = route(leads, territories, roster)
    return [one.owner_id if isinstance(one, Given) else "" for one in routed.decisions], routed.roster


def leads(count: int, first: int = 0) -> list[Lead]:
    return [Lead(f"lead {number}") for number in range(first, first + count)]


@pytest.mark.parametrize(
    ("line", "lead", "expected"),
    [
        ({"countries": ("DE", "Germany")}, {"country": " germany "}, True),
        ({"countries": ("DE",)}, {"country": "AT"}, False),
        ({"countries": ("DE",)}, {}, False),
        ({"regions": ("Bavaria",)}, {"region": "BAVARIA"}, True),
        ({"postcodes": ("SW1", "10")}, {"postcode": "sw 1a 1aa"}, True),
        ({"postcodes": ("SW1", "10")}, {"postcode": "10115"}, True),
        ({"postcodes": ("SW1", "10")}, {"postcode": "20115"}, False),
        ({"postcodes": ("10",)}, {}, False),
        ({"industries": ("Retail",)}, {"industry": "retail"}, True),
        ({"accounts": ("acme.example",)}, {"accounts": ("ACME", "ACME.example")}, True),
        ({"accounts": ("acme.example",)}, {"accounts": ("buyer.example",)}, False),
        ({"accounts": ("acme.example",)}, {}, False),
        ({"partners": ("kestrel",)}, {"partner": "orbis"}, False),
        ({"languages": ("de",)}, {"language": "de"}, True),
        ({"employees_min": 100}, {"employees": 100}, True),
        ({"employees_min": 100}, {"employees": 99}, False),
        ({"employees_below": 100}, {"employees": 99}, True),
        ({"employees_below": 100}, {"employees": 100}, False),
        ({"employees_below": 100}, {}, False),
        ({"countries": ("DE",), "languages": ("de",)}, {"country": "DE", "language": "fr"}, False),
        ({}, {}, True),
    ],
)
def test_every_line_of_a_territory_must_fit(
    line: dict[str, object], lead: dict[str, object], expected: bool
) -> None:
    territory = replace(ALL, **line)  # type: ignore[arg-type]  # made from a table

    assert fits(Lead("1", **lead), territory) == expected  # type: ignore[arg-type]


def test_the_first_territory_that_fits_takes_the_lead() -> None:
    big = Territory("big", ("zoe",), employees_min=1000)
    territories = [big, replace(ALL, countries=("DE",))]

    assert territory_of(Lead("1", country="DE", employees=1000), territories) is big
    assert territory_of(Lead("1", country="DE", employees=999), territories) is territories[1]
    assert territory_of(Lead("1", country="FR", employees=999), territories) is None


def test_a_live_owner_goes_first_and_the_account_comes_before_the_territory() -> None:
    roster = Roster({"ann", "zoe", "yan"})
    known = Lead("1", owner_id="zoe", account_owner_id="yan")

    told = route([known, replace(known, key="2", owner_id="gone"), replace(ORPHAN, key="3")], [ALL], roster)

    assert told.decisions == (
        Given("zoe", "owner"),
        Given("yan", "account"),
        Given("ann", "territory", "all"),
    )


def test_a_lead_that_nobody_can_take_is_told_with_the_cause() -> None:
    germany = replace(ALL, name="de", countries=("DE",))
    lost = [
        Lead("jane@buyer.example", country="FR", employees=7, accounts=("buyer.example",)),
        Lead("2"),
        Lead("3", country="DE"),
    ]

    told = route(lost, [germany], Roster({"somebody else"}))

    assert told.decisions == (
        Nobody("no territory takes country FR, employees 7"),
        Nobody("no territory takes a lead of whom nothing is known"),
        Nobody("everybody in `de` is away or inactive", "de"),
    )
    assert told.roster == Roster({"somebody else"})


def test_turns_go_round_and_over_to_the_next_batch() -> None:
    first, roster = owners(leads(4), [ALL], Roster(TEAM))
    second, _ = owners(leads(3, first=4), [ALL], roster)

    assert first == ["ann", "bob", "cid", "ann"]
    assert second == ["bob", "cid", "ann"]


def test_a_retry_gives_the_lead_to_the_same_person_and_costs_no_turn() -> None:
    _, roster = owners(leads(2), [ALL], Roster(TEAM))

    told = route([*leads(2), *leads(2)], [ALL], roster)

    assert [one for one in told.decisions if isinstance(one, Given)] == [
        Given("ann", "given before"),
        Given("bob", "given before"),
    ] * 2
    assert told.roster == roster


def test_a_lead_of_somebody_who_left_goes_to_the_next() -> None:
    _, roster = owners(leads(1), [ALL], Roster(TEAM))

    found, _ = owners(leads(1), [ALL], replace(roster, present={"bob", "cid"}))

    assert found == ["bob"]


def test_who_was_away_catches_up_and_who_is_new_does_not() -> None:
    _, roster = owners(leads(8), [ALL], Roster({"ann", "bob"}))  # four each
    back, after = owners(leads(3, first=8), [ALL], replace(roster, present=set(TEAM)))
    assert back == ["ann", "bob", "cid"]  # cid is new: she starts level

    _, gone = owners(leads(4, first=11), [ALL], replace(after, present={"ann", "bob"}))
    again, _ = owners(leads(3, first=15), [ALL], replace(gone, present=set(TEAM)))

    assert again[:2] == ["cid", "cid"]


def test_ten_thousand_leads_with_retries_and_absences_are_shared_within_one_of_equal() -> None:
    luck = random.Random(7)
    team = tuple(f"owner {number}" for number in range(7))
    territory = Territory("all", team)
    roster = Roster(team)
    held: dict[str, str] = {}
    for start in range(0, 10_000, 100):
        last = start >= 9_000
        present = set(team) if last or not start else set(team) - set(luck.sample(team, luck.randint(0, 3)))
        batch = leads(100, first=start)
        retries = [] if last else [Lead(key) for key, owner in held.items() if owner in present][-50:]
        found, roster = owners([*batch, *retries, *batch], [territory], replace(roster, present=present))
        assert found[:100] == found[-100:]
        assert all(owner == held[one.key] for owner, one in zip(found[100:], retries, strict=False))
        held |= {one.key: owner for one, owner in zip(batch, found, strict=False)}

    counts = Counter(held.values())

    assert sum(counts.values()) == 10_000
    assert max(counts.values()) - min(counts.values()) <= 1


@given(st.lists(st.integers(0, 20), max_size=8))
def test_batches_of_any_size_share_as_one_batch_does(sizes: list[int]) -> None:
    roster, first, found = Roster(TEAM), 0, []
    for size in sizes:
        given_, roster = owners(leads(size, first), [ALL], roster)
        first += size
        found += given_

    assert found == owners(leads(sum(sizes)), [ALL], Roster(TEAM))[0]


words = st.lists(st.sampled_from(["a", "b", "A"]), max_size=2).map(tuple)
sizes = st.none() | st.integers(1, 3)
territories = st.builds(
    Territory,
    st.just("t"),
    st.just(("ann",)),
    countries=words,
    postcodes=st.lists(st.sampled_from(["1", "12", "2"]), max_size=2).map(tuple),
    partners=words,
    employees_min=sizes,
    employees_below=sizes,
)
any_leads = st.builds(
    Lead,
    st.just("1"),
    country=st.sampled_from(["", "a", "b"]),
    postcode=st.sampled_from(["", "1", "12", "2"]),
    partner=st.sampled_from(["", "a", "b"]),
    employees=st.none() | st.integers(0, 4),
)


@given(territories, territories, any_leads)
def test_a_territory_is_hidden_only_if_the_one_before_takes_all_its_leads(
    wide: Territory, narrow: Territory, lead: Lead
) -> None:
    if hidden_by(narrow, [wide]) and fits(lead, narrow):
        assert fits(lead, wide)
    assert hidden_by(narrow, [narrow]) is narrow
    assert hidden_by(narrow, []) is None
