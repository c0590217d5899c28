"""What may befall a contact besides being changed: archived, merged, wiped, worked out anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.hubspot.api import FakeHubSpot
from sandbox.hubspot.rows import text


class UnknownContact(Exception):
    """No live contact has that address."""


def befall(portal: FakeHubSpot, asked: Mapping[str, Any]) -> None:
    """This does to the contact with the address `email` whatever else is asked for."""
    contact_id = _contact(portal, str(asked.get("email", "")))
    if asked.get("merge_into"):
        portal.merge(_contact(portal, str(asked["merge_into"])), contact_id)
    if asked.get("calculated"):
        worked_out = {name: text(value) for name, value in dict(asked["calculated"]).items()}
        portal.contacts.calculated.setdefault(contact_id, {}).update(worked_out)
    if asked.get("archive"):
        portal.tables["contact"].archive(contact_id, portal.clock.now())
    if asked.get("wipe"):
        portal.contacts.wiped.add(contact_id)


def _contact(portal: FakeHubSpot, email: str) -> int:
    found = portal.tables["contact"].find("email", email, portal.clock.now())
    if found is None:
        raise UnknownContact(f"no contact has the address {email}")
    return found
