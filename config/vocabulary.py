"""The words that definition files are made of: kinds of touches, attributes, points, spans, days.

Points are written as people say them (25, 2.5) and become thousandths; spans are written in days or
hours and become microseconds; a date is the instant at which that day begins, UTC.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints, ValidationInfo, WithJsonSchema

from config.errors import nearest
from scoring.definitions.definition import POINT
from scoring.definitions.kinds import HostList
from scoring.touches import ATTRIBUTE_FIELDS, DAY, ENGAGEMENT_KINDS, SALES_KINDS, SECOND

ATTRIBUTES = "attributes"  # in a validation's context: the names that the workspace has given to fields
OWN_NAME = "^[a-z][a-z0-9_]{0,49}$"

Lists = Mapping[str, HostList]

KINDS = ENGAGEMENT_KINDS + SALES_KINDS

# What a kind of touch can never tell, in any CRM that we read: a pattern there would match nothing.
WITHOUT = {
    "pages": frozenset(
        {"call", "meeting", "sales_email", "event_attendance", "webinar_attendance", *SALES_KINDS}
    ),
    "campaigns": frozenset({"call", "meeting", "sales_email", "email_open", "email_click", *SALES_KINDS}),
    "seconds": frozenset(KINDS) - {"page_view", "blog_visit", "webinar_attendance", "call", "meeting"},
}
# Kinds that have a meaning here, but that neither CRM reports by itself.
UNDELIVERED = ("cart_add", "social_interaction")


def listed(value: object) -> object:
    """This lets one text stand for a list of one, and turns YAML's lists into what is stored."""
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


def known(valid: Sequence[str], what: str) -> BeforeValidator:
    """This refuses a word that is not one of these, and names the nearest that is."""

    def check(value: object) -> object:
        if isinstance(value, str) and value not in valid:
            raise ValueError(f"`{value}` is no {what}; {nearest(value, valid)}")
        return value

    return BeforeValidator(check)


def _known_attribute(value: object, info: ValidationInfo) -> object:
    """An attribute is one that we know, or one that the workspace's settings name."""
    named = (info.context or {}).get(ATTRIBUTES, ())
    valid = (*ATTRIBUTE_FIELDS, *named)
    if isinstance(value, str) and value not in valid:
        remedy = nearest(value, valid)
        more = "" if remedy.endswith("?") else "; or name a field so in the settings, under `attributes`"
        raise ValueError(f"`{value}` is no attribute; {remedy}{more}")
    return value


def _in_thousandths(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("should be a number of points; write a number such as 25 or 2.5")
    thousandths = round(value * POINT)
    if abs(thousandths - value * POINT) > 1e-6:
        raise ValueError("has more than three decimals; round it")
    return thousandths


Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Texts = Annotated[
    tuple[Text, ...],
    BeforeValidator(listed, json_schema_input_type=str | tuple[str, ...]),
    Field(min_length=1),
]
Kind = Annotated[Text, known(KINDS, "kind of touch"), WithJsonSchema({"enum": list(KINDS)})]
Kinds = Annotated[
    tuple[Kind, ...],
    BeforeValidator(listed, json_schema_input_type=Kind | tuple[Kind, ...]),
    Field(min_length=1),
]
Attribute = Annotated[
    Text,
    BeforeValidator(_known_attribute),
    WithJsonSchema({"anyOf": [{"enum": list(ATTRIBUTE_FIELDS)}, {"type": "string", "pattern": OWN_NAME}]}),
]
Points = Annotated[int, BeforeValidator(_in_thousandths), WithJsonSchema({"type": "number"})]
Days = Annotated[float, Field(gt=0, le=36_500)]
Count = Annotated[int, Field(ge=1, le=1_000)]
Grade = Literal["A", "B", "C", "D"]


def span(days: float | None) -> int:
    """This is a number of days in microseconds; 0 where none is written."""
    return round(days * DAY) if days else 0


def instant(day: date | None) -> int:
    """This is when the day begins, UTC; 0 where none is written."""
    return int(datetime.combine(day, time(), UTC).timestamp()) * SECOND if day else 0
