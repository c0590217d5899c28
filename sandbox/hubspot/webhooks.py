"""Webhooks that the portal sends when somebody does something: signed, in one piece, and forgotten.

Nothing is sent before the control API has said where to. A delivery that fails is tried once more,
which is all that a test on loopback needs.
"""

from __future__ import annotations

import hmac
import http.client
import threading
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import count
from urllib.parse import urlsplit

import orjson

from sandbox.clock import machine_now
from sandbox.hubspot.rows import PORTAL

TRIES = 2
WITHIN_S = 10.0


@dataclass(frozen=True, slots=True)
class Target:
    """Where deliveries go (loopback), the address that is signed, and the app's secret."""

    url: str
    public_url: str
    secret: str
    times: int = 1


class Webhooks:
    """This delivers in the background and counts what was answered."""

    def __init__(self) -> None:
        self._target: Target | None = None
        self._numbers = count(1)
        self._lock = threading.Lock()
        self.statuses: list[int] = []

    def aim(self, target: Target | None) -> None:
        self._target = target

    def tell(self, record_ids: Sequence[str], name: str, at: int) -> None:
        """This tells that a property of contacts has changed (`at` in microseconds)."""
        target = self._target
        if target is None or not record_ids:
            return
        events = [
            {
                "eventId": next(self._numbers),
                "subscriptionId": 1,
                "portalId": PORTAL,
                "appId": 9,
                "occurredAt": at // 1_000,
                "subscriptionType": "contact.propertyChange",
                "attemptNumber": 0,
                "objectId": int(record_id),
                "propertyName": name,
                "changeSource": "FORM",
            }
            for record_id in record_ids
        ]
        threading.Thread(target=self._deliver, args=(target, orjson.dumps(events)), daemon=True).start()

    def _deliver(self, target: Target, body: bytes) -> None:
        for _ in range(target.times):
            for _ in range(TRIES):
                status = _post(target, body)
                with self._lock:
                    self.statuses.append(status)
                if 200 <= status < 300:
                    break


def _post(target: Target, body: bytes) -> int:
    """This is the status of one delivery, 0 where nobody answered."""
    stamp = str(machine_now() // 1_000)
    told = b"POST" + target.public_url.encode() + body + stamp.encode()
    signed = b64encode(hmac.new(target.secret.encode(), told, sha256).digest()).decode()
    headers = {
        "Content-Type": "application/json",
        "X-HubSpot-Request-Timestamp": stamp,
        "X-HubSpot-Signature-v3": signed,
    }
    where = urlsplit(target.url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=WITHIN_S)
    try:
        connection.request("POST", where.path or "/", body, headers)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()
