"""How far the search index runs behind the database, by a sample of the latest contacts."""

from __future__ import annotations

from connectors.calling import Declined, Request
from connectors.errors import MissingScope
from connectors.hubspot import client, fields, reading, values
from connectors.hubspot.client import Portal
from connectors.hubspot.rows import UNREADABLE, Row
from connectors.protocol import Finding

SAMPLE = 100
USUAL_S = 600  # so far back every poll looks again


def sample(portal: Portal) -> Finding:
    """This compares the stamps of the latest contacts in the index with those in the database."""
    body = {
        "filterGroups": [],
        "sorts": [{"propertyName": fields.CONTACT_MODIFIED, "direction": "DESCENDING"}],
        "properties": [fields.CONTACT_MODIFIED],
        "limit": SAMPLE,
    }
    path = client.objects("contacts", "search")
    request = Request("POST", path, body=body, budget=client.SEARCH, required=reading.RESULTS)
    try:
        indexed = _stamps(portal.call(request).data["results"])
        there = _stamps(reading.batch(portal, "contacts", list(indexed), [fields.CONTACT_MODIFIED]))
    except (MissingScope, Declined) as error:
        return Finding("search index", "warning", error.subject)
    behind = [there[each] - at for each, at in indexed.items() if there.get(each, 0) > at]
    if not behind:
        return Finding("search index", "ok", f"up to date in a sample of {len(indexed)} contacts")
    furthest_s = max(behind) // values.SECOND
    text = f"behind for {len(behind)} of {len(indexed)} contacts, by up to {furthest_s} s"
    if furthest_s <= USUAL_S:
        return Finding("search index", "ok", text)
    return Finding("search index", "warning", text, "News of these contacts arrives that much later.")


def _stamps(rows: list[Row]) -> dict[str, int]:
    found = {}
    for row in rows:
        try:
            found[values.record_id(row["id"])] = values.instant(row["properties"][fields.CONTACT_MODIFIED])
        except UNREADABLE:
            continue
    return found
