"""Whatever happens in whatever order, a company has one task, and every MQL has somebody or a cause."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from leads import NOW, Office, copied, made, owner
from sqlalchemy import text

from sync.clock import HOUR, MINUTE

PEOPLE = ("ann", "bea", "cat", "dot", "eve")
TERRITORIES = "territories: [{name: all, owners: ['8', '9']}]"

steps = st.one_of(
    st.tuples(st.just("arrives"), st.sampled_from(PEOPLE), st.sampled_from(["", "9"])),
    st.tuples(st.sampled_from(["sales_rejected", "sales_accepted"]), st.sampled_from(PEOPLE)),
    st.tuples(st.just("leaves"), st.sampled_from("89")),
    st.tuples(st.just("returns"), st.sampled_from("89")),
    st.tuples(st.just("sends")),
)


@cache
def empty() -> Path:
    return made(Path(tempfile.mkdtemp()))


@contextmanager
def new_office(written: str) -> Iterator[Office]:
    with tempfile.TemporaryDirectory() as folder, copied(empty(), Path(folder) / "store") as store:
        office = Office.opened(Path(folder) / "workspace", store)
        office.changes(written)
        for number in "89":
            office.hears(("hubspot", owner(number)))
        yield office


def take(office: Office, step: tuple[str, ...]) -> None:
    office.now += HOUR
    match step:
        case ("arrives", name, owner_id):
            # two of the five work elsewhere
            mail = f"{name}@{'acme' if name < 'd' else 'buyer'}.example"
            office.arrives(f"{name}", email=mail, owner_id=owner_id, at=office.now - MINUTE)
        case ("leaves" | "returns" as what, number):
            office.hears(("hubspot", owner(number, active="true" if what == "returns" else "false")))
        case (deed, name):
            office.does(name, deed, at=office.now - MINUTE)
        case _:
            if office.tasks():
                office.sends()


def check(office: Office) -> None:
    given_now = {name: rows[-1] for name, rows in office.given().items() if rows}
    with office.store.reading() as tx:
        mql = tx.execute(
            text(
                "SELECT i.key FROM verdict v JOIN identity i ON i.person = v.person "
                "WHERE v.status = 'mql' AND i.key NOT LIKE 'email:%'"
            )
        ).scalars()
        assert {key.rpartition(":")[2] for key in mql} == given_now.keys()
    for company in (PEOPLE[:3], PEOPLE[3:]):
        ours = [given_now[name] for name in company if name in given_now]
        carriers = [one for one in ours if one.owner_id and one.carrier == one.episode]
        assert all(bool(one.owner_id) != bool(one.cause) for one in ours)
        assert len(carriers) <= 1
        assert {one.carrier for one in ours if one.owner_id} == {one.episode for one in carriers}
        assert len({one.owner_id for one in ours if one.owner_id}) <= 1


@settings(max_examples=12)
@given(
    st.lists(st.tuples(st.lists(steps, min_size=1, max_size=4), st.booleans()), min_size=1, max_size=4),
    st.sampled_from(["", TERRITORIES]),
)
def test_a_company_has_one_task_and_every_mql_somebody_or_a_cause(
    rounds: list[tuple[list[tuple[str, ...]], bool]], written: str
) -> None:
    with new_office(written) as office:
        for taken, one_by_one in rounds:
            for step in taken:
                take(office, step)
            office.judges(one_by_one=one_by_one)
            check(office)
        before = office.given(), office.tasks()

        with office.store.transaction() as tx:
            tx.execute(text("UPDATE person SET due_at = 0 WHERE merged_into IS NULL"))
        office.judges()

        assert (office.given(), office.tasks()) == before
    assert office.now > NOW
