"""What the workspace knows besides its people: own domains, partners, lists of sites, rules for channels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from scoring.handoff.custody import Terms
from scoring.handoff.reasons import Feedback
from scoring.partner import ClaimRules, Partner


@dataclass(frozen=True, slots=True)
class SiteLists:
    """Which hosts and source names are what. Names without a dot match a whole source (`google`)."""

    search: frozenset[str] = frozenset()
    social: frozenset[str] = frozenset()
    video: frozenset[str] = frozenset()
    shopping: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ChannelRule:
    """A channel of the workspace's own, for touches that match every list which is not empty.

    The lists hold patterns: of normalised values, of the referrer's host, of kinds of touches.
    """

    channel: str
    source: tuple[str, ...] = ()
    medium: tuple[str, ...] = ()
    campaign: tuple[str, ...] = ()
    referrer: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sites:
    """What sources, hosts and click ids mean. `known` is Google's lists (`google`) and what we add to them.

    `through` are hosts that people only pass (mail protection); they are no referrer. `internal` are hosts
    that work for us (payment, booking, sign-in): who comes from there was with us before, also by a tagged
    link. Like those of `webmail` they may be patterns. `click_ids` maps a URL parameter to the
    platform that adds it, with a medium behind a space where that is not `cpc`; `unpaid_click_ids` are
    those that platforms also add to unpaid links, `aliases` maps other names to utm names. `platforms`
    gives the platforms that sell clicks their one name, by patterns of sources. Of the workspace's `rules`
    the first that matches counts.
    """

    known: SiteLists = SiteLists()
    google: SiteLists = SiteLists()
    assistants: frozenset[str] = frozenset()
    webmail: tuple[str, ...] = ()
    through: tuple[str, ...] = ()
    internal: tuple[str, ...] = ()
    click_ids: Mapping[str, str] = field(default_factory=dict)
    unpaid_click_ids: frozenset[str] = frozenset()
    aliases: Mapping[str, str] = field(default_factory=dict)
    platforms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rules: tuple[ChannelRule, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Context:
    """Passed to every question as values; `config` loads it. One is known by itself, not by what it holds."""

    own_domains: tuple[str, ...] = ()
    partners: tuple[Partner, ...] = ()
    sites: Sites = Sites()
    claim_rules: ClaimRules = field(default_factory=ClaimRules)
    feedback: Feedback = field(default_factory=Feedback)
    custody: Mapping[str, Terms] = field(default_factory=dict)  # by partner
