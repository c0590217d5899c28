"""Deals: who was in them, and when they were won or lost."""

from __future__ import annotations

from typing import Any

import pytest
from salesforce_fake import fake

from connectors.salesforce.deal_signals import of_role_at_stage, of_stage
from connectors.salesforce.ids import long_id
from connectors.salesforce.instants import instant

DEAL, JANE, JOHN = "0065e000001AbCd", long_id("0035e000001AbCd"), long_id("0035e000001AbCe")
CLOSED_AT = "2026-05-03T10:00:00.000+0000"


def step(stage: str = "Closed Won", **deal: Any) -> dict[str, Any]:
    """A step in the history of a deal that is won."""
    held = {"ContactId": JANE, "Name": "Big", "StageName": "Closed Won", "IsClosed": True, "IsWon": True}
    return {
        "Id": "0085e000001AbCd",
        "OpportunityId": DEAL,
        "StageName": stage,
        "CreatedDate": CLOSED_AT,
        "SystemModstamp": CLOSED_AT,
        "Opportunity": held | deal,
    }


def role(**changes: Any) -> dict[str, Any]:
    return {"Id": "00K5e000001AbCd", "OpportunityId": DEAL, "ContactId": JOHN} | changes


def test_everybody_with_a_role_was_there_when_the_stage_changed() -> None:
    (first,), (other,) = of_stage(step()), of_role_at_stage(role(), step())

    assert (first.key, other.key) == (f"salesforce:contact:{JANE}", f"salesforce:contact:{JOHN}")
    assert first.occurred_at == other.occurred_at == instant(CLOSED_AT)
    assert (first.kind, other.kind) == ("deal_won", "deal_won")
    assert other.source_id == f"opportunity:{long_id(DEAL)}:deal_won:{JOHN}"


@pytest.mark.parametrize(
    ("one", "row"),
    [
        (role(ContactId=None), step()),
        (role(IsDeleted=True), step()),
        (role(), step("Negotiation/Review")),
        (role(), step(IsClosed=False)),
        (role(), step() | {"IsDeleted": True}),
    ],
)
def test_a_role_of_nobody_or_a_step_that_closes_nothing_says_nothing(
    one: dict[str, Any], row: dict[str, Any]
) -> None:
    assert list(of_role_at_stage(one, row)) == []


def test_whoever_joins_a_closed_deals_roles_is_dated_by_the_stage_too() -> None:
    with fake() as org:
        org.read("contacts", "opportunity_history")
        closing = next(name for name in sorted(org.shelf.touches) if ":deal_won:" in name)
        held, _, contact = closing.rpartition(":")
        other = next(each for each in sorted(org.shelf.live("contact")) if each != contact)

    with fake() as org:
        stamp = org.crm.org.stamp()
        made = {"CreatedDate": stamp, "SystemModstamp": stamp, "LastModifiedDate": stamp, "IsDeleted": False}
        roles = org.crm.org.tables["OpportunityContactRole"]
        roles.add({"OpportunityId": held.split(":")[1], "ContactId": other, "IsPrimary": False, **made})
        org.read()

        assert org.shelf.touches[f"{held}:{other}"].occurred_at == org.shelf.touches[closing].occurred_at
