"""What HubSpot tells by itself: whose record changed. A hint to read it soon, and never a fact.

Each delivery is signed over the public address that stands in the app's settings, which is why that
address is configured and not rebuilt behind a proxy. Deliveries come twice, late and in any order, and
event ids are not unique, so an event is known by portal, type, object, event id and time together.
"""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from connectors.answers import parsed

AGE_MAX_S = 300
TIMESTAMP, SIGNATURE = "X-HubSpot-Request-Timestamp", "X-HubSpot-Signature-v3"
KINDS = {"contact": "contact", "company": "company", "deal": "deal"}
TYPES = {"0-1": "contact", "0-2": "company", "0-3": "deal"}  # as generic subscriptions name them
OTHERS = ("primaryObjectId", "newObjectId", "mergedObjectIds")


@dataclass(frozen=True, slots=True)
class Hint:
    """This record changed. `event` is the same whenever the same event is told again."""

    event: str
    kind: str
    record_id: str
    portal: str


def signature(secret: str, uri: str, body: bytes, timestamp: str, method: str = "POST") -> str:
    """This is HubSpot's signature v3 of a request."""
    told = method.encode() + uri.encode() + body + timestamp.encode()
    return b64encode(hmac.new(secret.encode(), told, sha256).digest()).decode()


def is_genuine(secret: str, uri: str, body: bytes, *, timestamp: str, signed: str, now: int) -> bool:
    """This says whether HubSpot sent that, within the last five minutes (`now` in microseconds)."""
    if not timestamp.isdecimal() or len(timestamp) > 15 or not signed.isascii():
        return False
    is_recent = abs(now // 1_000 - int(timestamp)) <= AGE_MAX_S * 1_000
    return hmac.compare_digest(signature(secret, uri, body, timestamp), signed) and is_recent


def hints(body: bytes) -> list[Hint]:
    """These are the records that a delivery is about; ValueError if it is no JSON. What we do not read
    (conversations, tickets, what comes next year) is left out."""
    events = parsed(body)
    rows = events if isinstance(events, list) else [events]
    found = {hint: None for row in rows if isinstance(row, dict) for hint in _hints(row)}
    return list(found)


def _hints(row: dict[str, Any]) -> Iterator[Hint]:
    named = str(row.get("subscriptionType") or "")
    kind = TYPES.get(str(row.get("objectTypeId"))) or KINDS.get(named.partition(".")[0])
    if kind is None:
        return
    portal = _whole(row.get("portalId"))
    told = (portal, named, row.get("objectId"), row.get("eventId"), row.get("occurredAt"))
    event = "|".join(str(each) for each in told)
    for record_id in _ids(row):
        yield Hint(event, kind, record_id, portal)


def _ids(row: dict[str, Any]) -> Iterator[str]:
    """A merge names the loser and, at times, a new record: all of them changed."""
    found: dict[str, None] = {}
    for name in ("objectId", *OTHERS):
        value = row.get(name)
        for each in value if isinstance(value, list) else [value]:
            if _whole(each):
                found[_whole(each)] = None
    yield from found


def _whole(value: Any) -> str:
    text = "" if isinstance(value, bool) else str(value)
    return text if text.isdecimal() and len(text) < 20 else ""
