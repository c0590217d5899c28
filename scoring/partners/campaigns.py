"""In which campaigns of a partner people met us: those of touches that are evidence of that partner alone."""

from __future__ import annotations

import numpy as np

from scoring.attribution import sources
from scoring.context import Context
from scoring.partners.evidence import named_on
from scoring.touches import Facts


def campaigns(facts: Facts, context: Context, slug: str) -> dict[int, tuple[str, ...]]:
    """This is, for each person who has any, the names of that partner's campaigns, sorted.

    A touch that names another partner, too, tells nothing here: whose campaign it was is in doubt.
    """
    touches = facts.touches
    everything = np.ones(len(touches), np.bool_)
    found = sources(touches, ~everything, context)
    row, partner, _ = named_on(touches, everything, found.origins, found.which, context)
    names, often = np.unique(row, return_counts=True)
    alone = np.isin(row, names[often == 1])
    index = [one.slug for one in context.partners].index(slug)
    told: dict[int, set[str]] = {}
    for one in row[alone & (partner == index)].tolist():
        name = found.origins[found.which[one]].campaign or touches.labels[touches.campaign[one]]
        if name:
            told.setdefault(int(touches.person[one]), set()).add(name)
    return {person: tuple(sorted(some)) for person, some in told.items()}
