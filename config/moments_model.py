"""What people may have done, as files say it: which touches, and in which pattern of time."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from config.checked import Checked
from config.tests_model import TestModel
from config.vocabulary import Attribute, Count, Days, Kinds, Lists, Texts, listed, span
from scoring.definitions.kinds import (
    Committee,
    Depth,
    Distinct,
    Each,
    First,
    How,
    Match,
    Repeated,
    Return,
    Sequence,
    Silence,
)
from scoring.touches import MINUTE, SECOND

NARROWING = ("pages", "assets", "campaigns", "partners")


class MatchModel(Checked):
    when: Kinds
    """Which kinds of touch."""
    pages: Texts | None = None
    """Only on these pages; `*` stands for anything."""
    assets: Texts | None = None
    """Only with these papers, forms, webinars or mails; `*` stands for anything."""
    campaigns: Texts | None = None
    """Only in these campaigns; `*` stands for anything."""
    partners: Texts | None = None
    """Only with evidence of one of these partners; `*` is any partner."""

    def match(self) -> Match:
        return Match(
            self.when, self.pages or (), self.assets or (), self.campaigns or (), self.partners or ()
        )


class RepeatedModel(Checked):
    """So many touches within the span."""

    times: Count
    within_days: Days


class DistinctModel(Checked):
    """So many different assets, pages or campaigns within the span."""

    times: Count
    within_days: Days
    of: Literal["asset", "page", "campaign"] = "asset"


class DepthModel(Checked):
    """So much time, or so many pages, within the span: exactly one of minutes, seconds and pages."""

    minutes: Annotated[float, Field(gt=0, le=100_000)] | None = None
    seconds: Annotated[int, Field(gt=0, le=6_000_000)] | None = None
    pages: Annotated[int, Field(gt=0, le=100_000)] | None = None
    within_days: Days

    @model_validator(mode="after")
    def _one_measure(self) -> DepthModel:
        if sum(one is not None for one in (self.minutes, self.seconds, self.pages)) != 1:
            raise ValueError("measures nothing or two things; write exactly one of minutes, seconds, pages")
        return self

    def depth(self) -> Depth:
        if self.pages is not None:
            return Depth(self.pages, span(self.within_days), "pages")
        seconds = self.seconds or round((self.minutes or 0) * (MINUTE // SECOND))
        return Depth(seconds, span(self.within_days), "seconds")


class SequenceModel(Checked):
    """After the first touch, one of each of these in this order, all within the span."""

    then: Annotated[tuple[MatchModel, ...], BeforeValidator(listed), Field(min_length=1, max_length=20)]
    within_days: Days


class SilenceModel(Checked):
    """Nothing of the kind for so long, after there was something."""

    days: Days


class ReturnModel(Checked):
    """Something of the kind again, after so long without."""

    after_days: Days


class CommitteeModel(TestModel):
    """So many different people of one company within the span, where told only in certain roles."""

    people: Annotated[int, Field(ge=2, le=1_000)]
    within_days: Days
    field: Attribute = "buying_role"
    """Where the role stands; `words` say which roles count."""

    def committee(self, lists: Lists) -> Committee:
        roles = self.test(lists) if self.is_told() else None
        return Committee(self.people, span(self.within_days), self.field, roles)


class FieldModel(TestModel):
    """An attribute has such a value."""

    name: Attribute

    @model_validator(mode="after")
    def _tested(self) -> FieldModel:
        if not self.is_told():
            raise ValueError("tells nothing; add words, domains, lists, at_least or below")
        return self


class PatternModel(Checked):
    """The pattern of time: at most one of these; without any, every touch counts by itself."""

    repeated: RepeatedModel | None = None
    """So many touches within a span."""
    distinct: DistinctModel | None = None
    """So many different assets, pages or campaigns within a span."""
    depth: DepthModel | None = None
    """So much time, or so many pages, within a span."""
    sequence: SequenceModel | None = None
    """This, then that, within a span."""
    first: Literal[True] | None = None
    """Only the very first one."""
    silence: SilenceModel | None = None
    """Nothing of the kind for so long."""
    back: ReturnModel | None = Field(None, alias="return")
    """Something of the kind again after so long a silence."""
    committee: CommitteeModel | None = None
    """So many people of one company."""

    def patterns(self) -> list[str]:
        return [one for one in PatternModel.model_fields if getattr(self, one) is not None]

    @model_validator(mode="after")
    def _one_pattern(self) -> PatternModel:
        if len(self.patterns()) > 1:
            names = " and ".join("return" if one == "back" else one for one in self.patterns())
            raise ValueError(f"counts in two ways ({names}); keep one of them")
        return self

    def how(self, lists: Lists) -> How:
        """This is the rule kind that is written, `Each` if none is."""
        return _how(self, lists) or Each()


def _how(model: PatternModel, lists: Lists) -> How | None:
    if one := model.repeated:
        return Repeated(one.times, span(one.within_days))
    if many := model.distinct:
        return Distinct(many.times, span(many.within_days), many.of)
    if model.depth:
        return model.depth.depth()
    if steps := model.sequence:
        return Sequence(tuple(step.match() for step in steps.then), span(steps.within_days))
    if model.silence:
        return Silence(span(model.silence.days))
    if model.back:
        return Return(span(model.back.after_days))
    if model.committee:
        return model.committee.committee(lists)
    return First() if model.first else None


class DidModel(PatternModel, MatchModel):
    """Somebody did something, at most so long ago."""

    lasts_days: Days | None = None
    """It counts for so long after it happened; without, as long as its pattern says, else for ever."""
