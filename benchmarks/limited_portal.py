"""A portal that lists contacts and counts calls: so many in any ten seconds, 429 for each one more.

It knows nothing but a page of rows, which it gives again and again under other ids, so that what is measured
is the client's pace and not the server's work. Its headers are HubSpot's.
"""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson

INTERVAL_S = 10.0
READY_S = 60.0
FIRST_ID = 900_000_000_000  # behind all ids that the rows themselves name
REFUSAL = {"status": "error", "errorType": "RATE_LIMIT", "policyName": "TEN_SECONDLY_ROLLING"}


class Portal:
    """This gives `size` contacts, page by page, to whoever keeps to `limit` calls in ten seconds."""

    def __init__(self, rows: Sequence[dict[str, Any]], size: int, limit: int) -> None:
        self._rows, self._size, self._limit = rows, size, limit
        self._lock, self._calls = threading.Lock(), deque[float]()

    def answer(self, query: dict[str, list[str]]) -> tuple[int, dict[str, Any], int]:
        """This is the status, the body and how many calls are left of the window."""
        with self._lock:
            now = time.monotonic()
            while self._calls and self._calls[0] <= now - INTERVAL_S:
                self._calls.popleft()
            if len(self._calls) >= self._limit:
                return 429, REFUSAL, 0
            self._calls.append(now)
            left = self._limit - len(self._calls)
        first = int(query.get("after", ["0"])[0])
        behind = min(first + int(query["limit"][0]), self._size)
        body: dict[str, Any] = {"results": [self._row(place) for place in range(first, behind)]}
        if behind < self._size:
            body["paging"] = {"next": {"after": str(behind)}}
        return 200, body, left

    def _row(self, place: int) -> dict[str, Any]:
        row = self._rows[place % len(self._rows)]
        properties = row["properties"] | {"email": f"p{place}@{place % 997}.example"}
        return row | {"id": str(FIRST_ID + place), "properties": properties}


@contextmanager
def limited(rows: Sequence[dict[str, Any]], size: int, limit: int) -> Iterator[str]:
    """This serves such a portal from a process of its own, and gives its address."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    server = spawn.Process(target=_serve, args=(theirs, list(rows), size, limit), daemon=True)
    server.start()
    try:
        if not ours.poll(READY_S):
            raise SystemExit("the portal did not start")
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        server.terminate()
        server.join(READY_S)


def _serve(pipe: Connection, rows: Sequence[dict[str, Any]], size: int, limit: int) -> None:
    portal = Portal(rows, size, limit)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            status, body, left = portal.answer(parse_qs(urlsplit(self.path).query))
            sent = orjson.dumps(body)
            headers = {
                "Content-Type": "application/json;charset=utf-8",
                "Content-Length": len(sent),
                "X-HubSpot-RateLimit-Max": limit,
                "X-HubSpot-RateLimit-Remaining": left,
                "X-HubSpot-RateLimit-Interval-Milliseconds": int(INTERVAL_S * 1000),
                "X-HubSpot-RateLimit-Daily": 650_000,
                "X-HubSpot-RateLimit-Daily-Remaining": 600_000,
            }
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, str(value))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        pipe.send(server.server_address[1])
        server.serve_forever()
