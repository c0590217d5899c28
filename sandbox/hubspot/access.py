"""Who may come in: a key that never ends, or tokens that an OAuth app gets for half an hour each."""

from __future__ import annotations

import time
from uuid import uuid4

from sandbox.crm import Request, Response, answer, query_of

KEY = "pat-sandbox-5f1c7e0a-loopback-only"
CLIENT = {
    "client_id": "11111111-aaaa-4bbb-8ccc-222222222222",
    "client_secret": "sandbox-app-secret-loopback-only",
    "refresh_token": "sandbox-refresh-token-loopback-only",
}
LIFE_S = 1_800


class Access:
    """This hands out access tokens and knows which are good. They live on the machine's clock."""

    def __init__(self) -> None:
        self._tokens: dict[str, float] = {}
        self.is_revoked = False
        self.grants = 0

    def admits(self, authorization: str) -> bool:
        scheme, _, token = authorization.partition(" ")
        return scheme == "Bearer" and (token == KEY or self._tokens.get(token, 0.0) > time.monotonic())

    def grant(self, request: Request) -> Response:
        """This answers the token endpoint, which wants a form."""
        form = dict(query_of(request.body.decode("utf-8", "replace")))
        if form.get("grant_type") != "refresh_token":
            return _refused("UNSUPPORTED_GRANT_TYPE", "unsupported grant_type")
        if form.get("client_id") != CLIENT["client_id"]:
            return _refused("BAD_CLIENT_ID", "missing or unknown client id")
        if form.get("client_secret") != CLIENT["client_secret"]:
            return _refused("BAD_CLIENT_SECRET", "missing or invalid client secret")
        if form.get("refresh_token") != CLIENT["refresh_token"] or self.is_revoked:
            return _refused("BAD_REFRESH_TOKEN", "missing or invalid refresh token")
        self.grants += 1
        token = f"sandbox-access-{uuid4()}"
        self._tokens[token] = time.monotonic() + LIFE_S
        return answer(
            {
                "token_type": "bearer",
                "access_token": token,
                "expires_in": LIFE_S,
                "refresh_token": CLIENT["refresh_token"],
            }
        )

    def expire(self) -> None:
        """This ends all access tokens at once."""
        self._tokens.clear()

    def reset(self) -> None:
        self.expire()
        self.is_revoked, self.grants = False, 0


def _refused(status: str, message: str) -> Response:
    return answer({"status": status, "message": message, "correlationId": str(uuid4())}, 400)
