"""Logging in: an external client app with client credentials, or with an assertion that it signed.

A token has no lifetime that the answer would tell; one day it is refused, and a new one is needed.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from hashlib import sha256
from urllib.parse import parse_qs

import jwt
import orjson
from jwt.types import Options

from sandbox.crm import Request, Response
from sandbox.salesforce.org import Org
from sandbox.salesforce.refusals import RequestRefused

CLIENT_ID = "3MVG9.sandbox.mqlsync.consumer.key"
CLIENT_SECRET = "sandbox-consumer-secret"
JSON = {"Content-Type": "application/json;charset=UTF-8"}
REFUSED_GRANTS = {
    "password": "authentication failure",
    "refresh_token": "expired access/refresh token",
}
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
USERNAME = "mqlsync@acme-analytics.example.invalid"
AUDIENCES = ("https://login.salesforce.com", "https://test.salesforce.com")
LONGEST_S = 300  # an assertion that would hold longer is no good


class Sessions:
    """The tokens that are valid now."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self._issued = 0
        self._valid: set[str] = set()
        self._certificate = ""
        self._approved = True
        self.logins = 0

    def trust(self, public_key: str, *, approved: bool = True) -> None:
        """This is an admin who uploads the app's certificate, and lets our user use the app or not."""
        self._certificate, self._approved = public_key, approved

    def login(self, request: Request) -> Response:
        """This is the token endpoint."""
        self.logins += 1
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
        if grant == JWT_BEARER:
            return self._refused_assertion(form.get("assertion", ""))
        if grant != "client_credentials":
            return "unsupported_grant_type", "grant type not supported"
        client_id, secret = _basic(request) or (form.get("client_id", ""), form.get("client_secret", ""))
        if client_id != CLIENT_ID:
            return "invalid_client_id", "client identifier invalid"
        if secret != CLIENT_SECRET:
            return "invalid_client", "invalid client credentials"
        return None

    def _refused_assertion(self, assertion: str) -> tuple[str, str] | None:
        """This checks what stands in an assertion before who signed it, as the platform does."""
        try:
            claims = jwt.decode(assertion, options={"verify_signature": False})
        except jwt.PyJWTError:
            return "invalid_grant", "invalid assertion"
        if claims.get("iss") != CLIENT_ID:
            return "invalid_client_id", "client identifier invalid"
        if claims.get("aud") not in AUDIENCES:
            return "invalid_grant", "audience is invalid"
        ends, now = claims.get("exp"), self._org.now() // 1_000_000
        if not isinstance(ends, int) or not now < ends <= now + LONGEST_S:
            return "invalid_grant", "assertion is not within its validity period"
        if not self._certificate or not _signed(assertion, self._certificate):
            return "invalid_grant", "invalid assertion"
        if claims.get("sub") != USERNAME:
            return "invalid_grant", "user hasn't approved this consumer"
        return (
            None
            if self._approved
            else ("invalid_app_access", "user is not admin approved to access this app")
        )


def _signed(assertion: str, public_key: str) -> bool:
    unchecked: Options = {"verify_aud": False, "verify_exp": False}
    try:
        jwt.decode(assertion, public_key, algorithms=["RS256"], options=unchecked)
    except (jwt.PyJWTError, ValueError):
        return False
    return True


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
