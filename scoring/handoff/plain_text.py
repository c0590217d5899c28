"""Texts of strangers as lines of ours: one line stays one line, and says only what it seems to say.

Names, pages and campaigns come from forms that anybody may fill in. A line loses what ends it, what
turns the direction of reading, what cannot be seen, and what is no text at all.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from scoring.touches import MINUTE, SECOND

LINE_MAX = 500
CUT = "…"
# C0, DEL and C1 controls; soft hyphen; marks that turn or join text; separators of lines; variation
# selectors and tags, which hide whole texts; byte order marks; lone surrogates, which no CRM can be sent.
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\uffff\ud800-\udfff\U000e0000-\U000e0fff]+"
)


def line(text: str, length: int = LINE_MAX) -> str:
    """This keeps one line one line, of at most `length` characters; what is cut ends with a mark."""
    whole = " ".join(_UNSEEN.sub(" ", text).split())
    return whole if len(whole) <= length else whole[: length - 1].rstrip() + CUT


def joined(*parts: str, by: str = " · ") -> str:
    """This puts what is known beside each other."""
    return by.join(part for part in parts if part)


def when(at: int) -> str:
    """This is an instant to the minute, in UTC."""
    return _then(at).strftime("%Y-%m-%d %H:%M UTC")


def day(at: int) -> str:
    return _then(at).strftime("%Y-%m-%d")


def ordinal(number: int) -> str:
    """This is 1st, 2nd, 3rd, 11th."""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _then(at: int) -> datetime:
    return datetime.fromtimestamp(at // MINUTE * MINUTE / SECOND, tz=UTC)
