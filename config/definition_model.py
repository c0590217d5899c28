"""How a definition file must look: the keys, their types, and what two keys may not say together.

Points are written as people say them (25, 2.5) and become thousandths; spans are written in days or
hours and become microseconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from config.checked import Checked
from config.errors import nearest
from scoring.conditions import Condition, Did, HasAttribute, IsMachine, IsOwnStaff, IsPartnerStaff
from scoring.definition import POINT, Rule
from scoring.kinds import Between, Domains, Each, Match, Repeated, Test, Words
from scoring.touches import ATTRIBUTE_FIELDS, DAY, ENGAGEMENT_KINDS, NEVER, SALES_KINDS

Lists = Mapping[str, tuple[str, ...]]


def listed(value: object) -> object:
    """This lets one text stand for a list of one, and turns YAML's lists into what is stored."""
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


def _known(valid: tuple[str, ...], what: str) -> BeforeValidator:
    def check(value: object) -> object:
        if isinstance(value, str) and value not in valid:
            raise ValueError(f"`{value}` is no {what}; {nearest(value, valid)}")
        return value

    return BeforeValidator(check)


def _in_thousandths(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("should be a number of points; write a number such as 25 or 2.5")
    thousandths = round(value * POINT)
    if abs(thousandths - value * POINT) > 1e-6:
        raise ValueError("has more than three decimals; round it")
    return thousandths


Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Texts = Annotated[tuple[Text, ...], BeforeValidator(listed), Field(min_length=1)]
Kind = Annotated[Text, _known(ENGAGEMENT_KINDS + SALES_KINDS, "kind of touch")]
Kinds = Annotated[tuple[Kind, ...], BeforeValidator(listed), Field(min_length=1)]
Attribute = Annotated[Text, _known(ATTRIBUTE_FIELDS, "attribute")]
Points = Annotated[int, BeforeValidator(_in_thousandths)]
Days = Annotated[float, Field(gt=0, le=36_500)]
Count = Annotated[int, Field(ge=1, le=1_000)]
Grade = Literal["A", "B", "C", "D"]


class MatchModel(Checked):
    when: Kinds
    pages: Texts | None = None
    assets: Texts | None = None
    campaigns: Texts | None = None

    def match(self) -> Match:
        return Match(self.when, self.pages or (), self.assets or (), self.campaigns or ())


class RepeatedModel(Checked):
    times: Count
    within_days: Days


class RuleModel(MatchModel):
    points: Points
    group: Text
    label: Text | None = None
    repeated: RepeatedModel | None = None
    half_life_days: Days | None = None
    window_days: Days | None = None
    at_most: Count | None = None
    once_per_day: bool = False

    def rule(self, name: str) -> Rule:
        how = Each()
        return Rule(
            name=name,
            label=self.label or name.replace("_", " "),
            match=self.match(),
            points=self.points,
            group=self.group,
            how=Repeated(self.repeated.times, span(self.repeated.within_days)) if self.repeated else how,
            half_life=span(self.half_life_days),
            window=span(self.window_days),
            at_most=self.at_most or 0,
            once_per_day=self.once_per_day,
        )


class GroupModel(Checked):
    cap: Points | None = None
    floor: Points | None = None


class TestModel(Checked):
    """Words, domains (written or from a list), or a range of numbers: exactly one way to tell."""

    words: Texts | None = None
    domains: Texts | None = None
    lists: Texts | None = None
    at_least: float | None = None
    below: float | None = None

    @model_validator(mode="after")
    def _one_way(self) -> TestModel:
        ways = [
            self.words is not None,
            self.domains is not None or self.lists is not None,
            self.at_least is not None or self.below is not None,
        ]
        if sum(ways) > 1:
            raise ValueError("tells in two ways; keep one of words, domains or lists, at_least and below")
        if sum(ways) == 0 and type(self) is BandModel:
            raise ValueError("tells nothing; add words, domains, lists, at_least or below")
        return self

    def test(self, lists: Lists) -> Test:
        if self.words is not None:
            return Words(self.words)
        if self.domains is not None or self.lists is not None:
            listed = [host for name in self.lists or () for host in lists.get(name, ())]
            return Domains((*(self.domains or ()), *listed))
        return Between(self.at_least, self.below)


class BandModel(TestModel):
    label: Text
    points: Points


class CriterionModel(Checked):
    field: Attribute
    bands: Annotated[tuple[BandModel, ...], BeforeValidator(listed), Field(min_length=1)]
    label: Text | None = None
    unknown: Points = 0
    otherwise: Points = 0


class GradesModel(Checked):
    A: Points
    B: Points
    C: Points

    @model_validator(mode="after")
    def _falling(self) -> GradesModel:
        if not self.A > self.B > self.C:
            raise ValueError("does not fall from A to C; give A the most points and C the least")
        return self


class FitModel(Checked):
    criteria: Mapping[Text, CriterionModel] = Field(default_factory=dict)
    grades: GradesModel = GradesModel(A=40, B=25, C=10)
    cap: Points | None = None
    floor: Points | None = None


class CauseModel(TestModel):
    field: Attribute | None = None
    when: Kinds | None = None
    pages: Texts | None = None
    assets: Texts | None = None
    campaigns: Texts | None = None
    times: Count = 1
    within_days: Days | None = None
    own_staff: Literal[True] | None = None
    partner_staff: Literal[True] | None = None
    machine_clicks_only: Literal[True] | None = None

    @model_validator(mode="after")
    def _one_cause(self) -> CauseModel:
        tests = (self.words, self.domains, self.lists, self.at_least, self.below)
        ways = (self.field, self.when, self.own_staff, self.partner_staff, self.machine_clicks_only)
        if sum(way is not None for way in ways) != 1:
            raise ValueError(
                "names no cause or several; write exactly one of field, when, own_staff, partner_staff, "
                "machine_clicks_only"
            )
        if (self.field is None) != all(test is None for test in tests):
            raise ValueError("is half a test; write `field` together with words, domains, lists or numbers")
        if self.when is None and (self.pages or self.assets or self.campaigns or self.within_days):
            raise ValueError("chooses touches without a kind; add `when`")
        return self

    def cause(self, lists: Lists) -> Condition:
        if self.field is not None:
            return HasAttribute(self.field, self.test(lists))
        if self.when is not None:
            match = Match(self.when, self.pages or (), self.assets or (), self.campaigns or ())
            return Did(match, Repeated(self.times, span(self.within_days) or NEVER))
        if self.own_staff:
            return IsOwnStaff()
        return IsPartnerStaff() if self.partner_staff else IsMachine()


class ExclusionModel(Checked):
    reason: Text
    any: Annotated[tuple[CauseModel, ...], BeforeValidator(listed), Field(min_length=1)]


class MachineModel(Checked):
    links: Annotated[int, Field(ge=2, le=100)] = 3
    within_seconds: Annotated[float, Field(gt=0, le=3600)] = 2.0


class QualifiedModel(Checked):
    score: Points
    engagement: Points = 0
    grade: Grade = "D"
    expires_after_days: Days | None = None


class DefinitionModel(Checked):
    name: Text
    version: Text
    label: Text | None = None
    scope: Literal["own"] = "own"
    qualified: QualifiedModel
    score: GroupModel = GroupModel(floor=0)
    follow_up_hours: Annotated[float, Field(gt=0, le=8_760)] = 24.0
    groups: Annotated[dict[Text, GroupModel], Field(min_length=1)]
    rules: Annotated[dict[Text, RuleModel], Field(min_length=1)]
    fit: FitModel = FitModel()
    exclusions: Annotated[tuple[ExclusionModel, ...], BeforeValidator(listed), Field(max_length=60)] = ()
    machine_clicks: MachineModel = MachineModel()


class ListsModel(Checked):
    lists: dict[Text, Texts]


def span(days: float | None) -> int:
    return round(days * DAY) if days else 0
