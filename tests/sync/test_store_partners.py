"""What partners told and claim is kept alike on both engines, and follows people who merge, split or go."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from connectors.records import Page, Record, Touch, email_key
from scoring.context import Context
from scoring.definitions.conditions import scored
from scoring.definitions.definition import Definition, Group
from scoring.partner import Partner
from scoring.score import score
from scoring.touches import DAY
from sync.store.engine import Store
from sync.store.erase import erase
from sync.store.facts import load_facts
from sync.store.pages import save_page
from sync.store.partner_claims import claims_of_partner, claims_of_people, save_claims
from sync.store.partner_leads import Imported, PartnerLead, leads_of, listed_by, save_leads
from sync.store.partner_people import known_people
from sync.store.people import resolve_records

T = 20_000 * DAY
CONTEXT = Context(
    partners=(
        Partner("kestrel", "Kestrel", "gold", ("kestrel",)),
        Partner("orbis", "Orbis", "silver", ("orbis",), ("/lp/orbis",)),
    )
)
NOBODY_QUALIFIES = Definition("own", "1", "own", scored(10**9), (), (Group("g"),))


def saw(store: Store, record: str, email: str, *sources: str) -> None:
    key = f"hubspot:contact:{record}"
    touches = tuple(
        Touch(key, f"{record}:{n}", "page_view", T + n * DAY, url=f"https://a.example/?utm_source={source}")
        for n, source in enumerate(sources)
    )
    row = Record("contact", record, T, T, attributes={"email": email}, keys=(email_key(email),))
    save_page(store, "hubspot", "contacts", Page("", True, records=(row,), touches=touches), T)


def judged(store: Store) -> dict[str, list[str]]:
    """This settles everybody's claims, keeps them twice, and tells them by person."""
    while resolve_records(store, 100):
        pass
    with store.transaction() as tx:
        sql = "SELECT id FROM person WHERE merged_into IS NULL ORDER BY id"
        people = list(tx.execute(text(sql)).scalars())
        verdicts = score(load_facts(tx, people), NOBODY_QUALIFIES, T + 9 * DAY, context=CONTEXT)
        save_claims(store, tx, people, verdicts)
        save_claims(store, tx, people, verdicts)
        return {one: [f"{c.partner} {c.why}" for c in claims_of_people(tx, [one])] for one in people}


def test_claims_are_kept_as_they_were_judged(store: Store) -> None:
    saw(store, "1", "a@x.example", "kestrel", "orbis", "orbis")
    saw(store, "2", "b@x.example", "other")

    found = judged(store)

    assert sorted(found.values()) == [[], ["kestrel wins", "orbis later"]]
    with store.reading() as tx:
        (lost,) = claims_of_partner(tx, "orbis")
    assert (lost.times, lost.at, lost.last_at, lost.rival) == (2, T + DAY, T + 2 * DAY, "kestrel")


def test_people_who_merge_have_one_claim_and_those_who_split_have_their_own_again(store: Store) -> None:
    saw(store, "1", "a@x.example", "kestrel")
    saw(store, "2", "b@x.example", "", "orbis")
    apart = judged(store)

    saw(store, "2", "a@x.example")
    together = judged(store)
    saw(store, "2", "b@x.example")
    again = judged(store)

    assert sorted(apart.values()) == sorted(again.values()) == [["kestrel wins"], ["orbis wins"]]
    assert list(together.values()) == [["kestrel wins", "orbis later"]]
    with store.reading() as tx:
        assert len(claims_of_partner(tx, "orbis")) == 1


@pytest.mark.parametrize("kind", ["list_import", "deal_registration"])
def test_leads_are_kept_once_and_found_by_any_name(store: Store, kind: str) -> None:
    saw(store, "1", "a@x.example")
    judged(store)
    leads = [
        PartnerLead("email:a@x.example", T, "mql", is_mql=True, row=2),
        PartnerLead("hubspot:contact:1", 0, "lead", is_mql=False, row=3),
        PartnerLead("email:nobody@x.example", T, "mql", is_mql=True, row=4),
    ]

    first = save_leads(store, "kestrel", kind, leads, "list.csv", T + DAY)
    again = save_leads(store, "kestrel", kind, leads[:2], "list.csv", T + 2 * DAY)

    assert first == Imported(new=3, changed=0, same=0, kept=0, known=2, erased=())
    assert again == Imported(new=0, changed=0, same=2, kept=1, known=2, erased=())
    with store.reading() as tx:
        told = leads_of(tx, "kestrel")
        assert listed_by(tx) == {"kestrel": 3}
    assert [(one.person > 0, one.is_mql, one.first_at == T + DAY) for one in told] == [
        (True, True, True),
        (True, False, True),
        (False, True, True),
    ]
    assert next(iter(judged(store).values()))[0].startswith("kestrel")


def test_what_is_known_of_people_is_read_with_their_spells(store: Store) -> None:
    saw(store, "1", "a@x.example")
    judged(store)
    with store.transaction() as tx:
        names = "person, number, definition, version, qualified_at, noticed_at, ended_at, ended_by"
        spells = "(1, 1, 'own', '1', 5, 6, 7, 'accepted'), (1, 2, 'own', '1', 8, 9, 9, 'void')"
        tx.execute(text(f"INSERT INTO episode ({names}) VALUES {spells}"))
        known = known_people(tx, [1])

    assert [(one.qualified_at, one.ended_by) for one in known[1].spells] == [(5, "accepted")]
    assert known[1].attributes["email"] == "a@x.example"
    assert known[1].status == ""


def test_who_is_erased_leaves_nothing_behind(store: Store) -> None:
    listed = [PartnerLead("email:a@x.example", T, "", is_mql=True, row=2)]
    saw(store, "1", "a@x.example", "kestrel")
    judged(store)
    save_leads(store, "orbis", "list_import", listed, "f", T)
    judged(store)

    erase(store, ["email:a@x.example"], T + DAY)
    again = save_leads(
        store, "orbis", "list_import", [PartnerLead("email:a@x.example", T, "", True, 2)], "f", T
    )

    assert again.erased == (2,)
    with store.reading() as tx:
        for table in ("partner_lead", "partner_claim", "touch"):
            assert tx.execute(text(f"SELECT COUNT(*) FROM {table}")).scalar() == 0
