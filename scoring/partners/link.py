"""What a link and a referrer say of partners."""

from __future__ import annotations

from urllib.parse import unquote

from scoring.context import Context
from scoring.partner import Partner
from scoring.patterns import glob, is_below
from scoring.utm import Link

BY_LINK = ("partner_link", "landing_page", "utm")


def named_in(link: Link, came_from: str, context: Context) -> tuple[tuple[str, str], ...]:
    """These are (slug, kind of evidence) of each partner whom a link or its referrer names, the strongest
    first. A partner who is named twice is there once, by its strongest evidence.
    """
    rules = context.claim_rules
    ids = {unquote(value).casefold() for name, value in link.click_ids if name in rules.link_parameters}
    found = []
    for one in context.partners:
        kind = _kind(one, link, ids, came_from, rules.order)
        if kind:
            found.append((one.slug, kind))
    return tuple(sorted(found, key=lambda pair: (rules.rank(pair[1]), pair[0])))


def _kind(partner: Partner, link: Link, ids: set[str], came_from: str, order: tuple[str, ...]) -> str:
    source = link.values.get("utm_source", "")
    named = (
        ("partner_link", not ids.isdisjoint(partner.link_ids)),
        ("landing_page", bool(partner.landing_pages) and glob(partner.landing_pages).fullmatch(link.path)),
        ("utm", bool(source) and source in partner.utm_sources),
        ("referral", is_below(came_from, partner.domains)),
    )
    kinds = [kind for kind, fits in named if fits]
    return min(kinds, key=lambda kind: order.index(kind) if kind in order else len(order), default="")
