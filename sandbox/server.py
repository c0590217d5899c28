"""The HTTP under every fake CRM: threads, keep-alive, the sandbox's own Date, bounded bodies, loopback.

What is asked and answered is not known here; how an answer gets lost on its way is.
"""

from __future__ import annotations

import select
import socket
import socketserver
import struct
import sys
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

from sandbox.clock import Clock, http_date
from sandbox.crm import Request, Response, query_of
from sandbox.faults import Delivery

HOST = "127.0.0.1"
BODY_MAX = 8 * 1024 * 1024
SILENCE_S = 5.0
IDLE_S = 120.0

RESET = struct.pack("ii", 1, 0)  # lingering for zero seconds turns the close into a reset

Deliver = Callable[[Request], Delivery]


class Handler(BaseHTTPRequestHandler):
    """This reads one request after the other from a connection and writes what is to arrive."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = IDLE_S
    server: Server

    def handle_call(self) -> None:
        size = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not size.isdigit() or int(size) > BODY_MAX:
            self.close_connection = True
            status = HTTPStatus.LENGTH_REQUIRED if not size.isdigit() else HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            self._write(Response(status))
            return
        body = self.rfile.read(int(size))
        target = urlsplit(self.path)
        delivery = self.server.deliver(
            Request(
                method=self.command,
                path=unquote(target.path),
                query=query_of(target.query),
                headers={name.lower(): value for name, value in self.headers.items()},
                body=body,
                base_url=self.server.url,
            )
        )
        self._send(delivery)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = handle_call  # noqa: N815 (named by http.server)

    def _send(self, delivery: Delivery) -> None:
        match delivery.way:
            case "whole":
                self._write(delivery.response)
            case "cut":
                self._write(delivery.response, upto=len(delivery.response.body) // 2)
                self.close_connection = True
            case "silence":
                select.select([self.connection], [], [], SILENCE_S)
                self.close_connection = True
            case "reset":
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                self.close_connection = True

    def _write(self, response: Response, *, upto: int | None = None) -> None:
        """This sends head and body in one piece; `upto` keeps the rest of the body back."""
        head = [
            f"HTTP/1.1 {int(response.status)} {_phrase(response.status)}",
            f"Date: {http_date(self.server.clock.now())}",
            *(f"{name}: {value}" for name, value in response.headers.items()),
        ]
        if response.status != HTTPStatus.NO_CONTENT:
            head.append(f"Content-Length: {len(response.body)}")
        if self.close_connection:
            head.append("Connection: close")
        self.wfile.write("\r\n".join((*head, "", "")).encode("latin-1") + response.body[:upto])

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (named by http.server)
        """Nothing is logged: /stats tells what was called."""


class Server(ThreadingHTTPServer):
    """One listening port on loopback. Port 0 lets the machine choose."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, deliver: Deliver, clock: Clock, *, port: int = 0) -> None:
        self.deliver = deliver
        self.clock = clock
        super().__init__((HOST, port), Handler)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.server_address[1]}"

    def server_bind(self) -> None:
        """This binds without asking anybody for our host name."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, int(self.server_address[1])

    def shutdown_request(self, request: Any) -> None:
        """This ends a connection; one that is to be reset must not say goodbye first."""
        if request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, len(RESET)) == RESET:
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that left is no error; anything else is a fault of the sandbox and is shown."""
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            super().handle_error(request, client_address)

    def start(self) -> None:
        """This serves in the background until `stop`."""
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        self.shutdown()
        self.server_close()


def _phrase(status: int) -> str:
    """HubSpot and its gateway have statuses that no standard names."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
