"""How credit is given where the command does not say: `attribution` in mqlsync.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from config.checked import Checked
from config.vocabulary import Days, Text, known, span
from scoring.models.conversions import TYPES
from scoring.models.every import MODELS
from scoring.models.heuristic import HALF_LIFE
from scoring.models.journeys import LOOKBACK

Unit = Literal["person", "account"]
Conversion = Annotated[Text, known(TYPES, "conversion")]
Currency = Annotated[str, StringConstraints(pattern="^[A-Z]{3}$")]


@dataclass(frozen=True, slots=True)
class Attribution:
    """The model, whose touches count together, how far back, and the currency of amounts that name none.

    `lookback` is by type of conversion; None has no limit.
    """

    model: str = "linear"
    unit: Unit = "person"
    lookback: Mapping[str, int | None] = field(default_factory=lambda: dict.fromkeys(TYPES, LOOKBACK))
    half_life: int = HALF_LIFE
    currency: str = ""


class AttributionModel(Checked):
    model: Annotated[Text, known(MODELS, "model")] = "linear"
    unit: Unit = "person"
    lookback_days: dict[Conversion, Days | Literal["unlimited"]] = Field(default_factory=dict)
    half_life_days: Days = 7.0
    currency: Currency = ""

    def attribution(self) -> Attribution:
        """This is the block as values."""
        said = {
            name: None if days == "unlimited" else span(days) for name, days in self.lookback_days.items()
        }
        lookback = dict.fromkeys(TYPES, LOOKBACK) | said
        return Attribution(self.model, self.unit, lookback, span(self.half_life_days), self.currency)
