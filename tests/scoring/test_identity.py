from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.identity import Edge, edges_of, is_shared_mailbox, resolve

HS1, HS2 = "hubspot:contact:1", "hubspot:contact:2"
SF1, SF2, LEAD = "salesforce:contact:A", "salesforce:contact:B", "salesforce:lead:L"
JANE, JOE = "email:jane@buyer.example", "email:joe@buyer.example"


def test_a_row_names_its_edges_by_strength() -> None:
    edges = edges_of(HS1, [HS1, "", JANE, SF1, HS2, "email:info@buyer.example"])

    assert [(edge.key, edge.reason) for edge in edges] == [
        (JANE, "email"),
        (SF1, "vendor_link"),
        (HS2, "conversion"),
    ]


@pytest.mark.parametrize(
    ("key", "shared"),
    [
        ("email:info@buyer.example", True),
        ("email:sales+eu@buyer.example", True),
        ("email:jane@buyer.example", False),
        ("email:informatics@buyer.example", False),
    ],
)
def test_mailboxes_that_many_people_read_are_no_identity(key: str, shared: bool) -> None:
    assert is_shared_mailbox(key) is shared


def test_keys_that_hang_together_are_one_person() -> None:
    edges = [*edges_of(HS1, [JANE]), *edges_of(LEAD, [JANE, SF1])]

    found = resolve([HS2], edges, {}, 10)

    assert found.person_of == {HS1: 10, JANE: 10, LEAD: 10, SF1: 10, HS2: 11}
    assert found.next_id == 12
    assert found.reasons[SF1] == "conversion"
    assert found.reasons[HS1] == "email"
    assert found.reasons[HS2] == ""


def test_the_oldest_person_survives_a_merge_and_the_other_becomes_an_alias() -> None:
    found = resolve([], edges_of(HS1, [SF1]), {HS1: 7, SF1: 3}, 10)

    assert found.person_of == {HS1: 3, SF1: 3}
    assert found.aliases == {7: 3}
    assert found.next_id == 10


def test_a_part_that_falls_off_is_somebody_new_and_no_id_comes_back() -> None:
    previous = {HS1: 3, JANE: 3, SF1: 3}

    found = resolve([SF1], edges_of(HS1, [JANE]), previous, 10)

    assert found.person_of == {HS1: 3, JANE: 3, SF1: 10}
    assert found.aliases == {}
    assert found.next_id == 11


def test_a_person_whose_part_keeps_her_id_is_no_alias() -> None:
    found = resolve([SF2], edges_of(HS1, [SF1]), {HS1: 3, SF1: 7, SF2: 7}, 10)

    assert found.person_of == {HS1: 3, SF1: 3, SF2: 7}
    assert found.aliases == {}


def test_an_address_does_not_join_what_vendor_links_hold_apart() -> None:
    edges = [*edges_of(HS1, [SF1, JANE]), *edges_of(HS2, [SF2, JANE])]

    found = resolve([], edges, {}, 1)

    assert found.person_of[HS1] == found.person_of[SF1] != found.person_of[HS2] == found.person_of[SF2]
    assert found.person_of[JANE] == found.person_of[HS1]
    assert found.refused == (Edge(HS2, JANE, "email"),)


def test_an_address_joins_a_linked_pair_and_a_stray_row() -> None:
    found = resolve([], [*edges_of(HS1, [SF1, JANE]), *edges_of(LEAD, [JANE])], {}, 1)

    assert len(set(found.person_of.values())) == 1
    assert found.refused == ()


def test_what_an_operator_split_stays_apart() -> None:
    edges = [*edges_of(HS1, [JANE]), *edges_of(LEAD, [JANE])]

    found = resolve([], edges, {HS1: 1, LEAD: 2}, 3, apart=[(HS1, LEAD)])

    assert found.person_of[HS1] == 1
    assert found.person_of[LEAD] == 2
    assert len(found.refused) == 1


def test_a_split_of_rows_that_are_not_here_changes_nothing() -> None:
    found = resolve([], edges_of(HS1, [JANE]), {}, 3, apart=[(HS1, "hubspot:contact:99")])

    assert found.person_of == {HS1: 3, JANE: 3}


names = st.sampled_from([HS1, HS2, SF1, SF2, LEAD, "hubspot:contact:3", "salesforce:lead:M"])
keys = st.one_of(names, st.sampled_from([JANE, JOE, "email:info@buyer.example"]))
rows = st.lists(st.tuples(names, st.lists(keys, max_size=3)), max_size=7)
previously = st.dictionaries(keys, st.integers(1, 5), max_size=8)


@settings(max_examples=150, deadline=None)
@given(rows, previously, st.randoms(use_true_random=False))
def test_the_order_of_edges_changes_nothing(found, previous, random) -> None:
    edges = [edge for record, keys in found for edge in edges_of(record, keys)]
    known = list(previous)

    once = resolve(known, edges, previous, 100)
    again = resolve(
        random.sample(known, len(known)),
        random.sample(edges, len(edges)),
        dict(random.sample(list(previous.items()), len(previous))),
        100,
    )

    assert once == again


@settings(max_examples=150, deadline=None)
@given(rows, previously)
def test_no_id_names_two_people_and_every_vanished_id_has_an_heir(found, previous) -> None:
    edges = [edge for record, keys in found for edge in edges_of(record, keys)]

    answer = resolve(previous, edges, previous, 100)

    living = set(answer.person_of.values())
    for person in set(previous.values()):
        assert (person in living) != (person in answer.aliases)
    assert set(answer.aliases.values()) <= living
    assert {person for person in living if person >= 100} == set(range(100, answer.next_id))


@settings(max_examples=100, deadline=None)
@given(rows, previously)
def test_resolving_again_changes_nothing(found, previous) -> None:
    edges = [edge for record, keys in found for edge in edges_of(record, keys)]
    once = resolve(previous, edges, previous, 100)

    again = resolve(previous, edges, once.person_of, once.next_id)

    assert again.person_of == once.person_of
    assert again.aliases == {}
    assert again.next_id == once.next_id


@settings(max_examples=100, deadline=None)
@given(rows)
def test_part_of_the_world_resolves_like_the_whole(found) -> None:
    edges = [edge for record, keys in found for edge in edges_of(record, keys)]
    whole = resolve([], edges, {}, 1).person_of

    for person in set(whole.values()):
        part = {key for key, who in whole.items() if who == person}
        touching = [edge for edge in edges if edge.record in part and edge.key in part]
        assert len(set(resolve(part, touching, {}, 1).person_of.values())) <= 1
