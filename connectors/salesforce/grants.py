"""How we prove to an org who we are: the two flows that fit a daemon, both spent at its own My Domain.

Neither gives a refresh token, neither says how long the session lasts: whoever is refused mints a new
one. The SOAP login with user name and password is not offered: new orgs have it switched off, and it
ends for all on 1 June 2027.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from urllib.parse import urlsplit

from connectors.errors import Misconfigured

LIFE_S = 180  # of an assertion, not of the session; Salesforce takes no longer ones
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
PRODUCTION, SANDBOX = "https://login.salesforce.com", "https://test.salesforce.com"
SANDBOX_MARKS = (".sandbox.my.salesforce.com", ".scratch.my.salesforce.com")
BEGIN_CERTIFICATE = "-----BEGIN CERTIFICATE-----"

# What an administrator does about a refused login, by Salesforce's own words.
REMEDIES: Mapping[str, str] = {
    "user hasn't approved": "Set the app's permitted users to admin approved, and give our user a "
    "permission set that holds the app.",
    "not admin approved": "Give our user a permission set that holds the app.",
    "no client credentials user": "Choose the run-as user in the app's client-credentials policy.",
    "client identifier invalid": "Correct MQLSYNC_SALESFORCE_CLIENT_ID; a new app starts after ten minutes.",
    "invalid assertion": "The key does not belong to the app's certificate, or this clock is wrong.",
    "audience is invalid": "Log in at the My Domain of the org itself: sandboxes have one of their own.",
}


@dataclass(frozen=True, slots=True)
class ClientSecret:
    """The app's id and secret; the user stands in the app's policy. The secret is asked for at each
    login, so that it can be replaced."""

    name: ClassVar[str] = "client credentials"
    client_id: str
    secret: Callable[[], str]

    def form(self, login_url: str, now: int) -> Mapping[str, str]:
        del login_url, now  # the same everywhere and always
        return {
            "grant_type": "client_credentials",
            "client_id": self.client_id,
            "client_secret": self.secret(),
        }

    def ends_at(self) -> datetime | None:
        return None


@dataclass(frozen=True, slots=True)
class Signer:
    """The user as whom we come, and the key that says so. It is asked for at each login; what holds it
    may hold the certificate, too."""

    username: str
    private_key: Callable[[], str]


@dataclass(frozen=True, slots=True)
class Certificate:
    """A signer whose certificate the app knows."""

    name: ClassVar[str] = "JWT bearer"
    client_id: str
    signer: Signer

    def form(self, login_url: str, now: int) -> Mapping[str, str]:
        """This signs an assertion. `now` is the org's own clock where we heard it already."""
        import jwt  # noqa: PLC0415 (start-up time)

        claims = {
            "iss": self.client_id,
            "sub": self.signer.username,
            "aud": audience(login_url),
            "exp": now // 1_000_000 + LIFE_S,
        }
        try:
            assertion = jwt.encode(claims, self.signer.private_key(), algorithm="RS256")
        except (ValueError, TypeError, jwt.PyJWTError):  # the cause may quote the key
            raise Misconfigured(
                "salesforce: the private key is no RSA key in PEM without a password"
            ) from None
        return {"grant_type": JWT_BEARER, "assertion": assertion}

    def ends_at(self) -> datetime | None:
        """This is when the certificate ends, None where it does not stand beside the key."""
        _, mark, rest = self.signer.private_key().partition(BEGIN_CERTIFICATE)
        if not mark:
            return None
        from cryptography.x509 import load_pem_x509_certificate  # noqa: PLC0415 (start-up time)

        try:
            return load_pem_x509_certificate((mark + rest).encode()).not_valid_after_utc
        except ValueError:
            return None


Grant = ClientSecret | Certificate


def audience(login_url: str) -> str:
    """This is for whom an assertion is meant: production and sandboxes have one address each."""
    host = (urlsplit(login_url).hostname or "").lower()
    return SANDBOX if host.endswith(SANDBOX_MARKS) or host == "test.salesforce.com" else PRODUCTION


def remedy(words: str) -> str:
    """This is what to do about a login that was refused with these words, "" if nobody knows."""
    said = words.lower()
    return next((what for mark, what in REMEDIES.items() if mark in said), "")
