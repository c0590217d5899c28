"""The frames in which the portal puts its answers: batches with their errors, pages with their next."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any

from sandbox.crm import Response, answer
from sandbox.hubspot.refusals import invalid


def envelope(results: Sequence[Any], errors: Sequence[Any], moment: str, status: int) -> Response:
    """This frames the outcome of a batch; any error makes it a 207."""
    body: dict[str, Any] = {
        "completedAt": moment,
        "status": "COMPLETE",
        "startedAt": moment,
        "results": list(results),
    }
    if errors:
        body |= {"errors": list(errors), "numErrors": len(errors)}
    return answer(body, 207 if errors else status)


def page(results: Sequence[Any], after: str, link: str = "", **more: Any) -> Response:
    """This frames a page; no `after` means that it is the last."""
    body = {**more, "results": list(results)}
    if after:
        joint = "&" if "?" in link else "?"
        body["paging"] = {
            "next": {"after": after} | ({"link": f"{link}{joint}after={after}"} if link else {})
        }
    return answer(body)


def sealed(number: int) -> str:
    """This is a position as the portal hands it out: nothing that a client should understand."""
    return base64.b64encode(str(number).encode()).decode()


def opened(token: str) -> int | None:
    """This reads a position back, None if there is none."""
    if not token:
        return None
    try:
        return int(base64.b64decode(token, validate=True))
    except (binascii.Error, ValueError):
        raise invalid(f"The given cursor is invalid: {token}") from None


def limit_of(text: str, default: int, maximum: int) -> int:
    """This is the page size asked for."""
    if not text:
        return default
    if not text.isdigit() or not 1 <= int(text) <= maximum:
        raise invalid(f"Invalid limit {text}: between 1 and {maximum} is allowed")
    return int(text)
