"""Where a contact came from, by what the contact itself says: one touch for the first visit.

HubSpot has no utm fields of its own. What a campaign said stands in properties that the portal's
owners map from hidden form fields, in the address of the first page, or, in HubSpot's own words, in the
source and its two details, whose meaning depends on the source. The first of these that says something
counts, and the touch tells which it was. Where visits are told one by one, they tell this better.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from connectors.hubspot import values
from connectors.hubspot.client import CRM
from connectors.hubspot.rows import Row
from connectors.meanings import Meanings
from connectors.records import Record, Touch, key_of

# What each source means in utm words. 1 and 2 stand for the details that it comes with.
SOURCES: Mapping[str, Mapping[str, str]] = {
    "ORGANIC_SEARCH": {"utm_source": "2", "utm_medium": "organic"},
    "PAID_SEARCH": {"utm_medium": "cpc", "utm_campaign": "1", "utm_term": "2"},
    "PAID_SOCIAL": {"utm_source": "1", "utm_medium": "paid_social", "utm_campaign": "2"},
    "SOCIAL_MEDIA": {"utm_source": "1", "utm_medium": "social", "utm_campaign": "2"},
    "EMAIL_MARKETING": {"utm_medium": "email", "utm_campaign": "1"},
    "OTHER_CAMPAIGNS": {"utm_campaign": "1", "utm_source": "2"},
}
FROM_SITES = frozenset({"REFERRALS", "AI_REFERRALS"})  # the first detail is the site
DIRECT = "DIRECT_TRAFFIC"


def of_contact(record: Record, row: Row, meanings: Meanings, *, visits_are_told: bool) -> Iterator[Touch]:
    """This is the first visit of a contact, as far as the contact tells. Offline tells nothing."""
    get = record.attributes.get
    url, referrer = str(get("first_url", "")), str(get("first_referrer", ""))
    if record.deleted or (visits_are_told and url):
        return
    utm = meanings.utm_of(row["properties"])
    if visits_are_told and not utm:
        return
    if utm:
        url, provenance = tagged(url, utm), "utm_properties"
    elif url:
        provenance = "first_url"
    else:
        told = _by_source(record)
        if told is None:
            return
        (url, referrer), provenance = told, "source_drilldown"
    at = int(get("first_seen_at", 0)) or record.created_at
    yield Touch(
        key=key_of(CRM, "contact", record.id),
        source_id=f"contact:{record.id}:first_visit",
        kind="page_view",
        occurred_at=at,
        recorded_at=at,
        page=values.path_of(url),
        url=url,
        referrer=referrer,
        provenance=provenance,
    )


def tagged(url: str, utm: Mapping[str, str]) -> str:
    """This is an address that says these utm values, and no others."""
    try:
        split = urlsplit(url)
        pairs = [pair for pair in parse_qsl(split.query) if not pair[0].lower().startswith("utm_")]
    except ValueError:
        return "?" + urlencode(utm)
    return urlunsplit((*split[:3], urlencode([*pairs, *utm.items()]), ""))


def says_utm(url: str) -> bool:
    """This says whether an address names a campaign, a source or a medium itself."""
    return "utm_" in url.casefold()


def _by_source(record: Record) -> tuple[str, str] | None:
    """This is an address and a referrer that say what the source says; None for an unknown or no visit."""
    get = record.attributes.get
    source, details = str(get("source", "")), {n: str(get(f"source_detail_{n}", "")) for n in "12"}
    if source == DIRECT:
        return "", ""
    if source in FROM_SITES:
        return "", f"https://{details['1']}/" if "." in details["1"] else ""
    words = {name: details.get(word, word) for name, word in SOURCES.get(source, {}).items()}
    said = {name: word for name, word in words.items() if word}
    return (tagged("", said), "") if said else None
