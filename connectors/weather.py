"""The weather table: what was seen on the wire decides what to do next. There is no second table.

Two questions matter: is it worth trying again, and may the CRM have done what we asked although we
did not hear so? A create that may have happened is never repeated blindly.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Do(Enum):
    """What follows from one look at the wire."""

    BELIEVE = "read the answer"
    AGAIN = "try again later"
    RENEW = "get a fresh token and try again, once"
    REFUSE = "the CRM said no to this request"
    STOP_REVOKED = "our access was taken away"
    STOP_CONFIG = "the app's own credentials are wrong"
    STOP_SCOPE = "the credentials lack a permission"
    STOP_QUOTA = "the day's calls are used up"


@dataclass(frozen=True, slots=True)
class Sight:
    """What was seen: a status with its error codes and words, or the names of an exception."""

    status: int = 0
    codes: frozenset[str] = frozenset()
    words: str = ""
    exceptions: frozenset[str] = frozenset()
    is_unbelievable: bool = False


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do. `happened` says that the CRM may have acted; `is_throttle` that we were too fast."""

    do: Do
    happened: bool = False
    wait_s: float = 0.0
    is_throttle: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: every column that is filled must match."""

    advice: Advice
    statuses: frozenset[int] = frozenset()
    codes: frozenset[str] = frozenset()
    words: str = ""
    exceptions: frozenset[str] = frozenset()
    is_unbelievable: bool = False

    def matches(self, sight: Sight) -> bool:
        return (
            (not self.statuses or sight.status in self.statuses)
            and (not self.codes or bool(self.codes & sight.codes))
            and (not self.words or self.words.lower() in sight.words.lower())
            and (not self.exceptions or bool(self.exceptions & sight.exceptions))
            and (not self.is_unbelievable or sight.is_unbelievable)
        )


def _on(*statuses: int) -> frozenset[int]:
    return frozenset(statuses)


def _named(*names: str) -> frozenset[str]:
    return frozenset(names)


_REFUSE = Advice(Do.REFUSE)
_THROTTLE = Advice(Do.AGAIN, is_throttle=True, wait_s=1.0)

NEVER_SENT = frozenset(
    [
        "NewConnectionError",
        "ConnectTimeoutError",
        "ConnectTimeout",
        "NameResolutionError",
        "gaierror",
        "ConnectionRefusedError",
        "SSLCertVerificationError",
        "EmptyPoolError",
    ]
)
# Losing access is a customer's decision, a wrong client secret is our own mistake: a human is told which.
REVOKED = _named("invalid_grant", "BAD_REFRESH_TOKEN", "BAD_HUB", "inactive_user", "inactive_org")
MISCONFIGURED = _named(
    *("invalid_client", "invalid_client_id", "unauthorized_client", "invalid_app_access"),
    *("BAD_CLIENT_ID", "BAD_CLIENT_SECRET"),
)

# Read from the top; the first line that matches holds.
TABLE: tuple[Row, ...] = (
    # The connection was never made, so nothing can have happened.
    Row(Advice(Do.AGAIN, note="no connection"), exceptions=NEVER_SENT),
    # Anything else that broke may have broken on the way back.
    Row(Advice(Do.AGAIN, happened=True, note="the answer was lost"), exceptions=_named("Exception")),
    Row(
        Advice(Do.AGAIN, happened=True, wait_s=1.0), statuses=frozenset(range(200, 300)), is_unbelievable=True
    ),
    Row(Advice(Do.BELIEVE), statuses=frozenset(range(200, 300))),
    # No redirect is followed (a token must not travel); a proxy or maintenance page goes away again.
    Row(Advice(Do.AGAIN, note="redirects are not followed"), statuses=frozenset(range(300, 400))),
    # Salesforce says these with 401 and, in places, with 403 or 400.
    Row(Advice(Do.RENEW), codes=_named("INVALID_SESSION_ID", "INVALID_AUTH_HEADER")),
    Row(Advice(Do.STOP_CONFIG), statuses=_on(400, 401, 403), codes=MISCONFIGURED),
    Row(Advice(Do.STOP_REVOKED), statuses=_on(400, 401, 403), codes=REVOKED),
    Row(Advice(Do.RENEW), statuses=_on(401)),
    Row(Advice(Do.STOP_SCOPE), statuses=_on(403), codes=_named("MISSING_SCOPES")),
    Row(
        Advice(Do.STOP_SCOPE),
        statuses=_on(403),
        codes=_named("API_DISABLED_FOR_ORG", "API_CURRENTLY_DISABLED"),
    ),
    # Salesforce has no 429: the day's pool and the limit of long calls share one 403 code.
    Row(_THROTTLE, statuses=_on(403), codes=_named("REQUEST_LIMIT_EXCEEDED"), words="concurrent"),
    Row(Advice(Do.STOP_QUOTA), statuses=_on(403), codes=_named("REQUEST_LIMIT_EXCEEDED")),
    Row(Advice(Do.AGAIN, wait_s=2.0), statuses=_on(400, 409), codes=_named("UNABLE_TO_LOCK_ROW")),
    Row(Advice(Do.AGAIN, happened=True), statuses=_on(408)),
    # Salesforce's edge says these, with empty or HTML bodies, while an org is moved or maintained.
    Row(Advice(Do.AGAIN, wait_s=2.0), statuses=_on(406, 420)),
    # HubSpot's locks last two seconds; 477 is a portal that moves house and says for how long.
    Row(Advice(Do.AGAIN, wait_s=2.0), statuses=_on(423)),
    Row(Advice(Do.AGAIN, wait_s=60.0, note="the portal is being moved"), statuses=_on(477)),
    Row(Advice(Do.STOP_QUOTA), statuses=_on(429), codes=_named("DAILY")),
    Row(Advice(Do.STOP_QUOTA), statuses=_on(429), words="daily limit"),
    Row(_THROTTLE, statuses=_on(429)),
    Row(Advice(Do.AGAIN, happened=True, note="a malformed token can cause this"), statuses=_on(530)),
    Row(Advice(Do.AGAIN, happened=True), statuses=frozenset(range(500, 600))),
    Row(_REFUSE),
)


def advice(sight: Sight) -> Advice:
    """This is the first line of the table that fits what was seen."""
    return next(row.advice for row in TABLE if row.matches(sight))


def exception_names(error: BaseException) -> frozenset[str]:
    """These are the class names of an error and of everything it wraps; HTTP libraries nest them."""
    names: set[str] = set()
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        each = waiting.pop()
        if isinstance(each, BaseException) and id(each) not in seen:
            seen.add(id(each))
            names |= {kind.__name__ for kind in type(each).__mro__}
            waiting += [each.__cause__, getattr(each, "reason", None), *each.args]
    return frozenset(names)
