"""What a refused task needs in order to be taken: another owner, the contact that a lead became, or one
link less. What nothing can be done about keeps the org's own words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from connectors.errors import ConnectorError
from connectors.outcome import Rejected
from connectors.salesforce import outcomes
from connectors.salesforce.conversions import CONVERTED, Conversion, conversions
from connectors.salesforce.delivery import Body, Settled
from connectors.salesforce.org import Org

MENDS_MAX = 2  # a converted lead may turn out to have an owner who left
INACTIVE = "INACTIVE_OWNER_OR_USER"
UNSEEN = "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY"

Numbered = Sequence[tuple[int, Body]]
Attempt = Callable[[Numbered], dict[int, Settled]]


def settle(org: Org, numbered: Numbered, attempt: Attempt, default_owner: str) -> dict[int, Settled]:
    """This attempts to make the tasks, and again those that can be mended."""
    settled: dict[int, Settled] = {}
    waiting = list(numbered)
    for turn in range(MENDS_MAX + 1):
        settled |= attempt(waiting)
        if turn == MENDS_MAX:
            break
        leads = [body["WhoId"] for place, body in waiting if CONVERTED in settled[place].codes]
        try:
            became = conversions(org, leads)
        except ConnectorError as error:
            lost = [place for place, _ in waiting if CONVERTED in settled[place].codes]
            return settled | dict.fromkeys(lost, Settled(outcomes.failed(error)))
        waiting = [
            (place, better)
            for place, body in waiting
            if isinstance(settled[place].outcome, Rejected)
            and (better := mended(body, settled[place].codes, became, default_owner))
        ]
        if not waiting:
            break
    return settled


def mended(
    body: Body, codes: frozenset[str], became: Mapping[str, Conversion], default_owner: str
) -> Body | None:
    """This is the task as it may be taken, None where it will not."""
    if CONVERTED in codes and body["WhoId"] in became:
        to = became[body["WhoId"]]
        return {**body, "WhoId": to.contact_id, **({"WhatId": to.account_id} if to.account_id else {})}
    if INACTIVE in codes and default_owner and body["OwnerId"] != default_owner:
        return {**body, "OwnerId": default_owner}
    if UNSEEN in codes and "WhatId" in body:
        return {name: value for name, value in body.items() if name != "WhatId"}
    return None
