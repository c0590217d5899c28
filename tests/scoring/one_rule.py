"""A definition of one rule, a few touches, and what the rule makes of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from scoring.context import Context
from scoring.definitions.conditions import Condition, scored
from scoring.definitions.definition import POINT, Definition, Group, Rule
from scoring.definitions.kinds import (
    How,
    Match,
    Words,
)
from scoring.partner import Partner
from scoring.score import score
from scoring.touches import DAY, Facts, attributes_of, touches_of
from scoring.verdicts import Verdicts

T = 20_000 * DAY
VIEW = Match(("page_view",))
DEMO = Match(("demo_request",))
DECIDES = Words(("decision maker",))
PARTNERS = Context(
    own_domains=("own.example",),
    partners=(
        Partner("kestrel", "Kestrel", "gold", ("kestrel",), ("/lp/kestrel*",)),
        Partner("osprey", "Osprey", "silver", ("osprey",), content=("osprey guide*",)),
    ),
)


def definition_of(how: How, match: Match = VIEW, qualified: Condition | None = None, **changes) -> Definition:
    rule = Rule("r", "r", match, 10 * POINT, "g", how=how)
    return Definition(
        "d", "1", "d", qualified or scored(0), (replace(rule, **changes),), (Group("g"),), floor=None
    )


def facts_of(*touches: tuple, known: tuple = (), company: tuple[int, ...] = (), people: int = 1) -> Facts:
    """Touches are (at,) or (at, columns); of person 0 and page views unless the columns say otherwise."""
    rows = [
        {"id": number, "person": 0, "at": at, "kind": "page_view", **(columns[0] if columns else {})}
        for number, (at, *columns) in enumerate(touches)
    ]
    return Facts(people, touches_of(rows), attributes_of(known), np.array(company, np.int32))


def points(definition: Definition, facts: Facts, at: int, context: Context = PARTNERS) -> list[int]:
    return (score(facts, definition, at, context=context).engagement // POINT).tolist()


def judged(definition: Definition, facts: Facts, at: int) -> Verdicts:
    return score(facts, definition, at, context=PARTNERS)
