"""Answers of a CRM: which of them can be believed, and what the error ones say.

A proxy's HTML page with status 200, a body that was cut off, or JSON without the list that we asked
for is not an empty result. Taking it for one would lose rows without a sound, so only an answer of
the expected shape becomes data; everything else is weather.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

WORDS_MAX = 400
_ZERO = re.compile(rb"\\u0000")
_EMAIL = re.compile(r"[\w.+%'-]+(@|%40)[\w-]+(\.[\w-]+)+")
# HubSpot tokens and keys, Salesforce session ids, JWTs, bearer headers.
_SECRET = re.compile(
    r"(?i)\b(pat-[\w-]{8,}|bearer\s+\S+|00D\w{12,15}!\S+|eyJ[\w-]{8,}\.\S+|[A-Za-z0-9_-]{60,})"
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back from one HTTP call. Header names are lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def server_now(self, default: int) -> int:
        """This is the CRM's own clock in microseconds, or `default` where it sent no `Date`."""
        try:
            date = parsedate_to_datetime(self.headers.get("date", ""))
        except ValueError:
            return default
        return int(date.replace(tzinfo=date.tzinfo or UTC).timestamp()) * 1_000_000


@dataclass(frozen=True, slots=True)
class Unbelievable:
    """An answer that says nothing about the question, and why."""

    reason: str


def believed(
    answer: Answer,
    required: Mapping[str, type],
    *,
    may_be_empty: bool = False,
    read: Callable[[bytes], Any] | None = None,
) -> Any:
    """This is the JSON of a 2xx answer, or `Unbelievable` where it is not what was asked for. `read` reads
    JSON in another way than `parsed`."""
    if may_be_empty and (answer.status == 204 or not answer.body):
        return {}
    if "json" not in answer.headers.get("content-type", "").lower():
        return Unbelievable("the answer is not JSON")
    try:
        data = (read or parsed)(answer.body)
    except ValueError:
        return Unbelievable("the JSON is cut off or broken")
    if not isinstance(data, dict | list):
        return Unbelievable("the JSON is neither an object nor a list")
    for name, kind in required.items():
        if not isinstance(data, dict) or not isinstance(data.get(name), kind):
            return Unbelievable(f"the answer lacks {name!r}")
    return data


def parsed(body: bytes) -> Any:
    """This reads JSON. Half characters and NUL, which no store accepts, become U+FFFD: one odd
    character in one row must not cost the page."""
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError:
        # the strict parser also refuses what people did get into a CRM: lone surrogates, broken UTF-8
        try:
            return _mended(json.loads(body.decode("utf-8", "replace"), parse_constant=_no_number))
        except RecursionError as error:
            raise ValueError("nested too deeply") from error
    # nearly no body holds a zero, many hold no backslash at all, and looking for one byte costs nothing
    return _mended(data) if b"\\" in body and _ZERO.search(body) else data


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        whole = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return whole.replace("\0", "\ufffd")
    if isinstance(value, list):
        return [_mended(each) for each in value]
    if isinstance(value, dict):
        return {_mended(name): _mended(each) for name, each in value.items()}
    return value


def error_codes(data: Any) -> frozenset[str]:
    """These are the names that the CRMs give to errors, wherever they put them. All are optional."""
    found: set[str] = set()
    for row in _errors(data):
        for name in (
            "category", "subCategory", "errorType", "policyName", "code", "errorCode", "statusCode", "error",
            "status",
        ):  # fmt: skip
            value = row.get(name)
            if isinstance(value, str):
                found.add(value)
    return frozenset(found)


def error_words(data: Any) -> str:
    """This is what the CRM says, in one line, without addresses and secrets."""
    said: list[str] = []
    for row in _errors(data):
        for name in ("message", "error_description"):
            text = row.get(name)
            if isinstance(text, str) and text and text not in said:
                said.append(text)
    return redacted("; ".join(said))


def missing_scopes(data: Any) -> tuple[str, ...]:
    """These are the scopes that a 403 of HubSpot asks for, in its own spelling."""
    found: dict[str, None] = {}
    for row in _errors(data):
        context = row.get("context")
        names = context.get("requiredGranularScopes") if isinstance(context, dict) else None
        if isinstance(names, list):
            found |= dict.fromkeys(str(name) for name in names)
    return tuple(found)


def redacted(text: str) -> str:
    """This takes e-mail addresses and secrets out of a text that people will read."""
    text = _SECRET.sub("(secret)", _EMAIL.sub("(e-mail)", " ".join(text.split())))
    return text if len(text) <= WORDS_MAX else text[: WORDS_MAX - 1] + "…"


def _errors(data: Any) -> Iterator[Mapping[str, Any]]:
    rows = data if isinstance(data, list) else [data]
    for row in rows:
        if isinstance(row, dict):
            yield row
            inner = row.get("errors")
            if isinstance(inner, list):
                yield from (each for each in inner if isinstance(each, dict))
