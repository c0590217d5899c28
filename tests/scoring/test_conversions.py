"""What was reached, by whom, and the milestones before it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scoring.models.conversions import Known, Reached, reached
from scoring.touches import ALWAYS, DAY, NEVER, Ints, Touches, touches_of

T = 20_000 * DAY


def ints(*values: int) -> Ints:
    return np.array(values, np.int64)


# Deal 0 has both people and is won; deal 1 has person 1 alone; deal 2 has nobody.
KNOWN = Known(
    lead_at=ints(T, NEVER),
    spell_person=ints(0, 1),
    spell_at=ints(T + DAY, T + 9 * DAY),
    opened_at=ints(T + 2 * DAY, T + 5 * DAY, T + 6 * DAY),
    won_at=ints(T + 4 * DAY, NEVER, NEVER),
    deal=ints(0, 0, 1),
    member=ints(0, 1, 1),
    unit=ints(0, 1),
)
ALONE = touches_of([])


def found(kind: str, known: Known = KNOWN, until: int = NEVER, touches: Touches = ALONE) -> Reached:
    return reached(kind, touches, known, ALWAYS, until)


def test_a_lead_begins_when_a_crm_first_has_her() -> None:
    got = found("lead")

    assert (got.which.tolist(), got.ends.at.tolist(), got.ends.lead_at.tolist()) == ([0], [T], [T])


def test_an_mql_has_her_lead_creation_and_her_latest_opportunity_behind_it() -> None:
    got = found("mql").ends

    assert got.at.tolist() == [T + DAY, T + 9 * DAY]
    assert got.lead_at.tolist() == [T, NEVER]
    assert got.opportunity_at.tolist() == [NEVER, T + 5 * DAY]
    assert got.close_at.tolist() == [NEVER, NEVER]


def test_an_opportunity_is_reached_once_however_many_people_are_in_it() -> None:
    got = found("sql")

    assert got.which.tolist() == [0, 1, 2]
    assert list(zip(got.team.tolist(), got.member.tolist(), strict=True)) == [(0, 0), (0, 1), (1, 1)]
    assert got.ends.lead_at.tolist() == [T, NEVER, NEVER]
    assert got.ends.opportunity_at.tolist() == got.ends.at.tolist()
    assert got.ends.close_at.tolist() == [NEVER] * 3
    assert got.base.tolist() == [0, 1, 1]


def test_a_won_deal_closes_when_it_is_won() -> None:
    got = found("won")

    assert got.which.tolist() == [0]
    assert got.ends.opportunity_at.tolist() == [T + 2 * DAY]
    assert got.ends.close_at.tolist() == got.ends.at.tolist() == [T + 4 * DAY]
    assert got.base_at.tolist() == [T + 4 * DAY] * 2


def test_what_is_asked_for_begins_with_its_first_instant_and_ends_before_its_last() -> None:
    assert reached("won", ALONE, KNOWN, T + 4 * DAY, T + 4 * DAY + 1).which.tolist() == [0]
    assert reached("won", ALONE, KNOWN, T + 4 * DAY + 1, NEVER).which.tolist() == []
    assert found("won", until=T + 4 * DAY).which.tolist() == []
    assert reached("mql", ALONE, KNOWN, T + DAY, T + DAY + 1).which.tolist() == [0]
    assert found("mql", until=T + DAY).which.tolist() == []


def test_an_account_has_the_first_lead_and_the_latest_opportunity_of_any_colleague() -> None:
    got = found("mql", replace(KNOWN, unit=ints(0, 0)))

    assert got.ends.unit.tolist() == [0, 0]
    assert got.ends.lead_at.tolist() == [T, T]
    assert got.ends.opportunity_at.tolist() == [NEVER, T + 5 * DAY]


def accepted(*kinds: str) -> list[int]:
    """This is the day of each acceptance that counts, of sales' touches a day apart."""
    rows = [{"id": n, "at": T + n * DAY, "kind": kind} for n, kind in enumerate(kinds)]
    return [(at - T) // DAY for at in found("sal", touches=touches_of(rows)).ends.at.tolist()]


def test_sales_takes_on_only_whom_it_does_not_have() -> None:
    assert accepted("sales_accepted", "sales_accepted") == [0]
    assert accepted("sales_accepted", "sales_rejected", "sales_accepted") == [0, 2]
    assert accepted("opportunity_created", "sales_accepted") == []
    assert accepted("opportunity_created", "deal_lost", "sales_accepted") == [2]
    assert accepted("page_view") == []


def test_one_person_s_acceptance_says_nothing_of_the_next() -> None:
    rows = [{"id": n, "at": T, "kind": "sales_accepted", "person": n} for n in range(2)]

    assert found("sal", touches=touches_of(rows)).which.tolist() == [0, 1]


def test_nobody_reaches_nothing() -> None:
    nothing = ints()
    empty = Known(*[nothing] * 8)

    assert [len(found(kind, empty).ends.at) for kind in ("lead", "mql", "sal", "sql", "won")] == [0] * 5


def test_what_is_no_conversion_is_named() -> None:
    with pytest.raises(ValueError, match="called gold; there are lead, mql"):
        found("gold")
