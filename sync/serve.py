"""Listening to HubSpot's webhooks: who is told of a change looks sooner. Nothing depends on it.

A genuine delivery is written down and answered at once, whatever it is about: HubSpot repeats for a day
what is not answered with 200 within five seconds. A few threads serve; a proxy with TLS stands before
them, and the daemon, here or elsewhere, reads what was written down.
"""

from __future__ import annotations

import io
import socketserver
import threading
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import urlsplit

import structlog

from config.settings import Webhooks
from connectors.deadlines import Bounded
from connectors.hubspot.webhooks import SIGNATURE, TIMESTAMP, Hint, hints, is_genuine

BODY_MAX = 1024 * 1024  # a hundred events take a twentieth of it
WITHIN_S = 5.0
THREADS_MAX = 10  # HubSpot has that many requests of one account in flight

Keep = Callable[[list[Hint]], bool]


class Listener(HTTPServer):
    """One listening port. `keep` writes hints down, or says that it cannot; `secret` is asked each time."""

    request_queue_size = 64

    def __init__(
        self, settings: Webhooks, secret: Callable[[], str], keep: Keep, now: Callable[[], int]
    ) -> None:
        self.public_url, self.secret, self.keep, self.now = settings.public_url, secret, keep, now
        self.path = urlsplit(settings.public_url).path or "/"
        self._free = threading.BoundedSemaphore(THREADS_MAX)
        super().__init__((settings.host, settings.port), _Delivery)

    def server_bind(self) -> None:
        """This binds without asking anybody for our host name."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        """This serves in a thread of its own; when all are busy the caller is sent away, to come again."""
        if not self._free.acquire(blocking=False):
            self.shutdown_request(request)
            return
        threading.Thread(target=self._served, args=(request, client_address), daemon=True).start()

    def _served(self, request: Any, client_address: Any) -> None:
        try:
            with suppress(OSError):  # who leaves in the middle comes again
                self.finish_request(request, client_address)
        finally:
            self.shutdown_request(request)
            self._free.release()

    def start(self) -> None:
        """This listens in the background until `stop`."""
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True).start()

    def stop(self) -> None:
        self.shutdown()
        self.server_close()


class _Delivery(BaseHTTPRequestHandler):
    """One request, answered and closed."""

    server: Listener
    timeout = WITHIN_S

    def setup(self) -> None:
        super().setup()
        self.rfile = io.BufferedReader(Bounded(self.rfile.detach(), WITHIN_S))  # it wraps a socket

    def do_POST(self) -> None:
        size = self.headers.get("Content-Length", "")
        if urlsplit(self.path).path != self.server.path:
            self._answer(HTTPStatus.NOT_FOUND)
        elif not size.isdecimal() or "Transfer-Encoding" in self.headers:
            self._answer(HTTPStatus.LENGTH_REQUIRED)
        elif int(size) > BODY_MAX:
            self._answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        else:
            self._answer(self._heard(self.rfile.read(int(size))))

    def _heard(self, body: bytes) -> HTTPStatus:
        server, log = self.server, structlog.get_logger()
        timestamp, signed = self.headers.get(TIMESTAMP, ""), self.headers.get(SIGNATURE, "")
        if not is_genuine(
            server.secret(), server.public_url, body, timestamp=timestamp, signed=signed, now=server.now()
        ):
            log.warning("webhook_refused", why="its signature does not fit, or it is too old")
            return HTTPStatus.UNAUTHORIZED
        try:
            found = hints(body)
        except ValueError:
            log.warning("webhook_not_understood", size=len(body))
            return HTTPStatus.OK  # it would come again the same
        is_kept = not found or server.keep(found)
        return HTTPStatus.OK if is_kept else HTTPStatus.SERVICE_UNAVAILABLE

    def _answer(self, status: HTTPStatus) -> None:
        self.send_response_only(status)
        self.send_header("Content-Length", "0")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (named by http.server)
        """What matters is logged above; a stranger's words are not."""
