"""Which function answers which rule kind. A new kind is one value in `definition.How`, one function,
and one line here; the type checker names the places that forget it."""

from __future__ import annotations

from typing import assert_never

from scoring.kinds import Each, How, Repeated
from scoring.rules.behaviour import repeated
from scoring.rules.engagement import each
from scoring.rules.moments import Chosen, Moments


def moments(chosen: Chosen, how: How) -> Moments:
    """This finds the moments at which the rule's condition rose."""
    match how:
        case Each():
            return each(chosen, how)
        case Repeated():
            return repeated(chosen, how)
    assert_never(how)
