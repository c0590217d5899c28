"""Which touches no human made. They stay where they are, are not counted, and are shown as voided."""

from __future__ import annotations

import numpy as np

from scoring.curves import Spans, different, holding, look_up, numbered, reaches, spans
from scoring.definition import MachineClicks
from scoring.touches import Bools, Touches


def machine_clicks(touches: Touches, rule: MachineClicks) -> Bools:
    """This marks clicks on at least `links` different links of one mail within less than `within`.

    Each link of a mail is up for `within` from every click on it. Where enough links are up at once,
    every click of that mail that is still up was part of the burst.
    """
    voided = np.zeros(len(touches), np.bool_)
    code = {label: code for code, label in enumerate(touches.labels)}.get("email_click")
    rows = np.flatnonzero(touches.kind == code) if code is not None else np.empty(0, np.intp)
    if len(rows) < rule.links:
        return voided
    at = touches.at[rows]
    mail = numbered(numbered(touches.person[rows], touches.campaign[rows]), touches.asset[rows])
    burst = spans(reaches(different(mail, touches.url[rows], at, at + rule.within), rule.links))
    # [start, end) of a burst meets [click, click + within) exactly for clicks in this wider span.
    part = holding(Spans(burst.person, burst.start - rule.within + 1, burst.end))
    voided[rows] = look_up(part, mail, at) == 1
    return voided
