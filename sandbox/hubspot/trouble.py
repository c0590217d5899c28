"""Times at which a portal answers nobody as usual: it moves house, rows are locked, tokens are withheld.

The limits of calls stand in `limits.py`. A move runs on the machine's clock, as they do.
"""

from __future__ import annotations

import time
from dataclasses import replace

from sandbox.crm import Response
from sandbox.hubspot.refusals import Refused, refused, too_fast

MALFORMED_PAGE = b"<html><head><title>Error 1016</title></head><body>error code: 1016</body></html>"


class Trouble:
    """This refuses calls as long as the portal is in trouble. Nothing of what was asked is done then."""

    def __init__(self) -> None:
        self._moved_at = 0.0
        self._locks = 0
        self._tokens = 0

    def move(self, seconds: float) -> None:
        """This moves the portal to another data centre, which takes so long."""
        self._moved_at = time.monotonic() + seconds

    def lock(self, writes: int) -> None:
        """This refuses so many writes, because other writes are under way."""
        self._locks = writes

    def withhold(self, tokens: int) -> None:
        """This refuses so many tokens of OAuth, because too many were asked for."""
        self._tokens = tokens

    def admit(self, *, writes: bool) -> None:
        """This lets a call pass, or raises what the portal says instead of an answer."""
        left = self._moved_at - time.monotonic()
        if left > 0:
            refusal = refused(477, "This account is being migrated to another data center.")
            headers = {**refusal.response.headers, "Retry-After": str(int(left) + 1)}
            raise Refused(replace(refusal.response, headers=headers), refusal.message)
        if writes and self._locks > 0:
            self._locks -= 1
            raise refused(423, "locked")

    def hand_out(self) -> None:
        """This lets somebody have a token, or raises."""
        if self._tokens > 0:
            self._tokens -= 1
            raise too_fast()

    def reset(self) -> None:
        self._moved_at, self._locks, self._tokens = 0.0, 0, 0


def malformed(authorization: str) -> Response | None:
    """This is what the gateway in front says to a token that is none, without asking the portal."""
    _, _, token = authorization.partition(" ")
    if token.isascii() and all(letter.isalnum() or letter in "-._~+/=" for letter in token):
        return None
    return Response(530, MALFORMED_PAGE, {"Content-Type": "text/html"})
