"""Record ids: 15 case-sensitive characters, or 18 with a checksum that survives lower-casing.

Salesforce hands out both forms for the same row. Everything of ours is keyed by the long form, so
that one row never becomes two.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from functools import lru_cache
from string import ascii_letters, digits

_SHAPE = re.compile(r"[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?", re.ASCII)
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_CAPITALS = str.maketrans(ascii_letters + digits, "0" * 26 + "1" * 26 + "0" * 10)
_LETTER_OF = {f"{place:05b}"[::-1]: letter for place, letter in enumerate(_LETTERS)}

USER_PREFIX = "005"
CONTACT_PREFIX = "003"
LEAD_PREFIX = "00Q"


@lru_cache(maxsize=4096)  # owners, accounts and campaigns come again in row after row
def long_id(text: Hashable) -> str:
    """This is the 18-character form. It raises `ValueError` for what is no id or was mangled."""
    if not isinstance(text, str) or not _SHAPE.fullmatch(text):
        raise ValueError(f"{text!r} is no Salesforce id")
    whole = text[:15] + checksum(text[:15])
    if len(text) == 18 and text != whole:
        raise ValueError(f"{text!r} has a wrong checksum")
    return whole


def checksum(short_id: str) -> str:
    """These three characters say which of the fifteen are capitals: five to a character."""
    capitals = short_id.translate(_CAPITALS)
    return _LETTER_OF[capitals[:5]] + _LETTER_OF[capitals[5:10]] + _LETTER_OF[capitals[10:15]]
