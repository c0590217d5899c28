"""The word of sales as both CRMs tell it: lead statuses that mean what an operator says, and who set them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.dispositions import DISPOSITIONS, REASONS, said
from connectors.hubspot import signals as hubspot
from connectors.meanings import meanings_of
from connectors.own import OWN_FIELDS
from connectors.records import TOUCH_KINDS, Record
from connectors.salesforce.lead_signals import lead_teller
from connectors.salesforce.meanings import Meanings

LEAD = "00Q5e000001AbCdEAK"
KEY = "hubspot:contact:1"
RECORD = Record("contact", "1", 2_000_000_000, 5, changed_by="hubspot:7")


@pytest.mark.parametrize(
    ("status", "kind"), [("Recycled", "sales_recycled"), ("recycled", "sales_recycled"), ("Gone", "")]
)
def test_a_salesforce_status_means_what_the_operator_says_and_names_who_set_it(
    status: str, kind: str
) -> None:
    meanings = Meanings(statuses=(("Recycled", "sales_recycled"), ("Gone", "")))
    row = {"Id": LEAD, "Status": status, "LastModifiedDate": "2026-05-01T07:25:37.000Z"}

    lead = Record("lead", LEAD, 1, 0)

    touches = lead_teller(meanings, ())({**row, "LastModifiedById": "0055g00000AbCdE"}, lead)

    assert [touch.kind for touch in touches] == [kind] * bool(kind)
    assert all(touch.referrer == "salesforce:0055g00000AbCdE" for touch in touches)


def test_a_hubspot_status_means_what_the_operator_says_and_is_asked_for() -> None:
    meanings = meanings_of(
        statuses=(("BAD_TIMING", "sales_nurture"), ("CONNECTED", ""), ("PARKED", "sales_nurture"))
    )
    history = [
        {"value": one, "timestamp": "2026-11-03T00:00:00Z"} for one in ("BAD_TIMING", "CONNECTED", "PARKED")
    ]

    touches = hubspot.of_history({"id": "5", "propertiesWithHistory": {"hs_lead_status": history}}, meanings)

    assert [touch.kind for touch in touches] == ["sales_nurture", "sales_nurture"]
    assert {"BAD_TIMING", "PARKED", "UNQUALIFIED"} <= meanings.telling_statuses
    assert "CONNECTED" not in meanings.telling_statuses


words = st.fixed_dictionaries(
    {},
    optional={
        "disposition": st.sampled_from([*DISPOSITIONS, "", "odd"]),
        "disposition_reason": st.sampled_from([*REASONS, "", "odd"]),
        "custody": st.sampled_from(["kestrel", " Kestrel ", "own", ""]),
    },
)


@given(st.none() | words, words)
def test_a_word_is_a_step_between_two_readings(before: dict[str, str] | None, after: dict[str, str]) -> None:
    touches = list(said(KEY, RECORD._replace(own=after), before, 1_000_000))

    assert {touch.kind for touch in touches} <= TOUCH_KINDS
    assert {touch.referrer for touch in touches} <= {"hubspot:7"}
    assert len({touch.source_id for touch in touches}) == len(touches)
    assert list(said(KEY, RECORD._replace(own=after), after, 1_000_000)) == []


def test_deleted_rows_and_rows_that_were_just_born_say_nothing() -> None:
    own = {"disposition": "nurture"}

    assert list(said(KEY, RECORD._replace(own=own, deleted=True), {}, 1)) == []
    assert list(said(KEY, RECORD._replace(own=own, created_at=RECORD.stamp - 599_000_000), None, 1)) == []
    assert list(said(KEY, RECORD._replace(own=own, created_at=RECORD.stamp - 600_000_000), None, 1)) != []


def test_the_fields_of_sales_are_made_and_none_of_ours() -> None:
    theirs = {field.name: field.choices for field in OWN_FIELDS if field.is_theirs}

    assert theirs == {"disposition": tuple(DISPOSITIONS), "disposition_reason": REASONS, "custody": ()}
