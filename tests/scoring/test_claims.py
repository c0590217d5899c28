"""Who holds whom, by evidence alone: the rule, its ties, and a slow walk that must agree."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.partner import CLAIMANTS, ORDER, ClaimRules
from scoring.partners.claims import UNRANKED, WHYS, Claims, Evidence, settled

SLUGS = ("orbis", "kestrel", "brightpath")
RULES = ClaimRules()
RANKS = [RULES.rank(kind) if kind in ORDER else UNRANKED for kind in CLAIMANTS]


@dataclass(frozen=True)
class Seen:
    """One piece of evidence, as tests write it."""

    partner: int
    kind: str
    at: int
    lasts: int = 100
    person: int = 0
    recorded_at: int = 0

    @property
    def turn(self) -> tuple[int, ...]:
        """Rank, what was recorded first, the slug: among evidence of one instant."""
        slug = sorted((*SLUGS, "~")).index((*SLUGS, "~")[self.partner])
        kind = CLAIMANTS.index(self.kind)
        return RANKS[kind], self.recorded_at, slug, kind, -self.lasts


def settle(*seen: Seen) -> Claims:
    def column(values: list[int], kind: type = np.int64) -> np.ndarray:
        return np.array(values, kind)

    return settled(
        Evidence(
            person=column([one.person for one in seen]),
            at=column([one.at for one in seen]),
            partner=column([one.partner for one in seen], np.int32),
            kind=column([CLAIMANTS.index(one.kind) for one in seen], np.int32),
            touch=column([0] * len(seen)),
            recorded_at=column([one.recorded_at for one in seen]),
            ends=column([one.at + one.lasts for one in seen]),
        ),
        RANKS,
        SLUGS,
    )


def holder(found: Claims, at: int, person: int = 0) -> str:
    rows = np.flatnonzero(found.holds(at) & (found.person == person))
    assert len(rows) < 2
    return (*SLUGS, "own")[found.partner[rows[0]]] if len(rows) else ""


def whys(found: Claims) -> list[str]:
    return [WHYS[code] for code in found.why.tolist()]


@pytest.mark.parametrize(("higher", "lower"), list(pairwise(ORDER)))
def test_a_kind_that_ranks_higher_takes_over_and_the_lower_one_never_does(higher: str, lower: str) -> None:
    taken = settle(Seen(0, lower, 10), Seen(1, higher, 20))
    kept = settle(Seen(0, higher, 10), Seen(1, lower, 20))

    assert (holder(taken, 19), holder(taken, 20)) == ("orbis", "kestrel")
    assert taken.until.tolist() == [20, 120]
    assert (holder(kept, 19), holder(kept, 20)) == ("orbis", "orbis")
    assert whys(kept) == ["wins", "outranked"]
    assert kept.rival.tolist() == [-1, 0]


def test_a_claim_that_was_taken_over_does_not_come_back() -> None:
    found = settle(Seen(0, "utm", 0, 100), Seen(1, "deal_registration", 10, 20))

    assert [holder(found, at) for at in (9, 10, 29, 30, 99)] == ["orbis", "kestrel", "kestrel", "", ""]


def test_the_earlier_of_equal_rank_holds_until_its_window_ends() -> None:
    found = settle(Seen(0, "utm", 0, 10), Seen(1, "utm", 9, 10), Seen(1, "utm", 10, 10))

    assert [holder(found, at) for at in (-1, 0, 9, 10, 19, 20)] == [
        "",
        "orbis",
        "orbis",
        "kestrel",
        "kestrel",
        "",
    ]
    assert whys(found) == ["wins", "later", "wins"]


def test_of_one_instant_rank_counts_then_what_was_recorded_first_then_the_slug() -> None:
    rank = settle(Seen(0, "utm", 5), Seen(1, "landing_page", 5, recorded_at=9))
    recorded = settle(Seen(0, "utm", 5, recorded_at=8), Seen(1, "utm", 5, recorded_at=9))
    slug = settle(Seen(0, "utm", 5), Seen(1, "utm", 5), Seen(2, "utm", 5))

    assert (holder(rank, 5), whys(rank)) == ("kestrel", ["wins", "outranked"])
    assert (holder(recorded, 5), whys(recorded)) == ("orbis", ["wins", "recorded_later"])
    assert (holder(slug, 5), whys(slug)) == ("brightpath", ["wins", "named_later", "named_later"])


def test_a_partners_own_better_evidence_carries_its_claim_on() -> None:
    found = settle(Seen(0, "utm", 0, 10), Seen(0, "utm", 3, 10), Seen(0, "landing_page", 5, 10))

    assert [holder(found, at) for at in (0, 5, 14, 15)] == ["orbis", "orbis", "orbis", ""]
    assert whys(found) == ["wins", "supports", "wins"]


def test_better_evidence_never_costs_its_partner_the_claim() -> None:
    found = settle(Seen(0, "utm", 0, 100), Seen(0, "landing_page", 5, 10), Seen(1, "landing_page", 50, 10))

    assert [holder(found, at) for at in (5, 16, 50, 99, 100)] == ["orbis"] * 4 + [""]
    assert whys(found) == ["wins", "wins", "later"]


def test_what_claims_nobody_stays_listed() -> None:
    found = settle(Seen(0, "referral", 0), Seen(1, "utm", 5), Seen(0, "referral", 6))

    assert whys(found) == ["no_claim", "wins", "no_claim"]
    assert found.rival.tolist() == [-1, -1, 1]
    assert holder(found, 1) == ""


def test_own_marketing_keeps_whom_it_brought_from_what_a_partner_had_a_part_in() -> None:
    own = len(SLUGS)
    shared = settle(Seen(own, "own", 0), Seen(0, "content", 1), Seen(1, "list_import", 2))
    linked = settle(Seen(own, "own", 0), Seen(0, "utm", 1))

    assert [holder(shared, at) for at in (0, 1, 2)] == ["own"] * 3
    assert holder(linked, 1) == "orbis"


seen = st.builds(
    Seen,
    partner=st.integers(0, 2),
    kind=st.sampled_from([kind for kind in CLAIMANTS if kind != "own"]),
    at=st.integers(0, 30),
    lasts=st.integers(0, 12),
    person=st.integers(0, 1),
    recorded_at=st.integers(0, 2),
) | st.builds(Seen, partner=st.just(3), kind=st.just("own"), at=st.integers(0, 30), lasts=st.integers(1, 9))


def walked(rows: list[Seen]) -> dict[tuple[int, int], str]:
    """The rule, told one person and one piece of evidence at a time."""
    held: dict[tuple[int, int], str] = {}
    for person in (0, 1):
        until, rank, name = -1, 0, ""
        ahead = sorted((one for one in rows if one.person == person), key=lambda one: (one.at, one.turn))
        for at in range(50):
            for one in (one for one in ahead if one.at == at):
                if one.turn[0] < UNRANKED and one.lasts and (at >= until or one.turn[0] < rank):
                    mine = (*SLUGS, "own")[one.partner]
                    rest = until if mine == name and at < until else 0
                    until, rank, name = max(at + one.lasts, rest), one.turn[0], mine
            held[person, at] = name if at < until else ""
    return held


@given(st.lists(seen, max_size=12))
def test_claims_agree_with_walking_through_the_evidence(rows: list[Seen]) -> None:
    found = settle(*rows)

    assert {(p, at): holder(found, at, p) for p in (0, 1) for at in range(50)} == walked(rows)


@given(st.lists(seen, max_size=10), st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_nothing(rows: list[Seen], chance) -> None:
    other = list(rows)
    chance.shuffle(other)

    one, two = settle(*rows), settle(*other)

    for column in ("person", "at", "partner", "kind", "wins", "until", "why", "rival", "rival_at"):
        assert getattr(one, column).tolist() == getattr(two, column).tolist()


@given(st.lists(seen, max_size=12), st.integers(0, 40))
def test_who_holds_at_an_instant_depends_on_nothing_later(rows: list[Seen], at: int) -> None:
    whole, known = settle(*rows), settle(*(one for one in rows if one.at <= at))

    assert [holder(whole, at, p) for p in (0, 1)] == [holder(known, at, p) for p in (0, 1)]


@given(st.lists(seen, max_size=12))
def test_whatever_lost_says_to_whom_or_that_it_claims_nobody(rows: list[Seen]) -> None:
    found = settle(*rows)

    for row in np.flatnonzero(~found.wins):
        rival = found.rival[row]
        held = found.wins & (found.person == found.person[row]) & (found.at <= found.at[row])
        assert rival < 0 or found.partner[np.flatnonzero(held)[-1]] == rival
        assert rival >= 0 or WHYS[found.why[row]] == "no_claim"
