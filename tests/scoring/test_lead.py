"""What routing knows of a lead: what her record says at an instant, and nothing that it says no more."""

from __future__ import annotations

from scoring.handoff.lead import lead_of, said_of
from scoring.handoff.territory import Lead
from scoring.touches import ALWAYS, attributes_of

LOG = attributes_of(
    [
        (1, 20, "country", "France"),
        (0, ALWAYS, "country", "Germany"),
        (0, 10, "country", "Austria"),
        (0, 20, "country", ""),
        (0, ALWAYS, "company", "Acme"),
        (2, ALWAYS, "country", "Spain"),
    ]
)


def test_what_is_said_changes_at_its_instant_and_only_for_whom_it_is_said() -> None:
    assert said_of(LOG, [0, 1], 9) == {0: {"country": "Germany", "company": "Acme"}, 1: {}}
    assert said_of(LOG, [0, 1], 10)[0]["country"] == "Austria"
    assert said_of(LOG, [0, 1], 20) == {0: {"country": "", "company": "Acme"}, 1: {"country": "France"}}
    assert said_of(LOG, [], 20) == {}


def test_a_lead_has_the_texts_the_size_and_every_name_of_her_company() -> None:
    said = {"country": "Germany", "region": "Berlin", "employees": "1,200", "company": "Acme", "title": "CMO"}

    found = lead_of(said, key="1", hosts=["acme.example"], partner="kestrel")

    assert found == Lead(
        *("1", "Germany", "Berlin"), employees=1200, accounts=("Acme", "acme.example"), partner="kestrel"
    )


def test_of_whom_nothing_is_said_nothing_is_known() -> None:
    assert lead_of({}, key="1", hosts=[], partner="") == Lead("1")
