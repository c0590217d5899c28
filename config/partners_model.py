"""How partners.yaml must look: the keys, their types and limits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from config.checked import Checked
from config.vocabulary import Days, Text, Texts, instant, known, listed, span
from scoring.partner import CLAIMANTS, EVIDENCE, ORDER, OWN, ClaimRules, Partner
from scoring.partners.account import SHARED, SHARES, Account, Contact, Cost, Period
from scoring.touches import NEVER

EVERY = "every"  # kind of evidence
CLAIM_DAYS = 180.0
COLUMNS = ("email", "key", "date", "status")

Names = Annotated[tuple[Text, ...], BeforeValidator(listed)]


def _slug(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,49}", value) or value == OWN:
        raise ValueError("is no key of a partner; write small letters, digits, - and _, but not `own`")
    return value


def _once(value: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(value)) != len(value):
        raise ValueError("names one of them twice; keep one")
    return value


def _by_kind(value: object) -> object:
    """One number is the days of every kind of evidence."""
    return {EVERY: value} if isinstance(value, int | float) and not isinstance(value, bool) else value


def _amount(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("should be an amount; write a number such as 1200 or 99.90")
    text = str(value).replace("_", "")
    if not re.fullmatch(r"\d+(\.\d{1,4})?", text):
        raise ValueError("should be an amount; write a number such as 1200 or 99.90")
    return Decimal(text)


def _currency(value: str) -> str:
    if not re.fullmatch(r"[A-Z]{3}", value):
        raise ValueError("is no currency; write its three letters, such as EUR")
    return value


def _address(value: str) -> str:
    """The value is not repeated in messages: it is somebody's address."""
    name, at, host = value.rpartition("@")
    if not (name and at and "." in host) or re.search(r"[\s,;<>]", value):
        raise ValueError("is no e-mail address; write it like name@host")
    return value


Slug = Annotated[Text, AfterValidator(_slug)]
Claimant = Annotated[Text, known(CLAIMANTS, "kind of evidence")]
Kind = Annotated[Text, known((*EVIDENCE, EVERY), "kind of evidence")]
Share = Annotated[Text, known(SHARES, "thing that can be shared")]
Column = Annotated[Text, known(COLUMNS, "column that is read")]


class ContactModel(Checked):
    name: Text
    email: Annotated[Text, AfterValidator(_address)]
    role: Text | None = None


class CostModel(Checked):
    amount: Annotated[Decimal, BeforeValidator(_amount)]
    currency: Annotated[Text, AfterValidator(_currency)]
    per: Period
    start: date = Field(alias="from")
    until: date | None = None
    why: Text | None = None

    @model_validator(mode="after")
    def _in_order(self) -> CostModel:
        if self.until and self.until <= self.start:
            raise ValueError("ends before it begins; correct `from` or `until`")
        return self

    def cost(self) -> Cost:
        end = instant(self.until) or NEVER
        return Cost(self.amount, self.currency, self.per, instant(self.start), end, self.why or "")


class PartnerModel(Checked):
    name: Text
    tier: Text
    specialisation: Literal["top_of_funnel", "late_stage"] | None = None
    definition: Text | None = None
    utm_sources: Texts | None = None
    landing_pages: Texts | None = None
    link_ids: Names = ()
    domains: Names = ()
    content: Names = ()
    campaigns: Names = ()
    registered_as: Names = ()
    claim_days: Annotated[dict[Kind, Days], BeforeValidator(_by_kind)] = Field(default_factory=dict)
    contacts: Annotated[tuple[ContactModel, ...], BeforeValidator(listed)] = ()
    costs: Annotated[tuple[CostModel, ...], BeforeValidator(listed)] = ()
    shares: Annotated[tuple[Share, ...], BeforeValidator(listed), AfterValidator(_once)] = SHARED
    columns: dict[Column, Text] = Field(default_factory=dict)
    mql_statuses: Names = ()

    def partner(self, slug: str, days: Mapping[str, float]) -> Partner:
        """Where nothing is written, the slug is the source and names the landing page. `days` hold for
        kinds of evidence of which the partner says nothing itself.
        """
        mine = {kind: span(value) for kind, value in self.claim_days.items()}
        usual = {} if EVERY in mine else {kind: span(value) for kind, value in days.items()}
        every = mine.pop(EVERY, span(CLAIM_DAYS))
        return Partner(
            slug=slug,
            name=self.name,
            tier=self.tier,
            utm_sources=tuple(source.casefold() for source in self.utm_sources or (slug,)),
            landing_pages=self.landing_pages or (f"/lp/{slug}", f"/lp/{slug}/*"),
            domains=self.domains,
            claim=every,
            content=self.content,
            campaigns=self.campaigns,
            link_ids=tuple(one.casefold() for one in self.link_ids),
            registered_as=self.registered_as,
            windows=tuple(sorted((usual | mine).items())),
        )

    def account(self, slug: str) -> Account:
        return Account(
            slug=slug,
            name=self.name,
            tier=self.tier,
            specialisation=self.specialisation or "",
            definition=self.definition or "",
            contacts=tuple(Contact(one.name, one.email, one.role or "") for one in self.contacts),
            costs=tuple(one.cost() for one in self.costs),
            shares=self.shares,
            columns=dict(self.columns),
            mql_statuses=tuple(one.casefold() for one in self.mql_statuses),
        )


class PartnersModel(Checked):
    claim_order: Annotated[tuple[Claimant, ...], BeforeValidator(listed), AfterValidator(_once)] = ORDER
    claim_days: dict[Claimant, Days] = Field(default_factory=dict)
    influence_days: Days = 90.0
    link_parameters: Names = ()
    registration_field: Text | None = None
    partners: Mapping[Slug, PartnerModel] = Field(default_factory=dict)

    def rules(self) -> ClaimRules:
        return ClaimRules(
            order=self.claim_order,
            own=span(self.claim_days.get(OWN, CLAIM_DAYS)),
            influence=span(self.influence_days),
            link_parameters=tuple(name.casefold() for name in self.link_parameters),
            registration_field=self.registration_field or "",
        )
