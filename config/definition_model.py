"""How a definition file must look: the keys, their types, and what two keys may not say together."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from config.checked import Checked
from config.conditions_model import ExclusionModel, QualifiedModel
from config.moments_model import FieldModel, PatternModel
from config.tests_model import BandModel
from config.vocabulary import Attribute, Count, Days, Kinds, Lists, Points, Text, Texts, instant, listed, span
from scoring.definitions.definition import POINT, MachineClicks, Rule, Scope, Terms
from scoring.definitions.kinds import FieldIs, Match
from scoring.touches import SECOND

STEPS_MAX = 7  # a pulse has at most eight levels, the first of which is its points


class StepModel(Checked):
    after_days: Days
    points: Points


class RuleModel(PatternModel):
    """So many points for something that was done (`when`), or that is known (`field`)."""

    when: Kinds | None = None
    """Which kinds of touch."""
    pages: Texts | None = None
    """Only on these pages; `*` stands for anything."""
    assets: Texts | None = None
    """Only with these papers, forms, webinars or mails; `*` stands for anything."""
    campaigns: Texts | None = None
    """Only in these campaigns; `*` stands for anything."""
    partners: Texts | None = None
    """Only with evidence of one of these partners; `*` is any partner."""
    field: FieldModel | None = None
    """Points for a value that is known, instead of something done."""
    points: Points
    """What one moment is worth; negative points count against somebody."""
    group: Text
    """The group whose cap holds for these points."""
    label: Text | None = None
    """How people call it; the rule's name with blanks, if left out."""
    half_life_days: Days | None = None
    """The points halve every so many days, until less than one is left."""
    steps: Annotated[
        tuple[StepModel, ...], BeforeValidator(listed), Field(min_length=1, max_length=STEPS_MAX)
    ] = ()
    """What the points become as time goes by, instead of halving."""
    window_days: Days | None = None
    """The points end after so many days."""
    at_most: Count | None = None
    """Only the newest so many count."""
    once_per_day: bool = False
    """Of one asset and day only the first counts."""

    @model_validator(mode="after")
    def _whole(self) -> RuleModel:
        narrowed = self.pages or self.assets or self.campaigns or self.partners
        if (self.when is None) == (self.field is None):
            raise ValueError("is about nothing or two things; write exactly one of `when` and `field`")
        if self.field and (narrowed or self.patterns() or self.once_per_day):
            raise ValueError("chooses touches, but is about a field; write `when` in the place of `field`")
        if self.steps and self.half_life_days:
            raise ValueError("fades in two ways; keep one of steps and half_life_days")
        days = [one.after_days for one in self.steps]
        if any(later <= earlier for earlier, later in pairwise(days)):
            raise ValueError("has steps that do not follow each other; sort them by after_days")
        if self.window_days and days and days[-1] >= self.window_days:
            raise ValueError("has a step after its window; lengthen window_days or drop the step")
        return self

    def rule(self, name: str, lists: Lists) -> Rule:
        return Rule(
            name=name,
            label=self.label or name.replace("_", " "),
            match=Match(
                self.when or (),
                self.pages or (),
                self.assets or (),
                self.campaigns or (),
                self.partners or (),
            ),
            points=self.points,
            group=self.group,
            how=FieldIs(self.field.name, self.field.test(lists)) if self.field else self.how(lists),
            half_life=span(self.half_life_days),
            window=span(self.window_days),
            at_most=self.at_most or 0,
            once_per_day=self.once_per_day,
            steps=tuple((span(one.after_days), one.points) for one in self.steps),
        )


class GroupModel(Checked):
    cap: Points | None = None
    """Not more than this."""
    floor: Points | None = None
    """Not less than this."""

    @model_validator(mode="after")
    def _room(self) -> GroupModel:
        if self.cap is not None and self.floor is not None and self.floor > self.cap:
            raise ValueError("has a floor above its cap; lower the floor")
        return self


class CriterionModel(Checked):
    """One attribute that makes a person fit."""

    field: Attribute
    """The attribute it looks at."""
    bands: Annotated[tuple[BandModel, ...], BeforeValidator(listed), Field(min_length=1)]
    """What a value is worth; the first band that fits counts."""
    label: Text | None = None
    unknown: Points = 0
    """What it is worth where nothing is known."""
    otherwise: Points = 0
    """What a value is worth that no band names."""


class GradesModel(Checked):
    """The least fit points for each grade; the rest is D."""

    A: Points
    B: Points
    C: Points

    @model_validator(mode="after")
    def _falling(self) -> GradesModel:
        if not self.A > self.B > self.C:
            raise ValueError("does not fall from A to C; give A the most points and C the least")
        return self


class FitModel(GroupModel):
    """Who suits us."""

    criteria: Mapping[Text, CriterionModel] = Field(default_factory=dict)
    """Which attributes count, each under a name of its own."""
    grades: GradesModel = GradesModel(A=40, B=25, C=10)
    """The least fit points for A, B and C."""


def _not_one(links: int) -> int:
    if links == 1:
        raise ValueError("would void every single click; write 2 or more, or 0 to switch it off")
    return links


Links = Annotated[int, Field(ge=0, le=100), AfterValidator(_not_one)]
Seconds = Annotated[float, Field(gt=0, le=3600)]


class MachineModel(Checked):
    """Which clicks no human made: any one sign suffices, and 0 switches one off."""

    links: Links = 3
    """So many different links of one mail, within less than `within_seconds`."""
    within_seconds: Seconds = 2.0
    every_link_min: Links = 4
    """Every link of a mail that has at least so many, within less than `every_link_within_seconds`."""
    every_link_within_seconds: Seconds = 60.0
    after_delivery_seconds: Annotated[float, Field(ge=0, le=3600)] = 3.0
    """Less than so long from the delivery of the same mail to the same person."""
    crm_says: bool = True
    """What the CRM itself takes for a program, or what bears the name of a known scanner."""

    def machine(self) -> MachineClicks:
        return MachineClicks(
            links=self.links,
            within=round(self.within_seconds * SECOND),
            every_link=self.every_link_min,
            every_link_within=round(self.every_link_within_seconds * SECOND),
            after_delivery=round(self.after_delivery_seconds * SECOND),
            crm_says=self.crm_says,
        )


class ScopeModel(Checked):
    """Whom it is about: one partner, one tier of partners, one programme or one product; else everybody."""

    partner: Text | None = None
    """People whom this partner holds."""
    tier: Text | None = None
    """People whom a partner of this tier holds."""
    programme: Text | None = None
    """People from their first touch of this programme on; `when` says which touches those are."""
    product: Text | None = None
    """People from their first touch with this product on; `when` says which touches those are."""
    when: Kinds | None = None
    pages: Texts | None = None
    assets: Texts | None = None
    campaigns: Texts | None = None
    partners: Texts | None = None
    lasts_days: Days | None = None
    """They stay in it for so long after their latest such touch; without, for ever."""

    @model_validator(mode="after")
    def _one_scope(self) -> ScopeModel:
        if sum(bool(one) for one in (self.partner, self.tier, self.programme, self.product)) != 1:
            raise ValueError("is no scope; write `own`, or exactly one of partner, tier, programme, product")
        by_touch = self.programme or self.product
        if by_touch and self.when is None:
            raise ValueError("does not say which touches belong to it; add `when`")
        chooses = self.when or self.pages or self.assets or self.campaigns or self.partners or self.lasts_days
        if chooses and not by_touch:
            raise ValueError("chooses touches, but a claim decides; leave only the name")
        return self

    def scope(self) -> Scope:
        if self.partner:
            return Scope("partner", self.partner)
        if self.tier:
            return Scope("tier", self.tier)
        match = Match(
            self.when or (), self.pages or (), self.assets or (), self.campaigns or (), self.partners or ()
        )
        kind: Literal["programme", "product"] = "programme" if self.programme else "product"
        return Scope(kind, self.programme or self.product or "", match, span(self.lasts_days))


class AgreedModel(Checked):
    """Who agreed to it, and when."""

    by: Texts
    on: date


class AssumedModel(Checked):
    """A number that nobody has measured yet."""

    why: Text
    """Where it comes from."""
    review: date
    """When it is to be replaced by what was measured."""


class RemarkModel(Checked):
    """What somebody said about it: kept, printed, without effect."""

    by: Text
    on: date
    text: Text


def _own(value: object) -> object:
    return None if value == "own" else value


Remarks = Annotated[tuple[RemarkModel, ...], BeforeValidator(listed)]


class DefinitionModel(Checked):
    name: Text
    """What it is called; it stands beside every answer."""
    version: Text
    """Raise it with every change."""
    label: Text | None = None
    """How people call it."""
    extends: Text | None = None
    """The definition that holds wherever this file says nothing else."""
    remove: Texts | None = None
    """What this one has not of what it extends: rules, or paths such as `fit.criteria.size`."""
    scope: Annotated[
        ScopeModel | None, BeforeValidator(_own, json_schema_input_type=Literal["own"] | ScopeModel | None)
    ] = None
    """Whom it is about: `own` is everybody."""
    state: Literal["draft", "agreed", "retired"] | None = None
    """A draft is computed, but never counts."""
    agreed: AgreedModel | None = None
    effective: date | None = None
    """It counts from this day on, UTC."""
    retired: date | None = None
    """It does not count from this day on, UTC."""
    trial: bool = False
    """It is computed beside the others and compared, but never counts."""
    one_sided: Text | None = None
    """Why it looks only at who people are, or only at what they do."""
    qualified: QualifiedModel
    """What has to hold for somebody to be an MQL."""
    score: GroupModel = GroupModel(floor=0)
    """Floor and cap of the whole score."""
    bands: Annotated[tuple[Points, Points], BeforeValidator(listed)] = (60 * POINT, 20 * POINT)
    """The least engagement for 1 and for 2 in the fit and engagement grid, A1 to D3."""
    follow_up_hours: Annotated[float, Field(gt=0, le=8_760)] = 24.0
    """A first attempt is due so long after the moment of qualifying."""
    groups: dict[Text, GroupModel] = Field(default_factory=dict)
    """Groups of rules, each with a cap and a floor of its own."""
    rules: dict[Text, RuleModel] = Field(default_factory=dict)
    """What earns or costs points."""
    fit: FitModel = FitModel()
    exclusions: Annotated[tuple[ExclusionModel, ...], BeforeValidator(listed), Field(max_length=60)] = ()
    """Who never qualifies; the first reason that applies is shown."""
    machine_clicks: MachineModel = MachineModel()
    assumed: Mapping[Text, AssumedModel] = Field(default_factory=dict)
    """Numbers that nobody has measured yet: the path of each, such as `qualified.score`."""
    objections: Remarks = ()
    """What was objected when it was discussed."""
    notes: Remarks = ()
    """What else is worth keeping."""

    @model_validator(mode="after")
    def _terms_fit(self) -> DefinitionModel:
        if self.bands[0] <= self.bands[1]:
            raise ValueError("has bands that do not fall; write the points for 1 first, then those for 2")
        if self.state == "agreed" and self.scope and self.scope.partner and not self.agreed:
            raise ValueError("is agreed by nobody; add `agreed: {by: […], on: DATE}` or write `state: draft`")
        if self.agreed and self.state == "draft":
            raise ValueError("is a draft and agreed; write `state: agreed` or remove `agreed`")
        if self.effective and self.retired and self.effective >= self.retired:
            raise ValueError("is retired before it is effective; correct one of the dates")
        if self.state == "retired" and not self.retired:
            raise ValueError("is retired without a date; add `retired: DATE`")
        return self

    def terms(self) -> Terms:
        """A partner has to agree; what we say of our own we agreed to by writing it."""
        asks_a_partner = self.scope is not None and self.scope.partner is not None and not self.agreed
        return Terms(
            state=self.state or ("draft" if asks_a_partner else "agreed"),
            agreed_by=self.agreed.by if self.agreed else (),
            agreed_at=instant(self.agreed.on) if self.agreed else 0,
            effective_at=instant(self.effective),
            retired_at=instant(self.retired),
            trial=self.trial,
        )
