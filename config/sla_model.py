"""How `sla:` and `territories:` of mqlsync.yaml must look: calendars, promises, owners, who takes what."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from config.checked import Checked
from config.notices_model import EscalationModel, HandoffModel
from config.vocabulary import Text, Texts, listed
from config.zones import ShiftText, Zone

Hours = Annotated[float, Field(gt=0, le=8_760)]
Dates = Annotated[tuple[date, ...], BeforeValidator(listed)]
Employees = Annotated[int, Field(ge=1, le=10_000_000)]


class CalendarModel(Checked):
    zone: Zone
    shifts: Annotated[tuple[ShiftText, ...], BeforeValidator(listed), Field(min_length=1)]
    country: Text | None = None
    """Whose public holidays are free: a code of two letters."""
    region: Text | None = None
    """The part of the country, as the package `holidays` calls it."""
    closed: Dates = ()
    """Further days on which nobody works."""

    @model_validator(mode="after")
    def _a_region_lies_in_a_country(self) -> Self:
        if self.region is not None and self.country is None:
            raise ValueError("has a region without a country; add `country:`")
        return self


class PromiseModel(Checked):
    """What is not written here is as the wider SLA has it."""

    calendar: Text | None = None
    first_touch_hours: Hours | None = None
    attempts: Annotated[int, Field(ge=1, le=100)] | None = None
    attempts_within_hours: Hours | None = None
    attempts_apart_hours: Hours | None = None
    decision_hours: Hours | None = None
    restarts_with_owner: bool | None = None


class DefaultModel(PromiseModel):
    calendar: Text


class LeaveModel(Checked):
    first: date
    last: date

    @model_validator(mode="after")
    def _lasts(self) -> Self:
        if self.last < self.first:
            raise ValueError("ends before it begins; write the first day as `first` and the last as `last`")
        return self


class OwnerModel(Checked):
    calendar: Text | None = None
    leave: Annotated[tuple[LeaveModel, ...], BeforeValidator(listed)] = ()


class SlaModel(Checked):
    calendars: Annotated[Mapping[Text, CalendarModel], Field(min_length=1)]
    default: DefaultModel
    tiers: Mapping[Text, PromiseModel] = Field(default_factory=dict)
    partners: Mapping[Text, PromiseModel] = Field(default_factory=dict)
    owners: Mapping[Text, OwnerModel] = Field(default_factory=dict)
    escalation: EscalationModel | None = None
    hold_statuses: Texts | tuple[()] = ()


class TerritoryModel(Checked):
    name: Text
    owners: Texts
    calendar: Text | None = None
    handoff: HandoffModel | None = None
    countries: Texts | tuple[()] = ()
    regions: Texts | tuple[()] = ()
    postcodes: Texts | tuple[()] = ()
    industries: Texts | tuple[()] = ()
    accounts: Texts | tuple[()] = ()
    partners: Texts | tuple[()] = ()
    languages: Texts | tuple[()] = ()
    employees_min: Employees | None = None
    employees_below: Employees | None = None

    @model_validator(mode="after")
    def _some_size_fits(self) -> Self:
        least, below = self.employees_min, self.employees_below
        if least is not None and below is not None and least >= below:
            raise ValueError("fits no size; `employees_min` must be less than `employees_below`")
        return self


Territories = Annotated[tuple[TerritoryModel, ...], BeforeValidator(listed)]
