"""Fields back into HubSpot: our own properties only, a hundred rows a call, one outcome a row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from connectors.hubspot import client, fields
from connectors.hubspot.batches import Batch, Write, write
from connectors.hubspot.client import Portal
from connectors.hubspot.moves import Moves, follow
from connectors.outcome import Outcome, Rejected
from connectors.own import OWN_FIELDS
from connectors.protocol import FieldWrite

OBJECT_TYPES = {"contact": "contacts"}  # the kinds that carry our fields
NO_MOVES = Moves()
_OWN = {field.name: field for field in OWN_FIELDS}


def push(portal: Portal, writes: Sequence[FieldWrite], moves: Moves = NO_MOVES) -> list[Outcome]:
    """This writes fields by id. HubSpot refuses a batch that names a row twice, so a second write to
    one row waits for a batch of its own."""
    outcomes: dict[int, Outcome] = {}
    for kind, places in _rounds(writes):
        path = client.objects(OBJECT_TYPES[kind], "batch/update")
        batch = Batch(path, lambda result: str(result.get("id", "")))
        inputs = [_write(writes[place]) for place in places]
        outcomes |= dict(zip(places, write(portal, batch, inputs), strict=True))
    refused = Rejected("HubSpot keeps our fields on contacts only")
    return follow(portal, moves, writes, [outcomes.get(place, refused) for place in range(len(writes))])


def _rounds(writes: Sequence[FieldWrite]) -> Iterator[tuple[str, list[int]]]:
    """These are places of writes to one kind of record in which no record comes twice."""
    rounds: list[tuple[str, dict[str, int]]] = []
    for place, each in enumerate(writes):
        if each.kind not in OBJECT_TYPES:
            continue
        free = (ids for kind, ids in rounds if kind == each.kind and each.record_id not in ids)
        ids = next(free, None)
        if ids is None:
            ids = {}
            rounds.append((each.kind, ids))
        ids[each.record_id] = place
    for kind, ids in rounds:
        yield kind, list(ids.values())


def _write(each: FieldWrite) -> Write:
    properties = {
        fields.own_name(_OWN[name]): fields.encode(_OWN[name], value) for name, value in each.fields.items()
    }
    return Write(each.record_id, {"id": each.record_id, "properties": properties}, frozenset(properties))
