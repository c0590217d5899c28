"""When a lead is on hold: while her lead status is one by which sales says so. Her clocks stand then."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from scoring.handoff.calendars import Span
from scoring.touches import NEVER, Facts

STATUS = "lead_status"


def on_hold(facts: Facts, statuses: Collection[str]) -> dict[int, list[Span]]:
    """These are the spans of everybody who ever was on hold, ascending, by place in the facts.

    Statuses are compared without regard to case; a span that lasts ends at NEVER.
    """
    known = facts.attributes
    wanted = {one.strip().casefold() for one in statuses}
    means_hold = np.array([label.strip().casefold() in wanted for label in known.labels], np.bool_)
    names = [code for code, label in enumerate(known.labels) if label == STATUS]
    rows = np.flatnonzero(np.isin(known.name, names)) if wanted else np.empty(0, np.intp)
    rows = rows[np.lexsort((rows, known.at[rows], known.person[rows]))]
    person, at = known.person[rows], known.at[rows]
    goes_on = np.append(person[1:] == person[:-1], False)[: len(rows)]
    until = np.where(goes_on, np.append(at[1:], NEVER)[: len(rows)], NEVER)
    found: dict[int, list[Span]] = {}
    for row in np.flatnonzero(means_hold[known.value[rows]] & (at < until)):
        found.setdefault(int(person[row]), []).append((int(at[row]), int(until[row])))
    return found
