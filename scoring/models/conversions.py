"""What was reached and when: MQL, SAL, SQL and won, each with the milestones before it.

An MQL is the start of a spell; the others are what sales did, once per touch of sales. The milestones of
a person are her lead creation, which the CRM dates, and her latest opportunity at the conversion; a won
deal closes at its own instant. Where accounts count, so do the first lead and the latest opportunity of
any colleague.
"""

from __future__ import annotations

import numpy as np

from scoring.curves import Curve, in_order, look_up
from scoring.models.journeys import Conversions
from scoring.touches import NEVER, Codes, Ints, Touches
from scoring.verdicts import Episodes

KINDS = {"sal": "sales_accepted", "sql": "opportunity_created", "won": "deal_won"}
TYPES = ("mql", *KINDS)


def conversions(
    touches: Touches, episodes: Episodes, lead_at: Ints, as_of: int, unit: Ints | None = None
) -> dict[str, tuple[Conversions, Ints]]:
    """This lists what was reached by `as_of`, per type: the conversions, and the person of each.

    `lead_at` says per person when she became a lead (NEVER: nobody knows); `unit` to which unit she
    belongs, None where people count.
    """
    units = np.arange(len(lead_at)) if unit is None else unit
    first_lead = np.full(int(units.max(initial=-1)) + 1, NEVER, np.int64)
    np.minimum.at(first_lead, units, lead_at)
    opened = _of_kind(touches, KINDS["sql"], as_of)
    found = {}
    for name in TYPES:
        if name == "mql":
            begun = episodes.qualified_at <= as_of
            person, at = episodes.person[begun].astype(np.int64), episodes.qualified_at[begun]
        else:
            person, at = _of_kind(touches, KINDS[name], as_of)
        whose = units[person]
        close = at if name == "won" else np.full(len(at), NEVER, np.int64)
        reached = Conversions(whose, at, first_lead[whose], _latest(opened, units, whose, at), close)
        found[name] = (reached, person)
    return found


def _of_kind(touches: Touches, kind: str, as_of: int) -> tuple[Ints, Ints]:
    codes = [code for code, text in enumerate(touches.labels) if text == kind]
    rows = np.flatnonzero(np.isin(touches.kind, codes) & (touches.at <= as_of))
    person: Codes = touches.person[rows]
    return person.astype(np.int64), touches.at[rows]


def _latest(opened: tuple[Ints, Ints], units: Ints, whose: Ints, at: Ints) -> Ints:
    """This is each unit's latest opportunity at or before `at`, NEVER where there was none."""
    unit, when = units[opened[0]], opened[1]
    order = in_order(unit, when)
    return look_up(Curve(unit[order], when[order], when[order], NEVER), whose, at)
