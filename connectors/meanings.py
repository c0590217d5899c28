"""What the words of a portal mean: names of forms, pages and stages, told apart by patterns.

HubSpot knows that a form was submitted, not that it was a request for a demo. These values say so;
operators replace them in the configuration. Patterns ignore case; `*` stands for anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class NamePattern:
    """Whatever is named like this is of that touch kind."""

    pattern: str
    kind: str


FORM_PATTERNS = (
    NamePattern("*demo*", "demo_request"),
    NamePattern("*consultation*", "demo_request"),
    NamePattern("*quote*", "quote_request"),
    NamePattern("*pricing request*", "quote_request"),
    NamePattern("*contact*sales*", "contact_request"),
    NamePattern("*contact us*", "contact_request"),
    NamePattern("*newsletter*", "newsletter_subscription"),
    NamePattern("*webinar*", "webinar_registration"),
    NamePattern("*white?paper*", "content_download"),
    NamePattern("*whitepaper*", "content_download"),
    NamePattern("*guide*", "content_download"),
    NamePattern("*case study*", "content_download"),
    NamePattern("*ebook*", "content_download"),
    NamePattern("*e-book*", "content_download"),
    NamePattern("*download*", "content_download"),
)


# Under which properties and form fields a portal keeps what campaigns said; names vary.
UTM_PROPERTIES = tuple(
    (name, (name,)) for name in ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
)


# The stages that HubSpot ships leads with; those that a portal adds have numbers, which say nothing.
LEAD_STAGES = (
    NamePattern("unqualified-stage-id", "sales_rejected"),
    NamePattern("connected-stage-id", "sales_accepted"),
    NamePattern("qualified-stage-id", "sales_accepted"),
)


@dataclass(frozen=True, slots=True)
class Meanings:
    """What the words of one portal mean. The first form pattern that fits counts. `lists` say which lists
    of contacts tell what somebody did; other lists are not read. `utm_properties` are tried in order.
    `attributes` are further properties of contacts, each with the name of its value in a record;
    `statuses` are lead statuses with the kinds of touches that they are, before those that are usual."""

    forms: tuple[NamePattern, ...] = FORM_PATTERNS
    blog_pages: tuple[str, ...] = ("/blog", "/blog/*")
    accepted_statuses: frozenset[str] = frozenset({"IN_PROGRESS", "OPEN_DEAL", "CONNECTED"})
    rejected_statuses: frozenset[str] = frozenset({"UNQUALIFIED", "BAD_TIMING"})
    accepted_stages: frozenset[str] = frozenset({"salesqualifiedlead"})
    won_stages: frozenset[str] = frozenset({"closedwon"})
    lost_stages: frozenset[str] = frozenset({"closedlost"})
    lead_stages: tuple[NamePattern, ...] = LEAD_STAGES
    lists: tuple[NamePattern, ...] = ()
    utm_properties: tuple[tuple[str, tuple[str, ...]], ...] = UTM_PROPERTIES
    attributes: tuple[tuple[str, str], ...] = ()
    statuses: tuple[tuple[str, str], ...] = ()

    def status_kind(self, status: str) -> str:
        """This is what sales decided by giving that lead status, "" for nothing."""
        for name, kind in self.statuses:
            if name == status:
                return kind
        if status in self.accepted_statuses:
            return "sales_accepted"
        return "sales_rejected" if status in self.rejected_statuses else ""

    @property
    def telling_statuses(self) -> frozenset[str]:
        """These are the lead statuses that tell what sales decided."""
        known = self.accepted_statuses | self.rejected_statuses | {name for name, _ in self.statuses}
        return frozenset(status for status in known if self.status_kind(status))

    def form_kind(self, name: str) -> str:
        """This is what submitting a form of that name means."""
        return _first_kind(self.forms, name.casefold())

    def list_kind(self, name: str) -> str:
        """This is what being put on a list of that name means, "" for nothing."""
        return next((each.kind for each in self.lists if _fits_any((each.pattern,), name.casefold())), "")

    def lead_stage_kind(self, stage: str) -> str:
        """This is what sales decided by putting a lead into that stage, "" for nothing."""
        found = (each.kind for each in self.lead_stages if fnmatchcase(stage, each.pattern))
        return next(found, "")

    @property
    def utm_names(self) -> tuple[str, ...]:
        """These are all properties in which campaigns may have left their words."""
        return tuple(name for _, names in self.utm_properties for name in names)

    def utm_of(self, said: Mapping[str, object]) -> dict[str, str]:
        """This is what a campaign said, by utm name, as far as properties or answers of a form tell."""
        found = {}
        for utm, names in self.utm_properties:
            words = next((str(said[name]).strip() for name in names if said.get(name)), "")
            if words:
                found[utm] = words
        return found

    def page_kind(self, path: str) -> str:
        """This is what looking at a page means."""
        return "blog_visit" if _fits_any(self.blog_pages, path.casefold()) else "page_view"


def meanings_of(
    *,
    forms: Mapping[str, str] = MappingProxyType({}),
    lists: Mapping[str, str] = MappingProxyType({}),
    utm_properties: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
    attributes: tuple[tuple[str, str], ...] = (),
    statuses: tuple[tuple[str, str], ...] = (),
) -> Meanings:
    """This is what an operator says, before what is usual. Patterns are tried in their order."""
    usual = tuple((utm, (*utm_properties.get(utm, ()), *names)) for utm, names in UTM_PROPERTIES)
    return Meanings(
        forms=(*(NamePattern(pattern, kind) for pattern, kind in forms.items()), *FORM_PATTERNS),
        lists=tuple(NamePattern(pattern, kind) for pattern, kind in lists.items()),
        utm_properties=usual,
        attributes=attributes,
        statuses=statuses,
    )


@lru_cache(maxsize=4096)
def _first_kind(patterns: tuple[NamePattern, ...], name: str) -> str:
    return next(
        (each.kind for each in patterns if fnmatchcase(name, each.pattern.casefold())), "form_submission"
    )


@lru_cache(maxsize=4096)
def _fits_any(patterns: tuple[str, ...], path: str) -> bool:
    return any(fnmatchcase(path, pattern.casefold()) for pattern in patterns)
