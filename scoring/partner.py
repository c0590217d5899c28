"""Who brought this person, on what evidence, until when; losing claims stay.

Evidence is a touch whose link carries a partner's source, or that happened on a partner's landing
page. The first valid evidence wins and holds the person for the partner's claim window; evidence of
others inside that time is kept and listed, but does not win. When the window is over, the next
evidence opens the next claim.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scoring.curves import Index, is_first
from scoring.touches import ALWAYS, DAY, Bools, Codes, Ints


@dataclass(frozen=True, slots=True)
class Partner:
    """A company that markets with us. Patterns of `landing_pages` are paths (`/lp/kestrel*`).

    `content` are patterns of assets made with the partner. Whoever takes such content in meets rules
    about the partner (`Match.partners`); it claims nobody.
    """

    slug: str
    name: str
    tier: str
    utm_sources: tuple[str, ...] = ()
    landing_pages: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    claim: int = 180 * DAY
    content: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Claims:
    """Every piece of evidence, in order of (person, at). `partner` is an index into the partners.

    `until` is when the claim ends that this evidence opened; 0 for evidence that lost, or that only
    supports the claim its own partner already holds. `row` is the touch.
    """

    person: Ints
    at: Ints
    partner: Codes
    row: Index
    wins: Bools
    until: Ints


def claims(person: Ints, at: Ints, partner: Codes, row: Index, windows: Sequence[int]) -> Claims:
    """This settles evidence sorted by (person, at, touch): who holds whom, and until when."""
    wins = np.zeros(len(row), np.bool_)
    until = np.zeros(len(row), np.int64)
    held = np.full(int(person.max()) + 1 if len(person) else 0, ALWAYS, np.int64)
    lasts = np.array([*windows, 0], np.int64)
    pending = np.arange(len(row))
    while len(pending):  # one round per claim that a person has ever had
        winner = pending[is_first(person[pending])]
        wins[winner] = True
        until[winner] = at[winner] + lasts[partner[winner]]
        held[person[winner]] = until[winner]
        pending = pending[(at[pending] >= held[person[pending]]) & ~wins[pending]]
    return Claims(person, at, partner, row, wins, until)
