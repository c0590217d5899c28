"""How people found us: the first and the last touch that tell, and the evidence of partners.

A touch tells something if it brings a source (a tagged link, a click id, a referrer that is not ours,
an event), or if it is a bare visit that is not the rest of an earlier one: half an hour after the
touch before it, as web analytics counts visits. Opens, calls and what sales does tell nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scoring.channel import Origin, origin
from scoring.context import Context
from scoring.curves import is_first
from scoring.partners.claims import Claims
from scoring.partners.evidence import named_on
from scoring.partners.evidence import partner_claims as claims_on
from scoring.patterns import glob
from scoring.touches import (
    MINUTE,
    NEVER,
    PARTNER_KINDS,
    SALES_KINDS,
    SENT_KINDS,
    Bools,
    Codes,
    Facts,
    Ints,
    Labels,
    Touches,
)
from scoring.verdicts import Origins

VISIT_GAP = 30 * MINUTE
NO_EVIDENCE = ("email_open", "call", "meeting", "sales_email", "unsubscribe", *SENT_KINDS, *SALES_KINDS)
TELLS_NOTHING = (*NO_EVIDENCE, *PARTNER_KINDS)


@dataclass(frozen=True, slots=True, eq=False)
class Sources:
    """Where every touch came from: `which` of the distinct `origins`, and whether it `tells`."""

    origins: list[Origin]
    which: Ints
    tells: Bools


def sources(touches: Touches, voided: Bools, context: Context) -> Sources:
    """This says of every touch where it came from."""
    origins, which = _origins_of(touches, context)
    silent = [code for code, text in enumerate(touches.labels) if text in TELLS_NOTHING]
    counts = ~voided & ~np.isin(touches.kind, silent)
    brings = np.array([one.brings_source for one in origins], np.bool_)[which]
    bare = np.array([one.is_bare for one in origins], np.bool_)[which]
    begins = np.zeros(len(touches), np.bool_)
    rows = np.flatnonzero(counts)
    begins[rows] = is_first(touches.person[rows])
    begins[rows[1:]] |= np.diff(touches.at[rows]) >= VISIT_GAP
    return Sources(origins, which, counts & (brings | (bare & begins)))


def _origins_of(touches: Touches, context: Context) -> tuple[list[Origin], Ints]:
    """This reads each distinct (kind, url, referrer) once, and says which of them every touch has."""
    link = (touches.url.astype(np.int64) << 31) | touches.referrer
    _, number = np.unique(link, return_inverse=True)
    _, row, which = np.unique(
        (number.astype(np.int64) << 31) | touches.kind, return_index=True, return_inverse=True
    )
    label = touches.labels
    origins = [
        origin(label[touches.kind[i]], label[touches.url[i]], label[touches.referrer[i]], context)
        for i in row
    ]
    return origins, which


def first_last_and_lead(
    touches: Touches, found: Sources, lead_at: Ints, as_of: int, labels: Labels
) -> tuple[Origins, Origins, Origins]:
    """This is every person's first and last telling touch up to `as_of`, and the last up to `lead_at`, when
    she became a lead."""
    rows = np.flatnonzero(found.tells & (touches.at <= as_of))
    first, last, lead = (np.full(len(lead_at), -1, np.int64) for _ in range(3))
    first[touches.person[rows[::-1]]] = rows[::-1]
    last[touches.person[rows]] = rows
    rows = rows[touches.at[rows] <= lead_at[touches.person[rows]]]
    lead[touches.person[rows]] = rows
    lead[lead_at == NEVER] = -1  # nobody knows
    texts = _texts(found, labels)
    one, two, three = (_origins(touches, found, touch, texts, labels) for touch in (first, last, lead))
    return one, two, three


def _texts(found: Sources, labels: Labels) -> Codes:
    told = [
        [labels.code(text) for text in (o.channel, o.source, o.campaign, o.evidence)] for o in found.origins
    ]
    return np.array([*told, [0] * 4], np.int32)


def _origins(touches: Touches, found: Sources, touch: Ints, texts: Codes, labels: Labels) -> Origins:
    row = np.maximum(touch, 0)
    which = np.where(touch >= 0, np.append(found.which, 0)[row], len(found.origins))
    campaign = texts[which, 2]
    # A touch without a tagged link may still belong to a campaign of the CRM.
    untagged = np.flatnonzero((campaign == 0) & (touch >= 0))
    campaign[untagged] = [labels.code(touches.labels[code]) for code in touches.campaign[touch[untagged]]]
    at = np.where(touch >= 0, np.append(touches.at, 0)[row], 0)
    return Origins(labels.texts, touch, at, texts[which, 0], texts[which, 1], campaign, texts[which, 3])


def partner_claims(facts: Facts, voided: Bools, found: Sources, context: Context) -> Claims:
    """This settles who holds whom, by everything that is evidence of a partner."""
    if not context.partners:
        return Claims()
    touches = facts.touches
    silent = [code for code, text in enumerate(touches.labels) if text in NO_EVIDENCE]
    counts = ~voided & ~np.isin(touches.kind, silent)
    brings = np.array([one.brings_source for one in found.origins] + [False], np.bool_)[found.which]
    return claims_on(facts, counts, brings & found.tells, found.origins, found.which, context)


def has_evidence(touches: Touches, context: Context, slugs: tuple[str, ...]) -> Bools:
    """This marks touches that name a partner whose slug matches."""
    everything = np.ones(len(touches), np.bool_)
    row, partner, _ = named_on(touches, everything, *_origins_of(touches, context), context)
    wanted = [n for n, one in enumerate(context.partners) if glob(slugs).fullmatch(one.slug)]
    marked = np.zeros(len(touches), np.bool_)
    marked[row[np.isin(partner, wanted)]] = True
    return marked
