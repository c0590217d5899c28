"""What befalls contacts in the fake portal, and lists: as the real one does it."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hubspot_portal import NOW, Portal

from sandbox.clock import iso
from sandbox.hubspot.api import Options
from sandbox.hubspot.fates import UnknownContact, befall

CONTACTS = "/crm/objects/2026-09/contacts"


@pytest.fixture
def portal() -> Portal:
    return Portal()


def read(portal: Portal, *ids: str, archived: bool = False) -> list[str]:
    path = f"{CONTACTS}/batch/read" + ("?archived=true" if archived else "")
    body = portal.ask("POST", path, {"inputs": [{"id": each} for each in ids], "properties": ["email"]}).body
    return sorted(row["id"] for row in _results(body))


def _results(body: bytes) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = orjson.loads(body)["results"]
    return found


def test_the_loser_of_a_merge_shows_the_winner_and_is_in_no_batch(portal: Portal) -> None:
    winner, loser = portal.contact(1), portal.contact(2)

    befall(portal.fake, {"email": loser["properties"]["email"], "merge_into": winner["properties"]["email"]})

    shown = portal.get(f"{CONTACTS}/{loser['id']}?properties=hs_merged_object_ids,hs_additional_emails")
    assert shown["id"] == winner["id"]
    assert loser["id"] in shown["properties"]["hs_merged_object_ids"].split(";")
    assert loser["properties"]["email"] in shown["properties"]["hs_additional_emails"].split(";")
    assert read(portal, loser["id"]) == read(portal, loser["id"], archived=True) == []


def test_of_a_chain_of_merges_only_one_list_knows_all(portal: Portal) -> None:
    first, second, third = (portal.contact(n) for n in (1, 2, 3))
    for loser, winner in ((first, second), (second, third)):
        befall(
            portal.fake, {"email": loser["properties"]["email"], "merge_into": winner["properties"]["email"]}
        )

    names = "hs_merged_object_ids,hs_calculated_merged_vids"
    shown = portal.get(f"{CONTACTS}/{first['id']}?properties={names}")
    assert shown["id"] == third["id"]
    assert {first["id"], second["id"]} <= set(shown["properties"]["hs_merged_object_ids"].split(";"))
    assert first["id"] not in shown["properties"]["hs_calculated_merged_vids"]


def test_a_wiped_contact_is_nowhere(portal: Portal) -> None:
    her = portal.contact(1)

    befall(portal.fake, {"email": her["properties"]["email"], "wipe": True})

    assert portal.ask("GET", f"{CONTACTS}/{her['id']}").status == 404
    assert read(portal, her["id"]) == read(portal, her["id"], archived=True) == []
    assert her["id"] not in {row["id"] for row in portal.pages(CONTACTS, 100)}
    events = portal.pages("/events/event-occurrences/2026-09?eventType=e_visited_page", 1000)
    assert her["id"] not in {row["objectId"] for row in events}


def test_an_archived_contact_is_in_the_archive_alone(portal: Portal) -> None:
    her = portal.contact(1)

    befall(portal.fake, {"email": her["properties"]["email"], "archive": True})

    assert read(portal, her["id"]) == []
    assert read(portal, her["id"], archived=True) == [her["id"]]
    assert portal.ask("GET", f"{CONTACTS}/{her['id']}").status == 404
    assert portal.get(f"{CONTACTS}/{her['id']}?archived=true")["archived"] is True


def test_what_is_worked_out_anew_moves_no_date_and_is_found_by_its_own(portal: Portal) -> None:
    her = portal.contact(1)

    calculated = {"recent_conversion_date": iso(NOW), "num_conversion_events": 9}
    befall(portal.fake, {"email": her["properties"]["email"], "calculated": calculated})

    shown = portal.get(f"{CONTACTS}/{her['id']}?properties=num_conversion_events")
    window = {"operator": "BETWEEN", "value": str(NOW // 1000), "highValue": str(NOW // 1000)}
    found = portal.search("contacts", {"propertyName": "recent_conversion_date", **window})
    assert shown["properties"]["num_conversion_events"] == "9"
    assert shown["updatedAt"] == her["updatedAt"]
    assert her["id"] in {row["id"] for row in found["results"]}


def test_nothing_befalls_a_stranger(portal: Portal) -> None:
    with pytest.raises(UnknownContact):
        befall(portal.fake, {"email": "nobody@elsewhere.example", "wipe": True})


def test_members_of_a_list_come_in_the_order_of_joining(portal: Portal) -> None:
    found = portal.post("/crm/lists/2026-09/search", {"offset": 0, "count": 1})
    rest = portal.post("/crm/lists/2026-09/search", {"offset": found["offset"], "count": 1})
    members = portal.pages("/crm/lists/2026-09/584/memberships/join-order", 2)

    assert (found["hasMore"], rest["hasMore"]) == (True, False)
    joined = [row["membershipTimestamp"] for row in members]
    assert joined == sorted(joined)
    assert len(members) == int(found["lists"][0]["additionalProperties"]["hs_list_size"]) > 2
    assert portal.ask("GET", "/crm/lists/2026-09/9/memberships/join-order").status == 404


def test_a_lower_tier_has_no_event_api() -> None:
    lower = Portal(options=Options(limits=False, without_scopes=frozenset({"tier.enterprise"})))

    assert lower.ask("GET", "/events/event-occurrences/2026-09?eventType=e_visited_page").status == 403
