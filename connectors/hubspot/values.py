"""How HubSpot writes values: everything is text, instants come in two spellings, empty is null.

Each reader takes what stood in the JSON and raises `ValueError` (or `TypeError`) where it cannot be
read, so that a row with nonsense in it can be set aside.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

MS = 1_000
SECOND = 1_000_000
MINUTE = 60 * SECOND
DAY = 86_400 * SECOND
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_MS = 253_402_300_799_999  # the end of the year 9999
LAST_SECOND = 253_402_300_799_000_000
_PLAIN = 16  # digits; from so many on a whole number reads as the nearest float
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")


def instant(value: Any) -> int:
    """This reads an instant, ISO 8601 or milliseconds, as microseconds; empty is 0."""
    if isinstance(value, str):
        return _written_instant(value) if value else 0
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > _LAST_MS:
        raise ValueError(f"{value!r:.40} is no instant")
    return int(value) * MS


@lru_cache(maxsize=1024)  # a row gives the same instant under several names
def _written_instant(text: str) -> int:
    if text.lstrip("-").isdecimal():
        return instant(int(text))
    at = datetime.fromisoformat(text)
    past = (at if at.tzinfo else at.replace(tzinfo=UTC)) - _EPOCH
    return (past.days * 86_400 + past.seconds) * SECOND + past.microseconds


def iso(at: int) -> str:
    """This writes an instant for a query, in milliseconds as HubSpot keeps it."""
    text = (_EPOCH + timedelta(microseconds=at)).isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00") + "Z"


def number(value: Any) -> int | float:
    """This reads a number that may be text, with the separators people type."""
    if isinstance(value, bool):
        raise ValueError(f"{value!r} is no number")
    if isinstance(value, int | float):
        return whole(value)
    text = str(value)
    if len(text) < _PLAIN and text.isdecimal():
        return int(text)
    text = text.replace(",", "").strip(" $€£\u00a0")
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{text:.40} is no number")
    return whole(float(text))


def whole(value: float) -> int | float:
    if value != value or value in (float("inf"), float("-inf")):  # noqa: PLR0124 (not a number)
        raise ValueError("not a finite number")
    return int(value) if value == int(value) else value


def amount(value: Any) -> int | float | str:
    """This reads a size that people pick or type: `250`, `1,000,000`, `100-500` (its lower end),
    `1000+`. Other text stays text."""
    return _typed_amount(value) if isinstance(value, str) else number(value)


@lru_cache(maxsize=1024)  # most sizes are picked from a list
def _typed_amount(text: str) -> int | float | str:
    found = re.fullmatch(r"\s*([\d.,]+)\s*(?:\+|(?:-|–|to)\s*[\d.,]+\+?)?\s*", text)
    try:
        return number(found[1] if found else text)
    except ValueError:
        return text


def boolean(value: Any) -> bool:
    text = str(value).lower()
    if text not in {"true", "false", "1", "0", "yes", "no"}:
        raise ValueError(f"{text:.40} is neither true nor false")
    return text in {"true", "1", "yes"}


def text(value: Any) -> str:
    """This reads a text; a list or an object in its place is nonsense."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    raise TypeError(f"{type(value).__name__} instead of text")


def listed(value: Any) -> tuple[str, ...]:
    """This reads HubSpot's lists: `a;b`, in places with a leading semicolon."""
    return tuple(part.strip() for part in text(value).split(";") if part.strip()) if value else ()


def record_id(value: Any) -> str:
    """This reads an id: text in objects, a number in associations; beyond 2^31 either way."""
    if isinstance(value, bool) or not isinstance(value, str | int) or not str(value):
        raise TypeError("a row without an id")
    return str(value)


def path_of(url: str) -> str:
    """This is the path of a web address, "" where there is none or it is broken."""
    try:
        return urlsplit(url).path
    except ValueError:
        return ""
