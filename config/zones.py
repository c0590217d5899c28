"""Time as operators write it: zones, weekdays, and shifts such as `mon-fri 09:00-17:30`."""

from __future__ import annotations

import re
from typing import Annotated, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import AfterValidator

from config.errors import nearest
from config.vocabulary import Text
from scoring.handoff.calendars import Shift
from scoring.touches import DAY, MINUTE

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
_SHIFT = re.compile(r"([a-z, -]+?)\s+([01]?\d|2[0-3]):([0-5]\d)\s*-\s*(?:([01]?\d|2[0-3]):([0-5]\d)|24:00)")


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"`{value}` is no time zone; {nearest(value, available_timezones())}") from None
    return value


def shifts_of(text: str) -> tuple[Shift, ...]:
    """These are the shifts that one line means; one that ends before it begins lasts past midnight."""
    found = _SHIFT.fullmatch(text.casefold().strip())
    if not found:
        raise ValueError(f"`{text}` is no shift; write it like `mon-fri 09:00-17:30`")
    begins = (int(found[2]) * 60 + int(found[3])) * MINUTE
    ends = DAY if found[4] is None else (int(found[4]) * 60 + int(found[5])) * MINUTE
    if ends == begins:
        raise ValueError(f"`{text}` has no length; for a whole day write 00:00-24:00")
    ends += DAY if ends < begins else 0
    return tuple(Shift(day, begins, ends) for part in found[1].split(",") for day in _days(part.strip()))


def _days(text: str) -> list[int]:
    """`fri-mon` goes over Sunday."""
    names = [name.strip() for name in text.split("-")]
    unknown = next((name for name in names if name not in WEEKDAYS), None)
    if unknown is not None or len(names) > 2:
        raise ValueError(f"`{text}` is no weekday; {nearest(unknown or text, WEEKDAYS)}")
    first, last = (next(n for n, day in enumerate(WEEKDAYS) if day == names[end]) for end in (0, -1))
    return [day % 7 for day in range(first, last + 1 if last >= first else last + 8)]


def _shift(text: str) -> str:
    shifts_of(text)
    return text


Zone = Annotated[Text, AfterValidator(_zone)]
ShiftText = Annotated[Text, AfterValidator(_shift)]
