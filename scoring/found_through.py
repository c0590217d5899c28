"""How somebody found us, in one sentence: the first touch that tells, and what tells it."""

from __future__ import annotations

from datetime import UTC, datetime

from scoring.touches import SECOND
from scoring.verdicts import Origins


def found_through(first: Origins, person: int) -> str:
    """This is the sentence about one person, "" if no touch tells anything."""
    if first.touch[person] < 0:
        return ""
    channel, source, campaign = first.texts(person)
    evidence = first.labels[first.evidence[person]]
    day = f"{datetime.fromtimestamp(int(first.at[person]) // SECOND, UTC):%Y-%m-%d}"
    told = ", ".join((*([source] if source else []), *([f"campaign {campaign}"] if campaign else [])))
    through = f"{channel} ({told})" if told else channel
    by = f"by {evidence}" if evidence else "no link or referrer tells more"
    return f"Found us through {through} on {day}: {by}."
