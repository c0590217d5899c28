"""A company that markets with us, and the rules by which partners claim leads.

Evidence is something that ties a person to a partner at an instant. Which kinds of evidence claim, and which
goes before which, is one order for all partners (`ClaimRules.order`): whoever could reorder it for one
partner would decide a dispute by the file.
"""

from __future__ import annotations

from dataclasses import dataclass

from scoring.touches import DAY

# Every kind of evidence there is. `referral` (somebody came from a page of the partner's) claims nobody
# unless the order names it.
EVIDENCE = (
    "deal_registration",
    "partner_link",
    "landing_page",
    "utm",
    "content",
    "campaign",
    "list_import",
    "referral",
)
OWN = "own"  # own marketing, as a claimant like the others
CLAIMANTS = (*EVIDENCE, OWN)
# What a partner brought by a link or a page of its own goes before own marketing, what it had a part in not.
ORDER = (*EVIDENCE[:4], OWN, *EVIDENCE[4:7])


@dataclass(frozen=True, slots=True)
class Partner:
    """A company that markets with us. Patterns of `landing_pages` are paths (`/lp/kestrel*`).

    `content` are patterns of assets made with the partner, `campaigns` those of campaigns run with it.
    `registered_as` is how a CRM field names it, where the field registers deals. `claim` is how long
    evidence holds, `windows` where a kind of evidence holds for another time.
    """

    slug: str
    name: str
    tier: str
    utm_sources: tuple[str, ...] = ()
    landing_pages: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    claim: int = 180 * DAY
    content: tuple[str, ...] = ()
    campaigns: tuple[str, ...] = ()
    link_ids: tuple[str, ...] = ()
    registered_as: tuple[str, ...] = ()
    windows: tuple[tuple[str, int], ...] = ()

    def window(self, kind: str) -> int:
        """This is how long that kind of evidence holds."""
        return dict(self.windows).get(kind, self.claim)


@dataclass(frozen=True, slots=True)
class ClaimRules:
    """Who goes before whom. Kinds that `order` leaves out claim nobody.

    `own` is how long own marketing holds whom it brought, `influence` how long before a conversion a touch
    makes a partner one that influenced it. `link_parameters` are names in links whose values are
    partners' link ids; `registration_field` is the attribute that names who registered the deal.
    """

    order: tuple[str, ...] = ORDER
    own: int = 180 * DAY
    influence: int = 90 * DAY
    link_parameters: tuple[str, ...] = ()
    registration_field: str = ""

    def rank(self, kind: str) -> int:
        """This is the place in the order, the first being 0; behind all others where it claims nobody."""
        return self.order.index(kind) if kind in self.order else len(self.order)
