"""What HubSpot objects to in a write: which rows, which properties, in its own words.

Every part of an error is optional, and half of them stand as JSON text inside the message.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from connectors.answers import error_words
from connectors.outcome import Outcome, Rejected, Retry, Stop

PROVISION = "Run `mqlsync provision`."
# What no row can be written with, whatever its value: writing stops until somebody has looked.
CLOSED = {
    "PROPERTY_DOESNT_EXIST": ("no such property", PROVISION),
    "READ_ONLY_VALUE": ("read-only property", "Let HubSpot's settings of the property permit edits by apps."),
}
OWNER = "hubspot_owner_id"
TRANSIENT = frozenset({"RATE_LIMITS", "RATE_LIMIT", "INTERNAL_ERROR", "SERVER_ERROR", "LOCKED", "TIMEOUT"})


def closed_properties(data: Any) -> dict[str, Stop]:
    """These are the properties that an error says nobody can write, each with what that means."""
    found = {name: CLOSED[code] for name, code in _problems(data) if name and code in CLOSED}
    return {name: Stop(f"{what}: {name}", remedy) for name, (what, remedy) in found.items()}


def outcome(error: Any) -> Outcome:
    """This is what an error about one row means for its write."""
    words = error_words(error) or "HubSpot gave no reason"
    closed = closed_properties(error)
    if closed:
        return next(iter(closed.values()))
    category = str(error.get("category", "")) if isinstance(error, dict) else ""
    if category in TRANSIENT:
        return Retry(words)
    if category == "OBJECT_NOT_FOUND":
        return Rejected(words, "The record is gone or was merged; the next pull sees it.")
    if any(name == OWNER for name, _ in _problems(error)):
        return Rejected(words, "Give the contact an owner who is active in HubSpot.")
    return Rejected(words, "Correct the value or the property's rules in HubSpot.")


def errors_by_trace(errors: Sequence[Any], ids: Mapping[str, str]) -> tuple[dict[str, Any], list[Any]]:
    """These are the errors by the trace id of their input, and those that name none. `ids` gives the
    trace id of a record id: some errors name only that."""
    named: dict[str, Any] = {}
    nameless: list[Any] = []
    for error in errors:
        context = error.get("context") if isinstance(error, dict) else None
        context = context if isinstance(context, dict) else {}
        traces = list(_texts(context.get("objectWriteTraceId")))
        for name in ("ids", "id", "objectId"):
            traces += [ids[each] for each in _texts(context.get(name)) if each in ids]
        if not traces:
            nameless.append(error)
        named |= dict.fromkeys(traces, error)
    return named, nameless


def _texts(value: Any) -> Iterator[str]:
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, str | int):
            yield str(each)


def _problems(data: Any) -> Iterator[tuple[str, str]]:
    """These are (property, code), from wherever HubSpot put them."""
    if not isinstance(data, dict):
        return
    inner = data.get("errors")
    for error in inner if isinstance(inner, list) else []:
        if isinstance(error, dict):
            context = error.get("context")
            names = list(_texts(context.get("propertyName"))) if isinstance(context, dict) else []
            for name in names or [""]:
                yield name, str(error.get("code") or "")
    for problem in _listed_in(data.get("message")):
        if isinstance(problem, dict):
            yield str(problem.get("name") or ""), str(problem.get("error") or "")


def _listed_in(message: Any) -> list[Any]:
    """This reads the JSON list that a message ends with."""
    if not isinstance(message, str) or "[" not in message:
        return []
    try:
        found = orjson.loads(message[message.index("[") : message.rindex("]") + 1])
    except (ValueError, orjson.JSONDecodeError):
        return []
    return found if isinstance(found, list) else []
