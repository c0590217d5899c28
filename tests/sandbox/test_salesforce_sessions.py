"""Assertions at the token endpoint: who is let in, and in which words the others are not."""

from __future__ import annotations

from functools import cache
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from salesforce_org import NOW, Asked, Said

from sandbox.clock import SECOND
from sandbox.salesforce.sessions import CLIENT_ID, JWT_BEARER, USERNAME

GOOD: dict[str, Any] = {
    "iss": CLIENT_ID, "sub": USERNAME, "aud": "https://login.salesforce.com", "exp": NOW // SECOND + 180,
}  # fmt: skip


@cache
def keys(number: int) -> tuple[str, str]:
    private = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return pem.decode(), public.decode()


def login(org: Asked, *, signed_by: int = 1, **claims: Any) -> Said:
    assertion = jwt.encode({**GOOD, **claims}, keys(signed_by)[0], algorithm="RS256")
    return org.login(grant_type=JWT_BEARER, assertion=assertion)


@pytest.fixture
def org() -> Asked:
    asked = Asked()
    asked.crm.trust(keys(1)[1])
    return asked


def test_who_signs_with_the_known_key_is_let_in(org: Asked) -> None:
    said = login(org)

    assert said.status == 200
    org.token = said.body["access_token"]
    assert org.call("GET", "limits").status == 200


@pytest.mark.parametrize(
    ("claims", "error", "words"),
    [
        ({"iss": "other"}, "invalid_client_id", "client identifier invalid"),
        ({"sub": "stranger"}, "invalid_grant", "user hasn't approved this consumer"),
        ({"aud": "https://acme.my.salesforce.com"}, "invalid_grant", "audience is invalid"),
        ({"exp": NOW // SECOND}, "invalid_grant", "assertion is not within its validity period"),
        ({"exp": NOW // SECOND + 301}, "invalid_grant", "assertion is not within its validity period"),
        ({"signed_by": 2}, "invalid_grant", "invalid assertion"),
    ],
)
def test_a_wrong_assertion_is_refused(org: Asked, claims: dict[str, Any], error: str, words: str) -> None:
    said = login(org, **claims)

    assert said.status == 400
    assert said.body == {"error": error, "error_description": words}


def test_an_app_without_a_certificate_and_a_user_without_the_app_are_refused(org: Asked) -> None:
    org.crm.trust("")
    assert login(org).body["error"] == "invalid_grant"

    org.crm.trust(keys(1)[1], approved=False)
    assert login(org).body["error"] == "invalid_app_access"


def test_what_is_no_assertion_at_all_is_refused(org: Asked) -> None:
    assert org.login(grant_type=JWT_BEARER, assertion="nonsense").body["error"] == "invalid_grant"
    assert org.login(grant_type=JWT_BEARER).body["error"] == "invalid_grant"
