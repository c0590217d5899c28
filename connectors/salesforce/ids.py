"""Record ids: 15 case-sensitive characters, or 18 with a checksum that survives lower-casing.

Salesforce hands out both forms for the same row. Everything of ours is keyed by the long form, so
that one row never becomes two.
"""

from __future__ import annotations

from functools import lru_cache
from string import ascii_letters, digits

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_CAPITALS = bytes.maketrans(
    *(each.encode() for each in (ascii_letters + digits, "0" * 26 + "1" * 26 + "0" * 10))
)
_LETTER_OF = {f"{place:05b}"[::-1].encode(): letter for place, letter in enumerate(_LETTERS)}

USER_PREFIX = "005"
CONTACT_PREFIX = "003"
LEAD_PREFIX = "00Q"


@lru_cache(maxsize=4096)  # owners and accounts come again in row after row
def long_id(text: object) -> str:
    """This is the 18-character form. It raises `ValueError` for what is no id or was mangled."""
    return own_id(text)


def own_id(text: object) -> str:
    """This is the same for a row's own id, which comes once and is not worth remembering."""
    if isinstance(text, str) and len(text) in {15, 18} and text.isascii() and text.isalnum():
        whole = text[:15] + _start(text[:10]) + _LETTER_OF[text[10:15].encode().translate(_CAPITALS)]
        if whole == text or len(text) == 15:
            return whole
        raise ValueError(f"{text!r} has a wrong checksum")
    raise ValueError(f"{text!r} is no Salesforce id")


def checksum(short_id: str) -> str:
    """These three characters say which of the fifteen are capitals: five to a character."""
    return _start(short_id[:10]) + _letter(short_id[10:])


@lru_cache(maxsize=1024)  # it is the same in row after row; the rest of an id never is
def _start(ten: str) -> str:
    return _letter(ten[:5]) + _letter(ten[5:])


def _letter(five: str) -> str:
    return _LETTER_OF[five.encode().translate(_CAPITALS)]
