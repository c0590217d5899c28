"""Rules that look at what is known about people."""

from __future__ import annotations

import numpy as np

from scoring.curves import spans
from scoring.definitions.kinds import FieldIs
from scoring.fit import attribute_curve
from scoring.patterns import passes
from scoring.rules.moments import Moments
from scoring.rules.timeline import Timeline


def field_is(timeline: Timeline, how: FieldIs) -> Moments:
    """This rises when an attribute begins to pass the test, and falls with its next value that does not."""
    up = spans(
        attribute_curve(timeline.facts.attributes, how.field, lambda text: int(passes(how.test, text)), 0)
    )
    stretch = timeline.stretch_of(up.person, up.start)
    return Moments(np.full(len(stretch), -1, np.intp), stretch, up.start, up.end)
