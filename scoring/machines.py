"""Which touches no human made. They stay where they are, are not counted, and are shown as voided."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from scoring.curves import Spans, deltas, from_deltas, holding, look_up, reaches, spans
from scoring.definition import MachineClicks
from scoring.touches import Bools, Ints, Touches


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
    mail = _numbered(_numbered(touches.person[rows], touches.campaign[rows]), touches.asset[rows])
    link = _numbered(mail, touches.url[rows])
    mail_of = np.zeros(int(link.max()) + 1, np.int64)
    mail_of[link] = mail
    up = holding(_sorted_spans(link, at, at + rule.within))
    burst = spans(reaches(from_deltas(mail_of[up.person], up.at, deltas(up)), rule.links))
    # [start, end) of a burst meets [click, click + within) exactly for clicks in this wider span.
    part = holding(Spans(burst.person, burst.start - rule.within + 1, burst.end))
    voided[rows] = look_up(part, mail, at) == 1
    return voided


def _numbered(one: npt.NDArray[Any], two: npt.NDArray[Any]) -> Ints:
    """This gives every distinct pair of codes one number."""
    pair = (one.astype(np.int64) << 31) | two
    return np.unique(pair, return_inverse=True)[1].astype(np.int64)


def _sorted_spans(person: Ints, start: Ints, end: Ints) -> Spans:
    order = np.lexsort((start, person))
    return Spans(person[order], start[order], end[order])
