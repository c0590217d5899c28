"""Record ids: 15 case-sensitive characters, or 18 with a checksum that survives lower-casing.

Salesforce hands out both forms for the same row. Everything of ours is keyed by the long form, so
that one row never becomes two.
"""

from __future__ import annotations

import re

_SHAPE = re.compile(r"[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?", re.ASCII)
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"

USER_PREFIX = "005"
CONTACT_PREFIX = "003"
LEAD_PREFIX = "00Q"


def long_id(text: object) -> str:
    """This is the 18-character form. It raises `ValueError` for what is no id or was mangled."""
    if not isinstance(text, str) or not _SHAPE.fullmatch(text):
        raise ValueError(f"{text!r} is no Salesforce id")
    whole = text[:15] + checksum(text[:15])
    if len(text) == 18 and text != whole:
        raise ValueError(f"{text!r} has a wrong checksum")
    return whole


def checksum(short_id: str) -> str:
    """These three characters say which of the fifteen are capitals: five to a character."""
    return "".join(
        _LETTERS[sum(1 << place for place, letter in enumerate(block) if "A" <= letter <= "Z")]
        for block in (short_id[0:5], short_id[5:10], short_id[10:15])
    )
