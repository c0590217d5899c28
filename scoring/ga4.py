"""Google's default channel group for manual traffic: the rules and their order are GA4's.

So our numbers can be laid beside Google's. What Google lists (search engines, social networks …) comes in
as values; names are compared without regard to case, as GA4 does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scoring.context import SiteLists

DIRECT = "Direct"
UNASSIGNED = "Unassigned"
DISPLAY = "Display"
PAID_OTHER = "Paid Other"
AI_ASSISTANT = "ai-assistant"  # the medium that GA4 itself sets for recognised assistants

_PAID = re.compile(r".*cp.*|ppc|retargeting|paid.*", re.DOTALL)
_SHOP = re.compile(r"(.*(([^a-df-z]|^)shop|shopping).*)", re.DOTALL)
_EMAIL = frozenset({"email", "e-mail", "e_mail", "e mail"})
_DISPLAY = frozenset({"display", "banner", "expandable", "interstitial", "cpm"})
_SOCIAL = frozenset({"social", "social-network", "social-media", "sm", "social network", "social media"})
_SECOND_LEVEL = frozenset({"co", "com", "net", "org", "gov", "edu", "ac"})
_KINDS = ("shopping", "search", "social", "video")
_COUNTRY = 2  # letters of a country's own domain


def ga4_channel(source: str, medium: str, campaign: str, lists: SiteLists) -> str:
    """This is Google's channel for normalised values; the first rule that matches counts."""
    paid = is_paid(medium)
    kind = _kind_of(source, lists)
    shop = kind == "shopping" or _SHOP.fullmatch(campaign) is not None
    social, video, search = kind == "social", kind == "video", kind == "search"
    emailed = source in _EMAIL or medium in _EMAIL
    unnamed = medium in {"(none)", "(not set)", ""}
    rules = (
        (unnamed and (source == "(direct)" or not (source or campaign)), DIRECT),
        ("cross-network" in campaign, "Cross-network"),
        (shop and paid, "Paid Shopping"),
        (search and paid, "Paid Search"),
        (social and paid, "Paid Social"),
        (video and paid, "Paid Video"),
        (medium in _DISPLAY, DISPLAY),
        (paid, PAID_OTHER),
        (medium == AI_ASSISTANT, "AI Assistant"),
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


def is_paid(medium: str) -> bool:
    """This tells whether a medium says that the visit was paid for."""
    return _PAID.fullmatch(medium) is not None


def _is_push(source: str, medium: str) -> bool:
    return medium.endswith("push") or "mobile" in medium or "notification" in medium or source == "firebase"


def is_site(name: str, sites: frozenset[str]) -> bool:
    """This tells whether a source or host is on a list: itself, a parent domain, or its name in a country."""
    return bool(sites) and any(one in sites for one in _names(name))


def _kind_of(name: str, lists: SiteLists) -> str:
    """This is the list that knows the name best: `answers.yahoo.com` is social, `yahoo.com` searches."""
    for one in _names(name):
        for kind in _KINDS:
            if one in getattr(lists, kind):
                return kind
    return ""


def _names(name: str) -> Iterator[str]:
    """These are the names under which a source may be listed, the most exact first."""
    if not name:
        return
    yield name
    parts = name.removeprefix("www.").split(".")
    for start in range(len(parts) - 1):
        yield ".".join(parts[start:])
    # `google.co.uk` and `google.de` are `google`; `google.evil.example` and `line.example` are nothing.
    if len(parts) > 1 and (parts[-1] == "com" or len(parts[-1]) == _COUNTRY):
        end = -2 if len(parts) > 2 and parts[-2] in _SECOND_LEVEL else -1
        yield parts[:end][-1]
