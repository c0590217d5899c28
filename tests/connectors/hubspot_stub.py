"""A scripted HubSpot on loopback: it does what a test tells it, and remembers what it was asked."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson

from connectors.hubspot.connector import HubSpotConnector, connect
from connectors.port import Patience, Port

NOW = 1_795_000_000_000_000
JSON = {"Content-Type": "application/json;charset=utf-8"}
PATIENCE = Patience(connect_s=5.0, read_s=1.0, attempts_max=3, wait_first_s=0.1, wait_max_s=2.0)


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


@dataclass(frozen=True)
class Said:
    """One answer. `cut` ends the connection after so many bytes of the body (-1: it is sent whole);
    `how` may be silent, reset, dripping or "dripping headers"."""

    status: int = 200
    body: Any = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=lambda: dict(JSON))
    cut: int = -1
    how: str = ""

    @property
    def bytes(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else orjson.dumps(self.body)


Script = Callable[[Call], Said]


class Stub:
    """The server: `calls` is what it was asked, `script` what it says."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.calls: list[Call] = []
        self.url = ""
        self.done = threading.Event()
        self.seconds: Callable[[], float] = lambda: 0.0  # what passed on the server's clock since NOW

    @property
    def date(self) -> str:
        return formatdate(NOW // 1_000_000 + self.seconds(), usegmt=True)

    def asked(self, end: str) -> list[Call]:
        return [call for call in self.calls if call.path.endswith(end)]


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.at = 0.0
        self.slept: list[float] = []
        self.hooks: list[str] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds

    def port(self) -> Port:
        return Port(
            now=lambda: NOW + int(self.at * 1_000_000),
            monotonic=lambda: self.at,
            sleep=self.sleep,
            at=self.hooks.append,
        )


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    stub: Stub

    def _serve(self) -> None:
        split = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        raw = self.rfile.read(length) if length else b""
        headers = {name.lower(): value for name, value in self.headers.items()}
        is_form = "urlencoded" in headers.get("content-type", "")
        body = raw.decode() if is_form else orjson.loads(raw) if raw else None
        call = Call(self.command, split.path, dict(parse_qsl(split.query)), headers, body)
        self.stub.calls.append(call)
        self._say(self.stub.script(call))

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _serve  # noqa: N815

    def _say(self, said: Said) -> None:
        if said.how == "silent":
            self.stub.done.wait(5)
            self.close_connection = True
            return
        if said.how == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
            return
        if said.how == "dripping headers":
            self.wfile.write(f"HTTP/1.1 {said.status} OK\r\nX-Slow: ".encode())
            while not self.stub.done.wait(0.05):
                self.wfile.write(b".")
            return
        body = said.bytes
        self.send_response_only(said.status)
        for name, value in {"Date": self.stub.date, **said.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if said.how == "dripping":
            for byte in body:
                self.wfile.write(bytes([byte]))
                if self.stub.done.wait(0.05):
                    break
            return
        self.wfile.write(body if said.cut < 0 else body[: said.cut])
        if said.cut >= 0:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        return


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        return  # clients leave in the middle here


@contextmanager
def serving(script: Script) -> Iterator[Stub]:
    """This serves a script until the block ends."""
    stub = Stub(script)
    handler = type("Handler", (_Handler,), {"stub": stub})
    server = _Server(("127.0.0.1", 0), handler)
    stub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield stub
    finally:
        stub.done.set()
        server.shutdown()
        server.server_close()
        thread.join(5)


def connector_to(stub: Stub, clock: Clock | None = None, **more: Any) -> HubSpotConnector:
    """This connects with a clock that the server shares; set `stub.seconds` afterwards to part them."""
    clock = clock or Clock()
    stub.seconds = lambda: clock.at
    settings: dict[str, Any] = {"patience": PATIENCE, "port": clock.port(), **more}
    return connect(settings.pop("token", lambda: "pat-test"), base_url=stub.url, **settings)


def in_turn(*said: Said) -> Script:
    """This gives one answer after another, the last one for ever."""
    rest = list(said)
    return lambda _: rest.pop(0) if len(rest) > 1 else rest[0]


def results(rows: Sequence[Any], **more: Any) -> Said:
    return Said(body={"results": list(rows), **more})


def nothing_known(kind: str, pairs: Sequence[tuple[str, int]]) -> frozenset[str]:
    return frozenset()
