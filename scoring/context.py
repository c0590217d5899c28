"""What the workspace knows besides its people: own domains, partners, lists of sites."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from scoring.partner import Partner


@dataclass(frozen=True, slots=True)
class Sites:
    """Which hosts and source names are what. Names without a dot match a whole source (`google`).

    `through` are hosts that people only pass (payment, sign-in, calendars, mail protection); they are
    no referrer. `click_ids` maps a URL parameter to the platform that adds it, `unpaid_click_ids` are
    those that platforms also add to unpaid links, `aliases` maps other names to utm names.
    """

    search: frozenset[str] = frozenset()
    social: frozenset[str] = frozenset()
    video: frozenset[str] = frozenset()
    shopping: frozenset[str] = frozenset()
    assistants: frozenset[str] = frozenset()
    webmail: frozenset[str] = frozenset()
    through: frozenset[str] = frozenset()
    click_ids: Mapping[str, str] = field(default_factory=dict)
    unpaid_click_ids: frozenset[str] = frozenset()
    aliases: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Context:
    """Passed to every question as values; `config` loads it."""

    own_domains: tuple[str, ...] = ()
    partners: tuple[Partner, ...] = ()
    sites: Sites = Sites()
