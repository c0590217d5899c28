"""Who brought this person, on what evidence, until when; losing claims stay.

Evidence is a touch whose link carries a partner's source, or that happened on a partner's landing
page. The first valid evidence wins and holds the person for the partner's claim window; evidence of
others inside that time is kept and listed, but does not win. When the window is over, the next
evidence opens the next claim.
"""

from __future__ import annotations

from dataclasses import dataclass

from scoring.touches import DAY


@dataclass(frozen=True, slots=True)
class Partner:
    """A company that markets with us. Patterns of `landing_pages` are paths (`/lp/kestrel*`)."""

    slug: str
    name: str
    tier: str
    utm_sources: tuple[str, ...] = ()
    landing_pages: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    claim: int = 180 * DAY
