"""How HubSpot says no: one shape for almost everything, and HTML where nobody expects it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import orjson

from sandbox.crm import Response, answer

NOT_FOUND_PAGE = (
    b'<html>\n<head>\n<meta http-equiv="Content-Type" content="text/html;charset=utf-8"/>\n'
    b"<title>Error 404 Not Found</title>\n</head>\n<body><h2>HTTP ERROR 404</h2>\n"
    b"<p>Resource not found</p>\n</body>\n</html>\n"
)


class Refused(Exception):
    """The portal will not do this. Carries the answer that says so."""

    def __init__(self, response: Response, message: str = "") -> None:
        super().__init__(message)
        self.response = response
        self.message = message


def refused(status: int, message: str, category: str = "", **more: Any) -> Refused:
    """This is the usual error body. An empty category is left out, as HubSpot does at times."""
    body = {"status": "error", "message": message, "correlationId": str(uuid4()), **more}
    return Refused(answer(body | ({"category": category} if category else {}), status), message)


def invalid(message: str, **more: Any) -> Refused:
    return refused(400, message, "VALIDATION_ERROR", **more)


def no_such_page() -> Refused:
    """This is what an unknown path or record gets: a page for people."""
    return Refused(Response(404, NOT_FOUND_PAGE, {"Content-Type": "text/html;charset=iso-8859-1"}))


def no_such_thing(message: str) -> Refused:
    return refused(404, message, "OBJECT_NOT_FOUND")


def unauthenticated() -> Refused:
    message = "Authentication credentials not found. This API supports OAuth 2.0 authentication."
    return refused(401, message, "INVALID_AUTHENTICATION")


def missing_scopes(names: Sequence[str]) -> Refused:
    context = {"requiredGranularScopes": list(names), "links": ["https://developers.hubspot.com/scopes"]}
    message = "One or more of the following scopes are required."
    return refused(403, message, "MISSING_SCOPES", context=context)


def too_fast() -> Refused:
    message = "You have reached your ten_secondly_rolling limit."
    return refused(429, message, errorType="RATE_LIMIT", policyName="TEN_SECONDLY_ROLLING")


def searched_too_fast() -> Refused:
    return refused(429, "You have reached your secondly limit.", "RATE_LIMITS")


def day_is_spent() -> Refused:
    message = "You have reached your daily limit."
    return refused(429, message, errorType="RATE_LIMIT", policyName="DAILY")


def bad_values(problems: Sequence[dict[str, Any]]) -> Refused:
    """This names every bad value: in the message as JSON text, and those of unknown properties apart."""
    text = orjson.dumps([{"isValid": False, **problem} for problem in problems]).decode()
    errors = [
        {"message": p["message"], "code": p["error"], "context": {"propertyName": [p["name"]]}}
        for p in problems
        if p["error"] == "PROPERTY_DOESNT_EXIST"
    ]
    return invalid(f"Property values were not valid: {text}", **({"errors": errors} if errors else {}))
