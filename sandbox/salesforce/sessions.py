"""Logging in: an external client app with the client-credentials flow, as a daemon uses it.

A token has no lifetime that the answer would tell; one day it is refused, and a new one is needed.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from hashlib import sha256
from urllib.parse import parse_qs

import orjson

from sandbox.crm import Request, Response
from sandbox.salesforce.org import Org
from sandbox.salesforce.refusals import RequestRefused

CLIENT_ID = "3MVG9.sandbox.mqlsync.consumer.key"
CLIENT_SECRET = "sandbox-consumer-secret"
JSON = {"Content-Type": "application/json;charset=UTF-8"}
REFUSED_GRANTS = {
    "password": "authentication failure",
    "urn:ietf:params:oauth:grant-type:jwt-bearer": "user hasn't approved this consumer",
    "refresh_token": "expired access/refresh token",
}


class Sessions:
    """The tokens that are valid now."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self._issued = 0
        self._valid: set[str] = set()

    def login(self, request: Request) -> Response:
        """This is the token endpoint."""
        refusal = self._refusal(request)
        if refusal:
            error, description = refusal
            return Response(400, orjson.dumps({"error": error, "error_description": description}), JSON)
        self._issued += 1
        digest = sha256(f"session {self._issued}".encode()).hexdigest()
        token = f"{self._org.id[:15]}!AQ{digest}"
        self._valid.add(token)
        identity = f"https://login.salesforce.com/id/{self._org.id}/{self._org.user_id}"
        issued_at = str(self._org.now() // 1_000)
        signed = hmac.new(CLIENT_SECRET.encode(), (identity + issued_at).encode(), sha256).digest()
        body = {
            "access_token": token,
            "signature": base64.b64encode(signed).decode(),
            "scope": "api",
            "instance_url": request.base_url,
            "id": identity,
            "token_type": "Bearer",
            "issued_at": issued_at,
        }
        return Response(200, orjson.dumps(body), {**JSON, "Cache-Control": "no-cache, no-store"})

    def check(self, request: Request) -> None:
        """This lets a request in whose token is valid."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind not in ("Bearer", "OAuth") or token.strip() not in self._valid:
            raise expired()

    def expire(self) -> None:
        """This ends all sessions, as an admin or the session timeout does."""
        self._valid.clear()

    def _refusal(self, request: Request) -> tuple[str, str] | None:
        form = {
            name: values[-1] for name, values in parse_qs(request.body.decode("utf-8", "replace")).items()
        }
        grant = form.get("grant_type", "")
        if grant in REFUSED_GRANTS:
            return "invalid_grant", REFUSED_GRANTS[grant]
        if grant != "client_credentials":
            return "unsupported_grant_type", "grant type not supported"
        client_id, secret = _basic(request) or (form.get("client_id", ""), form.get("client_secret", ""))
        if client_id != CLIENT_ID:
            return "invalid_client_id", "client identifier invalid"
        if secret != CLIENT_SECRET:
            return "invalid_client", "invalid client credentials"
        return None


def expired() -> RequestRefused:
    return RequestRefused(401, "INVALID_SESSION_ID", "Session expired or invalid")


def _basic(request: Request) -> tuple[str, str] | None:
    kind, _, encoded = request.headers.get("authorization", "").partition(" ")
    if kind != "Basic":
        return None
    try:
        client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return client_id, secret
