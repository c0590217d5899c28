"""When a portal's day ends: its calls are counted until midnight in its own time zone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def zone_of(details: Mapping[str, Any]) -> tzinfo:
    """This is the time zone that account details name; by its offset where this machine lacks the name."""
    try:
        return ZoneInfo(str(details.get("timeZone") or ""))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        offset_ms = details.get("utcOffsetMilliseconds")
        is_sane = isinstance(offset_ms, int) and abs(offset_ms) < 86_400_000
        return timezone(timedelta(milliseconds=offset_ms)) if is_sane and offset_ms is not None else UTC


def midnight_after(now: int, zone: tzinfo) -> int:
    """This is the first instant of the next day there (microseconds UTC)."""
    here = (EPOCH + timedelta(microseconds=now)).astimezone(zone)
    midnight = datetime.combine(here.date() + timedelta(days=1), time(), tzinfo=zone)
    return (midnight.astimezone(UTC) - EPOCH) // timedelta(microseconds=1)
