"""The partner registry: who markets with the workspace, and how their leads are recognised."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field

from config.checked import Checked, checked
from config.errors import ConfigError
from config.vocabulary import Days, Text, Texts, listed, span
from config.yaml_lines import Document, read_yaml
from scoring.partner import Partner

Names = Annotated[tuple[Text, ...], BeforeValidator(listed)]


class PartnerModel(Checked):
    name: Text
    tier: Text
    utm_sources: Texts | None = None
    landing_pages: Texts | None = None
    domains: Names = ()
    content: Names = ()
    claim_days: Days = 180.0

    def partner(self, slug: str) -> Partner:
        """Where nothing is written, the slug is the source and names the landing page."""
        sources = self.utm_sources or (slug,)
        return Partner(
            slug=slug,
            name=self.name,
            tier=self.tier,
            utm_sources=tuple(source.casefold() for source in sources),
            landing_pages=self.landing_pages or (f"/lp/{slug}", f"/lp/{slug}/*"),
            domains=self.domains,
            content=self.content,
            claim=span(self.claim_days),
        )


class PartnersModel(Checked):
    partners: Mapping[Text, PartnerModel] = Field(default_factory=dict)


def load_partners(path: Path) -> tuple[Partner, ...]:
    """This reads a partner registry; two partners with one source or landing page are refused."""
    document = read_yaml(path)
    model = checked(document, PartnersModel)
    partners = tuple(one.partner(slug) for slug, one in model.partners.items())
    _refuse_shared_evidence(document, partners)
    return partners


def _refuse_shared_evidence(document: Document, partners: tuple[Partner, ...]) -> None:
    """Evidence that points to two partners would make the claim depend on their order in the file."""
    owner: dict[tuple[str, str], str] = {}
    problems = []
    for partner in partners:
        for key, values in (("utm_sources", partner.utm_sources), ("landing_pages", partner.landing_pages)):
            for value in values:
                other = owner.setdefault((key, value), partner.slug)
                if other != partner.slug:
                    what = f"`{value}` also belongs to `{other}`"
                    place = ("partners", partner.slug, key)
                    problems.append(document.problem(place, what, "give it to one of them"))
    if problems:
        raise ConfigError(problems)
