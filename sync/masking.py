"""Takes e-mail addresses and secrets out of whatever is about to be logged."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from urllib.parse import quote, quote_plus

MASK = "***"
DEPTH_MAX = 8  # what is nested deeper is flattened to text
SECRET_MIN = 6  # shorter "secrets" would black out ordinary words

_NAMES = (
    "authorization|password|passwd|secret|client_secret|token|access_token|refresh_token|id_token|api_key|"
    "apikey|hapikey|session_id|sessionid|sid|assertion"
)
_SECRET_KEY = re.compile(rf"(?:{_NAMES})", re.IGNORECASE)

# Each pattern keeps what stands in its group 1, so that a reader sees what was masked.
_PATTERNS = (
    re.compile(r"((?:https?|postgres(?:ql)?(?:\+\w+)?)://)[^\s/?#]*@", re.IGNORECASE),
    re.compile(r"\b((?:Bearer|Basic)\s+)[^\s\"',;]+", re.IGNORECASE),
    re.compile(rf"\b((?:{_NAMES})(?:\\?[\"'])?\s*[=:]\s*\\?[\"']?)[^\s\"'&,;\\}}]+", re.IGNORECASE),
    re.compile(r"\b()pat-[\w-]+", re.IGNORECASE),
    re.compile(r"()00D\w{9,15}(?:!|%21)[\w.%]+"),
    re.compile(r"\b()eyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?"),
    # A local part has at most 64 characters; the bound keeps long words without an @ cheap.
    re.compile(r"()[^\s@<>\"',;:()\[\]{}\\/=?&|]{1,64}(?:@|%40)[^\s@<>\"',;:()\[\]{}\\/=?&|%]+"),
)


def masked(value: object, secrets: frozenset[str] = frozenset(), depth: int = DEPTH_MAX) -> object:
    """This is the value made of plain JSON parts, with every text in it masked."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return masked_text(value, secrets)
    if depth and isinstance(value, Mapping):
        return {
            masked_text(str(key), secrets): MASK
            if isinstance(one, str) and _SECRET_KEY.fullmatch(str(key))
            else masked(one, secrets, depth - 1)
            for key, one in value.items()
        }
    if depth and isinstance(value, list | tuple | set | frozenset):
        return [masked(one, secrets, depth - 1) for one in value]
    return masked_text(str(value), secrets)


def masked_text(text: str, secrets: frozenset[str] = frozenset()) -> str:
    """This is the text without addresses, tokens and the secrets given."""
    known = _any_of(secrets)
    if known is not None:
        text = known.sub(MASK, text)
    for pattern in _PATTERNS:
        text = pattern.sub(rf"\g<1>{MASK}", text)
    return text


@lru_cache(maxsize=8)
def _any_of(secrets: frozenset[str]) -> re.Pattern[str] | None:
    """Longest first: a secret may begin like another. Forms and addresses carry them percent-encoded."""
    written = {way for secret in secrets if len(secret) >= SECRET_MIN for way in _ways(secret)}
    if not written:
        return None
    return re.compile("|".join(re.escape(way) for way in sorted(written, key=len, reverse=True)))


def _ways(secret: str) -> Iterable[str]:
    return secret, quote(secret, safe=""), quote_plus(secret)
