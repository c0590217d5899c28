"""Which channel brought a visit: Google's default channel group for manual traffic, and Partner first.

The rules and their order are GA4's, so that our numbers can be laid beside Google's; `ga4` keeps that
answer where our own Partner channel replaces it. The lists of sites come in as values.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from scoring.context import Context, Sites
from scoring.partner import Partner
from scoring.patterns import glob, host_of, is_below
from scoring.utm import Link, read_link

PARTNER = "Partner"
OFFLINE = "Offline"  # ours too: an event, a list, an import; no visit that GA4 would see
DIRECT = "Direct"
UNASSIGNED = "Unassigned"

_PAID = re.compile(r".*cp.*|ppc|retargeting|paid.*", re.DOTALL)
_SHOP = re.compile(r"(.*(([^a-df-z]|^)shop|shopping).*)", re.DOTALL)
_EMAIL = frozenset({"email", "e-mail", "e_mail", "e mail"})
_DISPLAY = frozenset({"display", "banner", "expandable", "interstitial", "cpm"})
_SOCIAL = frozenset({"social", "social-network", "social-media", "sm", "social network", "social media"})
_SECOND_LEVEL = frozenset({"co", "com", "net", "org", "gov", "edu", "ac"})

# What a touch without any link tells by its kind; the others are visits or happened away from the web.
_BY_KIND = {
    "email_click": ("Email", "email", "email"),
    "ad_click": ("Paid Other", "", "cpc"),
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
    the slug of the partner whose evidence this is.
    """

    channel: str
    ga4: str
    source: str = ""
    medium: str = ""
    campaign: str = ""
    partner: str = ""
    brings_source: bool = True
    is_bare: bool = False
    flags: tuple[str, ...] = ()


def origin(kind: str, url: str, referrer: str, context: Context) -> Origin:
    """This reads one touch's link and referrer. It never raises."""
    sites = context.sites
    link = read_link(url, frozenset(sites.click_ids), sites.aliases)
    came_from = host_of(referrer)
    flags = set(link.flags)
    says_something = bool(link.values or link.click_ids)
    if is_below(came_from, context.own_domains):
        if says_something:
            flags.add("internal_tagging")
        return Origin(DIRECT, DIRECT, brings_source=False, flags=tuple(sorted(flags)))
    if is_below(came_from, tuple(sorted(sites.through))):
        came_from = ""
        if not says_something:
            return Origin(DIRECT, DIRECT, brings_source=False, flags=("through_host",))
    source, medium, campaign = _named(link, came_from, sites, flags)
    partner = _partner_of(link, context.partners)
    if not (source or medium or campaign or link.click_ids):
        channel, source, medium = _BY_KIND.get(kind, (DIRECT, "", ""))
        bare = channel == DIRECT and not partner
        return Origin(
            PARTNER if partner else channel,
            channel,
            source or partner,
            medium,
            partner=partner,
            brings_source=not bare,
            is_bare=bare,
            flags=tuple(sorted(flags)),
        )
    if kind == "ad_click" and not _PAID.fullmatch(medium):
        medium = "cpc"  # the platform told us that it sold this click
    channel = ga4_channel(source, medium, campaign, sites)
    return Origin(
        PARTNER if partner else channel,
        channel,
        source or partner,
        medium,
        campaign,
        partner,
        flags=tuple(sorted(flags)),
    )


def ga4_channel(source: str, medium: str, campaign: str, sites: Sites) -> str:
    """This is Google's channel for normalised values; the first rule that matches counts."""
    paid = _PAID.fullmatch(medium) is not None
    shop = is_site(source, sites.shopping) or _SHOP.fullmatch(campaign) is not None
    social, video = is_site(source, sites.social), is_site(source, sites.video)
    search = is_site(source, sites.search)
    emailed = source in _EMAIL or medium in _EMAIL
    rules = (
        (source in {"(direct)", ""} and medium in {"(none)", "(not set)", ""} and not campaign, DIRECT),
        ("cross-network" in campaign, "Cross-network"),
        (shop and paid, "Paid Shopping"),
        (search and paid, "Paid Search"),
        (social and paid, "Paid Social"),
        (video and paid, "Paid Video"),
        (medium in _DISPLAY, "Display"),
        (paid, "Paid Other"),
        (medium == "ai-assistant", "AI Assistant"),
        (shop, "Organic Shopping"),
        (social or medium in _SOCIAL, "Organic Social"),
        (video or "video" in medium, "Organic Video"),
        (search or medium == "organic", "Organic Search"),
        (medium in {"referral", "app", "link"}, "Referral"),
        (emailed, "Email"),
        (medium == "affiliate", "Affiliates"),
        (medium == "audio", "Audio"),
        ("sms" in {source, medium}, "SMS"),
        (_is_push(source, medium), "Mobile Push Notifications"),
    )
    return next((channel for matches, channel in rules if matches), UNASSIGNED)


def _is_push(source: str, medium: str) -> bool:
    return medium.endswith("push") or "mobile" in medium or "notification" in medium or source == "firebase"


def is_site(name: str, sites: frozenset[str]) -> bool:
    """This tells whether a source or host is on a list: itself, a parent domain, or its bare name."""
    if not name or not sites:
        return False
    parts = name.removeprefix("www.").split(".")
    if any(".".join(parts[start:]) in sites for start in range(max(1, len(parts) - 1))):
        return True
    # `google.co.uk` and `google.de` are `google`; `google.evil.example` is not.
    end = -2 if len(parts) > 2 and parts[-2] in _SECOND_LEVEL else -1
    return len(parts) > 1 and parts[:end][-1] in sites


def _named(link: Link, came_from: str, sites: Sites, flags: set[str]) -> tuple[str, str, str]:
    """This is (source, medium, campaign) from the names in the link, its click id, or the referrer."""
    source, medium = link.values.get("utm_source", ""), link.values.get("utm_medium", "")
    campaign = link.values.get("utm_campaign", "") or link.values.get("utm_id", "")
    click_source, click_medium = _clicked(link, sites)
    if source or medium:
        if click_medium == "cpc" and not _PAID.fullmatch(medium):
            # The names stand, but the click id proves that the click was paid for.
            flags.add("click_id_disagrees")
            medium = "cpc"
        return source or click_source, medium, campaign
    if click_source:
        return click_source, click_medium, campaign
    source, medium = _referred(came_from, sites)
    return source, medium, campaign


def _clicked(link: Link, sites: Sites) -> tuple[str, str]:
    """This is (platform, medium) of the link's click id, paid ones first."""
    names = sorted(
        (name for name, _ in link.click_ids), key=lambda name: (name in sites.unpaid_click_ids, name)
    )
    for name in names:
        platform = sites.click_ids[name]
        if platform == "email":
            return "email", "email"
        return platform, "social" if name in sites.unpaid_click_ids else "cpc"
    return "", ""


def _referred(came_from: str, sites: Sites) -> tuple[str, str]:
    if not came_from:
        return "", ""
    if is_site(came_from, sites.webmail):
        return "email", "email"
    if is_site(came_from, sites.assistants):
        return came_from, "ai-assistant"
    if is_site(came_from, sites.search):
        return came_from, "organic"
    return came_from, "referral"


def _partner_of(link: Link, partners: tuple[Partner, ...]) -> str:
    source = link.values.get("utm_source", "")
    for partner in partners:
        if source and source in partner.utm_sources:
            return partner.slug
        if partner.landing_pages and glob(partner.landing_pages).fullmatch(link.path):
            return partner.slug
    return ""
