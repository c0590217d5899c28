"""What tells channels apart: Google's lists of sites, what we add to them, and what an operator writes.

Google's list ships as it was published (`ga4_source_categories.csv`). A workspace's channels.yaml replaces
what the shipped one says key by key; sites of the four lists are always added to Google's.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from config.checked import Checked, checked
from config.vocabulary import Text, listed
from config.yaml_lines import read_yaml
from scoring.context import ChannelRule, SiteLists, Sites

DEFAULTS = Path(__file__).parent / "defaults"
SHIPPED = DEFAULTS / "channels.yaml"
GOOGLES = DEFAULTS / "ga4_source_categories.csv"
_CATEGORIES = {f"SOURCE_CATEGORY_{one.name.upper()}": one.name for one in fields(SiteLists)}


def _folded(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name.casefold() for name in names)


Names = Annotated[tuple[Text, ...], BeforeValidator(listed), AfterValidator(_folded)]


class ChannelRuleModel(Checked):
    channel: Text
    source: Names = ()
    medium: Names = ()
    campaign: Names = ()
    referrer: Names = ()
    kind: Names = ()

    @model_validator(mode="after")
    def _asks_something(self) -> ChannelRuleModel:
        if not (self.source or self.medium or self.campaign or self.referrer or self.kind):
            raise ValueError("would match everything; name a source, medium, campaign, referrer or kind")
        return self

    def rule(self) -> ChannelRule:
        return ChannelRule(**self.model_dump())


class SitesModel(Checked):
    search: Names = ()
    social: Names = ()
    video: Names = ()
    shopping: Names = ()
    assistants: Names = ()
    webmail: Names = ()
    through: Names = ()
    internal: Names = ()
    click_ids: Mapping[Text, Text] = Field(default_factory=dict)
    unpaid_click_ids: Names = ()
    aliases: Mapping[Text, Text] = Field(default_factory=dict)
    platforms: Mapping[Text, Names] = Field(default_factory=dict)
    rules: Annotated[tuple[ChannelRuleModel, ...], BeforeValidator(listed)] = ()


def load_sites(path: Path) -> Sites:
    """This reads the lists of sites and click ids that tell channels apart."""
    shipped = checked(read_yaml(SHIPPED), SitesModel)
    own = checked(read_yaml(path), SitesModel) if path != SHIPPED else SitesModel()
    said = shipped.model_copy(update={name: getattr(own, name) for name in own.model_fields_set})
    google = googles_lists()
    return Sites(
        known=_with(google, {name: (*getattr(shipped, name), *getattr(own, name)) for name in _lists()}),
        google=google,
        assistants=frozenset(said.assistants),
        webmail=said.webmail,
        through=said.through,
        internal=said.internal,
        click_ids={name.casefold(): what for name, what in said.click_ids.items()},
        unpaid_click_ids=frozenset(said.unpaid_click_ids),
        aliases={name.casefold(): what for name, what in said.aliases.items()},
        platforms=dict(said.platforms),
        rules=tuple(one.rule() for one in said.rules),
    )


@cache
def googles_lists() -> SiteLists:
    """These are the sources that GA4 knows, by category, as Google's list has them."""
    found: dict[str, set[str]] = {name: set() for name in _lists()}
    with GOOGLES.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found[_CATEGORIES[row["source_category"]]].add(row["source"].casefold())
    return SiteLists(**{name: frozenset(names) for name, names in found.items()})


def _with(lists: SiteLists, more: Mapping[str, tuple[str, ...]]) -> SiteLists:
    return SiteLists(**{name: getattr(lists, name) | frozenset(names) for name, names in more.items()})


def _lists() -> tuple[str, ...]:
    return tuple(_CATEGORIES.values())
