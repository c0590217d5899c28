"""Salesforce record ids: three letters of the object, twelve of the record, three that check the case.

The first fifteen characters are case-sensitive; the last three say which of them are capitals, so
that the whole survives a case-insensitive column. Digits sort before capitals before small
letters, so ascending numbers give ascending ids.
"""

from __future__ import annotations

import re

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
CHECKS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
POD = "dM0"  # every id of one org carries its instance after the object's prefix
SHORT = re.compile(r"[0-9A-Za-z]{15}")
VALUES = {letter: value for value, letter in enumerate(ALPHABET)}


def encode(prefix: str, number: int) -> str:
    """This is the 18-character id of the object's `number`-th record."""
    letters = []
    for _ in range(9):
        number, rest = divmod(number, 62)
        letters.append(ALPHABET[rest])
    short = prefix + POD + "".join(reversed(letters))
    return short + checksum(short)


def number(record_id: str) -> int:
    """This reads the number back out of an id of this org; -1 if it was made elsewhere."""
    if record_id[3:6] != POD:
        return -1
    value = 0
    for letter in record_id[6:15]:
        value = value * 62 + VALUES[letter]
    return value


def checksum(short: str) -> str:
    """These three characters say which letters of the fifteen are capitals."""
    return "".join(
        CHECKS[
            sum(1 << place for place, letter in enumerate(short[start : start + 5]) if "A" <= letter <= "Z")
        ]
        for start in (0, 5, 10)
    )


def canonical(text: str) -> str | None:
    """This is the 18-character form of an id in either form; None if it is malformed."""
    if not SHORT.fullmatch(text[:15]) or len(text) not in (15, 18):
        return None
    full = text[:15] + checksum(text[:15])
    return full if len(text) == 15 or full == text else None
