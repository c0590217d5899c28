"""Standard fields that follow our status, where the configuration says so: forward only, and read back.

HubSpot answers "done" to a stage that lies before the present one and changes nothing. Portals rename
and delete stages, so their order is read from the portal. A move is made when somebody becomes MQL and
never again: what people change afterwards is theirs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from connectors.calling import Request
from connectors.errors import ConnectorError
from connectors.holdings import Holdings
from connectors.hubspot import client, reading
from connectors.hubspot.batches import Batch, Write, failed, write
from connectors.hubspot.client import Portal
from connectors.outcome import Done, Outcome, Rejected, Stop
from connectors.protocol import FieldWrite, Known
from connectors.records import Page, SetBack, key_of

STAGE, STAGE_MQL = "lifecyclestage", "marketingqualifiedlead"
STATUS, STATUS_NEW = "hs_lead_status", "NEW"
REMEDY = "Look at the field in HubSpot, or turn its line in mqlsync.yaml off."

SHOWN_AS = {STAGE: ("lifecycle_stage", STAGE_MQL), STATUS: ("lead_status", STATUS_NEW)}
Values = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Moves:
    """Which standard fields may be moved."""

    lifecycle_stage: bool = False
    lead_status: bool = False

    @property
    def properties(self) -> list[str]:
        return [STAGE] * self.lifecycle_stage + [STATUS] * self.lead_status


def follow(
    portal: Portal, moves: Moves, writes: Sequence[FieldWrite], outcomes: Sequence[Outcome]
) -> list[Outcome]:
    """This moves the standard fields of those who just became MQL; a write whose move failed has not
    succeeded."""
    ids = [
        each.record_id
        for each, outcome in zip(writes, outcomes, strict=True)
        if each.kind == "contact" and each.fields.get("status") == "mql" and isinstance(outcome, Done)
    ]
    if not ids or not moves.properties:
        return list(outcomes)
    try:
        open_ = _moved(portal, moves, list(dict.fromkeys(ids)))
    except ConnectorError as error:
        open_ = dict.fromkeys(ids, failed(error))
    return [
        open_.get(each.record_id, outcome) if isinstance(outcome, Done) else outcome
        for each, outcome in zip(writes, outcomes, strict=True)
    ]


def steps(shown: Values, orders: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """These are the moves for one contact. `orders` holds the portal's options of each field that may be
    moved; a value that is none of them, or lies ahead, stays."""
    found: dict[str, str] = {}
    stages, stage = orders.get(STAGE, ()), shown.get(STAGE, "")
    if STAGE_MQL in stages and (not stage or stage in stages[: stages.index(STAGE_MQL)]):
        found[STAGE] = STAGE_MQL
    if STATUS_NEW in orders.get(STATUS, ()) and not shown.get(STATUS):
        found[STATUS] = STATUS_NEW
    return found


def _moved(portal: Portal, moves: Moves, ids: Sequence[str]) -> dict[str, Outcome]:
    """These are the contacts whose move did not succeed."""
    orders = {name: _options(portal, name) for name in moves.properties}
    shown = _shown(portal, moves, ids)
    wanted = {each: found for each in ids if (found := steps(shown.get(each, {}), orders))}
    batch = Batch(client.objects("contacts", "batch/update"), lambda result: str(result.get("id", "")))
    inputs = [
        Write(each, {"id": each, "properties": found}, frozenset(found)) for each, found in wanted.items()
    ]
    told = dict(zip(wanted, write(portal, batch, inputs), strict=True))
    done = [each for each, outcome in told.items() if isinstance(outcome, Done)]
    after = _shown(portal, moves, done) if done else {}
    open_: dict[str, Outcome] = {}
    for each, outcome in told.items():
        match outcome:
            case Done():
                kept = {
                    name for name, value in wanted[each].items() if after.get(each, {}).get(name) != value
                }
                if kept:
                    text = f"HubSpot took a new {' and '.join(sorted(kept))} and shows another"
                    open_[each] = Rejected(text, REMEDY, each)
            case Stop(reason):  # it concerns this field, not the writing of ours
                open_[each] = Rejected(reason, REMEDY, each)
            case _:
                open_[each] = outcome
    return open_


def with_set_back(portal: Portal, moves: Moves, known: Known, page: Page) -> Page:
    """This adds which fields somebody moved back behind where we had put them, for people who are MQL
    still. That is their right, so it is only told."""
    marked = [each for each in page.records if each.own.get("status") == "mql" and not each.deleted]
    if not marked or not moves.properties or not isinstance(known, Holdings):
        return page
    held = known.attributes("contact", [each.id for each in marked])
    found: list[SetBack] = []
    for name in moves.properties:
        attribute, ours = SHOWN_AS[name]
        before = {each.id: held.get(each.id, {}).get(attribute) for each in marked}
        moved = [each for each in marked if before[each.id] == ours != each.attributes.get(attribute)]
        order = _options(portal, name) if moved else []
        behind = {"", *(order[: order.index(ours)] if ours in order else ())}
        for each in moved:
            shown = str(each.attributes.get(attribute, ""))
            if shown in behind:
                key = key_of(client.CRM, each.kind, each.id)
                found.append(SetBack(key, attribute, ours, shown, each.stamp))
    return replace(page, set_back=tuple(found))


def _options(portal: Portal, name: str) -> list[str]:
    """These are the values of a field in the portal's own order; none where it has no such field."""
    request = Request("GET", client.properties("contacts", name), allowed=frozenset({404}))
    data = portal.call(request).data
    options = data.get("options") if isinstance(data, dict) else None
    rows = [each for each in options or () if isinstance(each, dict) and each.get("value")]
    return [str(each["value"]) for each in sorted(rows, key=_place)]


def _place(option: Mapping[str, Any]) -> int:
    place = option.get("displayOrder")
    return place if isinstance(place, int) and place >= 0 else 1_000_000


def _shown(portal: Portal, moves: Moves, ids: Sequence[str]) -> dict[str, Values]:
    rows = reading.batch(portal, "contacts", ids, moves.properties)
    found: dict[str, Values] = {}
    for row in rows:
        if isinstance(row, dict) and isinstance(row.get("properties"), dict):
            found[str(row.get("id"))] = {n: v for n, v in row["properties"].items() if isinstance(v, str)}
    return found
