"""Several requests in one: they run one after another and count as a single call of the org's pool.

At most 25 of them, of which five may be queries. Each has its own status; the whole is 200 whatever
becomes of them. References from one to another are not imitated.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson

from sandbox.crm import Request, Response
from sandbox.salesforce.refusals import RequestRefused

MOST, QUERIES_MOST = 25, 5

Answer = Callable[[Request], Response]


def run(request: Request, body: Any, answer: Answer) -> dict[str, Any]:
    """This answers each request in turn, or refuses all of them."""
    parts = body.get("compositeRequest") if isinstance(body, dict) else None
    if not isinstance(parts, list) or not parts:
        raise RequestRefused(400, "JSON_PARSER_ERROR", "Required field 'compositeRequest' is missing")
    queries = sum("/query" in str(part.get("url")) for part in parts)
    if len(parts) > MOST or queries > QUERIES_MOST:
        message = f"Limit exceeded: at most {MOST} subrequests, {QUERIES_MOST} of them queries"
        raise RequestRefused(400, "LIMIT_EXCEEDED", message)
    return {"compositeResponse": [_answered(request, part, answer) for part in parts]}


def _answered(whole: Request, part: dict[str, Any], answer: Answer) -> dict[str, Any]:
    address = urlsplit(str(part.get("url")))
    request = Request(
        method=str(part.get("method")),
        path=address.path,
        query=tuple(parse_qsl(address.query, keep_blank_values=True)),
        headers={**whole.headers, **{k.lower(): v for k, v in part.get("httpHeaders", {}).items()}},
        body=orjson.dumps(part.get("body")),
        base_url=whole.base_url,
    )
    said = answer(request)
    return {
        "body": orjson.loads(said.body) if said.body else None,
        "httpHeaders": {},
        "httpStatusCode": said.status,
        "referenceId": part.get("referenceId"),
    }
