"""By what credit is told apart: channel, campaign, source, content, partner … of each touch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from scoring.attribution import Sources
from scoring.context import Context
from scoring.models.journeys import in_row
from scoring.partners.evidence import named_on
from scoring.touches import Codes, Touches

DIMENSIONS = ("channel", "ga4", "source", "medium", "campaign", "content", "platform", "partner")
NONE = "(none)"  # the touch tells no such thing
UNKNOWN = "(unknown)"  # there was no touch
# Where a link tells nothing, the touch itself may: its campaign in the CRM, the paper or the webinar.
_FROM_TOUCH = {"campaign": "campaign", "content": "asset"}


def labelled(by: str, touches: Touches, found: Sources, context: Context) -> tuple[list[str], Codes]:
    """This is the dimension's values, each once, and which of them every touch has."""
    if by not in DIMENSIONS:
        raise ValueError(f"nothing is told apart by {by}; there are {', '.join(DIMENSIONS)}")
    texts = [str(getattr(one, by)) for one in found.origins]
    if by == "partner":
        return _by_partner(texts, touches, found, context)
    if by in _FROM_TOUCH:
        return _or_the_touch_s(texts, getattr(touches, _FROM_TOUCH[by]), touches.labels, found)
    names = in_row(text or NONE for text in texts)
    return names, _codes(names, texts)[found.which]


def _or_the_touch_s(
    texts: Sequence[str], column: Codes, labels: Sequence[str], found: Sources
) -> tuple[list[str], Codes]:
    own = [" ".join(labels[code].casefold().split()) if code else "" for code in range(len(labels))]
    used = np.unique(column)
    names = in_row(text or NONE for text in (*texts, *(own[code] for code in used)))
    place = {name: number for number, name in enumerate(names)}
    by_touch = np.zeros(len(labels), np.int32)
    by_touch[used] = [place[own[code] or NONE] for code in used]
    by_link = _codes(names, texts)[found.which]
    return names, np.where(by_link == place.get(NONE, -1), by_touch[column], by_link)


def _by_partner(
    texts: Sequence[str], touches: Touches, found: Sources, context: Context
) -> tuple[list[str], Codes]:
    """A touch may be evidence of a partner by more than its link: content, campaign, landing page."""
    slugs = [one.slug for one in context.partners]
    names = in_row((NONE, *filter(None, texts), *slugs))
    codes = _codes(names, texts)[found.which]
    everything = np.ones(len(touches), np.bool_)
    row, partner, _ = named_on(touches, everything, found.origins, found.which, context)
    code_of = np.array([names.index(slug) for slug in slugs], np.int32)
    codes[row[::-1]] = code_of[partner[::-1]]  # the strongest evidence of a touch stands first, and holds
    return names, codes


def _codes(names: Sequence[str], texts: Sequence[str]) -> Codes:
    place = {name: number for number, name in enumerate(names)}
    return np.array([place[text or NONE] for text in texts], np.int32)
