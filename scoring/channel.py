"""Where one touch came from: its link, click ids and referrer read as channel, source, campaign and evidence.

Partner comes first where there is evidence of one, then the workspace's own rules, then Google's default
channel group (`scoring.ga4`); `ga4` keeps Google's answer beside ours. The lists of sites come in as values.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from scoring.context import ChannelRule, Context, Sites
from scoring.ga4 import AI_ASSISTANT, DIRECT, DISPLAY, PAID_OTHER, UNASSIGNED, ga4_channel, is_paid, is_site
from scoring.partners.link import BY_LINK, named_in
from scoring.patterns import glob, host_of, is_below
from scoring.utm import NAMES, Link, read_link

__all__ = ["DIRECT", "OFFLINE", "PARTNER", "UNASSIGNED", "Origin", "origin"]

PARTNER = "Partner"
OFFLINE = "Offline"  # ours too: an event, a list, an import; no visit that GA4 would see
READ_BEFORE_MAX = 8_192  # links whose origin is remembered
REMEMBERED_MAX = 1_000  # characters of such a link: longer ones hardly come twice

# What a touch without any link tells by its kind; the others are visits or happened away from the web.
_BY_KIND = {
    "email_click": ("Email", "email", "email"),
    "ad_click": (PAID_OTHER, "", "cpc"),
    "social_interaction": ("Organic Social", "", "social"),
    "webinar_registration": (OFFLINE, "", "webinar"),
    "webinar_attendance": (OFFLINE, "", "webinar"),
    "event_attendance": (OFFLINE, "", "event"),
    "campaign_response": (OFFLINE, "", "campaign"),
}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where one touch came from.

    `brings_source` is false for a visit that only goes on (from our own pages, through a payment or
    sign-in host) or comes bare; `is_bare` tells the bare ones, which count as Direct at most. `partner` is
    the slug of the partner whose evidence this is, `platform` whoever sold a paid click. `evidence` says
    what of the touch tells all that, `named` which partners it names by which kind of evidence.
    """

    channel: str
    ga4: str
    source: str = ""
    medium: str = ""
    campaign: str = ""
    content: str = ""
    platform: str = ""
    partner: str = ""
    brings_source: bool = True
    is_bare: bool = False
    is_tagged: bool = False
    evidence: str = ""
    flags: tuple[str, ...] = ()
    named: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Said:
    """What names, click id and referrer say together, and which of them said it."""

    source: str
    medium: str
    campaign: str
    platform: str
    evidence: str


@dataclass(frozen=True, slots=True)
class _Click:
    """A click id: its parameter, the platform that adds it, and the medium that it proves."""

    parameter: str = ""
    platform: str = ""
    medium: str = ""


def origin(kind: str, url: str, referrer: str, context: Context) -> Origin:
    """This reads one touch's link and referrer. It never raises."""
    # Every click has an id of its own, but what it proves does not depend on it: so links are read once.
    url = _click_id_values(context).sub(r"\1x", url)
    if len(url) + len(referrer) > REMEMBERED_MAX:
        return _read(kind, url, referrer, context)
    return _read_before(kind, url, referrer, context)


@lru_cache(maxsize=8)
def _click_id_values(context: Context) -> re.Pattern[str]:
    # Where the value names a partner, it matters.
    plain = set(context.sites.click_ids).difference(context.claim_rules.link_parameters)
    names = "|".join(re.escape(name) for name in sorted(plain)) or "(?!)"
    return re.compile(rf"([?&;#](?:{names})=)[^?&;#=%\s]+", re.IGNORECASE)


def _read(kind: str, url: str, referrer: str, context: Context) -> Origin:
    sites = context.sites
    ids = frozenset(sites.click_ids)
    link = read_link(url, ids.union(context.claim_rules.link_parameters), sites.aliases)
    came_from = host_of(referrer)
    flags = set(link.flags)
    is_tagged = bool(link.values or link.click_ids)
    works_for_us = is_below(came_from, sites.internal)
    if works_for_us or is_below(came_from, context.own_domains):
        if is_tagged:
            flags.add("internal_tagging")
        elif works_for_us:
            flags.add("through_host")
        told = tuple(sorted(flags))
        return Origin(DIRECT, DIRECT, brings_source=False, is_tagged=is_tagged, flags=told)
    if is_below(came_from, sites.through):
        came_from = ""
        if not is_tagged:
            return Origin(DIRECT, DIRECT, brings_source=False, flags=(*link.flags, "through_host"))
    named = named_in(link, came_from, context)
    partner, mark = _partner_of(link, named)
    link = replace(link, click_ids=tuple(one for one in link.click_ids if one[0] in ids))
    said = _said(link, came_from, sites, flags)
    if said.source or said.medium or said.campaign or link.click_ids:
        return replace(_named(kind, link, said, (partner, mark), came_from, sites, flags), named=named)
    channel, source, medium = _BY_KIND.get(kind, (DIRECT, "", ""))
    ours = PARTNER if partner else _own_channel(sites.rules, kind, source, medium, "", "") or channel
    return Origin(
        *(ours, channel, source or partner, medium),
        partner=partner,
        brings_source=channel != DIRECT or bool(partner),
        is_bare=channel == DIRECT and not partner,
        is_tagged=is_tagged,
        evidence=mark or ("" if channel == DIRECT else kind.replace("_", " ")),
        flags=tuple(sorted(flags)),
        named=named,
    )


_read_before = lru_cache(READ_BEFORE_MAX)(_read)


def _named(
    kind: str,
    link: Link,
    said: _Said,
    claim: tuple[str, str],
    came_from: str,
    sites: Sites,
    flags: set[str],
) -> Origin:
    """This is the origin of a touch whose link or referrer names something."""
    partner, mark = claim
    source, medium, campaign = said.source, said.medium, said.campaign
    if kind == "ad_click" and not _is_sold(medium):
        medium = "cpc"  # the platform told us that it sold this click
    google = ga4_channel(source, medium, campaign, sites.google)
    channel = ga4_channel(source, medium, campaign, sites.known)
    ours = PARTNER if partner else _own_channel(sites.rules, kind, source, medium, campaign, came_from)
    was_sold = channel.startswith("Paid") or channel in {DISPLAY, "Cross-network"}
    return Origin(
        *(ours or channel, google, source or partner, medium, campaign),
        content=link.values.get("utm_content", ""),
        platform=(said.platform or _platform(source, sites) or source) if was_sold else "",
        partner=partner,
        is_tagged=bool(link.values or link.click_ids),
        evidence=mark or said.evidence,
        flags=tuple(sorted(flags)),
    )


def _said(link: Link, came_from: str, sites: Sites, flags: set[str]) -> _Said:
    """Names in the link stand; a click id behind them decides what was paid; else the referrer tells."""
    values = link.values
    source, medium = values.get("utm_source", ""), values.get("utm_medium", "")
    campaign = values.get("utm_campaign", "") or values.get("utm_id", "")
    click = _clicked(link, sites)
    seller = _platform(click.platform, sites) or click.platform if _is_sold(click.medium) else ""
    if source or medium:
        if _disagree(click, seller, source, medium, sites):
            flags.add("click_id_disagrees")
        if seller and not _is_sold(medium):
            medium = click.medium  # the names stand, but the click id proves that the click was paid for
        evidence = ", ".join(f"{name}={values[name]}" for name in NAMES[:2] if name in values)
        return _Said(source or click.platform, medium, campaign, seller, evidence)
    if click.platform:
        return _Said(click.platform, click.medium, campaign, seller, f"{click.parameter} in the link")
    source, medium = _referred(came_from, sites)
    evidence = f"referrer {came_from}" if came_from else f"utm_campaign={campaign}"
    return _Said(source, medium, campaign, "", evidence)


def _disagree(click: _Click, seller: str, source: str, medium: str, sites: Sites) -> bool:
    """This tells whether the names of a link and its click id tell two stories."""
    if not seller:
        return click.medium == "email" and _is_sold(medium)
    named = _platform(source, sites)
    return not _is_sold(medium) or bool(named and named != seller)


def _is_sold(medium: str) -> bool:
    return is_paid(medium) or medium == "display"


def _clicked(link: Link, sites: Sites) -> _Click:
    """This is the link's click id, paid ones first."""
    names = sorted(
        (name for name, _ in link.click_ids), key=lambda name: (name in sites.unpaid_click_ids, name)
    )
    for name in names:
        platform, _, medium = sites.click_ids[name].partition(" ")
        if platform == "email":
            return _Click(name, "email", "email")
        return _Click(name, platform, "social" if name in sites.unpaid_click_ids else medium or "cpc")
    return _Click()


def _referred(came_from: str, sites: Sites) -> tuple[str, str]:
    if not came_from:
        return "", ""
    if is_below(came_from, sites.webmail):
        return "email", "email"
    if is_site(came_from, sites.assistants):
        return came_from, AI_ASSISTANT
    if is_site(came_from, sites.known.search):
        return came_from, "organic"
    return came_from, "referral"


def _partner_of(link: Link, named: tuple[tuple[str, str], ...]) -> tuple[str, str]:
    """This is the partner whose link or page it is, and what tells so."""
    slug, kind = next((pair for pair in named if pair[1] in BY_LINK), ("", ""))
    marks = {
        "partner_link": "partner's link",
        "landing_page": f"landing page {link.path}",
        "utm": f"utm_source={link.values.get('utm_source', '')}",
    }
    return slug, marks.get(kind, "")


def _platform(source: str, sites: Sites) -> str:
    """This is the one name of a platform, however its source is spelt; "" for what sells no clicks."""
    for name, patterns in sites.platforms.items():
        if source and glob(patterns).fullmatch(source):
            return name
    return ""


def _own_channel(
    rules: tuple[ChannelRule, ...], kind: str, source: str, medium: str, campaign: str, referrer: str
) -> str:
    for rule in rules:
        asked = (
            (rule.source, source),
            (rule.medium, medium),
            (rule.campaign, campaign),
            (rule.referrer, referrer),
            (rule.kind, kind),
        )
        if all(glob(patterns).fullmatch(text) for patterns, text in asked if patterns):
            return rule.channel
    return ""
