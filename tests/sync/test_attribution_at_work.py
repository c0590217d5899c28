"""Credit from what is stored: deals and their people, accounts, parts, and links of any length."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from leads_to_deals import HERE, NEWS, NOW, PAID, WON, contact, deal, read, turn, visit
from sqlalchemy import text

from config.init import init
from config.settings import load_settings
from connectors.records import Touch
from scoring.models.question import Question
from scoring.models.shares import WHOLE
from sync.attribution.everybody import Answer, attribute, links
from sync.clock import DAY, HOUR
from sync.cycle import judge_of
from sync.store.accounts import Leaders, parts
from sync.store.engine import Store
from sync.store.erase import erase
from sync.workspace import Workspace


@pytest.fixture
def workspace(store: Store, tmp_path: Path) -> Workspace:
    folder = tmp_path / "workspace"
    init(folder)
    return Workspace(load_settings(folder), store, {}, lambda: NOW)


def ask(workspace: Workspace, *, kinds: Sequence[str] = ("won",), **more: Any) -> Answer:
    names = ("by", "called", "since", "lookback")
    question = Question(
        ("linear",), NOW + 1, types=tuple(kinds), **{k: more.pop(k) for k in names if k in more}
    )
    return attribute(workspace.store, judge_of(workspace), question, processes=1, **more)


def credit(answer: Answer, kind: str = "won") -> Mapping[str, int]:
    return {label: value for (one, _, label), value in answer.tally.credit.items() if one == kind}


def test_a_won_deal_is_split_over_all_its_contacts_once(workspace: Workspace) -> None:
    read(
        workspace.store,
        contact(1),
        contact(2),
        visit(1, PAID, 20),
        visit(2, NEWS, 5),
        visit(2, NEWS, 1),
        *WON,
    )

    answer = ask(workspace)

    assert credit(answer) == {"Paid Search": WHOLE // 2, "Email": WHOLE // 2}
    assert answer.tally.money["won", "linear", "Email", "EUR"] == Decimal("50.25")
    assert answer.tally.value == {("won", "EUR"): Decimal("100.5")}


def test_colleagues_count_where_accounts_do(workspace: Workspace) -> None:
    read(
        workspace.store,
        *(contact(1, "A"), contact(2, "A"), contact(3)),
        *(visit(1, PAID, 20), visit(2, NEWS, 15), visit(3, NEWS, 15)),
        deal(7, is_won="true"),
        *(turn(7, "opportunity_created", 1, 10), turn(7, "deal_won", 1, 2)),
    )

    assert credit(ask(workspace)) == {"Paid Search": WHOLE}
    assert credit(ask(workspace, unit="account")) == {"Paid Search": WHOLE // 2, "Email": WHOLE // 2}


def test_a_deal_without_contacts_finds_its_account_or_stands_under_unknown(workspace: Workspace) -> None:
    told = {"is_won": "true", "is_closed": "true", "closes_at": NOW - 3 * DAY, "amount": 10}
    named = deal(7, company_key="hubspot:company:A", **told)
    read(workspace.store, contact(1, "A"), visit(1, PAID, 20), named, deal(8, **told))

    alone, pooled = ask(workspace), ask(workspace, unit="account")

    assert credit(alone) == {"(unknown)": 2 * WHOLE}
    assert (alone.alone, pooled.alone) == (2, 1)
    assert credit(pooled) == {"Paid Search": WHOLE, "(unknown)": WHOLE}
    assert pooled.tally.money["won", "linear", "(unknown)", ""] == 10


def test_parts_of_the_people_come_to_the_same_as_all_at_once(workspace: Workspace) -> None:
    read(
        workspace.store,
        *(contact(n, "A" if n % 2 else "") for n in range(1, 7)),
        *(visit(n, (PAID, NEWS)[n % 2], 10 + n) for n in range(1, 7)),
        *WON[1:],
        *(turn(n, kind, n, 2) for n in (3, 6) for kind in ("opportunity_created", "deal_won")),
    )
    kinds = ("lead", "sql", "won")

    for unit in ("person", "account"):
        whole = ask(workspace, kinds=kinds, unit=unit).tally
        apart = ask(workspace, kinds=kinds, unit=unit, at_once=1).tally
        assert (apart.count, apart.credit, apart.touched) == (whole.count, whole.credit, whole.touched)
        assert whole.count == {"lead": 6, "sql": 3, "won": 3}


def test_a_hundred_kilobytes_of_query_are_stored_and_read_like_any_other_link(workspace: Workspace) -> None:
    noise = "&".join(f"k{n}={n * 2654435761 % 2**32:x}" for n in range(6_000))  # does not compress away
    long = Touch("hubspot:contact:1", "visit:1", "page_view", NOW - DAY, url=f"{HERE}?{noise}&{NEWS[1:]}")
    read(workspace.store, contact(1), long, long)
    read(workspace.store, long)

    with workspace.store.reading() as tx:
        assert tx.execute(text("SELECT text FROM long_text")).scalar_one() == long.url
        assert tx.execute(text("SELECT COUNT(*) FROM touch")).scalar_one() == 1
    assert links(workspace.store, judge_of(workspace), NOW, processes=1).tagged == 1

    erase(workspace.store, ["hubspot:contact:1"], NOW)

    with workspace.store.reading() as tx:
        assert tx.execute(text("SELECT COUNT(*) FROM long_text")).scalar_one() == 0
        assert tx.execute(text("SELECT COUNT(*) FROM label WHERE text LIKE '%utm%'")).scalar_one() == 0


def test_touches_in_the_future_and_before_the_first_record_are_counted_and_told(workspace: Workspace) -> None:
    later = Touch("hubspot:contact:1", "visit:9", "page_view", NOW + HOUR, url=HERE + NEWS)
    read(
        workspace.store, contact(1), visit(1, PAID, 60), later, deal(7), turn(7, "opportunity_created", 1, 1)
    )

    seen = links(workspace.store, judge_of(workspace), NOW, processes=1)

    assert (seen.future, seen.early) == (1, 1)
    assert credit(ask(workspace, kinds=("sql",)), "sql") == {"Paid Search": WHOLE}


def test_who_hangs_together_has_one_leader_and_is_in_one_part() -> None:
    leaders = Leaders()
    leaders.join((5, 2))
    leaders.join((7, 5))
    leaders.join((4,))
    people = np.array([1, 2, 3, 4, 5, 6, 7])

    leads = leaders.column(people)

    assert leads.tolist() == [1, 2, 3, 4, 2, 6, 2]
    assert [part.tolist() for part in parts(people, leads, 2)] == [[1, 2, 5, 7], [3, 4], [6]]
    assert [part.tolist() for part in parts(people, people, 9)] == [people.tolist()]
    assert list(parts(people[:0], leads[:0])) == []
