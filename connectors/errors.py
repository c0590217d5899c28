"""Why a whole call to a CRM was in vain.

ConnectorError
├── Unreachable      the CRM did not answer properly within all attempts
├── NotAuthorised    the token is wrong, expired for good, or revoked
├── MissingScope     the token may not do this
├── OverQuota        the day's budget is used up
└── Refused          the CRM understood us and said no
"""

from __future__ import annotations


class ConnectorError(Exception):
    """Talking to the CRM failed."""

    def __init__(self, subject: str) -> None:
        super().__init__(subject)
        self.subject = subject

    def __str__(self) -> str:
        return f"{self.subject.rstrip('.')}. {(self.__doc__ or '').strip()}"


class Unreachable(ConnectorError):
    """The CRM did not answer properly. Nothing is lost: run again when it is back."""


class NotAuthorised(ConnectorError):
    """The CRM does not accept the credentials. Put a valid token in place and run `mqlsync check`."""


class MissingScope(ConnectorError):
    """The token lacks a permission. Grant the scopes named here and run `mqlsync check`."""


class OverQuota(ConnectorError):
    """The day's share of API calls is used up. Work goes on by itself when the CRM's day ends."""


class Refused(ConnectorError):
    """The CRM understood the request and refused it. `mqlsync check` shows what is missing."""
