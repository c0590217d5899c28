"""Times as Salesforce writes them: `2026-05-01T07:25:37.000+0000`. Texts of one form sort like the times."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def written(moment: datetime) -> str:
    """This is a moment on the wire, to the millisecond."""
    moment = moment.astimezone(UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}+0000"


def stamped(seconds: int) -> str:
    """This is a whole second since 1970 on the wire, as all stamps of rows are."""
    return written(EPOCH + timedelta(seconds=seconds))


def seconds(text: str) -> int:
    """This reads a stamp back."""
    return (read(text) - EPOCH) // timedelta(seconds=1)


def read(text: str) -> datetime:
    """This reads a moment in any form that the API accepts; `ValueError` if it is none."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def day(moment: datetime) -> str:
    return moment.date().isoformat()


def read_day(text: str) -> str:
    """This checks a calendar day; a moment is cut to its day, as the API does."""
    return date.fromisoformat(text).isoformat() if len(text) == 10 else day(read(text).astimezone(UTC))
