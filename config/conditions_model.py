"""What may have to hold, as files say it: thresholds and trees of conditions, and causes of exclusion.

Everything that stands together under one key has to hold together: `{score: 80, grade: C}` asks for both.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from config.checked import Checked
from config.moments_model import NARROWING, DidModel, FieldModel, PatternModel
from config.tests_model import TestModel
from config.vocabulary import Attribute, Count, Days, Grade, Kinds, Lists, Points, Text, Texts, listed, span
from scoring.definitions.conditions import (
    AllOf,
    AnyOf,
    AtLeast,
    Condition,
    Did,
    GradeIs,
    HasAttribute,
    IsMachine,
    IsOwnStaff,
    IsPartnerStaff,
    NotOf,
    Reaches,
)
from scoring.definitions.kinds import Match, Repeated
from scoring.touches import NEVER


class AskedFieldModel(FieldModel):
    """An attribute has such a value; what counts where nothing is known has to be said."""

    unknown: Literal["passes", "fails"]


class SomeModel(Checked):
    """So many of these hold."""

    count: Count
    of: Annotated[tuple[ConditionModel, ...], BeforeValidator(listed), Field(min_length=1)]

    @model_validator(mode="after")
    def _enough(self) -> SomeModel:
        if self.count > len(self.of):
            raise ValueError(f"asks for {self.count} of {len(self.of)}; lower `count` or add to `of`")
        return self


class ConditionModel(Checked):
    score: Points | None = None
    """Engagement and fit together are at least this."""
    engagement: Points | None = None
    """What they did is worth at least this."""
    fit: Points | None = None
    """Who they are is worth at least this."""
    group: Annotated[Mapping[Text, Points], Field(min_length=1)] | None = None
    """One group of rules reaches so many points: `{content: 30}`."""
    grade: Grade | None = None
    """The fit grade is this or better."""
    did: DidModel | None = None
    """They did this."""
    field: AskedFieldModel | None = None
    """An attribute has such a value."""
    all: Annotated[tuple[ConditionModel, ...], BeforeValidator(listed), Field(min_length=1)] | None = None
    """Every one of these holds."""
    any: Annotated[tuple[ConditionModel, ...], BeforeValidator(listed), Field(min_length=1)] | None = None
    """One of these holds."""
    at_least: SomeModel | None = None
    """So many of these hold."""
    not_: ConditionModel | None = Field(None, alias="not")
    """This does not hold."""

    @model_validator(mode="after")
    def _something(self) -> Self:
        if all(getattr(self, name) is None for name in ConditionModel.model_fields):
            raise ValueError("asks for nothing; write score, engagement, fit, grade, did, field, all, any, …")
        return self

    def condition(self, lists: Lists) -> Condition:
        """This is the one condition, or all of them where several stand together."""
        found = self._parts(lists)
        return found[0] if len(found) == 1 else AllOf(tuple(found))

    def _parts(self, lists: Lists) -> list[Condition]:
        found: list[Condition] = [
            Reaches(name, least)
            for name in ("score", "engagement", "fit")
            if (least := getattr(self, name)) is not None
        ]
        found += [Reaches(f"group:{name}", least) for name, least in (self.group or {}).items()]
        if self.grade is not None:
            found.append(GradeIs(self.grade))
        if one := self.did:
            found.append(Did(one.match(), one.how(lists), span(one.lasts_days)))
        if asked := self.field:
            found.append(HasAttribute(asked.name, asked.test(lists), asked.unknown == "passes"))
        if self.all:
            found.append(AllOf(tuple(one.condition(lists) for one in self.all)))
        if self.any:
            found.append(AnyOf(tuple(one.condition(lists) for one in self.any)))
        if some := self.at_least:
            found.append(AtLeast(some.count, tuple(one.condition(lists) for one in some.of)))
        if self.not_:
            found.append(NotOf(self.not_.condition(lists)))
        return found


class QualifiedModel(ConditionModel):
    expires_after_days: Days | None = None
    """An MQL whom nobody picked up is a lead again when this long below the line."""


class CauseModel(PatternModel, TestModel):
    """One cause of exclusion: something known (`field`), something done (`when`), or who somebody is."""

    field: Attribute | None = None
    """An attribute that passes the test beside it."""
    when: Kinds | None = None
    """Something that was done."""
    pages: Texts | None = None
    assets: Texts | None = None
    campaigns: Texts | None = None
    partners: Texts | None = None
    times: Count | None = None
    """So often, within `within_days` where that is written."""
    within_days: Days | None = None
    own_staff: Literal[True] | None = None
    """The mail domain is one of ours."""
    partner_staff: Literal[True] | None = None
    """The mail domain is a partner's."""
    machine_clicks_only: Literal[True] | None = None
    """Only machine clicks so far."""
    all: Annotated[tuple[CauseModel, ...], BeforeValidator(listed), Field(min_length=1)] | None = None
    """Every one of these holds."""
    not_: CauseModel | None = Field(None, alias="not")
    """This does not hold."""

    @model_validator(mode="after")
    def _one_cause(self) -> CauseModel:
        ways = (self.field, self.when, self.own_staff, self.partner_staff, self.machine_clicks_only)
        if sum(way is not None for way in (*ways, self.all, self.not_)) != 1:
            raise ValueError(
                "names no cause or several; write exactly one of field, when, own_staff, partner_staff, "
                "machine_clicks_only, all, not"
            )
        if (self.field is None) == self.is_told():
            raise ValueError("is half a test; write `field` together with words, domains, lists or numbers")
        chooses = (*(getattr(self, name) for name in NARROWING), self.times, self.within_days)
        if self.when is None and (any(chooses) or self.patterns()):
            raise ValueError("chooses touches without a kind; add `when`")
        if self.patterns() and (self.times or self.within_days):
            raise ValueError("counts in two ways; keep one of them")
        return self

    def cause(self, lists: Lists) -> Condition:
        if self.field is not None:
            return HasAttribute(self.field, self.test(lists))
        if self.when is not None:
            match = Match(
                self.when, self.pages or (), self.assets or (), self.campaigns or (), self.partners or ()
            )
            often = Repeated(self.times or 1, span(self.within_days) or NEVER)
            return Did(match, self.how(lists) if self.patterns() else often)
        if self.all is not None:
            return AllOf(tuple(one.cause(lists) for one in self.all))
        if self.not_ is not None:
            return NotOf(self.not_.cause(lists))
        if self.own_staff:
            return IsOwnStaff()
        return IsPartnerStaff() if self.partner_staff else IsMachine()


class ExclusionModel(Checked):
    reason: Text
    """What people read."""
    any: Annotated[tuple[CauseModel, ...], BeforeValidator(listed), Field(min_length=1)]
    """Causes of which one suffices."""
