"""Lead.Status follows our status, where the configuration names the status: forward only, and read back.

Orgs name their statuses as they like, so their order is the picklist's. A lead moves when it becomes MQL
and never again: what people change afterwards is theirs. A status that means converted is not ours to set.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from connectors.errors import ConnectorError, Unreachable
from connectors.outcome import Done, Outcome, Rejected, Stop
from connectors.protocol import FieldWrite
from connectors.salesforce import outcomes, soql
from connectors.salesforce.delivery import Body, write_all
from connectors.salesforce.fitting import active_values
from connectors.salesforce.ids import long_id
from connectors.salesforce.org import ROWS_MAX, Org

REMEDY = "Look at Lead Status in Salesforce, or take `lead_status` out of mqlsync.yaml."


def follow(org: Org, target: str, writes: Sequence[FieldWrite], settled: Sequence[Outcome]) -> list[Outcome]:
    """This moves the leads that just became MQL; a write whose move failed has not succeeded."""
    ids = {
        place: long_id(write.record_id)
        for place, (write, outcome) in enumerate(zip(writes, settled, strict=True))
        if write.kind == "lead"
        and write.fields.get("status") == "mql"
        and isinstance(outcome, Done)
        and outcome.id == long_id(write.record_id)  # a converted lead's status is history
    }
    if not ids or not target:
        return list(settled)
    try:
        open_ = _moved(org, target, sorted(set(ids.values())))
    except ConnectorError as error:
        open_ = dict.fromkeys(ids.values(), _of_this_field(outcomes.failed(error), ""))
    return [open_.get(ids.get(place, ""), outcome) for place, outcome in enumerate(settled)]


def is_forward(shown: str, target: str, order: Sequence[str]) -> bool:
    """This says whether the move leads forward. A status that the picklist does not know stays."""
    return target in order and (not shown or shown in order[: order.index(target)])


def _moved(org: Org, target: str, ids: Sequence[str]) -> dict[str, Outcome]:
    """These are the leads whose move did not succeed."""
    order = active_values(org.describe("Lead").fields.get("Status", {}))
    if target not in order or target in _converting(org):
        text = f"Lead.Status has no value {target!r} that a lead may be moved to"
        return {each: Rejected(text, REMEDY, each) for each in ids}
    shown = _shown(org, ids)
    bodies: list[tuple[int, Body]] = [
        (place, {"attributes": {"type": "Lead"}, "id": each, "Status": target})
        for place, each in enumerate(ids)
        if each in shown and is_forward(shown[each], target, order)
    ]
    said = write_all(bodies, partial(org.write, "PATCH"), org.rest) if bodies else {}
    open_ = {
        ids[place]: _of_this_field(one.outcome, ids[place])
        for place, one in said.items()
        if not isinstance(one.outcome, Done)
    }
    done = [ids[place] for place, one in said.items() if isinstance(one.outcome, Done)]
    after = _shown(org, done) if done else {}
    for each in done:
        if after.get(each, target) != target:
            text = f"Lead.Status was set to {target!r} and shows {after[each]!r}"
            open_[each] = Rejected(text, REMEDY, each)
    return open_


def _converting(org: Org) -> set[str]:
    """These statuses mean that a lead was converted."""
    rows = org.query(soql.select(("MasterLabel",), "LeadStatus", "IsConverted = TRUE")).rows
    return {str(row.get("MasterLabel")) for row in rows if isinstance(row, dict)}


def _shown(org: Org, ids: Sequence[str]) -> dict[str, str]:
    """These are the statuses of the leads that are still there and not converted."""
    found: dict[str, str] = {}
    for start in range(0, len(ids), ROWS_MAX):
        where = f"{soql.any_of('Id', ids[start : start + ROWS_MAX])} AND IsConverted = FALSE"
        for row in org.query(soql.select(("Id", "Status"), "Lead", where)).rows:
            try:
                found[long_id(row["Id"])] = str(row.get("Status") or "")
            except (ValueError, TypeError, KeyError, AttributeError) as error:
                raise Unreachable("salesforce Lead: rows came that are none") from error
    return found


def _of_this_field(outcome: Outcome, record_id: str) -> Outcome:
    """A refusal concerns this field only, not the writing of ours."""
    if isinstance(outcome, Stop | Rejected):
        return Rejected(outcome.reason, REMEDY, record_id)
    return outcome
