"""The partner registry: who markets with the workspace, and how their leads are recognised."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from config.checked import checked
from config.errors import ConfigError, Problem, nearest
from config.partners_model import PartnersModel
from config.yaml_lines import Document, read_yaml
from scoring.definitions.definition import Definition
from scoring.partner import ClaimRules, Partner
from scoring.partners.account import Account

__all__ = ["PartnersModel", "Registry", "load_partners", "load_registry"]


@dataclass(frozen=True, slots=True)
class Registry:
    """Every partner, as scoring sees it and as it was agreed, and the rules that hold for all of them."""

    partners: tuple[Partner, ...]
    rules: ClaimRules
    accounts: Mapping[str, Account]
    document: Document = field(repr=False)

    def problems(self, definitions: Sequence[Definition], attributes: Collection[str]) -> Iterable[Problem]:
        """These are things of other files that the registry names, and that are not there."""
        if self.rules.registration_field and self.rules.registration_field not in attributes:
            what = f"`{self.rules.registration_field}` is no attribute"
            remedy = "name the CRM's field so in mqlsync.yaml, under `attributes`"
            yield self.document.problem(("registration_field",), what, remedy)
        scopes = {one.name: one.scope for one in definitions}
        for account in self.accounts.values():
            place = ("partners", account.slug, "definition")
            scope = scopes.get(account.definition)
            if account.definition and scope is None:
                what = f"there is no definition `{account.definition}`"
                yield self.document.problem(place, what, nearest(account.definition, scopes))
            fits = scope is None or (scope.kind, scope.name) in {
                ("partner", account.slug),
                ("tier", account.tier),
            }
            if not fits and scope and scope.kind != "own":
                what = f"`{account.definition}` is not about this partner or its tier"
                yield self.document.problem(place, what, "name one whose `scope` is, or our own")


def load_partners(path: Path) -> tuple[Partner, ...]:
    """This reads who the partners are; two partners with one source or landing page are refused."""
    return load_registry(path).partners


def load_registry(path: Path) -> Registry:
    """This reads a partner registry; evidence that would point to two partners is refused."""
    document = read_yaml(path)
    model = checked(document, PartnersModel)
    days = {kind: value for kind, value in model.claim_days.items() if kind != "own"}
    partners = tuple(one.partner(slug, days) for slug, one in model.partners.items())
    _refuse_shared_evidence(document, partners)
    accounts = {slug: one.account(slug) for slug, one in model.partners.items()}
    return Registry(partners, model.rules(), accounts, document)


def _refuse_shared_evidence(document: Document, partners: tuple[Partner, ...]) -> None:
    """Evidence that points to two partners would make the claim depend on a name."""
    owner: dict[tuple[str, str], str] = {}
    problems = []
    for partner in partners:
        named = {
            "utm_sources": partner.utm_sources,
            "landing_pages": partner.landing_pages,
            "link_ids": partner.link_ids,
            "registered_as": partner.registered_as,
        }
        for key, values in named.items():
            for value in values:
                other = owner.setdefault((key, value.casefold()), partner.slug)
                if other != partner.slug:
                    what = f"`{value}` also belongs to `{other}`"
                    place = ("partners", partner.slug, key)
                    problems.append(document.problem(place, what, "give it to one of them"))
    if problems:
        raise ConfigError(problems)
