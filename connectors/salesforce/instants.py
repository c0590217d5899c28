"""Instants and calendar days as Salesforce writes them: text at the border, microseconds inside.

REST says `2026-05-01T07:25:37.000+0000`, Bulk says `…000Z`; SOQL wants `…Z`. Days (`CloseDate`,
`ActivityDate`) carry no zone and are read as UTC days.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

SECOND = 1_000_000
DAY = 86_400 * SECOND
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)
# SOQL datetimes and Salesforce date fields begin and end here.
EARLIEST = (datetime(1700, 1, 1, tzinfo=UTC) - _EPOCH) // _TICK
LATEST = (datetime(4000, 12, 31, tzinfo=UTC) - _EPOCH) // _TICK


def instant(text: str) -> int:
    """This reads a datetime with its zone; a naive one is no instant and raises `ValueError`."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    past = moment - _EPOCH
    return (past.days * 86_400 + past.seconds) * SECOND + past.microseconds


def instant_or_zero(text: str | None) -> int:
    return instant(text) if text else 0


def day(text: str | None) -> int:
    """This is the first microsecond of a calendar day, 0 where none is given."""
    if not text:
        return 0
    whole = date.fromisoformat(text[:10])
    return (datetime(whole.year, whole.month, whole.day, tzinfo=UTC) - _EPOCH) // _TICK


def written(at: int) -> str:
    """This is how an instant is written into JSON bodies and SOQL: to the second or finer, in Z."""
    moment = _EPOCH + at * _TICK
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def day_written(at: int) -> str:
    """This is the UTC calendar day of an instant."""
    return (_EPOCH + at * _TICK).date().isoformat()
