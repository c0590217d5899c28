"""Why a whole call to a CRM was in vain.

ConnectorError
├── Unreachable      the CRM did not answer properly within all attempts
├── NotAuthorised    the token is wrong or expired for good
│   ├── Revoked      somebody took our access away
│   └── Misconfigured  the app's own credentials are wrong
├── MissingScope     the token may not do this
├── OverQuota        the day's budget is used up
└── Refused          the CRM understood us and said no
"""

from __future__ import annotations


class ConnectorError(Exception):
    """Talking to the CRM failed."""

    def __init__(self, subject: str, until: int = 0) -> None:
        """`until` is the instant (microseconds UTC) before which calling again is in vain; 0 = unknown."""
        super().__init__(subject)
        self.subject, self.until = subject, until

    def __str__(self) -> str:
        return f"{self.subject.rstrip('.')}. {self.remedy}"

    @property
    def remedy(self) -> str:
        """This is what to do about it."""
        return " ".join((self.__doc__ or "").split())


class Unreachable(ConnectorError):
    """The CRM did not answer properly. Nothing is lost: run again when it is back."""


class NotAuthorised(ConnectorError):
    """The CRM does not accept the credentials. Put a valid token in place and run `mqlsync check`."""


class Revoked(NotAuthorised):
    """Our access was taken away, or never given. Authorise the app again and put its new credentials in
    place; until then nothing is read or written there."""


class Misconfigured(NotAuthorised):
    """The app's own id or secret is wrong; nobody took access away. Correct the settings and run
    `mqlsync check`."""


class MissingScope(ConnectorError):
    """The token lacks a permission. Grant the scopes named here and run `mqlsync check`."""


class OverQuota(ConnectorError):
    """The day's share of API calls is used up. Work goes on by itself when the CRM's day ends."""


class Refused(ConnectorError):
    """The CRM understood the request and refused it. `mqlsync check` shows what is missing."""
