"""Rules that look at what people take in: how many different things, and for how long."""

from __future__ import annotations

import numpy as np

from scoring.curves import different, from_deltas, reaches, spans
from scoring.definitions.kinds import Depth, Distinct
from scoring.rules.moments import Chosen, Moments, caused
from scoring.touches import Codes, Touches


def distinct(chosen: Chosen, touches: Touches, how: Distinct) -> Moments:
    """This rises when touches on enough different things lie within the span."""
    columns = {"asset": touches.asset, "page": touches.page, "campaign": touches.campaign}
    thing = columns[how.of][chosen.row]
    chosen, thing = _telling(chosen, thing)
    up = different(chosen.stretch, thing, chosen.at, chosen.at + how.within)
    return caused(chosen, spans(reaches(up, how.times)))


def depth(chosen: Chosen, touches: Touches, how: Depth) -> Moments:
    """This rises when the seconds, or the pages viewed, within the span add up to enough."""
    spent = touches.seconds[chosen.row]
    chosen, worth = _telling(chosen, spent if how.of == "seconds" else np.sign(touches.page[chosen.row]))
    up = from_deltas(
        np.concatenate((chosen.stretch, chosen.stretch)),
        np.concatenate((chosen.at, chosen.at + how.within)),
        np.concatenate((worth, -worth)).astype(np.int64),
    )
    return caused(chosen, spans(reaches(up, how.least)))


def _telling(chosen: Chosen, column: Codes) -> tuple[Chosen, Codes]:
    """This leaves out touches of which the column says nothing."""
    tells = column > 0
    return Chosen(chosen.row[tells], chosen.stretch[tells], chosen.at[tells]), column[tells]
